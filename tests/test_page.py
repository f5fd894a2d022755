"""The studio's page in a real Chromium at a real server: photos, expressions, pictures, undo, restart."""

import io
import signal

import numpy as np
import pytest
from browsers import Studio, Visit
from PIL import Image
from samples import GRACE, astronaut

import mien

pytestmark = pytest.mark.browser


def test_a_photo_goes_in_and_its_face_can_be_shaped(visit, studio):
    visit.look("welcome")
    assert "people who agreed" in visit.text("consent") and "leaves this machine" in visit.text("consent")
    visit.bring(GRACE)
    own = visit.drawn()
    smile = visit.drawn(lambda: visit.page.click("[data-label=happiness]"))
    visit.look("happiness")
    assert smile != own and visit.text("strength-value") == "0.80"
    assert visit.page.input_value("#s-AU12") == "0.8"
    visit.until("document.getElementById('words').value === 'happiness:0.8'")
    weak = visit.drawn(lambda: visit.page.locator("#strength").fill("0.3"))
    assert weak not in (own, smile) and visit.page.input_value("#s-AU12") == "0.3"
    assert all(url.startswith((studio.address, "blob:")) for url in visit.asked)


def test_a_slider_changes_the_picture_and_undo_gives_it_back(desk):
    own = desk.drawn()
    desk.page.click("#tab-units")
    dropped = desk.drawn(lambda: desk.slide("AU26", 0.7))
    winked = desk.drawn(lambda: desk.page.click("#link") or desk.slide("AU43L", 1))
    desk.look("units")
    assert len({own, dropped, winked}) == 3
    desk.page.click("#tab-units")
    assert desk.drawn(lambda: desk.page.keyboard.press("Control+z")) == dropped
    assert desk.drawn(lambda: desk.page.click("#undo")) == own and desk.page.is_disabled("#undo")
    assert desk.drawn(lambda: desk.page.keyboard.press("Control+Shift+z")) == dropped
    assert desk.drawn(lambda: desk.page.click("#redo")) == winked and desk.page.is_disabled("#redo")


def test_turns_of_gaze_and_head_stay_when_a_label_is_chosen(desk):
    desk.page.click("#tab-units")
    turned = desk.drawn(lambda: desk.slide("head-yaw", 12) or desk.slide("gaze-pitch", -8))
    desk.page.click("#tab-shape")
    assert desk.drawn(lambda: desk.page.click("[data-label=surprise]")) != turned
    desk.until("document.getElementById('words').value.includes('head(12,0,0)')")
    assert mien.Expression.parse(desk.text("words")).gaze == (0, -8)
    desk.page.click("#own")
    assert not desk.page.locator("#labels [aria-pressed=true]").count()
    assert desk.page.input_value("#s-head-yaw") == "0"


def test_the_plane_is_moved_by_pointer_and_keys_and_follows_the_labels(desk):
    own = desk.drawn()
    box = desk.page.locator("#pad").bounding_box()
    glad = desk.drawn(
        lambda: desk.page.mouse.click(box["x"] + box["width"] * 0.88, box["y"] + box["height"] * 0.26)
    )
    assert glad != own and desk.page.locator("#dot").get_attribute("aria-valuetext").startswith("valence 0.7")
    assert desk.drawn(lambda: desk.page.keyboard.press("Shift+ArrowLeft")) != glad
    desk.page.click("[data-label=sadness]")
    desk.until("Number(document.getElementById('dot').getAttribute('aria-valuenow')) < -0.3")


def test_words_are_read_and_what_cannot_be_read_is_told(desk):
    desk.page.fill("#words", "anger:.5, AU26=.3, gaze(10,0)")
    spoken = desk.drawn(lambda: desk.page.keyboard.press("Enter"))
    assert desk.page.input_value("#s-AU26") == "0.3" and desk.page.input_value("#s-gaze-yaw") == "10"
    desk.page.fill("#words", "hapiness:.5")
    assert desk.drawn(lambda: desk.page.keyboard.press("Enter")) == spoken
    assert "did you mean happiness?" in desk.text("words-error")
    desk.look("words")


def test_of_several_faces_one_is_chosen(visit, photos):
    visit.bring(photos / "two.png", faces=2)
    visit.look("faces")
    assert visit.page.locator("#boxes button").count() == 2
    visit.page.keyboard.press("2")  # the first face has the focus: its number or Tab and Enter choose
    visit.page.wait_for_selector(visit.LIVE)
    second = visit.drawn()
    visit.page.click("#change-face")
    visit.page.click("[aria-label='Face 1']")
    angry = visit.drawn(lambda: visit.page.click("[data-label=anger]"))
    assert angry != second
    visit.page.click("#change-face")
    assert visit.drawn(lambda: visit.page.keyboard.press("1")) == angry


def test_ways_to_compare(desk):
    desk.page.click("[data-label=disgust]")
    result = desk.drawn()
    wiped = desk.drawn(lambda: desk.page.click("[data-compare=wipe]"))
    desk.page.focus("#wipe")
    assert desk.drawn(lambda: desk.page.keyboard.press("PageUp")) != wiped != result
    desk.look("wipe")
    assert desk.drawn(lambda: desk.page.keyboard.press("Home")) == result
    original = desk.drawn(lambda: desk.page.keyboard.press("End"))
    desk.page.click("[data-compare=result]")
    desk.page.keyboard.down("b")
    assert desk.drawn() == original != result
    desk.page.keyboard.up("b")
    desk.page.click("[data-compare=beside]")
    desk.page.click("[data-extent=photo]")
    desk.look("side-by-side")
    assert desk.drawn() != result


def test_a_bad_file_is_told_in_miens_own_words(visit, photos):
    visit.page.set_input_files("#file", photos / "bad.jpg")
    visit.page.wait_for_selector("#notice:not([hidden])")
    told = visit.text("notice")
    visit.look("bad-file")
    assert "web page (HTML)" in told and "/" not in told.replace("(HTML)", "")
    visit.bring(GRACE)
    assert not visit.page.is_visible("#notice")


def test_a_photo_without_a_face_is_told(visit, tmp_path):
    Image.fromarray(np.full((300, 400, 3), 128, np.uint8)).save(tmp_path / "wall.png")
    visit.page.set_input_files("#file", tmp_path / "wall.png")
    visit.page.wait_for_selector("#notice:not([hidden])")
    assert "no face" in visit.text("notice").lower() and visit.page.is_visible("#browse")


def test_a_photo_comes_by_paste_drop_and_camera(browser, studio):
    bring = """async ([kind, address]) => {
      const files = new DataTransfer();
      files.items.add(new File([await (await fetch(address)).blob()], "a.png", { type: "image/png" }));
      const drop = new DragEvent("drop", { dataTransfer: files, cancelable: true });
      document.dispatchEvent(kind === "drop" ? drop : new ClipboardEvent("paste", { clipboardData: files }));
    }"""
    buffer = io.BytesIO()
    Image.fromarray(astronaut()).save(buffer, "PNG")
    for kind in ("drop", "paste"):
        visit = Visit(browser, studio.address)
        visit.page.route(
            "**/sample.png", lambda route: route.fulfill(body=buffer.getvalue(), content_type="image/png")
        )
        visit.page.evaluate(bring, [kind, f"{studio.address}sample.png"])
        visit.page.wait_for_selector(visit.LIVE, timeout=60_000)
        visit.leave()
    visit = Visit(browser, studio.address, permissions=["camera"])
    visit.page.click("#webcam")
    visit.page.wait_for_selector("#shoot:enabled")
    visit.look("camera")
    visit.page.click("#shoot")
    visit.page.wait_for_selector(visit.LIVE, timeout=60_000)
    visit.leave()


def test_two_tabs_do_not_see_one_another(browser, studio, photos):
    one, other = Visit(browser, studio.address), Visit(browser, studio.address)
    one.bring(GRACE)
    other.bring(photos / "astronaut.png")
    calm = other.drawn()
    assert one.drawn(lambda: one.page.click("[data-label=fear]")) != calm == other.drawn()
    assert other.drawn(lambda: other.page.click("[data-label=fear]")) != calm
    one.leave()
    other.leave()


def test_a_reload_finds_what_was_shaped(desk):
    smile = desk.drawn(lambda: desk.page.click("[data-label=happiness]"))
    desk.page.wait_for_timeout(400)
    desk.page.reload()
    desk.page.wait_for_selector(desk.LIVE, timeout=60_000)
    assert desk.drawn() == smile and desk.text("strength-name") == "Strength of happiness"


def test_a_restart_of_the_server_is_survived(browser):
    studio = Studio()
    visit = Visit(browser, studio.address)
    visit.bring(GRACE)
    smile = visit.drawn(lambda: visit.page.click("[data-label=happiness]"))
    studio.end(signal.SIGKILL)
    visit.until("document.getElementById('line').textContent.includes('Waiting')")
    visit.page.click("[data-label=anger]")
    visit.look("waiting")
    studio.start()
    visit.page.wait_for_selector("#notice:not([hidden])", timeout=60_000)
    assert "started again" in visit.text("notice") and "lost" in visit.text("notice")
    visit.until("document.getElementById('line').textContent === ''")
    visit.page.click("#notice button")
    assert visit.drawn() != smile == visit.drawn(lambda: visit.page.click("[data-label=happiness]"))
    visit.look("restarted")
    visit.faults = [fault for fault in visit.faults if "WebSocket" not in fault]  # the browser's own lines
    visit.leave()
    studio.end()
