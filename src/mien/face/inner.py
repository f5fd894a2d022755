"""What shows between lids or lips, laid over the skin: as the photo shows it, or as it is made up."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from mien.face.sampling import place


@dataclass(frozen=True, kw_only=True)
class Inner:
    """The inside of an opening, ready to be laid over the skin."""

    box: tuple[slice, slice]  # rows and columns of the crop
    alpha: np.ndarray  # (h, w) float32, 0..1
    made: np.ndarray  # (h, w, 3) float32, colours that are made up, 0..255
    where: np.ndarray  # (h, w, 2) float32 or more, where each pixel lies in the photo's crop
    depths: np.ndarray  # distance to the photo's own lids or lips, pixels
    corner: np.ndarray  # (2,) float32, place of `depths` in the crop
    trust: tuple[float, float, float]  # depth from which the photo counts, passage to it, the most it counts

    def lay(self, picture, dense, density):
        """Mix it over the crop-sized picture (h, w, 3) uint8 in place, where alpha is not 0.

        dense: the crop, with `density` samples in a pixel.
        """
        inside = self.depths, self.corner
        _lay(picture[self.box], self.alpha, self.made, self.where, (dense, density), inside, self.trust)


@njit(cache=True, nogil=True)
def _lay(picture, alpha, made, where, photo, inside, trust):
    dense, density = photo
    depths, corner = inside
    first, passage, most = trust
    for i in range(alpha.shape[0]):
        for j in range(alpha.shape[1]):
            if alpha[i, j] == 0:
                continue
            x, y = where[i, j, 0], where[i, j, 1]
            depth = _depth(depths, x - corner[0], y - corner[1])
            share = most * min(max((depth - first) / passage, 0.0), 1.0)
            u, v, fx, fy = place(dense.shape[1], dense.shape[0], density * x, density * y)
            for k in range(3):
                colour = made[i, j, k]
                if share > 0:
                    upper = dense[v, u, k] + fx * (np.float32(dense[v, u + 1, k]) - dense[v, u, k])
                    lower = dense[v + 1, u, k] + fx * (
                        np.float32(dense[v + 1, u + 1, k]) - dense[v + 1, u, k]
                    )
                    colour += share * (upper + fy * (lower - upper) - colour)
                _mix(picture, i, j, k, colour, alpha[i, j])


@njit(cache=True, nogil=True)
def blend(picture, colour, alpha):
    """Mix one colour (3,) over a picture's box (h, w, 3) uint8 in place; alpha (h, w) 0..1."""
    for i in range(alpha.shape[0]):
        for j in range(alpha.shape[1]):
            if alpha[i, j] > 0:
                for k in range(3):
                    _mix(picture, i, j, k, colour[k], alpha[i, j])


@njit(cache=True, nogil=True)
def _mix(picture, i, j, k, colour, alpha):
    below = np.float32(picture[i, j, k])
    picture[i, j, k] = np.uint8(min(max(np.rint(below + alpha * (colour - below)), 0.0), 255.0))


@njit(cache=True, nogil=True)
def _depth(depths, x, y):
    """The depth at a place of its patch, 0 outside."""
    height, width = depths.shape
    if x <= -1 or y <= -1 or x >= width or y >= height:
        return 0.0
    u, v = int(np.floor(x)), int(np.floor(y))
    total = 0.0
    for i, down in ((v, 1 - (y - v)), (v + 1, y - v)):
        for j, across in ((u, 1 - (x - u)), (u + 1, x - u)):
            if 0 <= i < height and 0 <= j < width:
                total += down * across * depths[i, j]
    return total
