"""Motions of landmarks: how far apart as points on a sphere, whether one is a copy, whether they shake.

The square-root velocity of a curve b(t) is q = b' / sqrt(||b'||), brought to unit length. It forgets where
the curve begins and how far it goes, and keeps how it goes (videos.md 3.2; Srivastava et al. 2011).
"""

import torch
from torch import Tensor

from mien.scores import Metric, enough, float64

GEODESIC = Metric(name="geodesic", variant="arc between square-root velocities", higher_is_better=False)
NEAREST = Metric(
    name="nearest neighbour",
    variant="arc to the nearest training motion",
    higher_is_better=True,
)
JITTER = Metric(name="jitter", variant="mean second difference of neighbours", higher_is_better=False)
"""Of landmarks or strengths, as the recipe says; a still clip has 0, so the truth's is the mark to meet."""


def square_root_velocity(curves: Tensor) -> Tensor:
    """Unit vectors (n, (t - 1) * d) of curves (n, t, ...), by forward differences; 0 for a still one."""
    speed = float64(curves).flatten(2).diff(dim=1)  # (n, t - 1, d)
    length = speed.norm(dim=2, keepdim=True)
    roots = torch.where(length > 0, speed / length.sqrt(), 0.0).flatten(1)
    return roots / roots.norm(dim=1, keepdim=True).clamp_min(torch.finfo(roots.dtype).tiny)


def geodesic(first: Tensor, second: Tensor) -> Tensor:
    """arccos <q1, q2> of unit vectors (n, ...), (n,), radians in 0..pi.

    Accurate near 0 and pi as well, where the arccos of a rounded product is not.
    """
    first, second = float64(first).flatten(1), float64(second).flatten(1)
    return 2 * torch.atan2((first - second).norm(dim=1), (first + second).norm(dim=1))


def jitter(curves: Tensor) -> Tensor:
    """Mean length (n,) of the second difference of curves (n, t, p, d): p points of d numbers, in their unit.

    What moves evenly has none; noise of deviation s in one number has 1.954 s. Raises `TooFewError` below 3
    frames.
    """
    enough(curves.shape[1], 3, "jitter, in frames,")
    return float64(curves).diff(n=2, dim=1).norm(dim=3).mean((1, 2))


def nearest(made: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Arc (n,) from each motion to its nearest known one, and which (n,), of unit vectors (n, ...), (m, ...).

    A generator that copies comes nearer to its training motions than unseen true motions do: give those too
    and compare.
    """
    enough(len(known), 1, "the nearest neighbour")
    product = float64(made).flatten(1) @ float64(known).flatten(1).T  # (n, m)
    place = product.argmax(1)
    return geodesic(made, known[place]), place
