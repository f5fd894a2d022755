"""Takes: how people sit before the camera, in which light, and the camera's own ways with colours."""

from dataclasses import dataclass

import numpy as np

from mien.data.artist import stage
from mien.face import light

TURNS = np.array([8.0, 5.0, 4.0])
"""Greatest turn of the head where a clip begins: yaw, pitch, roll, degrees."""
ZOOM, SHIFT = 0.04, 0.02
"""Greatest change of the camera's scale, and greatest shift, in sides of the crop."""
WOBBLE = 0.2
"""Share of these in which the clips of one take differ: who sits still for six expressions moves a little."""


@dataclass(frozen=True, kw_only=True)
class Take:
    """One sitting of a person: where they sit, the light, and the camera's ways with colours."""

    place: np.ndarray  # (6,) -1..1: yaw, pitch, roll, scale, shift across and down, of what they may be
    light: np.ndarray  # (9,)
    lamp: np.ndarray  # (3,) towards the key light
    gloss: float
    glint: float  # of the eyes
    gain: np.ndarray  # (3,)
    contrast: float
    blur: float  # sides
    noise: float  # gray levels
    backdrop: np.ndarray  # (3,) 0..1

    @classmethod
    def drawn(cls, seed: int, tone: np.ndarray, number: int) -> "Take":
        """A take by its number, of a person by seed and tone of skin (3,)."""
        chance = np.random.default_rng((seed, 1, number))
        across, up = np.radians(np.clip(chance.normal(0, 32), -70, 70)), np.radians(chance.uniform(0, 55))
        lamp = np.array([np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)])
        place = chance.uniform(-1, 1, 6)
        warm = 0.025 * float(np.clip(chance.normal(), -2, 2))
        return cls(
            place=place,
            light=_light(lamp, chance.beta(2.0, 2.5)),
            lamp=lamp,
            gloss=0.015 + 0.06 * chance.beta(1.5, 3),
            glint=chance.uniform(0.5, 1.0),
            gain=_exposure(tone, chance) * np.exp([warm, 0.008 * chance.normal(), -warm]),
            contrast=float(np.exp(0.09 * chance.normal())),
            blur=float(0.006 * chance.beta(1, 1.8)),
            noise=float(chance.uniform(0, 1.6)),
            backdrop=chance.uniform(0.25, 0.85) * np.exp(0.06 * chance.normal(size=3)),
        )


def placed(take: Take, chance: np.random.Generator) -> tuple[np.ndarray, float, np.ndarray]:
    """Where a clip of a take begins: turn of the head (3,), degrees; scale; shift (2,) in sides."""
    place = (1 - WOBBLE) * take.place + WOBBLE * chance.uniform(-1, 1, 6)
    return place[:3] * TURNS, 1 + ZOOM * float(place[3]), SHIFT * place[4:]


def _exposure(tone, chance):
    """Gain of display values: light skin is never burnt out, dark skin is never lost."""
    wanted = np.exp(0.1 * chance.normal() - 0.02)
    return np.clip(wanted, 0.3 / tone.max(), 0.77 / tone.max())


def _light(lamp, share):
    """Spherical harmonics (9,) of a lamp with this share of the light, the rest from all round and above."""
    x, y, z = lamp
    bands = [0.25, x / 2, y / 2, z / 2]
    bands += [
        5 / 32 * v for v in (6 * x * y, 6 * x * z, 6 * y * z, 1.5 * (x * x - y * y), (3 * z * z - 1) / 2)
    ]
    around = np.array([1.0, 0, 0.12, 0.12, 0, 0, 0.0, 0, 0.06])
    out = share * np.array(bands) / 0.6 + (1 - share) * around / 1.15
    return out / np.median(light.harmonics(stage().normals) @ out)
