"""pix2pix: a face beside a drawing of another person's landmarks becomes the face with that expression.

Paper: Isola, Zhu, Zhou, Efros, Image-to-image translation with conditional adversarial networks, CVPR
Task: transfer
Year: 2017
Fidelity: rebuilt from the paper
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mien import system
from mien.losses.adversarial import bce_fake, bce_real
from mien.nets.raster import lines
from mien.nets.unet import PatchCritic, UNet
from mien.system import Drives, Update


@dataclass(frozen=True, kw_only=True)
class Settings(system.Settings):
    """The recipe of the paper; that its condition is landmarks is ours."""

    side: int = 256
    """Side of the face crop, pixels."""
    batch: int = 1
    """Samples a step."""
    steps: int = 80_000
    """200 epochs of 400 pairs (the paper's facades)."""
    constant: float = 0.5
    """100 epochs at the full rate, 100 on the way to nothing."""
    width: int = 64
    """Channels of the first layer."""
    deepest: int = 8
    """Channels of the deepest layers, in widths."""
    dropout: float = 0.5
    """Share of values that the deepest layers drop in training."""
    likeness_weight: float = 100.0
    """Weight of the mean absolute difference to the true face."""


class System(system.Transfer):
    """U-Net on face and drawing; critic of patches that sees both."""

    def __init__(self, settings: Settings):
        super().__init__(settings)
        s = settings
        self.settings: Settings = s
        self.generator = UNet(6, side=s.side, width=s.width, deepest=s.deepest, dropout=s.dropout)
        self.critic = PatchCritic(9, s.width)

    def updates(self, batch: Drives, step: int) -> Iterator[Update]:
        s = self.settings
        given = torch.cat([batch.face, lines(batch.driver, s.side)], 1)  # (n, 6, h, w)
        made = self.generator(given)
        yield (
            "critic",
            {
                "real": bce_real(self.critic(given, batch.target)) / 2,  # halved: it learns at half the pace
                "fake": bce_fake(self.critic(given, made.detach())) / 2,
            },
        )

        yield (
            "generator",
            {
                "fooling": bce_real(self.critic(given, made)),
                "likeness": s.likeness_weight * functional.l1_loss(made, batch.target),
            },
        )

    def make(self, face: Tensor, landmarks: Tensor, driver: Tensor) -> Tensor:
        """The face (n, 3, h, w) with the expression of the landmarks `driver` (n, 68, 2)."""
        return self.generator(torch.cat([face, lines(driver, self.settings.side)], 1))
