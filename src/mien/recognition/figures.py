"""Figures of recognition: accuracy and recall of counted answers, and intervals that say what they cover."""

import numpy as np
import torch

from mien.scores.intervals import LEVEL, Interval, interval


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

    half = float(t.ppf((1 + LEVEL) / 2, len(values) - 1)) * float(values.std(ddof=1)) / len(values) ** 0.5
    return float(values.mean()) - half, float(values.mean()) + half


def over_persons(one: np.ndarray, other: np.ndarray) -> Interval | None:
    """95 % interval of how much more macro recall one way has than another: what other test persons change.

    one, other: (persons, classes, classes), all seeds together; the same persons are drawn for both. None for
    fewer than 5 persons.
    """

    def more(totals: torch.Tensor) -> torch.Tensor:
        ours, theirs = totals.numpy().reshape(-1, 2, *one.shape[1:]).swapaxes(0, 1)
        return torch.from_numpy(macro_recall(ours) - macro_recall(theirs))

    sums = torch.from_numpy(np.stack([one, other], 1).reshape(len(one), -1))
    return interval(sums, torch.arange(len(one)), more)
