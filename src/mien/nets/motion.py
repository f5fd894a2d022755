"""Motions as points of a sphere: landmark curves to square-root velocities and back; the sphere's geometry.

A curve is (n, t, 68, 2); its square-root velocity, short q, is (n, t - 1, 68, 2), of length 1 in `inner`.
Source: Otberdout, Daoudi, Kacem, Ballihi, Berretti 2022, after Srivastava et al. 2011.
"""

import math

import torch
from torch import Tensor

STILL = (27, 28, 29, 30, 36, 39, 42, 45)
"""Landmarks that expressions hardly move: bridge of the nose and corners of the eyes (ours)."""
_TINY = 1e-12


def normalised(landmarks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Landmarks (..., 68, 2) about their centroid and of Frobenius norm 1; the centroid; the norm."""
    centre = landmarks.mean(-2, keepdim=True)  # (..., 1, 2)
    away = landmarks - centre
    size = away.flatten(-2).norm(dim=-1)[..., None, None]  # (..., 1, 1)
    return away / size, centre, size


def at(curve: Tensor, places: Tensor) -> Tensor:
    """A curve (n, t, ...) read between its frames at places (n, m) in 0..t - 1: (n, m, ...)."""
    before = places.detach().floor().clamp(0, curve.shape[1] - 2).long()
    flat = curve.reshape(*curve.shape[:2], -1)
    index = before[..., None].expand(-1, -1, flat.shape[2])
    read = torch.lerp(flat.gather(1, index), flat.gather(1, index + 1), (places - before)[..., None])
    return read.reshape(*places.shape, *curve.shape[2:])


def progress(curve: Tensor) -> Tensor:
    """Share (n, t) of a curve's way that lies behind each frame, 0..1; 0 throughout where nothing moves."""
    way = _lengths(curve.diff(dim=1)).cumsum(1)
    way = torch.cat([torch.zeros_like(way[:, :1]), way], 1)
    return way / way[:, -1:].clamp_min(_TINY)


def evenly(curve: Tensor, frames: int) -> Tensor:
    """The same way in `frames` frames at constant speed: (n, frames, 68, 2).

    The tempo is gone and must be given again at output: `at(curve, pace * (frames - 1))`.
    """
    way = progress(curve)
    wanted = torch.linspace(0, 1, frames, dtype=way.dtype, device=way.device).repeat(len(way), 1)
    after = torch.searchsorted(way, wanted).clamp(1, way.shape[1] - 1)
    low, high = way.gather(1, after - 1), way.gather(1, after)
    return at(curve, after - 1 + ((wanted - low) / (high - low).clamp_min(_TINY)).clamp(0, 1))


def velocity_root(curve: Tensor) -> tuple[Tensor, Tensor]:
    """q of curves and their lengths (n,): `curve_of` inverts it exactly.

    q = v / sqrt(||v||) of the curve brought to length 1, with forward differences.
    """
    velocity = curve.diff(dim=1) * (curve.shape[1] - 1)
    speed = _lengths(velocity)  # (n, t - 1)
    length = speed.mean(1)
    return velocity / (speed * length[:, None]).clamp_min(_TINY).sqrt()[..., None, None], length


def curve_of(q: Tensor, length: Tensor, start: Tensor) -> Tensor:
    """The curve (n, t, 68, 2) of a length (n,) from a start (n, 68, 2): start + length * sum of q ||q||."""
    steps = q * (_lengths(q) * length[:, None] / q.shape[1])[..., None, None]
    return torch.cat([start[:, None], start[:, None] + steps.cumsum(1)], 1)


def seated(curve: Tensor, start: Tensor) -> Tensor:
    """A curve moved and scaled, frame by frame, until `STILL` lies where a start (n, 68, 2) has it.

    `normalised` frames shrink and rise when the jaw drops; this undoes it (ours).
    """
    place = start[:, None, STILL]  # (n, 1, 8, 2)
    came = curve[:, :, STILL]
    centre, wanted = came.mean(2, keepdim=True), place.mean(2, keepdim=True)
    shape = came - centre
    scale = (shape * (place - wanted)).sum((2, 3), keepdim=True) / shape.square().sum((2, 3), keepdim=True)
    return (curve - centre) * scale + wanted


def inner(first: Tensor, second: Tensor) -> Tensor:
    """<a, b> (n,): the mean over time of the sum over landmarks; <q, q> = 1."""
    return (first * second).flatten(1).sum(1) / first.shape[1]


def norm(tangent: Tensor) -> Tensor:
    """sqrt(<w, w>) (n,), with slope 0 at 0."""
    return tangent.flatten(1).norm(dim=1) / math.sqrt(tangent.shape[1])


def distance(first: Tensor, second: Tensor) -> Tensor:
    """Geodesic distance (n,) in 0..pi of points of the sphere.

    By the arc tangent, not arccos <a, b>: exact for near points too, and nowhere without a slope.
    """
    along = inner(first, second)
    return torch.atan2(norm(second - _times(along, first)), along)


def log(mean: Tensor, q: Tensor) -> Tensor:
    """The tangent at `mean` (1, ...) that leads to q (n, ...); its norm is their distance."""
    along = inner(mean, q)
    across = q - _times(along, mean)
    far = norm(across)
    return _times(torch.atan2(far, along) / far.clamp_min(_TINY), across)


def exp(mean: Tensor, tangent: Tensor) -> Tensor:
    """The point of the sphere that a tangent at `mean` leads to: cos ||w|| mean + sin ||w|| w / ||w||."""
    far = norm(tangent)
    return _times(far.cos(), mean) + _times(torch.sinc(far / math.pi), tangent)


def project(mean: Tensor, vector: Tensor) -> Tensor:
    """The part of a vector (n, ...) that is tangent at `mean`: without it `exp` leaves the sphere."""
    return vector - _times(inner(mean, vector), mean)


def _lengths(vectors: Tensor) -> Tensor:
    """Euclidean lengths (n, t) of vectors (n, t, 68, 2)."""
    return vectors.flatten(2).norm(dim=2)


def _times(numbers: Tensor, points: Tensor) -> Tensor:
    return numbers.view(-1, *[1] * (points.dim() - 1)) * points
