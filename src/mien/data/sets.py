"""Sets of clips: a folder or a standard name becomes labels in memory and frames at call, checked."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from mien.data import people, strips
from mien.errors import InputError, OutputError
from mien.media.files import printable

STANDARD = {"people-64": 64, "people-128": 128}
"""Sets that every installation can make, and the side of their frames."""
PEOPLE, TEST = 240, 40
"""Persons in a standard set, and how many of them are for the test."""
SPLITS = ("train", "test")
_KEYS = {
    "file",
    "data_set",
    "subject",
    "session",
    "take",
    "expression",
    "intensity",
    "split",
    "seed",
    "frames",
    "fps",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipSet:
    """Clips of N takes with all that is known of them; every array's first axis counts clips."""

    name: str
    side: int
    sha256: str
    """Of manifest, labels and pixels."""
    frames: strips.Frames | np.ndarray
    """(N, t, h, w, 3) uint8 RGB; those of a folder are read when asked for."""
    landmarks: np.ndarray
    """(N, t, 68, 2) float32, -1 the crop's left or upper edge, 1 its right or lower."""
    units: np.ndarray
    """(N, t, k) float32, 0..1; nan where a set's own coding leaves a unit out."""
    unit_names: tuple[str, ...]
    """The k units: those of both sides with L and R."""
    gaze: np.ndarray
    """(N, t, 2) float32, yaw and pitch against the head, degrees; nan in photos."""
    head: np.ndarray
    """(N, t, 3) float32, yaw, pitch, roll, degrees."""
    camera: np.ndarray
    """(N, t, 4) float32: pixels per centimetre, x and y of the head's pivot in pixels, 0; nan in photos."""
    classes: tuple[str, ...]
    expressions: list[str]
    """(N) a class, neutral, or mixed."""
    intensities: np.ndarray
    """(N,) float32, how strongly the expression is shown at the end, 0..1; nan where nobody says."""
    subjects: np.ndarray
    """(N,) int, one number a person."""
    sessions: np.ndarray
    """(N,) int, the sitting: clips of one person and sitting share the light, and nearly pose and camera."""
    splits: list[str]
    """(N) train or test."""
    rising: bool = True
    """Whether clips go from neutral to the apex; else each frame shows its expression whole."""

    def __len__(self) -> int:
        return len(self.expressions)

    def part(self, split: str) -> "ClipSet":
        """The clips of one split, train or test; raises `InputError` where there are none."""
        rows = np.flatnonzero(np.array(self.splits) == split)
        if not len(rows):
            raise InputError(f"the set {self.name} has no {split} clips; make one with mien data people")
        return self.chosen(rows)

    def chosen(self, rows: np.ndarray) -> "ClipSet":
        """The clips of some rows."""
        arrays = (
            "landmarks",
            "units",
            "gaze",
            "head",
            "camera",
            "intensities",
            "subjects",
            "sessions",
        )
        lists = ("expressions", "splits")
        picked: dict[str, Any] = {name: getattr(self, name)[rows] for name in arrays}
        frames = self.frames
        picked["frames"] = frames.chosen(rows) if isinstance(frames, strips.Frames) else frames[rows]
        picked |= {name: [getattr(self, name)[row] for row in rows] for name in lists}
        return replace(self, **picked)


def load(
    folder_or_name: str | Path,
    tell: people.Tell = lambda done, total: None,
    *,
    held: int = strips.HELD,
) -> ClipSet:
    """A set: a folder that `mien data` made, or a standard one by name, made when first asked for.

    tell: called with the number of persons drawn, and of all, while a standard set is made.
    held: bytes of frames that are kept once read; 0 where each is looked at once.

    Raises `InputError`, in one line, for a folder of another kind, and for missing or broken files.
    """
    name = str(folder_or_name)
    if name in STANDARD and not Path(name).is_dir():
        return _read(standard(name, tell), name, held)
    folder = Path(folder_or_name)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        raise InputError(
            f"the set {printable(name)} {what}: expected a folder made by mien data, or one of "
            f"{', '.join(STANDARD)}"
        )
    return _read(folder, folder.resolve().name, held)


def cache() -> Path:
    """Where standard sets are kept: `mien` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mien"


def standard(name: str, tell: people.Tell = lambda done, total: None) -> Path:
    """The folder of a standard set, drawn on first demand."""
    folder = cache() / f"{name}-{people.EDITION}"
    if not folder.is_dir():
        try:
            people.make(
                folder, people=PEOPLE, test=TEST, side=STANDARD[name], jobs=os.cpu_count() or 1, tell=tell
            )
        except OutputError:
            if not (folder / strips.RECORD).is_file():  # or another process was faster
                raise
    return folder


def _read(folder: Path, name: str, held: int) -> ClipSet:
    """Everything of a set's folder."""
    record, rows = _record(folder), _manifest(folder)
    side, count = record["side"], record["frames"]
    labels = _labels(folder, len(rows), count, len(record["unit_names"]))
    files = tuple(folder / row["file"] for row in rows)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
        list(threads.map(strips.whole, files))
    return ClipSet(
        name=name,
        side=side,
        sha256=strips.fingerprint(folder),
        frames=strips.Frames(files, count, side, held),
        **labels,
        unit_names=tuple(record["unit_names"]),
        classes=tuple(record["classes"]),
        expressions=[row["expression"] for row in rows],
        intensities=np.array([row["intensity"] for row in rows], np.float32),  # null becomes nan
        subjects=np.array([int(row["subject"][1:]) for row in rows]),
        sessions=np.array([row["session"] for row in rows]),
        splits=[row["split"] for row in rows],
        rising=record.get("rising", True) is True,
    )


def _record(folder: Path) -> dict[str, Any]:
    """What `set.json` says, checked."""
    path = folder / strips.RECORD
    if not path.is_file():
        raise InputError(
            f"{printable(folder)} is no set: expected {strips.RECORD} in it; make one with mien data people"
        )
    try:
        record = json.loads(path.read_text("utf-8"))
        whole = record["schema"] == strips.SCHEMA
        whole = whole and all(
            isinstance(record[key], int) and 0 < record[key] < 4096 for key in ("side", "frames")
        )
        whole = whole and all(isinstance(record[key], list) for key in ("classes", "unit_names"))
    except (OSError, ValueError, KeyError, TypeError):
        whole, record = False, {}
    if not whole:
        raise InputError(
            f"{printable(path)} is not the record of a set ({strips.SCHEMA}): make the set again"
        )
    return record


def _manifest(folder: Path) -> list[dict[str, Any]]:
    """The rows of the manifest, checked."""
    path = folder / strips.MANIFEST
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        raise InputError(f"{printable(path)} is missing or cannot be read: make the set again") from None
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError:
            row = {}
        if not _plausible(row):
            raise InputError(f"{printable(path)}: line {number} is broken or cut short: make the set again")
        rows.append(row)
    if not rows:
        raise InputError(f"{printable(path)} is empty: expected a line for each clip; make the set again")
    return rows


def _plausible(row: Any) -> bool:
    """Whether a line of the manifest has what is read of it."""
    return (
        isinstance(row, dict)
        and row.keys() >= _KEYS
        and strips.is_strip(row["file"])
        and re.fullmatch(r"p\d{1,9}", str(row["subject"])) is not None
        and row["split"] in SPLITS
        and isinstance(row["expression"], str)
        and isinstance(row["intensity"], int | float | None)
        and isinstance(row["session"], int)
    )


def _labels(folder: Path, count: int, frames: int, units: int) -> dict[str, np.ndarray]:
    """The arrays of the labels, checked."""
    path = folder / strips.LABELS
    wanted = {"units": (units,), "landmarks": (68, 2), "gaze": (2,), "head": (3,), "camera": (4,)}
    if not path.is_file():
        raise InputError(
            f"{printable(folder)} has no {strips.LABELS}: the exact labels are missing; make it again"
        )
    try:
        found = load_tensors(path.read_bytes())
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(f"{printable(path)} is broken or cut short ({error}): make the set again") from None
    for name, shape in wanted.items():
        came = found[name].shape if name in found else "nothing"
        if came != (count, frames, *shape):
            raise InputError(
                f"{printable(path)}: expected {name} of shape {(count, frames, *shape)}, came {came}: "
                "make the set again"
            )
    return {name: found[name] for name in wanted}
