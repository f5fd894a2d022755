"""Whether what was made has the holes that the truth has: the geometry score."""

import numpy as np
import torch
from numba import njit
from torch import Tensor

from mien.scores import Metric, enough, finite

GEOMETRY = Metric(
    name="geometry score",
    variant="64 landmarks, 1000 draws, holes below 100, relaxed witness complex of distances, x1000",
    higher_is_better=False,
)
LANDMARKS = 64
DRAWS = 1000
HOLES = 100
_NONE = np.inf


def geometry_score(made: Tensor, true: Tensor, *, draws: int = DRAWS, seed: int = 0) -> float:
    """1000 times the squared distance of how long two sets of features (n, d) have so many holes; 0 if alike.

    It sees shape and not place: a set and its shift score 0. It is noisy: one seed and one n for all rows.
    Raises `TooFewError` for fewer than 640 samples of a set (ours: ten a landmark). Source: Khrulkov and
    Oseledets 2018, with an own complex and own persistence.
    """
    first, second = (relative_living_times(features, draws=draws, seed=seed) for features in (made, true))
    return float(1000 * (first - second).square().sum())


def relative_living_times(features: Tensor, *, draws: int = DRAWS, seed: int = 0) -> Tensor:
    """Share of the scale, (100,), during which features (n, d) have 0, 1, 2 ... holes: the mean over draws.

    A draw takes 64 random samples as landmarks and all as witnesses. An edge or triangle of landmarks is
    there from the scale on at which some witness has all its corners nearer than any other landmark, give or
    take that scale. Scales go up to n / 5000 / 128 of the landmarks' greatest distance.
    """
    enough(len(features), 10 * LANDMARKS, "the geometry score")
    points = finite(features).flatten(1)
    dice = torch.Generator().manual_seed(seed)
    total = np.zeros(HOLES)
    for _ in range(draws):
        chosen = torch.randperm(len(points), generator=dice)[:LANDMARKS]
        away = torch.cdist(points, points[chosen])  # (n, 64)
        top = float(away[chosen].max()) * len(points) / 5000 / 128
        if top > 0:
            total += living_times(persistence(away.numpy(), top), top)
        else:  # all landmarks are the same: a point has no hole
            total[0] += 1
    return torch.from_numpy(total / draws)


def living_times(intervals: np.ndarray, top: float) -> np.ndarray:
    """Share (100,) of 0..top during which exactly 0, 1, 2 ... of the intervals (k, 2) are alive."""
    starts, ends = np.sort(intervals[:, 0]), np.sort(intervals[:, 1].clip(max=top))
    edges = np.unique(np.concatenate([[0.0, top], starts, ends]))
    alive = np.searchsorted(starts, edges[:-1], "right") - np.searchsorted(ends, edges[:-1], "right")
    return np.bincount(alive, np.diff(edges), HOLES)[:HOLES] / top


def persistence(away: np.ndarray, top: float) -> np.ndarray:
    """(k, 2) scales at which each hole comes and is filled, inf where it stays, up to a scale.

    away: (n, m) float64 distances of n witnesses from m landmarks. Homology over two elements.
    """
    edges, triangles = _witnessed(np.argsort(away, 1), np.sort(away, 1), top)
    there = np.triu(edges <= top, 1)
    rows, columns = np.nonzero(there)
    order = np.argsort(edges[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    number = np.zeros(edges.shape, np.int64)
    number[rows, columns] = np.arange(len(rows))
    a, b, c = np.nonzero((triangles <= top) & there[:, :, None] & there[:, None] & there)  # all three sides
    sides = np.stack([number[a, b], number[a, c], number[b, c]], 1)
    born = edges[rows, columns]
    when = np.maximum(triangles[a, b, c], born[sides].max(1, initial=0.0))
    order = np.argsort(when, kind="stable")
    closing = _closing(rows, columns, len(edges))
    filled = _filled(closing, sides[order], when[order])
    holes = np.stack([born[closing], filled[closing]], 1)
    return holes[holes[:, 0] < holes[:, 1]]


@njit(cache=True, nogil=True)
def _witnessed(nearest, far, top):
    """The least scale at which a witness sees each edge (m, m) and triangle (m, m, m); inf where none does.

    nearest, far: (n, m) landmarks of each witness from near to far, and their distances.
    A simplex needs its farthest corner no farther than the nearest landmark outside it, plus the scale.
    """
    count, size = far.shape
    edges = np.full((size, size), _NONE)
    triangles = np.full((size, size, size), _NONE)
    for w in range(count):
        d = far[w]
        for k in range(1, size):
            if k > 2 and d[k] - d[2] > top:  # with so far a corner, one of the nearest three is left outside
                break
            c = nearest[w, k]
            for j in range(k):
                b = nearest[w, j]
                outside = d[0] if j > 0 else d[1] if k > 1 else d[2]
                low, high = min(b, c), max(b, c)
                edges[low, high] = min(edges[low, high], max(0.0, d[k] - outside))
                for i in range(j):
                    a = nearest[w, i]
                    outside = d[0] if i > 0 else d[1] if j > 1 else d[2] if k > 2 else d[3]
                    first, last = min(a, low), max(a, high)
                    middle = a + b + c - first - last
                    old = triangles[first, middle, last]
                    triangles[first, middle, last] = min(old, max(0.0, d[k] - outside))
    return edges, triangles


@njit(cache=True, nogil=True)
def _closing(rows, columns, size):
    """Whether each edge, in order, closes a loop instead of joining two parts."""
    root = np.arange(size)
    closing = np.zeros(len(rows), np.bool_)
    for e in range(len(rows)):
        a, b = rows[e], columns[e]
        while root[a] != a:
            a = root[a]
        while root[b] != b:
            b = root[b]
        closing[e] = a == b
        root[max(a, b)] = min(a, b)
    return closing


@njit(cache=True, nogil=True)
def _filled(closing, sides, when):
    """The scale at which each edge's hole is filled, inf where it stays: the boundary matrix, reduced."""
    count = len(closing)
    filled = np.full(count, _NONE)
    columns = np.zeros((count, count), np.bool_)  # by the youngest edge of a reduced boundary
    for t in range(len(sides)):
        boundary = np.zeros(count, np.bool_)
        for side in sides[t]:
            boundary[side] = not boundary[side]
        for youngest in range(count - 1, -1, -1):
            if not boundary[youngest]:
                continue
            if filled[youngest] == _NONE:
                columns[youngest], filled[youngest] = boundary, when[t]
                break
            boundary ^= columns[youngest]
    return filled
