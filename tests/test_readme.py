"""The pages keep their word: their commands and Python examples run, their tables and links are true."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from PIL import Image
from samples import GRACE, astronaut

from mien import errors, receipt
from mien.receipt import FaceReceipt, Receipt

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])


def blocks(kind: str) -> list:
    """Every code block of a kind; those outside the README take longer and are marked slow."""
    found = []
    for page in PAGES:
        marks = [] if page.name == "README.md" else [pytest.mark.slow]
        texts = re.findall(rf"^```{kind}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
        found += [
            pytest.param(text, id=f"{page.stem}-{number}", marks=marks)
            for number, text in enumerate(texts, 1)
        ]
    return found


@pytest.fixture
def desk(tmp_path) -> Path:
    """A folder with what the examples speak of: me.jpg and photos/."""
    (tmp_path / "me.jpg").write_bytes(Path(GRACE).read_bytes())
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.jpg").write_bytes(Path(GRACE).read_bytes())
    Image.fromarray(astronaut()).save(tmp_path / "photos/b.jpg", quality=95)
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done


@pytest.mark.parametrize("text", blocks("sh"))
def test_commands_do_what_the_page_says(text, desk):
    for line in text.splitlines():
        name, *args = shlex.split(line, comments=True)
        assert name == "mien"
        run(desk, "-m", "mien", *args)
        for flag in {"-o", "--receipt"}.intersection(args):
            assert os.path.exists(desk / args[args.index(flag) + 1]), line


@pytest.mark.parametrize("text", blocks("python"))
def test_python_examples_run(text, desk):
    run(desk, "-c", text)
    saved = re.findall(r'save\("([^"]+)"', text)
    assert all((desk / name).exists() for name in saved)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    gone = [name for name in targets if "://" not in name and not (page.parent / name).exists()]
    assert gone == []


def test_the_tables_are_those_of_the_program():
    printed = run(ROOT, "-m", "mien", "expressions").stdout
    page = (ROOT / "docs/expressions.md").read_text("utf-8")
    assert "\n".join(line.rstrip() for line in printed.splitlines()) in page


def test_the_receipt_page_names_every_field_and_threshold():
    page = (ROOT / "docs/receipts.md").read_text("utf-8")
    names = {entry.name for kind in (Receipt, FaceReceipt) for entry in fields(kind)}
    assert {name for name in names if f"`{name}`" not in page} == set()
    bounds = (receipt.MOST_IDENTITY_DISTANCE, receipt.MOST_RESIDUAL, receipt.MOST_YAW, receipt.LEAST_FACE)
    assert all(f"{bound:g}" in page for bound in bounds) and f"{receipt.LEAST_GAIN:.0%}" in page


def test_the_error_page_has_every_exit_code():
    page = (ROOT / "docs/errors.md").read_text("utf-8")
    for error in (errors.MienError, *errors.MienError.__subclasses__()):
        assert re.search(rf"^\| {error.exit_code} \| `{error.__name__}`", page, re.M)
