"""The U-Net of pix2pix and its relatives, and the critics of patches that judge beside it."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from mien.machine import precise
from mien.nets.blocks import check_halvings, initialise, tiled


class Transposed(nn.ConvTranspose2d):
    """Twice the size by a transposed convolution."""

    def __init__(self, low: int, high: int, bias: bool):
        super().__init__(low, high, 4, 2, 1, bias=bias)


class Resized(nn.Sequential):
    """Twice the size by repeated pixels and a convolution: no checkerboard (Odena et al. 2016)."""

    def __init__(self, low: int, high: int, bias: bool):
        super().__init__(nn.Upsample(scale_factor=2), nn.Conv2d(low, high, 3, padding=1, bias=bias))


class UNet(nn.Module):
    """Image to face of the same size: halved down to one place and doubled again, each size beside its twin.

    channels: of the image. side: its height and width, a power of two. width: channels after the first
    layer; they double down to `deepest` times that. vector: length of what lies beside the image, a plane
    for each of its numbers, so that every size knows it. up: how a map doubles. Layers: Isola et al. 2017
    (pix2pix), as their code has them; 41,828,995 weights at side 128 for 3 channels, 54,413,955 at side
    256.
    """

    def __init__(
        self,
        channels: int,
        *,
        side: int,
        width: int = 64,
        deepest: int = 8,
        vector: int = 0,
        dropout: float = 0.5,
        up: type[Transposed] | type[Resized] = Transposed,
    ):
        super().__init__()
        check_halvings(side, side.bit_length() - 1)
        widths = [width * min(2**k, deepest) for k in range(side.bit_length() - 1)]
        self.downs = nn.ModuleList([nn.Conv2d(channels + vector, width, 4, 2, 1, bias=False)])
        for level, (low, high) in enumerate(pairwise(widths), 2):
            layers = [nn.LeakyReLU(0.2), nn.Conv2d(low, high, 4, 2, 1, bias=False)]
            if level < len(widths):  # the one place at the bottom has no spread within a sample to norm by
                layers.append(nn.BatchNorm2d(high))
            self.downs.append(nn.Sequential(*layers))
        self.ups = nn.ModuleList()
        joined = widths[-1]
        for level, high in enumerate(widths[-2::-1]):
            layers = [nn.ReLU(inplace=True), up(joined, high, bias=False), nn.BatchNorm2d(high)]
            if level and high == widths[-1]:
                layers.append(nn.Dropout(dropout))
            self.ups.append(nn.Sequential(*layers))
            joined = 2 * high
        self.last = nn.Sequential(nn.ReLU(inplace=True), up(joined, 3, bias=True))
        initialise(self)

    def forward(self, image: Tensor, *vectors: Tensor) -> Tensor:
        """Image (n, c, side, side) and vectors >= 0 (n, v) to a face (n, 3, side, side) in [-1, 1]."""
        x, maps = torch.cat([image, *(tiled(vector, image) for vector in vectors)], 1), []
        for down in self.downs:
            x = down(x)
            maps.append(x)
        x = maps.pop()
        for up in self.ups:
            x = torch.cat([maps.pop(), up(x)], 1)
        return precise(self.last(x)).tanh()


class PatchCritic(nn.Module):
    """Images side by side to a map of realness, each place of which sees 70 x 70 pixels.

    channels: of all images together. Layers: Isola et al. 2017; 2,768,705 weights for 6 channels.
    """

    def __init__(self, channels: int, width: int = 64):
        super().__init__()
        w = width
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, w, 4, 2, 1), nn.LeakyReLU(0.2), *_normed(w, 2 * w), *_normed(2 * w, 4 * w)
        )
        self.judge = nn.Sequential(*_normed(4 * w, 8 * w, stride=1), nn.Conv2d(8 * w, 1, 4, 1, 1))
        initialise(self)

    def forward(self, *images: Tensor) -> Tensor:
        """Images (n, _, h, w) to logits (n, 1, h / 8 - 2, w / 8 - 2)."""
        return precise(self.judge(self.trunk(torch.cat(images, 1))))


class ReadingPatchCritic(nn.Module):
    """A critic of patches that also reads the class of the whole image.

    Layers: Isola et al. 2017; those of the reading are ours: two halvings more, a mean and a linear layer.
    """

    def __init__(self, channels: int, classes: int, width: int = 64):
        super().__init__()
        w = width
        self.patches = PatchCritic(channels, w)
        self.reader = nn.Sequential(
            *_normed(4 * w, 8 * w),
            *_normed(8 * w, 8 * w),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8 * w, classes),
        )
        initialise(self.reader)

    def forward(self, *images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (n, _, h, w) to logits of realness (n, 1, h', w') and of the classes (n, c)."""
        seen = self.patches.trunk(torch.cat(images, 1))
        return precise(self.patches.judge(seen)), precise(self.reader(seen))


class SpectralPatchCritic(nn.Module):
    """A critic of patches without batch norm, every layer scaled to a spectral norm of 1.

    Miyato et al. 2018 on the layers of Isola et al. 2017; 2,770,881 weights for 9 channels.
    """

    def __init__(self, channels: int, width: int = 64):
        super().__init__()
        widths = [channels, *(width * 2**k for k in range(4))]
        layers: list[nn.Module] = []
        for (low, high), stride in zip(pairwise(widths), (2, 2, 2, 1), strict=True):
            layers += [nn.Conv2d(low, high, 4, stride, 1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 1))
        initialise(self)
        for layer in list(self.layers)[::2]:  # after the weights are drawn: from here on they are computed
            spectral_norm(layer)

    def forward(self, *images: Tensor) -> Tensor:
        """Images (n, _, h, w) to logits (n, 1, h / 8 - 2, w / 8 - 2)."""
        return precise(self.layers(torch.cat(images, 1)))


def _normed(low: int, high: int, stride: int = 2) -> list[nn.Module]:
    return [nn.Conv2d(low, high, 4, stride, 1, bias=False), nn.BatchNorm2d(high), nn.LeakyReLU(0.2)]
