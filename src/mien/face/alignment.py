"""A picture of a known person beside what the known photo would show, and the step from one to the other."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mien.face import fit, motion
from mien.face.model import GAZE_SHAPES, Pose
from mien.face.render import Scene
from mien.face.view import gray

NOISE = (2.0, 0.5, 8.0)
"""Gray levels of a pixel that the model leaves unexplained, as if pixels were independent: in what is found,
at the least, and at the most. A picture that mien drew itself is explained to a level, another photo of the
person is not; with more allowed, landmarks that miss a mouth cannot be overruled (ours)."""
MARKS = 0.03
"""Spread of a landmark that is seen, in eye distances; of the jaw four times that (ours)."""
OUTLIER = 40.0
"""Gray levels from which a pixel counts less: what is not the face's own motion (ours)."""
GAZE_SPREAD = 15.0
"""Prior spread of the turn of the eyes, degrees (ours)."""
LIGHT_SPREAD = (0.3, 30.0)
"""Prior spread of the light's gain, and of the gray levels it adds (ours)."""
FIXED = 10
"""Numbers before the units: three turns, size, place (2), gaze (2), light (2)."""
Level = tuple[float, int]
"""Softening of both pictures, and pixels from one that is compared to the next."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What the picture is taken to show."""

    pose: Pose
    gaze: np.ndarray  # (2,) degrees from the known photo's
    light: np.ndarray  # (2,) gain over one, gray levels added
    units: np.ndarray  # (u,)

    @classmethod
    def of(cls, found: fit.Fit, pose: Pose) -> "State":
        """What a fit of landmarks says, in a pose that is that of the fit as the scene's picture has it."""
        return cls(pose=pose, gaze=np.zeros(2), light=np.zeros(2), units=np.clip(found.units, 0, None))

    def moved(self, change: np.ndarray, free: np.ndarray) -> "State":
        """The state after a change of pose, gaze, light and free units."""
        turn, size, place, gaze, light, units = np.split(change, [3, 4, 6, 8, 10])
        pose = Pose(
            rotation=fit.turn(turn) @ self.pose.rotation,
            scale=self.pose.scale * float(np.exp(size[0])),
            offset=self.pose.offset + place,
        )
        moved = self.units.copy()
        moved[free] += units
        return State(pose=pose, gaze=self.gaze + gaze, light=self.light + light, units=moved)

    def numbers(self, free: np.ndarray) -> np.ndarray:
        """Every number that has a prior, (k,), and zeros for the pose, which has none."""
        return np.r_[np.zeros(fit.POSE), self.gaze, self.light, self.units[free]]


@dataclass(frozen=True, kw_only=True)
class Linear:
    """The difference of two pictures, linear in a change of the state, at one softness."""

    level: Level
    weight: np.ndarray  # (pixels,) how much each counts
    noise: float
    normal: np.ndarray  # (k, k) of the pixels alone, not divided by their noise
    gradient: np.ndarray  # (k,) likewise
    marks: (
        tuple[np.ndarray, np.ndarray, np.ndarray] | None
    )  # of the landmarks: weight (136,), normal, gradient
    cost: float


class Alignment:
    """What a prepared photo shows in a state, against a picture that is seen in its place.

    Who aligns sets what is `seen` (h, w) gray, and the prior: its `precision` (k, k), and what it `expects`
    (k,). `marks` are the landmarks (68, 2) of what is seen, where they are to be met as well.
    """

    def __init__(self, scene: Scene, noise: tuple[float, float, float] = NOISE) -> None:
        self.scene, self.noise = scene, noise
        model, known = scene.model, scene.fit
        self.free = np.array([name not in GAZE_SHAPES for name in model.unit_names])
        self.most = (np.maximum(fit.scales(model, known), 1) + fit.resting(model, known))[self.free]
        self.units = motion.units_of(scene)
        self.seen = gray(scene.original)
        self.marks: np.ndarray | None = None
        self.state = State.of(known, known.pose)
        self.shown = self.seen
        self.expects = self.state.numbers(self.free)
        self.precision = np.diag(prior(np.full(int(self.free.sum()), fit.UNIT_SPREAD**-2.0)))
        self._inside: dict[int, np.ndarray] = {}

    def take(self, state: State) -> None:
        """Take the picture to show a state."""
        self.state, self.shown = state, self.draw(state)

    def draw(self, state: State) -> np.ndarray:
        """What a state looks like, gray (h, w) float32."""
        shown = gray(self.scene.draw(state.units, tuple(state.gaze), state.pose))
        return shown * np.float32(1 + state.light[0]) + np.float32(state.light[1])

    def miss(self, shown: np.ndarray, level: Level) -> np.ndarray:
        """What is seen beyond what is shown, softened, at the pixels that count, (pixels,)."""
        return self.pick(cv2.GaussianBlur(self.seen - shown, (0, 0), level[0]), level[1])

    def pick(self, values: np.ndarray, step: int) -> np.ndarray:
        """Of a picture (h, w) the pixels that count, (pixels,)."""
        if step not in self._inside:
            self._inside[step] = motion.inside(self.scene, step)
        return values[::step, ::step][self._inside[step]]

    def cost(self, state: State, miss: np.ndarray, linear: Linear) -> float:
        """How far a state is from what is seen and from what is expected."""
        pixels = (linear.weight * (miss / linear.noise) ** 2).sum()
        away = state.numbers(self.free) - self.expects
        if linear.marks is not None:
            pixels += linear.marks[0] @ self._marks_miss(state) ** 2
        return float(pixels + away @ self.precision @ away)

    def linear(self, level: Level) -> Linear:
        """The difference round the present state."""
        miss = self.miss(self.shown, level)
        factor, least, most = self.noise
        noise = float(np.clip(factor * np.sqrt((miss**2).mean()), least, most))
        weight = 1 / (1 + (miss / OUTLIER) ** 2)
        jacobian, moves = self._jacobian(level)
        weighted = jacobian * weight[:, None]
        sums = {"normal": weighted.T @ jacobian, "gradient": weighted.T @ miss}
        sums = {name: value.astype(np.float64) for name, value in sums.items()}
        marks = None if self.marks is None else self._met(moves[self.scene.model.landmarks])
        linear = Linear(level=level, weight=weight, noise=noise, marks=marks, cost=0.0, **sums)
        return replace(linear, cost=self.cost(self.state, miss, linear))

    def solve(self, linear: Linear, damping: float) -> np.ndarray:
        """The change (k,) that the linear picture asks for, units kept within their bounds."""
        away = self.state.numbers(self.free) - self.expects
        normal = linear.normal / linear.noise**2 + self.precision
        gradient = linear.gradient / linear.noise**2 - self.precision @ away
        if linear.marks is not None:
            normal, gradient = normal + linear.marks[1], gradient + linear.marks[2]
        coefficients = np.r_[np.zeros(FIXED - fit.POSE), self.state.units[self.free]]
        damped = normal + damping * np.diag(normal.diagonal())
        return fit.bounded(damped, gradient, coefficients, FIXED - fit.POSE, self.most)

    def _jacobian(self, level):
        """How each number changes each pixel, (pixels, k), and how it moves each vertex.

        A pixel changes by the motion along the mean of both pictures' slopes. The mean makes the step right
        to second order (Benhimane & Malis 2004).
        """
        middle, step = cv2.GaussianBlur((self.shown + self.seen) / 2, (0, 0), level[0]), level[1]
        across, down = (
            self.pick(cv2.Sobel(middle, cv2.CV_32F, *axes, scale=1 / 8), step) for axes in ((1, 0), (0, 1))
        )
        state, scene = self.state, self.scene
        look = scene.look(state.units, state.gaze, state.pose)
        turned = [
            scene.in_crop(state.pose.project(scene.vertices(state.units, state.gaze + turn))[0])
            for turn in motion.GAZE_STEP * np.eye(2)
        ]
        index, weights = (part[self._inside[step]] for part in motion.surface(scene, look, step))
        moves = motion.of_vertices(scene, look, turned, self.units)
        slopes = motion.slopes(index, weights, scene.model.triangles, moves, across, down)
        plain = (self.shown - state.light[1]) / (1 + state.light[0])
        light = np.stack([self.pick(plain, step), np.ones(len(slopes))], 1, dtype=np.float32)
        return np.concatenate([slopes[:, :8], light, slopes[:, 8:]], 1), moves

    def _marks_miss(self, state):
        """How far the landmarks of what is seen lie from those of a state, (136,) pixels."""
        return (self.marks - self.scene.landmarks(state.units, state.gaze, state.pose)).ravel()

    def _met(self, moves):
        """What meeting the landmarks adds, given how each number moves them, (68, k, 2) without light."""
        spread = np.full(68, MARKS * self.scene.eye_distance / self.scene.zoom)
        spread[:17] *= 4
        miss, each = self._marks_miss(self.state), spread.repeat(2)
        weight = 1 / (1 + (miss / (3 * each)) ** 2) / each**2
        rows = np.moveaxis(moves, 1, 2).reshape(len(miss), -1).astype(np.float64)
        rows = np.insert(rows, [8, 8], 0, axis=1)
        weighted = rows * weight[:, None]
        return weight, weighted.T @ rows, weighted.T @ miss


def prior(units: np.ndarray) -> np.ndarray:
    """Precision (k,) of every number before anything is seen, given that of the free units (free,)."""
    known = np.array([GAZE_SPREAD, GAZE_SPREAD, *LIGHT_SPREAD]) ** -2.0
    return np.r_[np.zeros(fit.POSE), known, units]
