"""Frames to a compressed film as they come: H.264 in mp4, VP9 in webm; same frames, same bytes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from mien.media.metadata import Provenance, from_json
from mien.media.sound import Sound

_CODECS = {
    "mp4": ("libx264", {"preset": "veryfast", "crf": "18"}),
    "webm": ("libvpx-vp9", {"crf": "24", "b": "0", "deadline": "good", "cpu-used": "4", "tile-columns": "1"}),
}
LARGEST_SIDE = 16_384
"""Pixels a side that both codecs can hold."""
_BT709, _LIMITED = 1, 1  # ITU-T H.273 code for primaries, transfer and matrix; FFmpeg's for 16..235
_THREADS = 2  # fixed: how the work is cut shows in the bytes
_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP part 3: the box of MPEG-4 files


@dataclass(frozen=True, kw_only=True, eq=False)
class Timed:
    """One frame of a film whose frames have times of their own."""

    pixels: np.ndarray
    """(h, w, 3) uint8 RGB."""
    start: int
    """Ticks of the clock at which it is shown."""
    length: int
    """Ticks for which it is shown."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The clock of such a film."""

    tick: Fraction
    """Seconds."""
    rate: Fraction
    """Frames a second, on average."""
    sound: Path | None = None
    """A film whose sound goes along."""
    origin: Fraction = Fraction(0)
    """Seconds of that film's time at which the new one begins."""
    aspect: Fraction = Fraction(1)
    """Width of a pixel of the frames by its height."""


def encode(
    frames: Iterable[np.ndarray], draft: Path, container: str, *, fps: Fraction, provenance: Provenance
) -> int:
    """Write (h, w, 3) uint8 frames of one size to `draft` as `mp4` or `webm`, one by one; give their count.

    4:2:0, BT.709, 8 bits; odd sizes grow by repeating the last row and column.
    """
    timed = (Timed(pixels=pixels, start=index, length=1) for index, pixels in enumerate(frames))
    clock = Clock(tick=1 / fps, rate=fps)
    return encode_timed(timed, draft, container, clock=clock, provenance=provenance, reorder=True)[0]


def encode_timed(
    frames: Iterable[Timed],
    draft: Path,
    container: str,
    *,
    clock: Clock,
    provenance: Provenance | None,
    codec: str | None = None,
    reorder: bool = False,
) -> tuple[int, int]:
    """The same of frames with their own times, and the sound of another film; count, and tick of the end.

    codec: the container whose codec is taken, where it is not the container's own.
    reorder: whether frames may be stored in another order than they are shown in. That saves some bytes, but
        then parts cannot be joined, and the length of a film with uneven times is not exact.
    """
    name, options = _CODECS[codec or container]
    if name == "libx264" and not reorder:
        options = options | {"bf": "0"}
    with _opened(draft, container, provenance) as film:
        stream = cast(VideoStream, film.add_stream(name, rate=clock.rate, options=options))
        stream.codec_context.time_base = clock.tick
        stream.codec_context.sample_aspect_ratio = clock.aspect
        sound = Sound(clock.sound, film, container, clock.origin) if clock.sound else None
        lengths: dict[int, int] = {}
        count = end = 0
        for count, frame in enumerate(frames, 1):
            even = _even(frame.pixels)
            if count == 1:
                _describe(stream, even)
            lengths[frame.start], end = frame.length, frame.start + frame.length
            for packet in stream.encode(_frame(even, frame.start, clock.tick)):
                _mux(film, packet, clock.tick, lengths)
            if sound:
                sound.until(frame.start * clock.tick)
        for packet in stream.encode(None):
            _mux(film, packet, clock.tick, lengths)
        if sound:
            sound.until(None)
            sound.close()
    return count, end


def join(
    parts: Sequence[tuple[Path, int]], draft: Path, container: str, *, clock: Clock, provenance: Provenance
) -> None:
    """Write one film of parts, each with the tick at which it begins, without encoding anything anew."""
    with _opened(draft, container, provenance) as film:
        stream, sound = None, None
        for path, start in parts:
            with av.open(f"file:{path.absolute()}") as part:
                source = part.streams.video[0]
                if stream is None:
                    stream = film.add_stream_from_template(source)
                    sound = Sound(clock.sound, film, container, clock.origin) if clock.sound else None
                begins = Fraction(start) * clock.tick
                for packet in part.demux(source):
                    if packet.dts is None:  # the empty one at the end
                        continue
                    base = cast(Fraction, packet.time_base)
                    packet.pts = packet.dts = round((cast(int, packet.pts) * base + begins) / clock.tick)
                    packet.duration = round(cast(int, packet.duration) * base / clock.tick)
                    packet.time_base, packet.stream = clock.tick, stream
                    seconds = packet.pts * clock.tick
                    film.mux(packet)
                    if sound:
                        sound.until(seconds)
        if sound:
            sound.until(None)
            sound.close()


@contextmanager
def _opened(draft: Path, container: str, provenance: Provenance | None) -> Iterator[OutputContainer]:
    """A film to write, which says at its end what made it."""
    layout = {"movflags": "+faststart"} if container == "mp4" else {}
    # "file:", for a name with a colon would pass for a protocol; bitexact leaves out random identifiers.
    with av.open(
        f"file:{draft.absolute()}", "w", format=container, options=layout | {"fflags": "+bitexact"}
    ) as film:
        if provenance is not None:
            title = provenance.as_dict()["expression"][:200]
            film.metadata.update(title=title, comment=provenance.as_json())
        yield film
    if container == "mp4" and provenance is not None:
        packet = provenance.as_xmp()
        with draft.open("ab") as file:
            file.write((24 + len(packet)).to_bytes(4, "big") + b"uuid" + _XMP_BOX + packet)


def _mux(film: OutputContainer, packet: av.Packet, tick: Fraction, lengths: dict[int, int]) -> None:
    """Write a packet with the length of its frame: the encoder does not tell that of the last."""
    start = round(cast(int, packet.pts) * cast(Fraction, packet.time_base) / tick)
    packet.duration = round(lengths.pop(start) * tick / cast(Fraction, packet.time_base))
    film.mux(packet)


def provenance_of(path: Path) -> dict[str, str]:
    """What made an mp4 or webm; empty where mien did not. Raises PyAV's errors where it is no film."""
    with av.open(f"file:{path.absolute()}") as film:
        notes = {name.lower(): text for name, text in film.metadata.items()}
    return from_json(notes.get("comment", ""))


def _describe(stream: VideoStream, pixels: np.ndarray) -> None:
    """Size, and what the colours mean: without it players guess, and guess by the size."""
    stream.height, stream.width = pixels.shape[:2]
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = _THREADS
    context.color_range = _LIMITED
    context.colorspace = context.color_primaries = context.color_trc = _BT709


def _even(pixels: np.ndarray) -> np.ndarray:
    """Pixels with an even number of rows and columns."""
    return np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)), mode="edge")


def _frame(pixels: np.ndarray, start: int, tick: Fraction) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(
        format="yuv420p",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )
    frame.pts, frame.time_base = start, tick
    return frame
