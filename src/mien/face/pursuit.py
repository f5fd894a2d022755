"""One person followed through a film: each frame is explained from the one before it, by drawing it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from mien.errors import FaceError
from mien.face import analysis, fit, points
from mien.face.alignment import FIXED, Alignment, State, prior
from mien.face.model import Pose
from mien.face.portrait import Portrait
from mien.face.view import gray
from mien.face.window import Window, small

WIDE, FINE = (4.0, 3), (1.5, 2)
"""Levels (see `alignment.Level`): of a face that was just found, and of one that is followed (ours)."""
STEPS = 3
"""Steps at one level and frame, at most."""
DAMPING = (1e-4, 1e-1)
"""Part of the diagonal; the second is tried where the first step leads nowhere (ours)."""
ENOUGH = (0.5, 0.12)
"""A step that moves the face by less (pixels), and every unit by less, is the frame's last (ours)."""
UNIT_STEP, GAZE_STEP = 0.3, 4.0
"""Spread of a unit's change from frame to frame, and of the gaze's in degrees (ours)."""
SIDES = 0.2
"""Spread of what a unit's two sides differ by (ours)."""
NOISE = (5.0, 0.5, 60.0)
"""See `alignment.NOISE`. What is left unexplained of a real face (wrinkles, teeth) hangs together from pixel
to pixel: with less, units that nobody shows are found in real smiles (ours)."""
ALIKE, LEAST = 0.93, 0.75
"""Correlation of what is seen with what is drawn from which a face is surely followed, and at the least."""
FALL = 0.05
"""A person who is less alike all the time is followed down to so much below their usual likeness (ours)."""
USUAL = 0.1
"""Share of a frame in the usual likeness."""
SAME_PERSON = 0.6
"""Identity distance up to which a face that is found again is the same person (dlib's own bound)."""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What the person shows in a frame."""

    units: np.ndarray
    """(u,) unit coefficients."""
    gaze: np.ndarray
    """(2,) turn of the eyes from the reference's, yaw and pitch, degrees."""
    pose: Pose
    """In pixels of the frame."""
    likeness: float
    """Correlation of the frame with what the reference would show, at most 1."""


class Pursuit:
    """A person known from one picture, followed from frame to frame.

    A small picture of the reference is drawn in the state of the last frame and moved by Gauss-Newton steps
    until it looks like the present one (direct alignment, as in `track`) and its landmarks lie where they are
    read. Where the two stop being alike, landmarks read anew and then the detector look for the face again,
    and the identity network says whether it is the same person.
    """

    def __init__(self, reference: Portrait) -> None:
        self.reference = reference
        self.alignment = Alignment(small(reference), NOISE)
        home = self.alignment.scene.fit.pose
        self.window = Window.on(reference.fit.pose, home)
        self.usual, self.lost = 1.0, False
        free = self.alignment.free
        self._rest = np.zeros(FIXED + int(free.sum()))
        self._rest[FIXED:] = reference.rest[free]
        names = [name for name, free in zip(reference.model.unit_names, free, strict=True) if free]
        self._loose = np.diag(prior(np.full(len(names), fit.UNIT_SPREAD**-2.0))) + _sides(names)
        self._steady = np.zeros_like(self._loose)
        known = np.r_[fit.POSE : fit.POSE + 2, FIXED : len(self._rest)]
        self._steady[known, known] = np.r_[np.full(2, GAZE_STEP**-2.0), np.full(len(names), UNIT_STEP**-2.0)]
        self._identity: np.ndarray | None = None

    def follow(self, pixels: np.ndarray) -> Sighting | None:
        """What the person shows in the next frame (h, w, 3) uint8; None where they are not to be seen."""
        self._expect(self._steady)
        found = self._explained(pixels, (FINE,))
        if found is None or found.likeness < min(ALIKE, self.usual - FALL):
            found = self._found_again(pixels, found)
        self.lost = found is None
        if found is not None:
            self.usual += USUAL * (found.likeness - self.usual)
            if self.window.has_lost(self.alignment.state.pose):
                self._start(found, self.alignment.state.light)
        return found

    def resume(self, last: Sighting, light: np.ndarray, usual: float, lost: bool) -> None:
        """Go on behind a frame that was explained before."""
        self._start(last, light)
        self.usual, self.lost = usual, lost

    def _found_again(self, pixels, present):
        """The face by its landmarks where it was last, else by the detector; what is most alike."""
        tried = [] if present is None else [(present, self.window, self.alignment.state)]
        searches: Iterable[Callable] = (self._anywhere,) if self.lost else (self._near, self._anywhere)
        for search in searches:
            for face in search(pixels):
                if not self._is_same(pixels, face):
                    continue
                known = fit.fit(self.reference.model, face.landmarks, self.reference.fit)
                self._start(
                    Sighting(units=known.units, gaze=np.zeros(2), pose=known.pose, likeness=0.0), np.zeros(2)
                )
                self._expect(np.zeros_like(self._steady))
                found = self._explained(pixels, (WIDE, FINE))
                if found is not None:
                    tried.append((found, self.window, self.alignment.state))
            if tried and max(found.likeness for found, *_ in tried) >= ALIKE:
                break
        if not tried:
            return None
        found, self.window, state = max(tried, key=lambda one: one[0].likeness)
        self.alignment.take(state)
        return found if found.likeness >= LEAST else None

    def _near(self, pixels):
        """The face whose landmarks are read where it was last."""
        known, (x, y, side, _) = self.reference.fit.pose, self.reference.face.box
        last = self.window.outward(self.window.home)
        grown = last.scale / known.scale
        x, y = last.offset + (np.array([x, y]) - known.offset) * grown
        try:
            return [analysis.at_box(pixels, (float(x), float(y), side * grown, side * grown))]
        except FaceError:
            return []

    def _anywhere(self, pixels):
        """The faces that the detector finds, nearest first."""
        last = self.window.outward(self.window.home).offset
        return sorted(analysis.glimpse(pixels), key=lambda face: float(np.linalg.norm(face.centre - last)))

    def _is_same(self, pixels, face):
        """Whether a face is that of the reference."""
        if self._identity is None:
            self._identity = analysis.identity(self.reference.picture.pixels, self.reference.face)
        return np.linalg.norm(analysis.identity(pixels, face) - self._identity) < SAME_PERSON

    def _expect(self, steady):
        """Expect the person's rest, and what was last with a precision (k, k)."""
        last, seen = self.alignment.state.numbers(self.alignment.free), slice(fit.POSE, None)
        both = self.alignment.precision = self._loose + steady
        wanted = self._loose @ self._rest + steady @ last
        self.alignment.expects[seen] = np.linalg.solve(both[seen, seen], wanted[seen])

    def _start(self, last, light):
        """Look for a face where it was, as it was."""
        self.window = Window.on(last.pose, self.window.home)
        units = np.clip(last.units, 0, None)
        self.alignment.take(
            State(pose=self.window.inward(last.pose), gaze=last.gaze, light=light, units=units)
        )

    def _explained(self, pixels, levels):
        """Move the drawn picture until it looks like the frame; None where its window is outside of it."""
        alignment = self.alignment
        seen = self.window.cut(pixels, alignment.scene.box)
        if seen is None:
            return None
        alignment.seen = gray(seen)
        last = alignment.state
        at = alignment.scene.landmarks(last.units, last.gaze, last.pose)
        alignment.marks = points.quick(seen, at)
        for level in levels:
            for _ in range(STEPS):
                if not self._stepped(level):
                    break
        state = alignment.state
        pose = self.window.outward(state.pose)
        return Sighting(units=state.units, gaze=state.gaze, pose=pose, likeness=self._likeness())

    def _stepped(self, level):
        """One step; whether another may be worth it."""
        alignment = self.alignment
        linear = alignment.linear(level)
        for damping in DAMPING:
            change = alignment.solve(linear, damping)
            state = alignment.state.moved(change, alignment.free)
            shown = alignment.draw(state)
            if alignment.cost(state, alignment.miss(shown, level), linear) < linear.cost:
                alignment.state, alignment.shown = state, shown
                place, units = change[4:6], change[FIXED:]
                return np.abs(place).max() > ENOUGH[0] or np.abs(units).max() > ENOUGH[1]
        return False

    def _likeness(self):
        one, other = (
            self.alignment.pick(cv2.GaussianBlur(picture, (0, 0), FINE[0]), FINE[1])
            for picture in (self.alignment.seen, self.alignment.shown)
        )
        one, other = one - one.mean(), other - other.mean()
        return float((one * other).sum() / max(np.sqrt((one**2).sum() * (other**2).sum()), 1e-6))


def _sides(names: list[str]) -> np.ndarray:
    """Precision (k, k) that holds both sides of a unit together."""
    apart = np.zeros((len(names), FIXED + len(names)))
    for row, name in enumerate(names):
        if name.endswith("L"):
            apart[row, FIXED + row], apart[row, FIXED + names.index(name[:-1] + "R")] = 1, -1
    return apart.T @ apart / SIDES**2
