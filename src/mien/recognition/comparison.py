"""The same training on several diets, seed by seed: how well each recognises persons it never saw."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mien.augmentation.inspection import Tell
from mien.errors import InputError
from mien.nets.recogniser import SIDE
from mien.recognition import examples, figures, learning
from mien.recognition.examples import Examples, Material
from mien.requests import RecogniseRequest
from mien.scores.intervals import Interval

PLAIN, EVEN, MADE = "flips and crops alone", "rare classes drawn as often", "made pictures too"
"""Diets. All have the flips and crops."""
FOLDS = 5
"""Parts of a set's persons, held out in turn where nothing else is there to be judged by."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What one diet came to; pairs are 95 % intervals over seeds."""

    name: str
    pictures: dict[str, int]
    """Learned from, by class; in folds, of the first."""
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_recall: float
    macro_recall_interval: tuple[float, float]
    recall: dict[str, float]
    each: tuple[float, ...]
    """Macro recall of each seed."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How much more macro recall one diet gives than another, the seeds paired."""

    one: str
    other: str
    macro_recall: float
    over_seeds: tuple[float, float]
    over_persons: Interval | None
    accuracy: float
    accuracy_over_seeds: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All arms and differences, and what they rest on."""

    classes: tuple[str, ...]
    arms: tuple[Arm, ...]
    differences: tuple[Difference, ...]
    seeds: int
    test_persons: int
    test_pictures: int
    recipe: str
    skipped: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"schema": "mien.recognition/1", **asdict(self)}


def recognise(request: RecogniseRequest, tell: Tell = lambda what, done, total: None) -> Comparison:
    """Train the recogniser on each diet with each seed, and compare on persons it never saw.

    Raises `InputError` for a set without such persons, with classes that one part lacks, or with leaks.
    """
    material, seeds = examples.read(request, tell), request.seeds
    classes = _checked(material)
    judged = material.test or material.train
    people, owners = np.unique(judged.people, return_inverse=True)
    names = [PLAIN, EVEN, *([MADE] if material.made else [])]
    counts = np.zeros((len(names), seeds, len(people), len(classes), len(classes)))
    pictures: list[dict[str, int]] = []
    for seed in range(seeds):
        learnt, rows = _split(material, owners, seed)
        truth = _numbers(judged, classes)[rows]
        for arm, name in enumerate(names):
            diet, weights = _diet(material, learnt, name, classes)
            if seed == 0:
                pictures.append(dict(sorted(Counter(diet.labels).items())))
            net = learning.fit(
                diet.crops, _numbers(diet, classes), weights, len(classes), seed, request.steps
            )
            said = learning.answers(net, judged.crops[rows])
            counts[arm, seed] = figures.counted(truth, said, owners[rows], len(classes), len(people))
            tell("training", seed * len(names) + arm + 1, seeds * len(names))
    arms = [_arm(name, counts[i], classes, pictures[i]) for i, name in enumerate(names)]
    pairs = [(i, j) for i in reversed(range(len(names))) for j in range(i)]
    return Comparison(
        classes=classes,
        arms=tuple(arms),
        differences=tuple(_difference(names[i], names[j], counts[i], counts[j]) for i, j in pairs),
        seeds=seeds,
        test_persons=len(people),
        test_pictures=len(judged.labels),
        recipe=_recipe(material, request.steps),
        skipped=material.skipped,
        doubts=material.doubts,
    )


def _checked(material: Material) -> tuple[str, ...]:
    """The classes of a set, once nothing stands in the way of learning and judging them."""
    train, test, made = material.train, material.test, material.made
    classes = set(train.labels)
    if len(classes) < 2:
        raise InputError(f"expected two classes or more, came {', '.join(classes) or 'no face at all'}")
    for what, other in (("the test part", test), ("the made pictures", made)):
        if other and (strange := set(other.labels) - classes):
            raise InputError(f"{what} shows {', '.join(sorted(strange))}, which is not learned: take it out")
    if test and (unasked := classes - set(test.labels)):
        raise InputError(
            f"nobody in the test part shows {', '.join(sorted(unasked))}: take it out, or add some"
        )
    least = 2 if test else FOLDS
    for what, part in (("learn from", train), ("be judged by", test or train)):
        if len(set(part.people)) < least:
            raise InputError(
                f"{len(set(part.people))} persons to {what}, {least} are needed: of fewer it is not known "
                "whether the expression is recognised or the person"
            )
    return tuple(sorted(classes))


def _split(material: Material, owners: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and to be judged by: all, or another fifth of the persons for each seed."""
    if material.test is not None:
        return np.arange(len(material.train.labels)), np.arange(len(material.test.labels))
    order = np.random.default_rng(seed // FOLDS).permutation(owners.max() + 1)
    held = np.isin(owners, order[seed % FOLDS :: FOLDS])
    return np.flatnonzero(~held), np.flatnonzero(held)


def _diet(
    material: Material, learnt: np.ndarray, name: str, classes: tuple[str, ...]
) -> tuple[Examples, np.ndarray]:
    """What an arm learns from, and how often each is drawn. Nothing made of persons that are held out."""
    diet = _rows(material.train, learnt)
    if name == MADE:
        assert material.made is not None
        kept = np.flatnonzero(np.isin(material.made.people, diet.people))
        more = _rows(material.made, kept)
        diet = Examples(
            crops=np.concatenate([diet.crops, more.crops]),
            labels=diet.labels + more.labels,
            people=diet.people + more.people,
        )
    if name == EVEN:
        numbers = _numbers(diet, classes)
        return diet, 1 / np.bincount(numbers, minlength=len(classes))[numbers]
    return diet, np.ones(len(diet.labels))


def _rows(part: Examples, rows: np.ndarray) -> Examples:
    return Examples(
        crops=part.crops[rows],
        labels=tuple(part.labels[row] for row in rows),
        people=tuple(part.people[row] for row in rows),
    )


def _numbers(part: Examples, classes: tuple[str, ...]) -> np.ndarray:
    return np.array([classes.index(label) for label in part.labels])


def _arm(name: str, counts: np.ndarray, classes: tuple[str, ...], pictures: dict[str, int]) -> Arm:
    """Figures of counts (seeds, persons, classes, classes)."""
    seeds = counts.sum(1)
    each, right = figures.macro_recall(seeds), figures.accuracy(seeds)
    recalls = figures.recall(seeds.sum(0))
    return Arm(
        name=name,
        pictures=pictures,
        accuracy=float(right.mean()),
        accuracy_interval=figures.over_seeds(right),
        macro_recall=float(each.mean()),
        macro_recall_interval=figures.over_seeds(each),
        recall={label: float(value) for label, value in zip(classes, recalls, strict=True)},
        each=tuple(each.tolist()),
    )


def _difference(one: str, other: str, ours: np.ndarray, theirs: np.ndarray) -> Difference:
    """Paired figures of two arms' counts (seeds, persons, classes, classes)."""
    more = figures.macro_recall(ours.sum(1)) - figures.macro_recall(theirs.sum(1))
    right = figures.accuracy(ours.sum(1)) - figures.accuracy(theirs.sum(1))
    return Difference(
        one=one,
        other=other,
        macro_recall=float(more.mean()),
        over_seeds=figures.over_seeds(more),
        over_persons=figures.over_persons(ours.sum(0), theirs.sum(0)),
        accuracy=float(right.mean()),
        accuracy_over_seeds=figures.over_seeds(right),
    )


def _recipe(material: Material, steps: int) -> str:
    """What figures must share to be compared."""
    held = "a test part of other persons" if material.test else f"{FOLDS} folds by person"
    return (
        f"recogniser of 5 convolutions, crops at {SIDE}, {steps} steps of {learning.BATCH} for each "
        f"diet, flips and shifts of {learning.SHIFT} px; {held}; intervals 95 %: over seeds Student's t, "
        "over persons bootstrap, bias-corrected and accelerated"
    )
