"""The size at which pictures of a known person are compared: a large photo is made smaller first."""

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from mien.face.model import Pose
from mien.face.render import Scene

EYES = 100.0
"""Eye distance of the pictures that are compared, pixels; up to a quarter more is left as it is (ours)."""
_smaller: WeakKeyDictionary[Scene, Scene] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class View:
    """A prepared photo at the size at which it is compared."""

    scene: Scene
    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 of the photo that this view shows."""
    shrink: float

    @classmethod
    def of(cls, scene: Scene) -> "View":
        """The view of a prepared photo; a smaller one is prepared once."""
        shrink = EYES / (scene.eye_distance / scene.zoom)
        if shrink > 0.8:
            height, width = scene.pixels.shape[:2]
            return cls(scene=scene, box=(0, 0, width, height), shrink=1.0)
        view = cls(scene=scene, box=scene.box, shrink=shrink)
        if scene not in _smaller:
            _smaller[scene] = view._prepared(scene)
        return replace(view, scene=_smaller[scene])

    def _prepared(self, scene):
        marks = self._into(scene.fit.landmarks), self._into(scene.fit.target)
        fit = replace(scene.fit, pose=self.pose(scene.fit.pose), landmarks=marks[0], target=marks[1])
        return Scene(scene.model, self._resized(scene.pixels), marks[1], fit)

    def pose(self, pose: Pose) -> Pose:
        """A pose in the photo as one in this view."""
        return replace(pose, scale=pose.scale * self.shrink, offset=self._into(pose.offset))

    def pose_in_photo(self, pose: Pose) -> Pose:
        """A pose in this view as one in the photo."""
        offset = (pose.offset + 0.5) / self.shrink - 0.5 + self.box[:2]
        return replace(pose, scale=pose.scale / self.shrink, offset=offset)

    def seen(self, pixels: np.ndarray) -> np.ndarray:
        """What the view's scene covers of a picture in the photo's frame, gray (h, w) float32."""
        x0, y0, x1, y1 = self.scene.box
        return gray(self._resized(pixels)[y0:y1, x0:x1])

    def _into(self, points):
        return (points - np.array(self.box[:2]) + 0.5) * self.shrink - 0.5

    def _resized(self, pixels):
        x0, y0, x1, y1 = self.box
        size = round((x1 - x0) * self.shrink), round((y1 - y0) * self.shrink)
        part = pixels[y0:y1, x0:x1]
        return part if self.shrink == 1 else cv2.resize(part, size, interpolation=cv2.INTER_AREA)


def gray(picture: np.ndarray) -> np.ndarray:
    """Gray levels (h, w) float32 of a picture (h, w, 3) uint8."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
