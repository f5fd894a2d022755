"""A portrait: one photo, analysed once, that can then show any expression."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from mien.expression import Expression
from mien.face import analysis, fit
from mien.face.measure import Measurement, gaze, read
from mien.face.model import GAZE_SHAPES, FaceModel, load_model
from mien.face.render import Scene, unexplained
from mien.face.sampling import difference
from mien.media import pictures
from mien.version import SOFTWARE, settings_hash


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A photo with the face showing an expression."""

    pixels: np.ndarray
    """(h, w, 3) uint8 RGB, the whole photo."""
    region: tuple[int, int, int, int]
    """x0, y0, x1, y1: outside of it every pixel is the photo's own."""
    changed: float
    """Fraction of the photo's pixels that differ, 0..1."""
    portrait: "Portrait" = field(repr=False)
    expression: Expression

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the photo with its provenance; the ending chooses the format. Raises `OutputError`."""
        provenance = pictures.Provenance(
            expression=str(self.expression),
            software=SOFTWARE,
            settings_hash=settings_hash(
                task="show",
                expression=str(self.expression),
                box=self.portrait.face.box,
                face_model=self.portrait.model.sha256,
            ),
            input_sha256=self.portrait.picture.sha256,
        )
        picture = self.portrait.picture.with_pixels(self.pixels)
        return pictures.write(picture, path, provenance=provenance, force=force)


class Portrait:
    """A photo and one face of it, fitted; `show` gives the photo with another expression."""

    def __init__(self, picture: pictures.Picture, face: analysis.Face) -> None:
        self.picture, self.face = picture, face
        self.model: FaceModel = load_model()
        self.fit = fit.fit(self.model, face.landmarks)
        self.rest = fit.resting(self.model, self.fit)
        self.scales = fit.scales(self.model, self.fit)

    @classmethod
    def open(
        cls, path: str | Path, *, face: str | int = "auto", box: analysis.Box | None = None
    ) -> "Portrait":
        """Read a photo and analyse one face of it.

        Args:
            path: the photo.
            face: auto, largest, left, right, center or a number counted from 1, left to right.
            box: x, y, width, height in pixels, where the detector is not to be asked.

        Raises:
            InputError: the file is no picture; FaceError: no face, or several of similar size.
        """
        picture = pictures.read(path)
        if box is not None:
            return cls(picture, analysis.at_box(picture.pixels, box))
        return cls(picture, analysis.choose(analysis.find(picture.pixels), face))

    @classmethod
    def of(cls, picture: pictures.Picture, face: analysis.Face) -> "Portrait":
        """A portrait of a face that was found before."""
        return cls(picture, face)

    def close_up(self, side: int) -> "Portrait":
        """The same face in its crop alone (`Scene.box`), at most `side` pixels a side: quick to draw."""
        x0, y0, x1, y1 = self.scene.box
        crop = self.scene.original
        scale = min(side / max(crop.shape[:2]), 1.0)
        size = (max(round((x1 - x0) * scale), 1), max(round((y1 - y0) * scale), 1))
        if scale < 1:
            crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        landmarks = (self.face.landmarks - [x0, y0] + 0.5) * np.divide(size, (x1 - x0, y1 - y0)) - 0.5
        small = pictures.from_array(crop, self.picture.name)
        return Portrait(small, analysis.at_landmarks(landmarks, size))

    @cached_property
    def scene(self) -> Scene:
        """What drawing needs, prepared at the first frame."""
        return Scene(self.model, self.picture.pixels, self.face.landmarks, self.fit)

    def release(self) -> None:
        """Forget what drawing needs, for its memory; the next frame prepares it anew."""
        self.__dict__.pop("scene", None)

    @cached_property
    def expression(self) -> Expression:
        """The expression found in the photo, without its gaze and head pose (those are where turns start)."""
        return self._named(self.fit.units - self.rest)

    def show(self, expression: Expression | str) -> Shown:
        """The photo with this expression.

        Units are absolute: what the photo shows now is taken off first. Gaze and head are turns from the
        photo's own, so that a label leaves them as they are. The expression found in the photo gives the
        photo back byte for byte.
        """
        wanted = Expression.parse(expression) if isinstance(expression, str) else expression
        still = wanted.gaze == (0, 0) and wanted.head == (0, 0, 0)
        if still and wanted.sided() == self.expression.sided():
            return Shown(
                pixels=self.picture.pixels.copy(),
                region=(0, 0, 0, 0),
                changed=0.0,
                portrait=self,
                expression=wanted,
            )
        units = self.rest + self.scales * self.model.coefficients(wanted.sided())
        pose = self.fit.pose.turned(*wanted.head) if any(wanted.head) else self.fit.pose
        return self._shown(wanted, units, wanted.gaze, pose)

    def follow(self, landmarks: np.ndarray) -> Shown:
        """The photo driven by landmarks (68, 2) in its own pixels: their pose, units, and what these leave.

        For landmarks of the same person, from another photo or a film's frame laid over this one.
        """
        found = fit.fit(self.model, landmarks, self.fit)
        extra = unexplained(self.model, landmarks, found)
        named = self._named(np.clip(found.units - self.rest, 0, self.scales))
        return self._shown(named, found.units, (0.0, 0.0), found.pose, extra)

    def landmarks_of(self, expression: Expression, *, own: bool = True) -> np.ndarray:
        """Landmarks (68, 2), photo pixels, of this face, or the mean one here, with an expression."""
        units, at = self.scales * self.model.coefficients(expression.sided()), self.model.landmarks
        pose = self.fit.pose.turned(*expression.head)
        if own:
            vertices = self.model.shape(self.fit.identity, self.rest + units)
            vertices = vertices + unexplained(self.model, self.face.landmarks, self.fit)
        else:
            vertices = self.model.template + self.model.displacement(units)
        return pose.project(vertices[at])[0]

    def shown(self, expression: Expression, pixels: np.ndarray) -> Shown:
        """What another maker made of this photo, (h, w, 3) uint8, and where it differs."""
        count, left, top, right, bottom = difference(self.picture.pixels, pixels)
        region = (left, top, right, bottom) if count else (0, 0, 0, 0)
        share = count / (pixels.shape[0] * pixels.shape[1])
        return Shown(pixels=pixels, region=region, changed=share, portrait=self, expression=expression)

    def measure(self) -> Measurement:
        """What the face in the photo shows now."""
        return read(self.model, self.fit, self.fit, gaze(self.scene))

    def _named(self, units):
        """Coefficients (u,) as an expression, rounded to what a text can carry."""
        named = zip(self.model.unit_names, units / self.scales, strict=True)
        return Expression(
            units={n: round(float(v), 4) for n, v in named if v > 5e-5 and n not in GAZE_SHAPES}
        )

    def _shown(self, wanted, *state):
        """The photo with the face drawn at a state (what `Scene.paint` takes), and what that changed."""
        pixels = self.picture.pixels.copy()
        x0, y0, x1, y1 = self.scene.box
        rows, columns = self.scene.paint(pixels[y0:y1, x0:x1], *state)
        x0, y0, x1, y1 = x0 + columns.start, y0 + rows.start, x0 + columns.stop, y0 + rows.stop
        count, left, top, right, bottom = difference(self.picture.pixels[y0:y1, x0:x1], pixels[y0:y1, x0:x1])
        region = (x0 + left, y0 + top, x0 + right, y0 + bottom) if count else (0, 0, 0, 0)
        share = count / (pixels.shape[0] * pixels.shape[1])
        return Shown(pixels=pixels, region=region, changed=share, portrait=self, expression=wanted)
