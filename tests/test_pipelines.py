"""Requests to results through Python: what is written, what is told, what the receipt says."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from samples import GRACE, astronaut, grace

import mien
from mien import batches, pipelines, requests
from mien.errors import ExpressionError, FaceError, InputError, OutputError
from mien.expression import Expression
from mien.receipt import LEAST_FACE, SCHEMA
from mien.verbs import making
from mien.version import settings_hash, source_hash


@pytest.fixture(scope="module")
def smile():
    return mien.edit(GRACE, "happiness:.9")


def test_the_public_face_is_small_and_lazy():
    assert mien.Expression is Expression
    assert all(callable(getattr(mien, name)) for name in mien.__all__)
    with pytest.raises(AttributeError, match="portait"):
        mien.portait  # type: ignore  # noqa: B018


def test_a_receipt_says_what_was_asked_and_what_was_met(smile):
    face = smile.receipt.faces[0]
    assert face.label == "happiness" and face.label_requested == pytest.approx(0.9)
    assert face.requested["AU12L"] == pytest.approx(0.9) and face.achieved["AU12L"] > face.before.get(
        "AU12L", 0
    )
    assert 0 < face.label_uncertainty < 0.5 and face.estimator
    assert set(smile.receipt.seconds) == {"read", "find", "fit", "show", "check"}
    assert len(smile.receipt.photo["sha256"]) == len(smile.receipt.settings_hash) == 64


def test_a_receipt_is_strict_json_and_two_lines(smile):
    record = json.loads(smile.receipt.to_json(), parse_constant=lambda word: pytest.fail(word))
    assert record["schema"] == SCHEMA and record["assets"]["face_model.safetensors"]
    assert "non-commercial" in record["licence"] and record["versions"]["mien"] == mien.__version__
    lines = smile.receipt.lines()
    assert len(lines) == 2 + len(smile.receipt.warnings) and smile.receipt.faces[0].named
    assert "happiness 0.90 asked" in lines[0] and "identity distance" in lines[0] and " px, fit " in lines[1]


def test_the_settings_hash_follows_the_settings_and_not_the_file_name(smile, tmp_path):
    again = mien.edit(GRACE, Expression.from_label("happiness", 0.9), output=tmp_path / "a.png")
    other = mien.edit(GRACE, "happiness:.8")
    assert again.receipt.settings_hash == smile.receipt.settings_hash != other.receipt.settings_hash
    assert settings_hash(a=1) != settings_hash(a=2) and len(source_hash()) == 64
    assert np.array_equal(again.pixels, smile.pixels)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), smile.pixels)


def test_what_the_photo_shows_already_changes_nothing(tmp_path):
    found = mien.Portrait.open(GRACE).expression
    result = mien.edit(GRACE, found)
    assert np.array_equal(result.pixels, grace()) and result.receipt.faces[0].changed == 0


def test_a_small_face_is_warned_of(tmp_path):
    Image.fromarray(grace()).resize((170, 200), Image.Resampling.LANCZOS).save(tmp_path / "small.png")
    receipt = mien.edit(tmp_path / "small.png", "joy:.5").receipt
    assert receipt.faces[0].size < LEAST_FACE and any("between the eyes" in line for line in receipt.warnings)


def test_the_person_hears_the_face_size_first():
    told: list[str] = []
    pipelines.measure(requests.MeasureRequest(photo=GRACE), told.append)
    assert told == ["face 1 of 1: 188x188 px at 172,137, 84 px between the eyes"]


def test_presets_are_read_from_files(smile, tmp_path):
    preset = tmp_path / "smile.json"
    preset.write_text(Expression.from_label("happiness", 0.9).to_json())
    assert np.array_equal(mien.edit(GRACE, str(preset)).pixels, smile.pixels)
    with pytest.raises(InputError, match="gone.json"):
        mien.edit(GRACE, "gone.json")
    with pytest.raises(ExpressionError, match="animate"):
        mien.edit(GRACE, "0s neutral; 1s joy")


def test_films_have_the_frames_and_the_seed_that_were_asked(tmp_path):
    paths = [tmp_path / name for name in ("a.mp4", "b.mp4", "c.mp4")]
    films = [
        mien.animate(GRACE, "surprise", path, seconds=0.5, fps=16, seed=seed)
        for path, seed in zip(paths, (1, 1, 2), strict=True)
    ]
    size = paths[0].stat().st_size
    assert films[0].receipt.film == {"frames": 8, "seconds": 0.5, "bytes": size, "judged_at": 0.5}
    first, second, third = (path.read_bytes() for path in paths)
    assert first == second != third
    with pytest.raises(OutputError, match="--force"):
        mien.animate(GRACE, "joy", paths[0])
    with pytest.raises(ExpressionError, match="fps"):
        mien.animate(GRACE, "joy", tmp_path / "d.mp4", fps=0)


def test_a_film_sets_out_from_the_photo_itself(tmp_path):
    mien.animate(GRACE, "joy", tmp_path / "frames", seconds=0.5, fps=8, still=True)
    names = sorted(os.listdir(tmp_path / "frames"))
    assert names == [f"{number:05d}.png" for number in range(4)]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "frames" / names[0])), grace())


def test_a_sheet_has_six_columns_and_three_rows(tmp_path):
    sheet = mien.sheet(GRACE, tile=120, output=tmp_path / "s.png")
    tall, wide = sheet.pixels.shape[:2]
    assert 6 * 120 < wide < 6 * 120 + 120 and 3 * 120 < tall < 3 * 120 + 60
    assert [face.label for face in sheet.receipt.faces] == list(pipelines.BASIC)
    assert Image.open(tmp_path / "s.png").size == (wide, tall)


def test_one_face_is_wanted_for_a_film(tmp_path):
    with pytest.raises(ExpressionError, match="--face all"):
        mien.animate(GRACE, "joy", tmp_path / "a.mp4", face="all")
    with pytest.raises(FaceError, match="--face 3"):
        mien.animate(GRACE, "joy", tmp_path / "a.mp4", face=3)


def test_a_performance_is_judged_where_it_shows_most(tmp_path):
    acted = "0s neutral; .2s AU43; .3s surprise:.9; .5s neutral"
    film = mien.animate(GRACE, acted, tmp_path / "a.mp4", fps=10)
    assert film.receipt.film and film.receipt.film["judged_at"] == 0.3
    assert film.receipt.faces[0].label == "surprise" and "measured at 0.30 s" in film.receipt.lines()[1]


def test_units_are_reported_where_units_were_asked():
    face = (receipt := mien.edit(GRACE, "AU12L=.6,AU26=.5").receipt).faces[0]
    assert not face.named
    for unit, asked in (("AU12L", 0.6), ("AU26", 0.5)):
        found, spread = face.achieved[unit], face.uncertainty[unit]
        assert f"{unit} {asked:.2f} asked, {found:.2f}±{spread:.2f} measured, was " in receipt.lines()[0]
    assert "happiness" not in receipt.lines()[0]


def test_a_frame_that_is_held_still_and_what_points_cannot_see_are_told_once():
    lines = mien.sheet(GRACE, tile=60).receipt.lines()
    assert sum(line.startswith("warning: glasses with a frame found") for line in lines) == 1
    notes = [line for line in lines if line.startswith("note: ")]
    assert len(notes) <= 1


def test_measure_agrees_with_what_one_sees(tmp_path):
    Image.fromarray(astronaut()).save(tmp_path / "a.png")
    ((face, found),) = mien.measure(tmp_path / "a.png").faces
    assert max(found.scores, key=lambda name: found.scores[name]) == "happiness" and found.valence > 0.2
    assert face.size > 30


def test_photos_of_a_folder_a_glob_and_a_list(tmp_path):
    for name in ("b.png", "a.JPG", "notes.txt", "[1].png"):
        (tmp_path / name).write_bytes(b"")
    names = {"a.JPG", "b.png", "[1].png"}
    assert {path.name for path in batches.photos([str(tmp_path)])[0]} == names
    assert [path.name for path in batches.photos([str(tmp_path / "?.png")])[0]] == ["b.png"]
    assert batches.photos([str(tmp_path / "[1].png")]) == ([tmp_path / "[1].png"], False)
    assert batches.photos(["x.png", "y.png"]) == ([Path("x.png"), Path("y.png")], True)


def test_results_of_one_name_do_not_fall_on_each_other(tmp_path):
    made = batches.outputs([Path("a/x.jpg"), Path("b/x.jpg"), Path("y.png")], tmp_path, ".mp4")
    assert len(set(made)) == 3 and made[2].name == "y.mp4" and all(path.suffix == ".mp4" for path in made)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be one"):
        batches.make_folder(tmp_path / "file")


def die_on_two(request: requests.MeasureRequest) -> dict[str, str]:
    if request.photo == "2":
        os.kill(os.getpid(), 9)
    return {"done": str(request.photo)}


def test_a_process_that_dies_takes_only_its_item_along():
    items = [requests.MeasureRequest(photo=str(number)) for number in range(5)]
    records = {record["photo"]: record for record in batches.run(die_on_two, items, 2)}
    assert len(records) == 5 and "died" in records["2"]["error"]
    assert all(records[str(number)]["ok"] for number in (0, 1, 3, 4))


def test_a_defect_met_on_one_item_is_that_items_failure():
    items = [requests.MeasureRequest(photo="1"), requests.MeasureRequest(photo="2")]
    records = list(batches.run(lambda request: {"value": 1 // (int(request.photo) - 1)}, items, 1))
    assert [record["ok"] for record in records] == [False, True] and "ZeroDivision" in records[0]["error"]


def test_the_printed_call_does_what_the_command_does(smile, capsys):
    making.print_python("edit", [requests.EditRequest(photo=Path(GRACE), to="happiness:.9", face="1")])
    call = capsys.readouterr().out
    assert call == f"mien.edit({GRACE!r}, 'happiness:.9', face='1')\n"
    assert np.array_equal(mien.edit(GRACE, "happiness:.9", face="1").pixels, smile.pixels)
