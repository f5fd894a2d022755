"""A photo through a trained system: cut as in training, made, and put back into the photo."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from mien import systems
from mien.checkpoints import WEIGHTS, Run, find
from mien.data.batches import images, pixels
from mien.data.crops import Crop
from mien.errors import ExpressionError, InputError
from mien.expression import Expression
from mien.face.points import transform
from mien.face.portrait import Portrait, Shown
from mien.machine import Machine
from mien.requests import PAINTER
from mien.system import Animate, Edit, Motion, System, Transfer
from mien.wishes import check, label_of

TOGETHER = 16
"""Frames that are made at a time."""
MACHINE = Machine(device=torch.device("cpu"), precision="float32")
"""One photo needs no GPU."""


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A trained system that can show what is wanted, before there is a photo."""

    run: Run
    painter: Run | None
    """Who paints, where the system makes motions."""
    seed: int
    left_out: tuple[str, ...]
    """What of the wish it cannot show, as warnings."""

    @classmethod
    def open(cls, system: str, painter: str, wanted: Sequence[Expression], seed: int = 0) -> "Studio":
        """The studio of a system, and of a painter for one of motions: names, or runs' folders.

        Raises `InputError` for weights that are not there, `ExpressionError` for what it cannot show at all.
        """
        run = find(system)
        left_out = check(run, wanted)  # all frames of a film: a mixture may lie between two keyframes
        moves = isinstance(ready(run), Motion)
        if not moves and painter != PAINTER:
            raise ExpressionError(
                f"--painter paints what a system of motions makes, and {run.name} paints itself: leave it out"
            )
        return cls(run=run, painter=_painter(painter) if moves else None, seed=seed, left_out=left_out)

    @property
    def assets(self) -> dict[str, str]:
        """Hashes of all weights, for receipts."""
        return self.run.assets() | (self.painter.assets() if self.painter else {})

    def before(self, portrait: Portrait) -> Callable[[Iterable[Expression]], Iterator[Shown]]:
        """What shows a portrait with each of some expressions."""
        return Artist(self.run, portrait, self.seed, self.painter).film


class Artist:
    """A trained system before one portrait: it shows expressions as `Portrait.show` does.

    painter: who paints where the system makes motions; otherwise the one that comes with mien.
    """

    def __init__(self, run: Run, portrait: Portrait, seed: int = 0, painter: Run | None = None):
        self.portrait, self.run, self.system = portrait, run, ready(run)
        self.hand = ready(painter or _painter(PAINTER)) if isinstance(self.system, Motion) else self.system
        self.crop = Crop.of(portrait.picture.pixels, portrait.face, portrait.fit)
        self.face = images(self.crop.cut(self.hand.settings.side)[None])  # (1, 3, h, w)
        self.landmarks = torch.from_numpy(self.crop.landmarks)[None]  # (1, 68, 2)
        self.seeds = torch.tensor([seed])
        self.ways: dict[str, Tensor] = {}
        self.last = ""

    def show(self, expression: Expression) -> Shown:
        """The photo with this expression; raises `ExpressionError` for what the system cannot say."""
        return next(iter(self.film([expression])))

    def film(self, expressions: Iterable[Expression]) -> Iterator[Shown]:
        """The photo with each of these expressions."""
        waiting = iter(expressions)
        while some := list(islice(waiting, TOGETHER)):
            check(self.run, some)
            for expression, face in zip(some, pixels(self._made(some)), strict=True):
                yield self.portrait.shown(expression, self.crop.paste(face))

    @torch.no_grad()
    def _made(self, expressions: Sequence[Expression]) -> Tensor:
        """Faces (n, 3, h, w) for expressions."""
        system, faces = self.system, self.face.expand(len(expressions), -1, -1, -1)
        if isinstance(system, Edit):
            rows = [self._units(e) if system.condition == "units" else self._label(e) for e in expressions]
            return system.make(faces, torch.stack(rows))
        if isinstance(system, Animate):
            return self._along(expressions)
        if isinstance(system, Motion):
            driver = self._along(expressions)
        else:
            own = system.driven_by == "target_landmarks"  # type: ignore[attr-defined]
            driver = torch.stack([self._driver(e, own) for e in expressions])
        return self.hand.make(faces, self.landmarks.expand(len(expressions), -1, -1), driver)

    def _along(self, expressions: Sequence[Expression]) -> Tensor:
        """Faces or landmarks as far on the system's way to a label as the expressions are strong.

        A neutral face is the beginning of the way that is gone next or, where none is, was gone last.
        """
        classes = self.run.settings.classes  # type: ignore[attr-defined]
        read, rows = [label_of(expression, classes) for expression in expressions], []
        for number, (_, strength) in enumerate(read):
            self.last = next((name for name, shown in read[number:] if shown), self.last or classes[0])
            way = self._way(self.last)
            before = min(int(strength * (len(way) - 1)), len(way) - 2)
            rows.append(torch.lerp(way[before], way[before + 1], strength * (len(way) - 1) - before))
        return torch.stack(rows)

    def _way(self, name: str) -> Tensor:
        """From neutral to a label: faces (t, 3, h, w), or landmarks (t, 68, 2)."""
        if name not in self.ways:
            classes = self.run.settings.classes  # type: ignore[attr-defined]
            label = torch.eye(len(classes))[[classes.index(name)]]
            if isinstance(self.system, Motion):
                self.ways[name] = self.system.make(self.landmarks, label, self.seeds)[0]
            else:
                self.ways[name] = self.system.make(self.face, label)[0].transpose(0, 1)
        return self.ways[name]

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


def ready(run: Run) -> System:
    """A run's system, ready to make; kept in memory, for the next photo wants it too."""
    weights = run.folder / WEIGHTS
    return _ready(run.folder, weights.stat().st_mtime_ns if weights.is_file() else 0)


@lru_cache(maxsize=4)
def _ready(folder: Path, changed: int) -> System:
    system = Run.open(folder).load()
    MACHINE.place(system)
    return system.requires_grad_(False)


def _painter(name: str) -> Run:
    """The run of a system that follows landmarks."""
    run = find(name)
    if not isinstance(ready(run), Transfer):
        fitting = [systems.spoken(name) for name in systems.names() if systems.about(name).task == "transfer"]
        raise InputError(
            f"--painter takes a system that follows landmarks ({', '.join(fitting)}), came {run.name}"
        )
    return run


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
