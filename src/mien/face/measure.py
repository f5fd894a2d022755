"""Measure a face: the fit read backwards into units, label scores, valence-arousal, gaze and head pose."""

from dataclasses import dataclass

import numpy as np

from mien import affect
from mien.face import analysis, fit, track
from mien.face.model import GAZE_SHAPES, FaceModel, load_model
from mien.face.render import Scene

KNOWN = "68 points, then drawn from the known photo"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a face shows, with what the estimator does not know about it."""

    units: dict[str, float]
    """Intensity 0..1 of every unit, the two sides apart."""
    uncertainty: dict[str, float]
    """Standard deviation of each: what 68 landmarks leave open."""
    scores: dict[str, float]
    """How much each label is shown, 0..1."""
    valence: float
    arousal: float
    head: tuple[float, float, float]
    """Yaw towards the image's right, pitch up, roll clockwise, degrees."""
    gaze: tuple[float, float]
    """Mean of both eyes against the head: yaw towards the image's right, pitch up, degrees."""
    gaze_uncertainty: float
    """Half the difference between the two eyes, degrees; never below 2."""
    estimator: str
    residual: float
    """Mean distance of the fitted model from the inner landmarks, in inter-ocular distances."""


def measure(pixels, face: analysis.Face | None = None, known: Scene | None = None) -> Measurement:
    """Measure one face of a photo.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        face: the face; without one the photo's only or clearly largest face is taken.
        known: a fit of the same person: its identity and resting face are used, so that two pictures of one
            person are compared on one scale.

    Raises:
        FaceError: no face, or several of similar size.
    """
    model = load_model()
    face = face or analysis.choose(analysis.find(pixels))
    if known is None:
        found = fit.fit(model, face.landmarks)
        return read(model, found, found, gaze(Scene(model, pixels, face.landmarks, found)))
    seen = track.refine(known, pixels, face.landmarks)
    yaw, pitch, apart = gaze(known)
    eyes = yaw + float(seen.gaze[0]), pitch + float(seen.gaze[1]), max(apart, seen.gaze_spread)
    return read(model, seen.fit, known.fit, eyes)


def gaze(scene: Scene) -> tuple[float, float, float]:
    """Yaw and pitch of the eyes in a prepared photo, their mean, and half of what they are apart, degrees."""
    eyes = np.array([scene.eyes[side].gaze for side in ("left", "right")])
    return float(eyes[:, 0].mean()), float(eyes[:, 1].mean()), float(np.abs(eyes[0] - eyes[1]).max() / 2)


def strengths(model: FaceModel, found: fit.Fit, known: fit.Fit) -> np.ndarray:
    """Intensities (u,) 0..1 of all of the model's shapes in a fit, beyond what the known face has at rest."""
    return np.clip((found.units - fit.resting(model, known)) / fit.scales(model, known), 0, 1)


def read(model: FaceModel, found: fit.Fit, known: fit.Fit, eyes: tuple[float, float, float]) -> Measurement:
    """The measurement of a face that is fitted and whose gaze is known, on the scale of a known fit."""
    names = [name for name in model.unit_names if name not in GAZE_SHAPES]
    strength = dict(zip(model.unit_names, strengths(model, found, known), strict=True))
    spread = dict(zip(model.unit_names, found.spread / fit.scales(model, known), strict=True))
    units = {name: float(strength[name]) for name in names}
    valence, arousal = affect.valence_arousal(units)
    return Measurement(
        units=units,
        uncertainty={name: float(spread[name]) for name in names},
        scores=affect.scores(units),
        valence=valence,
        arousal=arousal,
        head=found.pose.angles,
        gaze=eyes[:2],
        gaze_uncertainty=max(2.0, eyes[2]),
        estimator=f"mien fit 1 ({'68 points' if known is found else KNOWN}, face model {model.sha256[:8]})",
        residual=found.residual,
    )
