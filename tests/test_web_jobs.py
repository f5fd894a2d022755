"""The studio's long work and its language, asked over HTTP: results, progress, cancel, commands."""

import ast
import io
import json
import shlex
import subprocess
import sys
import time

import av
import cv2
import numpy as np
import pytest
from PIL import Image
from samples import GRACE, grace
from studios import running

from mien.expression import Expression
from mien.face.portrait import Portrait
from mien.performance import Performance
from mien.pipelines import animate
from mien.requests import AnimateRequest
from mien.tables import UNITS

SMALL = 250
"""Side of the photo of most jobs, pixels."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    with running(tmp_path_factory.mktemp("jobs"), waiting=2, seconds=20.0) as running_studio:
        yield running_studio


@pytest.fixture(scope="module")
def photo(studio):
    """A small photo that the studio holds."""
    file = io.BytesIO()
    Image.fromarray(grace()[80:450, 60:450]).resize((SMALL, SMALL)).save(file, "PNG")
    return studio.photo(file.getvalue())


def begin(studio, **body):
    answer = studio.post("/api/jobs", **body)
    assert answer.status_code == 202, answer.text
    return answer.json()["job"]


def test_an_edit_gives_a_picture_and_its_receipt(studio, photo):
    job = begin(studio, task="edit", photo=photo, to={"units": {"AU6": 0.5, "AU12": 0.7}}, format="jpg")
    told = studio.done(job)
    assert told["state"] == "done" and told["progress"] == 1 and [*told["files"][0]] == ["name", "bytes"]
    assert told["receipt"]["faces"][0]["requested"] == {"AU6L": 0.5, "AU6R": 0.5, "AU12L": 0.7, "AU12R": 0.7}
    assert told["receipt"]["photo"]["name"] == "photo" and len(told["receipt"]["lines"]) >= 2
    sizes = {file["name"]: file["bytes"] for file in told["files"]}
    for name, size in sizes.items():
        answer = studio.http.get(f"/api/jobs/{job}/files/{name}")
        assert f'attachment; filename="{name}"' == answer.headers["content-disposition"]
        assert len(answer.content) == size
    picture = Image.open(io.BytesIO(studio.http.get(f"/api/jobs/{job}/files/result.jpg").content))
    assert picture.format == "JPEG" and picture.size == (SMALL, SMALL)
    assert studio.http.delete(f"/api/jobs/{job}").status_code == 204
    assert studio.http.get(f"/api/jobs/{job}/files/result.jpg").status_code == 404
    assert not [path for path in studio.kept() if job in path]


def test_a_film_tells_how_far_it_is_and_more_jobs_than_may_wait_are_refused(studio, photo):
    film = begin(studio, task="animate", photo=photo, to="0s neutral; 1s joy:.8", fps="24000/1001")
    waiting = [begin(studio, task="measure", photo=photo)]
    while studio.http.get(f"/api/jobs/{film}").json()["state"] == "waiting":
        time.sleep(0.05)
    waiting.append(begin(studio, task="sheet", photo=photo, tile=40))
    status, kind, _ = studio.error(studio.post("/api/jobs", task="measure", photo=photo))
    assert (status, kind) == (503, "Busy")
    seen = []
    while (told := studio.http.get(f"/api/jobs/{film}").json())["state"] == "running":
        seen.append((told["progress"], told.get("eta")))
        time.sleep(0.05)
    assert (
        told["state"] == "done"
        and len({share for share, _ in seen}) > 3
        and seen == sorted(seen, key=lambda s: s[0])
    )
    assert all(eta is not None and eta >= 0 for share, eta in seen if share)
    data = studio.http.get(f"/api/jobs/{film}/files/result.mp4").content
    with av.open(io.BytesIO(data), "r") as made:
        assert sum(1 for _ in made.decode(video=0)) == told["receipt"]["film"]["frames"] == 24
    found = studio.done(waiting[0])["receipt"]["faces"][0]
    assert found["units"].keys() == found["uncertainty"].keys() and "±" not in str(found["scores"])
    assert studio.http.delete(f"/api/jobs/{waiting[1]}").status_code == 204


def test_a_cancelled_film_leaves_nothing_and_the_next_job_begins(studio, photo):
    long = begin(studio, task="animate", photo=photo, to="joy", seconds=20, fps=60)
    while studio.http.get(f"/api/jobs/{long}").json()["progress"] == 0:
        time.sleep(0.05)
    assert studio.http.delete(f"/api/jobs/{long}").status_code == 204
    assert studio.done(begin(studio, task="measure", photo=photo))["state"] == "done"
    assert not [path for path in studio.kept() if long in path]


def test_a_job_that_fails_says_why(studio):
    file = io.BytesIO()
    Image.new("RGB", (90, 90)).save(file, "PNG")
    told = studio.done(begin(studio, task="edit", photo=studio.photo(file.getvalue()), to="joy"))
    assert told["state"] == "failed" and told["error"]["kind"] == "FaceError" and told["files"] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"task": "edit", "to": "hapiness"}, "did you mean happiness"),
        ({"task": "edit", "to": "0s neutral; 1s joy"}, "mien animate acts performances"),
        ({"task": "edit", "to": "joy", "face": "left", "box": [1, 2, 3, 4]}, "exclude each other"),
        ({"task": "edit", "to": "joy", "strength": 1}, "strength"),
        ({"task": "edit", "to": "joy", "output": "elsewhere/x.png"}, "output"),
        ({"task": "edit", "to": "joy", "format": "exe"}, "format"),
        ({"task": "edit", "to": "joy", "system": "./evil.py"}, "no such system"),
        ({"task": "edit", "to": "joy", "system": "ganimation"}, "cannot make pictures here"),
        ({"task": "animate", "to": "joy", "seconds": 21}, "at most 20 s"),
        ({"task": "animate", "to": "joy", "fps": 61}, "60 frames a second"),
        ({"task": "animate", "to": "joy", "fps": "1e999999999"}, "number or a ratio"),
        ({"task": "animate", "to": "joy", "fps": "1/0"}, "fps"),
        ({"task": "sheet", "tile": 0}, "tile"),
        ({"task": "explode"}, "task"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_at_once(studio, photo, body, said):
    answer = studio.post("/api/jobs", photo=photo, **body)
    assert answer.status_code == 422 and said in answer.json()["error"]["message"]


def test_text_never_names_a_file_of_the_server(studio, photo, tmp_path):
    (tmp_path / "joy.json").write_text(Expression.parse("joy").to_json())
    (tmp_path / "joy.csv").write_text("timestamp,AU12_r\n0,1\n")
    for name in ("joy.json", "joy.csv"):
        for address in ("/api/jobs", "/api/say"):
            answer = studio.post(address, task="animate", photo=photo, to=str(tmp_path / name))
            assert studio.error(answer)[:2] == (422, "ExpressionError")
        assert studio.post("/api/performance", to=str(tmp_path / name)).status_code == 422


def test_a_film_that_needs_too_much_memory_is_refused(studio):
    file = io.BytesIO()
    Image.new("L", (3000, 3000)).save(file, "PNG")
    large = studio.photo(file.getvalue())
    answer = studio.post("/api/jobs", task="animate", photo=large, to="joy", format="gif")
    assert "choose mp4" in answer.json()["error"]["hint"]


def test_every_form_of_an_expression_becomes_every_other(studio):
    for body in (
        {"text": "happiness:.5"},
        {"label": "joy", "strength": 0.5},
        {"expression": Expression.parse("happiness:.5").to_dict()},
    ):
        told = studio.post("/api/expression", **body).json()
        assert Expression.from_dict(told["expression"]) == Expression.parse("joy:.5")
        assert Expression.parse(told["text"]) == Expression.parse("joy:.5")
        assert told["scores"]["happiness"] == 0.5
    there = studio.post("/api/expression", valence=0.76, arousal=0.48).json()
    assert Expression.from_dict(there["expression"]) == Expression.parse("va(0.76,0.48)")
    assert studio.error(studio.post("/api/expression", text="joy", label="joy"))[1] == "Invalid"


def test_a_performance_becomes_its_frames(studio):
    text = "0s neutral; 500ms surprise:.5 ease-out; 1s head(5,0,0) hold"
    told = studio.post("/api/performance", to=text, fps=12).json()
    acted = Performance.parse(text)
    assert [Expression.from_dict(record) for record in told["expressions"]] == acted.frames(12)
    assert studio.post("/api/performance", to={"keyframes": told["keyframes"]}, fps=12).json() == told
    assert len(studio.post("/api/performance", to="joy", fps=12).json()["times"]) == 24
    assert studio.post("/api/performance", to="0s joy; 50s joy").status_code == 422


def test_a_job_is_said_as_a_command_and_as_a_call(studio, tmp_path):
    body = {
        "task": "animate",
        "photo": "x",
        "to": "0s neutral; 1s joy:.5",
        "fps": 12,
        "still": True,
        "format": "gif",
    }
    told = studio.post("/api/say", **body).json()
    words = shlex.split(told["command"])
    assert words[:3] == ["mien", "animate", "photo.jpg"] and "--still" in words
    shown = subprocess.run(
        [sys.executable, "-m", *words, "--print-python"], capture_output=True, text=True, check=True
    )
    assert ast.dump(ast.parse(shown.stdout)) == ast.dump(ast.parse(told["python"]))
    assert "'0s neutral; 1s joy:.5'" in told["python"]


def test_the_page_is_told_what_the_house_has(studio):
    told = studio.http.get("/api/about").json()
    units = {unit["name"]: unit for unit in told["units"]}
    assert [*told["prototypes"]] == told["labels"] and units.keys() == set(UNITS)
    assert units["AU12"] == {
        "name": "AU12",
        "words": "lip corner puller",
        "sided": True,
        "region": "lip corners",
    }
    systems = {system["name"]: system for system in told["systems"]}
    assert systems["texture-gan"]["ready"] and "mien train" in systems["ganimation"]["hint"]
    fields = studio.http.get("/api/openapi.json").json()["components"]["schemas"]["AnimateJob"]["properties"]
    assert (
        fields["still"]["description"] == "No small head motion and no blink."
        and fields["fps"]["default"] == 24
    )


def test_what_ends_a_count_ends_the_film_and_leaves_nothing(tmp_path):
    def stop(done: int, total: int) -> None:
        assert total == 48
        if done == 3:
            raise KeyError

    with pytest.raises(KeyError):
        animate(AnimateRequest(photo=GRACE, to="joy", output=tmp_path / "a.mp4"), count=stop)
    assert [*tmp_path.iterdir()] == []


def test_a_close_up_shows_what_the_portrait_shows_in_its_crop():
    portrait = Portrait.open(GRACE)
    near = portrait.close_up(256)
    x0, y0, x1, y1 = portrait.scene.box
    small, still = near.show("surprise:.8").pixels, near.picture.pixels.astype(int)
    whole = portrait.show("surprise:.8").pixels[y0:y1, x0:x1]
    shrunk = cv2.resize(whole, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_AREA)
    assert max(small.shape) == 256
    assert np.abs(small.astype(int) - shrunk).mean() < 0.25 * np.abs(small - still).mean()
    near.release()
    assert np.array_equal(near.show("surprise:.8").pixels, small)


@pytest.mark.parametrize("call", [["serve", "--help"], ["list"]])
def test_neither_help_nor_list_load_a_server(call):
    code = f"import sys, mien.__main__ as m\ntry:\n  m.main({call})\nexcept SystemExit:\n  pass\n"
    code += "print(json.dumps([n for n in ('fastapi', 'uvicorn', 'torch', 'numpy') if n in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", f"import json\n{code}"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []
