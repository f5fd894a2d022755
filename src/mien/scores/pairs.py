"""What was made against what was true, pixel by pixel.

Images are (n, 3, h, w), clips (n, 3, t, h, w), in -1..1. Both are taken as a viewer gets them: cut to the
range and rounded to 256 levels. Functions give (n,) for images and (n, t) for clips.
"""

import torch
from torch import Tensor
from torch.nn import functional

from mien.scores import Metric

CAP = 100.0
"""PSNR of identical images, dB (ours): infinite otherwise."""
PSNR = Metric(name="PSNR", variant="RGB, 256 levels, mean over frames, cap 100 dB", higher_is_better=True)
PSNR_CLIP = Metric(
    name="PSNR clip", variant="RGB, 256 levels, one error a clip, cap 100 dB", higher_is_better=True
)
SSIM = Metric(
    name="SSIM",
    variant="Gaussian 11x11 sigma 1.5, population covariance, valid interior, mean over RGB",
    higher_is_better=True,
)
CHANGE = Metric(
    name="change", variant="mean absolute in a region, share of the range", higher_is_better=False
)
_WINDOW = 11


def levels(images: Tensor) -> Tensor:
    """Whole levels 0..255, float32, of values in -1..1."""
    return ((images.detach().float().clamp(-1, 1) + 1) * 127.5).round()


def psnr(made: Tensor, true: Tensor) -> Tensor:
    """10 log10(255^2 / MSE) of every image or frame, dB, at most 100; papers take the mean over frames."""
    error = (levels(made) - levels(true)).square()
    return _decibel(error.mean(dim=(1, -2, -1), dtype=torch.float64))  # (n,) or (n, t)


def psnr_clip(made: Tensor, true: Tensor) -> Tensor:
    """The same with one error for a whole clip: (n,) dB. Never above the mean over its frames."""
    return _decibel((levels(made) - levels(true)).square().flatten(1).mean(1, dtype=torch.float64))


def capped(values: Tensor) -> int:
    """How many PSNR values are of identical images and count as 100 dB."""
    return int((values >= CAP).sum())


def ssim(made: Tensor, true: Tensor) -> Tensor:
    """Structural similarity of every image or frame, -1..1, in the setting of its paper (`similarity`)."""
    each = similarity(_frames(levels(made)), _frames(levels(true)))
    return each if made.dim() == 4 else each.view(made.shape[0], made.shape[2])


def similarity(first: Tensor, second: Tensor) -> Tensor:
    """Structural similarity (n,) of images (n, c, h, w) in 0..255, at least 11 x 11 (Wang et al. 2004).

    An 11 x 11 Gaussian of sigma 1.5, population covariance, the interior where the window fits, the mean over
    the channels. (torchmetrics 1.9 takes the border in, and gives other numbers.)
    """
    x, y = first - 128, second - 128  # centred for precision
    mean_x, mean_y = _blurred(x), _blurred(y)
    spread = _blurred(x * x) - mean_x**2 + _blurred(y * y) - mean_y**2
    shared = _blurred(x * y) - mean_x * mean_y
    mean_x, mean_y = mean_x + 128, mean_y + 128
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = (2 * mean_x * mean_y + c1) * (2 * shared + c2)
    likeness /= (mean_x**2 + mean_y**2 + c1) * (spread + c2)
    return likeness.mean((1, 2, 3), dtype=torch.float64)


def change(first: Tensor, second: Tensor, inside: Tensor) -> Tensor:
    """Mean absolute difference inside a region, (n,), as a share 0..1 of the range.

    first, second: images (n, 3, h, w). inside: (n, 1, h, w) bool or weights >= 0: a mouth, or the background.
    """
    apart = (levels(first) - levels(second)).abs().mean(1, keepdim=True, dtype=torch.float64) / 255
    weights = inside.expand_as(apart).double()
    return (apart * weights).sum((1, 2, 3)) / weights.sum((1, 2, 3))


def _decibel(error: Tensor) -> Tensor:
    return (10 * torch.log10(255**2 / error)).clamp_max(CAP)


def _frames(clips: Tensor) -> Tensor:
    """Images as they are; clips (n, 3, t, h, w) as (n * t, 3, h, w)."""
    return clips if clips.dim() == 4 else clips.transpose(1, 2).flatten(0, 1)


def _blurred(images: Tensor) -> Tensor:
    """(n, 3, h - 10, w - 10): the Gaussian mean of every window that fits."""
    steps = torch.arange(_WINDOW, dtype=torch.float64, device=images.device) - _WINDOW // 2
    weights = torch.exp(-(steps**2) / (2 * 1.5**2))
    weights = (weights / weights.sum()).to(images.dtype).repeat(images.shape[1], 1, 1, 1)  # (c, 1, 1, 11)
    images = functional.conv2d(images, weights, groups=images.shape[1])
    return functional.conv2d(images, weights.transpose(2, 3), groups=images.shape[1])
