"""How people act: labels in each person's own way, units that start one after another, a head not still."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien import tables
from mien.face.model import GAZE_SHAPES, FaceModel

EXPRESSIONS = ("happiness", "sadness", "surprise", "fear", "anger", "disgust")
"""The labels that every person shows in every take."""
MIXED = "mixed"
"""Expression of a clip that shows random units of no label."""
INTENSITIES = (0.6, 1.0)
"""Range of a label's strength at the apex (ours)."""
OPPOSED = (
    ({"AU25", "AU26", "AU27", "AU16", "AU10"}, {"AU23", "AU24", "AU28"}),
    ({"AU5"}, {"AU43", "AU7"}),
    ({"AU26"}, {"AU27"}),
    ({"AU18", "AU22"}, {"AU28", "AU20", "AU14"}),
    ({"AU18"}, {"AU27"}),
)
"""Units that no face shows together: none of a mixture's units may stand on both sides of a pair."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """What a face does over the t frames of a clip."""

    units: np.ndarray  # (t, k) 0..1, first frame 0, never falling, the apex at the end
    gaze: np.ndarray  # (t, 2) yaw, pitch beside the camera, degrees
    turns: np.ndarray  # (t, 3) head yaw, pitch, roll beyond where it starts, degrees
    intensity: float  # of the label at the apex, 0..1; of a mixture, its greatest unit


def unit_names(model: FaceModel) -> tuple[str, ...]:
    """The model's action units, sides apart, in its order: what `Motion.units` counts."""
    return tuple(name for name in model.unit_names if name not in GAZE_SHAPES)


def style(names: Sequence[str], chance: np.random.Generator) -> dict[str, np.ndarray]:
    """A person's way to show each expression: a factor for every unit (k,), both sides nearly alike."""
    lean = 0.06 * chance.normal()
    out = {}
    for expression in EXPRESSIONS:
        drawn = {unit: np.exp(0.16 * chance.normal()) for unit in tables.UNITS}
        sides = {"L": 1 + lean + 0.05 * chance.normal(), "R": 1 - lean + 0.05 * chance.normal()}
        out[expression] = np.array([drawn[name.rstrip("LR")] * sides.get(name[-1], 1.0) for name in names])
    return out


def apex(names: Sequence[str], expression: str, ways: dict[str, np.ndarray], chance: np.random.Generator):
    """Units (k,) at the apex of an expression, and its strength."""
    if expression == MIXED:
        units = mixture(names, chance)
        return units, float(units.max())
    strength = chance.uniform(*INTENSITIES)
    weights = tables.split(tables.PROTOTYPES[expression])
    units = np.array([weights.get(name, 0.0) for name in names]) * strength * ways[expression]
    units *= np.exp(0.05 * chance.normal(size=len(names)))
    return np.clip(units, 0, 1), float(strength)


def mixture(names: Sequence[str], chance: np.random.Generator) -> np.ndarray:
    """2 to 5 random units (k,) at random strengths, a fifth of the paired ones on one side."""
    chosen: list[str] = []
    count = chance.integers(2, 6)
    for unit in chance.permutation(tables.UNITS).tolist():
        if len(chosen) < count and not any(_opposed(unit, other) for other in chosen):
            chosen.append(unit)
    wanted: dict[str, float] = {}
    for unit in chosen:
        one_side = unit in tables.PAIRED and chance.random() < 0.2
        wanted[unit + chance.choice(["L", "R"]) if one_side else unit] = chance.uniform(0.25, 1.0)
    sides = tables.split(wanted)
    return np.array([sides.get(name, 0.0) for name in names])


def _opposed(one: str, other: str) -> bool:
    return any((one in a and other in b) or (one in b and other in a) for a, b in OPPOSED)


def act(
    names: Sequence[str],
    expression: str,
    ways: dict[str, np.ndarray],
    frames: int,
    chance: np.random.Generator,
) -> Motion:
    """Neutral to apex over the frames of a clip."""
    top, strength = apex(names, expression, ways, chance)
    time = np.linspace(0, 1, frames)
    steady = chance.uniform(0.0, 0.12)  # of the clip before anything stirs
    starts = {unit: steady + chance.uniform(0, 0.18) for unit in tables.UNITS}
    lengths = {unit: (1 - starts[unit]) * chance.uniform(0.72, 1.0) for unit in tables.UNITS}
    units = np.zeros((frames, len(names)))
    for index, name in enumerate(names):
        unit = name.rstrip("LR")
        begin = starts[unit] + (chance.uniform(0, 0.03) if name in tables.SIDED and name != unit else 0.0)
        share = np.clip((time - begin) / (lengths[unit] - begin + starts[unit]), 0, 1)
        units[:, index] = top[index] * share * share * (3 - 2 * share)
    units[-1] = top
    ease = (time * time * (3 - 2 * time))[:, None]
    gaze = chance.normal(0, [1.5, 1.0]) + ease * chance.normal(0, [1.0, 0.7])
    turns = ease * chance.normal(0, [1.2, 0.9, 0.7])
    return Motion(units=units, gaze=gaze, turns=turns, intensity=strength)
