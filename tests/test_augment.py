"""Sets filled up with made pictures: what is made of what, leaks refused, kills survived, clusters used."""

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import pytest
from crowds import crowd, photo
from distributed import LocalCluster

from mien import batches
from mien.augmentation import clusters, ledger
from mien.augmentation.pipeline import augment
from mien.data import survey
from mien.errors import ExpressionError, InputError, MienError, MissingExtraError, OutputError
from mien.media import pictures
from mien.requests import AugmentRequest

MIEN = [sys.executable, "-m", "mien"]
TEXT: dict[str, Any] = {"capture_output": True, "text": True}


def rows(out: Path) -> list[dict]:
    return ledger.read(out / "manifest.jsonl")


def runs(process: str) -> bool:
    """Whether a process is there, and not only its exit code."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def made(out: Path) -> dict[str, str]:
    """Name and SHA-256 of every picture of a folder."""
    return {
        path.relative_to(out).as_posix(): sha256(path.read_bytes()).hexdigest() for path in out.glob("*/*")
    }


@pytest.fixture(scope="module")
def balanced(tmp_path_factory):
    """A set with one fear for three resting faces, spoilt files among them, filled up."""
    place = tmp_path_factory.mktemp("balanced")
    crowd(place / "set/train", neutral="1 2 3 4", fear="1")
    crowd(place / "set/test", fear="90001")
    (place / "set/train/fear/p8.jpg").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    cv2.imwrite(str(place / "set/train/fear/p9.png"), photo(1, "fear") // 32)
    told = []
    report = augment(
        AugmentRequest(
            data=place / "set", out=place / "out", balance=True, subject=r"p(\d+)", strength=(0.7, 0.9)
        ),
        lambda *said: told.append(said),
    )
    return place, report, told


def test_every_class_reaches_the_largest(balanced):
    place, report, told = balanced
    assert report.classes["fear"] == {"had": 1, "made": 3, "missing": 0, "persons": 4, "most_of_one": 1}
    assert report.classes["neutral"]["made"] == 0 and set(made(place / "out")) == {
        row["file"] for row in rows(place / "out")
    }
    assert told[-1] == ("making", 3, 3) and ("looking", 8, 8) in told


def test_the_manifest_says_what_was_made_of_what(balanced):
    place, _, _ = balanced
    assert sorted(row["subject"] for row in rows(place / "out")) == ["2", "3", "4"]
    for row in rows(place / "out"):
        source = (place / "set" / row["source"]).read_bytes()
        assert row["source_sha256"] == sha256(source).hexdigest() and row["source"].startswith(
            "train/neutral"
        )
        assert 0.7 <= row["strength"] <= 0.9 and row["seed"] == 0
        assert row["receipt"]["label_achieved"] > row["receipt"]["label_before"] + 0.3
        written = pictures.provenance_of(place / "out" / row["file"])
        assert (
            written["input_sha256"] == row["source_sha256"]
            and written["settings_hash"] == row["settings_hash"]
        )


def test_bad_pictures_are_named_and_the_rest_goes_on(balanced):
    place, report, _ = balanced
    assert dict(report.skipped).keys() == {"train/fear/p8.jpg", "train/fear/p9.png"}
    written = json.loads((place / "out/report.json").read_text())
    assert any("black all over" in reason for _, reason in written["skipped"])
    assert written["photos"] == 5 and written["thresholds"]["same_person"] == 0.45
    assert not (place / "out/survey.jsonl").exists()  # no identity vector is left behind


def test_nothing_is_overwritten_or_mixed(balanced):
    place, _, _ = balanced
    again: dict[str, Any] = {"data": place / "set", "balance": True, "subject": r"p(\d+)"}
    with pytest.raises(OutputError, match="--resume"):
        augment(AugmentRequest(out=place / "out", **again))
    with pytest.raises(InputError, match=r"strength was \[0.7, 0.9\], now \[0.6, 1.0\]"):
        augment(AugmentRequest(out=place / "out", resume=True, **again))
    with pytest.raises(OutputError, match="lies within"):
        augment(AugmentRequest(out=place / "set/train/more", **again))


def test_killed_and_resumed_is_as_never_killed(balanced, tmp_path):
    place, out = balanced[0], tmp_path / "killed"
    how = ["--balance", "--subject", r"p(\d+)", "--strength", "0.7..0.9"]
    child = subprocess.Popen([*MIEN, "augment", place / "set", out, *how], stderr=subprocess.DEVNULL)
    while not rows(out):
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    stood = {path: os.stat(path).st_mtime_ns for path in (out / row["file"] for row in rows(out))}
    assert 0 < len(stood) < 3
    done = subprocess.run([*MIEN, "augment", place / "set", out, *how, "--resume", "--jobs", "2"], **TEXT)
    assert f"{3 - len(stood)} made in" in done.stdout, done.stderr
    assert {path: os.stat(path).st_mtime_ns for path in stood} == stood  # not made again
    assert made(out) == made(place / "out") and len(made(out)) == 3  # none lost, none twice, the same bytes
    assert (out / "manifest.jsonl").read_bytes() == (place / "out/manifest.jsonl").read_bytes()
    assert done.returncode == 1 and "2 left out:" in done.stdout  # the spoilt files


def test_helpers_end_with_a_killed_parent(tmp_path):
    script = tmp_path / "work.py"
    script.write_text(
        "import os, time\nfrom pathlib import Path\nfrom mien import batches, requests\n"
        "def work(request):\n"
        "    Path(request.photo).write_text(str(os.getpid()))\n    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    list(batches.run(work, [requests.MeasureRequest(photo=name) for name in 'ab'], 2))\n"
    )
    parent = subprocess.Popen([sys.executable, script], cwd=tmp_path)
    notes = [tmp_path / name for name in "ab"]
    while not all(note.exists() and note.read_text() for note in notes):
        assert parent.poll() is None
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    for note in notes:
        until = time.monotonic() + 30
        while runs(note.read_text()):
            assert time.monotonic() < until
            time.sleep(0.02)


def test_who_stands_in_both_parts_is_refused_or_left_out(tmp_path):
    crowd(tmp_path / "set", neutral="1 2", fear="1")
    crowd(tmp_path / "judged", happiness="90001")
    small = cv2.resize(photo(2, "neutral"), (150, 150), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "judged/happiness/small.jpg"), small[..., ::-1])
    request: dict[str, Any] = {
        "data": tmp_path / "set",
        "test": tmp_path / "judged",
        "out": tmp_path / "out",
        "balance": True,
    }
    with pytest.raises(InputError, match="neutral/p2.png and judged/happiness/small.jpg: one p"):
        augment(AugmentRequest(**request))
    report = augment(AugmentRequest(leave_out_leaks=True, **request))
    assert report.left_out == 1 and [row["source"] for row in rows(tmp_path / "out")] == ["neutral/p1.png"]
    assert "small.jpg" in report.leaks[0] and report.classes["fear"]["made"] == 1


def test_asking_for_what_cannot_be_is_told(tmp_path):
    crowd(tmp_path / "set", mixed="1")
    with pytest.raises(ExpressionError, match="one of --balance and --per-image"):
        AugmentRequest(data=tmp_path, out=tmp_path)
    with pytest.raises(ExpressionError, match="from low to high"):
        AugmentRequest(data=tmp_path, out=tmp_path, balance=True, strength=(0.9, 0.6))
    with pytest.raises(InputError, match="no class of .* is named like an expression"):
        augment(AugmentRequest(data=tmp_path / "set", out=tmp_path / "out", balance=True))
    with pytest.raises(ExpressionError, match="'odd' is no label"):
        augment(
            AugmentRequest(data=tmp_path / "set", out=tmp_path / "out", per_image=1, expressions=("odd",))
        )


def test_a_cluster_does_what_processes_do(tmp_path):
    crowd(tmp_path / "set", neutral="1 2")
    (tmp_path / "set/neutral/torn.png").write_bytes(b"x")
    looks = [survey.Look(photo=path) for path in sorted((tmp_path / "set/neutral").iterdir())]
    local: Any = LocalCluster  # its types are those of its base, which may be awaited
    with (
        local(n_workers=2, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        clusters.connected(cluster.scheduler_address, tmp_path) as run,
    ):
        found = sorted(run(survey.look, looks), key=lambda record: record["photo"])
    assert found == list(batches.run(survey.look, looks, 1)) and [record["ok"] for record in found] == [
        True,
        True,
        False,
    ]
    assert not list(tmp_path.glob(".mien-*"))


def test_a_cluster_that_is_not_there_is_told(tmp_path):
    with (
        pytest.raises(MienError, match="no Dask scheduler answers"),
        clusters.connected("tcp://127.0.0.1:9", tmp_path),
    ):
        pass
    code = "import sys; sys.modules['distributed'] = None; from mien.__main__ import main; sys.exit(main())"
    crowd(tmp_path / "set", neutral="1", fear="2")
    command = [sys.executable, "-c", code, "augment", "set", "out", "--balance", "--cluster", "tcp://x:1"]
    done = subprocess.run(command, cwd=tmp_path, **TEXT)
    assert done.returncode == MissingExtraError.exit_code and "pip install '.[cluster]'" in done.stderr
