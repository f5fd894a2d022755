"""U-Net conditional GAN: a face and a label become the face that shows it; other persons teach identity.

Paper: Wang, U-Net conditional GANs for photo-realistic and identity-preserving facial expression synthesis
Task: edit
Year: 2019
Fidelity: rebuilt from the abstract
"""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from mien import system
from mien.losses.adversarial import bce_fake, bce_real
from mien.losses.likeness import triplet
from mien.nets.identity import IdentityEncoder
from mien.nets.unet import ReadingPatchCritic, UNet
from mien.system import BASIC, Faces, Update


@dataclass(frozen=True, kw_only=True)
class Settings(system.Settings):
    """pix2pix's recipe with two terms more: the paper's numbers were not to be had."""

    side: int = 128
    """Side of the face crop, pixels (ours)."""
    steps: int = 100_000
    """Length of the training (ours)."""
    constant: float = 0.5
    """Share of the steps at the full rate (pix2pix's)."""
    classes: tuple[str, ...] = ("neutral", *BASIC)
    """Labels, in the order of the label vector (ours)."""
    width: int = 64
    """Channels of the first layer (pix2pix's)."""
    deepest: int = 8
    """Channels of the deepest layers, in widths (pix2pix's)."""
    dropout: float = 0.5
    """Share of values that the deepest layers drop in training (pix2pix's)."""
    class_weight: float = 1.0
    """Weight of the reading of the class (ours)."""
    likeness_weight: float = 100.0
    """Weight of the mean absolute difference to the true face (pix2pix's)."""
    triplet_weight: float = 0.5
    """Weight of the triplet term (ours)."""
    margin: float = 0.2
    """By how much the person must be nearer than another one, in squared distance (FaceNet's)."""


class System(system.Edit):
    """U-Net with the label beside the face; critic of pairs that also reads the class."""

    def __init__(self, settings: Settings):
        super().__init__(settings)
        s = settings
        self.settings: Settings = s
        self.generator = UNet(
            3, side=s.side, width=s.width, deepest=s.deepest, vector=len(s.classes), dropout=s.dropout
        )
        self.critic = ReadingPatchCritic(6, len(s.classes), s.width)
        self.identity = IdentityEncoder()

    def updates(self, batch: Faces, step: int) -> Iterator[Update]:
        s = self.settings
        made = self.generator(batch.face, batch.target_label)

        real, reading = self.critic(batch.face, batch.target)
        fake, _ = self.critic(batch.face, made.detach())
        stranger, _ = self.critic(batch.other, made.detach())
        yield (
            "critic",
            {
                "real": bce_real(real),
                "fake": bce_fake(fake) / 2,
                "stranger": bce_fake(stranger) / 2,
                "class": s.class_weight * functional.cross_entropy(reading, batch.target_label),
            },
        )

        fake, reading = self.critic(batch.face, made)
        identities = [self.identity(face) for face in (made, batch.target, batch.other)]
        yield (
            "generator",
            {
                "fooling": bce_real(fake),
                "class": s.class_weight * functional.cross_entropy(reading, batch.target_label),
                "likeness": s.likeness_weight * functional.l1_loss(made, batch.target),
                "triplet": s.triplet_weight * triplet(*identities, margin=s.margin),
            },
        )

    def make(self, face: Tensor, wanted: Tensor) -> Tensor:
        """Face (n, 3, h, w) in [-1, 1] with label vectors (n, c)."""
        return self.generator(face, wanted)
