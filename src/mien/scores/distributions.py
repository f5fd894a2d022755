"""How far what was made lies, as a whole, from what is true: distances of sets of features."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

import torch
from torch import Tensor

from mien.errors import TooFewError
from mien.scores import Metric, Score, enough, finite, float64
from mien.scores.streams import Moments, Reservoir

FRECHET = Metric(name="FID-like", variant="Frechet distance, covariance with n - 1", higher_is_better=False)
"""On features of the extractor that the recipe names; only on Inception's is it the FID of the papers."""
KERNEL = Metric(
    name="KID-like", variant="unbiased MMD^2, (x.y/d + 1)^3, mean of subsets", higher_is_better=False
)
"""On features of the extractor that the recipe names; only on Inception's is it the KID of the papers."""
MMD = Metric(name="MMD", variant="unbiased MMD^2, Gaussian kernel", higher_is_better=False)
"""Its recipe must name the width of the kernel: other widths are other distances."""


KEPT = 1000
"""Samples of a stream that are kept whole (ours)."""
SUBSET = 100
"""Samples of a subset of a stream's kernel distance (ours; the paper has 1,000)."""


class Kernel(NamedTuple):
    """Mean and standard deviation over subsets."""

    value: float
    spread: float


class Streams:
    """Features of what was made and of the truth, of which little is kept, for their distances at the end."""

    def __init__(self):
        self.made, self.true, self.kept = Moments(), Moments(), Reservoir(KEPT)
        """Moments of both, and a fair few samples (at most 1000, 2 or more, d)."""

    def add(self, made: Tensor, true: Tensor, *more: Tensor) -> None:
        """Take in features (n, d) of the same samples; more: others that are to be kept beside them."""
        self.made.add(made)
        self.true.add(true)
        self.kept.add(torch.stack([made, true, *more], 1))

    def scores(self, frechet_metric: Metric, kernel_metric: Metric, /, **setting: object) -> Iterator[Score]:
        """Both distances, without the one for which there are too few samples."""
        with suppress(TooFewError):
            yield frechet_metric.of_all(frechet(self.made, self.true), self.made.count, **setting)
        with suppress(TooFewError):
            found = kernel_distance(*self.kept.rows[:, :2].unbind(1), size=SUBSET)
            yield kernel_metric.of_all(found.value, self.made.count, found.spread, **setting, subset=SUBSET)


def frechet(made: Moments, true: Moments) -> float:
    """Frechet distance of the Gaussians through two sets of d features: >= 0, 0 if equal.

    It falls as n grows: compare only equal counts. Raises `TooFewError` unless both have at least d + 1
    samples, below which the covariance has no full rank. Source: Heusel et al. 2017.
    """
    for moments, name in ((made, "what was made"), (true, "the truth")):
        size = len(moments.mean)
        enough(moments.count, size + 1, f"the Frechet distance of {size} features, for {name},")
    return frechet_of(made.mean, made.covariance, true.mean, true.covariance)


def frechet_of(mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor) -> float:
    """||m1 - m2||^2 + tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2), from means (d,) and covariances (d, d).

    The symmetric form of the root stays real where one covariance is singular.
    """
    first, second = float64(covariance), float64(other_covariance)
    root = _root(first)
    middle = torch.linalg.eigvalsh(root @ second @ root).clamp_min(0).sqrt().sum()
    apart = (float64(mean) - float64(other_mean)).square().sum()
    return max(0.0, float(apart + first.trace() + second.trace() - 2 * middle))


def kernel_distance(
    made: Tensor, true: Tensor, *, subsets: int = 100, size: int = 1000, seed: int = 0
) -> Kernel:
    """Kernel distance of two sets of features (n, d) and (m, d), mean and deviation over subsets.

    Unbiased, so it may fall below 0, and it suits small sets. Raises `TooFewError` where a set has fewer
    samples than a subset. Source: Binkowski et al. 2018.
    """
    for features, name in ((made, "what was made"), (true, "the truth")):
        enough(len(features), size, f"the kernel distance with subsets of {size}, for {name},")
    made, true = float64(made), float64(true)
    dice = torch.Generator().manual_seed(seed)
    values = torch.tensor(
        [
            polynomial(*(each[torch.randperm(len(each), generator=dice)[:size]] for each in (made, true)))
            for _ in range(subsets)
        ]
    )
    return Kernel(float(values.mean()), float(values.std(correction=0)))


def polynomial(first: Tensor, second: Tensor) -> float:
    """Unbiased MMD^2 of two sets (n, d), (m, d) under (x.y/d + 1)^3: the kernel of KID."""
    return _discrepancy(first, second, lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3)


def gaussian(first: Tensor, second: Tensor, width: float) -> float:
    """Unbiased MMD^2 of two sets (n, d), (m, d) under exp(-||x - y||^2 / (2 width^2)).

    Source: Gretton et al. 2012.
    """
    return _discrepancy(first, second, lambda x, y: torch.exp(-torch.cdist(x, y).square() / (2 * width**2)))


def median_width(true: Tensor) -> float:
    """The median distance within a set (n, d): the usual width; take the truth's, so that rows share it."""
    return float(torch.pdist(float64(true)).median())


def _discrepancy(first: Tensor, second: Tensor, kernel: Callable[[Tensor, Tensor], Tensor]) -> float:
    """Unbiased MMD^2; no diagonal within a set. Raises `TooFewError` for sets of fewer than 2."""
    enough(min(len(first), len(second)), 2, "an unbiased MMD^2")
    first, second = finite(first), finite(second)

    def within(x: Tensor) -> Tensor:
        values = kernel(x, x)
        return (values.sum() - values.trace()) / (len(x) * (len(x) - 1))

    return float(within(first) + within(second) - 2 * kernel(first, second).mean())


def _root(matrix: Tensor) -> Tensor:
    """The symmetric root of a covariance."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp_min(0).sqrt() @ vectors.T
