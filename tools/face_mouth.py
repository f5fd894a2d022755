"""What lies behind the lips: both rows of teeth with their textures, the tongue, and the dark cavity."""

import cv2
import numpy as np
from face_geometry import Heads, Part, grid_triangles
from scipy.spatial import KDTree

from mien.face.raster import interpolate, rasterise

SOCKET, GUMS, TEETH = (11144, 13226), (14034, 17006), (17006, 21496)  # polygons of the open heads
UPPER_TEETH, LOWER_TEETH = slice(17039, 19247), slice(19247, 21451)  # vertices of the open heads
UPPER_HEIGHTS, LOWER_HEIGHTS = (-3.62, -1.35), (-5.35, -3.05)
"""Heights that a row's texture spans, centimetres."""
ARCH_CENTRE_Z = 5.0
ARCH_ANGLE = np.radians(74)
TEETH_DROP = 0.10
"""How far both rows are lowered, centimetres: real smiles show more of the upper row than the heads do."""
WIDTH, HEIGHT = 512, 112
"""Size of a row's texture, texels."""


def build_teeth(heads: Heads, upper: bool) -> tuple[Part, np.ndarray]:
    """A row of teeth and gum as a strip around the dental arch, with its texture (height, width, 2) uint8.

    Texture channels: 0 nothing, 128 gum, 255 tooth; and relief (128 = level, brighter = towards the viewer).
    """
    row = UPPER_TEETH if upper else LOWER_TEETH
    heights = UPPER_HEIGHTS if upper else LOWER_HEIGHTS
    label, depth = _scan_row(heads, row, heights)
    label[depth < np.where(label > 0, depth, 0).max(0) - 1.1] = 0  # deep behind the row is not the row
    line = np.arange(HEIGHT)[:, None]
    if upper:  # gum beyond the biting edge belongs to the other row
        label[line > np.where(label == 255, line, -1).max(0) + 1] = 0
    known = (label > 0).astype(np.float32)
    near = cv2.GaussianBlur(known, (0, 0), 22)
    smooth = cv2.GaussianBlur(depth * known, (0, 0), 22) / np.maximum(near, 1e-3)
    filled = np.where(label > 0, depth, smooth).astype(np.float32)
    fine = filled - cv2.GaussianBlur(filled, (0, 0), 12)
    relief = np.clip(128 + 400 * fine, 0, 255).astype(np.uint8)
    return _strip(heads, filled, row, heights), np.stack([label, relief], -1)


def _scan_row(heads, row, heights):
    """What is seen from outside the arch, over angle and height: label uint8, distance from its centre."""
    teeth = heads.part(TEETH)
    teeth = teeth[(teeth[:, 0] >= row.start) & (teeth[:, 0] < row.stop)]
    triangles = np.concatenate([heads.part(GUMS), teeth]).astype(np.int32)
    x, y, z = heads.mean[:, 0], heads.mean[:, 1], heads.mean[:, 2] - ARCH_CENTRE_Z
    angle, radius = np.arctan2(x, z), np.hypot(x, z)
    low, high = heights
    across, down = (angle / ARCH_ANGLE + 1) / 2 * (WIDTH - 1), (high - y) / (high - low) * (HEIGHT - 1)
    tongue = (radius < 2.4) & (np.abs(angle) < 2)  # the tongue lies within the arch
    triangles = triangles[~tongue[triangles].all(1) & (radius[triangles] > 1.2).all(1)]
    triangles = triangles[np.abs(np.ptp(angle[triangles], axis=1)) < 1]
    screen, near = np.stack([across, down], -1).astype(np.float32), radius.astype(np.float32)
    index, weights = rasterise(screen, near, triangles, HEIGHT, WIDTH)
    depth = interpolate(index, weights, triangles, near[:, None], np.zeros(1, np.float32))[..., 0]
    is_tooth = np.isin(triangles[:, 0], np.arange(row.start, row.stop))
    return np.where(index < 0, 0, np.where(is_tooth[index], 255, 128)).astype(np.uint8), depth


def _strip(heads, filled, row, heights):
    """A row's grid of vertices at the smoothed distance from the centre of the arch."""
    rows, columns = 9, 41
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    at = (u * (WIDTH - 1)).astype(np.float32), (v * (HEIGHT - 1)).astype(np.float32)
    radius = cv2.remap(cv2.GaussianBlur(filled, (0, 0), 8), *at, cv2.INTER_LINEAR)
    angle = (u * 2 - 1) * ARCH_ANGLE
    low, high = heights
    y = high - v * (high - low)
    points = np.stack([radius * np.sin(angle), y, ARCH_CENTRE_Z + radius * np.cos(angle)], -1).reshape(-1, 3)
    anchors, weights = _nearest(heads, points, np.arange(row.start, row.stop))
    return Part(
        points=points - [0, TEETH_DROP, 0],
        triangles=grid_triangles(rows, columns),
        anchors=anchors,
        weights=weights,
        texture=np.stack([u, v], -1).reshape(-1, 2),
    )


def build_tongue(heads: Heads) -> Part:
    """The tongue's upper side and tip as a height field over (x, z)."""
    rows, columns = 17, 15
    x, z = np.meshgrid(np.linspace(-1.75, 1.75, columns), np.linspace(3.0, 9.1, rows))
    top, tongue = _tongue_top(heads)
    y = top[np.clip((z * 40).astype(int), 0, 479), np.clip(((x + 2.2) * 40).astype(int), 0, 179)]
    y = np.where(np.isnan(y) | (y < -4.2), np.nanmedian(y), y)
    y = cv2.GaussianBlur(y, (0, 0), 1.2, borderType=cv2.BORDER_REPLICATE)
    rim = np.hypot(x / 1.75, np.clip((z - 6.5) / 2.6, 0, None))
    y = (y + y[:, ::-1]) / 2 - 1.1 * np.clip(rim - 0.72, 0, None) ** 2 * 6
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    anchors, weights = _nearest(heads, points, np.unique(tongue))
    return Part(
        points=points,
        triangles=grid_triangles(rows, columns),
        anchors=anchors,
        weights=weights,
        texture=np.stack([(x / 1.75 + 1) / 2, (z - 3.0) / 6.1], -1).reshape(-1, 2),
    )


def _tongue_top(heads):
    """Height of the heads' tongue over (z, x) at 40 pixels per centimetre, NaN beside it; its triangles."""
    gums = heads.part(GUMS).astype(np.int32)
    x, y, z = heads.mean.T
    inside = (np.abs(x) < 2.2) & (np.hypot(x * 1.15, z - 5) < 4.6) & (y > -4.9)
    inside &= y < -2.2  # the palate above is not the tongue
    tongue = gums[inside[gums].all(1)]
    screen, height = np.stack([(x + 2.2) * 40, z * 40], -1).astype(np.float32), y.astype(np.float32)
    index, weights = rasterise(screen, height, tongue, 480, 180)
    nothing = np.full(1, np.nan, np.float32)
    return interpolate(index, weights, tongue, height[:, None], nothing)[..., 0], tongue


def build_cavity(heads: Heads) -> Part:
    """The dark back of the mouth: a bowl behind teeth and tongue, its lower half carried by the jaw."""
    rows, columns = 11, 17
    v, u = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    reach = np.clip(1 - u**2 * 0.8 - v**2 * 0.5, 0, 1)
    points = np.stack([2.9 * u, -3.4 + 2.3 * v, 8.6 - 4.5 * reach], -1).reshape(-1, 3)
    pool = np.unique(heads.part(SOCKET))
    anchors, weights = _nearest(heads, points, pool[pool > 11000])  # without the lips, which it shares
    return Part(
        points=points,
        triangles=grid_triangles(rows, columns),
        anchors=anchors,
        weights=weights,
        texture=(np.stack([u, v], -1).reshape(-1, 2) + 1) / 2,
    )


def _nearest(heads, points, pool):
    """Anchor points to the three nearest vertices of a pool (indices) of the open heads."""
    near = pool[KDTree(heads.mean[pool]).query(points, 3)[1]]
    return near, np.full(near.shape, 1 / 3)
