"""What is to be known of each photo of a set: hash, likeness, whose face is in it, and what that shows."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mien.data.crops import Crop
from mien.errors import FaceError, InputError
from mien.face import analysis
from mien.face.portrait import Portrait
from mien.media import pictures

BLACK = 16
"""Gray level below which all of a picture is black: so some sets spoil theirs."""
_SMALL, _BITS = 32, 64
_WAVES = sorted(
    ((down, across) for down in range(_SMALL) for across in range(_SMALL)), key=lambda at: (sum(at), at)
)[1 : _BITS + 1]
"""The 64 slowest waves of a picture of 32 x 32, its mean left out."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A photo to look at."""

    photo: Path
    crop: int = 0
    """Side of the face's crop that is wanted, pixels; 0 for none."""
    who: bool = True
    """Whether the person is to be told."""


def look(request: Look) -> dict[str, Any]:
    """What is seen, as plain values; `face` is None and `reason` says why where no face can be used.

    Raises `InputError` for what is no picture, or a black one.
    """
    picture = pictures.read(request.photo)
    if picture.pixels.max() < BLACK:
        raise InputError(f"{picture.name} is black all over: a spoilt file; leave it out")
    seen = {"sha256": picture.sha256, "likeness": f"{likeness(picture.pixels):016x}", "face": None}
    try:
        face = analysis.choose(analysis.find(picture.pixels))
    except FaceError as error:
        return {**seen, "reason": str(error)}
    portrait = Portrait.of(picture, face)
    scores = portrait.expression.scores()
    found: dict[str, Any] = {
        "box": [round(value, 2) for value in face.box],
        "shown": round(max(score for label, score in scores.items() if label != "neutral"), 3),
    }
    if request.who:
        found["identity"] = [round(float(v), 5) for v in analysis.identity(picture.pixels, face)]
    if request.crop:
        found["crop"] = Crop.of(picture.pixels, face, portrait.fit).cut(request.crop)
    return {**seen, "face": found}


def likeness(pixels: np.ndarray) -> int:
    """A 64-bit number that hardly changes where a picture (h, w, 3) uint8 is scaled, lit or packed anew.

    Which of the 64 slowest waves of the cosine transform are stronger than their median (after the pHash of
    Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010; the choice of waves is
    ours). The number of unlike bits says how unlike two pictures are.
    """
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = cv2.dct(small)
    chosen = np.array([waves[at] for at in _WAVES])
    return int("".join("1" if bit else "0" for bit in chosen > np.median(chosen)), 2)


def digest(path: Path) -> str:
    """SHA-256 of a file; raises `InputError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}") from None
