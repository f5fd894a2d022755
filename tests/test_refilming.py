"""Films edited: the person shows it in every frame, and what was done is never lost nor done twice."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import reels
from PIL import Image

import mien
from mien import refilming
from mien.errors import ExpressionError, FaceError, InputError, OutputError
from mien.expression import Expression
from mien.face import analysis, measure
from mien.face.pursuit import Pursuit
from mien.face.retake import Retake
from mien.media import films, parts

FRAMES = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a film: a rising smile, two frames without a face in it, a tone."""
    place = tmp_path_factory.mktemp("refilming")
    frames = list(reels.acted(FRAMES)[0])
    frames[6] = frames[7] = np.zeros_like(frames[0])
    reels.write(place / "talk.mp4", frames, sound="aac")
    return place


@pytest.fixture(scope="module")
def raised(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refilming, "PART", 4)
        return mien.edit_film(folder / "talk.mp4", "AU1=.8,AU2=.8", folder / "raised.mp4")


def reading(pixels) -> measure.Measurement:
    """What a frame shows, on the scale of the actor's photo."""
    start = reels.actor()
    return measure.measure(pixels, analysis.at_box(pixels, start.face.box), known=start.scene)


def test_every_frame_shows_it_whatever_was_shown_before(raised, folder):
    shown = reels.pixels_of(folder / "raised.mp4")
    early, late = reading(shown[1]).units, reading(shown[-1]).units
    for units in (early, late):
        assert units["AU1L"] > 0.6 and units["AU2R"] > 0.6 and units["AU12L"] < 0.3
    assert reading(reels.acted(FRAMES)[0][-1]).units["AU12L"] > 0.5  # the smile that was there


def test_what_is_added_leaves_the_rest():
    smiling = reels.acted(FRAMES)[0][-1]
    seen = Pursuit(reels.actor()).follow(smiling)
    assert seen is not None
    added, cut = Retake(reels.actor(), Expression.parse("AU1=.8,AU2=.8"), add=True).show(
        smiling, seen, seen.units
    )
    units = reading(added).units
    assert units["AU1L"] > 0.6 and units["AU12L"] > 0.45 and not cut
    _, cut = Retake(reels.actor(), Expression.parse("AU12"), add=True).show(smiling, seen, seen.units)
    assert cut


def test_nothing_added_changes_nothing_and_blinks_stay():
    closed = reels.actor().show("AU43").pixels
    seen = Pursuit(reels.actor()).follow(closed)
    assert seen is not None
    same, _ = Retake(reels.actor(), Expression(), add=True).show(closed, seen, seen.units)
    assert (same == closed).all()
    smiling, _ = Retake(reels.actor(), Expression.parse("AU12=.5"), add=False).show(closed, seen, seen.units)
    assert reading(smiling).units["AU43L"] > 0.7


def test_times_sound_and_frames_without_a_face_stay(raised, folder):
    source, made = folder / "talk.mp4", folder / "raised.mp4"
    assert reels.times_of(made) == reels.times_of(source) and reels.sound_of(made) == reels.sound_of(source)
    account = raised.receipt.followed
    assert account["lost"] == [[0.24, 0.32]] and account["lost_frames"] == 2
    for number in (6, 7):
        assert reels.pixels_of(made)[number].max() < 12
    assert raised.receipt.film["frames"] == FRAMES and not (folder / "raised.mp4.parts").exists()
    stated = films.provenance_of(made)
    assert (
        stated["expression"] == "AU1=0.8,AU2=0.8" and stated["input_sha256"] == raised.receipt.photo["sha256"]
    )
    assert "followed talk.mp4" in "\n".join(raised.receipt.lines())


RUN = """
import sys, time
import mien
from mien import refilming
refilming.PART = 4
def stuck(what, done, total):
    if done == 9:
        print("there", flush=True)
        time.sleep(60)
request = refilming.EditRequest(photo=sys.argv[1], to="AU1=.8,AU2=.8", output=sys.argv[2])
refilming.edit_film(request, watch=stuck)
"""


def test_a_killed_run_goes_on_and_gives_the_same_bytes(raised, folder, monkeypatch):
    command = [sys.executable, "-c", RUN, str(folder / "talk.mp4"), str(folder / "killed.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout and run.stdout.readline() == "there\n"
        os.kill(run.pid, signal.SIGKILL)
    left = folder / "killed.mp4.parts"
    index = json.loads((left / "index.json").read_text())
    assert [part["frames"] for part in index["parts"]] == [4, 4] and not (folder / "killed.mp4").exists()
    stamps = {place.name: place.stat().st_mtime_ns for place in left.glob("*.mp4")}
    request = {"film": folder / "talk.mp4", "to": "AU1=.8,AU2=.8", "output": folder / "killed.mp4"}
    with pytest.raises(OutputError, match="--resume goes on"):
        mien.edit_film(**request)
    with pytest.raises(OutputError, match="other options"):
        mien.edit_film(**request | {"to": "joy"}, resume=True)
    assert {place.name: place.stat().st_mtime_ns for place in left.glob("*.mp4")} == stamps
    monkeypatch.setattr(refilming, "PART", 4)
    mien.edit_film(**request, resume=True)
    assert (folder / "killed.mp4").read_bytes() == raised.path.read_bytes()
    assert not left.exists()


def test_the_command_line_takes_films_and_photos_by_content(folder):
    Path(folder / "film.jpg").write_bytes((folder / "talk.mp4").read_bytes())
    Image.fromarray(reels.hopper()).save(folder / "photo.png")
    (folder / "photo.png").rename(folder / "photo.mp4")
    line = ["edit", "film.jpg", "photo.mp4", "--to", "AU12=.5", "-o", "out"]
    done = subprocess.run([sys.executable, "-m", "mien", *line], cwd=folder, capture_output=True, text=True)
    records = {record["photo"]: record for record in map(json.loads, done.stdout.splitlines())}
    assert "ends in .mp4 or .webm" in records["film.jpg"]["error"]  # known for a film, and so for its output
    assert "expected a name that ends in" in records["photo.mp4"]["error"]
    assert "only" not in done.stderr


@pytest.mark.parametrize(
    ("change", "error", "word"),
    [
        ({"output": "out.png"}, OutputError, ".mp4 or .webm"),
        ({"face": "all"}, ExpressionError, "one person"),
        ({"system": "fev-gan"}, ExpressionError, "--system"),
        ({"resume": True, "force": True}, ExpressionError, "choose one"),
        ({"film": "gone.mp4"}, InputError, "gone.mp4 is not there"),
        ({"to": "0s neutral; 1s joy"}, ExpressionError, "performance"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(folder, change, error, word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {"film": folder / "talk.mp4", "to": "joy", "output": "out.mp4"} | change
    with pytest.raises(error, match=word) as caught:
        mien.edit_film(**given)
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []


def test_a_film_without_a_face_leaves_nothing_behind(tmp_path):
    film = reels.write(tmp_path / "empty.mp4", [np.full((96, 96, 3), 90, np.uint8)] * 3)
    for _ in range(2):  # nor does it stand in the way of another try
        with pytest.raises(FaceError, match="empty.mp4"):
            mien.edit_film(film, "joy", tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == [film]


def test_a_photo_takes_what_is_added_and_no_resume(folder):
    Image.fromarray(reels.acted(FRAMES)[0][11]).save(folder / "smile.png")
    found = mien.Portrait.open(folder / "smile.png").expression.sided()
    added = mien.edit(folder / "smile.png", "AU1=.6,AU12L=.9,AU12R=.1", add=True).receipt.faces[0].requested
    assert found["AU12R"] > 0.2 and added["AU12R"] == pytest.approx(found["AU12R"] + 0.1, abs=0.002)
    assert added["AU12L"] == 1 and added["AU1L"] == pytest.approx(0.6 + found.get("AU1L", 0), abs=0.002)
    with pytest.raises(ExpressionError, match="--resume"):
        mien.edit(folder / "smile.png", "joy", resume=True)


def test_foreign_files_in_the_folder_of_parts_are_left_alone(tmp_path):
    made = parts.Parts.beside(tmp_path / "a.mp4", "key", resume=False, force=False)
    made.folder.mkdir()
    (made.folder / "notes.txt").write_text("mine")
    made.remove()
    assert os.listdir(made.folder) == ["notes.txt"]
