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


def of_vertices(scene, look, turned) -> np.ndarray:
    """Motion of every vertex by each number, (n, k, 2) float32 pixels of the scene's box per unit of it.

    The numbers: three turns of the head (radians), its size (logarithm) and place (pixels), yaw and pitch of
    the eyes (degrees), then the units without the lids' gaze shapes.

    Args:
        scene: the prepared photo.
        look: the state shown.
        turned: the same state with the eyes turned by `GAZE_STEP` in yaw, and in pitch.
    """
    model, pose = scene.model, look.pose
    points, depth = look.points / scene.zoom, look.depth.astype(np.float64)
    near = CAMERA_DISTANCE / (CAMERA_DISTANCE - depth)
    flat = points - (pose.offset - scene.box[:2])
    across = np.stack([pose.scale * near, -pose.scale * near], 1).astype(np.float32)
    place = np.column_stack([flat / across, depth])
    deep = (flat * (near / CAMERA_DISTANCE)[:, None]).astype(np.float32)

    def through(moved):  # (k, n, 3) centimetres of the turned head -> (k, n, 2) pixels
        return moved[..., :2] * across + moved[..., 2:] * deep

    free = [name not in GAZE_SHAPES for name in model.unit_names]
    units = (scene.free * model.units[free]) @ pose.rotation.T.astype(np.float32)
    eyes = [(other.points - look.points) / (scene.zoom * GAZE_STEP) for other in turned]
    shift = np.broadcast_to(np.eye(2)[:, None], (2, *points.shape))
    turns = np.cross(np.eye(3)[:, None], place[None])
    moves = np.concatenate([through(turns), flat[None], shift, eyes, through(units)], dtype=np.float32)
    return np.ascontiguousarray(np.moveaxis(moves, 0, 1))


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
