"""Still pictures: read safely into RGB pixels, written back as the file was, with their provenance."""

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mien.errors import InputError, OutputError
from mien.media import decoding, encoding, formats
from mien.media.files import printable, refuse_to_overwrite, write_bytes_atomically
from mien.media.metadata import Provenance
from mien.media.origin import Origin

FORMATS = ".jpg, .png, .webp, .tif or .bmp"
"""The extensions that can be written."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """One still picture: its pixels, and what is needed to save it as it came."""

    pixels: np.ndarray
    """(h, w, 3) uint8 RGB, upright, in the file's own colour space."""
    origin: Origin
    """Alpha, depth, profile and so on, restored on saving."""
    sha256: str
    """Of the file's bytes."""
    name: str
    """File name, for messages."""

    def with_pixels(self, pixels: np.ndarray) -> "Picture":
        """The same picture with other (h, w, 3) uint8 pixels of its size; raises `InputError` for others."""
        _check(pixels, self.name)
        if pixels.shape != self.pixels.shape:
            raise InputError(f"{self.name}: expected pixels of shape {self.pixels.shape}, got {pixels.shape}")
        return replace(self, pixels=pixels)


def read(path: str | os.PathLike[str], *, most: int = formats.LARGEST_AREA) -> Picture:
    """The picture in a JPEG, PNG, WebP, BMP or TIFF file, told by its content, not its name.

    At most 64 MB, `most` pixels (100 million) and 20,000 pixels a side; of a TIFF with several pages the
    first. Raises `InputError` in one line for anything else.
    """
    name = printable(Path(path).name or path)
    data = read_bytes(path, formats.LARGEST_FILE + 1)
    pixels, origin = decoding.decode(data, name, most)
    return Picture(pixels=pixels, origin=origin, sha256=hashlib.sha256(data).hexdigest(), name=name)


def read_bytes(path: str | os.PathLike[str], most: int) -> bytes:
    """The first `most` bytes of a plain file; raises `InputError` where there is none."""
    shown = printable(path)
    if os.path.isdir(path):
        raise InputError(f"{shown} is a folder: expected a picture or film; name one of the pictures in it")
    if os.path.exists(path) and not os.path.isfile(path):
        raise InputError(f"{shown} is a device or pipe: expected a plain picture or film")
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except FileNotFoundError:
        raise InputError(
            f"{shown} is not there: expected a picture or film; check the name and the folder"
        ) from None
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise InputError(
            f"{shown} cannot be read ({reason}): expected a picture or film; check its rights"
        ) from error


def from_array(pixels: np.ndarray, name: str = "array") -> Picture:
    """A picture of (h, w, 3) uint8 RGB pixels; `sha256` is of them. Raises `InputError` for other arrays."""
    _check(pixels, name)
    own = np.array(pixels, order="C")
    return Picture(pixels=own, origin=Origin(), sha256=hashlib.sha256(own.tobytes()).hexdigest(), name=name)


def write(
    picture: Picture, path: str | os.PathLike[str], *, provenance: Provenance, force: bool = False
) -> Path:
    """Save in the format of the extension, whole or not at all, with all that the original file had.

    Alpha, colour profile, resolution, bit depth, gray, inks and safe EXIF return where the format has room;
    a JPEG keeps its quantisation. PNG, TIFF, BMP, and WebP of a lossless original, hold unchanged pixels bit
    for bit. BMP carries no provenance. Raises `OutputError`.
    """
    container = container_of(path)
    refuse_to_overwrite(path, force)
    height, width = picture.pixels.shape[:2]
    most = encoding.LARGEST_SIDE.get(container, 10**9)
    if max(height, width) > most:
        raise OutputError(
            f"{printable(path)}: {container} holds at most {most:,} pixels a side, this is {width:,} x"
            f" {height:,}; choose .png"
        )
    data = encoding.encode(picture.pixels, picture.origin, container, provenance)
    return write_bytes_atomically(path, data, force)


def provenance_of(path: str | os.PathLike[str]) -> dict[str, str]:
    """What made a picture, by the names of `Provenance` and `source_type`; empty where mien did not make it.

    Reads the note alone, in still and moving pictures but not in mp4 and webm. Raises `InputError`.
    """
    data = read_bytes(path, formats.LARGEST_FILE + 1)
    return decoding.provenance(data, printable(Path(path).name))


def container_of(path: str | os.PathLike[str]) -> str:
    """The format that a file name asks for; raises `OutputError` with the list of extensions."""
    suffix = Path(path).suffix.lower()
    if suffix not in encoding.CONTAINERS:
        raise OutputError(
            f"{printable(path)}: expected a name that ends in {FORMATS}, got {suffix or 'no ending'!r}"
        )
    return encoding.CONTAINERS[suffix]


def _check(pixels: np.ndarray, name: str) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or pixels.size == 0:
        raise InputError(f"{name}: expected (h, w, 3) uint8 RGB pixels, got {pixels.shape} {pixels.dtype}")
