"""Draw the gallery, docs/gallery/*.jpg: `python tools/make_gallery.py ../shared/data`."""

import sys
from pathlib import Path

import matplotlib
import numpy as np
from skimage import data

from mien.expression import Expression
from mien.face import analysis
from mien.face.portrait import Portrait
from mien.media import pictures
from mien.sheets import contact, crop_of, cut
from mien.version import SOFTWARE

GALLERY = Path(__file__).parent.parent / "docs/gallery"
LONDON = ("037", "045", "061", "066", "092", "136")
"""People of the London set of different skin, age, hair and beard."""
ROWS = (
    ("photo", "happiness:.5", "happiness", "sadness:.8"),
    ("surprise:.8", "fear:.8", "anger:.8", "disgust:.8"),
    ("contempt:.8", "AU43=1", "gaze(20,0)", "AU1=.8,AU2=.8"),
)
BANNER = ("photo", "happiness:.8", "surprise:.8", "sadness:.9", "anger", "disgust:.7")
TILE = 480
"""Side of a tile at most, pixels; smaller faces keep their own."""


def shown(portrait: Portrait, request: str) -> np.ndarray:
    """The photo's pixels with the request; a gaze alone is added to what the photo shows."""
    if request == "photo":
        return portrait.picture.pixels
    wanted = Expression.parse(request)
    return portrait.show(wanted if wanted.units else portrait.expression + wanted).pixels


def row_of(portrait: Portrait, requests: tuple[str, ...], tile: int) -> np.ndarray:
    """Faces side by side, each under its request."""
    crop = crop_of(portrait.face, reach=0.8)
    return contact(
        [[cut(shown(portrait, request), crop, tile) for request in requests]], list(requests), [""]
    )


def save(pixels: np.ndarray, name: str, portrait: Portrait) -> None:
    stated = pictures.Provenance(
        expression="sheet",
        software=SOFTWARE,
        settings_hash=portrait.model.sha256,
        input_sha256=portrait.picture.sha256,
    )
    GALLERY.mkdir(parents=True, exist_ok=True)
    pictures.write(pictures.from_array(pixels), GALLERY / f"{name}.jpg", provenance=stated, force=True)
    print(GALLERY / f"{name}.jpg")


def main() -> None:
    sample = Path(matplotlib.get_data_path()) / "sample_data/grace_hopper.jpg"
    faces = {"hopper": pictures.read(sample), "astronaut": pictures.from_array(data.astronaut())}
    faces |= {f"london_{n}": pictures.read(Path(sys.argv[1]) / f"london/neutral/{n}.jpg") for n in LONDON}
    for name, picture in faces.items():
        portrait = Portrait(picture, analysis.choose(analysis.find(picture.pixels)))
        save(np.concatenate([row_of(portrait, row, TILE) for row in ROWS]), name, portrait)
    hopper = Portrait(faces["hopper"], analysis.choose(analysis.find(faces["hopper"].pixels)))
    save(row_of(hopper, BANNER, 300), "banner", hopper)


if __name__ == "__main__":
    main()
