"""Data sets cut for systems: the real detector on drawn faces; splits, moments, resuming, training."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from houses import tiny
from safetensors.numpy import load_file
from trees import black, grow, picture

from mien import preparing, systems
from mien.data import people, plans, sets, splits, strips
from mien.data.adapters import Item, find
from mien.data.batches import Batches
from mien.errors import InputError, OutputError
from mien.requests import PrepareRequest
from mien.verbs import datasets

MIEN = [sys.executable, "-m", "mien", "data"]


@cache
def drawn(seed, expression, frames=2):
    """Frames of somebody who does not exist, before an even wall."""
    one = people.Person.drawn(seed)
    return people.clip(one, expression, side=256, frames=frames, background="plain").frames


def still(seed, expression, ending="jpg"):
    """A file: neutral, or the apex of an expression."""
    frames = drawn(seed, "happiness" if expression == "neutral" else expression)
    return picture(ending, frames[0 if expression == "neutral" else 1])


def london(*numbers):
    files = {f"neutral_front/{n:03}_03.jpg": still(n, "neutral") for n in numbers}
    return files | {f"smiling_front/{n:03}_08.jpg": still(n, "happiness") for n in numbers}


def prepared(tmp_path, files, system, **more):
    """A set made of a tree, and what is said of it."""
    root = grow(tmp_path / "in", files)
    made = preparing.prepare(PrepareRequest(folder=root, out=tmp_path / "out", for_=system, **more))
    return sets.load(made.out), {skip.file: skip.reason for skip in made.skipped}


def first(name, clips, settings, **more) -> Any:
    """A system's first batch."""
    return Batches(clips, systems.load(name).System.batches, settings, **more)(0)


def rows(folder):
    return [json.loads(line) for line in (folder / strips.MANIFEST).read_text().splitlines()]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Five people of the London set's layout, cut for the U-Net."""
    path = tmp_path_factory.mktemp("london")
    dark = {"neutral_front/009_03.jpg": still(9, "neutral"), "smiling_front/009_08.jpg": black()}
    two = np.hstack([drawn(5, "happiness")[0], drawn(6, "happiness")[0]])
    wall = np.full((300, 300, 3), 120, np.uint8)
    nobody = {"neutral_front/010_03.jpg": picture("jpg", wall),
              "smiling_front/010_08.jpg": still(10, "happiness"),
              "neutral_front/011_03.jpg": picture("jpg", two),
              "smiling_front/011_08.jpg": still(5, "happiness"),
              "smiling_front/012_08.jpg": still(6, "happiness")}  # fmt: skip
    return *prepared(path, london(*range(1, 6)) | dark | nobody, "unet-gan", side=64, test=6), path


def test_stills_become_pairs_of_a_neutral_and_a_labelled_face(pairs):
    clips, _, path = pairs
    assert clips.frames.shape == (5, 2, 64, 64, 3) and clips.rising and clips.classes == ("happiness",)
    assert rows(path / "out")[0]["sources"] == ["neutral_front/001_03.jpg", "smiling_front/001_08.jpg"]
    truth = [people.clip(people.Person.drawn(n), "happiness", side=64, frames=2) for n in range(1, 6)]
    mouth = slice(48, 68)
    for got, wanted in zip(clips.landmarks, truth, strict=True):
        smile = np.ptp(wanted.landmarks[1, mouth, 0]) / np.ptp(wanted.landmarks[0, mouth, 0])
        assert np.ptp(got[1, mouth, 0]) / np.ptp(got[0, mouth, 0]) == pytest.approx(smile, abs=0.1)


def test_faces_are_cut_and_masked_as_people_are_drawn(pairs):
    clips, _, _ = pairs
    for face in clips.frames[:].reshape(-1, 64, 64, 3):
        shown = face.max(-1) > 0
        assert 0.35 < shown.mean() < 0.65 and not shown[0].any() and not shown[:, [0, -1]].any()
    eyes = clips.landmarks[:, :, [[36, 39], [42, 45]]].mean(3)
    assert np.allclose(eyes.mean(2), [0, -0.26], atol=1e-3)


def test_units_are_measured_and_what_photos_lack_is_nan(pairs):
    clips, _, path = pairs
    smile = clips.units[:, :, clips.unit_names.index("AU12L")]
    assert (smile[:, 1] > smile[:, 0] + 0.1).all() and np.isfinite(clips.units).all()
    assert np.isnan(clips.gaze).all() and np.isnan(clips.camera).all() and np.isnan(clips.intensities).all()
    record = json.loads((path / "out/set.json").read_text())
    assert "measured" in record["units"] and record["terms"].startswith("CC BY 4.0")


def test_every_fault_is_named_and_the_rest_goes_on(pairs):
    _, left, path = pairs
    assert left == {
        "smiling_front/009_08.jpg": "is black",
        "smiling_front/010_08.jpg": "no face found",
        "smiling_front/011_08.jpg": "several faces",
        "smiling_front/012_08.jpg": "there is no neutral picture of this person and sitting to begin with",
    }
    report = json.loads((path / "out/report.json").read_text())
    assert {entry["file"]: entry["reason"] for entry in report["left_out"]} == left


def test_splits_are_by_person_and_always_the_same(pairs):
    clips, _, path = pairs
    train, test = clips.part("train"), clips.part("test")
    assert (len(train), len(test)) == (2, 3) and not set(train.subjects) & set(test.subjects)
    assert {path.name for path in (path / "out").iterdir()} == {
        "clips", "labels.safetensors", "manifest.jsonl", "report.json", "set.json",
    }  # fmt: skip


def test_training_and_scoring_take_the_set(pairs, tmp_path):
    _, _, path = pairs
    own = ["--side", "64", "--batch", "2", "--width", "4", "--steps", "2"]
    command = [
        sys.executable,
        "-m",
        "mien",
        "train",
        "unet-gan",
        "--data",
        path / "out",
        "--out",
        tmp_path / "run",
    ]
    done = subprocess.run([*command, *own], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    scored = subprocess.run(
        [sys.executable, "-m", "mien", "score", tmp_path / "run", "--data", path / "out"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert scored.returncode == 0 and "copy the input" in scored.stdout, scored.stderr


def mug(*seeds, frames=9):
    """Clips that go to the apex and back."""
    files = {}
    for seed in seeds:
        there = drawn(seed, "surprise", 5)
        for number, frame in enumerate([*there, *there[-2::-1]][:frames]):
            files[f"subjects3/{seed:03}/surprise/take000/img_{number:04}.jpg"] = picture("jpg", frame)
    return files


def test_the_first_half_of_a_mug_clip_is_resampled_for_fev_gan(tmp_path):
    files = mug(1, 17) | {"subjects3/002/fear/take000/img_0000.jpg": picture("jpg")}
    clips, left = prepared(tmp_path, files, "fev-gan", frames=3)
    assert clips.frames.shape == (2, 3, 64, 64, 3) and clips.splits == ["train", "test"]
    assert [row["person"] for row in rows(tmp_path / "out")] == ["001", "017"]
    brow = clips.units[:, :, clips.unit_names.index("AU2L")]
    assert (np.diff(brow) > 0).all()  # it rises, and does not fall again
    assert left == {"subjects3/002/fear/take000/img_0000.jpg": "has one frame alone"}
    assert "literature" in json.loads((tmp_path / "out/set.json").read_text())["split"]


def film(path, frames):
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("flv" if path.suffix == ".flv" else "mpeg4", rate=25)
        stream.height, stream.width = frames[0].shape[:2]  # type: ignore[attr-defined]
        stream.bit_rate = 4_000_000  # type: ignore[attr-defined]
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))  # type: ignore[attr-defined]
        out.mux(stream.encode(None))  # type: ignore[attr-defined]


def test_films_of_crema_d(tmp_path):
    for actor, seed in ((1001, 3), (1002, 4)):
        film(tmp_path / f"in/VideoFlash/{actor}_IEO_HAP_HI.flv", drawn(seed, "happiness", 5))
    files = {"VideoFlash/1003_IEO_SAD_XX.flv": b"version https://git-lfs.github.com/spec/v1\n"}
    clips, left = prepared(tmp_path, files, "ganimation", side=32, frames=2)
    assert clips.frames.shape[:2] == (2, 2) and not clips.rising and (clips.intensities == 1).all()
    assert "git lfs pull" in left["VideoFlash/1003_IEO_SAD_XX.flv"]
    settings = tiny("ganimation", units=("AU12",))
    assert first("ganimation", clips, settings).units.isfinite().all()


def table(*rows):
    lines = []
    for seed, code, expression, usage in rows:
        small = cv2.resize(drawn(seed, expression)[1], (48, 48), interpolation=cv2.INTER_AREA)
        pixels = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).ravel()
        lines.append(f"{code},{' '.join(map(str, pixels))},{usage}")
    return "\n".join(["emotion,pixels,Usage", *lines])


def test_fer2013s_small_gray_rows_become_single_faces(tmp_path):
    learned = [(1, 3, "happiness", "Training"), (2, 5, "surprise", "Training")]
    judged = [(3, 3, "happiness", "PrivateTest"), (4, 5, "surprise", "PrivateTest")]
    files = {"fer2013.csv": table(*learned, *judged)}
    with pytest.raises(InputError, match="two faces of one person"):
        prepared(tmp_path, files, "unet-gan")
    clips, left = prepared(tmp_path, files, "ganimation", side=48)
    assert (
        clips.frames.shape[:2] == (4, 1) and not left and sorted(clips.splits) == ["test"] * 2 + ["train"] * 2
    )
    frames = clips.frames[:]
    shown = frames[frames.max(-1) > 0]
    assert (np.ptp(shown.astype(int), axis=-1) == 0).all()  # gray stays gray


def test_a_system_of_single_faces_learns_from_them_and_others_refuse(tmp_path):
    rows_ = [(n, 3, "happiness", "Training") for n in (1, 2)] + [(3, 3, "happiness", "PrivateTest")]
    clips, _ = prepared(tmp_path, {"fer2013.csv": table(*rows_)}, "lgp-gan", side=32)
    settings = tiny("lgp-gan")
    batch = first("lgp-gan", clips.part("train"), settings, pairs=False)
    happy = settings.classes.index("happiness")
    assert (batch.label[:, happy] == 1).all() and not (batch.face == batch.target).all()
    with pytest.raises(InputError, match="one picture of each person"):
        first("lgp-gan", clips.part("train"), settings)


def test_coded_units_are_taken_and_what_is_not_coded_is_refused(tmp_path):
    root = tmp_path / "in"
    for number, seed in ((1, 3), (2, 4)):
        film(root / f"Videos_LeftCamera/LeftVideoSN00{number}_comp.avi", drawn(seed, "happiness", 2))
        for unit in (6, 12):
            grow(root, {f"ActionUnit_Labels/SN00{number}/SN00{number}_au{unit}.txt": "1,0\n2,4\n"})
    clips, _ = prepared(tmp_path, {}, "ganimation", side=32)
    assert clips.expressions == ["mixed", "mixed"] and clips.units[0, 0, clips.unit_names.index("AU12L")] == 0
    batch = first("ganimation", clips, tiny("ganimation", units=("AU6", "AU12")), pairs=False)
    assert batch.units.shape[1] == 2
    with pytest.raises(InputError, match="how strong AU1 is; it knows AU6, AU12: give those with --units"):
        first("ganimation", clips, tiny("ganimation"), pairs=False)


def test_what_a_system_cannot_learn_from_is_said_at_once(tmp_path):
    with pytest.raises(InputError, match="fev-gan learns from clips"):
        prepared(tmp_path, london(1, 2), "fev-gan")
    with pytest.raises(InputError, match="did you mean fev"):
        prepared(tmp_path, {}, "fev-gam")
    mixed = {"list.csv": "path,expression\n1.jpg,sad\n2.avi,sad\n", "1.jpg": "", "2.avi": "x"}
    with pytest.raises(InputError, match="prepare the two apart"):
        prepared(tmp_path / "mixed", mixed, "ganimation")
    people.make(tmp_path / "drawn", people=2, test=1, side=32, frames=2)
    with pytest.raises(InputError, match="take it as it is"):
        preparing.prepare(PrepareRequest(folder=tmp_path / "drawn", out=tmp_path / "out", for_="fev-gan"))
    assert {path.name for path in tmp_path.iterdir()} == {"mixed", "in", "drawn"}


def test_not_one_clip_leaves_nothing_behind(tmp_path):
    with pytest.raises(InputError, match="not one clip.*no face found"):
        prepared(tmp_path, {"happy/1.jpg": picture("jpg"), "sad/2.jpg": picture("jpg")}, "ganimation")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_killed_preparation_goes_on_where_it_stopped_whatever_the_jobs(tmp_path, monkeypatch, capsys):
    grow(tmp_path / "in", london(*range(1, 6)))

    def request(out, **more):
        place = {"folder": tmp_path / "in", "out": tmp_path / out}
        return PrepareRequest(**place, for_="unet-gan", side=64, **more)

    command = [*MIEN, "prepare", "in", "out", "--for", "unet-gan", "--side", "64"]
    killed = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
    while not list((tmp_path / "out.part/parts").glob("*.safetensors")) and killed.poll() is None:
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    kept = {
        path.name: path.stat().st_mtime_ns for path in (tmp_path / "out.part/parts").glob("p*.safetensors")
    }
    assert 0 < len(kept) < 5 and not (tmp_path / "out").exists()
    with pytest.raises(OutputError, match="--resume"):
        preparing.prepare(request(out="out"))
    with pytest.raises(InputError, match="other options"):
        preparing.prepare(request(out="out", resume=True, test=3))
    written = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out.part/clips").iterdir()}
    monkeypatch.chdir(tmp_path)
    assert datasets.prepare([*command[len(MIEN) + 1 :], "--resume", "--jobs", "2"]) == 0
    said = capsys.readouterr()
    assert said.out == "out\n" and "5 clips of 3 people to learn from and 2 to judge by" in said.err
    assert len(sets.load(tmp_path / "out")) == 5 and not (tmp_path / "out.part").exists()
    for name in kept:  # what was done is not done again
        strip = name.replace(".safetensors", ".png")
        assert (tmp_path / "out/clips" / strip).stat().st_mtime_ns == written[strip]
    preparing.prepare(request(out="whole"))  # at once, by one job: the same
    assert (
        load_file(tmp_path / "whole/labels.safetensors")["units"].tobytes()
        == load_file(tmp_path / "out/labels.safetensors")["units"].tobytes()
    )
    assert (tmp_path / "whole/manifest.jsonl").read_bytes() == (tmp_path / "out/manifest.jsonl").read_bytes()
    with pytest.raises(OutputError, match="--force"):
        preparing.prepare(request(out="out"))


def test_a_folder_that_is_in_the_way_is_left_alone(tmp_path):
    grow(tmp_path, {"out.part/letters.txt": "dear"})
    with pytest.raises(OutputError, match="in the way"):
        prepared(tmp_path, london(1, 2), "unet-gan", force=True)
    assert (tmp_path / "out.part/letters.txt").read_text() == "dear"


def test_a_set_does_not_go_into_the_data_it_is_made_of(tmp_path):
    grow(tmp_path / "in", ["happy/a/1.jpg", "sad/b/2.jpg"])
    with pytest.raises(OutputError, match="within the data set"):
        preparing.prepare(PrepareRequest(folder=tmp_path / "in", out=tmp_path / "in/out", for_="ganimation"))


def test_a_frame_without_a_face_is_bridged_and_many_are_not(tmp_path):
    there = drawn(3, "happiness", 5)
    wall = np.full_like(there[0], 120)
    film(tmp_path / "in/VideoFlash/1001_IEO_HAP_HI.flv", [*there, wall, *there, *there])
    film(tmp_path / "in/VideoFlash/1002_IEO_HAP_HI.flv", [wall, *there])
    film(tmp_path / "in/VideoFlash/1003_IEO_HAP_HI.flv", [there[0], wall, wall, there[1]])
    clips, left = prepared(tmp_path, {}, "ganimation", side=32, frames=16)
    assert len(clips) == 1 and np.array_equal(clips.landmarks[0, 4], clips.landmarks[0, 5])
    assert [reason for _, reason in sorted(left.items())] == [
        "no face found in frame 0", "no face found in frame 1",
    ]  # fmt: skip


def test_moments_of_clips():
    half = plans.moments(65, plans.ARC, "animate", 32)
    assert half[0] == 0 and half[-1] == 32 and np.allclose(np.diff(half), 32 / 31)
    assert np.array_equal(plans.moments(32, plans.RISE, "animate", 32), np.arange(32))  # nothing to resample
    assert plans.moments(20, plans.RISE, "edit", 4).tolist() == [0, 17, 18, 19]
    assert plans.moments(21, plans.ARC, "edit", 4).tolist() == [0, 9, 10, 11]
    assert plans.moments(2, plans.RISE, "edit", 4).tolist() == [0, 1, 1, 1]
    assert plans.moments(31, plans.WHOLE, "edit", 4).tolist() == [0, 10, 20, 30]


def item(person, split="", expression="fear"):
    return Item(files=(f"{person}.jpg",), subject=person, expression=expression, split=split, take=split)


def test_the_sets_own_split_is_kept_and_who_is_in_both_is_for_the_test():
    items = [item("a", "train"), item("b", "train"), item("b", "test"), item("c", "test")]
    sides, skipped, rule = splits.of(find("folders"), items, None)
    assert sides == {"a": "train", "b": "test", "c": "test"} and rule == "that of the set itself"
    assert [skip.file for skip in skipped] == ["b.jpg"] and "in the test as well" in skipped[0].reason


def test_a_split_does_not_move_people_when_others_come():
    few, more = [item(f"p{n}") for n in range(50)], [item(f"p{n}") for n in range(60)]
    one, two = (splits.of(find("folders"), items, None)[0] for items in (few, more))
    moved = [person for person in one if one[person] != two[person]]
    assert sum(side == "test" for side in one.values()) == 10 and len(moved) <= 4
    assert sum(side == "test" for side in splits.of(find("folders"), few, 7)[0].values()) == 7
    for wrong in (0.0, 50.0, 2.5, -1.0):
        with pytest.raises(InputError, match="--test"):
            splits.of(find("folders"), few, wrong)


def test_oulu_keeps_the_last_fifth_by_number():
    items = [item(f"P{n:03}") for n in range(1, 81)]
    sides, _, _ = splits.of(find("oulu-casia"), items, None)
    assert [person for person in sides if sides[person] == "test"] == [f"P{n:03}" for n in range(65, 81)]


def test_pages_say_what_they_read_of_a_batch():
    assert "target" in systems.batch_fields("unet-gan") and "target" in systems.batch_fields("pix2pix")
    assert "target" not in systems.batch_fields("ganimation") | systems.batch_fields("lgp-gan")
