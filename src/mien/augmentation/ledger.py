"""Records that survive a kill: rows of JSON in a file, each on the disk before the next, by one writer."""

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mien.errors import OutputError
from mien.media.files import printable, unwritable, write_bytes_atomically


class Ledger:
    """An open file of rows; get one by `opened`."""

    def __init__(self, handle: int, path: Path, rows: list[dict[str, Any]]):
        self.handle, self.path, self.rows = handle, path, rows

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row and wait until it is on the disk; raises `OutputError`."""
        line = _line(row)
        try:
            if os.write(self.handle, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self.handle)
        except OSError as error:
            raise unwritable(self.path, error) from error
        self.rows.append(dict(row))


@contextmanager
def opened(path: Path) -> Iterator[Ledger]:
    """The ledger in a file, made where there is none; what a kill left of a last row is cut off.

    Raises `OutputError` where another process has it open, or the disk refuses.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                f"another mien augment works on {printable(path.parent)}: wait for its end, or choose another"
            ) from None
        yield Ledger(handle, path, _whole(handle))
    finally:
        os.close(handle)


def rewrite(path: Path, rows: list[dict[str, Any]]) -> None:
    """Put rows in place of a ledger's, whole or not at all."""
    write_bytes_atomically(path, b"".join(map(_line, rows)), force=True)


def read(path: Path) -> list[dict[str, Any]]:
    """The whole rows of a ledger's file, none where there is no file."""
    return _rows(path.read_bytes())[0] if path.is_file() else []


def _whole(handle: int) -> list[dict[str, Any]]:
    """The rows of an open file, cut to them."""
    with os.fdopen(os.dup(handle), "rb") as file:
        data = file.read()
    rows, length = _rows(data)
    if length < len(data):
        os.ftruncate(handle, length)
    return rows


def _rows(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """Rows up to the first that is not whole, and how many bytes they take."""
    rows, length = [], 0
    for line in data.splitlines(keepends=True):
        try:
            row = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            row = None
        if not isinstance(row, dict):
            break
        rows.append(row)
        length += len(line)
    return rows, length


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, allow_nan=False).encode() + b"\n"
