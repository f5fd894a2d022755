"""Generators and critics of images: the residual trunk with a mask (StarGAN, GANimation) and its critic."""

import torch
from torch import Tensor, nn

from mien.machine import precise
from mien.nets.blocks import Residual, check_halvings, initialise, tiled


class MaskedGenerator(nn.Module):
    """Image and condition to image: a colour and, for each pixel, how much of the input stays.

    Layers: Pumarola et al. 2018 (GANimation), after Choi et al. 2018 (StarGAN); 8,471,296 weights at width
    64, 6 blocks and 17 units.
    """

    def __init__(self, condition: int, width: int = 64, blocks: int = 6):
        super().__init__()
        w = width
        self.trunk = nn.Sequential(
            *_layer(nn.Conv2d(3 + condition, w, 7, padding=3, bias=False), w),
            *_layer(nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), 2 * w),
            *_layer(nn.Conv2d(2 * w, 4 * w, 4, 2, 1, bias=False), 4 * w),
            *(Residual(4 * w) for _ in range(blocks)),
            *_layer(nn.ConvTranspose2d(4 * w, 2 * w, 4, 2, 1, bias=False), 2 * w),
            *_layer(nn.ConvTranspose2d(2 * w, w, 4, 2, 1, bias=False), w),
        )
        self.colour = nn.Conv2d(w, 3, 7, padding=3, bias=False)
        self.attention = nn.Conv2d(w, 1, 7, padding=3, bias=False)
        initialise(self)

    def forward(self, image: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Image (n, 3, h, w) and condition (n, k) to the image and its mask, 1 where it stays."""
        seen = self.trunk(torch.cat([image, tiled(condition, image)], 1))
        colour, mask = precise(self.colour(seen)).tanh(), precise(self.attention(seen)).sigmoid()
        return mask * image + (1 - mask) * colour, mask


class StridedCritic(nn.Module):
    """Image to a map of realness and a reading of its condition.

    Layers: Choi et al. 2018 (StarGAN); 44,860,352 weights at side 128, width 64, 6 layers and 17 units.
    """

    def __init__(self, side: int, condition: int, width: int = 64, layers: int = 6):
        super().__init__()
        check_halvings(side, layers, ", or fewer --layers")
        channels = [3, *(width * 2**k for k in range(layers))]
        body: list[nn.Module] = []
        for low, high in zip(channels, channels[1:], strict=False):
            body += [nn.Conv2d(low, high, 4, 2, 1), nn.LeakyReLU(0.01)]
        self.body = nn.Sequential(*body)
        self.realness = nn.Conv2d(channels[-1], 1, 3, padding=1, bias=False)
        self.reading = nn.Conv2d(channels[-1], condition, side // 2**layers, bias=False)
        initialise(self)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Image (n, 3, h, w) to realness (n, 1, h', w') and reading (n, k)."""
        seen = self.body(image)
        return precise(self.realness(seen)), precise(self.reading(seen).flatten(1))


def _layer(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, nn.InstanceNorm2d(channels, affine=True), nn.ReLU(inplace=True)]
