"""The light on a face: spherical harmonics from the photo's own skin, and the ratio of new to old shading."""

import numpy as np
from numba import njit

RATIO_RANGE = (0.55, 1.6)
"""Shading ratios are held within this range (ours): beyond it the light estimate is not to be trusted."""

DEAD_BAND = 0.004
"""Log ratios smaller than this change nothing: half a gray level of mid gray."""


@njit(cache=True, nogil=True)
def normals(vertices, triangles):
    """Unit normals (n, 3) float32 of a mesh, each the area-weighted mean of its triangles'."""
    out = np.zeros_like(vertices)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        vx, vy, vz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for v in (a, b, c):
            out[v, 0] += nx
            out[v, 1] += ny
            out[v, 2] += nz
    for v in range(out.shape[0]):
        size = np.sqrt(out[v, 0] ** 2 + out[v, 1] ** 2 + out[v, 2] ** 2)
        if size > 0:
            for k in range(3):
                out[v, k] /= size
    return out


def harmonics(normal):
    """The nine real spherical harmonics (Ramamoorthi & Hanrahan 2001) at unit normals (n, 3)."""
    x, y, z = normal.T
    return np.stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1], -1)


def estimate(luminance, normal, weight):
    """Light coefficients (9,) that best explain luminance (n,) of skin with normals (n, 3).

    Robust (iteratively reweighted) and pulled towards flat frontal light, so that brows, beard and spots
    do not count as shadow.
    """
    basis = harmonics(normal)
    prior = np.diag([1e-4, *[0.02] * 3, *[0.08] * 5]) * weight.sum()
    robust = weight.copy()
    for _ in range(6):
        light = np.linalg.solve(basis.T @ (basis * robust[:, None]) + prior, basis.T @ (robust * luminance))
        miss = np.abs(luminance - basis @ light)
        robust = weight / (1 + (miss / (0.08 * max(luminance.mean(), 1e-3))) ** 2)
    return light


def shading(light, normal):
    """Irradiance (n,) under the light, never below a tenth of the mean: shadows are not black holes."""
    return np.maximum(harmonics(normal) @ light, 0.1 * light[0])
