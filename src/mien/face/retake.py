"""A film of a known person taken again: each frame with another expression, in its own pose and light."""

from dataclasses import replace

import numpy as np

from mien.expression import Expression
from mien.face.fit import Fit
from mien.face.portrait import Portrait
from mien.face.pursuit import Sighting
from mien.face.render import Scene


class Retake:
    """What a person is to show in every frame.

    Units are absolute, or added to what the film shows. Blinks, gaze and head stay as they were filmed:
    lids that close do so, however open the expression has them, and turns go on top.
    """

    def __init__(self, reference: Portrait, expression: Expression, add: bool) -> None:
        self.reference, self.expression, self.add = reference, expression, add
        model = reference.model
        self.most = reference.rest + reference.scales
        self.asked = reference.scales * model.coefficients(expression.sided())
        self.lids = np.array([name.startswith("AU43") for name in model.unit_names])

    def show(self, pixels: np.ndarray, seen: Sighting, units: np.ndarray) -> tuple[np.ndarray, bool]:
        """A frame (h, w, 3) uint8 with the expression; and whether a unit would have passed 1 and was cut.

        units: (u,) coefficients that the frame shows now.
        """
        wanted = self._wanted(units)
        cut = np.minimum(wanted, np.maximum(self.most, units))
        fit = self._fit(seen, units)
        scene = Scene(self.reference.model, pixels, fit.target, fit, kin=self.reference.scene)
        pose = seen.pose.turned(*self.expression.head) if any(self.expression.head) else seen.pose
        picture = pixels.copy()
        x0, y0, x1, y1 = scene.box
        scene.paint(picture[y0:y1, x0:x1], cut, self.expression.gaze, pose)
        return picture, bool((wanted > cut + 0.02).any())

    def _wanted(self, units):
        """Coefficients (u,) that are to be shown."""
        if self.add:
            return units + self.asked
        wanted = self.reference.rest + self.asked
        return np.where(self.lids, np.maximum(wanted, units), wanted)

    def _fit(self, seen, units) -> Fit:
        """The frame explained: the person's own shape in the frame's pose."""
        known, model = self.reference.fit, self.reference.model
        vertices, at = model.shape(known.identity, units), model.landmarks
        marks, _ = seen.pose.project(vertices[at])
        target, _ = seen.pose.project(vertices[at] + self.reference.scene.correction[at])
        return replace(known, pose=seen.pose, units=units, landmarks=marks, target=target)
