"""Faces for the engine's tests: two that come with other packages, ten of the London set if it is there."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from samples import astronaut, grace

from mien.face import analysis, measure
from mien.face.portrait import Portrait
from mien.media import pictures

LONDON = Path(__file__).resolve().parents[2] / "shared/data/london"
TEN = ("001", "005", "006", "024", "025", "042", "061", "070", "136", "172")
"""Men and women of 21 to 54, dark and light, bearded and shaven, hair up, short and none."""
SIDES = {"L": "R", "R": "L"}
needs_london = pytest.mark.skipif(
    not LONDON.is_dir(),
    reason="needs the photos of the Face Research Lab London Set (CC BY 4.0) in ../shared/data/london",
)


def london(*ids: str, kind: str = "neutral") -> list:
    """Test parameters for London photos, skipped where the folder is absent."""
    return [pytest.param(f"{kind}/{number}", marks=needs_london) for number in ids]


def photo(name: str) -> np.ndarray:
    """(h, w, 3) uint8: grace, astronaut, neutral/001, smiling/001 ..."""
    inside = {"grace": grace, "astronaut": astronaut}
    return inside[name]() if name in inside else pictures.read(LONDON / f"{name}.jpg").pixels


def opened(pixels: np.ndarray) -> Portrait:
    """A portrait of the photo's face."""
    return Portrait.of(pictures.from_array(pixels), analysis.choose(analysis.find(pixels)))


@cache
def person(name: str) -> Portrait:
    """The portrait of a test face, opened once."""
    return opened(photo(name))


def reading(name: str, pixels: np.ndarray) -> measure.Measurement:
    """A measurement of a changed picture of a test face, on the scale of its photo."""
    start = person(name)
    return measure.measure(pixels, analysis.at_box(pixels, start.face.box), known=start.scene)


@cache
def measured(name: str, expression: str) -> measure.Measurement:
    """A test face shown with an expression and measured."""
    return reading(name, person(name).show(expression).pixels)


def changed(name: str, pixels: np.ndarray) -> np.ndarray:
    """(h, w) bool: where a picture differs from the photo of a test face."""
    return (pixels != person(name).picture.pixels).any(-1)
