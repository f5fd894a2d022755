"""What is wrong with a file of a data set, said in a few words; and its pictures, where nothing is."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mien.errors import InputError
from mien.media import pictures
from mien.media.files import printable

BLACK = 16
"""A picture whose brightest pixel is darker than this shows nothing (ours)."""
LFS = b"version https://git-lfs"
"""How the text begins that stands in place of a file until git-lfs fetches it."""


def of_file(path: Path) -> str:
    """Why a file cannot be what its name says, by its first bytes; empty where it may."""
    try:
        start = pictures.read_bytes(path, len(LFS))
    except InputError:
        return "cannot be read"
    if not start:
        return "is empty (0 bytes)"
    if start == LFS:
        return "is a git-lfs pointer, not the file: run git lfs pull in the copy"
    return ""


def of_pixels(pixels: np.ndarray) -> str:
    """Why a picture (h, w, 3) uint8 shows nothing; empty where it does."""
    return "is black" if pixels.max() < BLACK else ""


def read(path: Path, at: int = -1) -> np.ndarray:
    """The picture (h, w, 3) uint8 of a file, or of the row that begins at byte `at` of a table.

    Raises `InputError` whose text is the fault, without the name.
    """
    with short(path):
        if not (fault := of_file(path)):
            pixels = pictures.read(path).pixels if at < 0 else _row(path, at)
            if not (fault := of_pixels(pixels)):
                return pixels
        raise InputError(fault)


def _row(path: Path, at: int) -> np.ndarray:
    """A square gray picture that stands in a row of a table as numbers between spaces."""
    with path.open("rb") as file:
        file.seek(at)
        cells = next(csv.reader([file.readline(1_000_000).decode("ascii", "replace")]))
    text = max(cells, key=len).split()
    side = round(len(text) ** 0.5)
    values = [int(word) if word.isdigit() else -1 for word in text]
    if len(values) != side * side or side < 2 or not 0 <= min(values) <= max(values) <= 255:
        raise InputError(f"is no square of pixels from 0 to 255 but {len(values)} numbers")
    return np.array(values, np.uint8).reshape(side, side, 1).repeat(3, 2)


@contextmanager
def short(path: Path) -> Iterator[None]:
    """Turn errors about a file into the fault alone, without its name and the advice."""
    try:
        yield
    except InputError as error:
        text = str(error).removeprefix(f"{printable(path.name)} ")
        raise InputError(text.partition(": expected")[0].partition(": copy")[0]) from None
