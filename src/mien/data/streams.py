"""People drawn while a training goes on: a window of persons, the eldest of whom make room for new ones."""

import hashlib
import json
import os
import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from mien.data import acting, people
from mien.data.batches import Batches
from mien.data.sets import ClipSet
from mien.errors import InputError
from mien.face.model import load_model
from mien.system import Batch

WINDOW = 120
"""Persons that a batch is drawn from (ours)."""
EVERY = 20
"""Steps from one new person to the next (ours)."""
HELD_OUT = 8
"""Test persons, for previews (ours)."""
EXPRESSIONS = acting.EXPRESSIONS
_JOBS = os.cpu_count() or 1


def is_stream(data: str) -> bool:
    """Whether this asks for people drawn beside the training: people:SIDE, people:SIDExFRAMES."""
    return data.startswith("people:")


def held_out(data: str) -> ClipSet:
    """Test persons for the previews of a stream; name and hash are the stream's own. Raises `InputError`."""
    clips = _room(data, HELD_OUT, "test")
    numbers = range(people.TEST, people.TEST + HELD_OUT)
    with ThreadPoolExecutor(_JOBS) as threads:
        drawn = threads.map(lambda number: _person(clips, number, 0), numbers)
        for place, (number, person) in enumerate(zip(numbers, drawn, strict=True)):
            _enter(clips, place, number, person)
    return clips


class Stream:
    """The batches of a training, drawn from a window of persons: what a step sees depends on seed and step.

    At a step the window holds the `WINDOW` persons from number step // `EVERY` on; a training that goes on
    draws those first. data, kind, settings, seed: as for `Batches`. tell: called with the number of persons
    drawn, and of all, while the first window is filled.
    """

    def __init__(self, data: str, kind: type[Batch], settings: Any, seed: int, tell: people.Tell):
        self.clips = _room(data, WINDOW, "train")
        self.of, self.seed, self.tell = (self.clips, kind, settings, seed), seed, tell
        self.threads = ThreadPoolExecutor(_JOBS)
        self.coming: dict[int, Future[list[people.Clip]]] = {}
        self.held = range(0)

    def __call__(self, step: int) -> Batch:
        """The batch of a step, on the CPU."""
        window = range(step // EVERY, step // EVERY + WINDOW)
        if window != self.held:
            self._turn(window)
            self.batches = Batches(*self.of)  # anew: it remembers who shows what
        return self.batches(step)

    def _turn(self, numbers: range) -> None:
        """Let the window hold these persons, and have the next ones drawn beside what follows."""
        new = [number for number in numbers if number not in self.held]
        for number in [*new, *range(numbers.stop, numbers.stop + _JOBS)]:
            if number not in self.coming:
                whose = number % people.TEST  # where the numbers of test persons begin
                self.coming[number] = self.threads.submit(_person, self.clips, whose, self.seed)
        try:
            for count, number in enumerate(new, 1):
                _enter(self.clips, number % WINDOW, number, self.coming.pop(number).result())
                if not self.held:
                    self.tell(count, WINDOW)
        except BaseException:
            self.threads.shutdown(cancel_futures=True)
            raise
        self.held = numbers


def _room(data: str, persons: int, split: str) -> ClipSet:
    """A set with room for persons, whose clips are not yet drawn."""
    found = re.fullmatch(r"people:(\d{1,4})(?:x(\d{1,3}))?", data)
    side, frames = (int(found[1]), int(found[2] or 32)) if found else (0, 0)
    if not (people.SIDES[0] <= side <= people.SIDES[1] and people.LENGTHS[0] <= frames <= people.LENGTHS[1]):
        raise InputError(
            f"people drawn beside the training are written people:SIDE or people:SIDExFRAMES, such as "
            f"people:64x32, side {people.SIDES[0]} to {people.SIDES[1]}, frames {people.LENGTHS[0]} to "
            f"{people.LENGTHS[1]}; came {data!r}"
        )
    names, count = acting.unit_names(load_model()), persons * len(EXPRESSIONS)
    made = [side, frames, WINDOW, EVERY, people.EDITION, load_model().sha256]
    return ClipSet(
        name=f"people:{side}x{frames}",
        side=side,
        sha256=hashlib.sha256(json.dumps(made).encode()).hexdigest(),
        frames=np.empty((count, frames, side, side, 3), np.uint8),
        landmarks=np.empty((count, frames, 68, 2), np.float32),
        units=np.empty((count, frames, len(names)), np.float32),
        unit_names=names,
        gaze=np.empty((count, frames, 2), np.float32),
        head=np.empty((count, frames, 3), np.float32),
        camera=np.empty((count, frames, 4), np.float32),
        classes=EXPRESSIONS,
        expressions=[*EXPRESSIONS] * persons,
        intensities=np.empty(count, np.float32),
        subjects=np.empty(count, int),
        sessions=np.zeros(count, int),
        splits=[split] * count,
    )


def _person(clips: ClipSet, number: int, seed: int) -> list[people.Clip]:
    """All clips of one person, as a set on disk has them."""
    person = people.Person.drawn(people.person_seed(number, seed))
    return [people.clip(person, e, side=clips.side, frames=clips.frames.shape[1]) for e in EXPRESSIONS]


def _enter(clips: ClipSet, place: int, number: int, person: list[people.Clip]) -> None:
    """Put a person's clips into a place of the window."""
    rows = slice(place * len(EXPRESSIONS), (place + 1) * len(EXPRESSIONS))
    for label in ("frames", "landmarks", "units", "gaze", "head", "camera"):
        getattr(clips, label)[rows] = [getattr(clip, label) for clip in person]
    clips.intensities[rows] = [clip.intensity for clip in person]
    clips.subjects[rows] = number
