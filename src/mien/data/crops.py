"""Face crops: where the eyes are in them, what of the face they show, cut from photos and put back."""

from dataclasses import dataclass

import cv2
import numpy as np

from mien.face import fit
from mien.face.analysis import Face
from mien.face.model import FaceModel, load_model
from mien.face.points import transform
from mien.face.raster import interpolate, rasterise
from mien.face.render import unexplained

EYE_DISTANCE = 0.29
"""Distance between the centres of the eyes, in sides of the crop (ours)."""
EYES_DOWN = -0.26
"""Height of the eyes' midpoint: -1 is the upper edge of the crop, 1 the lower (ours)."""
OUTLINE = (0.5, 0.504, 0.439, 0.461, 2.6)
"""The face mask in the skin's UV layout: centre, half axes and exponent of a superellipse (ours).

A little inside the mesh, whose own edge is ragged, and beyond which photos show hair, ears and background.
"""
FINE = 1024
"""Samples across the crop from which its mask is made."""
DARK = 20
"""Gray level up to which a generated crop counts as outside of its face (ours)."""
SOFT = 0.07
"""Width of the soft edge where a face is put back, in halves of the crop's side (ours)."""
SLOW = 0.1
"""Reach, in sides of the crop, of what counts as light and not as drawing in a face put back (ours)."""
STRANGE = 40.0
"""Difference, gray levels, from the rest of the face at which a place no longer tells of its light (ours)."""
KEPT = 9.0
"""Change, gray levels, at which the photo's own fine detail is faded out of a face put back (ours)."""


def eyes(landmarks):
    """Centres (2, 2) of the eyes, the image's left first: midway between the corners of landmarks (68, 2)."""
    return np.stack([landmarks[[36, 39]].mean(0), landmarks[[42, 45]].mean(0)])


def within(uv):
    """How deep within the face mask skin lies at UV places (..., 2), 1 in the middle, below 0 outside."""
    across, down, width, height, power = OUTLINE
    x, y = np.abs(uv[..., 0] - across) / width, np.abs(uv[..., 1] - down) / height
    return (1 - (x**power + y**power) ** (1 / power)).astype(np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Crop:
    """The crop of one face of a photo: upright, the eyes where `EYE_DISTANCE` and `EYES_DOWN` say.

    Crop coordinates run from -1 at the left and upper edge to 1 at the right and lower one.
    """

    pixels: np.ndarray
    """(h, w, 3) uint8 RGB, the whole photo."""
    matrix: np.ndarray
    """(2, 3) from crop coordinates to photo pixels."""
    landmarks: np.ndarray
    """(68, 2) float32 in crop coordinates."""
    cover: np.ndarray
    """(FINE, FINE) uint8, 255 where the crop shows the face."""

    @classmethod
    def of(cls, pixels: np.ndarray, face: Face, found: fit.Fit | None = None) -> "Crop":
        """The crop of a face of an (h, w, 3) uint8 RGB photo; found: its fit, where that is known."""
        model = load_model()
        found = found or fit.fit(model, face.landmarks)
        left, right = eyes(face.landmarks)
        half = (right - left) / EYE_DISTANCE / 2  # the crop's rightward half side in the photo
        down = np.array([-half[1], half[0]])
        matrix = np.column_stack([half, down, (left + right) / 2 - EYES_DOWN * down])
        back = cv2.invertAffineTransform(matrix)
        landmarks = transform(back, face.landmarks).astype(np.float32)
        return cls(pixels=pixels, matrix=matrix, landmarks=landmarks, cover=_cover(model, face, found, back))

    def cut(self, side: int, masked: bool = True) -> np.ndarray:
        """The face (side, side, 3) uint8, black outside the fitted mesh's outline unless not `masked`."""
        picture = self._sampled(side)
        if not masked:
            return picture
        return np.rint(picture * self.mask(side)[..., None]).astype(np.uint8)

    def mask(self, side: int) -> np.ndarray:
        """What share of each pixel (side, side) is face, 0..1 float32."""
        return cv2.resize(self.cover, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255

    def paste(self, made: np.ndarray) -> np.ndarray:
        """The photo (h, w, 3) uint8 with a generated face put back.

        Only pixels within the generated face's own outline change, and softly at its edge. Where the crop
        stayed as it was the photo keeps its fine detail; what `cut` gave gives the photo back.

        Args:
            made: (side, side, 3) uint8 RGB on black.
        """
        side, out = len(made), self.pixels.copy()
        rows, columns = self._reach()
        inner = self._from_photo(side, columns.start, rows.start)
        size = (columns.stop - columns.start, rows.stop - rows.start)

        def enlarged(picture, flags=cv2.INTER_CUBIC):
            grown = cv2.warpAffine(picture, inner, size, flags=flags | cv2.WARP_INVERSE_MAP)
            return (
                cv2.GaussianBlur(grown, (0, 0), 0.3 * self._pixel(side)) if self._pixel(side) > 2 else grown
            )

        alpha = np.clip(enlarged(_soft(made), cv2.INTER_LINEAR), 0, 1)[..., None]
        photo = out[rows, columns].astype(np.float32)
        old = self._sampled(side).astype(np.float32)
        new = _toned(_continued(made).astype(np.float32), old, _filled(made.max(-1) > DARK))
        change = enlarged(new - old)
        detail = photo - enlarged(old)
        far = cv2.GaussianBlur(np.abs(new - old).max(-1), (0, 0), 1.0)
        keep = enlarged(np.exp(-((far / KEPT) ** 2)), cv2.INTER_LINEAR)[..., None]
        result = photo + alpha * (change - (1 - keep) * detail)
        out[rows, columns] = np.where(alpha > 0, np.clip(np.rint(result), 0, 255), photo).astype(np.uint8)
        return out

    def _pixel(self, side):
        """Photo pixels that one pixel of a crop of this side spans."""
        return 2 * float(np.linalg.norm(self.matrix[:, 0])) / side

    def _sampled(self, side):
        """The square of the photo (side, side, 3) uint8: averaged where it shrinks, cubic where it grows."""
        times = int(np.clip(np.ceil(self._pixel(side)), 1, 16))
        fine = side * times
        flags = (cv2.INTER_LINEAR if times > 1 else cv2.INTER_CUBIC) | cv2.WARP_INVERSE_MAP
        to_photo = cv2.invertAffineTransform(self._from_photo(fine, 0, 0))
        square = cv2.warpAffine(
            self.pixels, to_photo, (fine, fine), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA) if times > 1 else square

    def _from_photo(self, side, x, y):
        """(2, 3) from pixels of a part of the photo that begins at x, y to those of a crop of this side."""
        scale = np.array([[2 / side, 0, 1 / side - 1], [0, 2 / side, 1 / side - 1], [0, 0, 1]])
        to_photo = self.matrix @ scale
        to_photo[:, 2] -= [x, y]
        return cv2.invertAffineTransform(to_photo)

    def _reach(self):
        """Rows and columns of the photo that the crop covers."""
        corners = transform(self.matrix, np.array([[-1, -1], [1, -1], [-1, 1], [1, 1.0]]))
        bounds = np.array(self.pixels.shape[1::-1])
        low = np.clip(np.floor(corners.min(0)).astype(int), 0, bounds - 1)
        high = np.clip(np.ceil(corners.max(0)).astype(int) + 1, low + 1, bounds)
        return slice(low[1], high[1]), slice(low[0], high[0])


def _cover(model: FaceModel, face: Face, found: fit.Fit, back) -> np.ndarray:
    """(FINE, FINE) uint8 mask of the fitted face, eyes and mouth filled in."""
    skin, triangles = model.parts["skin"][0], model.triangles[model.parts["skin"][1]]
    vertices = model.shape(found.identity, found.units) + unexplained(model, face.landmarks, found)
    points, depth = found.pose.project(vertices)
    places = ((transform(back, points[skin]) + 1) / 2 * FINE - 0.5).astype(np.float32)
    index, weights = rasterise(places, depth[skin].astype(np.float32), triangles, FINE, FINE)
    deep = within(model.uv[skin])[:, None]
    inside = interpolate(index, weights, triangles, deep, np.array([-1], np.float32))[..., 0] > 0
    return 255 * _filled(inside)


def _filled(inside):
    """The largest part of a mask (h, w) without its holes, uint8 0 or 1."""
    outlines, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros(inside.shape, np.uint8)
    if outlines:
        cv2.drawContours(out, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return out


def _soft(made):
    """How far a generated crop is to be trusted, (h, w) float32: 0 at the edge of its face, 1 well inside."""
    inside = np.pad(_filled(made.max(-1) > DARK), 1)
    deep = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1] - 1.5
    x = np.clip(deep / max(1.0, SOFT * len(made) / 2), 0, 1)
    return (x * x * (3 - 2 * x)).astype(np.float32)


def _toned(new, old, inside):
    """A generated crop in the photo's own light: what differs slowly across the face is taken off.

    new, old: (h, w, 3) float32. Places that differ otherwise than the face as a whole, such as a mouth that
    opened, do not count.
    """
    apart = new - old
    off = np.abs(apart - np.median(apart[inside > 0], 0)).max(-1)
    weight = inside * np.exp(-((off / STRANGE) ** 2)).astype(np.float32)
    wide = (0, 0), SLOW * len(new)
    shade = cv2.GaussianBlur(apart * weight[..., None], *wide)
    return new - shade / np.maximum(cv2.GaussianBlur(weight, *wide), 1e-3)[..., None]


def _continued(made):
    """A generated crop whose colours go on beyond its face: its edge is half black."""
    known = cv2.erode(_filled(made.max(-1) > DARK), np.ones((3, 3), np.uint8))
    spread = cv2.GaussianBlur(made * known[..., None].astype(np.float32), (0, 0), 2.0)
    share = cv2.GaussianBlur(known.astype(np.float32), (0, 0), 2.0)[..., None]
    around = np.where(share > 1e-3, spread / np.maximum(share, 1e-3), made)
    return np.where(known[..., None] > 0, made, around)
