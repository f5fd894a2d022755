"""Whether it is still the same person, and whether more is shown where more is asked."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mien.scores import Metric, enough, float64

ACD = Metric(name="ACD", variant="consecutive frames, L2", higher_is_better=False)
ACD_PAIRS = Metric(name="ACD pairs", variant="all pairs of frames, L2", higher_is_better=False)
ACD_I = Metric(name="ACD-I", variant="input to every frame, L2", higher_is_better=False)
IDENTITY = Metric(name="identity distance", variant="input to output, L2", higher_is_better=False)
VERIFICATION = Metric(name="verification", variant="accepted at a false accept rate", higher_is_better=True)
IDENTIFICATION = Metric(
    name="identification", variant="the nearest of all inputs by cosine is its own", higher_is_better=True
)
MONOTONY = Metric(name="monotony", variant="share of steps that rise", higher_is_better=True)


class Verification(NamedTuple):
    """The least similarity that lets in no more impostors than agreed, and the share of genuine pairs in."""

    threshold: float
    rate: float


def identity_distance(made: Tensor, face: Tensor) -> Tensor:
    """Distance (n,) of the output's features from the input's, (n, d) each."""
    return _length(made - face, squared=False)


def acd_consecutive(features: Tensor, *, squared: bool = False) -> Tensor:
    """Mean distance of neighbouring frames of each clip, (n,) (FEV-GAN's wording of ACD).

    features: (n, t, d) of a face extractor. squared: squared distances, as some report. A still clip has 0,
    so a motion score belongs beside it.
    """
    return _length(features[:, 1:] - features[:, :-1], squared).mean(1)


def acd_pairs(features: Tensor, *, squared: bool = False) -> Tensor:
    """Mean distance of all pairs of frames of each clip, (n,), from features (n, t, d) (MoCoGAN's ACD)."""
    first, second = torch.triu_indices(features.shape[1], features.shape[1], 1)
    return _length(features[:, first] - features[:, second], squared).mean(1)


def acd_input(features: Tensor, face: Tensor, *, squared: bool = False) -> Tensor:
    """Mean distance from the input's features (n, d) to those of the frames (n, t, d), (n,) (ACD-I).

    All frames that are given count: leave the first out (`features[:, 1:]`) where it is the input itself.
    Source: FEV-GAN, after Zhao et al. 2018.
    """
    return _length(features - face[:, None], squared).mean(1)


def verification(genuine: Tensor, impostor: Tensor, rate: float = 0.01) -> Verification:
    """The share of genuine pairs that are accepted where at most `rate` of the impostors are.

    genuine, impostor: similarities of pairs, greater is more alike (of distances, give the negatives). A pair
    is accepted above the threshold, not at it. Raises `TooFewError` for fewer than 10 / rate impostors.
    """
    enough(len(impostor), round(10 / rate), f"verification at a rate of {rate:g}, for impostors,")
    ordered = float64(impostor).sort().values
    threshold = ordered[len(ordered) - int(rate * len(ordered) + 1e-9) - 1]
    return Verification(float(threshold), float((float64(genuine) > threshold).double().mean()))


def accepted(distances: Tensor, threshold: float = 0.6) -> float:
    """Share of pairs (n,) that lie nearer than a threshold: dlib's is 0.6."""
    return float((distances < threshold).double().mean())


def equal_error(genuine: Tensor, impostor: Tensor) -> float:
    """The rate of errors, 0..1, where as many impostors are let in as genuine pairs are kept out.

    Similarities as in `verification`. The mean of both rates at the threshold where they are nearest.
    """
    ordered, genuine = float64(impostor).sort().values, float64(genuine).sort().values
    thresholds = torch.cat([ordered, genuine]).unique()
    let_in = 1 - torch.searchsorted(ordered, thresholds, right=True).double() / len(ordered)
    kept_out = torch.searchsorted(genuine, thresholds, right=True).double() / len(genuine)
    nearest = (let_in - kept_out).abs().argmin()
    return float((let_in + kept_out)[nearest] / 2)


def separation(genuine: Tensor, impostor: Tensor) -> float:
    """The chance, 0..1, that a genuine pair is more alike than an impostor: the area under the ROC curve."""
    genuine, impostor = float64(genuine), float64(impostor).sort().values
    below = torch.searchsorted(impostor, genuine) + torch.searchsorted(impostor, genuine, right=True)
    return float((below.double() / 2 / len(impostor)).mean())


def impostors(inputs: Tensor, outputs: Tensor, persons: Tensor) -> Tensor:
    """Similarities, minus the L2 distance, of each input with every output of another person: (pairs,).

    inputs, outputs: features (n, d) of the same samples. persons: (n,) whose they are.
    """
    apart = torch.cdist(float64(inputs), float64(outputs))
    return -apart[persons[:, None] != persons]


def identified(outputs: Tensor, inputs: Tensor, persons: Tensor) -> Tensor:
    """Whether the input most like each output, by cosine, is of the same person: (n,) bool (rank 1).

    outputs, inputs: features (n, d). persons: (n,) whose they are. The more persons, the harder: compare only
    equal galleries.
    """
    likeness = functional.normalize(float64(outputs), dim=1) @ functional.normalize(float64(inputs), dim=1).T
    return persons[likeness.argmax(1)] == persons


def rising(strengths: Tensor) -> Tensor:
    """Share of steps at which a measured strength rises while the asked one does: (n,) from (n, s >= 2)."""
    return (strengths.diff(dim=1) > 0).double().mean(1)


def _length(vectors: Tensor, squared: bool) -> Tensor:
    total = float64(vectors).square().sum(-1)
    return total if squared else total.sqrt()
