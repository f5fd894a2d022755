"""The contract: what a system is given, what it yields, what it makes.

A system is settings, nets as attributes, `updates` (who moves when, by which terms) and `make` of its task.
It knows no optimiser, device, file or logger.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from mien.errors import InputError
from mien.machine import channels_last

Update = tuple[str | tuple[str, ...], dict[str, Tensor]]
"""The player (or players) that moves, and the terms whose sum it lowers."""
Kind = TypeVar("Kind", bound="Batch")
BASIC = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
"""The six basic expressions in the order of label vectors."""
UNITS = (
    "AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU9", "AU10", "AU12",
    "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU43",
)  # fmt: skip
"""Action units that OpenFace gives an intensity for; its AU45, the blink, is AU43 held briefly."""

LEAST_SIDE = 32
"""Least side of a face that the nets here can take, pixels."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every system has; a field's default is the paper's value."""

    side: int = 64
    """Side of the face crop, pixels."""
    batch: int = 16
    """Samples a step, over all processes together."""
    steps: int = 20000
    """Length of the training."""
    learning_rate: float = 2e-4
    """Adam's rate."""
    beta1: float = 0.5
    """Adam's first decay."""
    beta2: float = 0.999
    """Adam's second decay."""
    constant: float = 1.0
    """Share of the steps at the full rate; over the rest it falls linearly to nothing."""
    average: float = 0.999
    """Decay of the running average of weights that is shipped (ours where the paper has none)."""
    clip_norm: float = 0.0
    """Greatest norm of a player's gradients, longer ones are scaled down to it; 0 leaves them (ours)."""

    def __post_init__(self) -> None:
        for name, least in (("side", LEAST_SIDE), ("batch", 1), ("steps", 1)):
            if getattr(self, name) < least:
                raise InputError(f"--{name} is {least} or more, came {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Samples; every tensor's first axis counts them."""

    seeds: Tensor  # (n,) int64: the randomness of each sample

    def __len__(self) -> int:
        return len(self.seeds)

    def part(self: Kind, where: slice) -> Kind:
        """Some of the samples."""
        return type(self)(**{field.name: getattr(self, field.name)[where] for field in fields(self)})

    def to(self: Kind, device: torch.device, kind: torch.dtype) -> Kind:
        """The same samples on another device, floats of another precision."""
        moved = {}
        for field in fields(self):
            value = getattr(self, field.name)
            value = value.to(device, kind if value.is_floating_point() else value.dtype)
            moved[field.name] = channels_last(value)
        return type(self)(**moved)


@dataclass(frozen=True, kw_only=True)
class Faces(Batch):
    """Two faces of one person, and one of another person."""

    face: Tensor  # (n, 3, h, w)
    label: Tensor  # (n, c)
    units: Tensor  # (n, k)
    landmarks: Tensor  # (n, 68, 2)
    target: Tensor  # (n, 3, h, w), the same person
    target_label: Tensor
    target_units: Tensor
    target_landmarks: Tensor
    other: Tensor  # (n, 3, h, w), another person with the target's expression


@dataclass(frozen=True, kw_only=True)
class Clips(Batch):
    """Clips from the neutral face to the apex."""

    face: Tensor  # (n, 3, h, w), the first frame
    label: Tensor  # (n, c)
    clip: Tensor  # (n, 3, t, h, w)
    units: Tensor  # (n, t, k)
    landmarks: Tensor  # (n, t, 68, 2)


@dataclass(frozen=True, kw_only=True)
class Drives(Batch):
    """A person's face, another person who shows an expression, and the first person showing it."""

    face: Tensor  # (n, 3, h, w)
    landmarks: Tensor  # (n, 68, 2)
    driver: Tensor  # (n, 68, 2)
    target: Tensor  # (n, 3, h, w)
    target_landmarks: Tensor  # (n, 68, 2)


@dataclass(frozen=True, kw_only=True)
class Motions(Batch):
    """Landmarks of clips."""

    landmarks: Tensor  # (n, t, 68, 2)
    label: Tensor  # (n, c)


class System(nn.Module):
    """One paper. Its players are the nets among its attributes that learn."""

    task: ClassVar[str]
    batches: ClassVar[type[Batch]]
    made_with: ClassVar[tuple[str, ...]] = ("generator",)
    """The players that `make` needs: their averaged weights are what a run ships."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.settings = settings

    def updates(self, batch: Batch, step: int) -> Iterator[Update]:
        """One step: yield each player's terms in turn; after a yield that player has moved."""
        raise TypeError(f"{type(self).__module__} does not say how it learns: it lacks updates()")

    def make(self, *given: Tensor) -> Tensor:
        """What the task asks for, from what the task's base names."""
        raise TypeError(f"{type(self).__module__} does not say what it makes: it lacks make()")

    def answer(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """What is made of a batch, and the truth."""
        raise TypeError(
            f"{type(self).__module__} has no task: take Edit, Animate, Transfer or Motion as its base"
        )

    def learning_rate(self, player: str, step: int) -> float:
        """Of a player at a step."""
        s = self.settings
        left = (s.steps - step) / max(1.0, s.steps * (1 - s.constant))
        return s.learning_rate * min(1.0, left)

    def players(self) -> dict[str, nn.Module]:
        """The nets that learn, by name."""
        return {
            name: net
            for name, net in self.named_children()
            if any(weight.requires_grad for weight in net.parameters())
        }


class Edit(System):
    """Face and expression to face: `make(face (n, 3, h, w), wanted (n, c or k)) -> (n, 3, h, w)`."""

    task = "edit"
    batches = Faces
    condition: ClassVar[str] = "label"
    """What `wanted` holds: label or units."""

    def answer(self, batch: Faces) -> tuple[Tensor, Tensor]:
        """What is made of a batch, and the truth."""
        return self.make(batch.face, getattr(batch, f"target_{self.condition}")), batch.target


class Animate(System):
    """Neutral face and label to clip: `make(face (n, 3, h, w), label (n, c)) -> (n, 3, t, h, w)`."""

    task = "animate"
    batches = Clips

    def answer(self, batch: Clips) -> tuple[Tensor, Tensor]:
        """What is made of a batch, and the truth; raises `InputError` where their lengths differ."""
        made, side = self.make(batch.face, batch.label), batch.face.shape[-1]
        if (frames := made.shape[2]) != batch.clip.shape[2]:
            raise InputError(
                f"of faces of {side} px this system makes clips of {frames} frames, and the set's have "
                f"{batch.clip.shape[2]}; draw a set that fits: mien data people OUT --side {side} --frames "
                f"{frames}"
            )
        return made, batch.clip


class Transfer(System):
    """Face and driving landmarks to face: `make(face, landmarks (n, 68, 2), driver (n, 68, 2)) -> face`."""

    task = "transfer"
    batches = Drives
    driven_by: ClassVar[str] = "driver"
    """Whose landmarks drive: those of another person (driver) or the wanted face's own (target_landmarks)."""

    def answer(self, batch: Drives) -> tuple[Tensor, Tensor]:
        """What is made of a batch, and the truth."""
        return self.make(batch.face, batch.landmarks, getattr(batch, self.driven_by)), batch.target


class Motion(System):
    """Landmarks and label to motion: `make(landmarks (n, 68, 2), label, seeds) -> (n, t, 68, 2)`."""

    task = "motion"
    batches = Motions

    def answer(self, batch: Motions) -> tuple[Tensor, Tensor]:
        """What is made of a batch, and one true motion of the same class."""
        return self.make(batch.landmarks[:, 0], batch.label, batch.seeds), batch.landmarks


def noise(seeds: Tensor, *shape: int, like: Tensor, uniform: bool = False, stream: int = 0) -> Tensor:
    """Random numbers (n, *shape), each sample's from its own seed; device and precision are those of `like`.

    Normal, or uniform in 0..1; another stream gives other numbers. Randomness that belongs to the sample is
    the same however a batch is split over processes.
    """
    draw = torch.rand if uniform else torch.randn
    rows = []
    for seed in seeds.tolist():
        source = torch.Generator().manual_seed(_mixed(seed, stream))
        rows.append(draw(shape, generator=source, dtype=torch.float64))
    return torch.stack(rows).to(like)


def _mixed(seed: int, stream: int) -> int:
    """One seed of two numbers; torch's generator looks at its lower 32 bits alone."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0])
