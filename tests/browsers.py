"""A studio in a process of its own and a Chromium that looks at it, for tests of the page."""

import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from samples import GRACE, astronaut, grace, side_by_side

TALL, WIDE, PHONE = 800, 1280, {"width": 390, "height": 844}
_LOOKS = os.environ.get("MIEN_SCREENSHOTS")
"""A folder that keeps what the tests saw."""


class Studio:
    """`mien serve` on a port that stays the same when it is started again."""

    def __init__(self) -> None:
        self.port, self.address = "0", ""
        self.start()

    def start(self) -> None:
        """Serve, and wait for the line that says where."""
        command = [sys.executable, "-u", "-m", "mien", "serve", "--port", self.port]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.address = next(line.split()[-1] for line in self.process.stdout if "http://" in line)
        self.port = self.address.rstrip("/").rpartition(":")[2]

    def end(self, how: int = signal.SIGINT) -> None:
        """Stop it, as Ctrl-C does or as a machine that dies."""
        self.process.send_signal(how)
        self.process.communicate(timeout=30)


@contextmanager
def chromium(camera: Path) -> Iterator[Any]:
    """A browser whose camera shows a film."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    options = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    options.append(f"--use-file-for-fake-video-capture={camera}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        browser.close()


class Visit:
    """One tab at the studio, and what went wrong in it."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        viewport = options.pop("viewport", {"width": WIDE, "height": TALL})
        self.context = browser.new_context(viewport=viewport, accept_downloads=True, **options)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)
        self.page.wait_for_selector("body[data-ready]")

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def bring(self, photo: str | Path, faces: int = 1) -> None:
        """Choose a photo, and wait until its face, or the question which, stands on the page."""
        self.page.set_input_files("#file", photo)
        self.page.wait_for_selector("#boxes button" if faces > 1 else self.LIVE, timeout=60_000)

    LIVE = "#canvas[data-shown]:not([data-shown='0'])"

    def drawn(self, act: Callable[[], Any] = lambda: None) -> str:
        """What stands on the stage after an act, when no new frame comes any more; the same is equal."""
        act()
        self.page.wait_for_timeout(250)
        self.page.wait_for_function(_QUIET, timeout=30_000)
        return self.page.evaluate("document.getElementById('canvas').toDataURL()")

    def until(self, condition: str) -> None:
        """Wait until something holds; a function, for the page lets no text be evaluated."""
        self.page.wait_for_function(f"() => {condition}", timeout=60_000)

    def slide(self, unit: str, value: float) -> None:
        """Put a unit's slider somewhere, as a drag does that ends there."""
        self.page.evaluate(_SLIDE, [f"s-{unit}", value])

    def text(self, name: str) -> str:
        """What an element says, or what stands in a field."""
        return self.page.evaluate(
            "(name) => { const e = document.getElementById(name); return e.value ?? e.textContent }", name
        )

    def look(self, name: str) -> None:
        """Keep a picture of the page, if there is a folder for it."""
        if _LOOKS:
            Path(_LOOKS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(_LOOKS) / f"{name}.png")

    def leave(self) -> None:
        """Close the tab; nothing may have gone wrong in it."""
        self.context.close()
        assert self.faults == []


_QUIET = """() => new Promise((done) => {
  const shown = () => document.getElementById("canvas").dataset.shown;
  let before = shown(), since = performance.now();
  const look = () => {
    if (shown() !== before) { before = shown(); since = performance.now(); }
    if (performance.now() - since > 600) done(true); else setTimeout(look, 50);
  };
  look();
})"""
_SLIDE = """([id, value]) => {
  const input = document.getElementById(id);
  for (const part of [value / 2, value]) {
    input.value = part;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  input.dispatchEvent(new Event("change", { bubbles: true }));
}"""


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the two people, of both together, of no picture, and a camera's film."""
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(astronaut()).save(folder / "astronaut.png")
    Image.fromarray(side_by_side(astronaut(), astronaut()[:, ::-1])).save(folder / "two.png")
    (folder / "bad.jpg").write_bytes(b"<!doctype html><title>no picture</title>")
    frame = io.BytesIO()
    Image.fromarray(grace()).resize((480, 562)).crop((0, 0, 480, 480)).save(frame, "JPEG", quality=92)
    (folder / "camera.mjpeg").write_bytes(frame.getvalue() * 10)
    return folder


@pytest.fixture(scope="session")
def studio() -> Iterator[Studio]:
    """The server that the tests of the page share."""
    one = Studio()
    yield one
    one.end()


@pytest.fixture(scope="session")
def browser(photos: Path) -> Iterator[Any]:
    """The Chromium that they share."""
    with chromium(photos / "camera.mjpeg") as one:
        yield one


@pytest.fixture
def visit(browser: Any, studio: Studio) -> Iterator[Visit]:
    """A tab at the studio's first page."""
    one = Visit(browser, studio.address)
    yield one
    one.leave()


@pytest.fixture
def desk(visit: Visit) -> Visit:
    """A tab in which Grace Hopper can be shaped."""
    visit.bring(GRACE)
    return visit
