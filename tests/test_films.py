"""Films: every format plays, holds what was given, says what made it, and is written whole or not at all."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageSequence

from mien.errors import InputError, OutputError
from mien.media import films, pictures
from mien.media.metadata import SOURCE_TYPE, Provenance

MADE = Provenance(
    expression="0s neutral; 1.2s happiness:.8", software="mien 0.1.0", settings_hash="5e77", input_sha256="1d"
)
FILES = ["out.mp4", "out.webm", "out.gif", "out.apng", "out.png", "out.webp"]


@cache
def photo() -> np.ndarray:
    """(121, 95, 3) a real face; both sides odd."""
    return np.ascontiguousarray(skimage.data.astronaut()[30:272:2, 130:320:2])


def frames(count: int = 12) -> Iterator[np.ndarray]:
    """A real face over which a box wanders."""
    for index in range(count):
        frame = photo().copy()
        frame[80:90, 5 * index : 5 * index + 10] = (200, 60, 40)
        yield frame


def write(path: Path | str, source: Iterator[np.ndarray] | None = None, **options) -> films.FilmReport:
    return films.write(source or frames(), path, **{"fps": 24, "provenance": MADE} | options)


def pixels_of(path: Path) -> list[np.ndarray]:
    if path.suffix == ".webp":
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(Image.open(path))]
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_frames_back(tmp_path, name):
    report = write(tmp_path / name)
    got = pixels_of(tmp_path / name)
    assert report.frames == len(got) == 12 and report.seconds == 0.5
    assert report.bytes == (tmp_path / name).stat().st_size
    for frame, expected in zip(got, frames(), strict=True):
        assert np.abs(frame[:121, :95].astype(int) - expected).mean() < (0.01 if "png" in name else 8)


@pytest.mark.parametrize("name", FILES)
def test_every_format_says_what_made_it(tmp_path, name):
    write(tmp_path / name)
    assert films.provenance_of(tmp_path / name) == MADE.as_dict()
    assert SOURCE_TYPE.encode() in (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_same_frames_same_bytes(tmp_path, name):
    write(tmp_path / f"1{name}")
    write(tmp_path / f"2{name}")
    assert (tmp_path / f"1{name}").read_bytes() == (tmp_path / f"2{name}").read_bytes()


@pytest.mark.parametrize("name", ["out.mp4", "out.webm"])
def test_odd_sizes_are_padded_with_the_last_row_and_column(tmp_path, name):
    write(tmp_path / name)
    first = pixels_of(tmp_path / name)[0]
    assert first.shape == (122, 96, 3)
    assert np.abs(first[121].astype(int) - first[120]).mean() < 4


@pytest.mark.parametrize("name", ["out.mp4", "out.webm"])
@pytest.mark.parametrize("colour", [(200, 150, 120), (255, 0, 0), (0, 0, 255), (90, 60, 45), (255, 255, 255)])
def test_colours_do_not_shift_in_any_size(tmp_path, name, colour):
    for number, shape in enumerate([(48, 64, 3), (1080, 1920, 3)]):
        path = tmp_path / f"{number}{name}"
        write(path, iter([np.full(shape, colour, np.uint8)] * 2))
        shown, other = pixels_of(path)[1][20, 20], cv2.VideoCapture(str(path)).read()[1][20, 20, ::-1]
        assert np.abs(shown.astype(int) - colour).max() <= 3
        assert np.abs(other.astype(int) - colour).max() <= 3


@pytest.mark.parametrize("fps", [Fraction(24000, 1001), Fraction(30000, 1001), 25, Fraction(60000, 1001)])
def test_rational_frame_rates_are_exact(tmp_path, fps):
    for name in ("out.mp4", "out.webm"):
        write(tmp_path / name, fps=fps)
        with av.open(str(tmp_path / name)) as film:
            times = [frame.time for frame in film.decode(video=0)]
        assert np.allclose(times, [float(index / Fraction(fps)) for index in range(12)], atol=0.00051)


def test_gif_keeps_step_although_its_clock_is_coarse(tmp_path):
    write(tmp_path / "out.gif", frames(16), fps=24)
    image = Image.open(tmp_path / "out.gif")
    assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(image)) == 670  # 16 / 24 s
    assert image.info["loop"] == 0


def test_what_stands_still_does_not_swarm_in_a_gif(tmp_path):
    write(tmp_path / "out.gif")
    first, *_, last = pixels_of(tmp_path / "out.gif")
    assert (first[92:] == last[92:]).all() and (first[:78] == last[:78]).all()


def test_mp4_starts_before_it_is_loaded(tmp_path):
    write(tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "out.mp4")) as film:
        context = film.streams.video[0].codec_context
        assert (context.name, context.pix_fmt, film.metadata["title"]) == ("h264", "yuv420p", MADE.expression)


@pytest.mark.parametrize("name", ["frames/", "frames", "frames.v2/"])
def test_a_folder_gets_numbered_png_files(tmp_path, name):
    report = write(f"{tmp_path}/{name}")
    files = sorted((tmp_path / name).iterdir())
    assert [file.name for file in files[:2]] == ["00000.png", "00001.png"] and report.frames == len(
        files
    ) == 12
    assert report.bytes == sum(file.stat().st_size for file in files)
    for file, expected in zip(files, frames(), strict=True):
        assert (pictures.read(file).pixels == expected).all()
        assert films.provenance_of(file) == MADE.as_dict()


def test_a_folder_is_overwritten_only_by_force_and_keeps_what_is_not_ours(tmp_path):
    folder = tmp_path / "frames"
    write(folder)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        write(folder)
    write(folder, frames(3), force=True)
    assert sorted(place.name for place in folder.iterdir()) == [
        "00000.png",
        "00001.png",
        "00002.png",
        "notes.txt",
    ]


@pytest.mark.parametrize("name", ["-rf.mp4", "a:b.mp4", "Grüße 😀.webm", "two words.gif"])
def test_any_name_is_written(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(name)
    assert os.listdir() == [name] and films.provenance_of(name)["software"] == "mien 0.1.0"


@pytest.mark.parametrize("name", ["out.mp4", "out.webp"])
def test_one_frame_of_one_pixel_is_a_film(tmp_path, name):
    assert write(tmp_path / name, iter([np.zeros((1, 1, 3), np.uint8)])).frames == 1
    assert len(pixels_of(tmp_path / name)) == 1


@pytest.mark.parametrize("name", [*FILES, "frames/"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interrupted_film_leaves_nothing(tmp_path, name, error):
    def failing() -> Iterator[np.ndarray]:
        yield from frames(5)
        raise error

    with pytest.raises(error):
        write(f"{tmp_path}/{name}", failing())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("out.avi", {}, "expected a name that ends in"),
        ("missing/out.mp4", {}, "make the folder first"),
        ("missing/frames/", {}, "make the folder first"),
        ("out.mp4", {"fps": 0}, "frames a second"),
        ("out.gif", {"fps": 60}, "at most 50"),
        ("out.mp4", {"source": iter([])}, "at least one frame"),
        ("frames/", {"source": iter([])}, "at least one frame"),
        ("out.mp4", {"source": iter([np.zeros((4, 4), np.uint8)])}, "uint8 frames"),
        ("out.mp4", {"source": iter([np.zeros((s, 4, 3), np.uint8) for s in (4, 6)])}, "frame 1 is"),
        ("out.mp4", {"source": iter([np.zeros((2, 16_500, 3), np.uint8)])}, "16,384"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_line(tmp_path, name, options, expected):
    with pytest.raises(OutputError, match=expected) as caught:
        write(f"{tmp_path}/{name}", **options)
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_without_force(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    with pytest.raises(OutputError, match="--force"):
        write(tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == b"old"
    assert write(tmp_path / "out.mp4", force=True).bytes == (tmp_path / "out.mp4").stat().st_size


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from mien.errors import OutputError
from mien.media import films
from mien.media.metadata import Provenance
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0)
pixels = (noise.integers(0, 256, (128, 128, 3), dtype=np.uint8) for _ in range(100))
try:
    made = Provenance(expression="", software="", settings_hash="", input_sha256="")
    films.write(pixels, sys.argv[1], fps=24, provenance=made)
except OutputError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("name", [*FILES, "frames/"])
def test_a_full_disk_leaves_nothing(tmp_path, name):
    """The system's limit on file sizes stands in for the end of the disk: the write really fails half way."""
    command = [sys.executable, "-c", FULL, f"{tmp_path}/{name}"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 1 and len(ended.stderr.splitlines()) == 1
    assert "could not write" in ended.stderr and list(tmp_path.iterdir()) == []


def test_a_damaged_film_is_refused(tmp_path):
    write(tmp_path / "out.mp4")
    (tmp_path / "cut.webm").write_bytes(b"\x1aE\xdf\xa3" + bytes(40))
    with pytest.raises(InputError, match="damaged"):
        films.provenance_of(tmp_path / "cut.webm")
    with pytest.raises(InputError, match=r"a film \(MP4\)"):
        pictures.read(tmp_path / "out.mp4")


def test_two_seconds_of_512_pixels_take_no_time(tmp_path):
    large = np.ascontiguousarray(skimage.data.astronaut())
    source = [np.roll(large, index, axis=1) for index in range(48)]  # everything moves: harder than any face
    start = time.perf_counter()
    write(tmp_path / "out.mp4", iter(source))
    assert time.perf_counter() - start < 3
