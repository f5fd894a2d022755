"""Whether a classifier sees what was asked, and what classifiers learn from what was made."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mien.scores import Metric, enough, finite, float64

ACCURACY = Metric(name="expression accuracy", variant="share of right classes", higher_is_better=True)
BALANCED = Metric(
    name="balanced accuracy", variant="mean over classes of the share found", higher_is_better=True
)
MCS = Metric(
    name="MCS", variant="share of clips that a clip classifier gives the asked class", higher_is_better=True
)
TAUGHT_BY_TRUE = Metric(
    name="GAN-test", variant="learned from true samples, accuracy on made ones", higher_is_better=True
)
TAUGHT_BY_MADE = Metric(
    name="GAN-train", variant="learned from made samples, accuracy on true ones", higher_is_better=True
)
ATTRIBUTES = Metric(
    name="attribute accuracy", variant="share of changed attributes that came", higher_is_better=True
)
PRESERVATION = Metric(
    name="preservation error", variant="share of other attributes that changed", higher_is_better=False
)
TOLD_APART = Metric(
    name="told apart", variant="made from true by a classifier, held-out, 0.5 is best", higher_is_better=False
)
CLASSES = Metric(
    name="IS-like", variant="exp of the mean KL to the mean answer, mean of splits", higher_is_better=True
)
"""On the classifier that the recipe names; only on Inception's is it the IS of the papers."""


class Splits(NamedTuple):
    """Mean and standard deviation over the splits."""

    value: float
    spread: float


def tally(found: Tensor, wanted: Tensor, classes: int) -> Tensor:
    """(n, classes, classes): 1 at each sample's cell, the row wanted and the column found, from numbers (n,).

    Sums of these are all that the scores of classes need, so batches and persons can be added up.
    """
    return functional.one_hot(wanted * classes + found, classes**2).view(-1, classes, classes)


def confusion(found: Tensor, wanted: Tensor, classes: int) -> Tensor:
    """(classes, classes) counts from class numbers (n,): rows are what was wanted, columns what was found."""
    return tally(found, wanted, classes).sum(0)


def accuracy(counts: Tensor) -> float:
    """Share of right ones in a table of `confusion`; the error of the papers is 1 less it."""
    return float(counts.trace()) / float(counts.sum())


def balanced_accuracy(counts: Tensor) -> Tensor:
    """Mean over the classes that were wanted of the share found, (...), from tables (..., c, c)."""
    counts = float64(counts)
    return (counts.diagonal(dim1=-2, dim2=-1) / counts.sum(-1)).nanmean(-1)


def macro_f1(counts: Tensor) -> float:
    """Mean over the wanted classes of 2 right / (wanted + found), from a table of `confusion`."""
    wanted, found = counts.sum(1).double(), counts.sum(0).double()
    each = 2 * counts.diagonal() / (wanted + found)
    return float(each[wanted > 0].mean())


def learned(features: Tensor, labels: Tensor, unseen: Tensor) -> Tensor:
    """Classes (m,) that a linear discriminant, taught by features (n, d) and labels (n,), gives to (m, d).

    Its covariance is shrunk as Ledoit and Wolf do, so it takes few samples, has nothing to tune, and always
    comes out the same. GAN-test learns from true samples and reads made ones, GAN-train the reverse (Shmelkov
    et al. 2018); the persons that are read must not be among those learned from. Raises `TooFewError` for one
    class, or one with fewer than 2 samples.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    counts = labels.unique(return_counts=True)[1]
    enough(int(counts.min()) if len(counts) > 1 else 0, 2, "a classifier, in each of two or more classes,")
    reader = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    reader.fit(finite(features).numpy(), labels.numpy())
    return torch.from_numpy(reader.predict(finite(unseen).numpy()))


def chance_of(right: int, count: int) -> float:
    """The chance that guessing tells at least this many of `count` apart: the p-value of the two-sample test.

    Source: Lopez-Paz and Oquab 2017, with the exact binomial.
    """
    numbers = torch.arange(right, count + 1, dtype=torch.float64)
    whole = torch.tensor(count + 1.0, dtype=torch.float64)
    ways = whole.lgamma() - (numbers + 1).lgamma() - (whole - numbers).lgamma()
    return float((ways - count * torch.log(torch.tensor(2.0, dtype=torch.float64))).exp().sum().clamp_max(1))


def attribute_accuracy(found: Tensor, wanted: Tensor, changed: Tensor) -> tuple[Tensor, Tensor]:
    """Share (n,) of the changed attributes that came, and share (n,) of the others that are wrong.

    found, wanted: (n, k) bool. changed: (n, k) bool, what was asked to change: of each sample some, not all.
    """
    wrong, changed = (found != wanted).double(), changed.double()
    others = 1 - changed
    return 1 - (wrong * changed).sum(1) / changed.sum(1), (wrong * others).sum(1) / others.sum(1)


def inception(probabilities: Tensor, splits: int = 10) -> Splits:
    """exp(E KL(p(y|x) || p(y))) of class probabilities (n, k), 1..k, p(y) from the same split; natural log.

    1 where all answers are alike, k where they are sure and even. Splits are runs of neighbours: shuffle
    samples that are in order. Raises `TooFewError` for fewer than k samples a split: they could not reach k.
    Source: Salimans et al. 2016.
    """
    answers, classes = float64(probabilities), probabilities.shape[1]
    enough(len(answers), splits * classes, f"the score of {classes} classes in {splits} splits")
    values = torch.stack([_of_split(part) for part in answers.tensor_split(splits)])
    return Splits(float(values.mean()), float(values.std(correction=0)))


def _of_split(answers: Tensor) -> Tensor:
    middle = answers.mean(0)
    return torch.exp(torch.xlogy(answers, answers).sum(1).mean() - torch.xlogy(middle, middle).sum())
