"""Pictures of your own: folders named by what is shown, a table of them, and sets that mien made."""

import csv
import io
import json
import posixpath
import re
from dataclasses import replace

import numpy as np
from safetensors.numpy import load as load_tensors

from mien.data import strips
from mien.data.adapters.layout import (
    FILMS,
    MIXED,
    PICTURES,
    STILL,
    WHOLE,
    Adapter,
    Item,
    Reading,
    Tree,
)
from mien.tables import UNITS, WORDS

SPLITS = {"train": "train", "training": "train", "test": "test", "val": "train", "validation": "train"}


def _read_folders(adapter: Adapter, tree: Tree) -> Reading:
    """Pictures by the folder that says what they show; what other folders say is who is seen."""
    found = Reading()
    for name in tree.ending(*PICTURES):
        parts = [part for part in name.split("/")[:-1]]
        shown = next((part for part in reversed(parts) if part.lower() in WORDS), "")
        if not shown:
            reason = adapter.label(parts[-1])[1] if parts else "lies in no folder that names a label"
            found.skip(name, reason)
            continue
        split = next((SPLITS[part.lower()] for part in parts if part.lower() in SPLITS), "")
        rest = [part for part in parts if part != shown and part.lower() not in SPLITS]
        label = WORDS[shown.lower()]
        found.items.append(
            Item(files=(name,), subject="/".join(rest), take=name, expression=label, split=split)
        )
    if len({item.subject for item in found.items}) < 2:  # a folder round all says nothing of persons
        found.items = [replace(item, subject="") for item in found.items]
    return found


FOLDERS = Adapter(
    name="folders",
    title="plain folders",
    shows=STILL,
    pattern=rf"(?:^|/)(?:{'|'.join(WORDS)})/(?:[^/]+/)*[^/]+\.(?:jpe?g|png|bmp|tiff?|webp)$",
    labels=WORDS,
    read=_read_folders,
    obtain="pictures of your own",
    terms="yours to say: whose faces they are, and what those people agreed to",
    layout="happy/1.jpg, or train/happy/1.jpg and test/happy/2.jpg, or anna/happy/1.jpg, or happy/anna/1.jpg",
    traps=(
        "a further folder is the person: without one every picture counts as a person of its own, and one "
        "person can stand in both splits without a word",
        "val counts for training",
    ),
)

_KNOWN = {"path", "expression", "subject", "session", "take", "intensity", "split"}


def _read_table(adapter: Adapter, tree: Tree) -> Reading:
    """Pictures and films by a table that lies among them."""
    found, files = Reading(), set(tree.files)
    table = adapter.recognised(tree)[0]
    base = table.rpartition("/")[0]
    for number, row in enumerate(csv.DictReader(io.StringIO(tree.text(table))), 2):
        row = {key.strip(): (value or "").strip() for key, value in row.items() if isinstance(value, str)}
        name = posixpath.normpath(f"{base}/{row['path']}".replace("\\", "/").lstrip("/"))
        label, reason = adapter.label(row["expression"])
        units, problem = _units(row)
        split = SPLITS.get(row.get("split", "").lower(), "")
        if name not in files:
            reason = "is in the table, and not in the folder"
        elif not name.lower().endswith(PICTURES + FILMS):
            reason = "is neither a picture nor a film"
        elif row.get("split") and not split:
            reason = f"{row['split']!r} is no split: train or test are"
        if reason or problem:
            found.skip(f"{table}: line {number}", f"{row['path']}: {reason or problem}")
            continue
        intensity = units.pop("intensity", None)
        found.items.append(
            Item(
                files=(name,), subject=row.get("subject", ""), session=row.get("session", ""),
                take=row.get("take") or name, expression=label, intensity=intensity, units=units,
                split=split, notes={key: row[key] for key in row if key not in _KNOWN and key not in UNITS},
            )
        )  # fmt: skip
    return found


def _units(row: dict[str, str]) -> tuple[dict[str, float | None], str]:
    """Strengths of the units and of the whole that a row gives, or what is wrong with one."""
    out: dict[str, float | None] = {}
    for key, text in row.items():
        if text and key in (*UNITS, "intensity"):
            try:
                out[key] = float(text)
            except ValueError:
                return {}, f"{key} is no number"
            if not 0 <= float(text) <= 1:  # NaN is neither
                return {}, f"{key} is a strength from 0 to 1, came {text}"
    return out, ""


def _is_table(tree: Tree, name: str) -> bool:
    head = tree.text(name, 4096).partition("\n")[0]
    return {"path", "expression"} <= {word.strip(' "\r') for word in head.split(",")}


TABLE = Adapter(
    name="table",
    title="a table of files",
    shows=WHOLE,
    pattern=r"\.csv$",
    endings=(*PICTURES, *FILMS),
    labels=WORDS | {MIXED: MIXED},
    coded=True,
    holds=_is_table,
    read=_read_table,
    obtain="pictures and films of your own, with a CSV table among them",
    terms="yours to say: whose faces they are, and what those people agreed to",
    layout="any .csv whose first line has path and expression; further columns: subject, session, take, "
    "intensity (0..1), split (train or test), AU12 and other units (0..1)",
    traps=("paths are from the table's folder on", "films count as showing the expression from end to end"),
)


def _read_people(adapter: Adapter, tree: Tree) -> Reading:
    """The clips of a set that mien made."""
    found, record = Reading(), adapter.recognised(tree)[0]
    base = record.removesuffix(strips.RECORD)
    landmarks = load_tensors((tree.root / f"{base}{strips.LABELS}").read_bytes())["landmarks"]
    files = set(tree.files)
    for number, line in enumerate(tree.text(f"{base}{strips.MANIFEST}").splitlines()):
        row = json.loads(line)
        if base + row["file"] not in files:
            found.skip(base + row["file"], "is in the manifest, and not in the folder")
        elif not np.isfinite(landmarks[number]).all():
            found.skip(base + row["file"], "its landmarks hold NaN")
        else:
            found.items.append(
                Item(
                    files=(base + row["file"],), subject=row["subject"], session=str(row["session"]),
                    take=str(row["take"]), expression=row["expression"], intensity=row["intensity"],
                    split=row["split"],
                )
            )  # fmt: skip
    return found


PEOPLE = Adapter(
    name="people",
    title="a set that mien made",
    shows=STILL,
    pattern=rf"(?:^|/){re.escape(strips.RECORD)}$",
    read=_read_people,
    obtain="mien data people OUT, or mien data prepare",
    terms="people who do not exist belong to nobody; a prepared set keeps the terms of what it was made of",
    layout=f"{strips.RECORD}, {strips.MANIFEST}, {strips.LABELS}, {strips.CLIPS}/",
    traps=("it is ready: mien train and mien score take it as it is",),
)

OWN = (PEOPLE,)
LAST = (TABLE, FOLDERS)
"""Tried where no data set by name is recognised."""
