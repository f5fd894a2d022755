"""Small sets of photos by class, of people who do not exist, for tests of augmentation and recognition."""

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from mien.data import people

SIDE = 192
"""Of the photos: the detector finds these."""


@cache
def photo(number: int, expression: str) -> np.ndarray:
    """(192, 192, 3) uint8: person `number`, neutral or at the height of an expression."""
    acted = "happiness" if expression == "neutral" else expression
    person = people.Person.drawn(people.person_seed(number, 11))
    frames = people.clip(person, acted, side=SIDE, frames=2, background="plain").frames
    return frames[0 if expression == "neutral" else 1]


def crowd(folder: Path, **classes: str) -> Path:
    """A folder by class: neutral="1 2" puts the first two persons' neutral photos there."""
    for label, numbers in classes.items():
        (folder / label).mkdir(parents=True)
        for number in numbers.split():
            Image.fromarray(photo(int(number), label)).save(folder / label / f"p{number}.png")
    return folder
