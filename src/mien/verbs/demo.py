"""`mien demo`: one photo in every expression, in a folder with a sheet, films, receipts and a page."""

import importlib.util
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from mien.errors import InputError
from mien.requests import AnimateRequest, Box, SheetRequest, place
from mien.verbs.making import tell, write_text
from mien.verbs.options import parse

STRENGTH = 0.9
"""Strength of the expressions in the films."""
LONGEST = 1280
"""Longest side of the demo's photo, pixels; the other verbs keep the photo's own."""


@dataclass(frozen=True, kw_only=True)
class DemoRequest:
    """A photo, and a folder for what is made of it."""

    photo: str | Path | None = None
    """One photo, in place of the sample, which is Grace Hopper."""
    output: str | Path = "mien-demo"
    """Folder to write; if it is there already, the next free one with a number."""
    face: str | int = "auto"
    """Which face: auto, largest, left, right, center, or a number counted from 1, left to right."""
    box: Box | None = None
    """Where the face is, in pixels, in place of searching for it."""

    def __post_init__(self) -> None:
        place(self.face, self.box, one="the demo")


def run(args: Sequence[str]) -> int:
    """Write the folder and say where it is; the exit code."""
    about = "A photo in every expression: sheet.jpg, six films, receipts.json and index.html, in a folder."
    values = parse("demo", about, DemoRequest, args)
    start, names = time.perf_counter(), values.pop("photo")
    if len(names) > 1:
        raise InputError(f"expected one photo for the demo, came {len(names)}")
    folder = _fresh(Path(values.pop("output")))
    make(DemoRequest(photo=names[0] if names else None, output=folder, **values))
    print(f"{folder / 'index.html'} shows all of it; made in {time.perf_counter() - start:.1f} s")
    return 0


def make(request: DemoRequest) -> None:
    """Write sheet.jpg, a film of each basic expression, receipts.json and index.html into the folder."""
    from mien import pipelines
    from mien.expression import Expression
    from mien.face.portrait import Portrait
    from mien.receipt import Clock
    from mien.verbs import page

    folder, photo = Path(request.output), request.photo or sample()
    portrait = _small(Portrait.open(photo, face=request.face, box=request.box))
    folder.mkdir(parents=True)
    tell(f"{portrait.picture.name}: a face of {portrait.face.box[2]:.0f} px")
    sheet = pipelines.draw(portrait, SheetRequest(photo=photo), Clock())
    sheet.save(folder / "sheet.jpg")
    tell("sheet.jpg")
    films = []
    for label in pipelines.BASIC:
        wanted = AnimateRequest(photo=photo, to=label, output=folder / f"{label}.mp4")
        films.append(pipelines.film(portrait, Expression.from_label(label, STRENGTH), wanted, Clock()))
        tell(f"{films[-1].path.name}: {films[-1].receipt.lines()[0]}")
    for line in sheet.receipt.lines()[2:]:
        tell(line)
    receipts = [sheet.receipt, *(film.receipt for film in films)]
    write_text(
        folder / "receipts.json", json.dumps([one.to_dict() for one in receipts], indent=1) + "\n", False
    )
    write_text(folder / "index.html", page.draw(portrait.picture, folder / "sheet.jpg", films), False)


def sample() -> Path:
    """The public-domain portrait in matplotlib's sample data, found without importing matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / "mpl-data/sample_data/grace_hopper.jpg"
        if path.is_file():
            return path
    raise InputError("matplotlib's sample photo is missing; give a photo: mien demo PHOTO")


def _fresh(folder: Path) -> Path:
    """The folder, or the first numbered sibling that is free: a second demo must not fall on the first."""
    names = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return folder if not folder.exists() else next(name for name in names if not name.exists())


def _small(portrait):
    """The portrait itself, or that of the photo shrunk to `LONGEST`."""
    import cv2

    from mien.face import analysis
    from mien.media import pictures

    picture, face = portrait.picture, portrait.face
    scale = LONGEST / max(picture.pixels.shape[:2])
    if scale >= 1:
        return portrait
    pixels = cv2.resize(picture.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    box = tuple(value * scale for value in face.box)
    smaller = replace(pictures.from_array(pixels, picture.name), sha256=picture.sha256)
    return type(portrait).of(smaller, analysis.at_box(pixels, box))
