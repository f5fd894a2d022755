"""How alike two faces look to a network: distances of its maps."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mien.scores import Metric

LPIPS_LIKE = Metric(
    name="LPIPS-like",
    variant="unit-normalised maps, squared difference, mean over space, sum over levels, no learned weights",
    higher_is_better=False,
)
"""On the maps of the network that the recipe names; not comparable with LPIPS, whose weights are learned."""
_TINY = 1e-10


def perceptual_distance(made: Sequence[Tensor], true: Sequence[Tensor]) -> Tensor:
    """Distance (n,) of two lists of maps (n, c, h, w), one for each level of a network; 0 for equal ones.

    sum over levels of the mean over places of || x / ||x|| - y / ||y|| ||^2: at most 4 a level, and at most 2
    where no map is negative. Source: Zhang et al. 2018, equation 1, with every weight 1.
    """
    return torch.stack([_apart(x, y) for x, y in zip(made, true, strict=True)]).sum(0)


def _apart(made: Tensor, true: Tensor) -> Tensor:
    x, y = (maps.detach().double() for maps in (made, true))
    x, y = (maps / (maps.norm(dim=1, keepdim=True) + _TINY) for maps in (x, y))
    return (x - y).square().sum(1).mean((1, 2))
