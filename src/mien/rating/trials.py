"""Which pairs a person sees: balanced over systems, items and sides, in random order, some of them again."""

from itertools import combinations
from typing import NamedTuple

import numpy as np


class Trial(NamedTuple):
    """One pair as it is shown; systems and items by their numbers."""

    item: int
    left: int
    right: int
    repeated: int
    """1 where the person saw the pair before, with sides swapped; else 0."""


def draw(*, systems: int, items: int, pairs: int, repeat: float, seed: tuple[int, int]) -> list[Trial]:
    """The trials of one person: `pairs` of them, and that share of them once more.

    systems: at least 2. pairs: at most items times pairs of systems. repeat: 0..0.5, a share of `pairs`.
    Every pair of systems comes equally often, and so do the items, each to within one; of a pair of systems,
    each is on the left half the time. A repeat is of the first half, comes in the last quarter, swapped.
    """
    random = np.random.default_rng(seed)
    trials = _balanced(systems, items, pairs, random)
    order = [trials[place] for place in random.permutation(pairs)]
    half = pairs // 2
    kept = half + (pairs - half) // 2  # a stretch without repeats: nobody meets a pair again at once
    again = random.choice(half, min(half, round(repeat * pairs)), replace=False) if half else ()
    late = order[kept:] + [_swapped(order[place]) for place in again]
    return order[:kept] + [late[place] for place in random.permutation(len(late))]


def _balanced(systems: int, items: int, pairs: int, random: np.random.Generator) -> list[Trial]:
    """Pairs of systems in turn; the items are dealt on and on from one shuffled deck, so that none lags."""
    duels, deck = random.permutation(list(combinations(range(systems), 2))), random.permutation(items)
    trials: list[Trial] = []
    for number, duel in enumerate(duels):
        count = (pairs + number) // len(duels)
        swaps = random.permutation((np.arange(count) + random.integers(2)) % 2)
        for swap in swaps:
            left, right = duel[::-1] if swap else duel
            trials.append(Trial(int(deck[len(trials) % items]), int(left), int(right), 0))
    return trials


def _swapped(trial: Trial) -> Trial:
    return Trial(trial.item, trial.right, trial.left, 1)
