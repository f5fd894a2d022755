"""Clips of a set as the batches of a system's task: what a step sees depends on seed and step alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mien.data.sets import ClipSet
from mien.errors import InputError
from mien.system import Batch, Clips, Drives, Faces, Motions

UNCLASSED = "mixed"
"""Expression of clips that show units of no class."""


@dataclass(frozen=True)
class Batches:
    """Draws the batch of any step from a set's clips, with replacement."""

    clips: ClipSet
    kind: type[Batch]
    settings: Any  # of the system: batch, and the classes or units that it speaks of
    seed: int = 0
    pairs: bool = True
    """Whether the wanted picture must be of the same person; else, where there is none, it is of anybody."""

    def __post_init__(self) -> None:
        """Refuse a set that does not fit the system, before a step meets it."""
        name, side = self.clips.name, self.settings.side
        if self.kind is not Motions and self.clips.side != side:
            raise InputError(
                f"{name} holds faces of {self.clips.side} px and the system takes {side} px: give a set of "
                f"{side} px, or train with --side {self.clips.side}"
            )
        if self.pairs and self.kind in (Faces, Drives) and not self._paired:
            raise InputError(
                f"{name} has one picture of each person, and two are needed: take another set, or a system "
                "such as ganimation that learns from single faces"
            )
        if self.kind in (Faces, Drives):
            for row in {self.clips.expressions[row]: row for row in self._classed}.values():
                if not len(self._same_expression(row)):
                    raise InputError(
                        f"{name} shows {self.clips.expressions[row]} by one {self.clips.splits[row]} person "
                        "only, and this system is given another one's beside it: take a set with two or more "
                        "(mien data people OUT --people 120 --test 20)"
                    )

    def __call__(self, step: int) -> Batch:
        """The batch of a step, on the CPU."""
        chance = np.random.default_rng((self.seed, step))
        return self._of(chance.choice(self._classed, self.settings.batch), chance)

    def each(self, size: int) -> Iterator[Batch]:
        """Every clip that may be wanted once, in order; what goes with it is drawn from the seed."""
        chance = np.random.default_rng(self.seed)
        for start in range(0, len(self._classed), size):
            yield self._of(self._classed[start : start + size], chance)

    @property
    def persons(self) -> Tensor:
        """Whose each clip that `each` gives is, in its order: (n,) numbers."""
        return torch.from_numpy(self.clips.subjects[self._classed])

    def _of(self, rows: np.ndarray, chance: np.random.Generator) -> Batch:
        """The batch whose wanted clips are these."""
        draw = {Clips: self._clips, Faces: self._faces, Drives: self._drives, Motions: self._motions}
        seeds = torch.from_numpy(chance.integers(0, 2**31, len(rows)))
        return self.kind(seeds=seeds, **draw[self.kind](rows, chance))

    def _clips(self, rows: np.ndarray, chance: np.random.Generator) -> dict[str, Tensor]:
        frames = images(self.clips.frames[rows])  # (n, t, 3, h, w)
        return {
            "face": frames[:, 0].contiguous(),
            "label": self.labels(rows, self._last(rows)),
            "clip": frames.transpose(1, 2).contiguous(),
            "units": torch.from_numpy(self.units[rows]),
            "landmarks": torch.from_numpy(self.clips.landmarks[rows]),
        }

    def _faces(self, rows: np.ndarray, chance: np.random.Generator) -> dict[str, Tensor]:
        at_face, at_target = self._moments(rows, chance), self._moments(rows, chance)
        wanted = {f"target_{name}": value for name, value in self._shown(rows, at_target).items()}
        wanted["target"] = wanted.pop("target_face")
        other = self._image(self._drawn(self._same_expression, rows, chance), at_target)
        given = self._same_person if self.pairs or self._paired else self._anybody
        return self._shown(self._drawn(given, rows, chance), at_face) | wanted | {"other": other}

    def _drives(self, rows: np.ndarray, chance: np.random.Generator) -> dict[str, Tensor]:
        face = self._drawn(self._same_person, rows, chance)
        driver = self._drawn(self._same_expression, rows, chance)
        at_face, at_target = self._moments(rows, chance), self._moments(rows, chance)
        landmarks = torch.from_numpy(self.clips.landmarks)
        return {
            "face": self._image(face, at_face),
            "landmarks": landmarks[face, at_face],
            "driver": landmarks[driver, at_target],
            "target": self._image(rows, at_target),
            "target_landmarks": landmarks[rows, at_target],
        }

    def _motions(self, rows: np.ndarray, chance: np.random.Generator) -> dict[str, Tensor]:
        label = self.labels(rows, self._last(rows))
        return {"landmarks": torch.from_numpy(self.clips.landmarks[rows]), "label": label}

    def _drawn(
        self, pool: Callable[[int], np.ndarray], rows: np.ndarray, chance: np.random.Generator
    ) -> np.ndarray:
        """For each clip one of those that go with it."""
        return np.array([chance.choice(pool(row)) for row in rows])

    def _shown(self, rows: np.ndarray, at: np.ndarray) -> dict[str, Tensor]:
        """One frame of each clip, with all that is known of it."""
        return {
            "face": self._image(rows, at),
            "label": self.labels(rows, at),
            "units": torch.from_numpy(self.units[rows, at]),
            "landmarks": torch.from_numpy(self.clips.landmarks[rows, at]),
        }

    def _image(self, rows: np.ndarray, at: np.ndarray) -> Tensor:
        return images(self.clips.frames[rows, at])

    def _last(self, rows: np.ndarray) -> np.ndarray:
        return np.full(len(rows), self.clips.frames.shape[1] - 1)

    def _moments(self, rows: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        """A frame for each clip: the apex as often as all others together."""
        frames, count = self.clips.frames.shape[1], len(rows)
        return np.where(chance.random(count) < 0.5, frames - 1, chance.integers(0, frames, count))

    def labels(self, rows: np.ndarray, at: np.ndarray) -> Tensor:
        """Label vectors (n, c): the class by how far the clip has come, the rest neutral if that is one."""
        classes = tuple(getattr(self.settings, "classes", ()))
        out = np.zeros((len(rows), len(classes)), np.float32)
        share = self._progress[rows, at] if "neutral" in classes else np.ones(len(rows))
        for index, (row, part) in enumerate(zip(rows, share, strict=True)):
            if classes:
                out[index, classes.index(self.clips.expressions[row])] = part
            if "neutral" in classes:
                out[index, classes.index("neutral")] += 1 - part
        return torch.from_numpy(out)

    @cached_property
    def units(self) -> np.ndarray:
        """Intensities (N, t, k) of the settings' units; of both sides their mean."""
        names = list(self.clips.unit_names)
        columns = [np.zeros((*self.clips.units.shape[:2], 0), np.float32)]
        for unit in getattr(self.settings, "units", ()):
            found = [names.index(name) for name in (unit, f"{unit}L", f"{unit}R") if name in names]
            if not found:
                raise InputError(f"the set {self.clips.name} holds no {unit}; it has {', '.join(names)}")
            columns.append(self.clips.units[:, :, found].mean(-1, keepdims=True, dtype=np.float32))
            if np.isnan(columns[-1]).any():
                raise InputError(
                    f"the set {self.clips.name} does not say how strong {unit} is; it knows "
                    f"{', '.join(self._known)}: give those with --units, or take another set"
                )
        return np.concatenate(columns, -1)

    @cached_property
    def _known(self) -> list[str]:
        """Units whose strength the set gives everywhere."""
        there = np.flatnonzero(~np.isnan(self.clips.units.sum((0, 1))))
        names = (self.clips.unit_names[column].rstrip("LR") for column in there)
        return list(dict.fromkeys(names))

    @cached_property
    def _progress(self) -> np.ndarray:
        """How far each frame (N, t) has come to its clip's apex, 0..1."""
        if not self.clips.rising:
            return np.ones(self.clips.units.shape[:2], np.float32)
        moved = np.nan_to_num(self.clips.units - self.clips.units[:, :1])
        apex = moved[:, -1:]
        way = (apex**2).sum(-1)
        share = np.clip((moved * apex).sum(-1) / np.maximum(way, 1e-6), 0, 1)
        even = np.linspace(0, 1, moved.shape[1], dtype=np.float32)  # where too little moves to be measured
        return np.where(way > 1e-4, share, even)

    @cached_property
    def _classed(self) -> np.ndarray:
        """Rows of the clips that may be wanted: those of the classes, all for a system without classes."""
        shown = np.array(self.clips.expressions)
        classes = getattr(self.settings, "classes", None)
        if classes is None:
            return np.arange(len(shown)) if self.kind is Faces else np.flatnonzero(shown != UNCLASSED)
        rows = np.flatnonzero(np.isin(shown, classes))
        if not len(rows):
            has = ", ".join(sorted(set(shown.tolist())))
            raise InputError(f"the set {self.clips.name} has no clip of {', '.join(classes)}; it has {has}")
        return rows

    def _same_person(self, row: int) -> np.ndarray:
        """Rows of the same sitting's other clips, the clip itself where it is the only one."""
        rows = self._people[int(self._sittings[row])]
        return rows[rows != row] if len(rows) > 1 else rows

    def _anybody(self, row: int) -> np.ndarray:
        """Rows of all other clips."""
        return self._classed[self._classed != row]

    def _same_expression(self, row: int) -> np.ndarray:
        """Rows of other persons' clips of the same expression; of faces of any, if nobody else shows it."""
        rows = self._shows[self.clips.expressions[row]]
        others = rows[self.clips.subjects[rows] != self.clips.subjects[row]]
        if len(others) or self.kind is Drives:
            return others
        return self._classed[self.clips.subjects[self._classed] != self.clips.subjects[row]]

    @cached_property
    def _people(self) -> dict[int, np.ndarray]:
        rows = self._classed
        order = rows[np.argsort(self._sittings[rows], kind="stable")]
        persons, starts = np.unique(self._sittings[order], return_index=True)
        return dict(zip(persons.tolist(), np.split(order, starts[1:]), strict=True))

    @cached_property
    def _paired(self) -> bool:
        """Whether there are two pictures of somebody: a clip of several frames, or two clips of a sitting."""
        return self.clips.frames.shape[1] > 1 or len(self._people) < len(self._classed)

    @cached_property
    def _sittings(self) -> np.ndarray:
        """A number for each clip's person and sitting: another one's light and pose cannot be foreseen."""
        return self.clips.subjects * (self.clips.sessions.max() + 1) + self.clips.sessions

    @cached_property
    def _shows(self) -> dict[str, np.ndarray]:
        shown = np.array(self.clips.expressions)
        return {name: np.flatnonzero(shown == name) for name in set(self.clips.expressions)}


def images(frames: np.ndarray) -> Tensor:
    """Frames (..., h, w, 3) uint8 as images (..., 3, h, w) float32 in [-1, 1]."""
    return torch.from_numpy(frames).movedim(-1, -3).float().div_(127.5).sub_(1).contiguous()


def pixels(image: Tensor) -> np.ndarray:
    """Images (..., 3, h, w) in [-1, 1] as frames (..., h, w, 3) uint8."""
    return image.float().clamp(-1, 1).add(1).mul(127.5).round().byte().movedim(-3, -1).contiguous().numpy()
