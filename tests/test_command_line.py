"""The command line as a user meets it: real processes, real files, bad input of every kind."""

import csv
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from samples import GRACE, astronaut, grace, side_by_side

from mien.verbs import bench

VERBS = (
    "demo",
    "edit",
    "animate",
    "sheet",
    "measure",
    "expressions",
    "augment",
    "recognise",
    "bench",
    "doctor",
)


def mien(*args: str | Path, folder: Path | None = None, **more) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mien", *map(str, args)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, **more)


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """It ended with the code and one clear line that has the words."""
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == code, done.stderr
    assert last.startswith("mien: ") and "Traceback" not in done.stderr and done.stdout == ""
    assert all(word in last for word in words), last
    assert len(done.stderr.splitlines()) == 1 or done.stderr.startswith("face 1 of 1")


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def save(folder: Path, name: str, pixels: np.ndarray, **how) -> Path:
    Image.fromarray(pixels).save(folder / name, **how)
    return folder / name


def test_help_is_quick_and_names_every_verb():
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        done = mien("--help")
        spent.append(time.perf_counter() - start)
    assert done.returncode == 0 and all(f"  {verb} " in done.stdout for verb in VERBS)
    assert min(spent) < 0.3


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    done = mien(verb, "--help")
    assert done.returncode == 0 and f"mien {verb}" in done.stdout and "default: ..." not in done.stdout


def test_edit_writes_a_smile_and_its_receipt(tmp_path):
    args = ("edit", GRACE, "--to", "happiness:.8", "-o", tmp_path / "a.png")
    done = mien(*args, "--receipt", tmp_path / "r.json")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("face 1 of 1: 188x188 px at 172,137, 84 px between the eyes")
    receipt = json.loads((tmp_path / "r.json").read_text())
    face = receipt["faces"][0]
    assert face["label"] == "happiness" and face["label_achieved"] > face["label_before"] + 0.1
    assert 0 < face["identity_distance"] < 0.6 and receipt["photo"]["width"] == 512
    x0, y0, x1, y1 = face["region"]
    result = np.asarray(Image.open(tmp_path / "a.png"))
    changed = (result != grace()).any(-1)
    assert changed.mean() == pytest.approx(face["changed"], abs=1e-5)
    changed[y0:y1, x0:x1] = False
    assert not changed.any()
    refused(mien(*args), 5, "a.png", "--force")
    before = (tmp_path / "a.png").read_bytes()
    assert mien(*args, "--force").returncode == 0
    assert (tmp_path / "a.png").read_bytes() == before


BAD_FILES = {
    "note.jpg": (b"this is a note, not a picture\n" * 9, ("note.jpg",)),
    "empty.png": (b"", ("empty", "0 bytes")),
    "page.jpg": (b"<!DOCTYPE html><html><body>404</body></html>", ("HTML",)),
    "bomb.png": (png_claiming(60_000, 60_000), ("60,000",)),
    "cut.jpg": (Path(GRACE).read_bytes()[:20_000], ("cut.jpg",)),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_that_are_no_pictures(name, tmp_path):
    data, words = BAD_FILES[name]
    (tmp_path / name).write_bytes(data)
    refused(mien("edit", name, "--to", "happiness", "-o", "out.png", folder=tmp_path), 3, *words)
    assert os.listdir(tmp_path) == [name]


def test_an_animation_and_a_missing_file_are_no_pictures(tmp_path):
    frames = [Image.fromarray(grace()), Image.fromarray(grace()[::-1])]
    frames[0].save(tmp_path / "wave.gif", save_all=True, append_images=frames[1:])
    refused(mien("measure", "wave.gif", folder=tmp_path), 3, "GIF", "frame")
    refused(mien("measure", "gone.jpg", folder=tmp_path), 3, "gone.jpg")
    refused(mien("measure", folder=tmp_path), 3, "expected a photo")
    refused(mien("measure", "*.tif", folder=tmp_path), 3, "no photos")


def test_photos_without_one_clear_face(tmp_path):
    dot = save(tmp_path, "dot.png", grace()[:1, :1])
    refused(mien("edit", dot, "--to", "joy", "-o", tmp_path / "o.png"), 4, "no face", "1x1", "--box")
    pair = save(tmp_path, "pair.png", side_by_side(grace(), grace()))
    refused(
        mien("edit", pair, "--to", "joy", "-o", tmp_path / "o.png"),
        4,
        "2 faces",
        "1: box",
        "2: box",
        "--face",
    )
    cut = save(tmp_path, "cut.png", grace()[:, :300])
    refused(mien("edit", cut, "--to", "joy", "-o", tmp_path / "o.png"), 4, "cut by the border")
    refused(mien("measure", GRACE, "--box", "900,900,50,50"), 4, "not a box")
    assert sorted(os.listdir(tmp_path)) == ["cut.png", "dot.png", "pair.png"]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("hapiness", ("hapiness", "happiness")),
        ("happiness:7", ("7",)),
        ("AU12=nan", ("nan",)),
        ("AU99=.5", ("AU99",)),
        ("", ()),
        ("0s neutral; 1s joy", ("performance", "animate")),
        ("gone.json", ("gone.json",)),
    ],
)
def test_expressions_that_cannot_be_read(wish, words, tmp_path):
    done = mien("edit", GRACE, "--to", wish, "-o", tmp_path / "o.png")
    refused(done, 3 if wish == "gone.json" else 2, *words)
    assert os.listdir(tmp_path) == []


def test_wrong_options_are_told():
    refused(mien("edti", GRACE), 2, "edit")
    refused(mien("measure", GRACE, "--csv", "--json"), 2, "--json")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("edit me.jpg", ("--to EXPRESSION", "--output PATH", "mien edit --help")),
        ("edit me.jpg -o a.png --to", ("--to", "mien edit --help")),
        ("edit me.jpg -o a.png --too joy", ("--too", "did you mean --to?")),
        ("edit -me.jpg -o a.png --to joy", ("-me.jpg", "behind --")),
        ("sheet me.jpg -o a.png --tile 1.5", ("--tile must be a whole number", "'1.5'")),
        ("sheet me.jpg -o a.png --face all", ("one face", "--face all")),
        ("measure me.jpg --box 1,2", ("--box must be four numbers", "'1,2'")),
        ("measure me.jpg --box 1,2,30,30 --face left", ("--box and --face left exclude",)),
        ("measure me.jpg --jobs 0", ("--jobs must be a whole number, 1 or more",)),
        ("animate me.jpg --to joy -o a.mp4 --face all", ("a film takes one face",)),
        ("animate me.jpg --to joy -o a.mp4 --fps 1/0", ("--fps must be", "'1/0'")),
        ("animate me.jpg --to joy -o a.mp4 --fps 900", ("fps must be 0 to 240, came 900",)),
        ("animate me.jpg --to joy -o a.mp4 --seconds nan", ("0.2 to 3600",)),
        ("animate me.jpg --to 0s_joy -o a.mp4 --seconds 3", ("--seconds 3", "its own length")),
        ("expressions stray", ("'stray'",)),
    ],
)
def test_every_wrong_option_is_one_line_before_any_work(line, words, tmp_path):
    refused(mien(*(word.replace("_", " ") for word in line.split()), folder=tmp_path), 2, *words)
    assert os.listdir(tmp_path) == []


def test_many_photos_do_not_go_into_one_file(tmp_path):
    for verb, name in (("edit", "x.jpg"), ("animate", "x.mp4")):
        done = mien(verb, "a.jpg", "b.jpg", "--to", "joy", "-o", name, folder=tmp_path)
        refused(done, 5, f"{name} is the name of one file", "x/")
    assert os.listdir(tmp_path) == []


def test_an_expression_that_cannot_be_read_is_told_once_for_a_whole_batch(tmp_path):
    done = mien("edit", "a.jpg", "b.jpg", "--to", "hapiness", "-o", tmp_path / "out")
    refused(done, 2, "happiness")
    assert os.listdir(tmp_path) == []


def test_help_says_what_is_optional_and_what_is_relative():
    said = " ".join(mien("demo", "--help").stdout.replace("│", " ").split())
    assert "[PHOTO]" in said and "One photo" in said and "glob" not in said
    said = " ".join(mien("animate", "--help").stdout.replace("│", " ").split())
    assert "Units are absolute" in said and "turns in degrees from the photo's own" in said
    assert "(required)" in said


def test_a_film_that_cannot_be_written_is_refused_before_the_photo_is_read(tmp_path):
    for name, more, word in (("o.avi", (), ".avi"), ("o.gif", ("--fps", "60"), "at most 50")):
        done = mien("animate", "gone.jpg", "--to", "joy", "-o", name, *more, folder=tmp_path)
        refused(done, 5, word)


def test_outputs_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    for target, word in (
        ("gone/o.png", "folder"),
        ("file/o.png", "file"),
        ("o.xyz", ".xyz"),
        ("o", "ending"),
    ):
        refused(mien("edit", GRACE, "--to", "joy", "-o", tmp_path / target), 5, word)
    refused(mien("animate", GRACE, "--to", "joy", "-o", tmp_path / "o.avi", "--seconds", "0.3"), 5, ".avi")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("verb", ["edit", "animate"])
def test_a_full_disk_leaves_nothing_behind(verb, tmp_path):
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    out = tmp_path / {"edit": "o.png", "animate": "o.mp4"}[verb]
    mien("sheet", GRACE, "-o", tmp_path / "s.png")  # compiled loops are files too, and must be there before
    (tmp_path / "s.png").unlink()
    more = ("--seconds", "0.3") if verb == "animate" else ()
    done = mien(verb, GRACE, "--to", "joy", "-o", out, *more, preexec_fn=full)
    refused(done, 5, out.name)
    assert os.listdir(tmp_path) == []


def heeding():
    """Let a child end by Ctrl-C, also where the tests were started in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_with_130_and_leaves_nothing_behind(tmp_path):
    command = [
        sys.executable,
        "-m",
        "mien",
        "animate",
        GRACE,
        "--to",
        "joy",
        "-o",
        str(tmp_path / "o.mp4"),
        "--seconds",
        "60",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heeding) as child:
        deadline = time.monotonic() + 60
        while not os.listdir(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in errors and "interrupted" in errors
    assert os.listdir(tmp_path) == []


def test_odd_names_and_odd_pictures_in_one_batch(tmp_path):
    photos, out = tmp_path / "in", tmp_path / "out"
    photos.mkdir()
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(
            orientation
        )  # the transpose that the tag undoes
        image = Image.fromarray(grace())
        image = image if turn is None else image.transpose(Image.Transpose(turn))
        image.save(photos / f"turned {orientation}.jpg", exif=exif, quality=92)
    Image.fromarray(grace()).convert("CMYK").save(photos / "cmyk.tif")
    Image.fromarray(grace()).convert("L").save(photos / "gray.png")
    Image.fromarray(np.dstack([grace(), np.full((600, 512), 200, np.uint8)])).save(photos / "alpha.png")
    Image.fromarray(grace()[..., 1].astype(np.uint16) * 257).save(photos / "deep.png")
    Image.fromarray(grace()).save(photos / "-dash éå 笑.webp", quality=95)
    (photos / "bad.jpg").write_bytes(b"no")
    done = mien(
        "edit", photos, "--to", "happiness:.6", "-o", out, "--jobs", "2", "--receipt", tmp_path / "all.jsonl"
    )
    records = {Path(record["photo"]).name: record for record in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1 and "13 of 14 done" in done.stderr and len(records) == 14
    bad = records.pop("bad.jpg")
    assert not bad["ok"] and bad["exit_code"] == 3 and "bad.jpg" in bad["error"]
    assert sorted(os.listdir(out)) == sorted(records)
    boxes = [record["receipt"]["faces"][0]["box"] for name, record in records.items() if "turned" in name]
    assert np.ptp(boxes, axis=0).max() < 2 and len(boxes) == 8
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 14
    deep = np.asarray(Image.open(out / "deep.png"))
    assert deep.dtype == np.uint16 and Image.open(out / "cmyk.tif").mode == "CMYK"
    assert (np.asarray(Image.open(out / "alpha.png"))[..., 3] == 200).all()


def test_a_name_that_begins_with_a_dash(tmp_path):
    save(tmp_path, "-me.png", grace())
    done = mien("edit", "--to", "joy", "-o", "out me.png", "--", "-me.png", folder=tmp_path)
    assert done.returncode == 0 and sorted(os.listdir(tmp_path)) == ["-me.png", "out me.png"]


def test_every_face_and_a_chosen_face(tmp_path):
    pair = save(tmp_path, "pair.png", side_by_side(grace(), astronaut()))
    done = mien("edit", pair, "--to", "surprise", "--face", "all", "-o", tmp_path / "o.png")
    changed = (np.asarray(Image.open(tmp_path / "o.png")) != np.asarray(Image.open(pair))).any(-1)
    assert done.returncode == 0 and changed[:, :512].any() and changed[:, 512:].any()
    found = json.loads(mien("measure", pair, "--json", "--face", "right").stdout)
    assert found["faces"][0]["box"][0] > 512


def test_measure_speaks_text_json_and_csv(tmp_path):
    save(tmp_path, "a.png", astronaut())
    save(tmp_path, "b.png", grace()[:50])
    done = mien("measure", tmp_path, "--csv")
    rows = {Path(row["photo"]).name: row for row in csv.DictReader(done.stdout.splitlines())}
    assert done.returncode == 1 and "no face" in rows["b.png"]["error"]
    assert float(rows["a.png"]["happiness"]) > 0.3 and float(rows["a.png"]["AU12L_sd"]) > 0
    head = done.stdout.splitlines()[0].split(",")
    assert head[:7] == ["photo", "face", "x", "y", "width", "height", "score"] and head[-1] == "error"
    assert done.stdout.count("photo,face") == 1 and len(set(head)) == len(head)
    assert not any(value.startswith("-0.0") and not float(value) for value in rows["a.png"].values() if value)
    found = json.loads(mien("measure", tmp_path / "a.png", "--json").stdout)
    assert found["faces"][0]["scores"]["happiness"] == float(rows["a.png"]["happiness"])
    said = mien("measure", tmp_path / "a.png").stdout
    assert "happiness" in said and "-0 " not in said


def test_animate_acts_a_performance(tmp_path):
    out = tmp_path / "o.mp4"
    done = mien(
        "animate", GRACE, "--to", "0s neutral; .3s joy:.8; .5s neutral", "--fps", "24000/1001", "-o", out
    )
    assert done.returncode == 0 and out.stat().st_size > 5000 and "12 frames" in done.stdout
    assert "measured at 0.30 s" in done.stdout and "happiness 0.80 asked" in done.stdout


def test_the_same_call_in_python(tmp_path):
    done = mien("edit", "me.jpg", "--to", "joy:.5", "-o", "o.png", "--face", "left", "--print-python")
    assert done.stdout == "mien.edit('me.jpg', 'joy:.5', output='o.png', face='left')\n"
    done = mien("animate", "me.jpg", "--to", "joy", "-o", "o.gif", "--fps", "12.5", "--print-python")
    assert done.stdout == "mien.animate('me.jpg', 'joy', output='o.gif', fps=12.5)\n"


def test_expressions_lists_labels_units_and_sources():
    done = mien("expressions")
    for word in ("happiness", "AU12", "lip corner puller", "FACS", "afraid = fear", "Russell"):
        assert word in done.stdout


def test_doctor_finds_nothing_wrong_and_names_the_licences():
    done = mien("doctor")
    assert done.returncode == 0 and "PROBLEM" not in done.stdout, done.stdout
    assert "non-commercial" in done.stdout or "exclude commercial use" in done.stdout
    listed = mien("doctor", "--licences").stdout
    assert (
        "CC0" in listed
        and "Apache-2.0" in listed
        and "ICT-FaceKit" in listed
        and "not installed" not in listed
    )


def test_doctor_works_where_mien_is_not_installed(tmp_path):
    packages, here = Path(np.__file__).parents[1], tmp_path / "source"
    here.mkdir()  # the package alone: building leaves its metadata beside it in src
    (here / "mien").symlink_to(Path(__file__).parent.parent / "src/mien")
    for entry in packages.iterdir():
        if not entry.name.startswith(("mien", "__editable__")):
            (tmp_path / entry.name).symlink_to(entry)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (here, tmp_path)))}
    command = [sys.executable, "-S", "-m", "mien", "doctor", "--licences"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "run from its source" in done.stdout and "pip install ." in done.stdout


def test_bench_marks_what_is_slow_and_fails_for_nothing():
    rows = [bench.Line(what="fit", unit="s", bound=0.2, figures=[figure]) for figure in (0.1, 0.3)]
    assert [str(row).endswith("above its bound") for row in rows] == [False, True]
