"""Transfer: what a driver shows is found, and shown by the photo, at the driver's times, with its sound."""

import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import reels
from faces import opened
from PIL import Image
from samples import GRACE, side_by_side

import mien
from mien import drivers, following, reenactment
from mien.errors import ExpressionError, FaceError, InputError, OutputError
from mien.expression import Expression
from mien.face.pursuit import Pursuit
from mien.media import films, playback
from mien.requests import TransferRequest
from mien.tables import PARTS, SIDED

UNITS = drivers.UNITS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a photo to be driven, and a driver who acts `reels.ACT`."""
    place = tmp_path_factory.mktemp("transfer")
    Image.fromarray(reels.hopper()).save(place / "me.png")
    reels.write(place / "driver.mp4", reels.acted()[0], sound="aac")
    return place


@pytest.fixture(scope="module")
def driven(folder):
    return mien.transfer(folder / "me.png", folder / "driver.mp4", folder / "out.mp4")


def of(folder, driver, name, **more):
    return mien.transfer(folder / "me.png", driver, folder / name, **more)


def asked(count=50):
    """What the driver was made to show, (n, 37)."""
    return np.array([drivers.vector_of(shown)[UNITS] for shown in reels.acted(count)[1]])


def test_the_units_of_a_driver_are_found(driven):
    truth, found = asked(), driven.drive.values[:, UNITS]
    for name in ("AU12L", "AU12R", "AU6L", "AU26", "AU1L", "AU2R"):
        wanted, came = (rows[:, SIDED.index(name)] for rows in (truth, found))
        assert np.corrcoef(wanted, came)[0, 1] > 0.85 and np.abs(wanted - came).mean() < 0.08, name
    assert np.abs(found - truth).mean() < 0.04
    assert found[:5].mean() < 0.04  # neutral is neutral, although the photo behind it smiles


def test_the_photo_shows_them(driven, folder):
    face = driven.receipt.faces[0]
    unit = max(face.requested, key=lambda name: face.requested[name])
    assert face.requested[unit] > 0.5 and abs(face.achieved[unit] - face.requested[unit]) < 0.1
    shown, still = reels.pixels_of(folder / "out.mp4"), reels.hopper().astype(int)
    lips = opened(reels.hopper()).face.landmarks[48:68]
    x, y = lips[:, 0].mean(), lips[:, 1].mean()
    mouth = np.s_[int(y) - 20 : int(y) + 25, int(x) - 25 : int(x) + 25]
    change = [np.abs(frame[mouth] - still[mouth]).mean() for frame in shown]
    assert np.mean(change[11:15]) > 1.5 * change[0] and np.mean(change[27:31]) > 1.5 * change[0]


def test_times_frames_and_sound_are_the_drivers(driven, folder):
    source, made = folder / "driver.mp4", folder / "out.mp4"
    assert reels.times_of(made) == reels.times_of(source) and len(reels.times_of(made)[0]) == 50
    assert reels.sound_of(made) == reels.sound_of(source)
    assert driven.receipt.film["sound"] == "aac, copied" and driven.receipt.film["frames"] == 50


def test_the_receipt_says_who_drove_and_how_they_were_followed(driven, folder):
    record = json.loads(driven.receipt.to_json(), parse_constant=lambda word: pytest.fail(word))
    account = record["followed"]
    assert record["task"] == "transfer" and account["name"] == "driver.mp4" and account["frames"] == 50
    assert account["lost"] == [] and account["likeness"] > 0.98 and "calmest" in account["neutral"]
    steady = account["smoothing"]
    assert 0 < steady["late_ms"] < 40 and steady["jitter"][1] < steady["jitter"][0]
    said = "\n".join(driven.receipt.lines())
    assert "followed driver.mp4" in said and "ms late" in said and "jitter" in said
    stated = films.provenance_of(folder / "out.mp4")
    assert stated["settings_hash"] == record["settings_hash"] and "driver.mp4" in stated["expression"]
    assert stated["input_sha256"] == record["photo"]["sha256"]


def test_a_variable_clock_and_two_lost_stretches(folder):
    frames = list(reels.acted(15)[0])
    for number in (0, 9, 10, 11):
        frames[number] = np.zeros_like(frames[0])
    starts = [number * 600 + (number % 3) * 150 for number in range(15)]
    how = {"starts": starts, "tick": Fraction(1, 15000), "sound": "aac"}
    result = of(folder, reels.write(folder / "gaps.mp4", frames, **how), "gaps-out.mp4")
    assert reels.times_of(result.path) == reels.times_of(folder / "gaps.mp4")
    account, seconds = result.drive.account, [start / 15000 for start in [*starts, starts[-1] + 600]]
    wanted = [[seconds[0], seconds[1]], [seconds[9], seconds[12]]]
    assert account["lost_frames"] == 4 and np.allclose(account["lost"], wanted, atol=0.001)
    held = result.drive.values[8:12]
    assert np.ptp(held[:, SIDED.index("AU12L")]) < 0.12 and not np.isnan(result.drive.values).any()
    assert f"no face in 4 frames (0..{seconds[1]:g} s, " in "\n".join(result.receipt.lines())


def test_a_picture_drives_a_picture(folder):
    Image.fromarray(reels.acted()[0][12]).save(folder / "smiling.png")
    result = of(folder, folder / "smiling.png", "still.png")
    face = result.receipt.faces[0]
    assert face.requested["AU12L"] > 0.4 and abs(face.achieved["AU12L"] - face.requested["AU12L"]) < 0.1
    nothing = of(folder, folder / "smiling.png", "none.png", strength=0.0)
    assert not any(face.changed for face in nothing.receipt.faces)
    assert (np.asarray(Image.open(folder / "none.png")) == reels.hopper()).all()


def test_a_table_drives_row_by_row(folder):
    rows = ["frame, timestamp, success, AU12_r, AU26_r, AU45_r"]
    rows += [f"{n},{n / 10:.3f},{int(n not in (3, 4))},{min(n, 5) * 0.8:.2f},0,0" for n in range(8)]
    (folder / "units.csv").write_text("\n".join(rows))
    result = of(folder, folder / "units.csv", "table.mp4")
    times = reels.times_of(result.path)[0]
    assert times == pytest.approx([n / 10 for n in range(8)], abs=0.001)
    assert result.drive.account["lost"] == [[0.3, 0.5]]
    smile = result.drive.values[:, SIDED.index("AU12L")]
    assert smile[0] == 0 and smile[-1] == pytest.approx(0.8, abs=0.1) and (np.diff(smile) >= 0).all()
    zeroed = of(folder, folder / "units.csv", "table2.mp4", neutral=0.7)
    assert zeroed.drive.values[:, SIDED.index("AU12L")].max() == 0  # the row asked for is the strongest


def test_parts_of_the_face_are_driven_alone(driven):
    own, values = drivers.vector_of(Expression.parse("AU12=.4,AU4=.3,AU7=.2")), driven.drive.values
    regions = {name: [unit.rstrip("LR") in units for unit in SIDED] for name, units in PARTS.items()}
    assert np.sum(list(regions.values()), axis=0).tolist() == [1] * len(SIDED)
    for only in PARTS:
        request = TransferRequest(photo="a", from_="b", output="c", only=(only,))
        worn, _ = reenactment.blend(own, values, request)
        for name, inside in regions.items():
            wanted = values[:, UNITS] if name == only else np.broadcast_to(own[UNITS], (50, 37))
            assert (worn[:, UNITS][:, inside] == wanted[:, inside]).all()
        assert only == "eyes" or not worn[:, drivers.GAZE].any()
        assert not worn[:, drivers.HEAD].any()


def test_strength_adding_and_pose():
    own = drivers.vector_of(Expression.parse("AU12=.4"))
    row = drivers.vector_of(Expression.parse("AU12=.8,AU26=.6,gaze(-10,4),head(12,-4,2)"))[None]
    shown = {}
    for name, how in {
        "none": {"strength": 0.0}, "half": {"strength": 0.5}, "over": {"strength": 2.0},
        "added": {"add": True}, "posed": {"pose": True},
    }.items():  # fmt: skip
        request = TransferRequest(photo="a", from_="b", output="c", **how)
        shown[name] = reenactment.blend(own, row, request)
    smile, jaw = SIDED.index("AU12L"), SIDED.index("AU26")
    assert (shown["none"][0][0][UNITS] == own[UNITS]).all() and not shown["none"][0][0][drivers.GAZE].any()
    assert shown["half"][0][0][[smile, jaw]] == pytest.approx([0.6, 0.3])
    assert shown["over"][0][0][[smile, jaw]] == pytest.approx([1, 1]) and shown["over"][1] == 1
    assert shown["added"][0][0][[smile, jaw]] == pytest.approx([1, 0.6]) and shown["added"][1] == 1
    assert shown["posed"][0][0][drivers.HEAD] == pytest.approx([12, -4, 2])
    assert shown["posed"][0][0][drivers.GAZE] == pytest.approx([-10, 4])
    assert shown["half"][0][0][drivers.GAZE] == pytest.approx([1, 0])  # the head that stays is made up for


def test_turns_of_the_head_and_the_eyes_are_found(folder):
    turns = [(0, 0, 0), (5, 3, 1), (10, 6, 3), (0, 0, 0)]
    frames = [reels.actor().show(Expression(head=turn)).pixels for turn in turns for _ in range(2)]
    frames += [reels.actor().show(Expression(gaze=(turn[0], 0))).pixels for turn in turns for _ in range(2)]
    film = playback.read(reels.write(folder / "turns.mp4", frames))
    person, _ = following.reference(film, "auto", None, "--face")
    found = following.sightings(film, Pursuit(person), following.unwatched)
    seen = [sight for _, sight in found if sight is not None]
    assert len(seen) == len(frames)
    heads = np.array([sight.pose.angles for sight in seen])[1:8:2]
    assert np.abs(heads - heads[0] - turns).max() < 1.0
    eyes = np.array([sight.gaze for sight in seen])[9::2, 0]
    assert np.abs(eyes - eyes[0] - np.array(turns)[:, 0]).max() < 3.0


def test_another_person_is_not_followed(folder):
    stranger = np.array(Image.fromarray(reels.hopper()).resize((480, 480)))
    frames = [
        *reels.acted(4)[0],
        stranger,
        stranger,
        *(np.roll(f, (40, -60), (0, 1)) for f in reels.acted(8)[0][4:]),
    ]
    film = playback.read(reels.write(folder / "cut.mp4", frames))
    drive = drivers.of_film(film, "auto", None, following.unwatched)
    assert drive.account["lost"] == [[0.16, 0.24]] and drive.account["lost_frames"] == 2


def test_the_face_of_a_driver_is_chosen(folder):
    pair = [side_by_side(frame, reels.hopper()) for frame in reels.acted(3)[0]]
    film = reels.write(folder / "pair.mp4", pair)
    with pytest.raises(FaceError, match="--driver-face 1..2"):
        of(folder, film, "pair-out.mp4")
    person, _ = following.reference(playback.read(film), "right", None, "--driver-face")
    assert person.face.box[0] > 480


def test_a_neutral_moment_can_be_named(folder):
    film = playback.read(reels.write(folder / "short.mp4", reels.acted(16)[0]))
    drive = drivers.of_film(film, "auto", 0.48, following.unwatched)
    assert drive.account["neutral"] == "the frame asked for"
    assert drive.values[12, SIDED.index("AU12L")] < 0.05  # at its strongest, the smile is the neutral now
    with pytest.raises(InputError, match="ends before 9 s"):
        drivers.of_film(film, "auto", 9.0, following.unwatched)


@pytest.mark.parametrize(
    ("change", "error", "word"),
    [
        ({"driver": "webcam:99"}, InputError, "camera 99"),
        ({"driver": "gone.mp4"}, InputError, "gone.mp4 is not there"),
        ({"output": "out.gif"}, OutputError, ".mp4 or .webm"),
        ({"only": ("mouht",)}, ExpressionError, "did you mean mouth"),
        ({"only": ()}, ExpressionError, "came none"),
        ({"strength": 2.5}, ExpressionError, "0 to 2"),
        ({"seconds": 3.0}, ExpressionError, "webcam"),
        ({"face": "all"}, ExpressionError, "one face"),
        ({"driver_face": "all"}, ExpressionError, "one of them"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(folder, change, error, word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {"photo": folder / "me.png", "driver": folder / "driver.mp4", "output": "out.mp4"} | change
    with pytest.raises(error, match=word) as caught:
        mien.transfer(**given)
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []


def test_no_face_and_no_film_are_told(folder):
    empty = reels.write(folder / "empty.mp4", [np.full((120, 160, 3), 128, np.uint8)] * 3)
    with pytest.raises(FaceError, match="empty.mp4"):
        of(folder, empty, "never.mp4")
    (folder / "note.txt").write_text("nothing here")
    with pytest.raises(InputError, match="drives nothing"):
        of(folder, folder / "note.txt", "never.mp4")
    (folder / "odd.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="OpenFace"):
        of(folder, folder / "odd.csv", "never.mp4")
    assert not (folder / "never.mp4").exists()


def test_a_picture_drives_many_photos_into_pictures(folder):
    place = folder / "many"
    place.mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(reels.hopper()).save(place / name)
    Image.fromarray(reels.acted()[0][12]).save(folder / "smile.png")
    line = ["transfer", "many", "--from", "smile.png", "-o", "made", "--only", "mouth"]
    done = subprocess.run([sys.executable, "-m", "mien", *line], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.name for path in (folder / "made").iterdir()) == ["a.png", "b.png"]


def test_the_command_line_speaks_of_from(folder):
    line = ["transfer", GRACE, "--from", "x.mp4", "-o", "o.mp4", "--only", "mouth,eyes", "--print-python"]
    done = subprocess.run([sys.executable, "-m", "mien", *line], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"mien.transfer({GRACE!r}, 'x.mp4', output='o.mp4', only=('mouth', 'eyes'))\n"
    done = subprocess.run(
        [sys.executable, "-m", "mien", *line[:2]], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and "--from DRIVER" in done.stderr
