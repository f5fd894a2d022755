"""LGP-GAN: eyes and mouth are changed first, each by its own net; a third makes the whole face of them.

Paper: Xia et al., Local and global perception generative adversarial network for facial expression synthesis
Task: edit
Year: 2022
Fidelity: rebuilt from the abstract
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien import system
from mien.losses.adversarial import gradient_penalty, wasserstein_fake, wasserstein_real
from mien.losses.likeness import total_variation
from mien.machine import precise
from mien.nets.blocks import initialise
from mien.nets.images import MaskedGenerator, StridedCritic
from mien.system import BASIC, Faces, Update, noise

REGIONS = {"eyes": (-0.37, 40 / 128, 92 / 128), "mouth": (0.37, 48 / 128, 60 / 128)}
"""Height of the middle (-1 the upper edge, 1 the lower), height and width in sides (ours).

They hold brows and eyes, and the mouth with the jaw dropped, in 99.9 % of the frames of 300 synthetic people.
"""


@dataclass(frozen=True, kw_only=True)
class Settings(system.Settings):
    """The paper's recipe was not to be had: StarGAN's and GANimation's, on whose parts it stands (ours)."""

    side: int = 128
    """Side of the face crop, pixels."""
    steps: int = 200_000
    """Steps of the critics (ours)."""
    learning_rate: float = 1e-4
    """Adam's rate (ours)."""
    constant: float = 0.5
    """Share of the steps at the full rate (ours)."""
    classes: tuple[str, ...] = ("neutral", *BASIC)
    """Labels, in the order of the label vector."""
    width: int = 64
    """Channels of every net's first layer (ours)."""
    blocks: int = 6
    """Residual blocks of the generator of the whole face (ours)."""
    part_blocks: int = 3
    """Residual blocks of those of eyes and mouth (ours)."""
    layers: int = 6
    """Halvings of the critic of the whole face (ours)."""
    critic_steps: int = 5
    """Steps of the critics for one of the generators (ours)."""
    label_weight: float = 1.0
    """Weight of the class that a critic reads (ours)."""
    cycle_weight: float = 10.0
    """Weight of the way back to the input, of the whole face and of each part (ours)."""
    penalty_weight: float = 10.0
    """Weight of the gradient penalty (ours)."""
    mask_weight: float = 0.1
    """Weight of the mean of each mask (ours)."""
    smooth_weight: float = 1e-5
    """Weight of the masks' summed variation, at a batch of 16 (ours)."""


def place(name: str, side: int) -> tuple[slice, slice]:
    """Rows and columns of a region in crops of a side; its size is a multiple of 4 pixels."""
    down, *size = REGIONS[name]
    height, width = (max(8, 4 * round(share * side / 4)) for share in size)
    top, left = round((1 + down) * side / 2 - height / 2), (side - width) // 2
    return slice(top, top + height), slice(left, left + width)


def cut(image: Tensor, name: str) -> Tensor:
    """A region (n, 3, h', w') of images (n, 3, side, side)."""
    rows, columns = place(name, image.shape[2])
    return image[:, :, rows, columns]


def paste(image: Tensor, part: Tensor, name: str) -> Tensor:
    """Images with a region replaced by a part, its rim blended over a 32nd of the side."""
    side = image.shape[2]
    rows, columns = place(name, side)
    share = torch.outer(*(_ramp(size, side / 32) for size in part.shape[2:])).to(image)
    margins = (columns.start, side - columns.stop, rows.start, side - rows.stop)
    return image + functional.pad(share * (part - cut(image, name)), margins)


class Generator(nn.Module):
    """Eyes and mouth side by side, then the face in which both have been pasted."""

    def __init__(self, settings: Settings):
        super().__init__()
        s, classes = settings, len(settings.classes)
        self.eyes = MaskedGenerator(classes, s.width, s.part_blocks)
        self.mouth = MaskedGenerator(classes, s.width, s.part_blocks)
        self.whole = MaskedGenerator(classes, s.width, s.blocks)

    def forward(self, face: Tensor, label: Tensor) -> tuple[dict[str, Tensor], list[Tensor]]:
        """The new eyes, mouth and whole face (n, 3, h, w), and their masks (n, 1, h, w), 1 where it stays."""
        made, masks, pasted = {}, [], face
        for name in REGIONS:
            made[name], mask = self.get_submodule(name)(cut(face, name), label)
            pasted = paste(pasted, made[name], name)
            masks.append(mask)
        made["whole"], mask = self.whole(pasted, label)
        return made, [*masks, mask]


class RegionCritic(nn.Module):
    """A region to a map of realness and logits of the classes."""

    def __init__(self, name: str, side: int, classes: int, width: int):
        super().__init__()
        rows, _ = place(name, side)
        channels = [3, *(width * 2**k for k in range(min(4, (rows.stop - rows.start).bit_length() - 1)))]
        body: list[nn.Module] = []
        for low, high in zip(channels, channels[1:], strict=False):
            body += [nn.Conv2d(low, high, 4, 2, 1), nn.LeakyReLU(0.01)]
        self.body = nn.Sequential(*body)
        self.realness = nn.Conv2d(channels[-1], 1, 3, padding=1, bias=False)
        self.reading = nn.Linear(channels[-1], classes)
        initialise(self)

    def forward(self, part: Tensor) -> tuple[Tensor, Tensor]:
        """Region (n, 3, h, w) to realness (n, 1, h', w') and logits (n, c)."""
        seen = self.body(part)
        return precise(self.realness(seen)), precise(self.reading(seen.mean((2, 3))))


class System(system.Edit):
    """Three generators that learn as one, and a critic of each one's images."""

    def __init__(self, settings: Settings):
        super().__init__(settings)
        s, classes = settings, len(settings.classes)
        self.settings: Settings = s
        self.generator = Generator(s)
        self.eyes_critic = RegionCritic("eyes", s.side, classes, s.width)
        self.mouth_critic = RegionCritic("mouth", s.side, classes, s.width)
        self.whole_critic = StridedCritic(s.side, classes, s.width, s.layers)

    def updates(self, batch: Faces, step: int) -> Iterator[Update]:
        s = self.settings
        true = {name: cut(batch.face, name) for name in REGIONS} | {"whole": batch.face}
        made, masks = self.generator(batch.face, batch.target_label)

        alpha = noise(batch.seeds, like=batch.face, uniform=True)
        for name, real in true.items():
            critic = self.get_submodule(f"{name}_critic")
            realness, reading = critic(real)
            penalty = gradient_penalty(lambda x, critic=critic: critic(x)[0], real, made[name], alpha)
            yield (
                f"{name}_critic",
                {
                    "real": wasserstein_real(realness),
                    "fake": wasserstein_fake(critic(made[name].detach())[0]),
                    "label": s.label_weight * functional.cross_entropy(reading, batch.label),
                    "penalty": s.penalty_weight * penalty,
                },
            )

        if (step + 1) % s.critic_steps == 0:
            judged = [self.get_submodule(f"{name}_critic")(made[name]) for name in true]
            labels = [functional.cross_entropy(reading, batch.target_label) for _, reading in judged]
            back, back_masks = self.generator(made["whole"], batch.label)
            cycles = [functional.l1_loss(back[name], true[name]) for name in true]
            masks += back_masks
            smooth = s.smooth_weight * 16 / len(batch)
            yield (
                "generator",
                {
                    "fooling": torch.stack([wasserstein_real(realness) for realness, _ in judged]).sum(),
                    "label": s.label_weight * torch.stack(labels).sum(),
                    "cycle": s.cycle_weight * torch.stack(cycles).sum(),
                    "mask": s.mask_weight * torch.stack([mask.mean() for mask in masks]).sum(),
                    "smooth": smooth * torch.stack([total_variation(mask) for mask in masks]).sum(),
                },
            )

    def make(self, face: Tensor, wanted: Tensor) -> Tensor:
        """Face (n, 3, h, w) in [-1, 1] showing the expression of label vectors (n, c)."""
        return self.generator(face, wanted)[0]["whole"]


def _ramp(size: int, rim: float) -> Tensor:
    """Weights (size,) that rise from 0 to 1 over the rim at both ends."""
    inward = torch.arange(size) + 0.5
    return (torch.minimum(inward, size - inward) / rim).clamp(max=1)
