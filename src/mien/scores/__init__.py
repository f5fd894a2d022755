"""Scores: pure functions that judge what systems make, each with its direction, recipe and interval."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mien.errors import InputError, TooFewError
from mien.scores.intervals import interval


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number for a table, with what makes it comparable."""

    name: str
    value: float
    spread: float
    """Standard deviation over samples, splits or subsets; nan where there is one value for all samples."""
    count: int
    """Samples (images, clips, pairs) it is the mean of."""
    higher_is_better: bool
    recipe: str
    """Variant, extractor and its hash, sizes, counts. Only scores of one recipe may be ranked together."""
    low: float | None = None
    """Lower end of the 95 % interval over persons; None where it cannot be had."""
    high: float | None = None

    def record(self) -> dict[str, str | int | float | bool | None]:
        """Its fields as JSON has them: None for what there is not, since JSON has no nan."""
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in vars(self).items()
        }


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A way to score: what it is called, which way is better, and which of its variants this is."""

    name: str
    variant: str
    higher_is_better: bool

    def of(self, values: Tensor, persons: Tensor | None = None, /, **setting: object) -> Score:
        """The score of a value for each sample, (n,) or any shape whose first axis counts the samples.

        The mean is over each sample first, then over samples. persons: (n,) whose sample it is; without them
        there is no interval. setting: all that the value depends on (extractor="...", side=64, frames=32).
        Raises `InputError` where values are missing or not finite.
        """
        each = float64(values).reshape(len(values), values[:1].numel())
        wrong = int((~each.isfinite()).any(1).sum())
        if wrong or not len(values):
            raise InputError(f"{self.name}: {wrong} of {len(values)} samples have no finite value")
        means = each.mean(1)
        spread = float(means.std()) if len(means) > 1 else float("nan")
        sums = torch.stack([means, torch.ones_like(means)], 1)
        return self._score(sums, lambda totals: totals[:, 0] / totals[:, 1], persons, spread, setting)

    def of_sums(
        self,
        sums: Tensor,
        of: Callable[[Tensor], Tensor],
        persons: Tensor | None = None,
        /,
        **setting: object,
    ) -> Score:
        """The score of what samples add up to, such as a correlation: sums (n, m), of: (r, m) to (r,)."""
        return self._score(float64(sums), of, persons, float("nan"), setting)

    def of_all(self, value: float, count: int, spread: float = float("nan"), /, **setting: object) -> Score:
        """The score of one value for all samples together, such as a distance of distributions.

        spread: its deviation over splits or subsets, where there are such.
        """
        return Score(
            name=self.name,
            value=value,
            spread=spread,
            count=count,
            higher_is_better=self.higher_is_better,
            recipe=self._recipe(setting, count),
        )

    def _score(self, sums: Tensor, of, persons: Tensor | None, spread: float, setting: dict) -> Score:
        bounds = None if persons is None else interval(sums, persons, of)
        return Score(
            name=self.name,
            value=float(of(sums.sum(0, keepdim=True))),
            spread=spread,
            count=len(sums),
            higher_is_better=self.higher_is_better,
            recipe=self._recipe(setting, len(sums)),
            low=bounds.low if bounds else None,
            high=bounds.high if bounds else None,
        )

    def _recipe(self, setting: dict[str, object], count: int) -> str:
        parts = [f"{name}={setting[name]}" for name in sorted(setting)]
        return "; ".join([f"{self.name} ({self.variant})", *parts, f"n={count}"])


def ranked(scores: Sequence[Score]) -> list[int]:
    """Places of the scores in the list, best first; raises `InputError` where two recipes differ."""
    unlike = [score.recipe for score in scores if score.recipe != scores[0].recipe]
    if unlike:
        raise InputError(
            f"scores of different recipes cannot be ranked: {scores[0].recipe!r} and {unlike[0]!r}; "
            "score both runs again with one command"
        )
    sign = -1 if scores and scores[0].higher_is_better else 1
    return sorted(range(len(scores)), key=lambda index: sign * scores[index].value)


def enough(count: int, needed: int, what: str) -> None:
    """Raises `TooFewError`, with how many are needed, where there are too few samples for a score."""
    if count < needed:
        raise TooFewError(f"{what} needs at least {needed} samples, {count} came; make or draw more")


def float64(values: Tensor) -> Tensor:
    """Detached double precision: scores are sums over much."""
    return torch.as_tensor(values).detach().double()


def finite(features: Tensor) -> Tensor:
    """Features (n, ...) in double precision; raises `InputError` with the number of those that are broken."""
    features = float64(features)
    wrong = int((~features.flatten(1).isfinite()).any(1).sum())
    if wrong:
        raise InputError(
            f"{wrong} of {len(features)} samples have features that are not finite: leave them out"
        )
    return features
