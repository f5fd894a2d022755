"""Units read from pixels: a picture of a known person compared with what the known photo would show."""

import cv2
import numpy as np

from mien.face.fit import Fit
from mien.face.model import GAZE_SHAPES
from mien.face.raster import interpolate, rasterise
from mien.face.render import Scene

EYES = 48.0
"""Eye distance of the small pictures that are compared, pixels (ours)."""
BLURS = (2.0, 2.0, 1.0, 1.0)
"""Softening of both pictures in each round, pixels: wide first, so that large changes are found (ours)."""
NOISE = 22.0
"""Gray levels of a pixel that the model does not explain, counted as if pixels were independent (ours)."""


def refine(scene: Scene, pixels: np.ndarray, found: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Improve the units of a landmark fit by the picture itself (direct alignment, Lucas & Kanade 1981).

    Args:
        scene: the known photo of the person, prepared.
        pixels: (h, w, 3) uint8, another picture in the same frame.
        found: the landmark fit of that picture, made with the known photo's fit.

    Returns:
        Units (u,) and their posterior standard deviations (u,); the landmark fit is the prior.
    """
    free = np.array([name not in GAZE_SHAPES for name in scene.model.unit_names])
    x0, y0, x1, y1 = scene.box
    face = _face_box(scene)
    scale = EYES / (scene.eye_distance / scene.zoom)
    size = (
        max(8, round((face[1].stop - face[1].start) * scale)),
        max(8, round((face[0].stop - face[0].start) * scale)),
    )
    seen = _small(pixels[y0:y1, x0:x1][face], size)
    units, most = found.units.copy(), 1 + scene.fit.units
    prior = 1 / np.maximum(found.spread[free], 1e-3) ** 2
    for blur in BLURS:
        shown = _small(scene.draw(units, pose=found.pose)[face], size)
        moves, known = _moves(scene, units, found, free, face, size)
        jacobian, miss = _equations(shown, seen, moves, known, blur)
        normal = (jacobian.T @ jacobian).astype(np.float64)
        count = free.sum()
        normal[:count, :count] += np.diag(prior)
        normal += 1e-6 * np.eye(len(normal)) * normal.diagonal().mean()
        right = (jacobian.T @ miss).astype(np.float64)
        right[:count] += prior * (found.units[free] - units[free])
        change = np.linalg.solve(normal, right)[:count]
        units[free] = np.clip(units[free] + np.clip(change, -0.4, 0.4), 0, most[free])
    spread = found.spread.copy()
    spread[free] = np.sqrt(np.linalg.inv(normal).diagonal()[: free.sum()])
    return units, spread


def _face_box(scene):
    """Rows and columns of the scene's box that the face fills."""
    points = scene.source.points[scene.skin] / scene.zoom
    height, width = scene.original.shape[:2]
    low = np.clip(points.min(0).astype(int), 0, [width - 8, height - 8])
    high = np.clip(points.max(0).astype(int) + 1, low + 8, [width, height])
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _small(crop, size):
    return cv2.cvtColor(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(
        np.float32
    )


def _moves(scene, units, found, free, face, size):
    """How each free unit moves each small pixel, (h, w, 2 u) pixels, and where skin is seen, (h, w)."""
    look = scene.look(units, (0.0, 0.0), found.pose)
    corner = np.array([face[1].start, face[0].start]) * scene.zoom
    shrink = np.array(size) / [(side.stop - side.start) * scene.zoom for side in face[::-1]]
    points = ((look.points[scene.skin] - corner + 0.5) * shrink - 0.5).astype(np.float32)
    index, weights = rasterise(points, look.depth[scene.skin], scene.skin_triangles, size[1], size[0])
    turned = (scene.free[scene.skin] * scene.model.units[free][:, scene.skin]) @ found.pose.rotation.T
    flat = turned[..., :2] * [1, -1] * found.pose.scale * scene.zoom * shrink  # (u, n, 2)
    values = np.ascontiguousarray(np.moveaxis(flat, 0, 1).reshape(flat.shape[1], -1), np.float32)
    field = interpolate(index, weights, scene.skin_triangles, values, np.zeros(values.shape[1], np.float32))
    known = (index >= 0).astype(np.float32)
    near = cv2.GaussianBlur(known, (0, 0), 3)
    holes = np.nonzero((known == 0) & (near > 0.45))
    for k in range(field.shape[2]):
        around = cv2.GaussianBlur(field[..., k], (0, 0), 3)
        field[holes[0], holes[1], k] = around[holes] / near[holes]
    return field, (near > 0.45).astype(np.float32)


def _equations(shown, seen, moves, known, blur):
    """The weighted Jacobian (pixels, u + 6) and residual (pixels,): units, shift, size, turn, light."""
    shown, seen = cv2.GaussianBlur(shown, (0, 0), blur), cv2.GaussianBlur(seen, (0, 0), blur)
    across, down = (
        cv2.Sobel(shown, cv2.CV_32F, 1, 0, scale=1 / 8),
        cv2.Sobel(shown, cv2.CV_32F, 0, 1, scale=1 / 8),
    )
    height, width = shown.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x, y = (x - width / 2) / width, (y - height / 2) / height
    columns = [-(across * moves[..., k] + down * moves[..., k + 1]) for k in range(0, moves.shape[2], 2)]
    columns += [across, down, across * x + down * y, down * x - across * y, shown / 128, np.ones_like(shown)]
    inside = known > 0
    miss = (seen - shown)[inside]
    weight = (
        1 / NOISE / (1 + (miss / 40) ** 2) ** 0.5
    )  # robust: what is not the face's own motion counts less
    jacobian = np.stack([column[inside] for column in columns], 1) * weight[:, None]
    return jacobian, miss * weight
