"""Who is who, what leaks, which pictures are planned, and records that survive: nothing is made yet."""

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from samples import astronaut, grace

from mien.augmentation import folder, ledger, plan
from mien.data import labelled, persons, survey
from mien.errors import ExpressionError, InputError, OutputError


def source(person: int, label: str, shown: float) -> plan.Source:
    name = f"{label}/{person}.jpg"
    sha = sha256(name.encode()).hexdigest()
    box = (0.0, 0.0, 9.0, 9.0)
    return plan.Source(
        path=Path(name), name=name, label=label, subject=str(person), sha256=sha, box=box, shown=shown
    )


@given(
    some.lists(some.tuples(some.integers(0, 9), some.sampled_from("abc")), min_size=1, unique=True),
    some.integers(0, 9),
)
def test_classes_are_filled_from_others_and_nothing_is_planned_twice(photos, seed):
    sources = [source(person, label, 0.1 * (label == "b")) for person, label in photos]
    counts = Counter(label for _, label in photos)
    classes = {"a": "anger", "b": "neutral", "c": "fear"}
    made = plan.balanced(sources, counts, classes, plan.Strengths(0.6, 1.0, seed))
    assert len({one.file for one in made}) == len({(one.source, one.to) for one in made}) == len(made)
    assert all(one.source.label != one.label for one in made)
    after = counts + Counter(one.label for one in made)
    for label in classes:
        others = sum(one.label != label for one in sources)
        room = others * (1 if classes[label] == "neutral" else 41)  # hundredths from 0.6 to 1
        assert after[label] == min(max(counts.values()), counts[label] + room)


def test_no_person_dominates_and_resting_faces_come_first():
    sources = [source(person, "neutral", 0.0) for person in range(6)]
    sources += [source(person, "joy", 0.9) for person in range(40)]
    strengths = plan.Strengths(0.6, 1.0, 0)
    made = plan.balanced(sources, {"neutral": 6, "joy": 40}, {"fear": "fear"}, strengths)
    assert len(made) == 40 and set(Counter(one.source.subject for one in made).values()) == {1}
    assert all(one.source.label == "neutral" for one in made if int(one.source.subject) < 6)


def test_so_many_of_each_photo_never_of_its_own_class():
    sources = [source(person, label, 0.0) for person in range(5) for label in ("joy", "neutral")]
    classes = {"joy": "happiness", "fear": "fear", "anger": "anger"}
    made = plan.per_image(sources, 4, classes, plan.Strengths(0.7, 0.9, 0))
    assert set(Counter(one.source.name for one in made).values()) == {4} and len(made) == 40
    assert len({one.file for one in made}) == 40 and all(0.7 <= one.strength <= 0.9 for one in made)
    assert all(one.source.label != one.label for one in made)


def test_the_plan_is_the_seeds():
    sources = [source(person, "neutral", 0.0) for person in range(20)]

    def files(seed: int) -> list[str]:
        strengths = plan.Strengths(0.6, 1.0, seed)
        return [one.file for one in plan.balanced(sources, {"neutral": 20}, {"fear": "fear"}, strengths)]

    assert files(0) == files(0) != files(1)


def seen(name: str, at: list[float], subject: str = "", likeness: int = 0) -> persons.Seen:
    identity = np.zeros(128)
    identity[: len(at)] = at
    return persons.Seen(name=name, subject=subject, likeness=likeness, identity=identity)


def test_faces_alike_are_one_person_also_through_others():
    faces = [seen("a", [0.0]), seen("b", [0.4]), seen("c", [0.8]), seen("d", [2.0]), seen("e", [5.0], "Eve")]
    assert persons.named(faces) == ["person-0001", "person-0001", "person-0001", "person-0002", "Eve"]


def test_leaks_are_told_apart_by_how_sure_they_are():
    train = [seen("a", [0.0], likeness=2**64 - 1), seen("b", [3.0], "Bo", likeness=15)]
    near, doubt = seen("x", [0.3], likeness=1), seen("y", [3.3], "Cy", likeness=2**40)  # named apart
    same, name = seen("z", [9.0], likeness=2**64 - 1), seen("w", [20.0], "Bo")
    found = {(leak.train, leak.test): leak.kind for leak in persons.leaks(train, [near, doubt, same, name])}
    assert found == {("a", "x"): "person", ("b", "y"): "perhaps", ("b", "w"): "name"}  # z has another face
    blind = persons.Seen(name="v", subject="", likeness=2**64 - 1 - 7, identity=None)
    assert [leak.kind for leak in persons.leaks(train, [blind])] == ["picture"]
    assert persons.leaking(train, [near]) == {0} and persons.leaking(train, [doubt]) == set()


@pytest.mark.parametrize("other", [astronaut, lambda: np.ascontiguousarray(grace()[::-1])])
def test_a_picture_packed_scaled_and_lit_anew_is_known_again(other):
    packed = cv2.imdecode(cv2.imencode(".jpg", grace(), [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    small = cv2.resize(grace(), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    lit = (255 * (grace() / 255.0) ** 0.85).astype(np.uint8)
    whole = survey.likeness(grace())
    for again in (np.asarray(packed), small, lit):
        assert (survey.likeness(again) ^ whole).bit_count() <= persons.ALIKE
    assert (survey.likeness(other()) ^ whole).bit_count() > 3 * persons.ALIKE


def test_sets_are_read_by_folder_by_part_and_by_table(tmp_path):
    names = "train/Joy/s01_a.jpg train/Joy/s02_a.JPG train/odd/deep/s01.png test/Joy/s09.jpg train/Joy/x.txt"
    for name in (*names.split(), "train/Joy/._s01.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "train/Joy/empty.jpg").write_bytes(b"")
    found = labelled.read(tmp_path, subject=r"s(\d+)")
    assert [photo.name for photo in found.train] == [
        "train/Joy/s01_a.jpg",
        "train/Joy/s02_a.JPG",
        "train/odd/deep/s01.png",
    ]
    assert [photo.subject for photo in found.train] == ["01", "02", "01"]
    assert [photo.name for photo in found.test] == ["test/Joy/s09.jpg"]
    assert [labelled.expression_of(name) for name in ("Joy", "smiling", "Angry", "odd")] == [
        "happiness",
        "happiness",
        "anger",
        None,
    ]
    assert [name for name, _ in found.skipped] == ["train/Joy/empty.jpg"]
    table = tmp_path / "faces.csv"
    table.write_text("Path,Label,Subject\ntrain/Joy/s01_a.jpg,happy,Ann\ngone.jpg,sad,Bo\n")
    found = labelled.read(table, tmp_path / "test")
    assert [(photo.label, photo.subject) for photo in found.train] == [("happy", "Ann")]
    assert found.skipped == (("gone.jpg", "not there"),) and len(found.test) == 1


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("path,class\na.jpg,joy\n", "the columns path, label"),
        ("path,label\na.jpg,../out\n", "a label that can name a folder"),
        ("path,label\ngone.jpg,joy\n", "first of 1 left out is gone.jpg: not there"),
        ("", "came nothing"),
    ],
)
def test_tables_that_will_not_do_are_told_why(tmp_path, text, error):
    (tmp_path / "faces.csv").write_text(text)
    with pytest.raises(InputError, match=error):
        labelled.read(tmp_path / "faces.csv")
    with pytest.raises(ExpressionError, match="no regular expression"):
        labelled.read(tmp_path / "faces.csv", subject="(")


def test_a_ledger_keeps_whole_rows_and_lets_one_write(tmp_path):
    path = tmp_path / "rows.jsonl"
    with ledger.opened(path) as rows:
        rows.add({"file": "a"})
        with pytest.raises(OutputError, match="another mien augment works on"), ledger.opened(path):
            pass
    path.write_bytes(path.read_bytes() + b'{"file": "b"')  # what a power cut leaves
    with ledger.opened(path) as rows:
        assert rows.rows == [{"file": "a"}]
        rows.add({"file": "ü"})
    assert [json.loads(line)["file"] for line in path.read_text().splitlines()] == ["a", "ü"]


def test_a_folder_is_taken_only_by_what_it_holds(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/diary.txt").write_text("mine")
    for force in (False, True):
        with (
            pytest.raises(OutputError, match="is no augmentation"),
            folder.begun(tmp_path / "theirs", {}, resume=False, force=force),
        ):
            pass
    with folder.begun(tmp_path / "out", {"seed": 0}, resume=False, force=False) as manifest:
        manifest.add({"file": "joy/a_happiness080_0123456789.png"})
        (tmp_path / "out/joy").mkdir()
        for name in ("a_happiness080_0123456789.png", "own.png", ".mien-0123456789ab"):
            (tmp_path / "out/joy" / name).write_bytes(b"x")
    with (
        pytest.raises(OutputError, match="--resume"),
        folder.begun(tmp_path / "out", {"seed": 0}, resume=False, force=False),
    ):
        pass
    with (
        pytest.raises(InputError, match="seed was 0, now 1"),
        folder.begun(tmp_path / "out", {"seed": 1}, resume=True, force=False),
    ):
        pass
    with folder.begun(tmp_path / "out", {"seed": 1}, resume=False, force=True) as manifest:
        assert manifest.rows == [] and [path.name for path in (tmp_path / "out/joy").iterdir()] == ["own.png"]


def test_a_disk_that_is_too_full_is_told_before(tmp_path):
    with pytest.raises(OutputError, match="the pictures need about 1,000,000,000 MB"):
        folder.room(tmp_path, 10**15)
