"""Draw the gallery, docs/gallery/*.jpg: `python tools/make_gallery.py ../shared/data [--only systems]`."""

import argparse
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from skimage import data

from mien.expression import Expression
from mien.face import analysis
from mien.face.portrait import Portrait
from mien.makers import maker_of
from mien.media import pictures
from mien.requests import EditRequest
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
SYSTEMS = ("ganimation", "lgp-gan", "unet-gan", "cgan-p1", "texture-gan", "fev-gan", "motion-gan")
"""Beside the engine, images before videos; of these the moment that shows most."""
ASKED = {
    "hopper": "surprise",
    "astronaut": "anger",
    "london_037": "disgust",
    "london_066": "happiness",
    "london_136": "sadness",
}
"""Of the faces of the systems' sheet."""
TILE = 480
"""Side of a tile at most, pixels; smaller faces keep their own."""
SMALL = 256
"""Side of a tile of the systems' sheet."""


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


def systems_sheet(portraits: dict[str, Portrait]) -> np.ndarray:
    """A row a face, a column a maker: the photo, the engine, and every system that comes with mien."""
    rows = []
    for name, wanted in ASKED.items():
        portrait, row = portraits[name], [portraits[name].picture.pixels]
        for system in (None, *SYSTEMS):
            request = EditRequest(photo=name, to=wanted, system=system)
            made = maker_of(request, request.target()).before(portrait)
            row.append(next(made([request.target()])).pixels)
        crop = crop_of(portrait.face, reach=0.7)
        rows.append([cv2.resize(cut(pixels, crop, SMALL), (SMALL, SMALL)) for pixels in row])
    return contact(rows, ["photo", "engine", *SYSTEMS], list(ASKED.values()))


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds the London set")
    parser.add_argument("--only", choices=["systems"], help="leave the rest as it is")
    given = parser.parse_args()
    sample = Path(matplotlib.get_data_path()) / "sample_data/grace_hopper.jpg"
    faces = {"hopper": pictures.read(sample), "astronaut": pictures.from_array(data.astronaut())}
    faces |= {f"london_{n}": pictures.read(given.data / f"london/neutral/{n}.jpg") for n in LONDON}
    portraits = {
        name: Portrait(picture, analysis.choose(analysis.find(picture.pixels)))
        for name, picture in faces.items()
    }
    save(systems_sheet(portraits), "systems", portraits["hopper"])
    if given.only:
        return
    for name, portrait in portraits.items():
        save(np.concatenate([row_of(portrait, row, TILE) for row in ROWS]), name, portrait)
    save(row_of(portraits["hopper"], BANNER, 300), "banner", portraits["hopper"])


if __name__ == "__main__":
    main()
