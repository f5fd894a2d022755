"""Preview sheets of a system in training: given, made, and the truth; and whether it copies."""

import cv2
import numpy as np
import torch
from torch import Tensor

from mien.data.batches import pixels
from mien.system import Batch, Motion, System

ROWS = 6
"""Samples on a sheet."""
COPIES = 0.15
"""Share of the true change under which an output counts as a copy of its input (ours)."""


@torch.no_grad()
def sheet(system: System, batch: Batch) -> tuple[np.ndarray, float]:
    """A sheet (h, w, 3) uint8 of a batch's first samples, and the share of the true change that was made.

    The share is the mean absolute change of the output from its input over that of the truth; a system that
    copies has one near 0.
    """
    few = batch.part(slice(ROWS))
    made, truth = system.answer(few)
    if isinstance(system, Motion):
        start = few.landmarks[:, :1]  # type: ignore[attr-defined]
        tiles = torch.stack([start[:, 0], made[:, -1], truth[:, -1]], 1)
        return _grid([[_dots(points) for points in row] for row in tiles.float().cpu()]), _share(
            made, truth, start
        )
    face = few.face  # type: ignore[attr-defined]
    if made.dim() == 5:
        moments = torch.linspace(0, made.shape[2] - 1, 5).round().long()
        tiles = torch.cat([made[:, :, moments], truth[:, :, moments]], 2).movedim(2, 1)
        share = _share(made, truth, face[:, :, None])
    else:
        tiles, share = torch.stack([face, made, truth], 1), _share(made, truth, face)
    return _grid([list(pixels(row)) for row in tiles.cpu()]), share


def _share(made: Tensor, truth: Tensor, start: Tensor) -> float:
    return float((made - start).abs().mean() / (truth - start).abs().mean().clamp_min(1e-6))


def _grid(rows: list[list[np.ndarray]]) -> np.ndarray:
    return np.concatenate([np.concatenate(row, 1) for row in rows], 0)


def _dots(points: Tensor, side: int = 128) -> np.ndarray:
    """Landmarks (68, 2) in [-1, 1] as white dots on black, (side, side, 3) uint8."""
    out = np.zeros((side, side, 3), np.uint8)
    for x, y in ((points.numpy() + 1) * side / 2).round().astype(int):
        cv2.circle(out, (int(x), int(y)), 1, (255, 255, 255), -1)
    return out
