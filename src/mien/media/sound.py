"""The sound of a film on its way into another: copied as it is where that can hold it, else encoded anew."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer

from mien.media.playback import OPTIONS

COPIED = {"mp4": ("aac", "mp3", "ac3", "eac3", "opus"), "webm": ("opus", "vorbis")}
"""Codecs that players expect in a container."""
ENCODED = {"mp4": "aac", "webm": "libopus"}
"""What another one becomes."""
_RATE = 48_000


def becomes(codec: str, container: str) -> str:
    """What the receipt says of the sound: its codec, and whether it is copied."""
    return f"{codec}, copied" if codec in COPIED[container] else f"{codec}, encoded as {ENCODED[container]}"


class Sound:
    """The first audio stream of a film, fed into another beside its pictures; close it behind the last."""

    def __init__(self, path: Path, into: OutputContainer, container: str, origin: Fraction) -> None:
        self._film = av.open(f"file:{path.absolute()}", options=OPTIONS)
        self._into, self._origin = into, origin
        source = self._film.streams.audio[0]
        copied = source.codec_context.name in COPIED[container]
        if copied:
            self._stream = cast(AudioStream, into.add_stream_from_template(source))
        else:
            name = ENCODED[container]
            rate = _RATE if name == "libopus" else source.codec_context.sample_rate
            self._stream = cast(AudioStream, into.add_stream(name, rate=rate))
            self._stream.codec_context.layout = source.codec_context.layout.name
        self._packets = self._copied(source) if copied else self._encoded(source)
        self._waiting = next(self._packets, None)

    def until(self, seconds: Fraction | None) -> None:
        """Feed what is heard up to a time of the new film; None: all of the rest."""
        while self._waiting is not None:
            packet = self._waiting
            if seconds is not None and (packet.dts or 0) * packet.time_base > seconds:
                return
            self._into.mux(packet)
            self._waiting = next(self._packets, None)

    def close(self) -> None:
        """Close the film that it comes from."""
        self._film.close()

    def _copied(self, source) -> Iterator[av.Packet]:
        for packet in self._film.demux(source):
            if packet.dts is None:  # the empty one at the end
                continue
            shift = round(self._origin / packet.time_base)
            packet.dts -= shift
            packet.pts = packet.dts if packet.pts is None else packet.pts - shift
            packet.stream = self._stream
            yield packet

    def _encoded(self, source) -> Iterator[av.Packet]:
        context = self._stream.codec_context
        context.open()
        resampler = AudioResampler(context.format, context.layout, context.sample_rate, context.frame_size)
        for frame in self._film.decode(source):
            for part in resampler.resample(frame):
                yield from self._shifted(part)
        for part in resampler.resample(None):
            yield from self._shifted(part)
        yield from self._stream.encode(None)

    def _shifted(self, part) -> list[av.Packet]:
        """Packets of a part that comes as much earlier as the new film begins."""
        part.pts -= round(self._origin / part.time_base)
        return self._stream.encode(part)
