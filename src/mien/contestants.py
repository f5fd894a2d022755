"""Who answers the comparison's question: trained systems, the portrait engine, a copy, and the truth."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mien import systems
from mien.checkpoints import WEIGHTS, find
from mien.data.batches import images, pixels
from mien.data.sets import ClipSet
from mien.errors import InputError
from mien.expression import Expression
from mien.face.analysis import at_landmarks
from mien.face.portrait import Portrait
from mien.media.pictures import from_array
from mien.requests import PAINTER
from mien.system import Animate, Edit, Motion, System, Transfer

STRENGTH = 0.8
"""Of the label that the engine is told: the mean of those that synthetic people show."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """Neutral faces of n persons, and the expression that each is to show at its height."""

    face: Tensor  # (n, 3, h, w)
    truth: Tensor  # (n, 3, h, w)
    expressions: list[str]
    units: np.ndarray  # (n, k) what the truth shows
    unit_names: tuple[str, ...]
    landmarks: Tensor  # (n, 68, 2) of the neutral face
    own: Tensor  # (n, 68, 2) of the truth
    driver: Tensor  # (n, 68, 2) of another person who shows the expression
    persons: Tensor  # (n,)
    seeds: Tensor  # (n,)

    def labels(self, classes: Sequence[str]) -> Tensor:
        """Label vectors (n, c) of a list of classes; raises `InputError` where one is not in it."""
        if missing := sorted(set(self.expressions) - set(classes)):
            raise InputError(f"this system knows {', '.join(classes)}, the set shows {missing[0]} too")
        return torch.eye(len(classes))[[classes.index(name) for name in self.expressions]]

    def strengths(self, units: Sequence[str]) -> Tensor:
        """Intensities (n, k) of these units, of both sides the mean."""
        names = list(self.unit_names)
        columns = [[names.index(n) for n in (unit, f"{unit}L", f"{unit}R") if n in names] for unit in units]
        return torch.stack([torch.from_numpy(self.units[:, at]).mean(1) for at in columns], 1)


def count(clips: ClipSet) -> int:
    """How many questions a set puts."""
    return sum(shown in clips.classes for shown in clips.part("test").expressions)


def questions(clips: ClipSet, size: int) -> Iterator[Question]:
    """All test clips of a class, some at a time; which other person drives is drawn once and for all."""
    test, chance = clips.part("test"), np.random.default_rng(0)
    rows = np.flatnonzero(np.isin(test.expressions, test.classes))
    shown = np.array(test.expressions)
    others = [
        chance.choice(np.flatnonzero((shown == shown[row]) & (test.subjects != test.subjects[row])))
        for row in rows
    ]
    for start in range(0, len(rows), size):
        at, driving = rows[start : start + size], np.array(others[start : start + size])
        yield Question(
            face=images(test.frames[at, 0]),
            truth=images(test.frames[at, -1]),
            expressions=shown[at].tolist(),
            units=test.units[at, -1],
            unit_names=test.unit_names,
            landmarks=torch.from_numpy(test.landmarks[at, 0]),
            own=torch.from_numpy(test.landmarks[at, -1]),
            driver=torch.from_numpy(test.landmarks[driving, -1]),
            persons=torch.from_numpy(test.subjects[at]),
            seeds=torch.from_numpy(at),
        )


Answer = Callable[[Question, Tensor], Tensor]
"""Question, its faces (n, 3, h, w) at the side that the one who answers works at: faces (n, 3, h, w)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contestant:
    """One who answers."""

    name: str
    told: str
    """What it is told besides the neutral face."""
    answer: Answer
    side: int = 0
    """Pixels, of the faces it works on; 0 where it takes any."""

    def __call__(self, question: Question) -> Tensor:
        """Faces (n, 3, h, w)."""
        return self.answer(question, brought(question.face, self.side or question.face.shape[-1]))


def everyone() -> list[str]:
    """The truth, a copy, the engine, and all systems that come with weights."""
    bundled = [name for name in systems.names() if (systems.bundle_of(name) / WEIGHTS).is_file()]
    return [*_ALWAYS, *(name.replace("_", "-") for name in bundled)]


def enlist(name: str) -> Contestant:
    """A contestant by its name, or a run by its folder; raises `InputError`."""
    if name in _ALWAYS:
        told, answer = _ALWAYS[name]
        return Contestant(name=name, told=told, answer=answer)
    run = find(name)
    system = run.load()
    side = (find(PAINTER) if isinstance(system, Motion) else run).settings.side
    for kind, way in _TASKS.items():
        if isinstance(system, kind):
            told, answer = way(system)
            return Contestant(name=run.system.replace("_", "-"), told=told, answer=answer, side=side)
    raise AssertionError(f"{run.system} has no task")  # the contract has four


def brought(faces: Tensor, side: int) -> Tensor:
    """Faces (n, 3, h, w) at another side, averaged where they shrink."""
    if faces.shape[-1] == side:
        return faces
    return functional.interpolate(faces, (side, side), mode="bilinear", antialias=True, align_corners=False)


def _edit(system: Any) -> tuple[str, Answer]:
    if system.condition == "units":
        return "units", lambda q, face: system.make(face, q.strengths(system.settings.units))
    return "label", lambda q, face: system.make(face, q.labels(system.settings.classes))


def _animate(system: Any) -> tuple[str, Answer]:
    return "label", lambda q, face: system.make(face, q.labels(system.settings.classes))[:, :, -1]


def _transfer(system: Any) -> tuple[str, Answer]:
    if system.driven_by == "target_landmarks":
        return "the truth's landmarks", lambda q, face: system.make(face, q.landmarks, q.own)
    return "another's landmarks", lambda q, face: system.make(face, q.landmarks, q.driver)


def _motion(system: Any) -> tuple[str, Answer]:
    painter = find(PAINTER).load()

    def answer(q: Question, face: Tensor) -> Tensor:
        curve = system.make(q.landmarks, q.labels(system.settings.classes), q.seeds)  # (n, t, 68, 2)
        return painter.make(face, q.landmarks, curve[:, -1])

    return "label", answer


def _engine(expression_of: Callable[[Question, int], Expression]) -> Answer:
    """The portrait engine on crops whose landmarks are known."""

    def answer(q: Question, faces: Tensor) -> Tensor:
        side, made = faces.shape[-1], []
        for number, face in enumerate(pixels(faces)):
            landmarks = (q.landmarks[number].double().numpy() + 1) / 2 * side - 0.5
            portrait = Portrait.of(from_array(face), at_landmarks(landmarks, (side, side)))
            made.append(portrait.show(expression_of(q, number)).pixels)
        return images(np.stack(made))

    return answer


def _label(q: Question, number: int) -> Expression:
    return Expression.from_label(q.expressions[number], STRENGTH)


def _units(q: Question, number: int) -> Expression:
    strengths = zip(q.unit_names, q.units[number].tolist(), strict=True)
    return Expression(units={name: min(value, 1.0) for name, value in strengths if value > 0})


_TASKS: dict[type[System], Callable[[Any], tuple[str, Answer]]] = {
    Edit: _edit,
    Animate: _animate,
    Transfer: _transfer,
    Motion: _motion,
}
_ALWAYS: dict[str, tuple[str, Answer]] = {
    "truth": ("the truth", lambda q, face: q.truth),
    "copy": ("nothing", lambda q, face: face),
    "engine": ("label", _engine(_label)),
    "engine-units": ("units", _engine(_units)),
}
