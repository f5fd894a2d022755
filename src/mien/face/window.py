"""The window in which a followed face is compared: it goes along with the face, which stays upright in it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mien.face import fit
from mien.face.model import Pose, rotation_of
from mien.face.portrait import Portrait
from mien.face.render import Scene

EYES = 60.0
"""Eye distance of the pictures that are compared, pixels; smaller faces stay as they are (ours)."""
BORDER = 0.5
"""Border of the reference's face that is kept, in heights of the face (ours)."""
STRAYED = (2.0, 0.04, 3.0)
"""Pixels, logarithm of the size and degrees of roll by which a face may stray before its window moves."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A similarity from the window's pixels to those of a frame, and the pose that is at home in it."""

    matrix: np.ndarray  # (2, 3)
    home: Pose

    @classmethod
    def on(cls, pose: Pose, home: Pose) -> "Window":
        """The window in which a face of a frame has the size, the roll and the place of the pose at home."""
        roll, grown = np.radians(pose.angles[2] - home.angles[2]), pose.scale / home.scale
        turn = grown * np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        return cls(matrix=np.c_[turn, pose.offset - turn @ home.offset], home=home)

    @property
    def grown(self) -> float:
        """Pixels of the frame in one of the window."""
        return float(np.hypot(*self.matrix[:, 0]))

    @property
    def roll(self) -> float:
        """Degrees by which the window lies turned in the frame, clockwise."""
        return float(np.degrees(np.arctan2(self.matrix[1, 0], self.matrix[0, 0])))

    def inward(self, pose: Pose) -> Pose:
        """A pose in the frame as it is in the window, taken to be at home but for yaw and pitch."""
        return replace(self.home, rotation=rotation_of(0.0, 0.0, -self.roll) @ pose.rotation)

    def outward(self, pose: Pose) -> Pose:
        """A pose in the window as it is in the frame."""
        return Pose(
            rotation=rotation_of(0.0, 0.0, self.roll) @ pose.rotation,
            scale=pose.scale * self.grown,
            offset=self.matrix[:, :2] @ pose.offset + self.matrix[:, 2],
        )

    def has_lost(self, pose: Pose) -> bool:
        """Whether a pose in the window is too far from home."""
        far, larger, turned = STRAYED
        strayed = np.abs(pose.offset - self.home.offset).max() > far
        strayed |= abs(np.log(pose.scale / self.home.scale)) > larger
        return bool(strayed or abs(pose.angles[2] - self.home.angles[2]) > turned)

    def cut(self, pixels: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray | None:
        """What a frame shows in a box of the window, (h, w, 3) uint8; None where that is outside of it."""
        x0, y0, x1, y1 = box
        matrix = np.c_[self.matrix[:, :2], self.matrix @ [x0, y0, 1]]
        size = x1 - x0, y1 - y0
        corners = np.array([[0, 0], [size[0], 0], [0, size[1]], size]) @ matrix[:, :2].T + matrix[:, 2]
        bounds = np.array(pixels.shape[1::-1])
        first = np.clip(np.floor(corners.min(0)).astype(int) - 2, 0, bounds)
        last = np.clip(np.ceil(corners.max(0)).astype(int) + 3, 0, bounds)
        if (last - first).min() < 8:
            return None
        part = pixels[first[1] : last[1], first[0] : last[0]]
        if self.grown > 1.5:  # a large face sampled directly would alias
            shrink = 1 / self.grown
            part = cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        scale = np.array(part.shape[1::-1]) / (last - first)
        matrix = np.c_[matrix[:, :2] * scale[:, None], (matrix[:, 2] - first + 0.5) * scale - 0.5]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(part, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def small(reference: Portrait) -> Scene:
    """The face of a portrait at the size at which faces are compared."""
    model, known, pixels = reference.model, reference.fit, reference.picture.pixels
    shrink = min(EYES / fit.interocular(known.target), 1.0)
    points, _ = known.pose.project(model.template)
    border = BORDER * np.ptp(points[:, 1])
    first = np.maximum(np.floor(points.min(0) - border), 0).astype(int)
    last = np.minimum(np.ceil(points.max(0) + border), pixels.shape[1::-1]).astype(int)
    part = np.ascontiguousarray(pixels[first[1] : last[1], first[0] : last[0]])
    if shrink < 1:
        part = cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)

    def into(points):
        return (points - first + 0.5) * shrink - 0.5

    pose = replace(known.pose, scale=known.pose.scale * shrink, offset=into(known.pose.offset))
    marks = {"landmarks": into(known.landmarks), "target": into(known.target)}
    return Scene(model, part, marks["target"], replace(known, pose=pose, **marks), least=0.0)
