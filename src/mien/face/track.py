"""Units read from pixels: a picture of a known person compared with what the known photo would show."""

from dataclasses import dataclass, replace

import numpy as np

from mien.face import fit
from mien.face.alignment import FIXED, Alignment, State
from mien.face.render import Scene
from mien.face.view import EYES, View

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
PHOTO_NOISE = 22.0
"""Gray levels that another photo of the person leaves unexplained: of it a measurement says what it does not
know (ours)."""


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


class _Search(Alignment):
    """Gauss-Newton with damping, from soft pictures to sharp ones."""

    def __init__(self, view, seen, fits):
        super().__init__(view.scene)
        self.seen = seen
        size = self.scene.eye_distance / self.scene.zoom / EYES
        self.levels = [
            (blur * size, max(1, round(step * size))) for blur, step in zip(BLURS, STEPS, strict=True)
        ]
        self.found = self._nearest(view, fits)
        self.expects[FIXED:] = self.found.units[self.free]
        told = np.linalg.inv(self.found.covariance[np.ix_(self.free, self.free)])
        self.precision[FIXED:, FIXED:] = told

    def _nearest(self, view, fits):
        """Take the fit that looks most like the picture; give it back."""
        tried = []
        for found in fits:
            self.take(State.of(found, view.pose(found.pose)))
            miss = np.abs(self.miss(self.shown, self.levels[2])).mean()
            tried.append((miss, found, self.state, self.shown))
        _, found, self.state, self.shown = min(tried, key=lambda one: one[0])
        return found

    def run(self) -> State:
        """Search for the state that explains the picture; it is kept, and what it was linear in."""
        level, damping, linear, widened = 0, DAMPING[0], None, False
        for _ in range(ROUNDS):
            if level == LIDS and linear is None and not widened:
                widened = self._widen()
            linear = self.last = linear or self.linear(self.levels[level])
            change = self.solve(linear, damping)
            state = self.state.moved(change, self.free)
            shown = self.draw(state)
            better = self.cost(state, self.miss(shown, linear.level), linear) < linear.cost
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
            tried.append((units, self.draw(replace(self.state, units=units))))
        units = self.state.units.copy()
        for side, place in self._eyes():
            best = min(tried, key=lambda one, place=place: np.abs(self.seen[place] - one[1][place]).sum())
            for name in ("AU5" + side, "AU43" + side):
                units[names.index(name)] = best[0][names.index(name)]
        if (units != self.state.units).any():
            self.take(replace(self.state, units=units))
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
        normal = self.last.normal / PHOTO_NOISE**2 + self.precision
        return np.linalg.inv(normal + 1e-9 * np.diag(normal.diagonal()))
