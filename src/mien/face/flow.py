"""The backward map: where in the photo each pixel comes from, continued softly outside the face."""

import cv2
import numpy as np
from numba import njit

REACH = 0.35
"""How far beyond the face the picture may follow it, in face heights (ours)."""
COARSER = 4
"""What lies outside the face is smooth: one sample in so many carries it."""
WIDENING = (0.8, 2.0, 5.0, 11.0)
"""Widths of the Gaussians that continue the field, in those samples."""
GRAZING, FACING = 0.12, 0.42
"""Cosines to the camera below which a surface's displacement is not used, and above which it is (ours)."""


def continued(field, known, reach):
    """Continue a displacement field smoothly where it is not known, dying out beyond the face.

    Args:
        field: (h, w, 2) float32 displacement; valid where known > 0.
        known: (h, w) float32, 1 where the surface was seen well, 0 where it was not seen at all.
        reach: distance at which the displacement has died out, in samples of the field.

    Returns:
        (h, w, 2) float32, equal to the field well inside the face.
    """
    height, width = known.shape
    small = (max(2, width // COARSER), max(2, height // COARSER))
    share = cv2.resize(known, small, interpolation=cv2.INTER_AREA)
    value = cv2.resize(
        cv2.merge([field[..., 0] * known, field[..., 1] * known]), small, interpolation=cv2.INTER_AREA
    )
    distance = cv2.distanceTransform((share < 0.4).astype(np.uint8), cv2.DIST_L2, 5)
    fade = _smooth(1 - distance * COARSER / reach)
    outside = _push_pull(value, share) * fade[..., None]
    outside = cv2.resize(outside, (width, height), interpolation=cv2.INTER_LINEAR)
    return _joined(field, outside, cv2.GaussianBlur(known, (0, 0), 1.6), known)


@njit(cache=True, nogil=True)
def _joined(field, outside, soft, known):
    """The field where it is well known, what continues it elsewhere, and a smooth passage."""
    for i in range(field.shape[0]):
        for j in range(field.shape[1]):
            trust = np.float32(0.0)
            if known[i, j] > 0:
                trust = min(max(2 * soft[i, j] - 1, np.float32(0.0)), np.float32(1.0))
                trust = trust * trust * (3 - 2 * trust)
            for k in range(2):
                outside[i, j, k] += trust * (field[i, j, k] - outside[i, j, k])
    return outside


def _smooth(x):
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _push_pull(value, share):
    """Fill what is unknown from ever wider normalised Gaussians."""
    result, weight = np.zeros_like(value), np.zeros_like(share)
    for sigma in WIDENING:
        total = cv2.GaussianBlur(share, (0, 0), sigma)
        mean = cv2.GaussianBlur(value, (0, 0), sigma) / np.maximum(total, 1e-6)[..., None]
        take = (1 - weight) * np.clip(total * 4, 0, 1)
        result += take[..., None] * mean
        weight += take
    result /= np.maximum(weight, 1e-6)[..., None]
    own = value / np.maximum(share, 1e-3)[..., None]
    trust = np.clip(share * 2 - 1, 0, 1)[..., None]
    return own * trust + result * (1 - trust)


@njit(cache=True, nogil=True)
def finished(field, log_ratio, still, dead_band):
    """The backward map (h, w, 3) float32: displacement and gain, exactly none where nobody would see it.

    Displacements shrink by `still` pixels and log ratios by `dead_band`, so that nothing jumps at the border.
    """
    height, width = log_ratio.shape
    out = np.empty((height, width, 3), np.float32)
    for i in range(height):
        for j in range(width):
            x, y = field[i, j, 0], field[i, j, 1]
            size = np.sqrt(x * x + y * y)
            keep = np.float32(max(size - still, 0.0) / max(size, 1e-6))
            out[i, j, 0], out[i, j, 1] = x * keep, y * keep
            ratio = log_ratio[i, j]
            beyond = max(abs(ratio) - dead_band, 0.0)
            out[i, j, 2] = (
                np.float32(np.exp(beyond if ratio > 0 else -beyond)) if beyond > 0 else np.float32(1)
            )
    return out


def doubled(pixels):
    """Pixels (h, w, 3) uint8 at twice the density, (2h, 2w, 3), cubic in between; even samples are exact.

    Fetching between the samples of this picture linearly is ten times as fast as cubic fetching from the
    original, and as sharp.
    """
    kernel = np.array([-1, 9, 9, -1], np.float32) / 16  # Catmull-Rom, half way between two samples
    wide = np.empty((pixels.shape[0], 2 * pixels.shape[1], 3), np.uint8)
    wide[:, ::2] = pixels
    wide[:, 1::2] = cv2.filter2D(pixels, -1, kernel[None], anchor=(1, 0), borderType=cv2.BORDER_REPLICATE)
    out = np.empty((2 * wide.shape[0], wide.shape[1], 3), np.uint8)
    out[::2] = wide
    out[1::2] = cv2.filter2D(wide, -1, kernel[:, None], anchor=(0, 1), borderType=cv2.BORDER_REPLICATE)
    return out


@njit(cache=True, nogil=True)
def enlarge(coarse, step, scale, top, left, height, width):
    """Source positions x and y (height, width) float32, times scale, and gain, from a coarse (h, w, 3) field.

    The coarse field holds displacement (pixels) and gain at every `step` pixels; the band asked for starts
    at pixel (top, left).
    """
    map_x = np.empty((height, width), np.float32)
    map_y = np.empty((height, width), np.float32)
    gain = np.empty((height, width), np.float32)
    row = np.empty((3, coarse.shape[1]), np.float32)
    place = (left + np.arange(width)) / step
    cell = np.minimum(place.astype(np.int32), coarse.shape[1] - 2)
    share = (place - cell).astype(np.float32)
    for i in range(height):
        y = (top + i) / step
        above = min(int(y), coarse.shape[0] - 2)
        part = np.float32(y - above)
        for c in range(coarse.shape[1]):
            for k in range(3):
                row[k, c] = coarse[above, c, k] + part * (coarse[above + 1, c, k] - coarse[above, c, k])
        for j in range(width):
            c, f = cell[j], share[j]
            map_x[i, j] = scale * (np.float32(left + j) + row[0, c] + f * (row[0, c + 1] - row[0, c]))
            map_y[i, j] = scale * (np.float32(top + i) + row[1, c] + f * (row[1, c + 1] - row[1, c]))
            gain[i, j] = row[2, c] + f * (row[2, c + 1] - row[2, c])
    return map_x, map_y, gain


@njit(cache=True, nogil=True)
def multiply(pixels, gain):
    """Pixels (h, w, 3) uint8 times gain (h, w) in place, rounded; a gain of one keeps the bytes."""
    for i in range(pixels.shape[0]):
        for j in range(pixels.shape[1]):
            g = gain[i, j]
            if g != 1.0:
                for k in range(3):
                    value = np.float32(pixels[i, j, k]) * g + np.float32(0.5)
                    pixels[i, j, k] = np.uint8(min(value, np.float32(255.0)))


@njit(cache=True, nogil=True)
def difference(one, other):
    """How many pixels of two pictures (h, w, 3) uint8 differ, and the box x0, y0, x1, y1 that holds them."""
    count, x0, y0, x1, y1 = 0, one.shape[1], one.shape[0], 0, 0
    for i in range(one.shape[0]):
        for j in range(one.shape[1]):
            if (
                one[i, j, 0] != other[i, j, 0]
                or one[i, j, 1] != other[i, j, 1]
                or one[i, j, 2] != other[i, j, 2]
            ):
                count += 1
                x0, x1 = min(x0, j), max(x1, j + 1)
                y0, y1 = min(y0, i), max(y1, i + 1)
    return count, x0, y0, x1, y1
