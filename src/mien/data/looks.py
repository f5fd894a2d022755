"""How a synthetic person looks: skin, eyes, teeth and the light they are seen in, all from one seed."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from mien.face.model import FaceModel, load_model

IDENTITY_SPREAD = 0.8
"""Spread of identity coefficients (ours): at 1 some are caricatures."""
TEXTURE_SPREAD = 0.85
"""Spread of texture coefficients (ours)."""
TONES = (-2.9, -1.0)
"""Log luminance (linear) of skin: from the darkest to the lightest of 81 open photos and a little beyond."""
RED = (0.116, -0.084, 0.035)
"""Log of red over green of skin at a log luminance, and its spread: a line through 81 open photos."""
BLUE = (0.0, 0.075, 0.04)
"""The same for blue over green."""
DARK_LENS = 0.1
"""Display value of a pupil (ours): eyes mirror the room."""
IRISES = np.array(
    [[70, 45, 30], [95, 62, 38], [52, 36, 28], [110, 88, 55], [98, 102, 84], [96, 116, 134], [118, 132, 140]],
    np.float32,
)
"""Colours of irises (ours): browns, hazel, green, blue, gray."""
SIDE = 384
"""Side of a person's skin texture, texels: twice that of the basis."""
_CHEEKS = (slice(192, 256), slice(80, 304))


@dataclass(frozen=True, kw_only=True)
class Look:
    """What does not change within a take: surfaces and light."""

    texture: np.ndarray  # (384, 384, 3) float32 0..1, skin in even light
    iris: np.ndarray  # (128, 128, 3) float32 0..1, the eyeball from the front
    lashes: np.ndarray  # (3,) float32
    teeth: np.ndarray  # (2, h, w, 3) float32
    soft: np.ndarray  # (3, 3) float32, tongue, cavity, lips that meet
    tone: np.ndarray  # (3,) mean colour of the skin


def texture(model: FaceModel, chance: np.random.Generator) -> np.ndarray:
    """A skin (384, 384, 3) float32 0..1, drawn from the basis; its mean tone is one that people have."""
    basis, mean = skins()
    skin = mean + np.tensordot(chance.normal(0, TEXTURE_SPREAD, len(basis)).astype(np.float32), basis, 1)
    skin = _detailed(np.clip(skin, 0.02, 1), chance)
    tone = _tone(chance)
    plain = np.exp(np.log(skin[_CHEEKS].reshape(-1, 3)).mean(0))
    gain = tone / plain
    skin = skin * gain.astype(np.float32)
    return _lashed(model, skin, chance)


def _detailed(skin, chance):
    """Twice as fine, crisper than the mean of many photos can be, with pores, blotches and a few moles."""
    skin = cv2.resize(skin, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    gray = skin.mean(-1)
    crisp = chance.uniform(0.8, 1.6) * (gray - cv2.GaussianBlur(gray, (0, 0), 2.2))
    skin = np.clip(skin * (1 + crisp / gray)[..., None], 0.02, 1)
    skin = skin * np.exp(chance.uniform(0.4, 1.4) * _grain(chance))
    moles = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(chance.poisson(2.5)):
        place = tuple(np.rint(chance.uniform(0.2, 0.8, 2) * SIDE * 8).astype(int).tolist())
        cv2.circle(moles, place, round(chance.uniform(6, 14)), chance.uniform(0.1, 0.45), -1, cv2.LINE_AA, 3)
    return (skin * (1 - moles[..., None] * [0.8, 1, 1])).astype(np.float32)


def _grain(chance):
    """Log brightness of skin, (side, side, 3) float32: pores are gray, blotches have colour."""
    total = np.zeros((SIDE, SIDE, 3), np.float32)
    for shrink, size, colour in ((1, 0.027, 0.0), (2, 0.016, 0.0), (4, 0.01, 0.4), (12, 0.018, 0.4)):
        side = SIDE // shrink
        field = chance.standard_normal((side, side, 4), np.float32)
        field = size * (field[..., :1] + colour * field[..., 1:])
        total += cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(total, (0, 0), 0.7)


def _tone(chance):
    """Mean colour (3,) of skin, display values 0..1."""
    level = TONES[0] + (TONES[1] - TONES[0]) * chance.beta(1.6, 1.0)
    red = RED[0] + RED[1] * level + RED[2] * _held(chance)
    blue = BLUE[0] + BLUE[1] * level + BLUE[2] * _held(chance)
    relative = np.exp(np.array([red, 0.0, blue]))
    green = (np.exp(level) / ((relative**2.2) @ [0.2126, 0.7152, 0.0722])) ** (1 / 2.2)
    return green * relative


def _held(chance):
    """A standard normal number held within -1 and 1.7."""
    return float(np.clip(chance.normal(), -1.0, 1.7))


def _lashed(model, skin, chance):
    """Lash lines along the lids' rims, thicker above."""
    strength, thick = chance.uniform(0.25, 0.7), chance.uniform(0.7, 1.25)
    side = 2 * SIDE
    dark = np.zeros((side, side), np.uint8)
    for name in ("eye_rim_left", "eye_rim_right"):
        rim = model.extras[name]
        places = model.uv[rim] * (side - 1)
        middle = (places[:, 1].min() + places[:, 1].max()) / 2
        for here, there in zip(places, np.roll(places, -1, 0), strict=True):
            upper = (here[1] + there[1]) / 2 < middle
            ends = [tuple(np.rint(point * 16).astype(int).tolist()) for point in (here, there)]
            width = max(1, round(thick * (15 if upper else 6)))
            cv2.line(dark, ends[0], ends[1], 255 if upper else 130, width, cv2.LINE_AA, 4)
    soft = cv2.resize(cv2.GaussianBlur(dark, (0, 0), 3), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    cover = soft.astype(np.float32)[..., None] / 255 * strength
    return np.ascontiguousarray(skin * (1 - cover) + cover * 0.2 * skin.mean((0, 1)))


@cache
def skins():
    """The texture basis (40, 192, 192, 3) and mean (192, 192, 3), float32, display values 0..1."""
    extras = load_model().extras
    scale = extras["texture_scale"][:, None, None, None]
    return extras["texture_basis"].astype(np.float32) * scale, extras["texture_mean"].astype(np.float32) / 255


def drawn(model: FaceModel, chance: np.random.Generator) -> Look:
    """The look of a new person."""
    skin = texture(model, chance)
    tone = np.exp(np.log(skin[_CHEEKS].reshape(-1, 3)).mean(0))
    sclera = _sclera(tone, chance)
    eye, lashes = _eye(sclera, tone, chance)
    white = np.sqrt(tone.mean() * sclera.mean()) * (0.3 + 0.7 * sclera / sclera.mean())
    teeth = _teeth(model, white, chance)
    lips = skin[236:248, 184:200].reshape(-1, 3).mean(0)
    soft = np.stack([white * [1.2, 0.7, 0.69], white * [0.5, 0.24, 0.23], lips * 0.45])
    return Look(texture=skin, iris=eye, lashes=lashes, teeth=teeth, soft=soft.astype(np.float32), tone=tone)


def _sclera(tone, chance):
    """Colour (3,) of the white of the eye: about as bright as light skin, less so where all is dark."""
    level = np.clip(0.46 + 0.36 * tone.mean() + 0.03 * chance.normal(), 0.42, 0.8)
    return level * np.array([1.02, 0.985, 0.975]) * np.exp(0.015 * chance.normal(size=3))


def _eye(sclera, tone, chance):
    """The eyeball from the front (128, 128, 3), and the colour of lashes (3,)."""
    shares = np.array([0.24, 0.2, 0.24, 0.1, 0.08, 0.09, 0.05])
    dark = np.clip((0.5 - tone.mean()) / 0.15, 0, 1)
    shares = shares * (1 - dark) + dark * np.array([0.4, 0.1, 0.5, 0, 0, 0, 0])
    colour = IRISES[chance.choice(len(IRISES), p=shares / shares.sum())] / 255
    colour = colour.mean() + 0.6 * (colour - colour.mean())
    colour = 0.93 * colour * min(1, 0.36 / colour.mean())
    colour = colour * np.exp(0.15 * chance.normal() + 0.04 * chance.normal(size=3))
    side = 128
    x, y = np.meshgrid(*[(np.arange(side) + 0.5) / side * 2 - 1] * 2)
    angle = np.arcsin(np.clip(np.hypot(x, y), 0, 1))  # from the axis
    edge = 0.395 * chance.uniform(0.95, 1.05)
    pupil = edge * chance.uniform(0.32, 0.48)
    turn = np.arctan2(y, x)
    rays = sum(np.cos(k * turn + chance.uniform(0, 6.3)) * chance.normal() for k in range(5, 23)) / 4
    ring = angle / edge
    shade = 1.1 + 0.13 * rays - 0.62 * np.clip((ring - 0.72) / 0.28, 0, 1) ** 2
    shade = shade + 0.1 * np.exp(-(((ring - 0.62) / 0.16) ** 2))
    iris = colour * np.clip(shade, 0.15, 2)[..., None]
    white = sclera * (1 - 0.1 * np.clip((angle - 0.55) / 0.5, 0, 1))[..., None] ** np.array([0.7, 1.5, 1.4])
    soft = 0.03
    is_iris = np.clip((edge - angle) / soft + 0.5, 0, 1)[..., None]
    is_pupil = np.clip((pupil - angle) / soft + 0.5, 0, 1)[..., None]
    eye = white * (1 - is_iris) + iris * is_iris
    eye = eye * (1 - is_pupil) + DARK_LENS * is_pupil
    lashes = 0.28 * tone * chance.uniform(0.7, 1.1)
    return eye.astype(np.float32), lashes.astype(np.float32)


@cache
def rows():
    """Both rows of teeth small: shares of tooth (2, 56, 256), relief, and where they cover (bool)."""
    extras = load_model().extras
    tooth, relief, cover = [], [], []
    for name in ("upper_teeth_texture", "lower_teeth_texture"):
        label = extras[name][..., 0]
        half = (256, 56)
        closed = cv2.morphologyEx((label > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
        tooth.append(cv2.resize(cv2.GaussianBlur((label == 255).astype(np.float32), (0, 0), 1.5), half))
        relief.append(cv2.resize(extras[name][..., 1].astype(np.float32), half))
        cover.append(cv2.resize(closed.astype(np.float32), half) > 0.5)
    return np.array(tooth), np.array(relief), np.array(cover)


def _teeth(model, white, chance):
    """Colours (2, 56, 256, 3) of both rows."""
    tooth, relief, _ = rows()
    shade = np.clip(1 + (relief - 128) / 128 * 0.2, 0.72, 1.08)[..., None]
    colour = white * np.array([1.48, 1.45, 1.39]) * chance.uniform(0.88, 1.02)
    colour = colour * np.array([1, 1, chance.uniform(0.94, 1.0)])
    gum = white * np.array([1.0, 0.66, 0.64])
    both = colour * tooth[..., None] + gum * (1 - tooth[..., None])
    return np.clip(both * shade, 0, 1).astype(np.float32)
