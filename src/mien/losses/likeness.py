"""How alike two images, or the features of two images, are; and how smooth one is."""

from torch import Tensor
from torch.nn import functional

from mien.machine import precise


def total_variation(images: Tensor) -> Tensor:
    """The sum, over batch, channels and pixels, of absolute differences to the right and the lower neighbour.

    images: (n, c, h, w), images or masks. Returns a scalar >= 0. GANimation's code weighs it 1e-5 at
    a batch of 25 and side 128: for other batches multiply by 25 / n (images.md 1.5).
    """
    images = precise(images)
    across, down = images.diff(dim=-1), images.diff(dim=-2)
    return across.abs().sum() + down.abs().sum()


def triplet(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 0.2) -> Tensor:
    """E max(0, ||a - p||^2 - ||a - n||^2 + margin) on features brought to unit length.

    anchor: (n, d) features of the made faces; positive: of the same persons; negative: of others.
    margin: squared distance that must lie between the two (FaceNet's 0.2).
    Returns a scalar >= 0. Source: Schroff et al. 2015, equation 3.
    """
    anchor, positive, negative = unit(anchor), unit(positive), unit(negative)
    near = (anchor - positive).square().sum(1)
    far = (anchor - negative).square().sum(1)
    return (near - far + margin).clamp_min(0).mean()


def unit(features: Tensor) -> Tensor:
    """Features (n, ...), flattened to (n, d) and brought to unit length."""
    return functional.normalize(precise(features).flatten(1), dim=1)
