"""How each number of a shown face moves the pixels of its picture: what direct alignment is made of."""

import cv2
import numpy as np
from numba import njit

from mien.face.model import CAMERA_DISTANCE, GAZE_SHAPES
from mien.face.raster import rasterise

GAZE_STEP = 3.0
"""Degrees over which the turn of the eyes is differenced."""
RIM = 0.03
"""Eye distances by which a lid's or lip's motion reaches over what it borders: its edge moves too (ours)."""


def units_of(scene) -> np.ndarray:
    """Displacement (n, u, 3) float32 by each unit but the lids' gaze shapes, centimetres."""
    free = [name not in GAZE_SHAPES for name in scene.model.unit_names]
    return np.ascontiguousarray((scene.free * scene.model.units[free]).swapaxes(0, 1), np.float32)


def of_vertices(scene, look, turned, units) -> np.ndarray:
    """Motion of every vertex by each number, (n, k, 2) float32 pixels of the scene's box per unit of it.

    The numbers: three turns of the head (radians), its size (logarithm) and place (pixels), yaw and pitch of
    the eyes (degrees), then the units without the lids' gaze shapes.

    Args:
        scene: the prepared photo.
        look: the state shown.
        turned: its points with the eyes turned by `GAZE_STEP` in yaw, and in pitch.
        units: (n, u, 3) float32, of `units_of`.
    """
    pose = look.pose
    points, depth = look.points / scene.zoom, look.depth.astype(np.float64)
    near = CAMERA_DISTANCE / (CAMERA_DISTANCE - depth)
    flat = points - (pose.offset - scene.box[:2])
    across = np.stack([pose.scale * near, -pose.scale * near], 1).astype(np.float32)
    place = np.column_stack([flat / across, depth])
    deep = (flat * (near / CAMERA_DISTANCE)[:, None]).astype(np.float32)
    turns = np.cross(np.eye(3)[:, None], place[None])
    turns = turns[..., :2] * across + turns[..., 2:] * deep
    eyes = [(other - look.points) / (scene.zoom * GAZE_STEP) for other in turned]
    shift = np.broadcast_to(np.eye(2)[:, None], (2, *points.shape))
    first = np.moveaxis(np.concatenate([turns, flat[None], shift, eyes]), 0, 1)
    rotation = pose.rotation.astype(np.float32)
    to_pixels = across[..., None] * rotation[:2] + deep[..., None] * rotation[2]  # (n, 2, 3)
    return _with_units(first.astype(np.float32), units, to_pixels)


@njit(cache=True, nogil=True)
def _with_units(first, units, to_pixels):
    """Motion by the first numbers (n, j, 2) and by units (n, u, 3) centimetres together, (n, j + u, 2)."""
    count, start = first.shape[0], first.shape[1]
    out = np.empty((count, start + units.shape[1], 2), np.float32)
    for n in range(count):
        out[n, :start] = first[n]
        for u in range(units.shape[1]):
            x, y, z = units[n, u, 0], units[n, u, 1], units[n, u, 2]
            for axis in range(2):
                to = to_pixels[n, axis]
                out[n, start + u, axis] = to[0] * x + to[1] * y + to[2] * z
    return out


def surface(scene, look, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Which triangle each `step`-th pixel of the scene's box moves with, (h, w), and where in it, (h, w, 2).

    What lies in the holes of the skin has its own motion (an eye stands still while its lids close), but for
    a rim at their edges. -1 where there is nothing.
    """
    height, width = (-(-side // step) for side in scene.original.shape[:2])
    points = np.ascontiguousarray(look.points / np.float32(scene.zoom * step))
    skin, last = scene.skin, scene.model.parts["skin"][1].stop
    index, weights = rasterise(points[skin], look.depth[skin], scene.skin_triangles, height, width)
    bare = index < 0
    behind, shares = rasterise(points, look.depth, scene.model.triangles[last:], height, width)
    inner = bare & (behind >= 0)
    index[inner], weights[inner] = behind[inner] + last, shares[inner]
    distance, label = cv2.distanceTransformWithLabels(
        bare.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    label = label.astype(np.int64).ravel()
    nearest = np.zeros(int(label.max()) + 1, np.int64)
    covered = np.flatnonzero(~bare)
    nearest[label[covered]] = covered
    rim = np.flatnonzero(bare & (distance <= RIM * scene.eye_distance / scene.zoom / step))
    index.ravel()[rim] = index.ravel()[nearest[label[rim]]]
    weights.reshape(-1, 2)[rim] = weights.reshape(-1, 2)[nearest[label[rim]]]
    return index, weights


def inside(scene, step: int) -> np.ndarray:
    """Which of every `step`-th pixel of the scene's box the face fills, eyes and mouth too, (h, w)."""
    height, width = (-(-side // step) for side in scene.original.shape[:2])
    points = scene.source.points[scene.skin] / np.float32(scene.zoom * step)
    index, _ = rasterise(points, scene.source.depth[scene.skin], scene.skin_triangles, height, width)
    outlines, _ = cv2.findContours((index >= 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    mask = np.zeros((height, width), np.uint8)
    cv2.drawContours(mask, outlines, -1, 1, cv2.FILLED)
    return mask > 0


@njit(cache=True, nogil=True)
def slopes(index, weights, triangles, moves, across, down):
    """How each number changes each pixel, (pixels, k) float32 gray levels per unit of the number.

    Args:
        index, weights: (pixels,) and (pixels, 2), of `surface`.
        triangles: (m, 3) of the face model.
        moves: (n, k, 2), of `of_vertices`.
        across, down: (pixels,) slopes of the picture, gray levels per pixel.
    """
    count = moves.shape[1]
    out = np.zeros((len(index), count), np.float32)
    for pixel in range(len(index)):
        t = index[pixel]
        if t < 0:
            continue
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        wa, wb = weights[pixel, 0], weights[pixel, 1]
        wc = np.float32(1.0) - wa - wb
        x, y = -across[pixel], -down[pixel]
        for k in range(count):
            out[pixel, k] = x * (wa * moves[a, k, 0] + wb * moves[b, k, 0] + wc * moves[c, k, 0]) + y * (
                wa * moves[a, k, 1] + wb * moves[b, k, 1] + wc * moves[c, k, 1]
            )
    return out
