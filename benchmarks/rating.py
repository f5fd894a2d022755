"""How often the intervals of `mien rate read` hold the truth, simulated: `python benchmarks/rating.py`."""

import argparse
from itertools import combinations

import numpy as np

from mien.rating.figures import RESAMPLES
from mien.rating.strengths import interval, log_odds, resample, strengths

STRENGTHS = np.array([-0.6, 0.0, 0.6])
"""Log odds of three systems against their mean; the strongest beats the weakest in 77 % of the answers."""
TASTE = 0.5
"""Standard deviation with which people differ in each strength."""
ANSWERS = 12
"""Of a person to each pair of systems: 36 pairs in all, the default of `mien rate make`."""


def crowd(people: int, random: np.random.Generator) -> np.ndarray:
    """(people, 3, 3) wins of people whose tastes differ."""
    own = STRENGTHS + random.normal(0, TASTE, (people, 3))
    wins = np.zeros((people, 3, 3))
    for one, other in combinations(range(3), 2):
        won = random.binomial(ANSWERS, 1 / (1 + np.exp(own[:, other] - own[:, one])))
        wins[:, one, other], wins[:, other, one] = won, ANSWERS - won
    return wins


def coverage(
    people: int, studies: int, truth: np.ndarray, random: np.random.Generator
) -> tuple[float, float]:
    """Share of the intervals that hold the truth over people, and over answers as if all were independent."""
    held = np.zeros((studies, 2))
    for study in range(studies):
        wins = crowd(people, random)
        table = wins.sum(0).astype(int)
        cells = np.repeat(np.eye(9).reshape(9, 3, 3), table.ravel(), axis=0)  # an answer each
        for place, units in enumerate((wins, cells)):
            low, high = interval(strengths(log_odds(resample(units, RESAMPLES, study))), len(units))
            held[study, place] = ((low <= truth) & (truth <= high)).mean()
    return tuple(held.mean(0))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[3, 4, 5, 6, 8, 12, 20, 40])
    parser.add_argument("--studies", type=int, default=100)
    options = parser.parse_args()
    truth = strengths(log_odds(crowd(200_000, np.random.default_rng(0)).sum(0)[None]))[0]
    print("| people | intervals over people | over answers |\n| --- | --- | --- |")
    for people in options.people:
        shares = coverage(people, options.studies, truth, np.random.default_rng(people))
        print(f"| {people} | {' | '.join(f'{share:.0%}' for share in shares)} |", flush=True)


if __name__ == "__main__":
    main()
