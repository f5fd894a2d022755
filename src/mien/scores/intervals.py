"""How far a score might lie off had other people been judged: bootstrap intervals over persons."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

LEVEL = 0.95
"""Of the intervals."""
RESAMPLES = 10_000
"""Draws of persons (ours)."""
LEAST = 5
"""Persons below which no interval is given (ours): a draw of so few says nothing of others."""
_PART = 1000


class Interval(NamedTuple):
    """Bounds of a score."""

    low: float
    high: float


def interval(sums: Tensor, persons: Tensor, of: Callable[[Tensor], Tensor], seed: int = 0) -> Interval | None:
    """95 % interval of a score, by drawing persons with replacement; None for fewer than 5 persons.

    Frames and clips of one person are alike: drawn one by one they would make the interval too narrow. Bounds
    are bias-corrected and accelerated (BCa); resamples for which the score is undefined are left out.

    sums: (n, m) float64, what each sample adds to what the score is made of. persons: (n,) whose it is. of:
    from totals (r, m) to scores (r,). Source: Efron 1987; persons as clusters: Davison and Hinkley 1997, 3.8.
    """
    of_person = torch.unique(persons, return_inverse=True)[1]
    count = int(of_person.max()) + 1
    if count < LEAST:
        return None
    totals = sums.new_zeros(count, sums.shape[1]).index_add_(0, of_person, sums)
    whole = totals.sum(0)
    score, drawn, left_out = of(whole[None]), of(_drawn(totals, seed)), of(whole - totals)
    drawn, left_out = drawn[drawn.isfinite()], left_out[left_out.isfinite()]
    if not score.isfinite() or len(drawn) < RESAMPLES / 2 or not len(left_out):
        return None
    low, high = torch.quantile(drawn, _places(score, drawn, left_out)).tolist()
    return Interval(low, high)


def _drawn(totals: Tensor, seed: int) -> Tensor:
    """(RESAMPLES, m) totals of persons drawn with replacement, in parts that bound the memory."""
    dice, count = torch.Generator().manual_seed(seed), len(totals)
    parts = []
    for _ in range(RESAMPLES // _PART):
        who = torch.randint(count, (_PART, count), generator=dice)
        times = totals.new_zeros(_PART, count).scatter_add_(1, who, totals.new_ones(1).expand_as(who))
        parts.append(times @ totals)
    return torch.cat(parts)


def _places(score: Tensor, drawn: Tensor, left_out: Tensor) -> Tensor:
    """The two quantiles of the resamples that bound the interval.

    score: (1,). drawn: (r,). left_out: (p,) the score without each person, from which the skew is read.
    """
    below = ((drawn < score).double() + 0.5 * (drawn == score).double()).mean()
    bias = torch.special.ndtri(below.clamp(0.5 / len(drawn), 1 - 0.5 / len(drawn)))
    away = left_out.mean() - left_out
    spread = away.square().sum()
    skew = (away**3).sum() / (6 * spread**1.5) if spread > 0 else torch.zeros_like(spread)
    tails = torch.special.ndtri(torch.tensor([(1 - LEVEL) / 2, (1 + LEVEL) / 2], dtype=drawn.dtype))
    return torch.special.ndtr(bias + (bias + tails) / (1 - skew * (bias + tails)))
