"""Photos with a class and a person: folders by class or a table, to learn from and to be judged by."""

import csv
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mien.errors import ExpressionError, InputError
from mien.media.encoding import CONTAINERS
from mien.media.files import printable
from mien.tables import LABELS, WORDS

TRAIN = ("train", "training")
HELD = ("test", "testing", "val", "valid", "validation")
"""Names of folders that hold a set's parts."""


@dataclass(frozen=True, kw_only=True)
class Photo:
    """One picture of a set."""

    path: Path
    name: str
    """Within the set, its part's folder included."""
    label: str
    """Its class, as the set writes it."""
    subject: str
    """The person, as the set or a pattern names it; empty where nobody says."""


@dataclass(frozen=True, kw_only=True)
class Photos:
    """A set's parts, and what was left out of them."""

    train: tuple[Photo, ...]
    test: tuple[Photo, ...]
    """To be judged by; empty where the set has no such part."""
    skipped: tuple[tuple[str, str], ...]
    """(name, reason)."""


def read(place: Path, test: Path | None = None, subject: str | None = None) -> Photos:
    """The photos of a folder or table, and of a second one to be judged by.

    Args:
        place: a folder of folders by class; one that holds such folders named train and test (or val); or a
            CSV file with the columns path, label and, where known, subject.
        test: the same, for the part to be judged by, where `place` does not hold it.
        subject: regular expression that finds the person in a photo's name within its part; its first group
            if it has one. Ignored where a table names persons.

    Raises:
        InputError: nothing there, no photos, a table without its columns.
        ExpressionError: the pattern is none.
    """
    pattern = _compiled(subject)
    learnt, held = [(place, "")], [(test, f"{test.name}/")] if test else []
    if place.is_dir() and (inside := _named(place, TRAIN)):
        learnt, held = inside, _named(place, HELD) + held
    skipped: list[tuple[str, str]] = []
    train, judged = (
        tuple(photo for where, prefix in part for photo in _part(where, prefix, pattern, skipped))
        for part in (learnt, held)
    )
    for photos, part in ((train, learnt), (judged, held)):
        if part and not photos:
            raise InputError(_nothing(part[-1][0], skipped))
    return Photos(train=train, test=judged, skipped=tuple(skipped))


def expression_of(label: str) -> str | None:
    """The label of the expression language that a class's name means, None where it means none."""
    return WORDS.get(label.lower())


def known_expression(name: str) -> str:
    """The same for a name that a person typed; raises `ExpressionError`."""
    if found := expression_of(name):
        return found
    raise ExpressionError(f"{name!r} is no label; known: {', '.join(LABELS)}")


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise ExpressionError(f"--subject {pattern!r} is no regular expression: {error}") from None


def _named(folder: Path, names: Sequence[str]) -> list[tuple[Path, str]]:
    """Folders within that have one of the names, and what their photos' names begin with."""
    found = [path for path in sorted(folder.iterdir()) if path.is_dir() and path.name.lower() in names]
    return [(path, f"{path.name}/") for path in found]


def _part(
    place: Path, prefix: str, pattern: re.Pattern[str] | None, skipped: list[tuple[str, str]]
) -> Iterator[Photo]:
    """The photos of a folder by class, or of a table."""
    if not place.exists():
        raise InputError(f"{printable(place)} is not there: expected folders by class, or a CSV file")
    for path, name, label, subject in _rows(place) if place.is_file() else _files(place):
        person = subject or _person(name, pattern)
        if reason := _unfit(path, person):
            skipped.append((prefix + name, reason))
        else:
            yield Photo(path=path, name=prefix + name, label=label, subject=person or "")


def _files(folder: Path) -> Iterator[tuple[Path, str, str, str]]:
    """Path, name, class and no person of every file in folders by class."""
    for group in sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."):
        for path in sorted(group.rglob("*")):
            if path.is_file() and path.name[0] != "." and path.suffix.lower() in CONTAINERS:
                yield path, path.relative_to(folder).as_posix(), group.name, ""


def _rows(table: Path) -> Iterator[tuple[Path, str, str, str]]:
    """Path, name, class and person of every row; paths are seen from the table's folder."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            columns = {str(name).strip().lower(): name for name in rows.fieldnames or ()}
            if not {"path", "label"} <= set(columns):
                came = ", ".join(columns) or "nothing"
                raise InputError(
                    f"{printable(table)}: expected the columns path, label and perhaps subject, came {came}"
                )
            for row in rows:
                path, label, subject = ((row.get(columns.get(name, "")) or "").strip() for name in _COLUMNS)
                if not path or not re.fullmatch(r"[^./\\][^/\\]*", label):
                    raise InputError(
                        f"{printable(table)}, line {rows.line_num}: expected a path, and a label that can "
                        f"name a folder, came {path!r} and {label!r}"
                    )
                yield table.parent / path, path, label, subject
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{printable(table)} cannot be read as a CSV table: {error}") from None


_COLUMNS = ("path", "label", "subject")


def _unfit(path: Path, person: str | None) -> str:
    """Why a file cannot be looked at, or nothing."""
    if not path.is_file():
        return "not there"
    if person is None:
        return "the pattern of --subject finds nobody in its name"
    return "" if os.path.getsize(path) else "empty (0 bytes)"


def _person(name: str, pattern: re.Pattern[str] | None) -> str | None:
    """The person that a photo's name holds: empty where nobody is sought, None where nobody is found."""
    if pattern is None:
        return ""
    found = pattern.search(name)
    return (found[1] if pattern.groups else found[0]) if found else None


def _nothing(place: Path, skipped: Sequence[tuple[str, str]]) -> str:
    why = f"; the first of {len(skipped)} left out is {printable(skipped[0][0])}: {skipped[0][1]}"
    return (
        f"no photos in {printable(place)}: expected a CSV file with path and label, folders by class with "
        f"photos in them ({', '.join(CONTAINERS)}), or train/ and test/ with such folders"
        f"{why if skipped else ''}"
    )
