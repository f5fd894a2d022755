"""The skin laid flat: our own UV layout, a harmonic map onto a square with round corners."""

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import spsolve


def harmonic_layout(points, triangles, outline) -> np.ndarray:
    """Place every vertex at the weighted mean of its neighbours, the outline on a square with round corners.

    Cotangent weights (Pinkall & Polthier 1993), held positive so that no triangle folds over (Tutte 1963).

    Args:
        points: (n, 3) vertices.
        triangles: (m, 3).
        outline: (k,) the boundary's vertices in order.

    Returns:
        (n, 2) places, 0..1, the top of the face at 0.
    """
    weights = _cotangents(points, triangles)
    laplacian = csr_matrix(diags(np.asarray(weights.sum(1)).ravel()) - weights)
    place = np.zeros((len(points), 2))
    place[outline] = 0.5 + 0.49 * _round_square(points[outline]) * [1, -1]
    inner = np.setdiff1d(np.arange(len(points)), outline)
    pull = laplacian[inner][:, outline] @ place[outline]
    place[inner] = np.asarray(spsolve(laplacian[inner][:, inner].tocsc(), -pull))
    return place


def _cotangents(points, triangles):
    """Symmetric sparse (n, n): each edge's sum of the cotangents opposite to it, each held in 0.05..10."""
    rows, columns, values = [], [], []
    for k in range(3):
        a, b, c = triangles[:, k], triangles[:, (k + 1) % 3], triangles[:, (k + 2) % 3]
        u, v = points[a] - points[c], points[b] - points[c]
        cotangent = (u * v).sum(1) / np.maximum(np.linalg.norm(np.cross(u, v), axis=1), 1e-9)
        rows += [a, b]
        columns += [b, a]
        values += [np.clip(cotangent, 0.05, 10)] * 2
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return coo_matrix(entries, shape=(len(points), len(points))).tocsr()


def _round_square(ring):
    """Points (k, 2) on |x|^4 + |y|^4 = 1, spaced as the ring (k, 3) is, its top at (0, 1)."""
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(ring, axis=0, append=ring[:1]), axis=1))]
    top = np.argmax(ring[:, 1])
    angle = 2 * np.pi * (along[:-1] - along[top]) / along[-1]
    sign = np.sign(np.sum(ring[:, 0] * np.sin(angle)))
    circle = np.stack([sign * np.sin(angle), np.cos(angle)], 1)
    return circle / (np.abs(circle) ** 4).sum(1, keepdims=True) ** 0.25
