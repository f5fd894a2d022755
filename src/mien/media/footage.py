"""Films to frames: what FFmpeg reads of a plain film file, one picture in memory at a time."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError

from mien.errors import InputError
from mien.media.files import printable

ENDINGS = (".avi", ".flv", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg")
"""Names that films end with."""
# A playlist in a film's clothes could name other files and hosts: only films of one file are opened.
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "avi,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpeg,mpegts,asf",
}
LONGEST = 200_000
"""Frames of a film that are looked at."""


def length(path: str | os.PathLike[str]) -> tuple[int, float]:
    """Number of pictures in a film, all decoded, and how many there are a second (0 where it is not said).

    Raises `InputError` for what is no film, is damaged, or holds no picture.
    """
    with _opened(path) as film:
        rate = film.streams.video[0].average_rate
        count = sum(1 for _ in _decoded(film))
    if not count:
        raise InputError(f"{_name(path)} holds no pictures: expected a film; copy it again")
    return count, float(rate or 0)


def frames(path: str | os.PathLike[str], wanted: Sequence[int]) -> Iterator[np.ndarray]:
    """Some frames (h, w, 3) uint8 RGB of a film, by their numbers, which rise; raises as `length` does."""
    waiting = sorted(set(wanted))
    with _opened(path) as film:
        for number, frame in enumerate(_decoded(film)):
            if not waiting:
                return
            if number == waiting[0]:
                waiting.pop(0)
                yield _upright(frame)
    if waiting:
        raise InputError(f"{_name(path)} ends before its frame {waiting[0]}: copy it again")


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[InputContainer]:
    shown = _name(path)
    if not os.path.isfile(path):
        raise InputError(f"{shown} is not there: expected a film")
    try:
        with av.open(f"file:{Path(path).absolute()}", options=_OPTIONS) as film:
            if not film.streams.video:
                raise InputError(f"{shown} holds sound alone: expected a film")
            yield film
    except (FFmpegError, ValueError) as error:
        reason = str(error).partition(":")[0].partition("]")[2].strip() or type(error).__name__
        raise InputError(f"{shown} is no whole film ({reason}): copy or download it again") from error


def _name(path: str | os.PathLike[str]) -> str:
    return printable(Path(path).name)


def _decoded(film: InputContainer) -> Iterator[av.VideoFrame]:
    for number, frame in enumerate(film.decode(film.streams.video[0])):
        if number == LONGEST:
            return
        yield frame


def _upright(frame: av.VideoFrame) -> np.ndarray:
    """The picture as the camera was held: a film may only say by how much it is to be turned."""
    return np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90)))
