"""The folds of the face model: lines drawn by us, and for AU12 the shading that real smiles gave as well."""

from dataclasses import dataclass

import cv2
import numpy as np
from face_shading import SIDE, Layout

from mien.face.model import FaceModel

FULL = 0.45
"""Log shading that the value 127 of a map stands for."""
TAPER = 0.35
"""Share of a line over which each end fades."""
Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Lines of one kind: template (x, y) points in centimetres, mirrored to the other side."""

    points: tuple[Line, ...]
    width: float = 0.13  # centimetres
    depth: float = 0.16  # log shading in the furrow


DRAWN = {
    "AU1": [
        Lines(
            points=(
                ((-1.2, 7.35), (1.2, 7.25), (2.6, 7.5)),
                ((-1.3, 8.15), (1.3, 8.0), (2.9, 8.25)),
                ((-1.4, 8.95), (1.4, 8.8), (2.9, 9.0)),
            ),
            depth=0.13,
        )
    ],
    "AU2": [
        Lines(
            points=(((1.9, 7.5), (3.4, 7.75), (5.2, 7.2)), ((2.0, 8.3), (3.6, 8.5), (5.4, 7.9))), depth=0.10
        )
    ],
    "AU4": [
        Lines(
            points=(((0.66, 6.2), (0.72, 5.6), (0.55, 4.9)), ((0.1, 4.55), (0.5, 4.5), (0.8, 4.6))),
            width=0.16,
            depth=0.12,
        )
    ],
    "AU6": [
        Lines(
            points=(
                ((4.85, 3.65), (5.5, 3.95)),
                ((4.9, 3.35), (5.7, 3.35)),
                ((4.8, 3.0), (5.5, 2.7)),
                ((2.2, 2.6), (3.2, 2.3), (4.4, 2.55)),
            ),
            width=0.09,
            depth=0.13,
        )
    ],
    "AU9": [
        Lines(
            points=(((0.25, 3.6), (0.7, 3.25), (1.15, 3.35)), ((0.3, 3.0), (0.75, 2.7), (1.25, 2.85))),
            width=0.1,
        ),
        Lines(points=(((1.55, 1.0), (1.95, 0.3), (2.25, -0.6)),), width=0.17, depth=0.2),
    ],
    "AU10": [Lines(points=(((1.6, 0.6), (2.1, -0.4), (2.6, -1.7)),), width=0.18, depth=0.22)],
    "AU12": [Lines(points=(((1.75, 0.2), (2.35, -0.9), (3.0, -2.3), (3.2, -3.2)),), width=0.17, depth=0.10)],
    "AU14": [Lines(points=(((3.05, -2.9), (3.2, -3.5), (3.05, -4.0)),), width=0.14, depth=0.2)],
    "AU15": [Lines(points=(((2.75, -3.9), (2.95, -4.6), (2.8, -5.3)),), width=0.16, depth=0.18)],
    "AU17": [Lines(points=(((-0.8, -5.25), (0.8, -5.3), (1.6, -5.6)),), width=0.2, depth=0.2)],
    "AU20": [Lines(points=(((3.2, -2.6), (3.5, -3.5), (3.3, -4.4)),), width=0.16, depth=0.12)],
}


def wrinkle_maps(model: FaceModel, smile) -> tuple[list[str], np.ndarray]:
    """Names, and log shading maps (u, side, side) int8 of units at full strength.

    smile: (side, side) log shading that real smiles add at full AU12.
    """
    layout = Layout(model, SIDE)
    place = layout.spread(model.template[model.parts["skin"][0]])
    x, y = np.abs(place[..., 0]), place[..., 1]
    maps = {unit: np.sum([_shade(x, y, lines) for lines in drawn], axis=0) for unit, drawn in DRAWN.items()}
    maps["AU4"] += -0.08 * np.exp(-(((x - 0.55) / 0.5) ** 2 + ((y - 5.7) / 0.9) ** 2))
    maps["AU12"] += smile
    inside = cv2.erode((layout.index >= 0).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    inside = cv2.GaussianBlur(inside, (0, 0), 2)
    stack = np.stack([np.clip(shade, -FULL, FULL) * inside for shade in maps.values()])
    return list(maps), np.rint(stack / FULL * 127).astype(np.int8)


def _shade(x, y, lines):
    """Log shading of lines at places x (off the midline), y."""
    drawn = [_furrow(x, y, _steps(points), lines.width) for points in lines.points]
    return lines.depth * np.sum(drawn, axis=0)


def _steps(points):
    """24 places in even steps of the point's number along the straight pieces between points (n, 2)."""
    at = np.linspace(0, len(points) - 1, 24)
    return np.stack([np.interp(at, range(len(points)), along) for along in zip(*points, strict=True)], 1)


def _furrow(x, y, points, width):
    """A wrinkle of depth one along a polyline (n, 2): a dark furrow with a light lip on each side."""
    best, along = np.full(x.shape, 1e9), np.zeros(x.shape)
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    start = 0.0
    for a, b, length in zip(points[:-1], points[1:], lengths, strict=True):
        t = np.clip(((x - a[0]) * (b[0] - a[0]) + (y - a[1]) * (b[1] - a[1])) / length**2, 0, 1)
        off = np.hypot(x - a[0] - t * (b[0] - a[0]), y - a[1] - t * (b[1] - a[1]))
        along = np.where(off < best, (start + t * length) / lengths.sum(), along)
        best = np.minimum(best, off)
        start += length
    ends = np.clip(np.minimum(along, 1 - along) / TAPER, 0, 1)
    lip = 0.45 * np.exp(-0.5 * ((best - 2.3 * width) / (1.1 * width)) ** 2)
    return (lip - np.exp(-0.5 * (best / width) ** 2)) * ends * (3 - 2 * ends) * ends
