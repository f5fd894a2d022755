"""Draw the photo's face with other units, gaze and head turn: skin first, then eyes and mouth in it."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from mien.face import eyes, glasses, lids, light, mouth, sampling, skin
from mien.face.fit import Fit, interocular
from mien.face.model import GAZE_SHAPE_DEGREES, PIVOT, FaceModel, Pose, rotation_of
from mien.face.raster import interpolate, rasterise

MARGIN = 0.42
"""Border of the worked crop round the face mesh, in mesh heights (ours)."""
SMALL = 90.0
"""Eye distance, pixels, below which a face is enlarged to be drawn, and brought back."""
LARGE = 3 * 6_000_000
"""Bytes of the crop from which it is not kept at double density: memory."""
RIMS = {"left": "eye_rim_left", "right": "eye_rim_right", "mouth": "mouth_rim"}


@dataclass(frozen=True, kw_only=True)
class Look:
    """One state of the face in screen space: vertices as pixels of the crop, their depth and normals."""

    points: np.ndarray  # (n, 2) float32
    depth: np.ndarray  # (n,) float32
    normals: np.ndarray  # (n, 3) float32
    pose: Pose


class Scene:
    """A photo prepared once: its fit, crop, light, eyes and mouth; draws any number of frames.

    least: eye distance, pixels, below which the face is enlarged to be drawn.
    kin: another picture of the same person; what is the person's own is taken from there.
    """

    def __init__(
        self,
        model: FaceModel,
        pixels: np.ndarray,
        landmarks: np.ndarray,
        fit: Fit,
        least: float = SMALL,
        kin: "Scene | None" = None,
    ):
        self.model, self.pixels, self.fit = model, pixels, fit
        self.eye_distance = interocular(landmarks)
        self.correction = kin.correction if kin else unexplained(model, landmarks, fit)
        self.base = model.shape(fit.identity, np.zeros(len(fit.units))) + self.correction
        self._seat_mouth()
        self.glasses = kin.glasses if kin else glasses.worn(pixels, landmarks)
        self.free = (1 - glasses.HOLD * self.glasses * glasses.held(model))[:, None]
        self.rest = self.base + model.displacement(fit.units)
        points, _ = fit.pose.project(self.rest)
        self.box = _crop_box(points[model.parts["skin"][0]], pixels.shape)
        x0, y0, x1, y1 = self.box
        self.original = np.ascontiguousarray(pixels[y0:y1, x0:x1])
        self.zoom = int(np.clip(np.ceil(least / self.eye_distance), 1, 4))
        self.crop = self.original
        if self.zoom > 1:
            size = (self.zoom * (x1 - x0), self.zoom * (y1 - y0))
            self.crop = cv2.resize(self.original, size, interpolation=cv2.INTER_CUBIC)
        self.density = 2 if self.crop.size < LARGE else 1
        self.eye_distance *= self.zoom
        self.scale = fit.pose.scale * self.zoom
        self.skin, self.skin_triangles = model.parts["skin"][0], model.triangles[model.parts["skin"][1]]
        self.source = self.look(fit.units, (0.0, 0.0), fit.pose)
        self.eyes = {side: eyes.Eyeball.of(self, side) for side in ("left", "right")}

    # Only drawing needs these: a photo that is measured alone goes without their time and memory.

    @cached_property
    def dense(self) -> np.ndarray:
        """The crop with `density` samples in a pixel."""
        return sampling.doubled(self.crop) if self.density == 2 else self.crop

    @cached_property
    def lost(self) -> np.ndarray:
        """What enlarging a small face and bringing it back would lose, (h, w, 3) int16."""
        back = cv2.resize(self.crop, self.original.shape[1::-1], interpolation=cv2.INTER_AREA)
        return cv2.subtract(self.original, back, dtype=cv2.CV_16S)

    @cached_property
    def light(self) -> np.ndarray:
        """The light on the face, (9,) coefficients."""
        return self._estimate_light()

    @cached_property
    def surface(self) -> skin.Skin:
        """The skin, prepared."""
        return skin.Skin.of(self)

    @cached_property
    def lids(self) -> dict[str, lids.Lid]:
        """The upper lids, read."""
        return {side: lids.Lid.of(self, side) for side in self.eyes}

    @cached_property
    def mouth(self) -> mouth.Mouth:
        """The mouth, read."""
        return mouth.Mouth.of(self)

    def _seat_mouth(self):
        """Put teeth, tongue and cavity where this person's lips are: they sit at one height behind them."""
        lips = self.model.landmarks[[61, 62, 63, 65, 66, 67]]
        shift = (self.base[lips] - self.model.template[lips]).mean(0)
        for name in ("upper_teeth", "lower_teeth", "tongue", "cavity"):
            part = self.model.parts[name][0]
            self.base[part] = self.model.template[part] + shift

    def look(self, units, gaze, pose, extra=0.0) -> Look:
        """Where everything lies for unit coefficients (u,), a turn of the eyes in degrees, and a pose.

        extra: (n, 3) displacement in centimetres beyond what the units give.
        """
        vertices = self.vertices(units, gaze, extra)
        points, depth = pose.project(vertices)
        turned = ((vertices - PIVOT) @ pose.rotation.T).astype(np.float32)
        shown = np.ascontiguousarray(turned[self.skin])
        return Look(
            points=self.in_crop(points),
            depth=depth.astype(np.float32),
            normals=light.normals(shown, self.skin_triangles),
            pose=pose,
        )

    def vertices(self, units, gaze, extra=0.0) -> np.ndarray:
        """The face (n, 3), centimetres, for what `look` takes, before its pose."""
        model = self.model
        change = units - self.fit.units + gaze_coefficients(model, gaze)
        vertices = self.rest + self.free * model.displacement(change) + extra
        if any(gaze):
            for side in ("left", "right"):
                part = model.parts[f"eyeball_{side}"][0]
                centre = self.eye_centre(part)
                turn = rotation_of(gaze[0], gaze[1], 0.0).T.astype(np.float32)
                vertices[part] = (vertices[part] - centre) @ turn + centre
        return vertices

    def in_crop(self, points) -> np.ndarray:
        """Places (n, 2) in the photo as pixels of the crop, float32."""
        return ((points - self.box[:2] + 0.5) * self.zoom - 0.5).astype(np.float32)

    @cached_property
    def _marks(self) -> np.ndarray:
        return np.ascontiguousarray(self.model.units[:, self.model.landmarks])  # (u, 68, 3)

    def landmarks(self, units, gaze, pose) -> np.ndarray:
        """The 68 landmarks (68, 2) of a state, pixels of the photo's box."""
        at, change = self.model.landmarks, units - self.fit.units + gaze_coefficients(self.model, gaze)
        moved = np.tensordot(change, self._marks, 1)
        return pose.project(self.rest[at] + self.free[at] * moved)[0] - self.box[:2]

    def eye_centre(self, part):
        """Centre of an eyeball, (3,) centimetres, from its front cap."""
        cap = self.base[part]
        return cap[0] - np.array([0, 0, 1.49], np.float32)

    def ball(self, side):
        """Directions (n, 3) of an eyeball's vertices from its centre, gaze straight ahead."""
        part = self.model.parts[f"eyeball_{side}"][0]
        return (self.base[part] - self.eye_centre(part)) / np.float32(1.49)

    def opening(self, look, name):
        """What shows between lids or lips: a box (two slices of the crop) and a mask (h, w) uint8.

        name: left or right (eye), or mouth.
        """
        outline = look.points[self.model.extras[RIMS[name]]]
        size = np.array(self.crop.shape[1::-1])
        low = np.clip(np.floor(outline.min(0)).astype(int) - 4, 0, size - 4)
        high = np.clip(np.ceil(outline.max(0)).astype(int) + 5, low + 4, size)
        box = (slice(low[1], high[1]), slice(low[0], high[0]))
        width, height = int(high[0] - low[0]), int(high[1] - low[1])
        shifted = look.points - low.astype(np.float32)
        index, _ = rasterise(shifted[self.skin], look.depth[self.skin], self.skin_triangles, height, width)
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(
            mask, [np.rint(shifted[self.model.extras[RIMS[name]]] * 16).astype(np.int32)], 1, shift=4
        )
        return self._trimmed(box, mask & (index < 0))

    def _trimmed(self, box, mask):
        """A box and mask cut down to what is set and a border for soft edges."""
        border = 4 + int(0.03 * self.eye_distance)
        x, y, width, height = cv2.boundingRect(mask)
        top, left = max(0, y - border), max(0, x - border)
        rows = slice(top, max(top + 4, min(mask.shape[0], y + height + border)))
        columns = slice(left, max(left + 4, min(mask.shape[1], x + width + border)))
        moved = tuple(
            slice(side.start + part.start, side.start + part.stop)
            for side, part in zip(box, (rows, columns), strict=True)
        )
        return moved, np.ascontiguousarray(mask[rows, columns])

    def layer(self, look, part, values, box, density=1):
        """Spread per-vertex values (n, k) of an inner part over a box: (h, w, k), and where it is drawn.

        density: pixels of the crop per pixel of the result.
        """
        vertices, triangles = self.model.parts[part]
        faces = self.model.triangles[triangles] - vertices.start
        corner = np.array([box[1].start, box[0].start], np.float32)
        points = (look.points[vertices] - corner + np.float32(0.5)) / np.float32(density) - np.float32(0.5)
        size = tuple(-(-(side.stop - side.start) // density) for side in box)
        index, weights = rasterise(points, look.depth[vertices], faces, *size)
        values = np.ascontiguousarray(values, np.float32)
        return interpolate(index, weights, faces, values, np.zeros(values.shape[1], np.float32)), index >= 0

    def _estimate_light(self):
        small = cv2.GaussianBlur(self.crop, (0, 0), max(0.8, 0.03 * self.eye_distance)).astype(np.float32)
        at = np.rint(self.source.points[self.skin]).astype(int)
        inside = ((at >= 0) & (at < [self.crop.shape[1], self.crop.shape[0]])).all(1)
        at = np.clip(at, 0, [self.crop.shape[1] - 1, self.crop.shape[0] - 1])
        colour = (small[at[:, 1], at[:, 0]] / 255) ** 2.2
        facing = np.clip(self.source.normals[:, 2], 0, 1)
        weight = inside * facing * _plain_skin(self.model)
        return light.estimate(colour.mean(1), self.source.normals, weight)

    def draw(self, units, gaze=(0.0, 0.0), pose=None, extra=0.0) -> np.ndarray:
        """The photo's box (h, w, 3) uint8 with the face at these coefficients; no change, its own bytes."""
        picture = self.original.copy()
        self.paint(picture, units, gaze, pose, extra)
        return picture

    def paint(self, picture, units, gaze=(0.0, 0.0), pose=None, extra=0.0):
        """As `draw`, in place on a copy of the photo's box; the rows and columns (two slices) it touched."""
        target = self.look(units, gaze, pose or self.fit.pose, extra)
        if self.zoom == 1:
            return self._paint(picture, target, units)
        crop = self.crop.copy()
        touched = self._paint(crop, target, units)
        small = tuple(slice(side.start // self.zoom, -(-side.stop // self.zoom)) for side in touched)
        large = tuple(slice(side.start * self.zoom, side.stop * self.zoom) for side in small)
        size = small[1].stop - small[1].start, small[0].stop - small[0].start
        new = cv2.resize(crop[large], size, interpolation=cv2.INTER_AREA)
        picture[small] = sampling.restored(self.original[small], self.lost[small], new)
        return small

    def _paint(self, picture, target, units):
        """Skin, eyes and mouth, in place on a copy of the crop; eyes and mouth are made beside the skin."""
        parts = [*self.eyes.values(), self.mouth]
        made = [skin.threads().submit(part.make, self, target) for part in parts]
        warp = self.surface.warp(self, target, units)
        boxes = self.surface.paint(self, picture, warp)
        for part in made:
            part.result().lay(picture, self.dense, self.density)
            boxes.append(part.result().box)
        closing = [
            skin.threads().submit(lid.lay, self, picture, target, warp, part.result())
            for lid, part in zip(self.lids.values(), made, strict=False)
        ]
        boxes.extend(box for lid in closing for box in lid.result())
        sides = zip(*boxes, strict=True)
        return tuple(slice(min(p.start for p in side), max(p.stop for p in side)) for side in list(sides))


def gaze_coefficients(model, gaze):
    """Lid shapes that follow a gaze of (yaw, pitch) degrees."""
    yaw, pitch = np.asarray(gaze) / GAZE_SHAPE_DEGREES
    out = np.zeros(len(model.unit_names))
    for name, value in (("LOOKLEFT", yaw), ("LOOKRIGHT", -yaw), ("LOOKUP", pitch), ("LOOKDOWN", -pitch)):
        out[model.unit_names.index(name)] = min(max(value, 0.0), 1.2)
    return out


def unexplained(model, landmarks, fit):
    """What the bases cannot explain: the landmark residual spread over the mesh, (n, 3) centimetres."""
    miss = (landmarks - fit.landmarks) * [1, -1] / fit.pose.scale
    miss[:17] *= 0.4
    at = model.template[model.landmarks]

    def kernel(points):
        return np.exp(-((points[:, None] - at[None]) ** 2).sum(-1) / (2 * 1.1**2))

    weights = np.linalg.solve(kernel(at) + 0.15 * np.eye(68), np.c_[miss, np.zeros(68)] @ fit.pose.rotation)
    return (kernel(model.template) @ weights).astype(np.float32)


def _crop_box(points, shape):
    low, high = points.min(0), points.max(0)
    border = MARGIN * (high[1] - low[1])
    x0, y0 = np.maximum(np.floor(low - border), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(high + border), [shape[1], shape[0]]).astype(int)
    return int(x0), int(y0), int(x1), int(y1)


def _plain_skin(model):
    """1 for skin vertices away from eyes, brows, lips and nostrils."""
    skin = model.template[model.parts["skin"][0]]
    marks = model.template[model.landmarks[17:]]
    near = np.sqrt(((skin[:, None, :2] - marks[None, :, :2]) ** 2).sum(-1)).min(1)
    return (near > 0.7).astype(np.float64)
