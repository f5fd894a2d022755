"""The page's timeline, presets and exports, in a real Chromium at a real server."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from samples import GRACE, grace

import mien
from mien.expression import Expression
from mien.performance import Performance

pytestmark = pytest.mark.browser
PRESSED = "#labels [aria-pressed=true]"


def exported(desk, choice: str, folder: Path) -> Path:
    """The file that Export gives."""
    desk.page.click("#tab-take")
    desk.page.select_option("#format", choice)
    with desk.page.expect_download(timeout=90_000) as download:
        desk.page.click("#export")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def spoken(desk) -> Performance:
    """The timeline as its text says it."""
    desk.page.wait_for_timeout(700)
    return Performance.parse(desk.page.input_value("#lines"))


def test_keyframes_are_added_moved_eased_and_shaped(desk):
    desk.page.click("#add")
    desk.page.click("[data-label=surprise]")
    desk.page.click("#add")
    desk.page.click("[data-label=happiness]")
    keys = desk.page.locator(".key")
    keys.nth(1).focus()
    desk.page.keyboard.press("Shift+ArrowRight")
    desk.page.keyboard.press("ArrowLeft")
    desk.page.select_option("#easing", "ease-out")
    desk.look("timeline")
    told = spoken(desk)
    assert [key.time for key in told.keyframes] == [0, 1.25] and told.keyframes[1].easing == "ease-out"
    assert told.keyframes[1].expression == Expression.from_label("happiness", 0.8)
    assert told.keyframes[0].expression == Expression.from_label("surprise", 0.8)
    box = keys.nth(1).bounding_box()
    desk.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    desk.page.mouse.down()
    desk.page.mouse.move(box["x"] + 120, box["y"] + 10, steps=4)
    desk.page.mouse.up()
    moved = spoken(desk).keyframes[1].time
    assert moved > 1.4
    desk.page.click("#undo")
    assert spoken(desk) == told
    keys.nth(0).press("Delete")
    assert keys.count() == 1 and len(spoken(desk).keyframes) == 1


def test_a_chosen_keyframe_shows_itself_and_done_leaves_it(desk):
    desk.page.click("#add")
    desk.page.click("[data-label=anger]")
    desk.page.click("#add")
    desk.page.click("[data-label=sadness]")
    sad = desk.drawn()
    assert desk.drawn(lambda: desk.page.click(".key >> nth=0")) != sad
    assert desk.page.input_value("#s-AU23") == "0.64"
    desk.page.click("#leave-key")
    desk.page.click("[data-label=neutral]")
    assert spoken(desk).keyframes[0].expression == Expression.from_label("anger", 0.8)


def test_a_performance_is_played_and_scrubbed(desk):
    desk.page.click("[data-label=surprise]")
    desk.page.click("#act")
    desk.until("document.getElementById('clock').textContent > '0.5 s'")
    desk.until("document.getElementById('clock').textContent < '0.4 s'")  # again
    desk.page.click("#play")
    desk.look("played")
    assert desk.page.get_attribute("#play", "aria-pressed") == "false"
    most = desk.drawn(lambda: desk.page.click("[data-label=surprise]"))
    own = desk.drawn(lambda: desk.page.click("#own"))
    scrub = desk.page.locator("#playhead")
    assert desk.drawn(lambda: scrub.fill("1.2")) == most
    assert desk.drawn(lambda: scrub.fill("0")) == own
    halfway = desk.drawn(lambda: scrub.fill("0.4"))
    assert halfway not in (own, most)


def test_a_timeline_is_written_as_text(desk):
    desk.page.click("#script summary")
    desk.page.fill("#lines", "0s neutral; 0.5s fear:.6 linear; 1s neutral hold")
    desk.page.click("#clock", force=True) if desk.page.is_visible("#clock") else desk.page.focus("#words")
    desk.page.wait_for_selector(".key >> nth=2")
    assert spoken(desk).keyframes[1].easing == "linear"
    desk.page.fill("#lines", "0s neutral; 0.5s fear:.6; 0.2s neutral")
    desk.page.focus("#words")
    desk.page.wait_for_selector("#lines-error:not([hidden])")
    assert "times must rise" in desk.text("lines-error")


def test_presets_are_miens_own_json(desk, tmp_path):
    desk.page.click("[data-label=disgust]")
    with desk.page.expect_download() as download:
        desk.page.click("#save-preset")
    download.value.save_as(tmp_path / "disgust.json")
    kept = Expression.from_json((tmp_path / "disgust.json").read_text())
    assert kept == Expression.from_label("disgust", 0.8)
    picture = desk.drawn()
    desk.page.click("[data-label=neutral]")
    assert desk.drawn(lambda: desk.page.set_input_files("#preset", tmp_path / "disgust.json")) == picture
    timed = Performance.parse("0s neutral; 1s contempt:.7 linear")
    (tmp_path / "timed.json").write_text(timed.to_json())
    desk.page.set_input_files("#preset", tmp_path / "timed.json")
    desk.page.wait_for_selector(".key >> nth=1")
    assert spoken(desk) == timed
    (tmp_path / "wrong.json").write_text(json.dumps({"units": {"AU99": 1}}))
    desk.page.set_input_files("#preset", tmp_path / "wrong.json")
    desk.page.wait_for_selector("#notice:not([hidden])")
    assert "AU99" in desk.text("notice")


def test_a_picture_is_exported_with_its_receipt(desk, tmp_path):
    desk.page.click("[data-label=happiness]")
    path = exported(desk, "edit png", tmp_path)
    with Image.open(path) as picture:
        assert picture.format == "PNG" and picture.size == Image.fromarray(grace()).size
        made = np.asarray(picture.convert("RGB"))
    assert np.array_equal(made, mien.edit(photo=GRACE, to="happiness:.8").pixels)
    receipt = desk.page.locator("#receipt")
    assert "Happiness" in receipt.inner_text() and "glasses" in receipt.inner_text()
    assert "Identity distance" in receipt.inner_text() and receipt.locator(".bar.found").count() > 3
    desk.look("receipt")


def test_films_and_sheets_are_exported(desk, tmp_path):
    desk.page.click("#script summary")
    desk.page.fill("#lines", "0s neutral; 0.4s happiness:.8; 0.6s happiness:.8")
    desk.page.focus("#words")
    desk.page.wait_for_selector(".key >> nth=2")
    film = exported(desk, "animate mp4", tmp_path)
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == Fraction(24) and sum(1 for _ in container.decode(stream)) == 14
    with Image.open(exported(desk, "animate gif", tmp_path)) as loop:
        assert loop.format == "GIF" and getattr(loop, "n_frames", 1) > 3
    with Image.open(exported(desk, "sheet png", tmp_path)) as sheet:
        assert sheet.width > sheet.height > 600
    desk.look("sheet")


def test_long_work_is_cancelled(desk):
    desk.page.click("#script summary")
    desk.page.fill("#lines", "0s neutral; 30s happiness:.8")
    desk.page.focus("#words")
    desk.page.wait_for_selector(".key >> nth=1")
    desk.page.click("#tab-take")
    desk.page.select_option("#format", "animate mp4")
    desk.page.click("#export")
    desk.until("document.getElementById('progress').value > 0.01")
    desk.look("progress")
    desk.page.click("#cancel")
    desk.page.wait_for_selector("#export:enabled", timeout=30_000)
    assert not desk.page.is_visible("#files") and not desk.page.is_visible("#notice")


def test_the_command_and_the_python_are_shown(desk):
    desk.page.click("[data-label=fear]")
    desk.page.click("#tab-take")
    desk.until("document.getElementById('said').textContent.startsWith('mien edit')")
    assert "fear:0.8" in desk.text("said") and GRACE not in desk.text("said")
    desk.page.click("[data-tongue=python]")
    assert "mien.edit(" in desk.text("said")
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.page.click("#copy")
    assert desk.page.evaluate("navigator.clipboard.readText()") == desk.text("said")
    desk.page.select_option("#format", "animate webm")
    desk.until("document.getElementById('said').textContent.includes('.webm')")


def test_a_system_that_is_installed_makes_the_picture(desk, tmp_path):
    desk.page.click("[data-label=happiness]")
    desk.page.click("#tab-take")
    ready = desk.page.eval_on_selector_all("#system option:enabled", "all => all.map((one) => one.value)")
    assert ready[0] == "" and len(ready) > 1
    desk.page.select_option("#system", ready[1])
    assert "face engine" in desk.text("system-line")
    with Image.open(exported(desk, "edit png", tmp_path)) as picture:
        assert picture.size == Image.fromarray(grace()).size
