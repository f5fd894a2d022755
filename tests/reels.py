"""Films for tests: frames at any times with a tone beside them, and a person who acts known units."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from faces import opened
from samples import astronaut, grace

from mien.expression import Expression
from mien.face.portrait import Portrait
from mien.performance import Performance

ACT = Performance.parse(
    "0s neutral; .16s neutral; .48s AU12=.8,AU6=.5 linear; .8s neutral linear; 1.12s AU26=.8,AU25=.5 linear;"
    "1.44s neutral linear; 1.76s AU1=.8,AU2=.7 linear; 2s neutral linear"
)
"""A smile, a dropped jaw, raised brows."""


def write(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    rate: Fraction | int = 25,
    starts: Sequence[int] | None = None,
    tick: Fraction | None = None,
    sound: str | None = None,
    container: str | None = None,
    late: Fraction = Fraction(0),
) -> Path:
    """A film of frames at equal times, or at ticks of a clock; beside it a tone of 440 Hz of equal length.

    late: seconds by which the picture begins behind the sound.
    """
    frames = list(frames)
    clock = tick or 1 / Fraction(rate)
    ticks = [start + round(late / clock) for start in (starts or range(len(frames)))]
    with av.open(str(path), "w", format=container or path.suffix[1:].replace("mkv", "matroska")) as film:
        stream = film.add_stream("libx264", rate=Fraction(rate), options={"crf": "8", "bf": "0"})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        stream.codec_context.time_base = clock
        tone = cast(AudioStream, film.add_stream(sound, rate=48_000)) if sound else None
        if tone:
            tone.codec_context.layout = "mono"
        for pixels, start in zip(frames, ticks, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = start, clock
            film.mux(stream.encode(frame.reformat(format="yuv420p")))
        film.mux(stream.encode(None))
        if tone:
            seconds = (ticks[-1] + round(1 / Fraction(rate) / clock)) * clock
            for piece in _tone(tone.codec_context.format.name, round(48_000 * seconds)):
                film.mux(tone.encode(piece))
            film.mux(tone.encode(None))
    return path


def _tone(kind: str, count: int) -> Iterator[av.AudioFrame]:
    """Samples of a tone of 440 Hz in pieces."""
    wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(count) / 48_000)
    for first in range(0, count, 960):
        part: Any = wave[None, first : first + 960]
        part = (part * 32767).astype(np.int16) if kind == "s16" else part.astype(np.float32)
        piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format=kind, layout="mono")
        piece.sample_rate, piece.pts, piece.time_base = 48_000, first, Fraction(1, 48_000)
        yield piece


def pixels_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def times_of(path: Path) -> tuple[list[float], float, float]:
    """When each frame of a film is shown, and how long picture and sound are (0: not said), seconds."""
    with av.open(str(path)) as film:
        times = [cast(float, frame.time) for frame in film.decode(video=0)]
        picture, *sounds = [
            float((one.duration or 0) * cast(Fraction, one.time_base))
            for one in (*film.streams.video, *film.streams.audio)
        ]
        return times, picture, sum(sounds)


def sound_of(path: Path) -> bytes:
    """The packets of a film's sound, as they are."""
    with av.open(str(path)) as film:
        return b"".join(bytes(packet) for packet in film.demux(film.streams.audio[0]) if packet.size)


@cache
def collins() -> np.ndarray:
    """Eileen Collins alone, (480, 480, 3): the whole photo holds a second face; a smaller one is slower."""
    return cv2.resize(astronaut()[20:240, 114:334], (480, 480), interpolation=cv2.INTER_CUBIC)


@cache
def actor() -> Portrait:
    """Who acts in the films: no glasses, mouth open in the photo."""
    return opened(collins())


@cache
def acted(count: int = 50) -> tuple[list[np.ndarray], list[Expression]]:
    """Frames of the actor in `ACT`, 25 a second, and what each shows."""
    wanted = [ACT.at(number / 25) for number in range(count)]
    return [actor().show(expression).pixels for expression in wanted], wanted


@cache
def hopper() -> np.ndarray:
    """Grace Hopper's head, (300, 260, 3): small, so that tests are quick."""
    return np.ascontiguousarray(grace()[70:370, 140:400])
