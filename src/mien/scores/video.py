"""Whether a clip runs as true ones do, and whether it flickers."""

import math

import torch
from torch import Tensor

from mien.scores import Metric, enough, float64
from mien.scores.pairs import levels

FVD_LIKE = Metric(
    name="FVD-like",
    variant="Frechet distance of level, trend and bend of a frame reader's answers",
    higher_is_better=False,
)
"""On the reader that the recipe names; not comparable with FVD, whose features are I3D's."""
KVD_LIKE = Metric(
    name="KVD-like",
    variant="unbiased MMD^2, (x.y/d + 1)^3, of level, trend and bend of a frame reader's answers",
    higher_is_better=False,
)
"""The same features for sets that are too small for a covariance."""
FLICKER = Metric(
    name="flicker",
    variant="mean absolute distance of a frame from the middle of its neighbours, share of the range",
    higher_is_better=False,
)
"""A still clip has 0 and true motion has some: the truth's is the mark to meet."""
_WAVES = 3


def clip_features(frames: Tensor) -> Tensor:
    """Features (n, 3 d) of clips, from those of their frames (n, t, d): level, trend and bend over time.

    The first three cosine coefficients (DCT-II, orthonormal, over the square root of t so that clips of
    unlike length compare). A clip played backwards has another trend, which no average over time would show
    (ours). Raises `TooFewError` below 3 frames.
    """
    frames = float64(frames)
    count = frames.shape[1]
    enough(count, _WAVES, "the course of a clip, in frames,")
    steps = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    waves = torch.cos(math.pi * steps * torch.arange(_WAVES, dtype=torch.float64)[:, None])  # (3, t)
    waves[1:] *= math.sqrt(2)
    return (waves / count @ frames).flatten(1)


def flicker(clips: Tensor) -> Tensor:
    """How far frames of clips (n, 3, t, h, w) lie from the middle of their neighbours: (n,), 0..1.

    An even fade has none. Raises `TooFewError` below 3 frames. (Ours: the flow-warp error of the literature
    counts the errors of its flow too.)
    """
    enough(clips.shape[2], 3, "flicker, in frames,")
    frames = levels(clips)
    middle = (frames[:, :, :-2] + frames[:, :, 2:]) / 2
    return (frames[:, :, 1:-1] - middle).abs().flatten(1).mean(1, dtype=torch.float64) / 255
