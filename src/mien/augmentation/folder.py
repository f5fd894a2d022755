"""The folder of an augmentation: what is in it, begun, gone on with, or begun anew."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mien.augmentation import ledger
from mien.augmentation.ledger import Ledger
from mien.errors import InputError, OutputError
from mien.media.files import printable, unwritable, write_bytes_atomically

SCHEMA = "mien.augmentation/1"
RECORD, MANIFEST, SURVEY, REPORT = "augment.json", "manifest.jsonl", "survey.jsonl", "report.json"
_DRAFT = re.compile(r"\.mien-[0-9a-f]{12}")
_MADE = re.compile(r".+_[a-z]+\d{3}_[0-9a-f]{10}\.\w+")
"""Names of the pictures that stand in it: `plan.Wanted.file`."""


@contextmanager
def begun(out: Path, settings: Mapping[str, Any], *, resume: bool, force: bool) -> Iterator[Ledger]:
    """The manifest of a folder that is new, gone on with (`resume`), or begun anew (`force`).

    Raises:
        OutputError: something stands there already, or another process works on it.
        InputError: it was begun with other settings, or of another set.
    """
    shown = printable(out)
    if not (out / RECORD).is_file():
        if os.path.lexists(out) and not (out.is_dir() and not any(out.iterdir())):
            raise OutputError(f"{shown} is there already and is no augmentation: choose another folder")
        _write_record(out, settings)
    with ledger.opened(out / MANIFEST) as manifest:
        if manifest.rows and not (resume or force):
            raise OutputError(
                f"{shown} holds an augmentation already: go on with --resume, begin anew with --force, or "
                "choose another folder"
            )
        if manifest.rows and resume:
            _same(out, settings)
        elif force:
            _clear(out, manifest)
        _sweep(out, _DRAFT)
        _write_record(out, settings)
        yield manifest


def room(out: Path, needed: int) -> None:
    """Raise `OutputError` where the disk has not this many bytes free."""
    free = shutil.disk_usage(out).free
    if free < needed:
        raise OutputError(
            f"the pictures need about {needed / 1e6:,.0f} MB and {printable(out)} has {free / 1e6:,.0f} MB "
            "free: free some space, choose another disk, or ask for fewer"
        )


def _write_record(out: Path, settings: Mapping[str, Any]) -> None:
    """Say what is made here, and how; the folder is made where there is none."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(out, error) from error
    text = json.dumps({"schema": SCHEMA, "settings": settings}, indent=1)
    write_bytes_atomically(out / RECORD, text.encode(), force=True)


def _same(out: Path, settings: Mapping[str, Any]) -> None:
    """Refuse to go on with what was begun otherwise."""
    try:
        before = json.loads((out / RECORD).read_text("utf-8"))["settings"]
        unlike = [name for name in settings if before.get(name) != settings[name]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{printable(out / RECORD)} is no record of an augmentation: begin anew with --force"
        ) from None
    if unlike:
        told = "; ".join(f"{name} was {before.get(name)!r}, now {settings[name]!r}" for name in unlike)
        raise InputError(f"{printable(out)} was begun otherwise ({told}): begin anew with --force")


def _clear(out: Path, manifest: Ledger) -> None:
    """Take away all that an augmentation left, and nothing else."""
    _sweep(out, _MADE)
    for name in (SURVEY, REPORT):
        (out / name).unlink(missing_ok=True)
    os.ftruncate(manifest.handle, 0)
    manifest.rows.clear()


def _sweep(out: Path, names: re.Pattern[str]) -> None:
    """Delete the files of such names, and class folders that are empty then."""
    for group in [out, *(path for path in out.iterdir() if path.is_dir() and not path.is_symlink())]:
        for path in [path for path in group.iterdir() if names.fullmatch(path.name) and path.is_file()]:
            path.unlink()
        if group != out and not any(group.iterdir()):
            group.rmdir()
