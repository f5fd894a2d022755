"""What was made against what was true, pixel by pixel.

Images are (n, 3, h, w), clips (n, 3, t, h, w), in -1..1. Both are taken as a viewer gets them: cut to the
range and rounded to 256 levels. Functions give (n,) for images and (n, t) for clips.
"""

import torch
from torch import Tensor
from torch.nn import functional

from mien.errors import InputError
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
MS_SSIM = Metric(
    name="MS-SSIM",
    variant="five scales, weights of Wang et al. 2003, each as in SSIM, mean over RGB",
    higher_is_better=True,
)
CHANGE = Metric(
    name="change", variant="mean absolute in a region, share of the range", higher_is_better=False
)
TEXTURE = Metric(
    name="texture similarity", variant="Pearson over pixels in a region, mean of RGB", higher_is_better=True
)
REGIONS = {"eyes": (0.16, 0.47, 0.14, 0.86), "mouth": (0.50, 0.87, 0.27, 0.73)}
"""Top, bottom, left, right edge in sides of a crop as mien cuts it: brows and eyes, mouth and jaw (ours)."""
REGION_ERRORS = {
    name: Metric(
        name=f"{name} error",
        variant=f"mean absolute, share of the range, rows {top}-{bottom}, columns {left}-{right} of the crop",
        higher_is_better=False,
    )
    for name, (top, bottom, left, right) in REGIONS.items()
}
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of MS-SSIM, finest scale first (Wang et al. 2003)."""
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
    light, contrast = _likeness(first, second)
    return (light * contrast).mean((1, 2, 3), dtype=torch.float64)


def ms_ssim(made: Tensor, true: Tensor) -> Tensor:
    """Structural similarity over five scales (n,), 0..1, of images (n, 3, h, w) of at least 176 x 176.

    Contrast and structure at every scale, light at the coarsest alone; a negative term counts as 0. Raises
    `InputError` for smaller images: at the coarsest scale the window would not fit. Source: Wang et al. 2003.
    """
    least = _WINDOW * 2 ** (len(SCALES) - 1)
    if min(made.shape[2:]) < least:
        size = " x ".join(map(str, made.shape[2:]))
        raise InputError(f"MS-SSIM needs images of at least {least} x {least}, {size} came; take SSIM")
    first, second = levels(made), levels(true)
    product = torch.ones(made.shape[:2], dtype=torch.float64)  # (n, 3)
    for scale, exponent in enumerate(SCALES, 1):
        light, contrast = _likeness(first, second)
        term = light * contrast if scale == len(SCALES) else contrast
        product *= term.mean((2, 3), dtype=torch.float64).clamp_min(0) ** exponent
        first, second = functional.avg_pool2d(first, 2), functional.avg_pool2d(second, 2)
    return product.mean(1)


def change(first: Tensor, second: Tensor, inside: Tensor) -> Tensor:
    """Mean absolute difference inside a region, (n,), as a share 0..1 of the range.

    first, second: images (n, 3, h, w). inside: (n, 1, h, w) bool or weights >= 0: a mouth, or the background.
    """
    apart = (levels(first) - levels(second)).abs().mean(1, keepdim=True, dtype=torch.float64) / 255
    weights = inside.expand_as(apart).double()
    return (apart * weights).sum((1, 2, 3)) / weights.sum((1, 2, 3))


def region_error(made: Tensor, true: Tensor, region: str) -> Tensor:
    """Mean absolute difference (n,) within one of `REGIONS`, as a share 0..1 of the range.

    made, true: crops (n, 3, h, w) as mien cuts them. What an expression moves is small: over the whole crop
    it hides behind skin and background.
    """
    height, width = made.shape[2:]
    top, bottom, left, right = REGIONS[region]
    rows = slice(round(top * height), round(bottom * height))
    columns = slice(round(left * width), round(right * width))
    apart = levels(made[..., rows, columns]) - levels(true[..., rows, columns])
    return apart.abs().mean((1, 2, 3), dtype=torch.float64) / 255


def texture_similarity(made: Tensor, true: Tensor, inside: Tensor) -> Tensor:
    """Pearson's correlation (n,), -1..1, of gray levels over the pixels of a region; nan where one is flat.

    made, true: texture images (n, 3, h, w), gray as the mean of RGB. inside: (n, 1, h, w) bool, without the
    background, which is alike everywhere. Source: ApprGAN (Tang et al. 2018).
    """
    weights = inside.double()
    weights = weights / weights.sum((1, 2, 3), keepdim=True)

    def centred(images: Tensor) -> Tensor:
        gray = levels(images).double().mean(1, keepdim=True)
        return gray - (gray * weights).sum((1, 2, 3), keepdim=True)

    x, y = centred(made), centred(true)
    shared, of_x, of_y = ((weights * product).sum((1, 2, 3)) for product in (x * y, x * x, y * y))
    return shared / (of_x * of_y).sqrt()


def _likeness(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Likeness of light, and of contrast and structure, at every window of images (n, c, h, w) in 0..255."""
    x, y = first - 128, second - 128  # centred for precision
    mean_x, mean_y = _blurred(x), _blurred(y)
    spread = _blurred(x * x) - mean_x**2 + _blurred(y * y) - mean_y**2
    shared = _blurred(x * y) - mean_x * mean_y
    mean_x, mean_y = mean_x + 128, mean_y + 128
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    light = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return light, (2 * shared + c2) / (spread + c2)


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
