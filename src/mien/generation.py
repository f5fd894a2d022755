"""A photo through a trained system: cut as in training, made, and put back into the photo."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
import torch
from torch import Tensor

from mien.checkpoints import Run, find
from mien.data.batches import images, pixels
from mien.data.crops import Crop
from mien.errors import ExpressionError
from mien.expression import Expression
from mien.face.points import transform
from mien.face.portrait import Portrait, Shown
from mien.machine import Machine
from mien.system import Animate, Edit, Motion, System, Transfer

PAINTER = "texture_gan"
"""The system that paints what a system of motions makes."""
TOGETHER = 16
"""Frames that are made at a time."""
EXACT = 2e-3
"""How far strengths of units may lie from those of a label that is still meant by them."""


class Artist:
    """A trained system before one portrait: it shows expressions as `Portrait.show` does."""

    def __init__(self, run: Run, portrait: Portrait, seed: int = 0):
        self.portrait, self.run = portrait, run
        self.machine = Machine(device=torch.device("cpu"), precision="float32")  # one photo: no GPU needed
        self.system = self._ready(run)
        self.crop = Crop.of(portrait.picture.pixels, portrait.face, portrait.fit)
        self.face = images(self.crop.cut(run.settings.side)[None])  # (1, 3, h, w)
        self.landmarks = torch.from_numpy(self.crop.landmarks)[None]  # (1, 68, 2)
        self.seeds = torch.tensor([seed])

    def show(self, expression: Expression) -> Shown:
        """The photo with this expression; raises `ExpressionError` for what the system cannot say."""
        return next(iter(self.film([expression])))

    def film(self, expressions: Iterable[Expression]) -> Iterator[Shown]:
        """The photo with each of these expressions."""
        waiting = iter(expressions)
        while some := list(islice(waiting, TOGETHER)):
            for expression, face in zip(some, pixels(self._made(some)), strict=True):
                yield self.portrait.shown(expression, self.crop.paste(face))

    @torch.no_grad()
    def _made(self, expressions: Sequence[Expression]) -> Tensor:
        """Faces (n, 3, h, w) for expressions."""
        system, count = self.system, len(expressions)
        if isinstance(system, Edit):
            rows = [self._units(e) if system.condition == "units" else self._label(e) for e in expressions]
            return system.make(self.face.expand(count, -1, -1, -1), torch.stack(rows))
        if isinstance(system, Animate):
            return self._frames(expressions)
        if isinstance(system, Motion):
            driver = self._moved(expressions)
            return self._paint(self._ready(find(PAINTER)), driver)
        own = system.driven_by == "target_landmarks"  # type: ignore[attr-defined]
        return self._paint(system, torch.stack([self._driver(e, own) for e in expressions]))

    def _frames(self, expressions: Sequence[Expression]) -> Tensor:
        """Frames of the system's clip as far on its way as the expressions are strong."""
        name, strengths = self._one_label(expressions)
        clip = self.system.make(self.face, self._one_hot(name))[0]  # (3, t, h, w)
        at = torch.tensor(strengths) * (clip.shape[1] - 1)
        before = at.floor().clamp_max(clip.shape[1] - 2).long()
        share = (at - before)[:, None, None, None]
        frames = clip.transpose(0, 1)
        return frames[before] * (1 - share) + frames[before + 1] * share

    def _moved(self, expressions: Sequence[Expression]) -> Tensor:
        """Landmarks (n, 68, 2) of the system's motion as far on its way as the expressions are strong."""
        name, strengths = self._one_label(expressions)
        curve = self.system.make(self.landmarks, self._one_hot(name), self.seeds)[0]
        return curve[(torch.tensor(strengths) * (len(curve) - 1)).round().long()]

    def _paint(self, painter: System, driver: Tensor) -> Tensor:
        """Faces of a system that follows landmarks (n, 68, 2)."""
        assert isinstance(painter, Transfer)
        count = len(driver)
        return painter.make(self.face.expand(count, -1, -1, -1), self.landmarks.expand(count, -1, -1), driver)

    def _driver(self, expression: Expression, own: bool) -> Tensor:
        """Landmarks (68, 2) that show an expression: the portrait's own, or those of the mean person."""
        seen = transform(
            cv2.invertAffineTransform(self.crop.matrix), self.portrait.landmarks_of(expression, own=own)
        )
        return torch.from_numpy(seen).float()

    def _units(self, expression: Expression) -> Tensor:
        """Strengths (k,) of the system's units."""
        units, sided = self.run.settings.units, expression.sided()  # type: ignore[attr-defined]
        sides = [[sided.get(unit + side, sided.get(unit, 0.0)) for side in "LR"] for unit in units]
        return torch.tensor(sides).float().mean(1)

    def _label(self, expression: Expression) -> Tensor:
        """Label vector (c,): the label's share, the rest neutral."""
        classes = self.run.settings.classes  # type: ignore[attr-defined]
        name, strength = label_of(expression, classes)
        out = torch.zeros(len(classes))
        out[classes.index("neutral")] = 1 - strength
        out[classes.index(name)] += strength
        return out

    def _one_hot(self, name: str) -> Tensor:
        classes = self.run.settings.classes  # type: ignore[attr-defined]
        return torch.eye(len(classes))[[classes.index(name)]]

    def _one_label(self, expressions: Sequence[Expression]) -> tuple[str, list[float]]:
        """The label that all of these show, and how strongly each does."""
        classes = self.run.settings.classes  # type: ignore[attr-defined]
        read = [label_of(expression, classes) for expression in expressions]
        names = {name for name, strength in read if strength} or {classes[0]}
        if len(names) > 1:
            raise ExpressionError(
                f"{self.run.system} goes from neutral to one label, came {' and '.join(sorted(names))}"
            )
        return names.pop(), [strength for _, strength in read]

    def _ready(self, run: Run) -> System:
        system = run.load()
        self.machine.place(system)
        return system.requires_grad_(False)


def label_of(expression: Expression, classes: Sequence[str]) -> tuple[str, float]:
    """The label and strength that an expression is made of; raises `ExpressionError` for other units."""
    sided = expression.sided()
    if not sided:
        return next(iter(classes)), 0.0
    for name in classes:
        whole = Expression.from_label(name).sided()
        strength = sum(sided.values()) / max(sum(whole.values()), 1e-9)
        if whole.keys() == sided.keys() and all(
            abs(sided[key] - strength * whole[key]) < EXACT for key in sided
        ):
            return name, min(strength, 1.0)
    raise ExpressionError(
        f"this system knows labels, {', '.join(classes)}, came {expression}; ask for one of them, or leave "
        "--system out"
    )


@dataclass(frozen=True, kw_only=True)
class Onset:
    """An expression that comes, slow, quick, slow, and stays."""

    expression: Expression
    duration: float
    """Seconds until it is whole."""

    def at(self, t: float) -> Expression:
        """What shows after t seconds."""
        share = float(np.clip(t / self.duration, 0, 1))
        return self.expression * (share * share * (3 - 2 * share))
