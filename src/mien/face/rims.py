"""Rims of the upper lids: where they lie in a picture, and which part of the face model is round them."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from mien.face.model import CAMERA_DISTANCE, FaceModel

ABOUT = (0.18, 0.5, 0.3, 1.2)
"""What is read: beyond the inner and outer corner in eye lengths, below and above the rim in cm."""
FRONT = 0.4
"""Centimetres by which the lower lid counts as nearer: closing lids do not pass each other (ours)."""
NEAR = 4.5
"""Centimetres round an eye that may hide it: the nose's bridge too (ours)."""
SAMPLES = 96
"""Places along an eye at which its seam is known."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where an upper lid's rim lies in a picture: along it from the inner to the outer corner, and above."""

    corner: np.ndarray  # (2,) pixels
    along: np.ndarray  # (2,) unit vector from the inner to the outer corner
    up: np.ndarray  # (2,) unit vector
    length: float  # pixels
    centimetre: float  # pixels
    deep: float  # by how much one corner is nearer than the other, pixels
    rim: np.ndarray  # (SAMPLES,) float32, height over the line of the corners, pixels
    below: np.ndarray  # (SAMPLES,) float32, the same of the lower lid

    @classmethod
    def of(cls, points, under, deep, centimetre, side):
        """The frame of points (k, 2) of a rim and of the lid under it, inner corner first."""
        corner, across = points[0], points[-1] - points[0]
        length = max(float(np.hypot(*across)), 1.0)
        along = across / length
        up = np.array([along[1], -along[0]]) * (1 if side == "left" else -1)
        rim, below = (_bowed(p @ along / length, p @ up) for p in (points - corner, under - corner))
        rim = np.maximum(rim, below)  # lids that meet do not pass each other
        axes = {"corner": corner, "along": along, "up": up}
        rims = {"rim": rim, "below": below}
        return cls(**axes, **rims, length=length, deep=deep, centimetre=float(centimetre))

    @property
    def seen(self) -> float:
        """Length in the picture over that in space, 0..1: little is seen of an eye that turns away."""
        return self.length / float(np.hypot(self.length, self.deep))

    def numbers(self):
        """Corner, axes, length and centimetre as one row (8,) float32."""
        return np.array([*self.corner, *self.along, *self.up, self.length, self.centimetre], np.float32)

    def inside(self, x, y):
        """Of pixels: place along a rim in eye lengths, height above it, and above the eye's middle, in cm."""
        dx, dy = x - self.corner[0], y - self.corner[1]
        along = (dx * self.along[0] + dy * self.along[1]) / self.length
        over = dx * self.up[0] + dy * self.up[1]
        at = np.linspace(0, 1, SAMPLES)
        rims = (np.interp(along, at, rim) for rim in (self.rim, 0.5 * (self.rim + self.below)))
        return [along.astype(np.float32), *(((over - r) / self.centimetre).astype(np.float32) for r in rims)]

    def box(self, shape):
        """Rows and columns of a picture that a lid in this frame can touch."""
        before, after, _, above = ABOUT
        low, high = (
            float(self.rim.min()) - 1.2 * self.centimetre,
            float(self.rim.max()) + above * self.centimetre,
        )
        ends = -before * self.length, (1 + after) * self.length
        box = []
        axes = np.stack([self.corner, self.along, self.up], 1)[::-1].tolist()  # y before x
        for size, (corner, along, up) in zip(shape[:2], axes, strict=True):
            places = [corner + u * along + v * up for u in ends for v in (low, high)]
            first = min(max(int(min(places)), 0), size - 4)
            box.append(slice(first, min(max(int(max(places)) + 2, first + 4), size)))
        return tuple(box)


@njit(cache=True, nogil=True)
def _bowed(place, height):
    """A smooth rim (SAMPLES,) float32, x (1 - x) (a + b x) nearest to places 0..1 and heights."""
    bow = place * (1 - place)
    one, two, three = (bow * bow).sum(), (bow * bow * place).sum(), (bow * bow * place * place).sum()
    p, q = (bow * height).sum(), (bow * place * height).sum()
    whole = max(one * three - two * two, 1e-9)
    x = np.linspace(0, 1, SAMPLES)
    return (x * (1 - x) * ((p * three - q * two) + (q * one - p * two) * x) / whole).astype(np.float32)


def frame_of(scene, look, side) -> Frame:
    """The frame of an upper lid in a look."""
    chain, under = topology(scene.model, side)[:2]
    points = look.points.astype(np.float64)
    deep = scene.scale * float(look.depth[chain[0]] - look.depth[chain[-1]])
    return Frame.of(points[chain], points[under], deep, scene.scale, side)


def drop(scene, look, side) -> float:
    """How far the rim of the upper lid lies below its fold, centimetres, whatever the pose."""
    vertices, share = topology(scene.model, side)[2]
    depth = look.depth[vertices].astype(np.float64)
    place = (look.points[vertices] + 0.5) / scene.zoom - 0.5 + scene.box[:2] - look.pose.offset
    place *= ((CAMERA_DISTANCE - depth) / (CAMERA_DISTANCE * look.pose.scale))[:, None]
    rotation = look.pose.rotation
    return float(
        share @ (rotation[0, 1] * place[:, 0] - rotation[1, 1] * place[:, 1] + rotation[2, 1] * depth)
    )


_known: dict = {}


def topology(model: FaceModel, side):
    """What of the model is round an eye, found once.

    Returns:
        Vertices of the upper rim and of the lower, inner corner first; vertices whose heights, weighted, give
        the drop, and the weights; triangles near the eye, the model's vertices that these count from 0, and
        by how much each of them is drawn nearer than it is.
    """
    if (model.sha256, side) not in _known:
        _known[model.sha256, side] = _found(model, side)
    return _known[model.sha256, side]


def _found(model, side):
    skin = model.triangles[model.parts["skin"][1]]
    hole = model.extras[f"eye_rim_{side}"]
    touching = skin[np.isin(skin, hole).any(1)]
    ring = np.setdiff1d(touching, hole)
    travel = model.units[model.unit_names.index("AU43L" if side == "left" else "AU43R"), :, 1]
    first = 42 if side == "left" else 36
    inner, outer = (model.landmarks[first + k] for k in ((0, 3) if side == "left" else (3, 0)))
    x = np.abs(model.template[:, 0])
    upper = [v for v in ring if travel[v] < -0.04 and x[inner] < x[v] < x[outer]]
    chain = np.array([inner, *sorted(upper, key=lambda v: x[v]), outer])
    lower = np.array(
        sorted((v for v in ring if travel[v] >= -0.04 and x[inner] < x[v] < x[outer]), key=lambda v: x[v])
    )
    rim = chain[travel[chain] < 0.7 * travel.min()]
    centre = model.template[hole].mean(0)
    away = np.linalg.norm(model.template - centre, axis=1)
    middle = np.abs(x - x[rim].mean()) < 0.5
    over = model.template[:, 1] - model.template[rim, 1].mean()
    skin_part = np.arange(len(x)) < model.parts["skin"][0].stop
    side_of = np.sign(model.template[:, 0]) == np.sign(centre[0])
    fold = np.flatnonzero(skin_part & side_of & middle & (over > 0.35) & (over < 0.6))
    near, triangles = np.unique(skin[(away[skin] < NEAR).all(1)], return_inverse=True)
    front = np.float32(FRONT) * ((travel[near] > -0.03) & ~np.isin(near, hole))
    triangles = np.ascontiguousarray(triangles.reshape(-1, 3), np.int32)
    fall = np.r_[fold, rim], np.r_[np.full(len(fold), 1 / len(fold)), np.full(len(rim), -1 / len(rim))]
    return chain, lower, fall, triangles, near, front.astype(np.float32)
