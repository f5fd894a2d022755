"""TextureGAN: a face and wanted landmarks become the face that has them; frame by frame it dresses MotionGAN.

Paper: Otberdout, Daoudi, Kacem et al., Dynamic facial expression generation on Hilbert hypersphere
Task: transfer
Year: 2022
Fidelity: rebuilt from the abstract
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mien import system
from mien.losses.adversarial import bce_fake, bce_real
from mien.losses.likeness import unit
from mien.nets.identity import IdentityEncoder
from mien.nets.raster import dots
from mien.nets.unet import PatchCritic, UNet
from mien.system import Drives, Update


@dataclass(frozen=True, kw_only=True)
class Settings(system.Settings):
    """pix2pix's recipe: the paper's sizes and weights were not to be had."""

    side: int = 128
    """Side of the face crop, pixels (ours)."""
    steps: int = 100_000
    """Length of the training (ours)."""
    constant: float = 0.5
    """Share of the steps at the full rate (pix2pix's)."""
    width: int = 64
    """Channels of the first layer (pix2pix's)."""
    deepest: int = 8
    """Channels of the deepest layers, in widths (pix2pix's)."""
    dropout: float = 0.5
    """Share of values that the deepest layers drop in training (pix2pix's)."""
    likeness_weight: float = 100.0
    """Weight of the mean absolute difference to the true face (pix2pix's)."""
    identity_weight: float = 5.0
    """Weight of 1 - the cosine between the identities of the made and the given face (ours)."""


class System(system.Transfer):
    """U-Net on the face and its wanted landmarks; critic of patches that sees both."""

    driven_by = "target_landmarks"

    def __init__(self, settings: Settings):
        super().__init__(settings)
        s = settings
        self.settings: Settings = s
        self.generator = UNet(4, side=s.side, width=s.width, deepest=s.deepest, dropout=s.dropout)
        self.critic = PatchCritic(7, s.width)
        self.identity = IdentityEncoder()

    def updates(self, batch: Drives, step: int) -> Iterator[Update]:
        s = self.settings
        drawn = dots(batch.target_landmarks, s.side)  # (n, 1, h, w)
        made = self.generator(torch.cat([batch.face, drawn], 1))
        yield (
            "critic",
            {
                "real": bce_real(self.critic(batch.target, batch.face, drawn)),
                "fake": bce_fake(self.critic(made.detach(), batch.face, drawn)),
            },
        )

        same = (unit(self.identity(made)) * unit(self.identity(batch.face))).sum(1)
        yield (
            "generator",
            {
                "fooling": bce_real(self.critic(made, batch.face, drawn)),
                "likeness": s.likeness_weight * functional.l1_loss(made, batch.target),
                "identity": s.identity_weight * (1 - same).mean(),
            },
        )

    def make(self, face: Tensor, landmarks: Tensor, driver: Tensor) -> Tensor:
        """The face (n, 3, h, w) with the landmarks `driver` (n, 68, 2), which are of its own shape."""
        return self.generator(torch.cat([face, dots(driver, self.settings.side)], 1))
