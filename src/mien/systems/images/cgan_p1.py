"""cGAN-P1: another person's landmarks are first fused with the face's own, then drawn for a U-Net to follow.

Paper: Fan et al., Facial expression transfer based on conditional generative adversarial networks
Task: transfer
Year: 2023
Fidelity: rebuilt from the abstract
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien import system
from mien.losses.adversarial import bce_fake, bce_real
from mien.machine import precise
from mien.nets.raster import lines
from mien.nets.unet import Resized, SpectralPatchCritic, UNet
from mien.system import Drives, Update


@dataclass(frozen=True, kw_only=True)
class Settings(system.Settings):
    """The paper's numbers were not to be had: all are pix2pix's or ours."""

    side: int = 128
    """Side of the face crop, pixels (ours)."""
    batch: int = 8
    """Samples a step (ours)."""
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
    fusion_rate: float = 1e-3
    """Adam's rate for the fusion of landmarks (ours)."""
    likeness_weight: float = 100.0
    """Weight of the mean absolute difference to the true face (pix2pix's)."""


class Fusion(nn.Module):
    """Module A: two encoders of landmarks, and a decoder that says by how much the face's own must move.

    Layers ours; 149,448 weights.
    """

    def __init__(self):
        super().__init__()
        # An expression moves a landmark by a few hundredths: brought to a spread of one, that is seen.
        self.spread = nn.ModuleList(nn.BatchNorm1d(136, affine=False) for _ in range(2))
        self.driver, self.own = _linear(136, 128, 64, 32), _linear(136, 128, 64, 32)
        self.decoder = _linear(32 + 32 + 136, 128, 256, 136)

    def forward(self, driver: Tensor, own: Tensor) -> Tensor:
        """The landmarks (n, 68, 2) of the person of `own` with the expression of `driver`."""
        seen, kept = (norm(x.flatten(1)) for norm, x in zip(self.spread, (driver, own), strict=True))
        moved = self.decoder(torch.cat([self.driver(seen), self.own(kept), kept], 1))
        return own + 0.1 * precise(moved).view_as(own)


class System(system.Transfer):
    """Module A, module B and its critic."""

    made_with = ("fusion", "generator")

    def __init__(self, settings: Settings):
        super().__init__(settings)
        s = settings
        self.settings: Settings = s
        self.fusion = Fusion()
        self.generator = UNet(6, side=s.side, width=s.width, deepest=s.deepest, dropout=s.dropout, up=Resized)
        self.critic = SpectralPatchCritic(9, s.width)

    def updates(self, batch: Drives, step: int) -> Iterator[Update]:
        s = self.settings
        own, truth = batch.landmarks, batch.target_landmarks
        yield (
            "fusion",
            {
                "another": functional.mse_loss(self.fusion(batch.driver, own), truth),
                "same_person": functional.mse_loss(self.fusion(truth, own), truth),
                "same_face": functional.mse_loss(self.fusion(own, own), own),
            },
        )

        fused = self.fusion(batch.driver, own).detach()
        given = torch.cat([batch.face, lines(fused, s.side)], 1)  # (n, 6, h, w)
        made = self.generator(given)
        yield (
            "critic",
            {
                "real": bce_real(self.critic(given, batch.target)),
                "fake": bce_fake(self.critic(given, made.detach())),
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
        """The face (n, 3, h, w) of `landmarks` (n, 68, 2) with the expression of `driver` (n, 68, 2)."""
        drawn = lines(self.fusion(driver, landmarks), self.settings.side)
        return self.generator(torch.cat([face, drawn], 1))

    def learning_rate(self, player: str, step: int) -> float:
        """The fusion has its own."""
        s = self.settings
        share = s.fusion_rate / s.learning_rate if player == "fusion" else 1.0
        return share * super().learning_rate(player, step)


def _linear(*sizes: int) -> nn.Sequential:
    """Linear layers with ReLU between them."""
    layers: list[nn.Module] = []
    for low, high in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(low, high), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
