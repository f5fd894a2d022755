"""A set looked at before anything is made of it: which photos can be read, whose faces, and what leaks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mien.augmentation import ledger
from mien.augmentation.clusters import Map
from mien.augmentation.plan import Source
from mien.data import persons, survey
from mien.data.labelled import Photo, Photos
from mien.errors import InputError

Tell = Callable[[str, int, int], None]
"""Hears what is being done, how many of it are done, and how many there are."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A photo that can be read."""

    photo: Photo
    sha256: str
    face: dict[str, Any] | None
    seen: persons.Seen


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What a set holds."""

    train: tuple[Looked, ...]
    test: tuple[Looked, ...]
    people: tuple[str, ...]
    """The person of each photo to learn from."""
    leaks: tuple[persons.Leak, ...]
    leaking: frozenset[int]
    """Places in `train` of all photos of who stands in the other part too."""
    skipped: tuple[tuple[str, str], ...]
    """(photo, reason)."""

    def sources(self) -> list[Source]:
        """The photos that pictures can be made from: with a face, and not leaking."""
        return [
            Source(
                path=looked.photo.path.resolve(),
                name=looked.photo.name,
                label=looked.photo.label,
                subject=person,
                sha256=looked.sha256,
                box=tuple(looked.face["box"]),
                shown=looked.face["shown"],
            )
            for place, (looked, person) in enumerate(zip(self.train, self.people, strict=True))
            if looked.face is not None and place not in self.leaking
        ]


def digests(photos: Photos) -> tuple[dict[Path, str], list[tuple[str, str]]]:
    """SHA-256 of every photo's file, and (photo, reason) of those that were left out so far."""
    hashes, skipped = {}, list(photos.skipped)
    for photo in (*photos.train, *photos.test):
        try:
            hashes[photo.path] = survey.digest(photo.path)
        except InputError as error:
            skipped.append((photo.name, str(error)))
    return hashes, skipped


def inspect(
    photos: Photos,
    hashes: dict[Path, str],
    skipped: Sequence[tuple[str, str]],
    notes: Path,
    hands: Map,
    tell: Tell,
) -> Inspected:
    """Look at every photo that was not looked at before, and compare the parts.

    notes: file in which what was seen is kept until the work is done; it holds identity vectors.
    """
    rows, out = _looked(hashes, notes, hands, tell), list(skipped)
    train, test = (tuple(_part(part, hashes, rows, out)) for part in (photos.train, photos.test))
    learnt, judged = [looked.seen for looked in train], [looked.seen for looked in test]
    people = persons.named(learnt)
    both = {people[place] for place in persons.leaking(learnt, judged)}
    return Inspected(
        train=train,
        test=test,
        people=tuple(people),
        leaks=tuple(persons.leaks(learnt, judged)),
        leaking=frozenset(place for place, person in enumerate(people) if person in both),
        skipped=tuple(out),
    )


def _looked(hashes: dict[Path, str], notes: Path, hands: Map, tell: Tell) -> dict[str, dict[str, Any]]:
    """What is seen in each file, by its SHA-256."""
    paths = {sha: path.resolve() for path, sha in hashes.items()}
    with ledger.opened(notes) as kept:
        seen = {row["sha256"]: row for row in kept.rows}
        todo = [survey.Look(photo=path) for sha, path in paths.items() if sha not in seen]
        of = {str(path): sha for sha, path in paths.items()}
        for done, record in enumerate(hands(survey.look, todo), 1):
            row = {**record, "sha256": of[record.pop("photo")]}
            if row["ok"]:  # what went wrong may go right when it is tried again
                kept.add(row)
            seen[row["sha256"]] = row
            tell("looking", done, len(todo))
        return seen


def _part(
    photos: Sequence[Photo],
    hashes: dict[Path, str],
    rows: dict[str, dict[str, Any]],
    skipped: list[tuple[str, str]],
) -> Iterator[Looked]:
    """The photos of a part that can be read; of the others, and of those without a face, why."""
    for photo in photos:
        if photo.path not in hashes:
            continue
        row = rows[hashes[photo.path]]
        if not row["ok"] or row["face"] is None:
            skipped.append((photo.name, row.get("error") or row["reason"]))
        if row["ok"]:
            yield Looked(photo=photo, sha256=row["sha256"], face=row["face"], seen=_seen(photo, row))


def _seen(photo: Photo, row: dict[str, Any]) -> persons.Seen:
    identity = None if row["face"] is None else np.array(row["face"]["identity"])
    return persons.Seen(
        name=photo.name, subject=photo.subject, likeness=int(row["likeness"], 16), identity=identity
    )
