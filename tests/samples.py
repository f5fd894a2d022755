"""Photos that tests need: two real people whose pictures come with other packages."""

from functools import cache

import matplotlib
import numpy as np
import skimage.data
from PIL import Image

GRACE = matplotlib.get_data_path() + "/sample_data/grace_hopper.jpg"


@cache
def grace() -> np.ndarray:
    """Grace Hopper, (600, 512, 3) uint8: glasses, a cap, mouth closed."""
    return np.asarray(Image.open(GRACE).convert("RGB"))


@cache
def astronaut() -> np.ndarray:
    """Eileen Collins, (512, 512, 3) uint8: smiling."""
    return np.ascontiguousarray(skimage.data.astronaut())


def side_by_side(*photos: np.ndarray) -> np.ndarray:
    """Photos beside each other, on one height."""
    tall = max(photo.shape[0] for photo in photos)
    return np.hstack(
        [np.pad(photo, ((0, tall - photo.shape[0]), (0, 0), (0, 0)), mode="edge") for photo in photos]
    )
