"""The skin of a lid as it is beneath its lashes: read from what the photo shows round an open eye."""

import cv2
import numpy as np

from mien.face.rims import SAMPLES

FOLD = (0.10, 0.34)
"""Centimetres above the rim up to which a lid has one colour, and from which the photo's own (ours)."""
STROKE = 0.30
"""Width of the widest tuft of lashes, centimetres (ours)."""
LIGHTER = 0.4
"""How much of the way to the skin over the fold a lid's colour lies once it is out of its shade (ours)."""
DARKEST = 0.9
"""What the fold over a lid leaves of the skin's brightness: darker is lashes or make-up (ours)."""


def step(x, low, high):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def unrolled(crop, frame, u, h):
    """The photo's colours (rows, columns, 3) float32 along (u, eye lengths) and above (h, cm) a rim."""
    rim = np.interp(u, np.linspace(0, 1, SAMPLES), frame.rim)
    over = rim[None] + h[:, None] * frame.centimetre
    along = np.broadcast_to(u * frame.length, over.shape)
    x, y = (
        (frame.corner[k] + along * frame.along[k] + over * frame.up[k]).astype(np.float32) for k in (0, 1)
    )
    return cv2.remap(crop, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)


def without_lashes(seen, u, h, centimetre):
    """Colours (rows, columns, 3) of a lid as it is beneath its lashes, and what these leave of the light."""
    calm = cv2.GaussianBlur(seen, (0, 0), max(0.5, 0.02 * centimetre))
    bare = _closed(calm, STROKE * centimetre)
    bare = cv2.GaussianBlur(bare, (0, 0), sigmaX=0.12 * centimetre, sigmaY=0.025 * centimetre)
    wide = cv2.GaussianBlur(_closed(calm, 4 * STROKE * centimetre), (0, 0), 0.15 * centimetre)
    wing = np.maximum(step(u, 0.45, 0.8), 0.3)[None, :, None] * (1 - step(h, 0.9, 1.2))[:, None, None]
    usual = np.median(bare[(h > 0.4) & (h < 0.9)].reshape(-1, 3), axis=0)
    wide = np.minimum(wide, 1.25 * usual)
    bare = bare + wing * (np.maximum(wide, bare) - bare)
    colour, beyond = _lid_colours(bare, u, h, centimetre)
    own = bare + (1 - step(h, *FOLD))[:, None, None] * (colour - bare)
    usual = DARKEST * (colour + step(h, 0.2, 0.5)[:, None, None] * (beyond - colour))
    own += (1 - step(h, 0.4, 0.7))[:, None, None] * (np.maximum(own, usual) - own)
    own = cv2.GaussianBlur(own.astype(np.float32), (1, 0), 1e-3, sigmaY=0.03 * centimetre)
    ratio = np.clip(1.06 * seen.mean(2) / np.maximum(own.mean(2), 1), 0, 1)
    fade = (1 - step(h, 0.35, 0.6))[:, None]
    lashes = (1 - fade * (1 - ratio))[h >= 0, :, None]
    return own, np.ascontiguousarray(lashes, np.float32)


def grain(seen, centimetre):
    """Detail (rows, columns) float32 of skin (rows, columns, 3) that is finer than its folds, gray levels."""
    gray = seen.mean(2)
    fine = gray - cv2.GaussianBlur(gray, (0, 0), max(1.0, 0.04 * centimetre))
    usual = 1.5 * np.median(np.abs(fine)) + 1e-3
    return np.ascontiguousarray(np.clip(fine, -usual, usual), np.float32)


def _closed(colours, width):
    """Colours (rows, columns, 3) without dark strokes that are narrower than this across, pixels."""
    kernel = np.ones((1, 2 * int(0.5 * width) + 3), np.uint8)
    return cv2.morphologyEx(colours, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)


def _lid_colours(bare, u, h, centimetre):
    """Colours (1, columns, 3) of the lid that comes down, from the brighter rows, and of the skin over it."""
    band = bare[(h > 0.06) & (h < 0.42)]
    order = band.sum(2).argsort(0)[len(band) // 2 :]
    colour = np.take_along_axis(band, order[..., None], 0).mean(0)
    light = colour.sum(1)
    middle = (u > 0.1) & (u < 0.8)
    usual = np.median(light[middle])
    weight = ((u > 0.05) & (u < 0.75) & (light > 0.8 * usual)).astype(np.float32)[None] + 1e-4
    above = np.median(bare[(h > 0.45) & (h < 0.75)][:, middle].reshape(-1, 3), axis=0)
    own = np.median(colour[middle], axis=0)
    colour = colour * (1 + LIGHTER * (np.clip(above / np.maximum(own, 1), 0.9, 1.5) - 1))
    wide = {"ksize": (0, 1), "sigmaX": 0.3 * centimetre, "borderType": cv2.BORDER_REPLICATE}
    total = cv2.GaussianBlur(weight, **wide)[..., None]
    colour = cv2.GaussianBlur((colour[None] * weight[..., None]).astype(np.float32), **wide) / total
    beyond = bare[(h > 0.5) & (h < 0.8)].mean(0, keepdims=True)
    beyond = cv2.GaussianBlur(beyond, (0, 1), sigmaX=0.2 * centimetre, borderType=cv2.BORDER_REPLICATE)
    return colour + step(u, 0.8, 1.25)[None, :, None] * (beyond - colour), beyond


def lower(scene, side, corner, photo, middle, outside, centimetre):
    """The photo (h, w, 3) without the bright border of its lower lid, and 1 at it, 0 from 0.6 cm on."""
    hole = scene.source.points[scene.model.extras[f"eye_rim_{side}"]] - corner
    inside = np.ones(photo.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(hole * 16).astype(np.int32)], 0, shift=4)
    away = cv2.distanceTransform(inside, cv2.DIST_L2, 3) / centimetre
    skin = ((away > 0.1) & (middle < -0.1)).astype(np.float32)[..., None] + 1e-4
    wide = {"ksize": (0, 0), "sigmaX": 0.1 * centimetre}
    calm = cv2.GaussianBlur(photo * skin, **wide) / cv2.GaussianBlur(skin, **wide)[..., None]
    rim = ((1 - step(away, 0.04, 0.14)) * (1 - outside))[..., None]
    return photo + rim * (calm - photo), 1 - step(away, 0.3, 0.6)
