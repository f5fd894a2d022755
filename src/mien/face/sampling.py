"""Pixels between pixels: a picture at twice the density, places in it, relit pixels, and what differs."""

import cv2
import numpy as np
from numba import njit

LOSING = 32.0
"""Change in gray levels at which detail too fine for the drawing is half gone (ours)."""


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
def place(width, height, x, y):
    """The upper left of the four samples round a place, and the place's share of the others; held inside."""
    x, y = min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)
    u, v = min(int(x), width - 2), min(int(y), height - 2)
    return u, v, np.float32(x - u), np.float32(y - v)


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


def restored(original, lost, new):
    """New pixels (h, w, 3) uint8 with what was lost (int16) on the way, where they still show the original.

    A glint in an eye that has closed is not to shine through its lid.
    """
    change = np.abs(new.astype(np.int16) + lost - original).max(2).astype(np.uint8)
    near = cv2.dilate(change, np.ones((5, 5), np.uint8))
    keep = np.clip(1.5 - near / np.float32(LOSING), 0, 1)[..., None]
    return np.clip(np.rint(new + keep * lost), 0, 255).astype(np.uint8)


@njit(cache=True, nogil=True)
def difference(one, other):
    """How many pixels of two pictures (h, w, 3) uint8 differ, and the box x0, y0, x1, y1 that holds them."""
    columns = np.zeros(one.shape[1], np.uint8)
    count, top, bottom = 0, 0, 0
    for i in range(one.shape[0]):
        here = 0
        for j in range(one.shape[1]):  # without a branch, many pixels at once
            differs = (one[i, j, 0] ^ other[i, j, 0]) | (one[i, j, 1] ^ other[i, j, 1])
            differs |= one[i, j, 2] ^ other[i, j, 2]
            columns[j] |= differs
            here += differs != 0
        if here:
            top, bottom = (top if count else i), i + 1
            count += here
    across = np.flatnonzero(columns)
    return (count, across[0], top, across[-1] + 1, bottom) if count else (0, 0, 0, 0, 0)
