"""Surfaces to colours: light on skin, folds, texture, eyes, the mouth's inside, and the camera's own ways."""

import numpy as np
from numba import njit

EYE_LEFT, EYE_RIGHT, UPPER_TEETH, LOWER_TEETH, TONGUE, CAVITY = range(6)
"""What an inner triangle belongs to."""
STEPS = 24
"""Places along an opening at which its upper and lower edge are known."""
LEVEL = 0.6
"""Display value that contrast leaves as it is (ours: between dark and light skin)."""
LIGHT_DEPTH = 4.2
"""Depth into the mouth at which a third of the light is left, centimetres (as in `face.mouth`)."""


@njit(cache=True, nogil=True, fastmath=True)
def lit(normals, light, lamp, gloss):
    """Per vertex of normals (n, 3): brightness of display values, and gloss, (n, 2) float32.

    light: (9,) spherical harmonics of the irradiance, relative to its mean; lamp: (3,) the direction half-way
    between lamp and camera, of which the gloss comes.
    """
    out = np.empty((normals.shape[0], 2), np.float32)
    for i in range(normals.shape[0]):
        x, y, z = normals[i, 0], normals[i, 1], normals[i, 2]
        shade = light[0] + light[1] * x + light[2] * y + light[3] * z + light[4] * x * y + light[5] * x * z
        shade += light[6] * y * z + light[7] * (x * x - y * y) + light[8] * (3 * z * z - 1)
        out[i, 0] = max(shade, 0.1 * light[0]) ** (1 / 2.2)
        out[i, 1] = gloss * max(x * lamp[0] + y * lamp[1] + z * lamp[2], 0.0) ** 22
    return out


@njit(cache=True, nogil=True, fastmath=True)
def furrowed(maps, left, right, across):
    """Log shading (h, w): maps (k, h, w) weighted by left (k,) and right (k,), mixed by across (w,)."""
    height, width = maps.shape[1:]
    out = np.zeros((height, width), np.float32)
    for k in range(maps.shape[0]):
        if left[k] == 0 and right[k] == 0:
            continue
        for i in range(height):
            for j in range(width):
                out[i, j] += maps[k, i, j] * (left[k] * across[j] + right[k] * (1 - across[j]))
    return out


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _step(x):
    """0 below 0, 1 above 1, smooth between."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)


@njit(cache=True, nogil=True, fastmath=True)
def texel(texture, u, v):
    """Read a texture (h, w, 3) float32 at u, v in 0..1, bilinear: three float32."""
    rows, columns = texture.shape[0] - 1, texture.shape[1] - 1
    x = min(max(u, np.float32(0)), np.float32(0.9999)) * np.float32(columns)
    y = min(max(v, np.float32(0)), np.float32(0.9999)) * np.float32(rows)
    i, j = int(y), int(x)
    fx, fy = x - np.float32(j), y - np.float32(i)
    a, b = (np.float32(1) - fx) * (np.float32(1) - fy), fx * (np.float32(1) - fy)
    c, d = (np.float32(1) - fx) * fy, fx * fy
    low, high = texture[i], texture[i + 1]
    red = a * low[j, 0] + b * low[j + 1, 0] + c * high[j, 0] + d * high[j + 1, 0]
    green = a * low[j, 1] + b * low[j + 1, 1] + c * high[j, 1] + d * high[j + 1, 1]
    blue = a * low[j, 2] + b * low[j + 1, 2] + c * high[j, 2] + d * high[j + 1, 2]
    return red, green, blue


@njit(cache=True, nogil=True, fastmath=True)
def _edge(span, edges, x, side):
    """Height of an opening's upper (0) or lower (1) edge at x, centimetres."""
    at = min(max((x - span[0]) / span[1], 0.0), 1.0) * (STEPS - 1)
    k = min(int(at), STEPS - 2)
    return edges[k, side] + (at - k) * (edges[k + 1, side] - edges[k, side])


@njit(cache=True, nogil=True, fastmath=True)
def eye_colour(ball, place, axes, span, edges, iris, shade, glint, lashes, out):
    """Colour of the eye where its direction from the eyeball's centre is ball (3,), into out (3,).

    place: (3,) centimetres; axes: (3, 3) right, up and forward of the gaze; iris: (h, w, 3) front view of the
    ball; shade: (4,) light on it by direction (constant, x, y, z); glint: (4,) direction of the lamp's
    reflection and its strength; lashes: (3,) colour of lids that nearly meet.
    """
    x = axes[0, 0] * ball[0] + axes[0, 1] * ball[1] + axes[0, 2] * ball[2]
    y = axes[1, 0] * ball[0] + axes[1, 1] * ball[1] + axes[1, 2] * ball[2]
    out[0], out[1], out[2] = texel(iris, np.float32(0.5 + 0.5 * x), np.float32(0.5 - 0.5 * y))
    upper, lower = _edge(span, edges, place[0], 0), _edge(span, edges, place[0], 1)
    under = (0.45 + 0.55 * _step((upper - place[1]) / 0.12)) * (0.7 + 0.3 * _step((upper - place[1]) / 0.45))
    above = 0.7 + 0.3 * _step((place[1] - lower) / 0.14)
    across = (place[0] - span[0]) / span[1]
    corner = 0.62 + 0.38 * _step(min(across, 1 - across) / 0.22)
    light = under * above * corner
    light *= shade[0] + shade[1] * ball[0] + shade[2] * ball[1] + shade[3] * ball[2]
    away = 1 - (ball[0] * glint[0] + ball[1] * glint[1] + ball[2] * glint[2])
    spot = glint[3] * np.exp(-away / 0.0016) * _step((upper - place[1]) / 0.12)
    thin = 1 - _step((upper - lower) / 0.14)
    for k in range(3):
        colour = out[k] * light + spot
        out[k] = colour + thin * (lashes[k] - colour)


@njit(cache=True, nogil=True, fastmath=True)
def mouth_colour(kind, place, depth, front, u, v, span, edges, teeth, soft, out):
    """Colour of the mouth's inside at place (3,), centimetres, into out (3,).

    teeth: (2, h, w, 3) both rows; soft: (3, 3) colours of tongue, cavity, and of lips that meet.
    """
    upper, lower = _edge(span, edges, place[0], 0), _edge(span, edges, place[0], 1)
    if kind in (UPPER_TEETH, LOWER_TEETH):
        out[0], out[1], out[2] = texel(teeth[kind - UPPER_TEETH], u, v)
    elif kind == TONGUE:
        side = abs(u - 0.5) * 2
        bright = (
            (1 - 0.12 * np.exp(-((u - 0.5) ** 2) / 0.008)) * (1.05 - 0.4 * side * side) * (0.35 + 0.65 * v)
        )
        for k in range(3):
            out[k] = soft[0, k] * bright
    else:
        for k in range(3):
            out[k] = soft[1, k]
    dim = np.exp(-max(front - depth, 0.0) / LIGHT_DEPTH)
    dim *= 0.6 + 0.4 * _step((upper - place[1]) / 0.5)
    across = (place[0] - span[0]) / span[1]
    dim *= 0.55 + 0.45 * _step(min(across, 1 - across) / 0.25)
    gap = _step((upper - lower - 0.04) / 0.22)
    for k in range(3):
        out[k] = soft[2, k] + gap * (out[k] * dim - soft[2, k])


@njit(cache=True, nogil=True, fastmath=True)
def developed(soft, sharp, gain, contrast, grain, backdrop):
    """Colour times coverage (h, w, 4) as a camera gives it: (h, w, 3) uint8.

    soft: the frame out of focus; sharp: the same in focus, whose coverage masks. gain: (3,); contrast:
    exponent about `LEVEL`; grain: (h, w, 3) gray levels; backdrop: (3,) gray levels where no face is.
    Highlights roll off above three quarters.
    """
    height, width = sharp.shape[:2]
    out = np.empty((height, width, 3), np.uint8)
    for i in range(height):
        for j in range(width):
            cover = sharp[i, j, 3]
            for k in range(3):
                value = backdrop[k]
                if cover > 0:
                    x = gain[k] * max(soft[i, j, k] / max(soft[i, j, 3], np.float32(1e-3)), np.float32(1e-4))
                    x = LEVEL * (x / LEVEL) ** contrast
                    if x > 0.75:
                        x = 1 - 0.25 * np.exp((0.75 - x) * 4)
                    value += cover * (255 * x + grain[i, j, k] - value)
                out[i, j, k] = np.uint8(min(max(value, 0.0), 255.0) + 0.5)
    return out
