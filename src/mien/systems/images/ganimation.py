"""GANimation: a face takes any action units, learned from unpaired faces, under an attention mask.

Paper: Pumarola et al., GANimation: anatomically-aware facial animation from a single image, ECCV
Task: edit
Year: 2018
Fidelity: rebuilt from the paper
"""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from mien import system
from mien.losses.adversarial import gradient_penalty, wasserstein_fake, wasserstein_real
from mien.losses.likeness import total_variation
from mien.nets.images import MaskedGenerator, StridedCritic
from mien.system import UNITS, Faces, Update, noise


@dataclass(frozen=True, kw_only=True)
class Settings(system.Settings):
    """The recipe of the paper's code."""

    side: int = 128
    """Side of the face crop, pixels."""
    batch: int = 25
    """Samples a step."""
    steps: int = 240_000
    """30 epochs of 200,000 faces."""
    learning_rate: float = 1e-4
    """Adam's rate."""
    constant: float = 2 / 3
    """20 epochs at the full rate, 10 on the way to nothing."""
    units: tuple[str, ...] = UNITS
    """Action units that the condition holds, in this order."""
    width: int = 64
    """Channels of the first layer."""
    blocks: int = 6
    """Residual blocks of the generator."""
    layers: int = 6
    """Halvings of the critic."""
    critic_steps: int = 5
    """Steps of the critic for one of the generator."""
    reading_weight: float = 160.0
    """Weight of the action units (4000 over a batch of 25)."""
    cycle_weight: float = 10.0
    """Weight of the way back to the input."""
    penalty_weight: float = 10.0
    """Weight of the gradient penalty."""
    mask_weight: float = 0.1
    """Weight of the mean of the mask."""
    smooth_weight: float = 1e-5
    """Weight of the mask's summed variation, at a batch of 25."""
    jitter: float = 0.1
    """Greatest change of the wanted units from those of a real face."""


class System(system.Edit):
    """Generator with mask; critic that judges and reads action units."""

    condition = "units"

    def __init__(self, settings: Settings):
        super().__init__(settings)
        s = settings
        self.settings: Settings = s
        self.generator = MaskedGenerator(len(s.units), s.width, s.blocks)
        self.critic = StridedCritic(s.side, len(s.units), s.width, s.layers)

    def updates(self, batch: Faces, step: int) -> Iterator[Update]:
        s = self.settings
        shift = s.jitter * (2 * noise(batch.seeds, len(s.units), like=batch.face, uniform=True) - 1)
        wanted = batch.target_units + shift
        made, mask = self.generator(batch.face, wanted)

        real, reading = self.critic(batch.face)
        fake, _ = self.critic(made.detach())
        alpha = noise(batch.seeds, like=batch.face, uniform=True, stream=1)
        penalty = gradient_penalty(lambda x: self.critic(x)[0], batch.face, made, alpha)
        yield (
            "critic",
            {
                "real": wasserstein_real(real),
                "fake": wasserstein_fake(fake),
                "units": s.reading_weight * functional.mse_loss(reading, batch.units),
                "penalty": s.penalty_weight * penalty,
            },
        )

        if (step + 1) % s.critic_steps == 0:
            fake, reading = self.critic(made)
            back, back_mask = self.generator(made, batch.units)
            share = s.smooth_weight * 25 / len(batch)
            yield (
                "generator",
                {
                    "fooling": wasserstein_real(fake),
                    "units": s.reading_weight * functional.mse_loss(reading, wanted),
                    "cycle": s.cycle_weight * functional.l1_loss(back, batch.face),
                    "mask": s.mask_weight * (mask.mean() + back_mask.mean()),
                    "smooth": share * (total_variation(mask) + total_variation(back_mask)),
                },
            )

    def make(self, face: Tensor, wanted: Tensor) -> Tensor:
        """Face (n, 3, h, w) in [-1, 1] with action units (n, k)."""
        return self.generator(face, wanted)[0]
