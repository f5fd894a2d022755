"""What landmarks of the open photos add to the face model: true proportions, resting faces, how lips part."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.interpolate import RBFInterpolator
from scipy.optimize import nnls

from mien.face import analysis
from mien.face import fit as fitting
from mien.face.model import FaceModel
from mien.face.points import MIRROR

FLIP = [-1, 1, 1]
LOWER_LIP = np.array([48, 54, 55, 56, 57, 58, 59, 60, 64, 65, 66, 67])
UPPER_LIP = np.array([48, 49, 50, 51, 52, 53, 54, 60, 61, 62, 63, 64])
SMILE = (("AU12L", "AU12R"), ("AU25",), ("AU26",), ("AU7L", "AU7R"))
"""The units that the mean smile is written in."""


@dataclass(frozen=True, kw_only=True)
class Photo:
    """A photo of one person and where its face is."""

    pixels: np.ndarray  # (h, w, 3) uint8
    landmarks: np.ndarray  # (68, 2) pixels


def read(folder: Path) -> list[Photo]:
    """Every photo of a folder with its 68 landmarks."""
    photos = []
    for path in sorted(folder.glob("*.jpg")):
        pixels = np.asarray(Image.open(path).convert("RGB"))
        photos.append(Photo(pixels=pixels, landmarks=analysis.find(pixels)[0].landmarks))
    return photos


def calibrate(model: FaceModel, neutral: list[Photo], rounds: int = 4) -> FaceModel:
    """Bend the template so that neutral photos, known to show no unit, are met on average without one."""
    for _ in range(rounds):
        bare = replace(model, units=model.units[:0], unit_names=())
        fits = [fitting.fit(bare, photo.landmarks) for photo in neutral]
        identity = np.median([found.identity for found in fits], 0)
        offset = np.mean([_miss(photo, found) for photo, found in zip(neutral, fits, strict=True)], 0)
        offset[:17] *= 0.5  # jaw points slide along the jaw: trust them half
        offset = (offset + offset[MIRROR] * FLIP) / 2
        shift = 0.7 * np.tensordot(identity, model.identity, 1)
        template = model.template + (shift + shift[model.mirror] * FLIP) / 2
        flat = template * [1, 1, 0.6]
        bend = RBFInterpolator(flat[model.landmarks], offset, kernel="linear", smoothing=0.05)
        model = replace(model, template=(template + bend(flat)).astype(np.float32))
    return model


def smile_lips(model: FaceModel, pairs: list[tuple[Photo, Photo]]) -> FaceModel:
    """Correct how the lips part (AU25, AU26) by what real smiles leave unexplained at the mouth.

    The open heads part the lips in a V; the mean smile of the pairs, written as AU12 + AU25 + AU26 + AU7,
    leaves a residual at the lips that makes it the U it is.
    """
    at, units = model.landmarks, model.units.copy()
    moved = np.mean([_smile(model, before, after) for before, after in pairs], 0)
    moved = (moved + moved[MIRROR] * FLIP) / 2
    shapes = np.stack([units[[model.unit_names.index(n) for n in group]].sum(0) for group in SMILE])[:, at]
    share, _ = nnls(shapes[:, 17:, :2].reshape(len(SMILE), -1).T, moved[17:, :2].ravel())
    left = moved - np.tensordot(share, shapes, 1)
    full = left / max(share[1] + 0.5 * share[2], 0.1)
    part, jaw = model.unit_names.index("AU25"), model.unit_names.index("AU26")
    low = np.clip(-units[jaw, :, 1] / 0.7, 0, 1)[:, None]
    field = low * _near(model, full, LOWER_LIP) + 0.35 * (1 - low) * _near(model, full, UPPER_LIP)
    field[model.parts["skin"][0].stop :] = 0
    units[part] += field
    units[jaw] += 0.5 * field
    return replace(model, units=units)


def _miss(photo, found):
    """What a fit leaves unexplained at the landmarks, (68, 3) centimetres in the head's frame."""
    flat = (photo.landmarks - found.landmarks) * [1, -1] / found.pose.scale
    return np.c_[flat, np.zeros(68)] @ found.pose.rotation


def _smile(model, before, after):
    """Displacement (68, 3) of the landmarks from neutral to smile in the head's frame, centimetres."""
    rest = fitting.fit(model, before.landmarks)
    smile = fitting.fit(model, after.landmarks, rest)
    moved = model.displacement(smile.units - rest.units)[model.landmarks]
    return moved + _miss(after, smile)  # over what the neutral face already missed, which the fit keeps


def _near(model, field, points):
    """A landmark field spread over the mesh by Gaussians of 6 mm round some of the landmarks."""
    at = model.template[model.landmarks[points]]

    def kernel(places):
        return np.exp(-((places[:, None, :2] - at[None, :, :2]) ** 2).sum(-1) / (2 * 0.6**2))

    spread = kernel(model.template) @ np.linalg.solve(kernel(at) + 0.3 * np.eye(len(points)), field[points])
    return spread * [1, 1, 0]


def resting_units(model: FaceModel, neutral: list[Photo]) -> np.ndarray:
    """What a face at rest may seem to show, (u,): the 95th percentile of units fitted to neutral photos."""
    units = np.array([fitting.fit(model, photo.landmarks).units for photo in neutral])
    high = dict(zip(model.unit_names, np.quantile(units, 0.95, axis=0), strict=True))
    larger = [max(value, high[_other_side(name)]) for name, value in high.items()]
    return np.array(larger).astype(np.float32)


def _other_side(name):
    return name[:-1] + {"L": "R", "R": "L"}.get(name[-1], name[-1])
