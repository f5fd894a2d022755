"""Triangles to pixels: a deterministic z-buffer that tells every pixel its triangle and place within it."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath=False)
def rasterise(points, depth, triangles, height, width):
    """Rasterise triangles with a z-buffer; the nearest (greatest depth) wins, the lower index on a tie.

    Args:
        points: (n, 2) float32 screen positions, pixels; pixel centres lie at whole numbers.
        depth: (n,) float32, greater is nearer to the viewer.
        triangles: (m, 3) int32 vertex indices; either orientation is drawn.
        height, width: size of the result, pixels.

    Returns:
        index (height, width) int32, -1 where nothing is drawn; weights (height, width, 2) float32, the
        barycentric weights of the triangle's first two vertices.
    """
    index = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    nearest = np.full((height, width), -np.inf, np.float32)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
        cx, cy = points[c, 0], points[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or not np.isfinite(area):
            continue
        x0 = max(0, int(np.ceil(min(ax, bx, cx))))
        x1 = min(width - 1, int(np.floor(max(ax, bx, cx))))
        y0 = max(0, int(np.ceil(min(ay, by, cy))))
        y1 = min(height - 1, int(np.floor(max(ay, by, cy))))
        inverse = 1.0 / area
        step_a = (by - cy) * inverse
        step_b = (cy - ay) * inverse
        for y in range(y0, y1 + 1):
            wa = ((bx - x0) * (cy - y) - (by - y) * (cx - x0)) * inverse
            wb = ((cx - x0) * (ay - y) - (cy - y) * (ax - x0)) * inverse
            for x in range(x0, x1 + 1):
                wc = 1.0 - wa - wb
                if wa >= -1e-5 and wb >= -1e-5 and wc >= -1e-5:
                    z = wa * depth[a] + wb * depth[b] + wc * depth[c]
                    if z > nearest[y, x]:
                        nearest[y, x] = z
                        index[y, x] = t
                        weights[y, x, 0] = wa
                        weights[y, x, 1] = wb
                wa += step_a
                wb += step_b
    return index, weights


@njit(cache=True, nogil=True)
def interpolate(index, weights, triangles, values, background):
    """Spread per-vertex values (n, k) float32 over a raster's pixels; background (k,) where it is empty."""
    height, width = index.shape
    channels = values.shape[1]
    out = np.empty((height, width, channels), np.float32)
    for y in range(height):
        for x in range(width):
            t = index[y, x]
            if t < 0:
                for k in range(channels):
                    out[y, x, k] = background[k]
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            wa, wb = weights[y, x, 0], weights[y, x, 1]
            wc = np.float32(1.0) - wa - wb
            for k in range(channels):
                out[y, x, k] = wa * values[a, k] + wb * values[b, k] + wc * values[c, k]
    return out
