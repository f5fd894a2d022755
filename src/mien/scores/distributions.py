"""How far what was made lies, as a whole, from what is true: distances of sets of features."""

from typing import NamedTuple

import torch
from torch import Tensor

from mien.scores import Metric, enough, precise

FRECHET = Metric(name="FID", variant="Frechet distance, covariance with n - 1", higher_is_better=False)
"""On features of an extractor that the recipe names; only on Inception's is it the FID of the papers."""
KERNEL = Metric(name="KID", variant="unbiased MMD^2, (x.y/d + 1)^3, mean of subsets", higher_is_better=False)


class Kernel(NamedTuple):
    """Mean and standard deviation over subsets."""

    value: float
    spread: float


def frechet(made: Tensor, true: Tensor) -> float:
    """Frechet distance of the Gaussians through two sets of features (n, d) and (m, d): >= 0, 0 if equal.

    It falls as n grows: compare only equal counts. Raises `InputError` unless both have at least d + 1
    samples, below which the covariance has no full rank. Source: Heusel et al. 2017.
    """
    for features, name in ((made, "what was made"), (true, "the truth")):
        enough(len(features), features.shape[1] + 1, f"FID on {features.shape[1]} features, for {name},")
    made, true = precise(made), precise(true)
    return frechet_of(made.mean(0), torch.cov(made.T), true.mean(0), torch.cov(true.T))


def frechet_of(mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor) -> float:
    """||m1 - m2||^2 + tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2), from means (d,) and covariances (d, d).

    The symmetric form of the root stays real where one covariance is singular.
    """
    first, second = precise(covariance), precise(other_covariance)
    root = _root(first)
    middle = torch.linalg.eigvalsh(root @ second @ root).clamp_min(0).sqrt().sum()
    apart = (precise(mean) - precise(other_mean)).square().sum()
    return max(0.0, float(apart + first.trace() + second.trace() - 2 * middle))


def kernel_distance(
    made: Tensor, true: Tensor, *, subsets: int = 100, size: int = 1000, seed: int = 0
) -> Kernel:
    """Kernel distance of two sets of features (n, d) and (m, d), mean and deviation over random subsets.

    Unbiased, so it may fall below 0, and it suits small sets. Raises `InputError` where either set is smaller
    than a subset. Source: Binkowski et al. 2018.
    """
    for features, name in ((made, "what was made"), (true, "the truth")):
        enough(len(features), size, f"KID with subsets of {size}, for {name},")
    made, true = precise(made), precise(true)
    dice = torch.Generator().manual_seed(seed)
    values = torch.tensor(
        [
            polynomial(*(each[torch.randperm(len(each), generator=dice)[:size]] for each in (made, true)))
            for _ in range(subsets)
        ]
    )
    return Kernel(float(values.mean()), float(values.std(correction=0)))


def polynomial(first: Tensor, second: Tensor) -> float:
    """Unbiased MMD^2 of two sets (n, d), (m, d) under (x.y/d + 1)^3; no diagonal within a set."""
    first, second = precise(first), precise(second)

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T / x.shape[1] + 1) ** 3

    def within(x: Tensor) -> Tensor:
        values = kernel(x, x)
        return (values.sum() - values.trace()) / (len(x) * (len(x) - 1))

    return float(within(first) + within(second) - 2 * kernel(first, second).mean())


def _root(matrix: Tensor) -> Tensor:
    """The symmetric root of a covariance."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp_min(0).sqrt() @ vectors.T
