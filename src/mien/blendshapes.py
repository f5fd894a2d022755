"""ARKit's 52 blend shapes and the action units: the way there and the way back."""

from collections.abc import Mapping

from mien.checks import in_range, known
from mien.tables import (
    ALL_SHAPES,
    BLENDSHAPES,
    GAZE_SHAPES,
    JAW_DROP,
    JAW_STRETCH,
    LOOK_DEGREES,
    PAIRED,
    split,
)

_LIPS_PART = {"mouthUpperUp": 0.2, "mouthLowerDown": 0.45}
"""What full AU25 adds to the lip shapes: ours, the two numbers that the face model is built with."""


def read(shapes: Mapping[str, float]) -> tuple[dict[str, float], tuple[float, float]]:
    """(units, gaze) of ARKit shapes, name -> 0..1; the names in any case, missing ones are 0."""
    names = {name: known(name, ALL_SHAPES, "ARKit shape") for name in shapes}
    given = {names[name]: in_range(name, value, 0.0, 1.0) for name, value in shapes.items()}
    by_unit: dict[str, list[float]] = {}
    for shape, unit in BLENDSHAPES.items():
        by_unit.setdefault(unit, []).append(given.get(shape, 0.0))
    units = {unit: sum(values) / len(values) for unit, values in by_unit.items()}
    jaw = units["AU26"]
    units |= {"AU26": min(1.0, jaw / JAW_DROP), "AU27": max(0.0, jaw - JAW_DROP) / JAW_STRETCH}
    return units, _gaze(given)


def _gaze(given: Mapping[str, float]) -> tuple[float, float]:
    """Mean of both eyes in degrees; `Out` of the left eye and `In` of the right look to the person's left."""
    up_left, up_right, down_left, down_right, in_left, in_right, out_left, out_right = (
        given.get(shape, 0.0) for shape in GAZE_SHAPES
    )
    yaw = (out_left - in_left + in_right - out_right) / 2
    return yaw * LOOK_DEGREES, (up_left + up_right - down_left - down_right) / 2 * LOOK_DEGREES


def write(units: Mapping[str, float], gaze: tuple[float, float]) -> dict[str, float]:
    """All 52 shapes, 0..1, of units and gaze. A shape that would pass 1 stays at 1, as ARKit's do."""
    sides = split(units)
    shapes = dict.fromkeys(ALL_SHAPES, 0.0)
    for shape, unit in BLENDSHAPES.items():
        left, right = sides.get(unit + "L", 0.0), sides.get(unit + "R", 0.0)
        shapes[shape] = (left + right) / 2 if unit in PAIRED else sides.get(unit, 0.0)
    shapes["jawOpen"] = JAW_DROP * sides.get("AU26", 0.0) + JAW_STRETCH * sides.get("AU27", 0.0)
    for shape, share in _LIPS_PART.items():
        for side in ("Left", "Right"):
            shapes[shape + side] += share * sides.get("AU25", 0.0)
    left, up = (angle / LOOK_DEGREES for angle in gaze)
    looks = (up, up, -up, -up, -left, left, left, -left)  # in the order of GAZE_SHAPES
    shapes |= dict(zip(GAZE_SHAPES, looks, strict=True))
    return {shape: min(1.0, max(0.0, value)) for shape, value in shapes.items()}
