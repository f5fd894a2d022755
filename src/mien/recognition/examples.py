"""What is learned from and judged by: crops with class and person, of photos, made pictures, or people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mien import batches
from mien.augmentation import folder, ledger
from mien.augmentation.inspection import Tell
from mien.data import labelled, persons, sets, strips, survey
from mien.errors import InputError
from mien.media.files import printable
from mien.nets.recogniser import SIDE
from mien.requests import RecogniseRequest


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """Faces with what they show."""

    crops: np.ndarray
    """(n, 64, 64, 3) uint8 RGB."""
    labels: tuple[str, ...]
    """The label of the expression language, or the set's own where it means none."""
    people: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """All that a comparison needs."""

    train: Examples
    test: Examples | None
    """None where parts of the first are to be held out in turn."""
    made: Examples | None
    skipped: tuple[tuple[str, str], ...]
    """(photo, reason)."""
    doubts: tuple[str, ...]
    """Pairs of photos of both parts that may show one person."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cut:
    """A photo's face, cut."""

    crop: np.ndarray
    label: str
    sha256: str
    seen: persons.Seen


def read(request: RecogniseRequest, tell: Tell) -> Material:
    """The examples that a request names.

    Raises `InputError` where persons or pictures stand in both parts, where the made pictures are of another
    set or of the test part, and where there is nothing.
    """
    skipped: list[tuple[str, str]] = []
    reader = partial(_part, request=request, skipped=skipped, tell=tell)
    train, test = reader(request.data, "train"), reader(request.test or request.data, "test")
    doubts = _doubts(train, test)
    people = persons.named([cut.seen for cut in train])
    made = None
    if request.augmented is not None:
        of = {cut.sha256: person for cut, person in zip(train, people, strict=True) if cut.sha256}
        made = _made(request, of, {cut.sha256 for cut in test}, skipped, tell)
    judged = _examples(test, persons.named([cut.seen for cut in test])) if test else None
    return Material(
        train=_examples(train, people), test=judged, made=made, skipped=tuple(skipped), doubts=doubts
    )


def _part(
    place: str, part: str, *, request: RecogniseRequest, skipped: list[tuple[str, str]], tell: Tell
) -> list[_Cut]:
    """The faces of one part of a set; none where the set has no such part."""
    if place in sets.STANDARD or (Path(place) / strips.RECORD).is_file():
        return list(_frames(sets.load(place).part(part)))
    photos = labelled.read(Path(place), subject=request.subject)
    skipped += photos.skipped if part == "train" or request.test else ()
    chosen = photos.train if part == "train" else photos.test
    if part == "test" and request.test and not chosen:
        chosen = photos.train  # a folder of its own that is all there to be judged by
    return list(_photos(chosen, request.jobs, skipped, tell))


def _frames(clips: sets.ClipSet) -> Iterator[_Cut]:
    """The height of every clip that shows one of the set's classes."""
    for row in np.flatnonzero(np.isin(clips.expressions, clips.classes)).tolist():
        name = f"p{clips.subjects[row]:05d}"
        crop = cv2.resize(clips.frames[row, -1], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        seen = persons.Seen(name=f"{clips.name}/{name}", subject=name, likeness=None, identity=None)
        yield _Cut(crop=crop, label=clips.expressions[row], sha256="", seen=seen)


def _photos(
    photos: Sequence[labelled.Photo], jobs: int, skipped: list[tuple[str, str]], tell: Tell
) -> Iterator[_Cut]:
    """The faces of photos, cut as people are framed; of those that cannot be, why."""
    records = _looked([photo.path for photo in photos], True, jobs, tell)
    for photo in photos:
        record = records[str(photo.path)]
        if reason := _unusable(record):
            skipped.append((photo.name, reason))
            continue
        face = record["face"]
        seen = persons.Seen(
            name=photo.name,
            subject=photo.subject,
            likeness=int(record["likeness"], 16),
            identity=np.array(face["identity"]),
        )
        label = labelled.expression_of(photo.label) or photo.label
        yield _Cut(crop=face["crop"], label=label, sha256=record["sha256"], seen=seen)


def _made(
    request: RecogniseRequest,
    people: dict[str, str],
    judged: set[str],
    skipped: list[tuple[str, str]],
    tell: Tell,
) -> Examples:
    """The pictures of an augmentation, each with the person of its source (by SHA-256)."""
    assert request.augmented is not None
    place, shown = request.augmented, printable(request.augmented)
    rows = ledger.read(place / folder.MANIFEST) if (place / folder.RECORD).is_file() else []
    if not rows:
        raise InputError(f"{shown} holds no pictures of mien augment: expected {folder.MANIFEST} with rows")
    if any(row["source_sha256"] in judged for row in rows):
        raise InputError(f"{shown} holds pictures made from photos that are judged by: make them again")
    strange = [row for row in rows if row["source_sha256"] not in people]
    if strange:
        raise InputError(
            f"{shown} holds {len(strange)} pictures of photos that {printable(request.data)} does not, first "
            f"of {printable(strange[0]['source'])}: name the set they were made from"
        )
    paths = {row["file"]: place / row["file"] for row in rows}
    records, usable = _looked(list(paths.values()), False, request.jobs, tell), []
    for row in rows:
        if reason := _unusable(records[str(paths[row["file"]])]):
            skipped.append((row["file"], reason))
        else:
            usable.append(row)
    return Examples(
        crops=_stacked([records[str(paths[row["file"]])]["face"]["crop"] for row in usable]),
        labels=tuple(row["expression"] for row in usable),
        people=tuple(people[row["source_sha256"]] for row in usable),
    )


def _looked(paths: Sequence[Path], who: bool, jobs: int, tell: Tell) -> dict[str, dict[str, Any]]:
    """What is seen in each photo, by its path."""
    requests, out = [survey.Look(photo=path, crop=SIDE, who=who) for path in paths], {}
    for number, record in enumerate(batches.run(survey.look, requests, jobs), 1):
        out[record["photo"]] = record
        tell("cutting", number, len(requests))
    return out


def _unusable(record: dict[str, Any]) -> str:
    """Why there is no face, or nothing."""
    if not record["ok"]:
        return record["error"]
    return "" if record["face"] else record["reason"]


def _doubts(train: Sequence[_Cut], test: Sequence[_Cut]) -> tuple[str, ...]:
    """Pairs that may show one person; raises `InputError` where it is certain."""
    found = persons.leaks([cut.seen for cut in train], [cut.seen for cut in test])
    certain = [leak for leak in found if leak.certain]
    if certain:
        raise InputError(
            f"{len(certain)} times a person or picture is both learned from and judged by, first "
            f"{certain[0]}: such figures would mean nothing; take it out of one part"
        )
    return tuple(map(str, found))


def _examples(cuts: Sequence[_Cut], people: Sequence[str]) -> Examples:
    return Examples(
        crops=_stacked([cut.crop for cut in cuts]),
        labels=tuple(cut.label for cut in cuts),
        people=tuple(people),
    )


def _stacked(crops: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack(crops) if crops else np.empty((0, SIDE, SIDE, 3), np.uint8)
