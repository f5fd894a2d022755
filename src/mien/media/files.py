"""Files are written whole or not at all: beside the target, flushed to disk, then renamed."""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mien.errors import OutputError

_ADVICE = {
    errno.ENOSPC: "free some space or choose another disk",
    errno.EDQUOT: "free some space or choose another disk",
    errno.EFBIG: "this disk or account allows no larger file; choose another place",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "choose a folder that you may write to",
    errno.ENOENT: "make the folder first",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def printable(name: str | os.PathLike[str]) -> str:
    """The name as it can stand in a one-line message: line breaks and undecodable bytes become `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in os.fspath(name))


def refuse_to_overwrite(path: str | os.PathLike[str], force: bool = False) -> None:
    """Raise `OutputError` where a file cannot go: on a folder, a device, or (unless `force`) a file."""
    if os.path.isdir(path):
        raise OutputError(
            f"{printable(path)} is a folder: expected a file name; put one behind the folder's name"
        )
    if os.path.exists(path) and not os.path.isfile(path):
        raise OutputError(f"{printable(path)} is a device or pipe: expected a plain file name")
    if os.path.exists(path) and not force:
        raise OutputError(
            f"{printable(path)} is there already: choose another name, or overwrite it with --force"
        )


@contextmanager
def replacing(path: str | os.PathLike[str], force: bool = False) -> Iterator[Path]:
    """Give a new path beside `path` to write to; at the end it becomes `path`, on any failure it vanishes.

    Raises `OutputError` where the target stands already (unless `force`) or the disk refuses. Follows links.
    """
    refuse_to_overwrite(path, force)
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".mien-{secrets.token_hex(6)}")
    try:
        # Made by the system's rules for new files, so that the result gets the user's usual permissions.
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        try:
            yield draft
            flush(draft)
            refuse_to_overwrite(path, force)
            os.replace(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def write_bytes_atomically(path: str | os.PathLike[str], data: bytes, force: bool = False) -> Path:
    """Write `data` to `path`, whole or not at all; raises `OutputError`."""
    with replacing(path, force) as draft:
        draft.write_bytes(data)
    return Path(path)


def digest(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's bytes, of which a part is in memory at a time."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Wait until the file's bytes are on the disk."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unwritable(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """The one line that says why `path` could not be written and what to do."""
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    advice = _ADVICE.get(error.errno or 0, "choose another place")
    return OutputError(f"could not write {printable(path)}: {reason}; {advice} (nothing was left behind)")
