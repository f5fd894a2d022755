"""Moving pictures: frames written as mp4, webm, GIF, animated PNG or WebP, or a folder of PNG files."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
from av.error import FFmpegError
from PIL import Image

from mien.errors import InputError, OutputError
from mien.media import animation, pictures, sound, video
from mien.media.encoding import text_chunk
from mien.media.files import flush, printable, refuse_to_overwrite, replacing, unwritable
from mien.media.metadata import Provenance

FORMATS = ".mp4, .webm, .gif, .apng, .png, .webp, or a folder name that ends in /"
"""What can be written; .png is an animation too."""
FASTEST = 240
"""Most frames a second."""
_FASTEST_GIF = 50  # viewers slow down what is faster
_VIDEOS = {".mp4": "mp4", ".webm": "webm"}
_ANIMATIONS = {".gif": "GIF", ".apng": "PNG", ".png": "PNG", ".webp": "WEBP"}
_FRAME_NAME = re.compile(r"\d{5,}\.png")


@dataclass(frozen=True, kw_only=True)
class FilmReport:
    """What was written."""

    frames: int
    """Number of frames."""
    seconds: float
    """Frames divided by the frames a second."""
    bytes: int
    """Size of the file, or of all files of the sequence."""


def write(
    frames: Iterable[np.ndarray],
    path: str | os.PathLike[str],
    *,
    fps: Fraction | int,
    provenance: Provenance,
    force: bool = False,
) -> FilmReport:
    """Write (h, w, 3) uint8 RGB frames of one size in the format of the extension, whole or not at all.

    `fps` is above 0 and at most 240 (GIF: 50). mp4, webm and folders hold one frame in memory at a time, the
    others all. A folder gets 00000.png, 00001.png and so on; with `force` only such files in it are replaced.
    Raises `OutputError`; whatever `frames` raises passes through. Nothing is left behind then.
    """
    check(path, fps, force)
    rate, name, suffix = Fraction(fps), printable(path), Path(path).suffix.lower()
    if is_folder(path):
        return _write_sequence(_checked(frames, name, 2**31 - 1), Path(path), rate, provenance)
    encode, most = _encoder(suffix)
    with replacing(path, force) as draft, encoding(path):
        count = encode(_checked(frames, name, most), draft, fps=rate, provenance=provenance)
        size = draft.stat().st_size
    return FilmReport(frames=count, seconds=float(count / rate), bytes=size)


def write_timed(
    frames: Iterable[video.Timed],
    path: str | os.PathLike[str],
    *,
    clock: video.Clock,
    provenance: Provenance,
    force: bool = False,
) -> FilmReport:
    """Write frames at times of their own, perhaps with the sound of another film, as .mp4 or .webm.

    One frame is in memory at a time. Raises as `write` does.
    """
    container = check_timed(path, force)
    with replacing(path, force) as draft, encoding(path):
        count, end = video.encode_timed(frames, draft, container, clock=clock, provenance=provenance)
        size = draft.stat().st_size
    return FilmReport(frames=count, seconds=float(end * clock.tick), bytes=size)


def sound_becomes(codec: str, path: str | os.PathLike[str]) -> str:
    """What becomes of another film's sound in a file of this name: copied, or encoded anew."""
    return sound.becomes(codec, _VIDEOS[Path(path).suffix.lower()])


def check_timed(path: str | os.PathLike[str], force: bool = False) -> str:
    """The container of a name; raises `OutputError`, before any frame is made, where `write_timed` would."""
    suffix = Path(path).suffix.lower()
    if suffix not in _VIDEOS or os.path.isdir(path):
        raise OutputError(
            f"{printable(path)}: a film that is made from a film ends in {' or '.join(_VIDEOS)}, for these "
            f"hold its times and its sound; got {suffix or 'no ending'!r}"
        )
    refuse_to_overwrite(path, force)
    return _VIDEOS[suffix]


def check(path: str | os.PathLike[str], fps: Fraction | int, force: bool = False) -> None:
    """Refuse, before any frame is made, a name or a frame rate that `write` would; raises `OutputError`."""
    name, as_folder, suffix = printable(path), is_folder(path), Path(path).suffix.lower()
    if not as_folder and suffix not in _VIDEOS | _ANIMATIONS:
        raise OutputError(f"{name}: expected a name that ends in {FORMATS}, got {suffix!r}")
    most = _FASTEST_GIF if suffix == ".gif" and not as_folder else FASTEST
    if not 0 < fps <= most:
        raise OutputError(
            f"{name}: expected more than 0 and at most {most} frames a second, got {float(fps):g}"
        )
    old = _numbered(Path(path)) if os.path.isdir(path) else []
    if old or not as_folder:
        refuse_to_overwrite(old[0] if old else path, force)


def provenance_of(path: str | os.PathLike[str]) -> dict[str, str]:
    """What made a film, by the names of `Provenance` and `source_type`; empty where mien did not make it.

    Of a sequence, give one of its PNG files. Raises `InputError`.
    """
    start = pictures.read_bytes(path, 12)
    if start[4:8] != b"ftyp" and start[:4] != b"\x1aE\xdf\xa3":
        return pictures.provenance_of(path)
    try:
        return video.provenance_of(Path(path))
    except FFmpegError as error:
        raise InputError(f"{printable(path)} is damaged: expected an mp4 or webm; copy it again") from error


@contextmanager
def encoding(path: str | os.PathLike[str]) -> Iterator[None]:
    """Raise `OutputError` for what an encoder cannot do."""
    try:
        yield
    except FFmpegError as error:
        if isinstance(error, OSError):
            raise
        name = printable(path)
        raise OutputError(f"{name}: the encoder failed ({error}); choose another format") from error


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether PNG files are meant: a folder, a name with a slash at its end, a new name without an ending."""
    if os.path.isdir(path) or os.fspath(path).endswith(("/", os.sep)):
        return True
    return not (Path(path).suffix or os.path.exists(path))


def _encoder(suffix: str) -> tuple[Callable[..., int], int]:
    """What writes this format, and the most pixels a side it can hold."""
    if suffix in _VIDEOS:
        return partial(video.encode, container=_VIDEOS[suffix]), video.LARGEST_SIDE
    container = _ANIMATIONS[suffix]
    return partial(animation.encode, container=container), animation.LARGEST_SIDE[container]


def _checked(frames: Iterable[np.ndarray], name: str, most: int) -> Iterator[np.ndarray]:
    """The frames, each found fit to be written; at least one."""
    shape = None
    for index, pixels in enumerate(frames):
        shape = shape or pixels.shape
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.shape != shape:
            raise OutputError(
                f"{name}: expected (h, w, 3) uint8 frames of one size, frame {index} is"
                f" {pixels.shape} {pixels.dtype}"
            )
        if max(shape) > most:
            raise OutputError(
                f"{name}: this format holds at most {most:,} pixels a side, a frame is {shape[1::-1]}"
            )
        yield pixels
    if shape is None:
        raise OutputError(f"{name}: a film needs at least one frame, got none")


def _write_sequence(
    frames: Iterator[np.ndarray], folder: Path, fps: Fraction, provenance: Provenance
) -> FilmReport:
    """Write all frames into a hidden folder beside the target, then put them in their place."""
    old = _numbered(folder) if folder.is_dir() else []
    target = Path(os.path.realpath(folder))
    draft = None
    try:
        draft = Path(tempfile.mkdtemp(prefix=".mien-", dir=target.parent))
        size = 0
        for index, pixels in enumerate(frames):
            place = draft / f"{index:05d}.png"
            image = Image.fromarray(np.ascontiguousarray(pixels))
            image.save(place, pnginfo=text_chunk(provenance), compress_level=2)
            flush(place)
            size += place.stat().st_size
        written = _numbered(draft)
        target.mkdir(exist_ok=True)
        for place in written:
            os.replace(place, target / place.name)
        for stale in {place.name for place in old} - {place.name for place in written}:
            (target / stale).unlink()
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        if draft:
            shutil.rmtree(draft)
    return FilmReport(frames=len(written), seconds=float(len(written) / fps), bytes=size)


def _numbered(folder: Path) -> list[Path]:
    return sorted(place for place in folder.iterdir() if _FRAME_NAME.fullmatch(place.name))
