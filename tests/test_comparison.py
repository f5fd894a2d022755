"""One question put to many: figures, ranks, tables and the page."""

import csv
import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from houses import tiny

from mien import checkpoints, comparison, contestants, machine, reports
from mien.data import people, sets
from mien.errors import InputError

MIEN = [sys.executable, "-m", "mien"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return people.make(tmp_path_factory.mktemp("set") / "people", people=8, test=6, side=64, frames=4, seed=3)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """A run of 32 px that has learned nothing."""
    machine.seed(0)
    where = tmp_path_factory.mktemp("run") / "unet"
    run = checkpoints.Run.create(where, "unet_gan", tiny("unet_gan"))
    net = run.build().get_submodule("generator").state_dict()
    run.save_weights({f"generator.{key}": value for key, value in net.items()})
    return str(where)


@pytest.fixture(scope="module")
def found(folder):
    return comparison.compare(["truth", "copy", "engine", "engine-units"], sets.load(folder))


def figures(found, name):
    entry = next(entry for entry in found.entries if entry.name == name)
    return {score.name: score.value for score in entry.scores}


def test_truth_and_copy_are_the_bounds(found):
    truth, copy = figures(found, "truth"), figures(found, "copy")
    assert truth["PSNR"] == 100 and truth["SSIM"] == pytest.approx(1) and truth["mouth error"] == 0
    assert copy["identity distance"] == 0 and copy["expression accuracy"] < 0.5 < truth["expression accuracy"]
    assert len(found.expressions) == 36 and len(set(found.persons)) == 6


def test_the_engine_told_the_units_is_nearer_to_the_truth_than_a_copy(found):
    told, copy = figures(found, "engine-units"), figures(found, "copy")
    assert told["SSIM"] > copy["SSIM"] and told["mouth error"] < copy["mouth error"]
    assert told["shown"] > copy["shown"] + 0.2 and told["identity distance"] < 0.35


def test_each_expression_is_shown_once_each_by_another_person(found):
    assert sorted(found.expressions[at] for at in found.samples) == sorted(people.acting.EXPRESSIONS)
    assert len({found.persons[at] for at in found.samples}) == 6
    assert all(entry.samples.shape == found.inputs.shape for entry in found.entries)


def test_all_answers_are_scored_at_the_least_side(folder, untrained):
    found = comparison.compare([untrained, "copy"], sets.load(folder))
    assert found.side == 32 and {entry.samples.shape[1] for entry in found.entries} == {32}
    assert figures(found, "unet-gan")["PSNR"] < figures(found, "copy")["PSNR"]


def test_only_those_told_alike_are_ranked_and_bounds_never(folder, untrained, found):
    assert reports.winners(found) == set()  # each of the four is told something else
    together = comparison.compare(["truth", "engine", untrained], sets.load(folder))
    best = reports.winners(together)
    assert ("engine", "PSNR") in best and {name for name, _ in best} <= {"engine", "unet-gan"}


def test_tables_hold_every_score(found):
    lines = list(csv.DictReader(io.StringIO(reports.table(found))))
    count = sum(len(entry.scores) for entry in found.entries)
    assert len(lines) == count and {line["name"] for line in lines} == {e.name for e in found.entries}
    whole = json.loads(reports.record(found))
    shown = np.mean(whole["entries"][0]["each"]["shown"])
    assert shown == pytest.approx(figures(found, "truth")["shown"], abs=1e-5)
    assert reports.markdown(found).count("\n| ") == len(found.entries) + 1


def test_the_page_needs_nothing_else(found):
    page = reports.page(found)
    assert not re.search(r"https?://|<!-- \w+ -->|src=\"(?!data:)", page)
    assert page.count("<img ") == 6 * 5 and page.count("<circle") == 4


def test_a_name_that_is_nobodys_is_told():
    with pytest.raises(InputError, match="did you mean fev"):
        contestants.enlist("fev-gann")


def test_the_command_writes_four_files_and_overwrites_none(folder, tmp_path):
    command = [*MIEN, "compare", "copy", "truth", "--data", str(folder), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "| copy |" in done.stdout
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".csv", ".html", ".json", ".md"]
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 5 and "--force" in again.stderr
