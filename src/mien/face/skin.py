"""The skin: where in the photo each of its pixels comes from, and the photo moved and relit by that."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from mien.face import flow, light, sampling, wrinkles
from mien.face.raster import rasterise

SAMPLES = 160
"""Samples of the backward map over the height of the face; finer than its triangles (ours)."""
BAND = 64
"""Rows that are fetched at a time: threads share the bands, and memory does not grow with the photo."""
STILL = 0.03
"""Displacements below this many pixels are none: such pixels keep the photo's own bytes."""


@dataclass(frozen=True, kw_only=True)
class Warp:
    """A backward map: displacement to the photo (pixels) and gain at the samples of a grid."""

    grid: flow.Grid
    coarse: np.ndarray  # (h, w, 3) float32
    moving: np.ndarray  # (h, 2) int32, first and past-the-last sample of each row that changes anything

    def at(self, box, scale=1):
        """Source positions x and y, times scale, and gain (3, h, w) float32 in a box (two slices)."""
        rows, columns = box
        size = rows.stop - rows.start, columns.stop - columns.start
        return flow.enlarge(self.coarse, self.grid, scale, rows.start, columns.start, *size)

    def box(self, top, bottom, width):
        """Rows top to bottom, and those of `width` columns in them that change; None where nothing does."""
        grid = self.grid
        rows = slice(int(top / grid.step), int((bottom - 1) / grid.step) + 2)
        first, end = self.moving[rows, 0].min(), self.moving[rows, 1].max()
        if end <= first:
            return None
        start = max(int((first - 1) * grid.step + grid.left), 0)
        stop = min(int(end * grid.step + grid.left) + 1, width)
        return slice(top, bottom), slice(start, stop)


@dataclass(frozen=True, kw_only=True)
class Skin:
    """The skin of a photo: all of its backward maps that is the same in every frame."""

    grid: flow.Grid
    points: np.ndarray  # (n, 2) float32, places in the photo
    shading: np.ndarray  # (n,) under the photo's light
    facing: np.ndarray  # (n,) cosine to the camera
    fold: np.ndarray  # (n,) 1 where skin may face away and still be used: lids and lips

    @classmethod
    def of(cls, scene):
        """Prepare the skin of a photo."""
        model, part = scene.model, scene.skin
        points = scene.source.points[part]
        step = max(1.0, float(np.ptp(points[:, 1])) / SAMPLES)
        height, width = scene.crop.shape[:2]
        middle = float(scene.source.points[model.landmarks[36:48], 0].mean())
        return cls(
            grid=flow.Grid.over(height, width, middle, step),
            points=points,
            shading=light.shading(scene.light, scene.source.normals),
            facing=scene.source.normals[:, 2],
            fold=np.clip((model.template[part, 2] - 6.5) / 1.5, 0, 1),
        )

    def warp(self, scene, target, units) -> Warp:
        """The backward map of a look."""
        grid = self.grid
        points = (target.points[scene.skin] - np.array([grid.left, 0], np.float32)) / np.float32(grid.step)
        depth, triangles = target.depth[scene.skin], scene.skin_triangles
        index, weights = rasterise(points, depth, triangles, grid.rows, grid.columns)
        values = self._attributes(scene, target)
        furrows = wrinkles.combined(scene.model, units - scene.fit.units)
        sums, known, shade, folds = flow.gathered(index, weights, triangles, values, furrows)
        face_height = np.ptp(self.points[:, 1])
        reach = np.clip(2.2 * np.abs(values[:, :2]).max(), 0.06 * face_height, flow.REACH * face_height)
        outside = flow.continued(sums, reach / grid.step)
        soft = cv2.GaussianBlur(known, (0, 0), 1.6)
        shade = cv2.GaussianBlur(shade, (0, 0), max(0.6, 0.02 * scene.eye_distance / grid.step))
        coarse, moving = flow.finished(sums, known, soft, outside, shade + folds, STILL, light.DEAD_BAND)
        return Warp(grid=grid, coarse=coarse, moving=moving)

    def paint(self, scene, picture, warp):
        """Move and relight the crop-sized picture (h, w, 3) uint8 in place; the boxes that it touched."""
        height, width = picture.shape[:2]
        bands = (warp.box(top, min(top + BAND, height), width) for top in range(0, height, BAND))
        boxes = [box for box in bands if box]
        dense = scene.dense

        def fetch(box):
            x, y, gain = warp.at(box, scene.density)
            band = cv2.remap(dense, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            sampling.multiply(band, gain)
            picture[box] = band

        list(threads().map(fetch, boxes))
        return boxes

    def _attributes(self, scene, target):
        """Per vertex: displacement to the photo (2), log shading ratio, facing, place in the furrows (2)."""
        out = np.empty((len(self.points), 6), np.float32)
        out[:, :2] = self.points - target.points[scene.skin]
        new = light.shading(scene.light, target.normals)
        out[:, 2] = np.log(np.clip(new / self.shading, *light.RATIO_RANGE)) / 2.2
        out[:, 3] = np.maximum(np.minimum(self.facing, target.normals[:, 2]), self.fold)
        out[:, 4:] = scene.model.uv[scene.skin] * np.float32(wrinkles.side(scene.model) - 1)
        return out


@cache
def threads():
    """The threads that share the work of a frame."""
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1))
