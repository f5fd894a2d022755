"""Eyes: the iris found in the photo, and an eyeball that can turn and show more than the photo does."""

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from mien.face import inner
from mien.face.model import rotation_of

EYE_RADIUS = 1.49
"""Radius of the model's eyeball, centimetres."""
IRIS_RADIUS = 0.585
"""Radius of an iris, centimetres: people differ by less than a tenth."""
SLIT = (0.03, 0.07)
"""Gap of the lids in eye widths up to which nothing of the eye shows, and from which all does (ours)."""
MEETING = (0.05, 0.16)
"""The same for lids that meet, and that come near each other (ours)."""
SIZES = (0.92, 1.0, 1.08)
IRIS_ANGLE = 0.403
"""Half angle of the iris seen from the eyeball's centre, radians: 0.585 cm on a ball of 1.49 cm."""


@dataclass(frozen=True, kw_only=True)
class Eyeball:
    """One eye of the photo: where it looks, its colours, and how deep within its lids each pixel lies."""

    side: str
    axis: np.ndarray  # (3,) direction of the gaze in the head's frame
    gaze: tuple[float, float]  # yaw and pitch of that direction, degrees
    confidence: float
    lashes: np.ndarray  # (3,) float32, the dark line of the lids
    colours: np.ndarray  # (64, 3) float32, by angle from the axis, 0 .. 100 degrees
    corner: np.ndarray  # (2,) float32, place of `inside` in the crop
    inside: np.ndarray  # (h, w) float32, distance to the lids, pixels; 0 outside the opening

    @classmethod
    def of(cls, scene, side):
        """Read one eye of a prepared photo."""
        box, opening = scene.opening(scene.source, side)
        crop, corner = scene.crop[box], np.array([box[1].start, box[0].start], np.float32)
        inside = cv2.distanceTransform(opening, cv2.DIST_L2, 3)
        part = scene.model.parts[f"eyeball_{side}"][0]
        gaze, confidence = (0.0, 0.0), 0.0
        if opening.sum() > 24:
            gaze, confidence = find(crop, opening, scene.source.points[part][0] - corner, scene.scale)
        axis = (rotation_of(*gaze, 0.0) @ [0.0, 0.0, 1.0]).astype(np.float32)
        ball, _ = scene.layer(scene.source, f"eyeball_{side}", scene.ball(side), box)
        table = colours(crop, inside, np.arccos(np.clip(ball @ axis, -1, 1)))
        seen = {"gaze": gaze, "confidence": confidence, "colours": table, "lashes": _lashes(crop, opening)}
        return cls(side=side, axis=axis, corner=corner, inside=inside, **seen)

    def make(self, scene, target) -> inner.Inner:
        """The eyeball within its opening."""
        box, opening = scene.opening(target, self.side)
        part = scene.model.parts[f"eyeball_{self.side}"][0]
        values = np.concatenate([scene.source.points[part], scene.ball(self.side)], 1)
        seen, drawn = scene.layer(target, f"eyeball_{self.side}", values, box)
        alpha = cv2.GaussianBlur(opening.astype(np.float32), (0, 0), _softness(scene)) * drawn
        alpha *= np.float32(_open(self._lids(scene, target)))
        made = _coloured(seen, alpha, self.axis, self.colours)
        shift = self._lid_shift(scene, target)
        trust = (shift - 1, max(1.0, 0.5 * shift), 1.0)
        mine = {"depths": self.inside, "corner": self.corner}
        return inner.Inner(box=box, alpha=alpha, made=made, where=seen, trust=trust, **mine)

    def closed(self, scene, target) -> float:
        """How far the lids have gone from where they are in the photo to where they meet, 0..1."""
        old, new = (1 - _open(self._lids(scene, look), MEETING) for look in (scene.source, target))
        return max(new - old, 0.0) / max(1 - old, 1e-3)

    def _lids(self, scene, look):
        """The lids' six landmarks (6, 2), from the corner on the image's left over the upper lid and back."""
        first = 42 if self.side == "left" else 36
        return look.points[scene.model.landmarks[first : first + 6]]

    def _lid_shift(self, scene, target):
        """How far the lids have opened, pixels: that much of the old lash line must not stay on the eye."""
        rim = scene.model.extras[f"eye_rim_{self.side}"]
        old, new = np.ptp(scene.source.points[rim, 1]), np.ptp(target.points[rim, 1])
        return float(np.clip(new - old, 0, 0.05 * scene.eye_distance))


def _softness(scene):
    """Width of the soft border of the lids, pixels."""
    return max(0.6, 0.008 * scene.eye_distance)


def _lashes(crop, opening):
    """Colour of the lash line: the darker pixels of the lids' rim, (3,) float32."""
    rim = cv2.dilate(opening, np.ones((5, 5), np.uint8)) - cv2.erode(opening, np.ones((3, 3), np.uint8))
    pixels = crop[rim > 0].astype(np.float32) if rim.any() else crop.reshape(-1, 3).astype(np.float32)
    brightness = pixels.sum(1)
    return np.median(pixels[brightness <= np.quantile(brightness, 0.3)], axis=0)


def _open(lids, slit=SLIT) -> float:
    """0 for lids (6, 2) that meet but for a slit, 1 for an eye that is open a little: slits show lashes."""
    across = lids[3] - lids[0]
    width = max(float(np.linalg.norm(across)), 1.0)
    gap = (
        (lids[1] + lids[2] - lids[4] - lids[5]) @ [across[1], -across[0]] / (2 * width)
    )  # < 0 past each other
    x = np.clip((gap / width - slit[0]) / (slit[1] - slit[0]), 0, 1)
    return float(x * x * (3 - 2 * x))


@njit(cache=True, nogil=True)
def _coloured(seen, alpha, axis, table):
    """Colours (h, w, 3) of an eyeball from a table over 0..100 degrees, where alpha (h, w) is not 0.

    seen: (h, w, 5), its last three the direction from the eyeball's centre.
    """
    out = np.zeros((*alpha.shape, 3), np.float32)
    for i in range(alpha.shape[0]):
        for j in range(alpha.shape[1]):
            if alpha[i, j] == 0:
                continue
            cosine = seen[i, j, 2] * axis[0] + seen[i, j, 3] * axis[1] + seen[i, j, 4] * axis[2]
            angle = np.arccos(min(max(cosine, -1.0), 1.0))
            at = min(max(angle / np.radians(100) * len(table) - 0.5, 0.0), len(table) - 1.001)
            low = int(at)
            for k in range(3):
                out[i, j, k] = table[low, k] + (at - low) * (table[low + 1, k] - table[low, k])
    return out


def find(crop, opening, centre, pixels_per_centimetre):
    """Find the iris within an eye opening.

    Args:
        crop: (h, w, 3) uint8.
        opening: (h, w) uint8, 1 within the lids.
        centre: (2,) where the eyeball's axis would meet its surface at gaze zero, pixels.
        pixels_per_centimetre: scale of the face.

    Returns:
        Gaze (yaw, pitch) in degrees from the eye's own axis, and a confidence in gray levels
        (integro-differential search as in Daugman 1993).
    """
    gray = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2GRAY)
    gray = cv2.GaussianBlur(gray, (0, 0), max(0.6, 0.04 * pixels_per_centimetre)).astype(np.float32)
    visible = opening.astype(np.float32)
    span = 0.62 * pixels_per_centimetre
    dx, dy = np.meshgrid(np.linspace(-1, 1, 25) * span, np.linspace(-0.55, 0.55, 15) * span)
    places = centre + np.stack([dx.ravel(), dy.ravel()], -1)
    shy = 6.0 * np.hypot(dx, 1.6 * dy).ravel() / span
    radius = IRIS_RADIUS * pixels_per_centimetre
    scores = np.max([_edges(gray, visible, places, radius * size) for size in SIZES], axis=0) - shy
    best = int(scores.argmax())
    turn = (places[best] - centre) / (EYE_RADIUS * pixels_per_centimetre)
    gaze = np.degrees(np.arcsin(np.clip([turn[0], -turn[1]], -0.9, 0.9)))
    return (float(gaze[0]), float(gaze[1])), float(max(scores[best], 0))


def _edges(gray, visible, places, radius):
    """Brightness just outside minus just inside a circle at each place, where the lids leave it visible."""
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], -1) * radius
    outer, outer_seen = _sample(gray, visible, places[:, None] + ring * 1.14)
    inner, inner_seen = _sample(gray, visible, places[:, None] + ring * 0.84)
    core, core_seen = _sample(gray, visible, places[:, None] + ring * 0.4)
    seen = outer_seen * inner_seen
    edge = (np.clip(outer - inner, -20, 80) * seen).sum(1) / np.maximum(seen.sum(1), 1)
    dark = (core * core_seen).sum(1) / np.maximum(core_seen.sum(1), 1)
    return np.where(seen.sum(1) < 7, -1e3, edge - 0.35 * dark)


def _sample(gray, visible, points):
    x = np.clip(np.rint(points[..., 0]).astype(int), 0, gray.shape[1] - 1)
    y = np.clip(np.rint(points[..., 1]).astype(int), 0, gray.shape[0] - 1)
    return gray[y, x], visible[y, x]


def colours(crop, inside, angle):
    """Colour by angle from the eye's axis, (64, 3) float32: what is not seen is continued from what is.

    Args:
        crop: (h, w, 3) uint8.
        inside: (h, w) distance to the lids, pixels.
        angle: (h, w) from the axis, radians.
    """
    deep = inside > 0.3 * inside.max() if inside.max() > 2 else inside > 0
    bins = np.clip((angle[deep] / np.radians(100) * 64).astype(int), 0, 63)
    pixels = crop[deep].astype(np.float32)
    out = np.full((64, 3), np.nan, np.float32)
    for k in np.unique(bins):
        mine = pixels[bins == k]
        if len(mine) >= 3:  # the brighter part: lashes and shadow are not the eye's own colour
            brightness = mine.sum(1)
            out[k] = np.median(mine[brightness >= np.quantile(brightness, 0.3)], axis=0)
    return _complete(out, int(IRIS_ANGLE / np.radians(100) * 64))


def _complete(out, edge):
    """Fill unseen angles: the iris from its nearest seen ring, the white from its brightest."""
    known = np.flatnonzero(~np.isnan(out[:, 0]))
    if len(known) == 0:
        return np.full((64, 3), 128, np.float32)
    iris, white = known[known <= edge], known[known > edge + 1]
    sclera = np.median(out[white], axis=0) if len(white) else np.minimum(out[known].max(0) * 1.6, 215)
    result = np.empty_like(out)
    for k in range(64):
        if not np.isnan(out[k, 0]):
            result[k] = out[k]
        elif k <= edge:
            result[k] = out[iris[np.abs(iris - k).argmin()]] if len(iris) else sclera * 0.35
        else:
            result[k] = sclera
    return cv2.GaussianBlur(result[:, None], (1, 5), 0.8)[:, 0]
