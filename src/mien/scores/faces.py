"""Whether it is still the same person, and whether the face shows what was asked."""

from typing import NamedTuple

import torch
from torch import Tensor

from mien.scores import Metric, enough, precise

ACD = Metric(name="ACD", variant="consecutive frames, L2", higher_is_better=False)
ACD_PAIRS = Metric(name="ACD pairs", variant="all pairs of frames, L2", higher_is_better=False)
ACD_I = Metric(name="ACD-I", variant="input to every frame, L2", higher_is_better=False)
IDENTITY = Metric(name="identity distance", variant="input to output, L2", higher_is_better=False)
VERIFICATION = Metric(name="verification", variant="accepted at a false accept rate", higher_is_better=True)
UNITS = Metric(
    name="unit correlation", variant="Pearson, faces pooled, mean over units", higher_is_better=True
)
ACCURACY = Metric(name="expression accuracy", variant="share of right classes", higher_is_better=True)
MONOTONY = Metric(name="monotony", variant="share of steps that rise", higher_is_better=True)


class Verification(NamedTuple):
    """The least similarity that lets in no more impostors than agreed, and the share of genuine pairs in."""

    threshold: float
    rate: float


class Correlation(NamedTuple):
    """Correlation of each unit, (k,), nan where it never changes; the mean of the others."""

    each: Tensor
    mean: float
    left_out: list[int]
    """Places of the units that never change, in what was asked or in what came."""


def acd_consecutive(features: Tensor, *, squared: bool = False) -> Tensor:
    """Mean distance of neighbouring frames of each clip, (n,) (FEV-GAN's wording of ACD).

    features: (n, t, d) of a face extractor. squared: squared distances, as some report. A still clip has 0,
    so a motion score belongs beside it.
    """
    return _length(features[:, 1:] - features[:, :-1], squared).mean(1)


def acd_pairs(features: Tensor, *, squared: bool = False) -> Tensor:
    """Mean distance of all pairs of frames of each clip, (n,), from features (n, t, d) (MoCoGAN's ACD)."""
    first, second = torch.triu_indices(features.shape[1], features.shape[1], 1)
    return _length(features[:, first] - features[:, second], squared).mean(1)


def acd_input(features: Tensor, face: Tensor, *, squared: bool = False) -> Tensor:
    """Mean distance from the input's features (n, d) to those of the frames (n, t, d), (n,) (ACD-I).

    All frames that are given count: leave the first out (`features[:, 1:]`) where it is the input itself.
    Source: FEV-GAN, after Zhao et al. 2018.
    """
    return _length(features - face[:, None], squared).mean(1)


def verification(genuine: Tensor, impostor: Tensor, rate: float = 0.01) -> Verification:
    """The share of genuine pairs that are accepted where at most `rate` of the impostors are.

    genuine, impostor: similarities of pairs, greater is more alike (of distances, give the negatives). A pair
    is accepted above the threshold, not at it. Raises `InputError` for fewer than 10 / rate impostors.
    """
    enough(len(impostor), round(10 / rate), f"verification at a rate of {rate:g}, for impostors,")
    ordered = precise(impostor).sort().values
    threshold = ordered[len(ordered) - int(rate * len(ordered) + 1e-9) - 1]
    return Verification(float(threshold), float((precise(genuine) > threshold).double().mean()))


def accepted(distances: Tensor, threshold: float = 0.6) -> float:
    """Share of pairs (n,) that lie nearer than a threshold: dlib's is 0.6."""
    return float((distances < threshold).double().mean())


def correlation(asked: Tensor, came: Tensor) -> Correlation:
    """Pearson's correlation of asked and measured strengths, unit by unit.

    asked, came: (n, k), all faces of all persons pooled; at least 3 faces. A unit that never changes has no
    correlation: it is left out of the mean and listed.
    """
    enough(len(asked), 3, "the correlation of units")
    x, y = (values - values.mean(0) for values in (precise(asked), precise(came)))
    spread = (x.square().sum(0) * y.square().sum(0)).sqrt()
    each = torch.where(spread > 0, (x * y).sum(0) / spread, torch.nan)
    known = ~each.isnan()
    return Correlation(each, float(each[known].mean()), (~known).nonzero().flatten().tolist())


def agreement(labels: Tensor, readings: Tensor) -> Tensor:
    """ICC(3,1) of each unit, (k,), from (n, k) each: two-way mixed, consistency (Shrout and Fleiss 1979).

    nan for a unit whose label never changes.
    """
    table = torch.stack([precise(labels), precise(readings)], dim=-1)  # (n, k, 2)
    count, _, raters = table.shape
    rows, columns, middle = table.mean(2), table.mean(0), table.mean((0, 2))
    between = raters * (rows - middle).square().sum(0) / (count - 1)
    left = table - rows[..., None] - columns + middle[:, None]
    error = left.square().sum((0, 2)) / ((count - 1) * (raters - 1))
    found = (between - error) / (between + (raters - 1) * error)
    return torch.where(table[..., 0].std(0) > 0, found, torch.nan)


def confusion(found: Tensor, wanted: Tensor, classes: int) -> Tensor:
    """(classes, classes) counts from class numbers (n,): rows are what was wanted, columns what was found."""
    return torch.bincount(wanted * classes + found, minlength=classes**2).view(classes, classes)


def accuracy(counts: Tensor) -> float:
    """Share of right ones in a table of `confusion`."""
    return float(counts.trace() / counts.sum())


def balanced_accuracy(counts: Tensor) -> float:
    """Mean over the classes that were wanted of the share of right ones, from a table of `confusion`."""
    wanted = counts.sum(1)
    return float((counts.diagonal()[wanted > 0] / wanted[wanted > 0]).double().mean())


def rising(strengths: Tensor) -> Tensor:
    """Share of steps at which a measured strength rises while the asked one does: (n,) from (n, s >= 2)."""
    return (strengths.diff(dim=1) > 0).double().mean(1)


def _length(vectors: Tensor, squared: bool) -> Tensor:
    total = precise(vectors).square().sum(-1)
    return total if squared else total.sqrt()
