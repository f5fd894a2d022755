"""Figures of recognition: accuracy and recall of counted answers, and intervals that say what they cover."""

import numpy as np

DRAWS = 2000
"""Resamples of the bootstrap."""
SURE = 0.95


def counted(
    truth: np.ndarray, answers: np.ndarray, people: np.ndarray, classes: int, persons: int
) -> np.ndarray:
    """How often each class was taken for each, of every person: (persons, classes, classes), truth first."""
    out = np.zeros((persons, classes, classes))
    np.add.at(out, (people, truth, answers), 1)
    return out


def accuracy(counts: np.ndarray) -> np.ndarray:
    """Share of right answers of counts (..., classes, classes)."""
    return counts.trace(axis1=-2, axis2=-1) / counts.sum((-2, -1))


def recall(counts: np.ndarray) -> np.ndarray:
    """Share of each class's pictures that were named (..., classes); nan where there were none."""
    shown = counts.sum(-1)
    with np.errstate(invalid="ignore"):
        return counts.diagonal(axis1=-2, axis2=-1) / shown


def macro_recall(counts: np.ndarray) -> np.ndarray:
    """Mean recall of the classes that were shown, of counts (..., classes, classes)."""
    return np.nanmean(recall(counts), -1)


def over_seeds(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of one value a seed (Student's t): what another training would change."""
    from scipy.stats import t

    half = float(t.ppf((1 + SURE) / 2, len(values) - 1)) * float(values.std(ddof=1)) / len(values) ** 0.5
    return float(values.mean()) - half, float(values.mean()) + half


def over_persons(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """95 % interval of how much more macro recall one way has than another: what other test persons change.

    one, other: (persons, classes, classes), all seeds together. Persons are drawn with replacement, the same
    for both (percentile bootstrap, Efron 1979).
    """
    persons = len(one)
    drawn = np.random.default_rng(0).multinomial(persons, np.full(persons, 1 / persons), DRAWS)
    ours, theirs = (np.tensordot(drawn, counts, 1) for counts in (one, other))  # (draws, classes, classes)
    low, high = np.quantile(macro_recall(ours) - macro_recall(theirs), [(1 - SURE) / 2, (1 + SURE) / 2])
    return float(low), float(high)
