"""Generators and critics play against each other: GAM, tournaments, and Glicko-2 ratings of what they won."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mien.errors import InputError
from mien.scores import Metric, enough, float64

GAM = Metric(
    name="GAM",
    variant="errors of the own critic on the rival's samples, over the rival's on the own",
    higher_is_better=False,
)
"""Below 1 the first of the two wins."""
WIN_RATE = Metric(
    name="win rate", variant="share of critics fooled by more than half of the samples", higher_is_better=True
)
SKILL = Metric(
    name="skill rating", variant="Glicko-2, one period, start 1500, tau 0.5", higher_is_better=True
)
START = (1500.0, 350.0, 0.06)
"""Rating, deviation and volatility of an unknown player (Glickman 2013)."""
TAU = 0.5
_SCALE = 173.7178


class Game(NamedTuple):
    """How two models with their critics fare against each other."""

    test_ratio: float
    """Errors of the first critic over those of the second on true test samples: near 1 for a fair game."""
    sample_ratio: float
    winner: int
    """1 or 2; 0 for a tie."""


class Player(NamedTuple):
    """What Glicko-2 holds of a player."""

    rating: float
    deviation: float
    volatility: float


class Standings(NamedTuple):
    """How generators did against critics, (g,) each."""

    win_rate: Tensor
    rating: Tensor
    deviation: Tensor
    left_out: list[int]
    """Critics at chance on true samples, whose verdict says nothing."""


def duel(
    test_errors: tuple[float, float], sample_errors: tuple[float, float], count: int, fair: float = 1.25
) -> Game:
    """Generative adversarial metric of two models.

    test_errors: shares of true test samples that the first and the second critic get wrong. sample_errors:
    the first critic's share on the second's samples, then the second's on the first's. count: samples behind
    each share; 1 / (2 count) is added to each so that no ratio is 0 / 0. fair: the ratio on test samples may
    lie within 1 / fair .. fair, otherwise it is a tie (ours). Source: Im et al. 2016.
    """
    smooth = 1 / (2 * count)
    test, sample = ((a + smooth) / (b + smooth) for a, b in (test_errors, sample_errors))
    won = 0 if sample == 1 else 1 if sample < 1 else 2
    return Game(test, sample, won if 1 / fair <= test <= fair else 0)


def dividing(true: Tensor, made: Tensor) -> float:
    """The answer of a critic (n,), (m,) above which a sample is best taken for true.

    For critics whose answers are no probabilities; take it on samples that are not judged.
    """
    answers = torch.cat([float64(true), float64(made)]).unique()
    places = torch.cat([answers[:1] - 1, (answers[1:] + answers[:-1]) / 2, answers[-1:] + 1])
    missed = torch.searchsorted(float64(true).sort().values, places) / len(true)
    fooled = 1 - torch.searchsorted(float64(made).sort().values, places) / len(made)
    return float(places[(missed + fooled).argmin()])


def tournament(fooled: Tensor, right: Tensor) -> Standings:
    """Everybody against everybody: win rates and ratings of g generators against d critics.

    fooled: (g, d) shares of a generator's samples that a critic takes for true; above one half the generator
    wins. right: (d,) shares of true samples that a critic takes for true; one at chance (<= 0.5) is left out.
    Raises `InputError` where none is left. Source: Olsson et al. 2018.
    """
    use = right > 0.5
    if not use.any():
        raise InputError("a tournament needs a critic that knows more than half of the true samples as true")
    won = (torch.sign(float64(fooled[:, use]) - 0.5) + 1) / 2  # 1, 0, or 0.5 for exactly one half
    unknown = Player(*START)
    after = [rated(unknown, [unknown] * won.shape[1], outcomes.tolist()) for outcomes in won]
    return Standings(
        won.mean(1),
        torch.tensor([player.rating for player in after], dtype=torch.float64),
        torch.tensor([player.deviation for player in after], dtype=torch.float64),
        (~use).nonzero().flatten().tolist(),
    )


def rated(player: Player, opponents: Sequence[Player], outcomes: Sequence[float]) -> Player:
    """A player after one period of games, each won (1), drawn (0.5) or lost (0): Glicko-2 (Glickman 2013).

    Ratings about 1500; the deviation is that of the rating's own normal distribution.
    """
    enough(len(opponents), 1, "a rating, in games,")
    mean, deviation = (player.rating - START[0]) / _SCALE, player.deviation / _SCALE
    variance, gain = 0.0, 0.0
    for opponent, outcome in zip(opponents, outcomes, strict=True):
        weight = 1 / math.sqrt(1 + 3 * (opponent.deviation / _SCALE / math.pi) ** 2)
        expected = 1 / (1 + math.exp(-weight * (mean - (opponent.rating - START[0]) / _SCALE)))
        variance += weight**2 * expected * (1 - expected)
        gain += weight * (outcome - expected)
    variance = 1 / variance
    volatility = _volatility(player.volatility, deviation, variance, variance * gain)
    deviation = 1 / math.sqrt(1 / (deviation**2 + volatility**2) + 1 / variance)
    return Player(START[0] + _SCALE * (mean + deviation**2 * gain), _SCALE * deviation, volatility)


def _volatility(before: float, deviation: float, variance: float, change: float) -> float:
    """Step 5 of Glicko-2: the root of f by the Illinois algorithm."""
    start = math.log(before**2)

    def f(x: float) -> float:
        spread = deviation**2 + variance + math.exp(x)
        return math.exp(x) * (change**2 - spread) / (2 * spread**2) - (x - start) / TAU**2

    low = start
    if change**2 > deviation**2 + variance:
        high = math.log(change**2 - deviation**2 - variance)
    else:
        steps = 1
        while f(start - steps * TAU) < 0:
            steps += 1
        high = start - steps * TAU
    at_low, at_high = f(low), f(high)
    while abs(high - low) > 1e-6:
        middle = low + (low - high) * at_low / (at_high - at_low)
        at_middle = f(middle)
        if at_middle * at_high <= 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        high, at_high = middle, at_middle
    return math.exp(low / 2)
