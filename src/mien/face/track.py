"""Units read from pixels: a picture of a known person compared with what the known photo would show."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mien.face import fit, motion
from mien.face.model import GAZE_SHAPES, Pose
from mien.face.render import Scene
from mien.face.view import EYES, View, gray

BLURS = (4.0, 3.0, 2.0, 1.5, 1.0)
"""Softening of both pictures in each round, pixels: wide first, so that large changes are found (ours)."""
STEPS = (4, 4, 2, 2, 2)
"""Pixels between those that are compared. Both are for eyes that are `EYES` apart, smaller for others."""
LIDS = 3
"""Round before which wider eyes are tried."""
WIDER = (0.5, 1.0)
"""Raised lids that are tried (ours)."""
ROUNDS = 12
"""Pictures that are drawn at most, beside the two to start from (ours)."""
DAMPING = (1e-5, 1.0)
"""Least damping, part of the diagonal, and the most at which a step is tried before going on (ours)."""
ENOUGH = 0.004
"""A last step that moves no unit by more than this ends the search."""
NOISE = (0.5, 8.0)
"""Gray levels of a pixel that the model leaves unexplained, least and most, as if pixels were independent.

Within them it is twice what is found: a picture that mien drew itself is explained to a level, another
photo of the person is not. With more allowed, landmarks that miss a mouth cannot be overruled (ours)."""
PHOTO_NOISE = 22.0
"""The same for another photo of the person: of it a measurement says what it does not know (ours)."""
OUTLIER = 40.0
"""Gray levels from which a pixel counts less: what is not the face's own motion (ours)."""
GAZE_SPREAD = 15.0
"""Prior spread of the turn of the eyes, degrees (ours)."""
LIGHT_SPREAD = (0.3, 30.0)
"""Prior spread of the light's gain, and of the gray levels it adds (ours)."""
FIXED = 10
"""Numbers before the units: three turns, size, place (2), gaze (2), light (2)."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a picture of a known person shows."""

    fit: fit.Fit
    """Units with their posterior standard deviations, and pose."""
    gaze: np.ndarray
    """(2,) turn of the eyes from the known photo's, yaw and pitch, degrees."""
    gaze_spread: float
    """Its standard deviation, degrees."""


def refine(scene: Scene, pixels: np.ndarray, landmarks: np.ndarray) -> Reading:
    """Explain a picture of a known person by drawing it (direct alignment, Lucas & Kanade 1981).

    The landmarks say where to start, with the head moved as they tell or held still, whichever looks more
    like the picture; they are the prior of the units, too.

    Args:
        scene: the known photo of the person, prepared.
        pixels: (h, w, 3) uint8, another picture in the same frame.
        landmarks: (68, 2) of that picture, pixels.
    """
    view = View.of(scene)
    fits = [fit.fit(scene.model, landmarks, scene.fit, still=still) for still in (False, True)]
    search = _Search(view, view.seen(pixels), fits)
    state = search.run()
    left_open, found, free = search.covariance(), search.found, search.free
    covariance = found.covariance.copy()
    covariance[np.ix_(free, free)] = left_open[FIXED:, FIXED:]
    pose = view.pose_in_photo(state.pose)
    explained = replace(found, units=state.units, covariance=covariance, pose=pose)
    return Reading(fit=explained, gaze=state.gaze, gaze_spread=float(left_open.diagonal()[6:8].max() ** 0.5))


@dataclass(frozen=True, kw_only=True)
class _State:
    """What the picture is taken to show."""

    pose: Pose
    gaze: np.ndarray  # (2,) degrees from the known photo's
    light: np.ndarray  # (2,) gain over one, gray levels added
    units: np.ndarray  # (u,)

    def moved(self, change, free) -> "_State":
        """The state after a change of pose, gaze, light and free units."""
        turn, size, place, gaze, light, units = np.split(change, [3, 4, 6, 8, 10])
        pose = Pose(
            rotation=fit.turn(turn) @ self.pose.rotation,
            scale=self.pose.scale * float(np.exp(size[0])),
            offset=self.pose.offset + place,
        )
        moved = self.units.copy()
        moved[free] += units
        return _State(pose=pose, gaze=self.gaze + gaze, light=self.light + light, units=moved)


@dataclass(frozen=True, kw_only=True)
class _Linear:
    """The difference of two pictures, linear in a change of the state, at one softness."""

    level: tuple[float, int]
    weight: np.ndarray  # (pixels,) how much each counts
    noise: float
    normal: np.ndarray  # (k, k) of the pixels alone, not divided by their noise
    gradient: np.ndarray  # (k,) likewise
    cost: float


class _Search:
    """Gauss-Newton with damping on the difference between a picture and what the known photo would show."""

    def __init__(self, view, seen, fits):
        self.scene, self.seen = view.scene, seen
        model, known = self.scene.model, self.scene.fit
        self.free = np.array([name not in GAZE_SHAPES for name in model.unit_names])
        self.most = (np.maximum(fit.scales(model, known), 1) + fit.resting(model, known))[self.free]
        size = self.scene.eye_distance / self.scene.zoom / EYES
        self.levels = [
            (blur * size, max(1, round(step * size))) for blur, step in zip(BLURS, STEPS, strict=True)
        ]
        self.inside = {step: motion.inside(self.scene, step) for _, step in self.levels}
        self.units = motion.units_of(self.scene)
        self.found, self.state, self.shown = self._nearest(view, fits)
        self.prior = np.diag(
            np.r_[np.zeros(6), np.full(2, GAZE_SPREAD**-2.0), np.array(LIGHT_SPREAD) ** -2.0]
        )
        told = np.linalg.inv(self.found.covariance[np.ix_(self.free, self.free)])
        self.prior = np.block(
            [[self.prior, np.zeros((FIXED, len(told)))], [np.zeros((len(told), FIXED)), told]]
        )

    def _nearest(self, view, fits):
        """The fit that looks most like the picture, its state, and how it looks."""
        tried = []
        for found in fits:
            units, none = np.clip(found.units, 0, None), np.zeros(2)
            state = _State(pose=view.pose(found.pose), gaze=none, light=none, units=units)
            shown = self._draw(state)
            tried.append((np.abs(self._miss(shown, self.levels[2])).mean(), found, state, shown))
        return min(tried, key=lambda one: one[0])[1:]

    def run(self) -> _State:
        """Search for the state that explains the picture; it is kept, and what it was linear in."""
        level, damping, linear, widened = 0, DAMPING[0], None, False
        for _ in range(ROUNDS):
            if level == LIDS and linear is None and not widened:
                widened = self._widen()
            linear = self.linear = linear or self._linear(self.levels[level])
            change = self._solve(linear, damping)
            state = self.state.moved(change, self.free)
            shown = self._draw(state)
            better = self._cost(state, self._miss(shown, linear.level), linear) < linear.cost
            if better:
                self.state, self.shown, damping = state, shown, max(damping / 30, DAMPING[0])
            else:
                damping *= 30
            if better or damping > DAMPING[1]:
                linear = None
                if level == len(self.levels) - 1 and (not better or np.abs(change[FIXED:]).max() < ENOUGH):
                    break
                level = min(level + 1, len(self.levels) - 1)
        return self.state

    def _widen(self):
        """Try wider eyes, each by itself: no small step finds the white that raised lids will bare."""
        names = self.scene.model.unit_names
        tried = [(self.state.units, self.shown)]
        for strength in WIDER:
            units = self.state.units.copy()
            for side in "LR":
                units[names.index("AU5" + side)] = strength
                units[names.index("AU43" + side)] = 0
            tried.append((units, self._draw(replace(self.state, units=units))))
        units = self.state.units.copy()
        for side, place in self._eyes():
            best = min(tried, key=lambda one, place=place: np.abs(self.seen[place] - one[1][place]).sum())
            for name in ("AU5" + side, "AU43" + side):
                units[names.index(name)] = best[0][names.index(name)]
        if (units != self.state.units).any():
            self.state = replace(self.state, units=units)
            self.shown = self._draw(self.state)
        return True

    def _eyes(self):
        """Side and place (two slices of the picture) of each eye, brow and cheek left out."""
        look = self.scene.look(self.state.units, (0.0, 0.0), self.state.pose)
        for side, first in (("L", 42), ("R", 36)):
            at = look.points[self.scene.model.landmarks[first : first + 6]] / self.scene.zoom
            reach = np.ptp(at[:, 0]) * np.array([0.6, 0.5])
            low, high = (np.rint(at.mean(0) + sign * reach).astype(int).clip(0) for sign in (-1, 1))
            yield side, (slice(low[1], high[1] + 1), slice(low[0], high[0] + 1))

    def covariance(self):
        """What is left open about every number of the state, (k, k), at a photo's noise."""
        normal = self.linear.normal / PHOTO_NOISE**2 + self.prior
        return np.linalg.inv(normal + 1e-9 * np.diag(normal.diagonal()))

    def _draw(self, state):
        shown = gray(self.scene.draw(state.units, tuple(state.gaze), state.pose))
        return shown * np.float32(1 + state.light[0]) + np.float32(state.light[1])

    def _miss(self, shown, level):
        """What is seen beyond what is shown, softened, at the pixels that count, (pixels,)."""
        return self._pick(cv2.GaussianBlur(self.seen - shown, (0, 0), level[0]), level[1])

    def _pick(self, values, step):
        return values[::step, ::step][self.inside[step]]

    def _away(self, state):
        """Every number's distance from where its prior expects it."""
        away = state.units[self.free] - self.found.units[self.free]
        return np.r_[np.zeros(6), state.gaze, state.light, away]

    def _cost(self, state, miss, linear):
        pixels = (linear.weight * (miss / linear.noise) ** 2).sum()
        away = self._away(state)
        return float(pixels + away @ self.prior @ away)

    def _linear(self, level):
        miss = self._miss(self.shown, level)
        noise = float(np.clip(2 * np.sqrt((miss**2).mean()), *NOISE))
        weight = 1 / (1 + (miss / OUTLIER) ** 2)
        jacobian = self._jacobian(level)
        weighted = jacobian * weight[:, None]
        sums = {"normal": weighted.T @ jacobian, "gradient": weighted.T @ miss}
        sums = {name: value.astype(np.float64) for name, value in sums.items()}
        linear = _Linear(level=level, weight=weight, noise=noise, cost=0.0, **sums)
        return replace(linear, cost=self._cost(self.state, miss, linear))

    def _jacobian(self, level):
        """How each number changes each pixel, (pixels, k): motion along the mean of both pictures' slopes.

        The mean makes the step right to second order (Benhimane & Malis 2004).
        """
        middle, step = cv2.GaussianBlur((self.shown + self.seen) / 2, (0, 0), level[0]), level[1]
        across, down = (
            self._pick(cv2.Sobel(middle, cv2.CV_32F, *axes, scale=1 / 8), step) for axes in ((1, 0), (0, 1))
        )
        state, turns = self.state, motion.GAZE_STEP * np.vstack([np.zeros(2), np.eye(2)])
        look, *turned = (self.scene.look(state.units, state.gaze + turn, state.pose) for turn in turns)
        index, weights = (part[self.inside[step]] for part in motion.surface(self.scene, look, step))
        moves = motion.of_vertices(self.scene, look, turned, self.units)
        slopes = motion.slopes(index, weights, self.scene.model.triangles, moves, across, down)
        plain = (self.shown - state.light[1]) / (1 + state.light[0])
        light = np.stack([self._pick(plain, step), np.ones(len(slopes))], 1, dtype=np.float32)
        return np.concatenate([slopes[:, :8], light, slopes[:, 8:]], 1)

    def _solve(self, linear, damping):
        """The change that the linear picture asks for, units kept within their bounds."""
        normal = linear.normal / linear.noise**2 + self.prior
        gradient = linear.gradient / linear.noise**2 - self.prior @ self._away(self.state)
        coefficients = np.r_[np.zeros(FIXED - 6), self.state.units[self.free]]
        damped = normal + damping * np.diag(normal.diagonal())
        return fit.bounded(damped, gradient, coefficients, FIXED - 6, self.most)
