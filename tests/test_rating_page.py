"""The page of a paired test as a browser gets it, the files it takes and refuses, and `mien rate` whole."""

import base64
import csv
import json
import re
import subprocess
import sys
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from samples import astronaut

from mien.__main__ import main
from mien.errors import ExpressionError, InputError, OutputError
from mien.media import films, inline
from mien.media.pictures import Provenance
from mien.rating import answers, material, page

STATED = Provenance(expression="neutral", software="mien", settings_hash="", input_sha256="")
FACE = np.ascontiguousarray(astronaut()[0:256:2, 130:386:2])
SYSTEMS = ("one", "two", "three")


@pytest.fixture
def desk(tmp_path) -> Path:
    """Folders of three systems with five pictures each, and the source faces."""
    for number, name in enumerate((*SYSTEMS, "in")):
        (tmp_path / name).mkdir()
        for item in range(5):
            shown = np.roll(FACE, 3 * item, 1) // (number + 1)
            Image.fromarray(shown).save(tmp_path / name / f"face-{item}.{'jpg' if name == 'in' else 'png'}")
    return tmp_path


def request(desk: Path, *systems: str, inputs: bool = True, **other) -> page.PageRequest:
    folders = {name: desk / name for name in systems or SYSTEMS}
    return page.PageRequest(systems=folders, inputs=desk / "in" if inputs else None, **other)


def made(desk: Path, *systems: str, name: str = "test.html", **other) -> tuple[page.Page, str, dict]:
    """What was told, the page's text, and its payload."""
    told = page.make(request(desk, *systems, **other), desk / name)
    text = (desk / name).read_text("utf-8")
    held = re.search(r'<script type="application/json" id="payload">(.*?)</script>', text, re.S)
    assert held
    return told, text, json.loads(held[1])


def mien(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "mien", *map(str, args)], capture_output=True, text=True)


def test_the_page_holds_the_files_themselves_and_asks_for_nothing_else(desk):
    told, text, payload = made(desk)
    for item, row, person in zip(payload["items"], payload["shown"], payload["persons"], strict=True):
        for name, uri in zip(payload["systems"], row, strict=True):
            head, body = uri.split(",")
            assert (
                head == "data:image/png;base64"
                and base64.b64decode(body) == (desk / name / item).read_bytes()
            )
        assert (
            base64.b64decode(person.split(",")[1]) == (desk / "in" / item.replace("png", "jpg")).read_bytes()
        )
    frame = text.replace(json.dumps(payload), "")
    assert not re.findall(r"https?:|//\w|@import|url\(|\bfetch\(|XMLHttp|sendBeacon", frame)
    assert "default-src 'none'" in frame and not re.findall(
        r"<(?:script|link|img)[^>]+(?:src|href)=\"(?!data:,)", frame
    )
    assert told.id == payload["page"] and told.left_out == told.warnings == []


def test_script_and_page_name_the_same_things(desk):
    _, text, payload = made(desk)
    script = text.partition('"use strict"')[2]
    wanted = set(re.findall(r"\$\(\"([\w-]+)\"\)", script)) | {"welcome", "trial", "end", "left", "right"}
    assert wanted <= set(re.findall(r'\bid="([\w-]+)"', text))
    written = re.search(r"const row = \{(.*?)\};", script, re.S)
    assert written and all(re.search(rf"\b{column}\b", written[1]) for column in payload["columns"])
    assert tuple(payload["columns"]) == answers.COLUMNS


def test_each_person_gets_a_balanced_order_and_the_seed_decides_them(desk):
    told, text, payload = made(desk, pairs=12, repeat=0.25, seed=4)
    assert len(payload["orders"]) == page.ORDERS and told.answers == 3 * 15 and told.pairs == 12
    assert len({json.dumps(order) for order in payload["orders"]}) == page.ORDERS
    for order in payload["orders"]:
        first = [(item, left, right) for item, left, right, repeated in order if not repeated]
        for one, other in combinations(range(3), 2):
            assert sum((left, right) == (one, other) for _, left, right in first) == 2
            assert sum((left, right) == (other, one) for _, left, right in first) == 2
        again = [(item, right, left) for item, left, right, repeated in order if repeated]
        assert len(again) == 3 and set(again) <= set(first)
    assert made(desk, pairs=12, repeat=0.25, seed=4, name="again.html")[1] == text
    other = made(desk, pairs=12, repeat=0.25, seed=5, name="other.html")[2]
    assert other["page"] != payload["page"] and other["orders"] != payload["orders"]


def test_what_is_asked_suits_what_is_shown(desk):
    asked = made(desk)[2]["questions"]
    assert [one["name"] for one in asked] == ["naturalness", "identity", "quality"]
    assert [one["person"] for one in asked] == [False, True, False]
    with pytest.raises(InputError, match="--inputs, or ask without it: --questions naturalness,quality"):
        page.make(request(desk, inputs=False), desk / "b.html")
    plain = made(desk, questions="quality", name="c.html")[2]
    assert plain["persons"] == [] and len(plain["questions"]) == 1
    with pytest.raises(ExpressionError, match="did you mean quality"):
        page.make(request(desk, questions="qualty"), desk / "d.html")
    for name in ("x", "y"):
        (desk / name).mkdir()
        films.write([FACE, FACE[::-1]] * 4, desk / name / "a.webp", fps=Fraction(8), provenance=STATED)
    clips = made(desk, "x", "y", inputs=False, name="e.html")[2]
    assert "same person" in clips["questions"][1]["text"] and not clips["questions"][1]["person"]


def test_no_name_and_no_word_can_break_the_page(desk):
    for name in SYSTEMS:
        Image.fromarray(FACE).save(desk / name / "<script>alert(1)<!--.png")
    (desk / "words.txt").write_text("Ethics board 17.\n\n  Ask </script><b>us</b> {{payload}}.\n", "utf-8")
    _, text, payload = made(desk, questions="quality", consent=desk / "words.txt", inputs=False)
    assert "<script>alert(1)<!--.png" in payload["items"] and text.count("</script>") == 2
    assert payload["consent"] == ["Ethics board 17.", "Ask </script><b>us</b> {{payload}}."]


def test_what_cannot_be_compared_is_named_and_the_rest_goes_on(desk):
    (desk / "two/face-0.png").unlink()
    (desk / "in/face-1.jpg").unlink()
    (desk / "three/face-2.png").write_bytes((desk / "one/face-2.png").read_bytes()[:900])
    Image.fromarray(FACE[:64]).save(desk / "one/face-3.png")
    (desk / "one/.hidden").write_text("")
    told, _, payload = made(desk)
    assert payload["items"] == ["face-3.png", "face-4.png"] and told.pairs == 6
    assert [line.partition(":")[0] for line in told.left_out] == ["face-0.png", "face-1.png", "face-2.png"]
    assert "folder of two" in told.left_out[0] and "truncated or damaged" in told.left_out[2]
    (warning,) = told.warnings
    assert "1 of 2 items differ in pixels" in warning and "128x64 by one, 128x128 by two" in warning


def test_too_much_is_refused_before_it_is_read(desk):
    with (desk / "two/face-0.png").open("r+b") as file:
        file.truncate(2 * material.LARGEST)
    with pytest.raises(
        InputError, match=r"96 MB .* largest folder is that of two, 96 MB in 5 files\. Keep 2"
    ):
        page.make(request(desk), desk / "a.html")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda desk: request(desk, "one"), ExpressionError, "at least two systems"),
        (lambda desk: request(desk, pairs=0), ExpressionError, "--pairs must be 1 or more"),
        (lambda desk: request(desk, repeat=0.7), ExpressionError, "--repeat must be 0 to 0.5"),
        (lambda desk: request(desk, "one", "gone"), InputError, "gone is no folder"),
        (
            lambda desk: request(desk, "one", "in"),
            InputError,
            "no name is in all .one has face-0.png, face-1",
        ),
        (lambda desk: request(desk, consent=desk), InputError, "expected a text in UTF-8"),
    ],
)
def test_requests_that_cannot_be_met(desk, change, error, words):
    with pytest.raises(error, match=words):
        page.make(change(desk), desk / "a.html")
    assert not (desk / "a.html").exists()


def test_two_source_faces_of_one_name_are_refused(desk):
    (desk / "in/face-0.png").write_bytes((desk / "one/face-0.png").read_bytes())
    with pytest.raises(InputError, match=r"face-0.png and face-0.jpg share a name"):
        page.make(request(desk), desk / "a.html")


def test_a_page_is_not_overwritten(desk):
    made(desk)
    with pytest.raises(OutputError, match="--force"):
        page.make(request(desk), desk / "test.html")


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.webp", "a.apng"])
def test_films_of_every_kind_go_into_a_page(tmp_path, name):
    films.write([FACE, FACE[::-1]] * 3, tmp_path / name, fps=Fraction(10), provenance=STATED)
    held = inline.read(tmp_path / name)
    assert held.moves and held.size == (128, 128)
    assert base64.b64decode(held.uri.partition(",")[2]) == (tmp_path / name).read_bytes()
    kind = {"a.mp4": "video/mp4", "a.webm": "video/webm", "a.apng": "image/png"}.get(
        name, f"image/{name[2:]}"
    )
    assert held.uri.startswith(f"data:{kind};base64,")


def test_what_browsers_do_not_show_is_refused(tmp_path):
    with av.open(str(tmp_path / "old.mp4"), "w") as film:
        stream = film.add_stream("mpeg4", rate=10, options={})
        stream.width, stream.height, stream.pix_fmt = 128, 128, "yuv420p"
        film.mux(stream.encode(av.VideoFrame.from_ndarray(FACE, format="rgb24").reformat(format="yuv420p")))
        film.mux(stream.encode(None))
    films.write([FACE] * 6, tmp_path / "cut.mp4", fps=Fraction(10), provenance=STATED)
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "cut.mp4").read_bytes()[:2000])
    Image.fromarray(FACE).save(tmp_path / "a.tif")
    (tmp_path / "pointer.png").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    for name, words in {
        "old.mp4": "mpeg4 .*not every browser shows: .* libx264",
        "cut.mp4": "damaged film",
        "a.tif": "is a TIFF: expected what browsers show",
        "pointer.png": "no picture that mien knows",
    }.items():
        with pytest.raises(InputError, match=words):
            inline.read(tmp_path / name)


def answer(payload: dict, code: str, seed: int, path: Path) -> Path:
    """A file as the page saves it, of a person who always prefers the first system, and else the left one."""
    rows = []
    for item, left, right, repeated in payload["orders"][seed]:
        for question in payload["questions"]:
            sides = [payload["systems"][side] for side in (left, right)]
            chosen = "one" if "one" in sides else sides[0]
            name = payload["items"][item]
            rows.append(
                [code, payload["page"], seed, question["name"], name, *sides, chosen, 1500, repeated, ""]
            )
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([payload["columns"], *rows])
    return path


def test_from_folders_to_figures_on_the_command_line(desk):
    folders = [f"{name}={desk / name}" for name in SYSTEMS]
    done = mien("rate", "make", desk / "p.html", *folders, "--inputs", desk / "in", "--pairs", "12")
    assert done.returncode == 0 and "5 items; each person sees 12 pairs and gives 39 answers" in done.stdout
    payload = json.loads(
        re.findall(r'id="payload">(.*?)</script>', (desk / "p.html").read_text("utf-8"), re.S)[0]
    )
    files = [answer(payload, f"P{seed}", seed, desk / f"{seed}.csv") for seed in range(3)]
    done = mien("rate", "read", *files, "--json", desk / "figures.json")
    assert done.returncode == 0 and done.stderr == ""
    assert (
        f"Page {payload['page']}: 117 answers of 3 people, 9 of them repeats; 0 rows or files refused."
        in done.stdout
    )
    assert "| one | 24 of 24 | 100% (86% to 100%) | unbounded above |  |" in done.stdout
    assert "No other system was ever chosen over one" in done.stdout and "3 people: too few" in done.stdout
    figures = json.loads((desk / "figures.json").read_text(), parse_constant=pytest.fail)
    first = figures["questions"][0]["standings"][0]
    assert first["system"] == "one" and first["strength"] is None and first["chosen"]["share"] == 1


def test_the_command_line_says_what_is_wrong(desk, capsys):
    (desk / "bad.csv").write_text("no answers\n")
    for args, code, words in (
        (("rate", "raed"), 2, "did you mean read?"),
        (("rate", "make"), 2, "expected a file first"),
        (("rate", "make", f"one={desk / 'one'}", "two=x"), 2, "a name that ends in .html"),
        (("rate", "make", desk / "a.html", "one"), 2, "expected NAME=FOLDER"),
        (("rate", "make", desk / "a.html", "a=x", "a=y"), 2, "two systems are called 'a'"),
        (("rate", "read"), 3, "expected the CSV files"),
        (("rate", "read", desk / "bad.csv"), 3, "the first line lacks participant"),
    ):
        assert main([str(word) for word in args]) == code, args
        said = capsys.readouterr().err
        assert words in said and len(said.splitlines()) == 1, said
    good = answer(made(desk)[2], "P", 0, desk / "good.csv")
    assert main(["rate", "read", str(good), str(desk / "bad.csv")]) == 1
    said = capsys.readouterr()
    assert "refused" in said.err and "## naturalness" in said.out
