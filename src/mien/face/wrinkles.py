"""Wrinkles and folds that come with a unit: log shading maps in the UV layout, added up on the face."""

import numpy as np
from numba import njit

FULL = 0.45
"""Log shading that the value 127 of a stored map stands for."""
MIDLINE_BLEND = 0.06
"""Width of the soft border between left and right, in UV units (ours)."""


def side(model):
    """Samples along a side of a map."""
    return model.extras["wrinkles"].shape[-1]


def combined(model, change):
    """The log shading map (side, side) float32 that a change of unit coefficients (u,) adds up to."""
    names = {name: index for index, name in enumerate(model.unit_names)}
    pairs = [
        (unit + "L", unit + "R") if unit + "L" in names else (unit, unit) for unit in model.wrinkle_names
    ]
    weights = change[[[names[name] for name in pair] for pair in pairs]].astype(np.float32)  # (k, 2)
    return _added(model.extras["wrinkles"], weights)


@njit(cache=True, nogil=True)
def _added(maps, weights):
    """One map (side, side) float32 from the maps (k, side, side) and how much left and right show (k, 2)."""
    side = maps.shape[-1]
    total = np.zeros((side, side), np.float32)
    left = (np.linspace(0, 1, side) - 0.5) / MIDLINE_BLEND + 0.5  # the person's left has u > 0.5
    left = np.minimum(np.maximum(left, 0), 1)
    for k in range(len(maps)):
        if weights[k, 0] == 0 and weights[k, 1] == 0:
            continue
        across = (weights[k, 0] * left + weights[k, 1] * (1 - left)) * (FULL / 127)
        row = across.astype(np.float32)
        for i in range(side):
            for j in range(side):
                total[i, j] += row[j] * maps[k, i, j]
    return total
