"""The page without a mouse, for a screen reader, on a phone, light and dark, in a real Chromium."""

import pytest
from browsers import PHONE, Visit
from samples import GRACE

pytestmark = pytest.mark.browser
TABS = ("shape", "units", "take")


def findings(visit: Visit) -> list[str]:
    """What axe calls serious or critical on the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(visit.page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found
        for node in rule["nodes"]
        if rule["impact"] in ("serious", "critical")
    ]


def reach(visit: Visit, name: str, most: int = 80) -> None:
    """Press Tab until an element has the focus; it must be seen to have it."""
    for _ in range(most):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("document.activeElement.id || document.activeElement.dataset.label") == name:
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert visit.page.evaluate(outline) != "none"
            return
    raise AssertionError(f"Tab does not reach {name}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, studio, scheme):
    visit = Visit(browser, studio.address, color_scheme=scheme)
    assert findings(visit) == []
    visit.look(f"welcome-{scheme}")
    visit.bring(GRACE)
    visit.page.click("[data-label=happiness]")
    visit.page.click("#act")
    visit.page.click("#play")
    visit.page.click(".key >> nth=1")
    visit.page.click("[data-compare=wipe]")
    for tab in TABS:
        visit.page.click(f"#tab-{tab}")
        visit.page.wait_for_timeout(400)
        visit.look(f"{tab}-{scheme}")
        assert findings(visit) == []
    visit.page.click("#check")
    visit.page.wait_for_selector("#receipt:not([hidden])", timeout=60_000)
    assert findings(visit) == []
    visit.leave()


def test_all_is_done_with_keys_alone(visit):
    visit.page.on("filechooser", lambda chooser: chooser.set_files(GRACE))
    reach(visit, "browse")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector(visit.LIVE, timeout=60_000)
    own = visit.drawn()
    reach(visit, "sadness")
    assert visit.drawn(lambda: visit.page.keyboard.press("Enter")) != own
    reach(visit, "strength")
    visit.page.keyboard.press("ArrowLeft")
    assert visit.text("strength-value") == "0.79"
    visit.until("document.getElementById('news').textContent === 'Strength 79 %'")
    visit.page.keyboard.press("Shift+Tab")
    visit.page.focus("#tab-shape")
    visit.page.keyboard.press("ArrowRight")
    reach(visit, "s-AU4")
    for _ in range(3):
        visit.page.keyboard.press("ArrowRight")
    assert visit.page.input_value("#s-AU4") == "0.5"
    reach(visit, "add")
    visit.page.keyboard.press("Enter")
    assert visit.page.locator(".key").count() == 1
    for _ in range(4):
        visit.page.keyboard.press("Control+z")
    assert visit.drawn(lambda: visit.page.keyboard.press("Control+z")) != own
    assert "Undone" in visit.text("news")


@pytest.mark.parametrize("width", [360, PHONE["width"]])
def test_a_phone_keeps_the_picture_in_view(browser, studio, width):
    visit = Visit(
        browser, studio.address, viewport={**PHONE, "width": width}, has_touch=True, is_mobile=True,
        device_scale_factor=2,
    )  # fmt: skip
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    assert visit.page.evaluate(fits)
    visit.look(f"phone-{width}-welcome")
    visit.bring(GRACE)
    visit.page.tap("[data-label=happiness]")
    visit.page.tap("#tab-time")
    visit.page.tap("#act")
    visit.page.tap(".key >> nth=1")
    for tab in ("time", *TABS):
        visit.page.tap(f"#tab-{tab}")
        visit.page.wait_for_timeout(300)
        visit.look(f"phone-{width}-{tab}")
        assert visit.page.evaluate(fits)
    visit.page.tap("#tab-units")
    visit.page.locator("#s-head-roll").scroll_into_view_if_needed()
    canvas, tabs = visit.page.locator("#canvas").bounding_box(), visit.page.locator("#tabs").bounding_box()
    assert canvas["y"] >= 0 and canvas["height"] > 200 and tabs["y"] >= canvas["y"] + canvas["height"]
    assert visit.page.locator("#s-head-roll").bounding_box()["y"] > tabs["y"]
    visit.look(f"phone-{width}-scrolled")
    visit.leave()
