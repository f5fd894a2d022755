"""The skin's colours: neutral photos in the UV layout with their light divided out, and a basis of them."""

from dataclasses import dataclass

import cv2
import numpy as np
from face_photos import Photo
from face_shading import Layout, prepare

from mien.face import light
from mien.face.model import FaceModel

SIDE = 192
"""Side of a texture, texels."""
COMPONENTS = 40


@dataclass(frozen=True, kw_only=True)
class Basis:
    """Mean and principal directions of textures, each a row."""

    mean: np.ndarray  # (t,)
    directions: np.ndarray  # (k, t) unit length, orthogonal
    spread: np.ndarray  # (k,) standard deviation along each

    def kept(self, rows, components: int) -> float:
        """Share of the variance of rows (n, t) about the mean that the first components explain, 0..1."""
        centred = rows - self.mean
        along = centred @ self.directions[:components].T
        return float((along**2).sum() / (centred**2).sum())


def unwrapped(model: FaceModel, neutral: list[Photo]) -> np.ndarray:
    """Textures (n, 2, t) float32 0..1 of photos and of their mirror images.

    Each photo is divided by its own shading, and filled in where the camera hardly saw the skin.
    """
    layout = Layout(model, SIDE)
    rows = []
    for photo in neutral:
        scene = prepare(model, photo)
        shade = light.shading(scene.light, scene.source.normals)
        even = layout.spread((shade / np.median(shade)).astype(np.float32)[:, None] ** (1 / 2.2))
        skin = np.clip(layout.unwrap(scene) / np.maximum(even, 0.3), 0, 1)
        skin = _seen_only(skin, layout.spread(scene.source.normals[:, 2:])[..., 0])
        rows.append([skin, skin[:, ::-1]])
    return np.array(rows).reshape(len(rows), 2, -1)


def _seen_only(skin, facing):
    """Replace what the camera hardly saw (the face's edge, background) by its surroundings."""
    known = np.clip((facing - 0.25) / 0.15, 0, 1).astype(np.float32)[..., None]
    spread = cv2.GaussianBlur(skin * known, (0, 0), 14), cv2.GaussianBlur(known, (0, 0), 14)[..., None]
    around = spread[0] / np.maximum(spread[1], 1e-3)
    return skin * known + around * (1 - known)


def principal(rows) -> Basis:
    """The first directions of rows (n, t), from the scalar products of the rows (Sirovich & Kirby 1987).

    Each direction's largest entry in the image's left half is positive: over the whole image it is a tie
    where the right half is the left one's negative.
    """
    mean = rows.mean(0, dtype=np.float64)
    centred = rows - mean
    squares, mixes = np.linalg.eigh(centred @ centred.T)
    size = np.sqrt(squares[::-1][:COMPONENTS])
    directions = mixes[:, ::-1][:, :COMPONENTS].T @ centred / size[:, None]
    left = directions.reshape(-1, SIDE, SIDE, 3)[:, :, : SIDE // 2].reshape(len(directions), -1)
    sign = np.sign(left[np.arange(len(left)), np.abs(left).argmax(1)])
    return Basis(mean=mean, directions=directions * sign[:, None], spread=size / np.sqrt(len(rows)))


def coded(basis: Basis) -> dict[str, np.ndarray]:
    """The basis as the asset holds it: mean uint8, components int8 with the scale of each."""
    components = basis.directions * basis.spread[:, None]
    scale = np.abs(components).max(1) / 127
    codes = np.rint(components / scale[:, None]).astype(np.int8)
    return {
        "texture_mean": np.rint(basis.mean.reshape(SIDE, SIDE, 3) * 255).astype(np.uint8),
        "texture_basis": codes.reshape(-1, SIDE, SIDE, 3),
        "texture_scale": scale.astype(np.float32),
    }
