"""Wrinkles and folds that come with a unit: log shading maps in the UV layout, added up on the face."""

import cv2
import numpy as np

FULL = 0.45
"""Log shading that the value 127 of a stored map stands for."""
MIDLINE_BLEND = 0.06
"""Width of the soft border between left and right, in UV units (ours)."""


def combined(model, change):
    """One map (side, side) float32 for a change of unit coefficients (u,), or None without folds."""
    maps = model.extras["wrinkles"]
    names = {name: index for index, name in enumerate(model.unit_names)}
    side = maps.shape[-1]
    left = np.clip(
        (np.linspace(0, 1, side) - 0.5) / MIDLINE_BLEND + 0.5, 0, 1
    )  # the person's left has u > 0.5
    total = None
    for unit, stored in zip(model.wrinkle_names, maps, strict=True):
        sides = (unit + "L", unit + "R") if unit + "L" in names else (unit, unit)
        weight = change[names[sides[0]]] * left + change[names[sides[1]]] * (1 - left)
        if np.any(weight):
            layer = stored * (weight * FULL / 127).astype(np.float32)
            total = layer if total is None else total + layer
    return total


def at(model, change, uv, covered):
    """Log shading (h, w) at UV places (h, w, 2) for a change of unit coefficients (u,)."""
    total = combined(model, change)
    if total is None:
        return np.zeros(covered.shape, np.float32)
    scale = np.float32(total.shape[0] - 1)
    return (
        cv2.remap(total.astype(np.float32), uv[..., 0] * scale, uv[..., 1] * scale, cv2.INTER_LINEAR)
        * covered
    )
