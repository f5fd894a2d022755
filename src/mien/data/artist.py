"""The frames of a clip: a person's face moved, lit and drawn, frame by frame."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from mien.data import acting, crops, drawing, looks, shading
from mien.face import light, wrinkles
from mien.face.model import GAZE_SHAPE_DEGREES, PIVOT, load_model, rotation_of
from mien.face.raster import rasterise
from mien.face.render import RIMS, gaze_coefficients

GRAIN = 16
"""Places, each way, at which the one field of noise of a clip may lie over a frame."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The face model as the compiled passes want it; the same for all people."""

    skin: np.ndarray  # (m, 3) triangles
    inner: np.ndarray  # (k, 3) triangles
    kinds: np.ndarray  # (k,)
    uv: np.ndarray
    balls: np.ndarray  # (n, 3) directions from the eyeballs' centres
    within: np.ndarray  # (s,) depth of skin within the mask, below 0 outside
    normals: np.ndarray  # (s, 3) of the template
    furrows: np.ndarray  # (11, 192, 192)
    across: np.ndarray  # (192,) how much a column belongs to the left
    rims: dict[str, tuple[np.ndarray, np.ndarray]]
    chin: tuple[np.ndarray, ...]  # vertices (c,), those around (a,), of which they take the mean (c, a)


@cache
def stage() -> Stage:
    """The stage of this installation's face model, set up once."""
    model = load_model()
    kinds = ("eyeball_left", "eyeball_right", "upper_teeth", "lower_teeth", "tongue", "cavity")
    skin = model.triangles[model.parts["skin"][1]]
    spans = [model.triangles[model.parts[name][1]] for name in kinds]
    balls = np.zeros_like(model.template)
    for name in kinds[:2]:
        part = model.parts[name][0]
        balls[part] = (model.template[part] - _centre(model.template[part])) / 1.49
    uv = model.uv.astype(np.float32)
    maps = [
        cv2.resize(stored.astype(np.float32), (192, 192), interpolation=cv2.INTER_AREA)
        for stored in model.extras["wrinkles"]
    ]
    side = np.linspace(0, 1, 192)
    count = model.parts["skin"][0].stop
    return Stage(
        skin=np.ascontiguousarray(skin),
        inner=np.concatenate(spans),
        kinds=np.concatenate([np.full(len(span), kind) for kind, span in enumerate(spans)]),
        uv=uv,
        balls=balls,
        within=crops.within(uv[:count]),
        normals=light.normals(np.ascontiguousarray(model.template[:count]), skin),
        furrows=np.array(maps) * np.float32(wrinkles.FULL / 127),
        across=np.clip((side - 0.5) / wrinkles.MIDLINE_BLEND + 0.5, 0, 1).astype(np.float32),
        chin=_chin(model.template[:count]),
        rims={name: _rim(model, model.extras[rim]) for name, rim in RIMS.items()},
    )


def _chin(skin):
    """Vertices at the fine crease that the mesh, but no photo, has in mid-chin, and whose mean smooths it."""
    inside = (np.abs(skin[:, 0]) < 1.4) & (skin[:, 1] < -3.95) & (skin[:, 2] > 8)
    chin = np.flatnonzero(inside)
    apart = ((skin[chin, None] - skin[None]) ** 2).sum(-1)
    weights = np.exp(-apart / (2 * 0.35**2)) * (apart < 1) * (skin[:, 1] < -3.6)
    hold = np.clip((1.4 - np.abs(skin[chin, 0])) / 0.5, 0, 1)[:, None]
    mean = hold * weights / weights.sum(1, keepdims=True)
    mean[np.arange(len(chin)), chin] += 1 - hold[:, 0]
    around = np.flatnonzero(mean.any(0))
    return chin, around, np.ascontiguousarray(mean[:, around], np.float32)


def _centre(ball):
    """Centre of an eyeball from its vertices, the first of which is the middle of its front."""
    return ball[0] - np.array([0, 0, 1.49], np.float32)


def _rim(model, rim):
    """A rim that starts at the corner on the image's left and goes over the upper edge, and its corners."""
    places = model.template[rim]
    start = int(places[:, 0].argmin())
    rim = np.roll(rim, -start)
    if model.template[rim[3], 1] < model.template[rim[-3], 1]:
        rim = np.roll(rim[::-1], 1)
    return np.ascontiguousarray(rim), np.array([0, int(model.template[rim, 0].argmax())])


class Artist:
    """Draws the frames of one clip.

    person, take: who is drawn and in which light; units: (t, k); gaze: (t, 2) and angles: (t, 3), turns of
    the eyes and the head, degrees; scale: pixels per centimetre; offset: (2,) pixels of the
    head's pivot; chance: draws the grain.
    """

    def __init__(self, person, take, units, gaze, angles, side, scale, offset, chance, background):
        self.model, self.stage, self.person, self.take = load_model(), stage(), person, take
        self.units, self.gaze, self.angles = units, gaze, angles
        self.side, self.scale, self.offset = side, scale, offset
        self.samples = 2 if side >= 64 else 3
        self.shifts, self.weights = self._moves()
        self.left, self.right = _columns(self.model, acting.unit_names(self.model))
        self.texture = sized(person.look.texture, side)
        self.chance = chance
        self.grain = chance.standard_normal((side + GRAIN, side + GRAIN, 3), np.float32) * take.noise
        self.backdrop = take.backdrop * 255 if background == "plain" else np.zeros(3)

    def _moves(self):
        """Displacements (k, n, 3) of the units and lids that move in the clip, and their weights (t, k)."""
        looking = _lids(self.model, self.gaze)
        every = looking + self.units @ np.eye(len(self.units[0]), len(looking[0]))
        used = np.flatnonzero(every.any(0))
        room = 1 - self.person.rest
        return np.ascontiguousarray(self.model.units[used], np.float32), every[:, used] * room[used]

    def frame(self, number):
        """One frame (h, w, 3) uint8 and its landmarks (68, 2) float32."""
        stage, n, side = self.stage, self.samples, self.side
        vertices = drawing.moved(self.person.base, self.shifts, self.weights[number])
        rotation = rotation_of(*self.angles[number])
        points, depth, turned = drawing.placed(vertices, PIVOT, rotation, self.scale, self.offset)
        landmarks = (points[self.model.landmarks] + 0.5) / side * 2 - 1
        fine = (points + np.float32(0.5)) * np.float32(n) - np.float32(0.5)
        index, weights = rasterise(fine, depth, stage.skin, side * n, side * n)
        drawing.fill_openings(
            index, weights, fine, depth, stage.inner, stage.kinds, stage.uv, looks.rows()[2], len(stage.skin)
        )
        units = self.units[number].astype(np.float32)
        furrows = shading.furrowed(stage.furrows, units[self.left], units[self.right], stage.across)
        frame = drawing.coloured(
            index, weights, n, stage.skin, stage.inner, self._skin(turned), self.texture, furrows,
            self._eyes(vertices, rotation, self.gaze[number]), self._mouth(vertices, depth),
        )  # fmt: skip
        return self._developed(frame), landmarks.astype(np.float32)

    def _skin(self, turned):
        """UV, brightness, gloss, and depth within the mask of the skin's vertices, (s, 5)."""
        normal = light.normals(turned[: len(self.stage.within)], self.stage.skin)
        chin, around, mean = self.stage.chin
        normal[chin] = mean @ normal[around]
        half = self.take.lamp + [0, 0, 1]
        shade = shading.lit(normal, self.take.light, half / np.linalg.norm(half), self.take.gloss)
        return np.column_stack([self.stage.uv[: len(normal)], shade, self.stage.within])

    def _eyes(self, vertices, rotation, gaze):
        """What `drawing.coloured` takes of the eyes."""
        stage, look = self.stage, self.person.look
        left, right = (drawing.rims(vertices, *stage.rims[name]) for name in ("left", "right"))
        half = rotation.T @ (self.take.lamp + [0, 0, 1.0])
        direct = rotation.T @ self.take.light[1:4]
        turn = rotation_of(gaze[0], gaze[1], 0.0).T
        axes = np.broadcast_to(turn, (2, 3, 3)).astype(np.float32)
        shade = np.array([0.82, *(0.55 * direct)], np.float32)
        spot = 0.45 * half / np.linalg.norm(half) + 0.55 * turn[2]  # the cornea is steeper than the ball
        glint = np.array([*(spot / np.linalg.norm(spot)), self.take.glint], np.float32)
        spans, edges = np.array([left[0], right[0]]), np.array([left[1], right[1]])
        return stage.kinds, stage.balls, vertices, axes, spans, edges, look.iris, shade, glint, look.lashes

    def _mouth(self, vertices, depth):
        """What `drawing.coloured` takes of the mouth."""
        look, teeth = self.person.look, self.model.parts["upper_teeth"][0]
        span, edges = drawing.rims(vertices, *self.stage.rims["mouth"])
        return depth, self.stage.uv, float(depth[teeth].max()), span, edges, look.teeth, look.soft

    def _developed(self, frame):
        """The frame as the camera gives it, (h, w, 3) uint8."""
        take, blur = self.take, self.take.blur * self.side
        soft = cv2.GaussianBlur(frame, (0, 0), blur) if blur > 0.25 else frame
        x, y = self.chance.integers(0, GRAIN, 2)
        grain = self.grain[y : y + self.side, x : x + self.side]
        return shading.developed(
            soft, frame, take.gain.astype(np.float32), np.float32(take.contrast), grain, self.backdrop
        )


def _lids(model, gaze):
    """Coefficients (t, u) of the lid shapes that follow a gaze (t, 2), as `gaze_coefficients` gives one's."""
    full = [gaze_coefficients(model, way) for way in np.eye(2) * GAZE_SHAPE_DEGREES]
    back = [gaze_coefficients(model, way) for way in np.eye(2) * -GAZE_SHAPE_DEGREES]
    parts = np.clip(np.concatenate([gaze, -gaze], 1) / GAZE_SHAPE_DEGREES, 0, 1.2)
    return parts @ np.array([*full, *back])


def sized(texture, side):
    """The skin texture at what a crop of this side can show: never much finer, so that nothing glitters."""
    wanted = min(looks.SIDE, 2 * side)
    texture = cv2.GaussianBlur(texture, (0, 0), 0.3 * looks.SIDE / wanted)
    return (
        cv2.resize(texture, (wanted, wanted), interpolation=cv2.INTER_AREA)
        if wanted < looks.SIDE
        else texture
    )


def _columns(model, names):
    """Unit numbers (11,) of the left and of the right side of each furrow map."""
    at = {name: i for i, name in enumerate(names)}
    return [np.array([at.get(unit + side, at.get(unit)) for unit in model.wrinkle_names]) for side in "LR"]
