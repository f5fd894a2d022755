"""Training as a user meets it: real processes, killed, resumed, shared by two, stopped by bad numbers."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import fields

import pytest
import torch
from houses import TINY, batch_for, small_set, tiny
from safetensors.numpy import load_file

from mien import machine, systems, training
from mien.data import people, sets, streams
from mien.errors import InputError
from mien.loop import Loop
from mien.requests import TrainRequest
from mien.system import Faces
from mien.verbs import train as verbs

MIEN = [sys.executable, "-m", "mien"]
OWN = [
    "--side",
    "32",
    "--batch",
    "4",
    "--width",
    "4",
    "--blocks",
    "1",
    "--layers",
    "3",
    "--critic-steps",
    "2",
]


def arguments(out, *more, steps=20, save_every=10):
    data = ["--data", str(small_set()), "--out", str(out)]
    return ["train", "ganimation", *data, *OWN, "--steps", str(steps), "--save-every", str(save_every), *more]


def train(out, *more, **options):
    return subprocess.run([*MIEN, *arguments(out, *more, **options)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of 20 steps that nothing interrupted."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    done = train(out)
    assert done.returncode == 0, done.stderr
    return out


def equal(first, second):
    one, two = load_file(first), load_file(second)
    return one.keys() == two.keys() and all((one[key] == two[key]).all() for key in one)


def test_a_run_holds_settings_weights_log_and_previews(whole):
    settings = json.loads((whole / "settings.json").read_text())
    assert settings["system"] == "ganimation" and settings["settings"]["width"] == TINY["width"]
    assert len(settings["data_sha256"]) == 64
    assert sorted(p.name for p in (whole / "previews").iterdir()) == ["0000010.png", "0000020.png"]
    log = [json.loads(line) for line in (whole / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [20] and log[0]["terms"]["critic/real"] != 0  # short, not empty
    kept = {p.name for p in whole.iterdir()}
    assert kept >= {"settings.json", "weights.safetensors", "training.safetensors", "log.jsonl"}


def test_killed_and_resumed_is_bit_for_bit_the_uninterrupted_run(whole, tmp_path):
    out = tmp_path / "killed"
    process = subprocess.Popen([*MIEN, *arguments(out, steps=20)], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while not (out / "weights.safetensors").exists():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = train(out, "--resume")
    assert done.returncode == 0, done.stderr
    assert equal(whole / "weights.safetensors", out / "weights.safetensors")
    assert equal(whole / "training.safetensors", out / "training.safetensors")
    assert (whole / "log.jsonl").read_text() == (out / "log.jsonl").read_text()


def apart(first, second, word):
    """Greatest difference of the tensors of two checkpoints whose name holds a word."""
    one, two = load_file(first / "training.safetensors"), load_file(second / "training.safetensors")
    return max(abs(one[key].astype(float) - two[key].astype(float)).max() for key in one if word in key)


def once(*more):
    """Arguments of one step, in double precision, that moves both players."""
    return ["--precision", "float64", "--critic-steps", "1", *more]


def test_two_processes_learn_what_one_does(tmp_path):
    """The slopes agree to 1e-12; Adam divides by their size, so weights where it is near 0 do so less."""
    for count in (1, 2):
        start = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={count}"]
        start += ["--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", "-m", "mien"]
        call = [*start, *arguments(tmp_path / str(count), *once(), steps=1, save_every=1)]
        done = subprocess.run(call, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
    assert apart(tmp_path / "1", tmp_path / "2", "exp_avg") < 1e-12
    assert apart(tmp_path / "1", tmp_path / "2", "player/") < 1e-10


def test_a_batch_in_two_parts_gives_the_same_slopes(tmp_path):
    for parts in ("1", "2"):
        done = train(tmp_path / parts, *once("--accumulate", parts), steps=1, save_every=1)
        assert done.returncode == 0, done.stderr
    assert apart(tmp_path / "1", tmp_path / "2", "exp_avg") < 1e-12


def test_what_is_no_number_stops_it_names_the_term_and_keeps_the_checkpoint(tmp_path):
    out = tmp_path / "run"
    wild = ["--learning-rate", "1e38", "--precision", "float32"]
    done = train(out, *wild, steps=9, save_every=1)
    assert done.returncode == 7 and "Traceback" not in done.stderr
    assert "critic/" in done.stderr and "lower the learning rate" in done.stderr
    assert (out / "training.safetensors").is_file() and "is kept" in done.stderr
    again = train(out, *wild, "--resume", steps=9, save_every=500)
    assert again.returncode == 7 and "is kept" in again.stderr


def test_a_set_that_does_not_fit_is_told_before_a_run_is_made(tmp_path):
    people.make(tmp_path / "one", people=3, side=32, frames=4, test=1)
    people.make(tmp_path / "odd", people=4, side=48, frames=16, test=2)
    cases = [
        ("fev-gan", small_set(), {"side": "64"}, "train with --side 32"),
        ("fev-gan", tmp_path / "one", {"side": "32"}, "--side 32 --frames 16"),
        ("unet-gan", tmp_path / "one", {"side": "32"}, "by one test person only"),
        ("unet-gan", tmp_path / "odd", {"side": "48"}, "32 or 64 px"),
        ("fev-gan", tmp_path / "odd", {"side": "48"}, "32 or 64 px"),
        ("ganimation", small_set(), {"side": "32"}, "fewer --layers"),
        ("ganimation", small_set(), {"side": "16"}, "--side is 32 or more"),
    ]
    for name, data, settings, said in cases:
        small = settings | {"width": "4", "batch": "2"}
        with pytest.raises(InputError, match=said):
            training.train(TrainRequest(system=name, data=str(data), out=tmp_path / "run", settings=small))
        assert not (tmp_path / "run").exists()


def test_a_standard_set_is_seen_to_be_drawn_and_trained_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sets.STANDARD, "people-64", 32)  # a small one
    monkeypatch.setattr(sets, "PEOPLE", 4)
    monkeypatch.setattr(sets, "TEST", 2)
    call = ["--data", "people-64", "--out", str(tmp_path / "run"), "--side", "32", "--width", "4"]
    assert (
        verbs.run(["ganimation", *call, "--layers", "3", "--blocks", "1", "--batch", "2", "--steps", "1"])
        == 0
    )
    assert "4/4 people" in capsys.readouterr().err and (tmp_path / "run/weights.safetensors").is_file()


@pytest.fixture
def small_window(monkeypatch):
    monkeypatch.setattr(streams, "WINDOW", 3)
    monkeypatch.setattr(streams, "EVERY", 2)


def test_people_drawn_beside_the_training_depend_on_seed_and_step_alone(small_window):
    settings, told = tiny("ganimation"), []
    flow = streams.Stream("people:32x4", Faces, settings, 1, lambda *count: told.append(count))
    seen = [flow(step) for step in range(8)]
    assert told == [(1, 3), (2, 3), (3, 3)] and set(flow.clips.subjects) == {3, 4, 5}
    late = streams.Stream("people:32x4", Faces, settings, 1, lambda *count: None)(7)
    for field in fields(late):
        assert torch.equal(getattr(late, field.name), getattr(seen[7], field.name))
    others = streams.Stream("people:32x4", Faces, settings, 2, lambda *count: None)
    others(7)
    assert (others.clips.subjects == flow.clips.subjects).all()  # by number, and yet other people
    assert abs(others.clips.landmarks - flow.clips.landmarks).max() > 0.01
    with pytest.raises(InputError, match="people:64x32"):
        streams.held_out("people:big")


def test_a_training_on_people_drawn_beside_it_goes_on_bit_for_bit(small_window, tmp_path):
    def request(out, resume):
        small = {"side": "32", "width": "4", "layers": "3", "blocks": "1", "batch": "2", "steps": "5"}
        where = tmp_path / out
        return TrainRequest(
            system="ganimation", data="people:32x4", out=where, settings=small, save_every=3, resume=resume
        )

    def stop(report):
        if report.step == 4:
            raise KeyboardInterrupt

    training.train(request("whole", False))
    with pytest.raises(KeyboardInterrupt):
        training.train(request("parts", False), stop)
    training.train(request("parts", True))
    for name in ("weights.safetensors", "training.safetensors"):
        assert equal(tmp_path / "whole" / name, tmp_path / "parts" / name)


def test_gradients_are_cut_to_the_norm_asked_for():
    machine.seed(0)
    system = systems.load("ganimation").System(tiny("ganimation", clip_norm=1e-3))
    loop = Loop(system, machine.Machine.here("float32"))
    loop.step(batch_for("ganimation"), 0)
    for weights in loop.weights.values():
        total = sum(float(weight.grad.square().sum()) for weight in weights if weight.grad is not None)
        assert total**0.5 == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--data", "/tmp"], 3, "/tmp"),
        (["--data", "people-65"], 3, "people-64"),
        (["--side", "64"], 3, "--side 32"),
        (["--widht", "4"], 2, "--width"),
        (["--seed", "-1"], 2, "--seed must be 0 to"),
        (["--width", "four"], 3, "whole number"),
        (["--batch", "3", "--accumulate", "2"], 3, "multiple of 2"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path, more, code, said):
    done = train(tmp_path / "run", *more)
    assert done.returncode == code and said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_run_is_not_overwritten_nor_resumed_with_other_settings(whole):
    before = (whole / "weights.safetensors").read_bytes()
    again = train(whole)
    assert again.returncode == 5 and "--resume" in again.stderr
    other = train(whole, "--resume", "--width", "8")
    assert other.returncode == 3 and "width: 4 before, 8 now" in other.stderr
    wrong = subprocess.run(
        [*MIEN, "train", "unet-gan", "--data", str(small_set()), "--out", str(whole), "--resume"],
        capture_output=True,
        text=True,
    )
    assert wrong.returncode == 3
    assert (whole / "weights.safetensors").read_bytes() == before


def test_a_disk_that_fills_keeps_the_last_good_checkpoint(whole, tmp_path):
    out = tmp_path / "run"
    assert train(out, steps=10).returncode == 0
    before = (out / "training.safetensors").read_bytes()
    small = len(before) // 2

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (small, small))

    settings = json.loads((out / "settings.json").read_text())
    settings["settings"]["steps"] = 20
    (out / "settings.json").write_text(json.dumps(settings))
    signal_free = {**os.environ, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        [*MIEN, *arguments(out, "--resume", steps=20)],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        env=signal_free,
    )
    assert done.returncode == 5 and "Traceback" not in done.stderr
    assert (out / "training.safetensors").read_bytes() == before
    assert not [path for path in out.iterdir() if path.name.startswith(".mien-")]


@pytest.mark.parametrize("cut", [8, 100, -1])
def test_cut_or_tampered_weights_are_refused(whole, tmp_path, cut):
    import shutil

    from mien.checkpoints import Run

    out = tmp_path / "run"
    shutil.copytree(whole, out)
    path = out / "weights.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[:cut] if cut > 0 else b"\xff" * 8 + data[8:])
    with pytest.raises(InputError, match="not a whole safetensors file"):
        Run.open(out).load()
