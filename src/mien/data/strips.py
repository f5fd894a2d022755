"""Clips on disk: a film strip of all frames in one lossless picture, and a set's folder written whole."""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from safetensors.numpy import save

from mien.errors import InputError, OutputError
from mien.media.files import flush, printable, unwritable

SCHEMA = "mien.set/1"
MANIFEST, LABELS, RECORD, CLIPS = "manifest.jsonl", "labels.safetensors", "set.json", "clips"
ROW = 8
"""Frames in a row of a film strip."""
HELD = 1 << 30
"""Bytes of frames that are kept once read (ours): small sets are read once, large ones need no memory."""


def write(path: Path, frames: np.ndarray) -> None:
    """Write frames (t, h, w, 3) uint8 as one PNG, left to right, then top to bottom."""
    count, height, width = frames.shape[:3]
    rows = -(-count // ROW)
    sheet = np.zeros((rows * ROW, height, width, 3), np.uint8)
    sheet[:count] = frames
    sheet = sheet.reshape(rows, ROW, height, width, 3).swapaxes(1, 2).reshape(rows * height, ROW * width, 3)
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB]
    done, data = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), options)
    assert done
    path.write_bytes(data.tobytes())


def read(path: Path, count: int, side: int) -> np.ndarray:
    """Frames (t, side, side, 3) uint8 of a strip; raises `InputError` for one that is missing or broken."""
    rows = -(-count // ROW)
    sheet = cv2.imdecode(np.frombuffer(whole(path), np.uint8), cv2.IMREAD_COLOR)
    if sheet is None or sheet.shape != (rows * side, ROW * side, 3):
        came = "a broken file" if sheet is None else f"{sheet.shape[1]} x {sheet.shape[0]} pixels"
        raise InputError(
            f"the film strip {printable(path)} should be a PNG of {ROW * side} x {rows * side} pixels, "
            f"came {came}: make the set again"
        )
    sheet = cv2.cvtColor(sheet, cv2.COLOR_BGR2RGB).reshape(rows, side, ROW, side, 3)
    return sheet.swapaxes(1, 2).reshape(rows * ROW, side, side, 3)[:count]


def whole(path: Path) -> bytes:
    """The bytes of a strip; raises `InputError` for one that is missing or cut short."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise InputError(
            f"the film strip {printable(path)} cannot be read ({reason}): make the set again"
        ) from None
    if data[-8:-4] != b"IEND":
        raise InputError(f"the film strip {printable(path)} is a broken file, cut short: make the set again")
    return data


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames of N clips, read from strips when they are asked for: as an array (N, t, h, w, 3) uint8."""

    files: tuple[Path, ...]
    count: int
    side: int
    limit: int = HELD
    """Bytes of them that are kept once read."""
    held: dict[Path, np.ndarray] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, t, h, w, 3)."""
        return (len(self.files), self.count, self.side, self.side, 3)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, where: Any) -> np.ndarray:
        """The frames of some clips, or of each of them one: `frames[rows]`, `frames[rows, moments]`."""
        rows, moments = where if isinstance(where, tuple) else (where, None)
        chosen = np.arange(len(self))[rows]
        if chosen.ndim == 0:
            clip = self._clip(int(chosen))
            return clip if moments is None else clip[moments]
        if moments is None:
            return np.stack([self._clip(row) for row in chosen])
        at = np.broadcast_to(moments, len(chosen))
        return np.stack([self._clip(row)[moment] for row, moment in zip(chosen, at, strict=True)])

    def chosen(self, rows: np.ndarray) -> "Frames":
        """Some of the clips."""
        return Frames(tuple(self.files[row] for row in rows), self.count, self.side, self.limit, self.held)

    def _clip(self, row: int) -> np.ndarray:
        path = self.files[row]
        if path in self.held:
            return self.held[path]
        clip = read(path, self.count, self.side)
        if (len(self.held) + 1) * clip.nbytes <= self.limit:
            self.held[path] = clip
        return clip


@contextmanager
def drafting(folder: Path, force: bool = False) -> Iterator[Path]:
    """Give a new folder beside `folder` to write a set to; at the end it becomes `folder`, or it vanishes.

    Raises `OutputError` where something stands already (unless it is a set and `force`), or the disk refuses.
    """
    refuse(folder, force)
    target = Path(os.path.realpath(folder))
    draft = target.with_name(f".mien-{secrets.token_hex(6)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        (draft / CLIPS).mkdir(parents=True)
        try:
            yield draft
            refuse(folder, force)
            replace(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def refuse(folder: Path, force: bool) -> None:
    """Raise `OutputError` where a set cannot go: on what is no set or, unless `force`, on a set."""
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    shown = printable(folder)
    if not (folder / RECORD).is_file():
        raise OutputError(f"{shown} is there already and is no set: choose another folder")
    if not force:
        raise OutputError(f"{shown} holds a set already: choose another folder, or overwrite it with --force")


def replace(draft: Path, target: Path) -> None:
    """Put a draft in the target's place, an older set aside first."""
    old = target.with_name(f".mien-{secrets.token_hex(6)}")
    standing = target.exists()
    if standing:
        os.rename(target, old)
    try:
        os.rename(draft, target)
    except OSError:
        if standing:
            os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def finish(
    draft: Path, rows: list[dict[str, Any]], labels: dict[str, np.ndarray], record: dict[str, Any]
) -> None:
    """Write manifest, labels and record of a set whose strips are written."""
    (draft / MANIFEST).write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    (draft / LABELS).write_bytes(save({name: np.ascontiguousarray(value) for name, value in labels.items()}))
    (draft / RECORD).write_text(json.dumps({"schema": SCHEMA, **record}, indent=1) + "\n", "utf-8")
    for name in (MANIFEST, LABELS, RECORD):
        flush(draft / name)


def fingerprint(folder: Path) -> str:
    """SHA-256 of a set's manifest, labels and film strips: one of the digests of each file, in order."""
    files = [folder / MANIFEST, folder / LABELS, *sorted((folder / CLIPS).glob("*.png"))]
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
        digests = threads.map(lambda file: hashlib.sha256(file.read_bytes()).digest(), files)
        return hashlib.sha256(b"".join(digests)).hexdigest()


def is_strip(name: Any) -> bool:
    """Whether a manifest's file name is one that sets have: never a way out of the folder."""
    return isinstance(name, str) and re.fullmatch(rf"{CLIPS}/\w[\w.-]*\.png", name) is not None
