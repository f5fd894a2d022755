"""The page's files as they lie in the package: whole, nothing from elsewhere, fit for a strict policy."""

import re
from importlib.resources import files

import pytest

from mien import performance, tables

PAGE = {file.name: file.read_text("utf-8") for file in (files("mien.web") / "page").iterdir()}
SCRIPTS = sorted(name for name in PAGE if name.endswith(".js"))


def test_nothing_comes_from_elsewhere_and_nothing_is_written_into_the_page():
    html = PAGE["index.html"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    for name, text in PAGE.items():
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(|\beval\(|innerHTML", text), (
            name
        )


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r'"page/([\w.]+)"', PAGE["index.html"]))
    for script in SCRIPTS:
        named |= set(re.findall(r'from "\./([\w.]+)"', PAGE[script]))
    assert named == set(PAGE) - {"index.html"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_name_elements_that_exist_and_stay_short(name):
    text = PAGE[name]
    ids = set(re.findall(r'\bid="([\w-]+)"', PAGE["index.html"]))
    assert set(re.findall(r'\$\("([\w-]+)"\)', text)) <= ids
    assert text.startswith("// ") and len(text.splitlines()) <= 200


def test_the_page_knows_of_no_smile():
    known = [*tables.LABELS, *tables.UNITS, *performance.EASINGS]
    for name in SCRIPTS:
        words = set(re.findall(r'"([\w-]+)"', PAGE[name])) - {"neutral", "linear", "ease", "hold"}
        assert not words & set(known), name
