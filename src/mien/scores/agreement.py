"""Whether two readings of the same faces agree: strengths of units, valence and arousal, landmarks."""

from typing import NamedTuple

import torch
from torch import Tensor

from mien.scores import Metric, enough, float64

UNITS = Metric(
    name="unit correlation", variant="Pearson, faces pooled, mean over units", higher_is_better=True
)
UNIT_ERROR = Metric(name="unit error", variant="mean absolute, strengths 0..1", higher_is_better=False)
ICC = Metric(name="ICC(3,1)", variant="consistency, faces pooled, mean over units", higher_is_better=True)
ICC_ABSOLUTE = Metric(
    name="ICC(2,1)", variant="absolute agreement, faces pooled, mean over units", higher_is_better=True
)
CCC = Metric(name="CCC", variant="population moments, whole set pooled", higher_is_better=True)
NME = Metric(
    name="landmark error",
    variant="mean over 68 points, share of the outer eye corners' distance",
    higher_is_better=False,
)
_EYE_CORNERS = (36, 45)
_FLAT = 1e-12
"""Share of a unit's mean square below which its variance is rounding."""


class Correlation(NamedTuple):
    """Correlation of each unit, (k,), nan where it never changes; the mean of the others."""

    each: Tensor
    mean: float
    left_out: list[int]
    """Places of the units that never change, in what was asked or in what came."""


def products(asked: Tensor, came: Tensor) -> Tensor:
    """What each face adds to the moments of units: (n, k, 6), 1, x, y, x^2, y^2, xy, from (n, k) each.

    Sums of these are all that `pearson` and `concordance` need, so batches and persons can be added up.
    """
    x, y = float64(asked), float64(came)
    return torch.stack([torch.ones_like(x), x, y, x * x, y * y, x * y], -1)


def pearson(sums: Tensor) -> Tensor:
    """Pearson's correlation (..., k) from sums of `products` (..., k, 6); nan for what never changes."""
    _, _, _, of_x, of_y, shared = _moments(sums)
    return torch.where((of_x > 0) & (of_y > 0), shared / (of_x * of_y).sqrt(), torch.nan)


def concordance(sums: Tensor) -> Tensor:
    """Lin's concordance (..., k), -1..1, from sums of `products` (..., k, 6); nan where both never change.

    2 cov / (var x + var y + (mean x - mean y)^2), population moments. Over the whole set, as AVEC and ABAW
    have it, not the mean over clips. Source: Lin 1989.
    """
    _, x, y, of_x, of_y, shared = _moments(sums)
    return 2 * shared / (of_x + of_y + (x - y).square())


def correlation(asked: Tensor, came: Tensor) -> Correlation:
    """Pearson's correlation of asked and measured strengths, unit by unit.

    asked, came: (n, k), all faces of all persons pooled; at least 3 faces. A unit that never changes has no
    correlation: it is left out of the mean and listed.
    """
    enough(len(asked), 3, "the correlation of units")
    each = pearson(products(asked, came).sum(0))
    return Correlation(each, float(each.nanmean()), each.isnan().nonzero().flatten().tolist())


def agreement(*ratings: Tensor) -> Tensor:
    """ICC(3,1) of each unit, (k,): two-way mixed, consistency, of two or more ratings (n, k).

    A constant bias is forgiven. All faces of all persons pooled. nan for a unit that the first rating (the
    label) never changes. Source: Shrout and Fleiss 1979.
    """
    raters, between, _, error = _squares(ratings)
    found = (between - error) / (between + (raters - 1) * error)
    return torch.where(float64(ratings[0]).std(0) > 0, found, torch.nan)


def absolute_agreement(*ratings: Tensor) -> Tensor:
    """ICC(2,1) of each unit, (k,): two-way random, absolute agreement, of ratings (n, k); a bias counts."""
    raters, between, columns, error = _squares(ratings)
    bias = raters * (columns - error) / len(ratings[0])
    found = (between - error) / (between + (raters - 1) * error + bias)
    return torch.where(float64(ratings[0]).std(0) > 0, found, torch.nan)


def unit_error(asked: Tensor, came: Tensor) -> Tensor:
    """Mean over units of |asked - came|, (n,), from (n, k); AED where these are a face model's."""
    return (float64(asked) - float64(came)).abs().mean(1)


def landmark_error(found: Tensor, true: Tensor) -> Tensor:
    """Mean distance (n,) of 68 landmarks (n, 68, 2), as a share of that of the true outer eye corners.

    In a profile that distance vanishes: leave such faces out. Source: 300-W (Sagonas et al. 2013).
    """
    left, right = (float64(true)[:, corner] for corner in _EYE_CORNERS)
    away = (float64(found) - float64(true)).norm(dim=2).mean(1)
    return away / (left - right).norm(dim=1)


def failures(errors: Tensor, limit: float = 0.08) -> float:
    """Share of landmark errors (n,) above a limit."""
    return float((errors > limit).double().mean())


def curve_area(errors: Tensor, limit: float = 0.08) -> float:
    """Area under the share of faces whose landmark error (n,) is less than x, for x up to a limit, 0..1."""
    return float((1 - float64(errors) / limit).clamp_min(0).mean())


def _moments(sums: Tensor) -> tuple[Tensor, ...]:
    """Count, means, variances (0 where they are rounding) and covariance."""
    count, x, y, xx, yy, xy = sums.unbind(-1)
    x, y, xx, yy, xy = (total / count for total in (x, y, xx, yy, xy))
    of_x, of_y = (
        torch.where(square - mean**2 > _FLAT * square, square - mean**2, 0.0)
        for square, mean in ((xx, x), (yy, y))
    )
    return count, x, y, of_x, of_y, xy - x * y


def _squares(ratings: tuple[Tensor, ...]) -> tuple[int, Tensor, Tensor, Tensor]:
    """Raters, and mean squares (k,) between faces, between raters, and of what is left."""
    table = torch.stack([float64(rating) for rating in ratings], -1)  # (n, k, raters)
    count, _, raters = table.shape
    enough(count, 2, "the agreement of ratings")
    rows, columns, middle = table.mean(2), table.mean(0), table.mean((0, 2))
    between = raters * (rows - middle).square().sum(0) / (count - 1)
    biases = count * (columns - middle[:, None]).square().sum(1) / (raters - 1)
    left = table - rows[..., None] - columns + middle[:, None]
    return raters, between, biases, left.square().sum((0, 2)) / ((count - 1) * (raters - 1))
