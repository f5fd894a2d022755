"""Portraits: a photo shows what is asked, nothing else changes, and always the same way."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from faces import SIDES, changed, london, measured, opened, person, photo
from PIL import Image
from samples import GRACE

from mien import tables
from mien.errors import ExpressionError, OutputError
from mien.expression import Expression
from mien.face.points import MIRROR
from mien.face.portrait import Portrait
from mien.media import pictures

FACES = ["grace", "astronaut", *london("042", "136")]
ASKED = ["happiness", "surprise:.6", "anger", "sadness:.4", "AU43", "AU12L=.5", "gaze(10,-5)", "head(8,4,-3)"]


@pytest.mark.parametrize("name", FACES)
def test_no_change_gives_the_photo_back(name):
    start = person(name)
    shown = start.show(start.expression)
    assert np.array_equal(shown.pixels, start.picture.pixels)
    assert shown.region == (0, 0, 0, 0) and shown.changed == 0
    assert np.array_equal(start.show(str(start.expression)).pixels, start.picture.pixels)


def test_the_drawing_itself_changes_nothing_when_nothing_moves():
    """Not only the shortcut: the renderer at the photo's own coefficients."""
    scene = person("grace").scene
    assert np.array_equal(scene.draw(person("grace").fit.units), scene.original)


@pytest.mark.parametrize("expression", ASKED)
@pytest.mark.parametrize("name", FACES)
def test_only_the_reported_region_changes(name, expression):
    shown = person(name).show(expression)
    where = changed(name, shown.pixels)
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    assert shown.region == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert shown.changed == pytest.approx(where.mean())
    assert shown.pixels.dtype == np.uint8 and shown.pixels.shape == person(name).picture.pixels.shape


# Where a little more of a unit may change the photo, in eye distances from the middle of the eyes:
# left, top, right, bottom in the image. The nose ends at 0.7, the mouth at 1.2, the chin at 1.7.
PLACES = {
    "AU1": (-1.3, -1.3, 1.3, 1.0),
    "AU2L": (-0.5, -1.3, 1.5, 1.4),
    "AU5": (-1.0, -0.6, 1.0, 0.4),
    "AU43L": (0.1, -0.7, 1.0, 0.4),
    "AU43R": (-1.0, -0.7, -0.1, 0.4),
    "AU12": (-1.5, -0.5, 1.5, 2.2),
    "AU12L": (-0.6, -0.5, 1.5, 2.2),
    "AU15": (-1.4, -0.3, 1.4, 2.2),
    "AU17": (-1.3, 0.4, 1.3, 2.2),
    "AU25": (-1.4, -0.2, 1.4, 2.2),
    "AU26": (-1.5, -0.5, 1.5, 2.3),
}


@pytest.mark.parametrize("unit", PLACES)
@pytest.mark.parametrize("name", FACES)
def test_a_small_request_changes_a_small_place(name, unit):
    start = person(name)
    little = Expression(units={unit: 0.2})
    try:
        shown = start.show(start.expression + little)
    except ExpressionError:  # the photo shows all of it already
        shown = start.show(start.expression - little)
    middle = start.face.landmarks[36:48].mean(0)
    low, high = np.reshape(PLACES[unit], (2, 2)) * start.face.size + middle
    x0, y0, x1, y1 = shown.region
    assert x1 > x0 and shown.changed > 0
    assert x0 >= low[0] and y0 >= low[1] and x1 <= high[0] and y1 <= high[1], np.round(
        (np.reshape(shown.region, (2, 2)) - middle) / start.face.size, 2
    ).tolist()


@pytest.mark.parametrize("unit", tables.SIDED)
def test_more_of_a_unit_changes_more_of_the_photo(unit):
    start = person("grace")
    original = start.show("neutral").pixels.astype(int)
    change = [np.abs(start.show(f"{unit}={s}").pixels - original).mean() for s in (0.25, 0.5, 1)]
    assert 0 < change[0] < change[1] < change[2]


@cache
def mirrored(name: str) -> Portrait:
    """The portrait of a mirrored photo, its landmarks mirrored too."""
    start = person(name)
    pixels = np.ascontiguousarray(start.picture.pixels[:, ::-1])
    landmarks = start.face.landmarks[MIRROR] * [-1, 1] + [pixels.shape[1] - 1, 0]
    x, y, width, height = start.face.box
    face = replace(start.face, box=(pixels.shape[1] - 1 - x - width, y, width, height), landmarks=landmarks)
    return Portrait.of(pictures.from_array(pixels), face)


def flipped(expression: Expression) -> Expression:
    """Left for right."""
    units = {n[:-1] + SIDES.get(n[-1], n[-1]): value for n, value in expression.units.items()}
    (yaw, pitch), (turn, nod, roll) = expression.gaze, expression.head
    return Expression(units=units, gaze=(-yaw, pitch), head=(-turn, nod, -roll))


@pytest.mark.parametrize(
    "text",
    ["happiness", "surprise", "AU12L=.7,AU25=.4,AU2R=.6", "contempt", "AU43L", "gaze(12,5)", "head(8,0,4)"],
)
@pytest.mark.parametrize("name", FACES)
def test_a_mirrored_photo_shows_the_mirror_image(name, text):
    """The mean difference stays below a twentieth of the change, and below one level.

    Twice that where the head turns: the face is the same, but the motion of what is round it is continued
    on a coarse grid, and that begins at the left of both photos.
    """
    start, other = person(name), mirrored(name)
    shown = start.show(text)
    back = other.show(flipped(Expression.parse(text))).pixels[:, ::-1]
    x0, y0, x1, y1 = shown.region
    place = (slice(y0, y1), slice(x0, x1))
    miss = np.abs(shown.pixels[place].astype(int) - back[place]).mean()
    change = np.abs(shown.pixels[place].astype(int) - start.picture.pixels[place]).mean()
    assert miss < (1 + text.startswith("head")) * min(0.05 * change, 1), (
        f"{miss:.3f} of a change of {change:.2f}"
    )


@pytest.mark.parametrize("text", ["happiness:.8", "AU43+head(6,2,1)"])
def test_the_same_request_gives_the_same_bytes(text):
    start = person("grace")
    first = start.show(text).pixels
    start.show("surprise")
    assert np.array_equal(first, start.show(text).pixels)
    assert np.array_equal(first, opened(photo("grace")).show(text).pixels)


def test_a_fresh_process_with_one_thread_gives_the_same_bytes():
    text = "happiness:.8+gaze(8,0)+head(5,0,2)"
    script = (
        "import sys, hashlib, cv2; cv2.setNumThreads(1); from mien.face.portrait import Portrait;"
        "print(hashlib.sha256(Portrait.open(sys.argv[1]).show(sys.argv[2]).pixels.tobytes()).hexdigest())"
    )
    command = [sys.executable, "-c", script, GRACE, text]
    fresh = subprocess.run(command, capture_output=True, text=True, check=True)
    here = Portrait.open(GRACE).show(text).pixels
    assert fresh.stdout.strip() == hashlib.sha256(here.tobytes()).hexdigest()


@pytest.mark.parametrize("degrees", [-25, 25])
@pytest.mark.parametrize("name", FACES)
def test_a_face_seen_from_the_side_can_be_opened_and_can_smile(name, degrees):
    turned = person(name).show(f"head({degrees},0,0)").pixels
    side = opened(turned)
    yaw = side.fit.pose.angles[0] - person(name).fit.pose.angles[0]
    assert side.fit.residual < 0.03 and 0.4 < yaw / degrees < 1.2, f"yaw {yaw:.1f}"
    happy = opened(side.show("happiness").pixels).measure().scores["happiness"]
    assert happy > opened(side.show("neutral").pixels).measure().scores["happiness"] + 0.2


def test_sides_are_the_persons_own():
    read = measured("grace", "AU12L=.8").units
    assert read["AU12L"] > read["AU12R"] + 0.1  # her own left corner of the mouth
    x0, _, x1, _ = person("grace").show(person("grace").expression + Expression(units={"AU43L": 0.8})).region
    assert (x0 + x1) / 2 > person("grace").face.landmarks[27, 0]  # which is on the right in the image


def test_a_mouth_that_opens_shows_its_inside():
    """It is dark below the upper lip, where the closed mouth showed lip and chin."""
    start = person("grace")
    row, column = start.face.landmarks[60:68].mean(0).astype(int)[::-1]
    below = slice(row, row + int(0.4 * start.face.size)), column
    shut, parted = ((p[below].mean(1) < 60).sum() for p in (photo("grace"), start.show("AU25+AU26").pixels))
    assert parted > shut + 0.1 * start.face.size


def test_a_gray_photo_stays_gray():
    gray = np.repeat(np.asarray(Image.fromarray(photo("grace")).convert("L"))[..., None], 3, axis=2)
    shown = opened(gray).show("happiness").pixels.astype(int)
    assert np.ptp(shown, axis=2).max() <= 2


def test_a_saved_picture_says_how_it_was_made(tmp_path: Path):
    start = Portrait.open(GRACE)
    shown = start.show("happiness:.8")
    path = shown.save(tmp_path / "out.png")
    told = pictures.provenance_of(path)
    assert Expression.parse(told["expression"]) == Expression.parse("happiness:.8")
    assert told["input_sha256"] == hashlib.sha256(Path(GRACE).read_bytes()).hexdigest()
    assert len(told["settings_hash"]) == 64 and told["software"].startswith("mien ")
    assert np.array_equal(np.asarray(Image.open(path).convert("RGB")), shown.pixels)
    with pytest.raises(OutputError, match="--force"):
        shown.save(path)
    assert shown.save(path, force=True) == path
