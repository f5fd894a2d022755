"""Glasses: noticed by their frame, and kept from bending when the skin beneath them moves."""

import cv2
import numpy as np

SIDE = 128
EYES = 64.0
"""Eye distance in the upright crop that is looked at, pixels."""
NONE, SURE = 18.0, 32.0
"""Frame contrast (gray levels a pixel, bridge plus temples) below which there are no glasses, and above which
there are; bare faces of 202 open photos reach 15, a full frame 47 (ours). Rimless glasses go unnoticed."""
HOLD = 0.9
"""How much of the skin's motion under a frame is held back (ours)."""


def worn(pixels, landmarks) -> float:
    """How surely a face (pixels (h, w, 3) uint8, landmarks (68, 2)) wears glasses with a frame, 0..1."""
    left, right = landmarks[36:42].mean(0), landmarks[42:48].mean(0)
    across = right - left
    scale = EYES / (across @ across)
    turn = np.array([[across[0], across[1]], [-across[1], across[0]]]) * scale
    matrix = np.c_[turn, SIDE / 2 - turn @ ((left + right) / 2)]
    crop = cv2.warpAffine(pixels, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    gray = cv2.GaussianBlur(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1)
    edge = cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=3) / 8

    def line(rows, columns):  # the strongest straight horizontal edge
        return float(np.abs(edge[rows, columns].mean(1)).max())

    bridge = line(slice(54, 84), slice(58, 71))
    temples = min(line(slice(50, 78), slice(2, 14)), line(slice(50, 78), slice(114, 126)))
    return float(np.clip((bridge + temples - NONE) / (SURE - NONE), 0, 1))


def held(model) -> np.ndarray:
    """How much each vertex (n,) lies under a frame, 0..1: round the eyes, not the lids themselves."""
    x, y = np.abs(model.template[:, 0]), model.template[:, 1]
    band = np.clip((y - 0.9) / 0.9, 0, 1) * np.clip((7.4 - y) / 1.6, 0, 1)
    lids = np.exp(-(((x - 3.25) / 1.75) ** 4 + ((y - 3.45) / 1.0) ** 4))
    inner = np.arange(len(model.template)) >= model.parts["skin"][0].stop
    return np.where(inner, 0, band * (1 - lids)).astype(np.float32)
