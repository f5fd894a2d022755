"""FEV-GAN: one neutral face and a label become a clip; two encoders hold on to the identity.

Paper: Bouzid, Ballihi, Facial expression video generation based on spatio-temporal convolutional GAN: FEV-GAN
Task: animate
Year: 2022
Fidelity: rebuilt from the paper
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien import system
from mien.losses.adversarial import bce_fake, bce_real
from mien.nets.blocks import tiled
from mien.nets.clips import ClipCritic, ClipDecoder, SpatialEncoder, identity_maps
from mien.nets.identity import IdentityEncoder
from mien.system import BASIC, Clips, Update


@dataclass(frozen=True, kw_only=True)
class Settings(system.Settings):
    """The recipe of the paper; where it was not to be had, VGAN's, on whose code it stands."""

    steps: int = 48_000
    """1000 epochs of 763 clips (ours)."""
    classes: tuple[str, ...] = BASIC
    """Labels, in the order of the label vector."""
    width: int = 64
    """Channels of the first layer."""
    critic_width: int = 64
    """Channels of the critic's first layer."""
    likeness_weight: float = 100.0
    """Weight of the mean absolute difference to the true clip (the paper's lambda 1; ours)."""
    identity_weight: float = 1.0
    """Weight of the identity term (the paper's lambda 2; ours)."""


class Generator(nn.Module):
    """Two encoders, one frozen and one that learns, side by side with the label into the decoder."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.identity = IdentityEncoder()
        self.spatial = SpatialEncoder(settings.side, settings.width)
        channels = 1024 + self.spatial.channels + len(settings.classes)
        self.decoder = ClipDecoder(channels, settings.side, settings.width)

    def forward(self, face: Tensor, label: Tensor) -> Tensor:
        seen = self.spatial(face)  # (n, c, 4, 4)
        known = self.known(face)
        return self.decoder(torch.cat([known, seen, tiled(label, seen)], 1))

    def known(self, face: Tensor) -> Tensor:
        """Maps (n, 1024, 4, 4) of the frozen encoder."""
        return identity_maps(self.identity.features(face))


class System(system.Animate):
    """Generator and a critic of clips."""

    def __init__(self, settings: Settings):
        super().__init__(settings)
        self.settings: Settings = settings
        self.generator = Generator(settings)
        self.critic = ClipCritic(len(settings.classes), settings.side, settings.critic_width)

    def updates(self, batch: Clips, step: int) -> Iterator[Update]:
        s = self.settings
        made = self.generator(batch.face, batch.label)
        yield (
            "critic",
            {
                "real": bce_real(self.critic(batch.clip, batch.label)),
                "fake": bce_fake(self.critic(made.detach(), batch.label)),
            },
        )

        moments = torch.linspace(0, made.shape[2] - 1, 4).round().long()  # four frames, not all
        faces = made[:, :, moments].transpose(1, 2).flatten(0, 1)  # (4 n, 3, h, w)
        true = self.generator.known(batch.face).repeat_interleave(4, 0)
        unlike = functional.l1_loss(self.generator.known(faces), true) / true.mean()
        yield (
            "generator",
            {
                "fooling": bce_real(self.critic(made, batch.label)),
                "likeness": s.likeness_weight * functional.l1_loss(made, batch.clip),
                "identity": s.identity_weight * unlike,
            },
        )

    def make(self, face: Tensor, label: Tensor) -> Tensor:
        """Clip (n, 3, t, h, w) from a neutral face (n, 3, h, w) and label vectors (n, c)."""
        return self.generator(face, label)
