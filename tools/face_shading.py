"""Skin in the UV layout: photos unwrapped to it, and the shading that real smiles add there."""

import cv2
import numpy as np
from face_photos import Photo

from mien.face import fit as fitting
from mien.face import light
from mien.face.model import FaceModel
from mien.face.raster import interpolate, rasterise
from mien.face.render import Scene

SIDE = 320
"""Side of the wrinkle and smile maps, texels."""


class Layout:
    """The skin's UV layout as a raster: which triangle lies under each texel."""

    def __init__(self, model: FaceModel, side: int):
        vertices, triangles = model.parts["skin"]
        self.triangles = model.triangles[triangles]
        places = (model.uv[vertices] * (side - 1)).astype(np.float32)
        level = np.zeros(len(places), np.float32)
        self.index, self.weights = rasterise(places, level, self.triangles, side, side)

    def spread(self, values):
        """Per-vertex values (n, k) over the texels (side, side, k)."""
        values = np.ascontiguousarray(values, np.float32)
        nothing = np.zeros(values.shape[1], np.float32)
        return interpolate(self.index, self.weights, self.triangles, values, nothing)

    def unwrap(self, scene: Scene):
        """The crop's pixels at each texel, float32 0..1."""
        at = self.spread(scene.source.points[scene.skin])
        return cv2.remap(scene.crop, at[..., 0], at[..., 1], cv2.INTER_AREA).astype(np.float32) / 255


def prepare(model: FaceModel, photo: Photo, known: fitting.Fit | None = None) -> Scene:
    """A photo fitted and lit; known: an earlier fit of the same person."""
    return Scene(model, photo.pixels, photo.landmarks, fitting.fit(model, photo.landmarks, known))


def smile_shading(model: FaceModel, pairs: list[tuple[Photo, Photo]]) -> np.ndarray:
    """Log shading (side, side) that smiles add per unit of AU12, beyond what the bent surface explains."""
    layout = Layout(model, SIDE)
    total, weight = np.zeros((SIDE, SIDE)), 0.0
    mouth = [model.unit_names.index("AU12L"), model.unit_names.index("AU12R")]
    for neutral, smiling in pairs:
        before = prepare(model, neutral)
        after = prepare(model, smiling, before.fit)
        strength = after.fit.units[mouth].mean()
        if strength >= 0.2:
            total += strength * _added(layout, before, after)
            weight += strength**2
    mean = total / weight
    return (mean + mean[:, ::-1]) / 2 * _window(model, layout)


def _added(layout, before, after):
    """Log shading (side, side) by which a person's second photo differs beyond what the surface explains."""
    old, new = (
        cv2.GaussianBlur(np.log(np.clip(layout.unwrap(scene).mean(-1), 0.03, 1)), (0, 0), 2.0)
        for scene in (before, after)
    )
    bent, flat = (light.shading(before.light, scene.source.normals) for scene in (after, before))
    explained = (np.log(np.clip(bent / flat, *light.RATIO_RANGE)) / 2.2).astype(np.float32)
    ratio = new - old - layout.spread(explained[:, None])[..., 0]
    return np.clip(ratio - np.median(ratio[layout.index >= 0]), -0.5, 0.5)


def _window(model, layout):
    """Where a smile's shading counts: cheeks, folds, lower lids; not brows, lips, eyes, forehead and rim."""
    place = layout.spread(model.template[model.parts["skin"][0]])
    x, y, z = np.abs(place[..., 0]), place[..., 1], place[..., 2]
    cheek = np.clip((4.6 - y) / 1.2, 0, 1) * np.clip((z - 5.5) / 2.5, 0, 1) * (layout.index >= 0)
    lips = np.exp(-(((place[..., 0]) / 3.0) ** 4 + ((y + 3.5) / 1.5) ** 4))
    eyes = np.exp(-(((x - 3.25) / 1.7) ** 4 + ((y - 3.5) / 0.95) ** 4))
    window = cheek * (1 - lips) * (1 - eyes)
    return cv2.GaussianBlur(window.astype(np.float32), (0, 0), 2)
