"""Synthetic people: the same bytes, exact labels, faces that a detector finds; sets and crops of photos."""

import hashlib
import json
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
from faces import london, person, photo

from mien.data import acting, crops, people, sets, strips
from mien.errors import InputError, OutputError
from mien.face import analysis
from mien.face.fit import interocular

MIEN = [sys.executable, "-m", "mien"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five persons, two of them for the test, with a mixture each."""
    path = tmp_path_factory.mktemp("people") / "set"
    return people.make(path, people=5, test=2, side=64, frames=12, mixed=1)


@pytest.fixture(scope="module")
def clips(folder):
    return sets.load(folder)


def digest(folder, pattern="*"):
    """SHA-256 of all files of a folder that match, with their names."""
    found = sorted(path for path in folder.rglob(pattern) if path.is_file())
    assert found
    total = hashlib.sha256()
    for path in found:
        total.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


def test_the_same_seed_gives_the_same_bytes_whatever_the_jobs(folder, tmp_path):
    again = people.make(tmp_path / "set", people=5, test=2, side=64, frames=12, mixed=1, jobs=3)
    assert digest(again) == digest(folder)
    other = people.make(tmp_path / "other", people=5, test=2, side=64, frames=12, mixed=1, seed=1)
    assert digest(other, "p00*") != digest(folder, "p00*")


def test_test_persons_are_the_same_in_every_set(folder, tmp_path):
    other = people.make(tmp_path / "set", people=3, test=2, side=64, frames=12, mixed=1, seed=7)
    assert digest(other, "p9*") == digest(folder, "p9*")


def test_the_split_is_by_person(clips):
    train, test = clips.part("train"), clips.part("test")
    assert len(train) == 3 * 7 and len(test) == 2 * 7
    assert not set(train.subjects) & set(test.subjects)
    assert set(clips.expressions) == {*acting.EXPRESSIONS, acting.MIXED}
    assert clips.expressions.count("fear") == 5


def test_units_rise_from_nothing_to_the_apex(clips):
    assert clips.units.min() == 0 and clips.units.max() <= 1
    assert (clips.units[:, 0] == 0).all() and (np.diff(clips.units, axis=1) >= 0).all()
    labelled = np.array(clips.expressions) != acting.MIXED
    assert (clips.intensities[labelled] >= 0.6).all() and clips.intensities.max() <= 1
    shown = dict(
        zip(clips.unit_names, clips.units[np.array(clips.expressions) == "happiness", -1].T, strict=True)
    )
    assert (shown["AU12L"] > 0.3).all() and (shown["AU4L"] == 0).all()


def test_mixtures_show_units_apart_from_each_other():
    names, chance = acting.unit_names(people.load_model()), np.random.default_rng(0)
    many = np.array([acting.mixture(names, chance) for _ in range(2000)])
    together = np.corrcoef(np.maximum.reduceat(many, *_sides(names)).T)
    assert (many > 0).any(0).all() and many.max() <= 1
    assert np.abs(together - np.eye(len(together))).max() < 0.2


def _sides(names):
    """Where the columns of each unit begin, both sides as one, and their axis."""
    plain = [name.rstrip("LR") for name in names]
    return [i for i, name in enumerate(plain) if i == 0 or plain[i - 1] != name], 1


@pytest.mark.parametrize("side", [64, 128, 256])
def test_faces_are_whole_and_stand_on_black(side):
    for seed, expression in enumerate(acting.EXPRESSIONS):
        frames = people.clip(people.Person.drawn(seed), expression, side=side, frames=3).frames
        for frame in frames:
            face = frame.max(-1) > 0
            outlines, _ = cv2.findContours(face.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            filled = cv2.drawContours(np.zeros(face.shape, np.uint8), outlines, -1, 1, cv2.FILLED)
            assert (filled == face).all()  # no cracks, no holes at lids and lips
            assert 0.35 < face.mean() < 0.65 and not face[0].any() and not face[:, [0, -1]].any()


def test_a_detector_finds_them_and_their_landmarks():
    for seed, expression in enumerate(acting.EXPRESSIONS, 40):
        clip = people.clip(people.Person.drawn(seed), expression, side=256, frames=2)
        for frame, given in zip(clip.frames, (clip.landmarks + 1) * 128 - 0.5, strict=True):
            found = analysis.choose(analysis.find(frame)).landmarks
            away = np.linalg.norm(found - given, axis=1) / interocular(given)
            assert away[17:].mean() < 0.04 and away[[48, 54]].max() < 0.1


def test_eyes_are_where_crops_have_them(clips):
    for points in clips.landmarks[:, 0]:
        left, right = crops.eyes(points)
        assert abs(np.linalg.norm(right - left) / 2 - crops.EYE_DISTANCE) < 0.05 * crops.EYE_DISTANCE
        assert np.abs((left + right) / 2 - [0, crops.EYES_DOWN]).max() < 0.05


def test_a_person_looks_the_same_at_every_size():
    one = people.Person.drawn(3)
    small, large = (people.clip(one, "anger", side=side, frames=2) for side in (64, 128))
    assert np.allclose(small.landmarks, large.landmarks, atol=0.02)
    shrunk = cv2.resize(large.frames[1], (64, 64), interpolation=cv2.INTER_AREA).astype(float)
    assert np.abs(shrunk - small.frames[1]).mean() < 4


def cut_in_half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def changed_record(folder, **values):
    path = folder / strips.RECORD
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


HARM = {
    "no set": (lambda f: (f / strips.RECORD).unlink(), "is no set"),
    "other schema": (lambda f: changed_record(f, schema="other/1"), "not the record"),
    "other frames": (lambda f: changed_record(f, frames=13), "expected units of shape"),
    "no labels": (lambda f: (f / strips.LABELS).unlink(), "labels are missing"),
    "cut labels": (lambda f: cut_in_half(f / strips.LABELS), "cut short"),
    "cut manifest": (lambda f: cut_in_half(f / strips.MANIFEST), "cut short"),
    "empty manifest": (lambda f: (f / strips.MANIFEST).write_text(""), "is empty"),
    "cut strip": (lambda f: cut_in_half(next((f / strips.CLIPS).iterdir())), "a broken file"),
    "no strip": (lambda f: next((f / strips.CLIPS).iterdir()).unlink(), "make the set again"),
    "way out": (
        lambda f: (f / strips.MANIFEST).write_text(
            (f / strips.MANIFEST).read_text().replace('"clips/', '"clips/../../')
        ),
        "line 1",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_broken_set_is_told_in_one_line(folder, tmp_path, harm):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    HARM[harm][0](copy)
    with pytest.raises(InputError, match=HARM[harm][1]) as told:
        sets.load(copy)
    assert "\n" not in str(told.value)


def test_the_hash_of_a_set_covers_its_pixels(folder, clips, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert sets.load(copy).sha256 == clips.sha256
    path = sorted((copy / strips.CLIPS).iterdir())[3]
    frames = strips.read(path, 12, 64).copy()
    frames[5, 32, 32] ^= 1
    strips.write(path, frames)
    assert sets.load(copy).sha256 != clips.sha256


def test_what_is_not_there_names_the_standard_sets(tmp_path):
    with pytest.raises(InputError, match="people-64, people-128"):
        sets.load(tmp_path / "nothing")


def test_a_standard_set_comes_from_the_users_cache(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shutil.copytree(folder, sets.cache() / f"people-64-{people.EDITION}")
    assert sets.load("people-64").name == "people-64"


def test_nothing_half_written_stays_behind(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        people.make(tmp_path / "set", people=3, side=32, frames=4, tell=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_verb_makes_a_set_once(tmp_path):
    command = [
        *MIEN,
        "data",
        "people",
        str(tmp_path / "set"),
        "--people",
        "2",
        "--test",
        "1",
        "--frames",
        "4",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "2/2 people" in done.stderr, done.stderr
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 5 and "--force" in again.stderr
    forced = subprocess.run([*command, "--force"], capture_output=True, text=True)
    assert forced.returncode == 0 and [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_folder_that_is_no_set_is_never_replaced(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(OutputError, match="is no set"):
        people.make(tmp_path, people=2, force=True)
    assert (tmp_path / "letters.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["poeple", "x"], 2, "did you mean people"),
        (["people"], 2, "a folder first"),
        (["people", "x", "--sied", "64"], 2, "--side"),
        (["people", "x", "--side", "8"], 3, "16 to 1024"),
        (["people", "x", "--test", "500"], 3, "500"),
        (["people", "x", "--background", "sky"], 3, "black or plain"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path, words, code, said):
    done = subprocess.run([*MIEN, "data", *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code and said in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and list(tmp_path.iterdir()) == []


FACES = ["grace", "astronaut", *london("001", "033", "113")]


@pytest.mark.parametrize("name", FACES)
def test_a_photo_is_cut_as_people_are_drawn(name):
    crop = crops.Crop.of(photo(name), person(name).face, person(name).fit)
    left, right = crops.eyes(crop.landmarks)
    assert np.allclose((left + right) / 2, [0, crops.EYES_DOWN], atol=1e-4)
    assert np.allclose(right - left, [2 * crops.EYE_DISTANCE, 0], atol=1e-4)
    cut, mask = crop.cut(128), crop.mask(128)
    assert (cut[mask == 0] == 0).all() and 0.35 < mask.mean() < 0.65
    inner = crop.landmarks[17:]
    assert (mask[tuple(((inner.T[::-1] + 1) * 64).astype(int))] > 0.5).all()


@pytest.mark.parametrize("name", FACES)
def test_what_is_cut_goes_back_unseen(name):
    crop = crops.Crop.of(photo(name), person(name).face, person(name).fit)
    back = crop.paste(crop.cut(64)).astype(int)
    assert np.abs(back - photo(name)).mean() < 0.05


@pytest.mark.parametrize("name", FACES)
def test_a_generator_that_tints_the_whole_face_does_not_tint_the_photo(name):
    pixels = photo(name)
    crop = crops.Crop.of(pixels, person(name).face, person(name).fit)
    made = crop.cut(64)
    tinted = np.where(crop.mask(64)[..., None] > 0.9, np.clip(made * [1.0, 0.85, 0.8] + 10, 0, 255), made)
    apart = crop.paste(tinted.astype(np.uint8)).astype(int) - pixels
    shift = apart[np.abs(apart).max(-1) > 0].mean(0)
    asked = (tinted - made)[crop.mask(64) > 0.9].mean(0)
    assert np.abs(asked).max() > 8 and np.abs(shift).max() < np.abs(asked).max() / 5


@pytest.mark.parametrize("name", FACES)
def test_only_the_face_changes(name):
    pixels = photo(name)
    crop = crops.Crop.of(pixels, person(name).face, person(name).fit)
    made = crop.cut(64)
    nose = tuple(np.rint((crop.landmarks[30] + 1) * 32).astype(int).tolist())
    cv2.circle(made, nose, 5, (60, 30, 30), cv2.FILLED)
    pasted = crop.paste(made)
    places = crop.matrix[:, :2] @ crop.landmarks[30] + crop.matrix[:, 2]
    x, y = np.rint(places).astype(int)
    assert pasted[y, x].mean() < 0.7 * pixels[y, x].mean()
    changed = (pasted != pixels).any(-1)
    size = pixels.shape[1::-1]
    to_photo = crop.matrix @ np.array([[2 / 512, 0, 1 / 512 - 1], [0, 2 / 512, 1 / 512 - 1], [0, 0, 1]])
    inside = cv2.warpAffine((crop.mask(512) > 0).astype(np.uint8), to_photo, size, flags=cv2.INTER_NEAREST)
    assert not changed[cv2.dilate(inside, np.ones((5, 5), np.uint8)) == 0].any()
