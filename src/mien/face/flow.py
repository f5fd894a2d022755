"""The backward map: where in the photo each pixel comes from, continued softly outside the face."""

from typing import NamedTuple

import cv2
import numpy as np
from numba import njit

from mien.face.sampling import place

REACH = 0.35
"""How far beyond the face the picture may follow it, in face heights (ours)."""
COARSER = 4
"""What lies outside the face is smooth: one sample in so many carries it."""
WIDENING = (0.8, 2.0, 5.0, 11.0)
"""Widths of the Gaussians that continue the field, in those samples."""
GRAZING, FACING = 0.12, 0.42
"""Cosines to the camera below which a surface's displacement is not used, and above which it is (ours)."""


class Grid(NamedTuple):
    """Where the samples of a coarse map lie: every `step` pixels, half of a step off the face's middle line.

    Whole groups of `COARSER` lie on either side of that line, so that a mirrored photo has mirrored samples.
    """

    step: float
    left: float
    """Pixel column of the first sample, not above 0; the first row is pixel row 0."""
    rows: int
    columns: int

    @classmethod
    def over(cls, height, width, middle, step):
        """The grid that covers a picture (height, width) whose face has its middle at this column."""
        before, after, below = (
            COARSER * int(np.ceil((reach / step + 0.5) / COARSER))
            for reach in (middle, width - 1 - middle, height)
        )
        return cls(step, float(middle - (before - 0.5) * step), max(below, COARSER), before + after)


@njit(cache=True, nogil=True)
def gathered(index, weights, triangles, values, furrows):
    """What the samples of a raster know of the surface, each in the measure that it was seen well.

    Args:
        index, weights: what `raster.rasterise` gives.
        triangles: (m, 3) int32.
        values: per vertex (n, 6) float32: displacement (2), log ratio, facing, place in the furrows (2).
        furrows: (H, W) float32 log ratio, to be added to the other after that is softened.

    Returns:
        The displacement times the weight and the weight (h, w, 3), the weight alone, 1 where the surface was
        seen well and 0 where it was not seen at all, the log ratio, and the furrows, both times the weight.
    """
    height, width = index.shape
    sums = np.zeros((height, width, 3), np.float32)
    known, shade, folds = np.zeros((3, height, width), np.float32)
    value = np.empty(6, np.float32)
    for i in range(height):
        for j in range(width):
            t = index[i, j]
            if t < 0:
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            wa, wb = weights[i, j, 0], weights[i, j, 1]
            wc = np.float32(1.0) - wa - wb
            for k in range(6):
                value[k] = wa * values[a, k] + wb * values[b, k] + wc * values[c, k]
            facing = (value[3] - np.float32(GRAZING)) / np.float32(FACING - GRAZING)
            weight = min(max(facing, np.float32(0)), np.float32(1))
            sums[i, j, 0], sums[i, j, 1] = value[0] * weight, value[1] * weight
            sums[i, j, 2] = known[i, j] = weight
            shade[i, j] = value[2] * weight
            u, v, fx, fy = place(furrows.shape[1], furrows.shape[0], value[4], value[5])
            upper = furrows[v, u] + fx * (furrows[v, u + 1] - furrows[v, u])
            lower = furrows[v + 1, u] + fx * (furrows[v + 1, u + 1] - furrows[v + 1, u])
            folds[i, j] = weight * (upper + fy * (lower - upper))
    return sums, known, shade, folds


def continued(sums, reach):
    """Continue a displacement field smoothly where it is not known, dying out beyond the face.

    Args:
        sums: (h, w, 3) float32, displacement times weight, and weight; h and w are multiples of `COARSER`.
        reach: distance at which the displacement has died out, in samples of the field.

    Returns:
        (h, w, 2) float32, for where the field itself is not known.
    """
    height, width = sums.shape[:2]
    small = cv2.resize(sums, (width // COARSER, height // COARSER), interpolation=cv2.INTER_AREA)
    distance = cv2.distanceTransform((small[..., 2] < 0.4).astype(np.uint8), cv2.DIST_L2, 5)
    wider = [cv2.GaussianBlur(small, (0, 0), sigma) for sigma in WIDENING]
    outside = _push_pull(small, np.stack(wider), distance, reach / COARSER)
    return cv2.resize(outside, (width, height), interpolation=cv2.INTER_LINEAR)


@njit(cache=True, nogil=True)
def _smooth(x):
    x = min(max(x, np.float32(0.0)), np.float32(1.0))
    return x * x * (np.float32(3) - np.float32(2) * x)


@njit(cache=True, nogil=True)
def _push_pull(small, wider, distance, reach):
    """Fill what is unknown from ever wider normalised Gaussians (k, h, w, 3), and let it die out."""
    height, width = distance.shape
    out = np.zeros((height, width, 2), np.float32)
    for i in range(height):
        for j in range(width):
            x, y, weight = np.float32(0), np.float32(0), np.float32(0)
            for k in range(wider.shape[0]):
                total = wider[k, i, j, 2]
                take = (np.float32(1) - weight) * min(total * np.float32(4), np.float32(1))
                share = take / max(total, np.float32(1e-6))
                x += share * wider[k, i, j, 0]
                y += share * wider[k, i, j, 1]
                weight += take
            own = small[i, j, 2]
            trust = min(max(own * np.float32(2) - np.float32(1), np.float32(0)), np.float32(1))
            rest = (np.float32(1) - trust) / max(weight, np.float32(1e-6))
            trust /= max(own, np.float32(1e-3))
            fade = _smooth(np.float32(1) - distance[i, j] / np.float32(reach))
            out[i, j, 0] = fade * (trust * small[i, j, 0] + rest * x)
            out[i, j, 1] = fade * (trust * small[i, j, 1] + rest * y)
    return out


@njit(cache=True, nogil=True)
def finished(sums, known, soft, outside, log_ratio, still, dead_band):
    """The backward map, displacement and gain (h, w, 3), and the columns that move in each row (h, 2).

    The field is what was gathered where it is known and not near its border (`soft` is `known`, blurred),
    else what continues it. Nothing moves where nobody would see it: displacements shrink by `still` pixels
    and log ratios by `dead_band`, so that nothing jumps at that border.
    """
    height, width = known.shape
    out = np.empty((height, width, 3), np.float32)
    moving = np.empty((height, 2), np.int32)
    for i in range(height):
        first, end = width, 0
        for j in range(width):
            x, y = outside[i, j, 0], outside[i, j, 1]
            if known[i, j] > 0:
                trust = _smooth(np.float32(2) * soft[i, j] - np.float32(1))
                x += trust * (sums[i, j, 0] / known[i, j] - x)
                y += trust * (sums[i, j, 1] / known[i, j] - y)
            size = np.sqrt(x * x + y * y)
            keep = max(size - np.float32(still), np.float32(0)) / max(size, np.float32(1e-6))
            ratio = log_ratio[i, j]
            beyond = max(abs(ratio) - np.float32(dead_band), np.float32(0))
            gain = np.float32(1)
            if beyond > 0:
                gain = np.exp(beyond if ratio > 0 else -beyond)
            out[i, j, 0], out[i, j, 1], out[i, j, 2] = x * keep, y * keep, gain
            if keep > 0 or beyond > 0:
                first, end = min(first, j), j + 1
        moving[i, 0], moving[i, 1] = first, end
    return out, moving


@njit(cache=True, nogil=True)
def enlarge(coarse, grid, scale, top, left, height, width):
    """Source positions x and y (height, width) float32, times scale, and gain, from a coarse (h, w, 3) map.

    The coarse map holds displacement (pixels) and gain at the samples of the grid; the band asked for starts
    at pixel (top, left).
    """
    first = min(int(top / grid.step), grid.rows - 2)
    count = min(int((top + height - 1) / grid.step), grid.rows - 2) + 2 - first
    wide = np.empty((count, 3, width), np.float32)  # across first: each row is used for `step` rows below
    place = (left - grid.left + np.arange(width)) / grid.step
    cell = np.minimum(place.astype(np.int32), grid.columns - 2)
    share = (place - cell).astype(np.float32)
    for r in range(count):
        for j in range(width):
            c, f = cell[j], share[j]
            one, other = coarse[first + r, c], coarse[first + r, c + 1]
            wide[r, 0, j] = scale * (np.float32(left + j) + one[0] + f * (other[0] - one[0]))
            wide[r, 1, j] = scale * (one[1] + f * (other[1] - one[1]))
            wide[r, 2, j] = one[2] + f * (other[2] - one[2])
    out = np.empty((3, height, width), np.float32)
    for i in range(height):
        above = min(int((top + i) / grid.step), grid.rows - 2)
        part = np.float32((top + i) / grid.step - above)
        start = np.float32(scale * (top + i))
        up, down = wide[above - first], wide[above - first + 1]
        for j in range(width):
            out[0, i, j] = up[0, j] + part * (down[0, j] - up[0, j])
            out[1, i, j] = start + (up[1, j] + part * (down[1, j] - up[1, j]))
            out[2, i, j] = up[2, j] + part * (down[2, j] - up[2, j])
    return out
