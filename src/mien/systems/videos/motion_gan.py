"""MotionGAN: noise and a label become the motion of 68 landmarks, drawn as a point on a sphere.

Paper: Otberdout, Daoudi, Kacem et al., Dynamic facial expression generation on Hilbert hypersphere
Task: motion
Year: 2022
Fidelity: rebuilt from the paper
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien import system
from mien.losses.adversarial import gradient_penalty, wasserstein_fake, wasserstein_real
from mien.machine import channels_last, precise
from mien.nets import motion
from mien.nets.blocks import tiled
from mien.system import BASIC, Motions, Update, noise

ROWS = 136
"""Coordinates of a frame: 68 of x, then 68 of y."""


@dataclass(frozen=True, kw_only=True)
class Settings(system.Settings):
    """The recipe of the authors' later code for three dimensions, brought back to two."""

    batch: int = 64
    """Samples a step."""
    steps: int = 40_000
    """8000 epochs of 320 motions (ours)."""
    learning_rate: float = 1e-4
    """Adam's rate."""
    beta2: float = 0.9
    """Adam's second decay."""
    classes: tuple[str, ...] = BASIC
    """Labels, in the order of the label vector."""
    frames: int = 30
    """Frames of a motion, those learned from and those made."""
    noise: int = 128
    """Random numbers that a motion starts from."""
    width: int = 64
    """Half the channels of the generator's last layer, a sixteenth of those of its first."""
    critic_width: int = 64
    """Channels of the critic's first layer, a sixteenth of those of its last."""
    critic_steps: int = 4
    """Steps of the critic after one of the generator, on the same batch."""
    likeness_weight: float = 1.0
    """Weight of the mean absolute difference to a true motion of the class."""
    penalty_weight: float = 10.0
    """Weight of the gradient penalty."""
    reference_rate: float = 1e-2
    """Adam's rate for the reference at the first step (ours)."""
    reference_share: float = 0.1
    """Share of the steps over which the reference is learned; then it stands still (ours)."""


class Reference(nn.Module):
    """What is measured of the motions rather than generated: their mean, lengths and tempo.

    A Karcher mean is the point of least mean squared distance, a median the number of least mean absolute
    difference: they are learned as weights, by these terms, so they resume and share a batch as weights do.
    """

    def __init__(self, classes: int, frames: int):
        super().__init__()
        self.direction = nn.Parameter(torch.randn(1, frames - 1, 68, 2) / ROWS**0.5)
        self.lengths = nn.Parameter(torch.full((classes,), 0.2))
        self.pace = nn.Parameter(torch.linspace(0, 1, frames).repeat(classes, 1))

    def mean(self) -> Tensor:
        """The point (1, frames - 1, 68, 2) of the sphere at which tangents are taken."""
        return self.direction / motion.norm(self.direction)

    def length(self, label: Tensor) -> Tensor:
        """Length (n,) of a motion of a class, in sizes of the face."""
        return (label * self.lengths).sum(1)

    def tempo(self, label: Tensor) -> Tensor:
        """Share (n, frames) of the way that lies behind at each frame."""
        return (label[..., None] * self.pace).sum(1)


class Generator(nn.Module):
    """Noise and label to a vector (n, t, 68, 2), made as an image of 136 rows and t columns."""

    def __init__(self, settings: Settings):
        super().__init__()
        s, labels = settings, len(settings.classes)
        self.times = s.frames - 1
        self.smallest = (16 * s.width, ROWS // 4, self.times // 4)
        channels = [16 * s.width, 8 * s.width, 4 * s.width, 2 * s.width, 1]
        rows, columns = self.smallest[1:]
        self.sizes = [(2 * rows, 2 * columns), (4 * rows, 4 * columns), *[(ROWS, self.times)] * 2]
        places = channels[0] * rows * columns
        self.spread = nn.Linear(s.noise + 2 * labels, places)  # the authors' code gives the label twice
        self.layers = nn.ModuleList(
            nn.Conv2d(low + labels, high, 3, padding=1, bias=False)
            for low, high in zip(channels, channels[1:], strict=False)
        )
        _initialise(self)

    def forward(self, chance: Tensor, label: Tensor) -> Tensor:
        """Noise (n, 128) and label (n, c) to a vector (n, t, 68, 2) in -1..1."""
        x = self.spread(torch.cat([chance, label, label], 1)).view(-1, *self.smallest)
        x = channels_last(x)
        for layer, size in zip(self.layers, self.sizes, strict=True):
            x = functional.interpolate(functional.relu(x), size)
            x = layer(torch.cat([x, tiled(label, x)], 1))
        return precise(x).tanh().view(-1, 2, 68, self.times).permute(0, 3, 2, 1)


class Critic(nn.Module):
    """Tangent (n, t, 68, 2) and label to a score (n,)."""

    def __init__(self, settings: Settings):
        super().__init__()
        s, labels = settings, len(settings.classes)
        channels = [1, s.critic_width, s.critic_width // 2, s.critic_width // 4]
        self.layers = nn.ModuleList(
            nn.Conv2d(low + labels, high, 5, 2, 2) for low, high in zip(channels, channels[1:], strict=False)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(1, high) for high in channels[1:])
        places = (ROWS // 8) * -(-(s.frames - 1) // 8)
        self.gathered = nn.Linear((channels[-1] + labels) * places, 16 * s.critic_width)
        self.last_norm = nn.LayerNorm(16 * s.critic_width)
        self.score = nn.Linear(16 * s.critic_width + labels, 1)
        _initialise(self)

    def forward(self, tangent: Tensor, label: Tensor) -> Tensor:
        x = tangent.permute(0, 3, 2, 1).reshape(len(tangent), 1, ROWS, -1)
        for layer, normal in zip(self.layers, self.norms, strict=True):
            x = functional.relu(normal(layer(torch.cat([x, tiled(label, x)], 1))))
        x = self.gathered(torch.cat([x, tiled(label, x)], 1).flatten(1))
        x = functional.leaky_relu(self.last_norm(x), 0.2)
        return precise(self.score(torch.cat([x, label], 1)))[:, 0]


class System(system.Motion):
    """Generator and critic of tangents, and the reference at which they touch the sphere."""

    made_with = ("generator", "reference")

    def __init__(self, settings: Settings):
        super().__init__(settings)
        self.settings: Settings = settings
        self.generator = Generator(settings)
        self.critic = Critic(settings)
        self.reference = Reference(len(settings.classes), settings.frames)

    def learning_rate(self, player: str, step: int) -> float:
        s = self.settings
        if player == "reference":
            return s.reference_rate * max(0.0, 1 - step / (s.reference_share * s.steps))
        return super().learning_rate(player, step)

    def updates(self, batch: Motions, step: int) -> Iterator[Update]:
        s, label = self.settings, batch.label
        curve = motion.normalised(batch.landmarks)[0]
        q, length = motion.velocity_root(motion.evenly(curve, s.frames))
        times = torch.linspace(0, curve.shape[1] - 1, s.frames).to(curve).repeat(len(curve), 1)
        tempo = motion.at(motion.progress(curve), times)
        yield (
            "reference",
            {
                "mean": motion.distance(self.reference.mean(), q).square().mean(),
                "length": (self.reference.length(label) - length).abs().mean(),
                "tempo": functional.mse_loss(self.reference.tempo(label), tempo),
            },
        )

        real = motion.log(self.reference.mean().detach(), q)
        made = self.tangent(label, batch.seeds)
        yield (
            "generator",
            {
                "fooling": wasserstein_real(self.critic(made, label)),
                "likeness": s.likeness_weight * functional.l1_loss(made, real),
            },
        )

        for turn in range(1, s.critic_steps + 1):
            with torch.no_grad():
                made = self.tangent(label, batch.seeds, turn)
            alpha = noise(batch.seeds, like=real, uniform=True, stream=s.critic_steps + turn)
            penalty = gradient_penalty(lambda x: self.critic(x, label), real, made, alpha)
            yield (
                "critic",
                {
                    "real": wasserstein_real(self.critic(real, label)),
                    "fake": wasserstein_fake(self.critic(made, label)),
                    "penalty": s.penalty_weight * penalty,
                },
            )

    def tangent(self, label: Tensor, seeds: Tensor, stream: int = 0) -> Tensor:
        """A motion (n, t, 68, 2) as the tangent at the mean that leads to it."""
        chance = noise(seeds, self.settings.noise, like=label, stream=stream)
        return motion.project(self.reference.mean().detach(), self.generator(chance, label))

    def make(self, landmarks: Tensor, label: Tensor, seeds: Tensor) -> Tensor:
        """Landmarks in time (n, frames, 68, 2), from neutral ones (n, 68, 2), label vectors and seeds (n,).

        A label vector whose sum is below 1 asks for that share of the motion's length (ours).
        """
        start, centre, size = motion.normalised(landmarks)
        mixture = label / label.sum(1, keepdim=True).clamp_min(1e-6)
        q = motion.exp(self.reference.mean(), self.tangent(mixture, seeds))
        curve = motion.curve_of(q, self.reference.length(label), start)
        curve = motion.at(curve, self.reference.tempo(mixture) * (self.settings.frames - 1))
        return motion.seated(curve * size[:, None] + centre[:, None], landmarks)


def _initialise(net: nn.Module) -> None:
    """Convolutions from a normal of 0.02 cut at two spreads, linear layers from N(0, (in out) ** -1/4)."""
    for part in net.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.trunc_normal_(part.weight, 0.0, 0.02, -0.04, 0.04)
        elif isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, 0.0, (part.in_features * part.out_features) ** -0.25)
        if isinstance(part, nn.Conv2d | nn.Linear) and part.bias is not None:
            nn.init.zeros_(part.bias)
