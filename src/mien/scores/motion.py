"""Motions of landmarks as points on a sphere: how far apart, and whether one is a copy.

The square-root velocity of a curve b(t) is q = b' / sqrt(||b'||), brought to unit length. It forgets where
the curve begins and how far it goes, and keeps how it goes (videos.md 3.2; Srivastava et al. 2011).
"""

import torch
from torch import Tensor

from mien.scores import Metric, enough, precise

GEODESIC = Metric(name="geodesic", variant="arc between square-root velocities", higher_is_better=False)
NEAREST = Metric(
    name="nearest neighbour",
    variant="arc to the nearest training motion",
    higher_is_better=True,
)


def square_root_velocity(curves: Tensor) -> Tensor:
    """Unit vectors (n, (t - 1) * d) of curves (n, t, ...), by forward differences; 0 for a still one."""
    speed = precise(curves).flatten(2).diff(dim=1)  # (n, t - 1, d)
    length = speed.norm(dim=2, keepdim=True)
    roots = torch.where(length > 0, speed / length.sqrt(), 0.0).flatten(1)
    return roots / roots.norm(dim=1, keepdim=True).clamp_min(torch.finfo(roots.dtype).tiny)


def geodesic(first: Tensor, second: Tensor) -> Tensor:
    """arccos <q1, q2> of unit vectors (n, ...), (n,), radians in 0..pi.

    Accurate near 0 and pi as well, where the arccos of a rounded product is not.
    """
    first, second = precise(first).flatten(1), precise(second).flatten(1)
    return 2 * torch.atan2((first - second).norm(dim=1), (first + second).norm(dim=1))


def nearest(made: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Arc (n,) from each motion to its nearest known one, and which (n,), of unit vectors (n, ...), (m, ...).

    A generator that copies comes nearer to its training motions than unseen true motions do: give those too
    and compare.
    """
    enough(len(known), 1, "the nearest neighbour")
    product = precise(made).flatten(1) @ precise(known).flatten(1).T  # (n, m)
    place = product.argmax(1)
    return geodesic(made, known[place]), place
