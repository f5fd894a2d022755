"""The inside of the mouth: cavity, tongue and teeth in the photo's own light, or the photo's own teeth."""

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from mien.face import inner

LAYERS = ("cavity", "tongue", "lower_teeth", "upper_teeth")
"""From back to front."""
TOOTH = np.array([1.42, 1.37, 1.31], np.float32)
GUM = np.array([1.0, 0.68, 0.66], np.float32)
TONGUE = np.array([0.98, 0.58, 0.57], np.float32)
CAVITY = np.array([0.50, 0.22, 0.21], np.float32)
"""Colours under the photo's light, relative to white (ours; tooth and gum checked on real smiles)."""
LIGHT_DEPTH = 4.2
"""Depth into the mouth at which a third of the light is left, centimetres (ours, from real smiles)."""
COLOURED = 0.2
"""Chroma of skin (channels' range over their mean) from which a photo counts as coloured (ours)."""
FINE = 170.0
"""Eye distance, pixels, up to which the mouth's inside is drawn at the photo's own density (ours)."""
SHUT, OPEN = 0.012, 0.03
"""Lip gap, in eye distances, up to which nothing of the inside shows, and from which all does (ours)."""


@dataclass(frozen=True, kw_only=True)
class Mouth:
    """The mouth of a photo: its light, what the photo shows of it, and textures at the photo's scale."""

    white: np.ndarray  # (3,) colour of a white surface in the mouth's place, 0..255
    saturation: float  # 0 in a gray photo, 1 in one whose skin has colour
    corner: np.ndarray  # (2,) float32, place of `inside` in the crop
    inside: np.ndarray  # (h, w) float32, distance to the lips, pixels; 0 outside the opening
    shown: float  # how much of the inside the photo shows, 0..1
    textures: dict[str, np.ndarray]  # (h, w, 4) float32 by layer: colour relative to white, and coverage

    @classmethod
    def of(cls, scene):
        """Read the mouth of a prepared photo."""
        box, opening = scene.opening(scene.source, "mouth")
        blur = 0.25 * 512 / max(30.0, 5.2 * scene.scale)
        rows = {n: _row(scene.model.extras[f"{n}_texture"], blur) for n in ("upper_teeth", "lower_teeth")}
        cavity = np.broadcast_to(np.append(CAVITY, np.float32(1)), (2, 2, 4)).copy()
        skin = _skin_colour(scene)
        return cls(
            white=_white(scene, skin).astype(np.float32),
            saturation=float(np.clip(np.ptp(skin) / max(skin.mean(), 1) / COLOURED, 0, 1)),
            corner=np.array([box[1].start, box[0].start], np.float32),
            inside=cv2.distanceTransform(opening, cv2.DIST_L2, 3),
            shown=_ramp(gap(scene, scene.source)),
            textures={**rows, "tongue": _tongue(), "cavity": cavity},
        )

    def make(self, scene, target) -> inner.Inner:
        """The mouth's inside within its opening."""
        box, opening = scene.opening(target, "mouth")
        density = max(1, round(scene.eye_distance / FINE))
        soft = max(0.6, 0.009 * scene.eye_distance)
        shows = np.float32(_ramp(gap(scene, target)))
        alpha = cv2.GaussianBlur(opening.astype(np.float32), (0, 0), soft) * shows
        made, where = self._made(scene, target, box, alpha, density)
        size = opening.shape[::-1]
        where = cv2.resize(where, size, interpolation=cv2.INTER_LINEAR)
        made = cv2.resize(made, size, interpolation=cv2.INTER_LINEAR)
        _light(made, _reach_of_light(opening, scene.eye_distance), self.white, self.saturation, alpha)
        wider = float(np.clip(gap(scene, target) - gap(scene, scene.source), 0, 0.04)) * scene.eye_distance
        kept = self.shown + (1 - self.shown) * max(0.0, 1 - wider / (0.01 * scene.eye_distance))
        trust = (wider - 1, max(1.0, wider), kept)
        mine = {"depths": self.inside, "corner": self.corner}
        return inner.Inner(box=box, alpha=alpha, made=made, where=where, trust=trust, **mine)

    def _made(self, scene, target, box, alpha, density):
        """The inside in white light (h, w, 3) and where each of its pixels lies in the photo (h, w, 2)."""
        shape = tuple(-(-(side.stop - side.start) // density) for side in box)
        colour = np.broadcast_to(CAVITY * np.float32(0.6), (*shape, 3)).copy()
        where = np.zeros((*shape, 2), np.float32)
        needed = np.ones(shape, bool)
        front = target.depth[scene.model.parts["upper_teeth"][0]].max()
        for name in LAYERS:
            part = scene.model.parts[name][0]
            dim = np.exp(-np.maximum(front - target.depth[part, None], 0) / LIGHT_DEPTH)
            values = np.concatenate([scene.source.points[part], scene.model.uv[part], dim], 1)
            seen, drawn = scene.layer(target, name, values, box, density)
            _lay(colour, where, seen, drawn & needed, self.textures[name])
            if name == "tongue":  # soft and wet: no hard edge between tongue and cavity
                colour = cv2.GaussianBlur(colour, (0, 0), max(0.7, 0.025 * scene.eye_distance / density))
                needed = cv2.resize(alpha, shape[::-1], interpolation=cv2.INTER_AREA) > 0
        return colour, where


@njit(cache=True, nogil=True)
def _lay(colour, where, seen, drawn, texture):
    """Lay one layer over colour (h, w, 3) and where (h, w, 2), where it is drawn (h, w).

    seen: (h, w, 5) place in the photo (2), in the texture (2), light; texture: (H, W, 4) colour and coverage.
    """
    rows, columns = texture.shape[0] - 1, texture.shape[1] - 1
    for i in range(colour.shape[0]):
        for j in range(colour.shape[1]):
            if not drawn[i, j]:
                continue
            x = min(max(seen[i, j, 2], 0.0), 0.9999) * columns
            y = min(max(seen[i, j, 3], 0.0), 0.9999) * rows
            u, v = int(x), int(y)
            fx, fy = np.float32(x - u), np.float32(y - v)
            a, b, c, d = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
            cover = a * texture[v, u, 3] + b * texture[v, u + 1, 3]
            cover += c * texture[v + 1, u, 3] + d * texture[v + 1, u + 1, 3]
            for k in range(3):
                paint = a * texture[v, u, k] + b * texture[v, u + 1, k]
                paint += c * texture[v + 1, u, k] + d * texture[v + 1, u + 1, k]
                colour[i, j, k] += np.float32(cover * (paint * seen[i, j, 4] - colour[i, j, k]))
            if cover > 0.5:
                where[i, j, 0], where[i, j, 1] = seen[i, j, 0], seen[i, j, 1]


@njit(cache=True, nogil=True)
def _light(made, reach, white, saturation, alpha):
    """Put the photo's light on colours (h, w, 3) relative to white, in place, where alpha (h, w) is not 0."""
    for i in range(alpha.shape[0]):
        for j in range(alpha.shape[1]):
            if alpha[i, j] == 0:
                continue
            gray = np.float32(0)
            for k in range(3):
                made[i, j, k] *= reach[i, j] * white[k]
                gray += made[i, j, k] / np.float32(3)
            for k in range(3):
                made[i, j, k] = gray + saturation * (made[i, j, k] - gray)


def _tongue():
    """Colour of the tongue relative to white in its layout: a groove, darker at the sides and the back."""
    along, across = np.meshgrid(np.linspace(0, 1, 32), np.linspace(-0.5, 0.5, 32), indexing="ij")
    shade = (1 - 0.1 * np.exp(-((across / 0.1) ** 2))) * (1.05 - 1.6 * across**2) * (0.35 + 0.65 * along)
    return np.dstack([TONGUE * shade[..., None], np.ones((32, 32))]).astype(np.float32)


def _reach_of_light(opening, eye_distance):
    """Less light near the lips, most of all under the upper one, and in the corners."""
    size = opening.shape[::-1]
    coarser = max(1, int(0.01 * eye_distance))  # it is smooth
    small = tuple(-(-side // coarser) for side in size)
    wide = cv2.resize(opening.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    sigma = 0.05 * eye_distance
    wide = cv2.GaussianBlur(wide, (0, 0), sigma * small[0] / size[0], sigmaY=sigma * small[1] / size[1])
    down = np.array([[1, 0, 0], [0, 1, 0.6 * sigma * small[1] / size[1]]], np.float32)
    lower = cv2.warpAffine(wide, down, small)
    return cv2.resize(np.clip(0.66 + 0.5 * lower, 0, 1), size, interpolation=cv2.INTER_LINEAR)


def gap(scene, look) -> float:
    """Mean opening between the lips in eye distances: the area between them over their width."""
    lips = look.points[scene.model.landmarks[60:68]]
    area = cv2.contourArea(lips)
    upper, lower = lips[1:4, 1].mean(), lips[[7, 6, 5], 1].mean()
    sign = 1.0 if lower > upper else -1.0
    return sign * area / max(np.ptp(lips[:, 0]), 1) / scene.eye_distance


def _ramp(value):
    x = np.clip((value - SHUT) / (OPEN - SHUT), 0, 1)
    return float(x * x * (3 - 2 * x))


def _row(texture, blur):
    """A row's texture as colour relative to white and coverage, softened to the photo's scale."""
    label, relief = texture[..., 0], texture[..., 1].astype(np.float32)
    tooth = cv2.GaussianBlur((label == 255).astype(np.float32), (0, 0), 1.5)[..., None]
    colour = TOOTH * tooth + GUM * (1 - tooth)
    shade = np.clip(1 + (relief - 128) / 128 * 0.2, 0.72, 1.08)[..., None]
    closed = cv2.morphologyEx((label > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    cover = closed.astype(np.float32)[..., None]
    out = np.concatenate([colour * shade * cover, cover], -1).astype(np.float32)
    if blur > 0.4:
        out = cv2.GaussianBlur(out, (0, 0), blur)
    out[..., :3] /= np.maximum(out[..., 3:], 1e-3)
    return out


def _skin_colour(scene):
    """Median colour of the skin that faces the camera, (3,) 0..255."""
    points = np.rint(scene.source.points[scene.skin]).astype(int)
    height, width = scene.crop.shape[:2]
    inside = ((points >= 0) & (points < [width, height])).all(1) & (scene.source.normals[:, 2] > 0.5)
    return np.median(scene.crop[points[inside, 1], points[inside, 0]].astype(np.float64), axis=0)


def _white(scene, skin):
    """Colour of a white surface in the mouth's place, 0..255: between the whites of the eyes and the skin.

    On the 40 toothy smiles of the London set neither alone predicts the teeth as well as their mean.
    """
    openings = [scene.opening(scene.source, side) for side in ("left", "right")]
    eyes = np.concatenate([scene.crop[box][mask > 0] for box, mask in openings]).astype(np.float64)
    if len(eyes) < 12:
        return np.clip(skin.mean() * (0.6 + 0.4 * skin / skin.mean()), 20, 250)
    brightness = eyes.mean(1)
    sclera = eyes[brightness >= np.quantile(brightness, 0.85)].mean(0)
    level = np.sqrt(max(skin.mean(), 10) * max(sclera.mean(), 10))
    return np.clip(level * (0.3 + 0.7 * sclera / sclera.mean()), 20, 250)
