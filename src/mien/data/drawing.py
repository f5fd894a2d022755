"""Faces to pixels, fast: one frame's skin, eyes and mouth in compiled passes, averaged over samples."""

import numpy as np
from numba import njit

from mien.data.shading import (
    EYE_RIGHT,
    LOWER_TEETH,
    STEPS,
    UPPER_TEETH,
    eye_colour,
    mouth_colour,
    texel,
)
from mien.face.model import CAMERA_DISTANCE

ORDER = np.array([4, 4, 3, 2, 1, 0], np.float32)
"""Which of two inner parts on one sample is seen: teeth before the tongue, the tongue before the cavity."""


@njit(cache=True, nogil=True, fastmath=True)
def placed(vertices, pivot, rotation, scale, offset):
    """Points (n, 2), depth (n,) and turned vertices (n, 3) of vertices (n, 3), as in `Pose.project`."""
    count = vertices.shape[0]
    points, depth = np.empty((count, 2), np.float32), np.empty(count, np.float32)
    turned = np.empty((count, 3), np.float32)
    for i in range(count):
        x, y, z = vertices[i, 0] - pivot[0], vertices[i, 1] - pivot[1], vertices[i, 2] - pivot[2]
        for k in range(3):
            turned[i, k] = rotation[k, 0] * x + rotation[k, 1] * y + rotation[k, 2] * z
        zoom = scale * CAMERA_DISTANCE / (CAMERA_DISTANCE - turned[i, 2])
        points[i, 0] = turned[i, 0] * zoom + offset[0]
        points[i, 1] = offset[1] - turned[i, 1] * zoom
        depth[i] = turned[i, 2]
    return points, depth, turned


@njit(cache=True, nogil=True, fastmath=True)
def moved(base, shifts, weights):
    """Vertices base (n, 3) plus the weighted sum of shifts (k, n, 3)."""
    out = base.copy()
    for k in range(shifts.shape[0]):
        weight = np.float32(weights[k])
        if weight != 0:
            for i in range(out.shape[0]):
                for j in range(3):
                    out[i, j] += weight * shifts[k, i, j]
    return out


@njit(cache=True, nogil=True, fastmath=True)
def rims(vertices, rim, corners):
    """Where an opening begins and how wide it is, and its edges at `STEPS` places across: ((2,), (STEPS, 2)).

    vertices: (n, 3) centimetres; rim: (r,) vertices round the opening; corners: (2,) its two ends within rim,
    the first on the image's left. An edge is the upper one's height and the lower's, equal where they meet.
    """
    start, end = vertices[rim[corners[0]], 0], vertices[rim[corners[1]], 0]
    low, high = min(start, end), max(start, end)
    span = np.array([low, max(high - low, 1e-3)], np.float32)
    edges = np.empty((STEPS, 2), np.float32)
    edges[:, 0], edges[:, 1] = -1e3, 1e3
    middle = (vertices[rim[corners[0]], 1] + vertices[rim[corners[1]], 1]) / 2
    count = len(rim)
    for side in range(2):
        at, stop = corners[side], corners[1 - side]
        while at != stop:
            after = (at + 1) % count
            a, b = vertices[rim[at]], vertices[rim[after]]
            p, q = (a[0] - low) / span[1] * (STEPS - 1), (b[0] - low) / span[1] * (STEPS - 1)
            for k in range(max(0, int(np.ceil(min(p, q)))), min(STEPS - 1, int(np.floor(max(p, q)))) + 1):
                share = (k - p) / (q - p) if q != p else 0.0
                height = a[1] + share * (b[1] - a[1])
                if side == 0:
                    edges[k, 0] = max(edges[k, 0], height)
                else:
                    edges[k, 1] = min(edges[k, 1], height)
            at = after
    for k in range(STEPS):
        if edges[k, 0] < -1e2:
            edges[k, 0] = middle
        if edges[k, 1] > 1e2:
            edges[k, 1] = middle
        if edges[k, 1] > edges[k, 0]:
            edges[k, 0] = edges[k, 1] = (edges[k, 0] + edges[k, 1]) / 2
    return span, edges


@njit(cache=True, nogil=True, fastmath=True)
def fill_openings(index, weights, points, depth, triangles, kinds, uv, covers, skin_count):
    """Draw inner triangles on the samples that the skin left free, in place, numbered from `skin_count` on.

    kinds: (m,) what each belongs to; covers: (2, h, w) where the textures of upper and lower teeth are teeth.
    """
    height, width = index.shape
    nearest = np.full((height, width), -np.inf, np.float32)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
        cx, cy = points[c, 0], points[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        kind = kinds[t]
        inverse, lift = 1.0 / area, 100 * ORDER[kind]
        for y in range(
            max(0, int(np.ceil(min(ay, by, cy)))), min(height - 1, int(np.floor(max(ay, by, cy)))) + 1
        ):
            for x in range(
                max(0, int(np.ceil(min(ax, bx, cx)))), min(width - 1, int(np.floor(max(ax, bx, cx)))) + 1
            ):
                if 0 <= index[y, x] < skin_count:
                    continue
                wa = ((bx - x) * (cy - y) - (by - y) * (cx - x)) * inverse
                wb = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) * inverse
                wc = 1.0 - wa - wb
                if wa < -1e-5 or wb < -1e-5 or wc < -1e-5:
                    continue
                z = lift + wa * depth[a] + wb * depth[b] + wc * depth[c]
                if z <= nearest[y, x]:
                    continue
                if kind in (UPPER_TEETH, LOWER_TEETH):
                    cover = covers[kind - UPPER_TEETH]
                    u = wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0]
                    v = wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1]
                    row = min(max(int(v * cover.shape[0]), 0), cover.shape[0] - 1)
                    column = min(max(int(u * cover.shape[1]), 0), cover.shape[1] - 1)
                    if not cover[row, column]:
                        continue
                nearest[y, x] = z
                index[y, x] = skin_count + t
                weights[y, x, 0], weights[y, x, 1] = wa, wb


@njit(cache=True, nogil=True, fastmath=True)
def coloured(index, weights, samples, skin, inner, skin_values, texture, furrows, eyes, mouth):
    """The frame (h, w, 4) float32: colour 0..1 times coverage, and coverage, each the mean of its samples.

    index, weights: the raster, `samples` times as large as the frame. skin, inner: (m, 3) triangles.
    skin_values: (n, 5) UV, brightness, gloss, depth within the mask. texture: (h, w, 3) skin. furrows: (h, w)
    log shading.
    eyes: (kinds, balls, places, axes, spans, edges, irises, shades, glints, lashes), for left and right.
    mouth: (depth, uv, front, span, edges, teeth, soft).
    """
    kinds, balls, places, axes, eye_spans, eye_edges, irises, shades, glints, lashes = eyes
    depth, uv, front, span, edges, teeth, soft = mouth
    height, width = index.shape[0] // samples, index.shape[1] // samples
    out = np.zeros((height, width, 4), np.float32)
    colour, value = np.empty(3, np.float32), np.empty(5, np.float32)
    ball, place = np.empty(3, np.float32), np.empty(3, np.float32)
    side, half = np.float32(furrows.shape[0] - 1), np.float32(0.5)
    part = np.float32(1 / (samples * samples))
    for y in range(height * samples):
        for x in range(width * samples):
            t = index[y, x]
            if t < 0:
                continue
            wa, wb = weights[y, x, 0], weights[y, x, 1]
            wc = np.float32(1) - wa - wb
            if t < len(skin):
                a, b, c = skin[t, 0], skin[t, 1], skin[t, 2]
                for k in range(5):
                    value[k] = wa * skin_values[a, k] + wb * skin_values[b, k] + wc * skin_values[c, k]
                if value[4] < 0:
                    continue
                colour[0], colour[1], colour[2] = texel(texture, value[0], value[1])
                w = furrows[int(value[1] * side + half), int(value[0] * side + half)]
                gain = value[2] * (np.float32(1) + w + np.float32(0.5) * w * w)
                for k in range(3):
                    colour[k] = colour[k] * gain + value[3]
            else:
                t -= len(skin)
                a, b, c, kind = inner[t, 0], inner[t, 1], inner[t, 2], kinds[t]
                for k in range(3):
                    place[k] = wa * places[a, k] + wb * places[b, k] + wc * places[c, k]
                if kind <= EYE_RIGHT:
                    size = np.float32(0)
                    for k in range(3):
                        ball[k] = wa * balls[a, k] + wb * balls[b, k] + wc * balls[c, k]
                        size += ball[k] * ball[k]
                    for k in range(3):
                        ball[k] /= np.sqrt(size)
                    eye_colour(
                        ball, place, axes[kind], eye_spans[kind], eye_edges[kind], irises, shades, glints,
                        lashes, colour,
                    )  # fmt: skip
                else:
                    u = wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0]
                    v = wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1]
                    z = wa * depth[a] + wb * depth[b] + wc * depth[c]
                    mouth_colour(kind, place, z, front, u, v, span, edges, teeth, soft, colour)
            i, j = y // samples, x // samples
            for k in range(3):
                out[i, j, k] += part * min(max(colour[k], np.float32(0)), np.float32(1))
            out[i, j, 3] += part
    return out
