"""Films as they play: frames one by one with their exact times, upright, and what there is of sound."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from mien.errors import InputError
from mien.media import formats, pictures
from mien.media.files import digest, printable

ENDINGS = (".avi", ".flv", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg")
"""Names that films end with."""
# A playlist in a film's clothes could name other files and hosts: only films of one file are opened.
OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "avi,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpeg,mpegts,asf",
}
_STARTS = (b"FLV\x01", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"0&\xb2u\x8ef\xcf\x11")
_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip")
_THREADS = 2
USUAL_RATE = Fraction(25)
"""Frames a second where a film does not say."""
LONGEST = 200_000
"""Frames that are counted at most."""
HIGH = 720
"""Rows from which a film that names no colour matrix is read by BT.709, as players do; below, by BT.601."""
_UNNAMED = 2  # ITU-T H.273 code


@dataclass(frozen=True, kw_only=True)
class Film:
    """What is known of a film before it is played."""

    path: Path
    name: str
    """For messages."""
    sha256: str
    """Of the file's bytes."""
    bytes: int
    width: int
    """Pixels, upright."""
    height: int
    aspect: Fraction
    """Width of a pixel by its height, upright."""
    rate: Fraction
    """Frames a second on average, as the file says."""
    time_base: Fraction
    """Seconds in a tick of `Moment.start`."""
    frames: int
    """How many there may be; 0 where the file does not say."""
    seconds: float
    """Length by the file's own account; 0 where it does not say."""
    start: int
    """Ticks at which the first frame is shown."""
    ticks: int
    """Ticks from there to the end of the last; 0 where the file does not say."""
    sound: str | None
    """Codec of the first audio stream."""
    sound_start: Fraction
    """Seconds at which the sound begins."""

    @property
    def origin(self) -> Fraction:
        """Seconds at which the first of picture and sound begins."""
        first = self.start * self.time_base
        return first if self.sound is None else min(first, self.sound_start)


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """One frame and when it is shown."""

    pixels: np.ndarray
    """(h, w, 3) uint8 RGB."""
    start: int
    """Ticks of the film's time base."""
    length: int
    """Ticks."""


def is_film(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a moving picture by its content; a still one is not, whatever it is called.

    Raises `InputError` where there is no file to read.
    """
    start = pictures.read_bytes(path, 400)
    if formats.is_film(start) or start[4:8] in _ATOMS or start.startswith(_STARTS):
        return True
    transport = len(start) > 376 and start[0] == start[188] == start[376] == 0x47
    return transport or (start[:4] == b"RIFF" and start[8:12] == b"AVI ")


def read(path: str | os.PathLike[str]) -> Film:
    """What a film says of itself; raises `InputError` for what cannot be played."""
    name = _name(path)
    with _opened(path) as (film, stream):
        first = next(film.decode(stream), None)
        if first is None:
            raise _empty(name)
        width, height = first.width, first.height
        aspect = stream.sample_aspect_ratio or Fraction(1)
        if round(first.rotation / 90) % 2:
            width, height, aspect = height, width, 1 / aspect
        formats.check_size((width, height), name)
        rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
        ticks = stream.duration or 0
        seconds = float(ticks * _base(stream)) if ticks else (film.duration or 0) / av.time_base
        sound = film.streams.audio[0] if film.streams.audio else None
        begins = Fraction(0)
        if sound is not None and sound.start_time is not None and sound.time_base is not None:
            begins = sound.start_time * sound.time_base
        return Film(
            path=Path(path),
            name=name,
            sha256=digest(path),
            bytes=os.path.getsize(path),
            width=width,
            height=height,
            aspect=aspect,
            rate=rate,
            time_base=_base(stream),
            frames=stream.frames or round(seconds * rate),
            seconds=seconds,
            start=first.pts or 0,
            ticks=ticks,
            sound=sound and sound.codec_context.name,
            sound_start=begins,
        )


def length(path: str | os.PathLike[str]) -> tuple[int, float]:
    """Number of pictures in a film, all decoded, and how many there are a second (0 where it is not said).

    Raises as `read` does, and for what is damaged.
    """
    with _opened(path) as (film, stream):
        count = sum(1 for _ in islice(film.decode(stream), LONGEST))
        rate = stream.average_rate
    if not count:
        raise _empty(_name(path))
    return count, float(rate or 0)


def some(path: str | os.PathLike[str], wanted: Sequence[int]) -> Iterator[np.ndarray]:
    """Some frames (h, w, 3) uint8 RGB of a film, by their numbers, which rise; raises as `length` does."""
    waiting = sorted(set(wanted))
    with _opened(path) as (film, stream):
        for number, frame in enumerate(film.decode(stream)):
            if not waiting:
                return
            if number == waiting[0]:
                waiting.pop(0)
                yield _upright(frame)
    if waiting:
        raise InputError(f"{_name(path)} ends before its frame {waiting[0]}: copy it again")


def frames(film: Film, start: int | None = None) -> Iterator[Moment]:
    """Every frame of a film with its time, from the first, or from the one that is shown at `start` ticks on.

    One frame is in memory, and the next. Times rise: a frame that has none, or an earlier one, comes a frame
    behind the last. Raises `InputError` where the film breaks off.
    """
    usual = max(round(1 / film.rate / film.time_base), 1)
    waiting, begins, count = None, film.start, 0
    with _opened(film.path) as (container, stream):
        seen = iter(_from(container, stream, start))
        while True:
            try:
                frame = next(seen, None)
            except FFmpegError as error:
                at = float((begins - film.start) * film.time_base)
                raise InputError(
                    f"{film.name} is damaged at {at:.2f} s ({_reason(error)}): copy it again, or cut it there"
                ) from error
            if frame is None:
                break
            ticks = frame.pts
            if count and (ticks is None or ticks <= begins):
                ticks = begins + usual
            count, before, begins = count + 1, begins, film.start if ticks is None else ticks
            if waiting is not None:
                yield Moment(pixels=_upright(waiting), start=before, length=begins - before)
            waiting = frame
        if waiting is not None:
            left = film.start + film.ticks - begins
            yield Moment(pixels=_upright(waiting), start=begins, length=left if left > 0 else usual)


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[InputContainer, VideoStream]]:
    shown = _name(path)
    pictures.read_bytes(path, 1)
    try:
        with av.open(f"file:{Path(path).absolute()}", options=OPTIONS) as film:
            if not film.streams.video:
                raise InputError(f"{shown} holds sound alone: expected a film")
            stream = film.streams.video[0]
            stream.thread_type, stream.codec_context.thread_count = "AUTO", _THREADS
            yield film, stream
    except (FFmpegError, ValueError) as error:
        raise InputError(f"{shown} is no whole film ({_reason(error)}): copy or download it again") from error


def _from(film, stream, start):
    """The frames from the one that is shown at a time on."""
    if start is None:
        return film.decode(stream)
    try:
        film.seek(start, stream=stream)
        decoded = film.decode(stream)
        first = next(decoded, None)
    except FFmpegError:
        first = None
    if first is None or first.pts is None or first.pts > start:  # seeking is a guess in some files
        film.seek(0, stream=stream)
        decoded = film.decode(stream)
    elif first.pts == start:
        return chain([first], decoded)
    return (frame for frame in decoded if frame.pts is None or frame.pts >= start)


def _name(path) -> str:
    return printable(Path(path).name)


def _empty(name: str) -> InputError:
    return InputError(f"{name} holds no pictures: expected a film; copy it again")


def _base(stream) -> Fraction:
    return cast(Fraction, stream.time_base)


def _reason(error: Exception) -> str:
    """The one line that FFmpeg says."""
    text = str(error).partition("]")[2].partition(":")[0] or str(error)
    return text.strip() or type(error).__name__


def _upright(frame: av.VideoFrame) -> np.ndarray:
    """The picture as the camera was held: a film may only say by how much it is to be turned."""
    guessed = frame.colorspace == _UNNAMED and frame.height >= HIGH
    plain = frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU709 if guessed else None)
    return np.ascontiguousarray(np.rot90(plain.to_ndarray(), round(frame.rotation / 90)))
