"""What a set of units means: scores of the labels, valence and arousal, and units from the circumplex."""

import math
from collections.abc import Mapping

from mien.tables import LABELS, MIDLINE, PROTOTYPES, TABLE, split

_BY_LABEL = {row.label: row for row in TABLE}
_LIDS = ("AU43L", "AU43R")
_CALM = {"AU43": 0.4}
"""Low arousal has no label of its own: lids that sink, straight down on the circumplex (ours)."""
_FAN = sorted(
    [
        (row.valence, row.arousal, row.weights)
        for row in TABLE
        if row.label not in ("neutral", "contempt")  # contempt has no published place
    ]
    + [(0.0, -0.8, _CALM)],
    key=lambda corner: math.atan2(corner[1], corner[0]),
)


def _columns() -> list[tuple[str, dict[str, float]]]:
    """Prototypes with sides; contempt twice, for it may be shown on either side."""
    columns = [(label, split(PROTOTYPES[label])) for label in LABELS if label != "neutral"]
    mirrored = {name[:-1] + "L": value for name, value in PROTOTYPES["contempt"].items()}
    return [*columns, ("contempt", mirrored)]


def _dot(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Inner product in which the two sides of a unit count together as much as a midline unit."""
    return sum((1.0 if name in MIDLINE else 0.5) * value * b.get(name, 0.0) for name, value in a.items())


_COLUMNS = _columns()
_GRAM = [[_dot(a, b) for _, b in _COLUMNS] for _, a in _COLUMNS]


def scores(units: Mapping[str, float]) -> dict[str, float]:
    """How much of each label the units show, 0..1, in the order of `labels()`.

    The units are explained as a sum of prototypes with weights >= 0 (least squares); a label's score is its
    weight, at most 1. So `strength * prototype` scores exactly `strength` for its own label and 0 for the
    others, and adding the prototype of a basic expression to any face raises its score by what was added,
    once it is above 0. A unit that another label explains better is not counted twice: that is how a
    contradiction lowers a score. Contempt is the greater of its two sides. Neutral is 1 minus the strongest
    unit, closed eyes not counted. The measure is ours.
    """
    sides = split(units)
    weights = _explain([_dot(column, sides) for _, column in _COLUMNS])
    result = dict.fromkeys(LABELS, 0.0)
    for (label, _), weight in zip(_COLUMNS, weights, strict=True):
        result[label] = max(result[label], min(1.0, weight))
    result["neutral"] = 1.0 - max((value for name, value in sides.items() if name not in _LIDS), default=0.0)
    return result


def _explain(target: list[float]) -> list[float]:
    """Non-negative least squares by cyclic coordinate descent; eight unknowns, about a millisecond."""
    weights = [0.0] * len(target)
    for _ in range(1000):
        change = 0.0
        for i, row in enumerate(_GRAM):
            slope = target[i] - sum(g * w for g, w in zip(row, weights, strict=True))
            moved = max(0.0, weights[i] + slope / row[i])
            change = max(change, abs(moved - weights[i]))
            weights[i] = moved
        if change < 1e-12:
            break
    return weights


def valence_arousal(units: Mapping[str, float]) -> tuple[float, float]:
    """Valence and arousal, each -1..1, of the units: the places of the labels weighted by their scores.

    Low arousal is not read from the lids, since a blink and a sleepy eye look the same in one picture.
    """
    shown = {label: score for label, score in scores(units).items() if label != "neutral"}
    total = max(1.0, sum(shown.values()))
    valence = sum(score * _BY_LABEL[label].valence for label, score in shown.items()) / total
    return valence, sum(score * _BY_LABEL[label].arousal for label, score in shown.items()) / total


def units_at(valence: float, arousal: float) -> dict[str, float]:
    """Units of a point of the circumplex, valence and arousal each -1..1.

    Neutral is at the centre; around it stand the six basic expressions at their published places, and sunken
    lids at (0, -0.8). Between the centre and two neighbours the units are interpolated linearly, so the map
    is continuous, neutral at (0, 0) and exactly a prototype at its place. Beyond the outline it keeps the
    direction and full strength.
    """
    wedges = (_within(valence, arousal, *pair) for pair in zip(_FAN, _FAN[1:] + _FAN[:1], strict=True))
    shares = max(wedges, key=lambda wedge: min(share for share, _ in wedge))
    beyond = max(1.0, sum(share for share, _ in shares))
    mixed: dict[str, float] = {}
    for share, units in shares:
        for name, value in units.items():
            mixed[name] = mixed.get(name, 0.0) + max(share, 0.0) / beyond * value
    return {name: round(value, 12) for name, value in mixed.items()}


def _within(valence: float, arousal: float, first: tuple, second: tuple) -> tuple:
    """The point as a sum of two corners; only in the wedge that holds it are both shares >= 0."""
    area = first[0] * second[1] - first[1] * second[0]
    share = (valence * second[1] - arousal * second[0]) / area
    return (share, first[2]), ((first[0] * arousal - first[1] * valence) / area, second[2])
