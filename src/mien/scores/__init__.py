"""Scores: pure functions that judge what systems make, each with its direction and its recipe."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mien.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number for a table, with what makes it comparable."""

    name: str
    value: float
    spread: float
    """Standard deviation over the samples; nan where there is one value for all of them."""
    count: int
    """Samples (images, clips, pairs) it is the mean of."""
    higher_is_better: bool
    recipe: str
    """Variant, extractor and its hash, sizes, counts. Only scores of one recipe may be ranked together."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A way to score: what it is called, which way is better, and which of its variants this is."""

    name: str
    variant: str
    higher_is_better: bool

    def of(self, values: Tensor, **setting: object) -> Score:
        """The score of a value for each sample, (n,) or any shape whose first axis counts the samples.

        The mean is over each sample first, then over samples. setting: all that the value depends on
        (extractor="...", side=64, frames=32). Raises `InputError` where values are missing or not finite.
        """
        each = values.detach().double().reshape(len(values), values[:1].numel())
        wrong = int((~each.isfinite()).any(1).sum())
        if wrong or not len(values):
            raise InputError(f"{self.name}: {wrong} of {len(values)} samples have no finite value")
        means = each.mean(1)
        spread = float(means.std()) if len(means) > 1 else float("nan")
        return self._score(float(means.mean()), spread, len(means), setting)

    def of_all(self, value: float, count: int, **setting: object) -> Score:
        """The score of one value for all samples together, such as a distance of distributions."""
        return self._score(float(value), float("nan"), count, setting)

    def _score(self, value: float, spread: float, count: int, setting: dict[str, object]) -> Score:
        parts = [f"{name}={setting[name]}" for name in sorted(setting)]
        return Score(
            name=self.name,
            value=value,
            spread=spread,
            count=count,
            higher_is_better=self.higher_is_better,
            recipe="; ".join([f"{self.name} ({self.variant})", *parts, f"n={count}"]),
        )


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
    """Raises `InputError`, with how many are needed, where there are too few samples for a score."""
    if count < needed:
        raise InputError(f"{what} needs at least {needed} samples, {count} came; make or draw more")


def precise(values: Tensor) -> Tensor:
    """Detached float64: scores are sums over much."""
    return torch.as_tensor(values).detach().double()
