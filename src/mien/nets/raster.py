"""Landmarks drawn as images that a net can look at, differentiable in the landmarks."""

import math
from itertools import pairwise

import torch
from torch import Tensor

from mien.machine import precise

DOT = 1.5 / 64
"""Spread of a dot in halves of a side: 1.5 pixels of 128."""
LINE = 1 / 64
"""Spread of a line in halves of a side: 1 pixel of 128 (ours)."""
TOUCHES = 8
"""Gaussians that draw the line between two landmarks (ours): the longest is about 15 pixels of 128."""


def _line(first: int, last: int, closed: bool = False) -> list[tuple[int, int]]:
    points = list(range(first, last + 1))
    return list(pairwise(points + points[:1] if closed else points))


CHANNELS = (
    _line(0, 16) + _line(27, 30) + _line(31, 35),  # jaw and nose
    _line(17, 21) + _line(22, 26) + _line(36, 41, closed=True) + _line(42, 47, closed=True),  # brows and eyes
    _line(48, 59, closed=True) + _line(60, 67, closed=True),  # lips
)
"""Pairs of iBUG's 68 landmarks between which each channel of `lines` has a line."""


def dots(landmarks: Tensor, side: int) -> Tensor:
    """Landmarks (n, 68, 2) in [-1, 1] as dots (n, 1, side, side): 1 on a lone one, 0 far from all."""
    landmarks = precise(landmarks)
    return _drawn(landmarks, torch.ones_like(landmarks[..., 0]), side, DOT)


def lines(landmarks: Tensor, side: int) -> Tensor:
    """Landmarks (n, 68, 2) in [-1, 1] as lines (n, 3, side, side): about 1 on a lone one, 0 far from all.

    Channels: jaw and nose; brows and eyes; lips.
    """
    landmarks = precise(landmarks)
    along = (torch.arange(TOUCHES, device=landmarks.device) + 0.5).to(landmarks.dtype) / TOUCHES
    channels = []
    for pairs in CHANNELS:
        start, end = (landmarks[:, list(ends)] for ends in zip(*pairs, strict=True))  # (n, m, 2) each
        way = end - start
        touches = start[:, :, None] + along[:, None] * way[:, :, None]  # (n, m, TOUCHES, 2)
        # Gaussians as dense as this add up to 1 on a line, however long it is
        strength = way.norm(dim=2, keepdim=True) / (TOUCHES * LINE * math.sqrt(2 * math.pi))  # (n, m, 1)
        strengths = strength.expand(-1, -1, TOUCHES).flatten(1)
        channels.append(_drawn(touches.flatten(1, 2), strengths, side, LINE))
    return torch.cat(channels, 1)


def _drawn(points: Tensor, strengths: Tensor, side: int, spread: float) -> Tensor:
    """The sum of Gaussians at points (n, m, 2) with strengths (n, m): (n, 1, side, side)."""
    centres = (2 * torch.arange(side, device=points.device).to(points.dtype) + 1) / side - 1
    scale = 1 / (spread * math.sqrt(2))
    across, down = (  # (n, m, side)
        ((scale * line)[..., None] - scale * centres).square().neg().exp() for line in points.unbind(2)
    )
    return ((down * strengths[..., None]).transpose(1, 2) @ across)[:, None]
