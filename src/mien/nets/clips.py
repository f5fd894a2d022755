"""Encoders, decoders and critics of clips: 2-D maps of one face unfold into frames by 3-D convolutions."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_unshuffle

from mien.machine import precise
from mien.nets.blocks import check_halvings, initialise, tiled


class SpatialEncoder(nn.Module):
    """Face (n, 3, side, side) to maps (n, 8 width, 4, 4) by halving convolutions.

    2,758,336 weights at side 64 and width 64 (FEV-GAN's E_s; layers ours after VGAN's encoder).
    """

    def __init__(self, side: int = 64, width: int = 64):
        super().__init__()
        channels = [width * min(2**k, 8) for k in range(side.bit_length() - 3)]
        layers: list[nn.Module] = [nn.Conv2d(3, channels[0], 4, 2, 1), nn.ReLU(inplace=True)]
        for low, high in zip(channels, channels[1:], strict=False):
            layers += [nn.Conv2d(low, high, 4, 2, 1), nn.BatchNorm2d(high), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.channels = channels[-1]
        initialise(self, 0.01)

    def forward(self, face: Tensor) -> Tensor:
        return self.layers(face)


def identity_maps(features: list[Tensor]) -> Tensor:
    """The identity encoder's last three levels side by side: (n, 1024, 4, 4), the paper's count of maps.

    features: of `IdentityEncoder.features`, (n, 128, 8, 8), (n, 256, 4, 4), (n, 256, 2, 2) at the end. What
    is finer is folded into channels, what is coarser repeated (ours: FEV-GAN takes VGG-Face's maps).
    """
    fine, middle, coarse = features[-3:]
    return torch.cat([pixel_unshuffle(fine, 2), middle, interpolate(coarse, scale_factor=2.0)], 1)


class ClipDecoder(nn.Module):
    """Maps (n, c, 4, 4) to a clip (n, 3, side / 2, side, side): every layer doubles time and space.

    12,604,227 weights for c = 1542, side 64, width 64 (FEV-GAN's decoder; layers ours after VGAN's).
    """

    def __init__(self, channels: int, side: int = 64, width: int = 64):
        super().__init__()
        check_halvings(side, side.bit_length() - 1)
        doublings = side.bit_length() - 3
        widths = [width * min(2**k, 8) for k in range(doublings)][::-1]
        layers: list[nn.Module] = [*_up(nn.ConvTranspose3d(channels, widths[0], (2, 1, 1)), widths[0])]
        for low, high in zip(widths, widths[1:], strict=False):
            layers += _up(nn.ConvTranspose3d(low, high, 4, 2, 1), high)
        self.layers = nn.Sequential(*layers, nn.ConvTranspose3d(widths[-1], 3, 4, 2, 1))
        initialise(self, 0.01)

    def forward(self, maps: Tensor) -> Tensor:
        return precise(self.layers(maps[:, :, None])).tanh()


class ClipCritic(nn.Module):
    """Clip and label to a logit of realness (FEV-GAN's D).

    11,066,049 weights at side 64, width 64 and 6 classes.
    """

    def __init__(self, classes: int, side: int = 64, width: int = 64):
        super().__init__()
        halvings = side.bit_length() - 3
        channels = [width * min(2**k, 8) for k in range(halvings)]
        layers: list[nn.Module] = [nn.Conv3d(3 + classes, channels[0], 4, 2, 1), nn.LeakyReLU(0.2)]
        for low, high in zip(channels, channels[1:], strict=False):
            layers += [nn.Conv3d(low, high, 4, 2, 1), nn.BatchNorm3d(high), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv3d(channels[-1], 1, (2, 4, 4)))
        initialise(self, 0.01)

    def forward(self, clip: Tensor, label: Tensor) -> Tensor:
        """Clip (n, 3, t, h, w) and label (n, c) to logits (n,)."""
        return precise(self.layers(torch.cat([clip, tiled(label, clip)], 1)).flatten())


def _up(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, nn.BatchNorm3d(channels), nn.ReLU(inplace=True)]
