"""How soon a dragged slider's picture stands on the page, in a real Chromium at a real `mien serve`.

    python benchmarks/studio_page.py [--photo FACE.jpg] [--seconds 10]

prints p50 and p95 in milliseconds from the input event to the painted picture, and pictures a second, while a
slider is dragged. The photo should show a face whose crop has 512 pixels; the default is matplotlib's sample.
"""

import argparse
import math
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

PHOTO = Path(matplotlib.get_data_path()) / "sample_data/grace_hopper.jpg"
WARM, BEAT = 1.0, 0.012
"""Seconds of a drag that are not counted, and from one movement of the pointer to the next."""
WATCH = """() => {
  window.inputs = []; window.shown = [];
  addEventListener("input", (event) => inputs.push(event.timeStamp), true);
  document.addEventListener("shown", ({ detail }) => shown.push([detail.wishedAt, detail.paintedAt]));
}"""


def drag(page: Any, name: str, seconds: float) -> None:
    """Move a slider's thumb to and fro, by the pointer."""
    box = page.locator(name).bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + box["height"] / 2)
    page.mouse.down()
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        share = 0.5 - 0.5 * math.cos(2 * math.pi * passed / 2.5)
        page.mouse.move(box["x"] + 12 + share * (box["width"] - 24), box["y"] + box["height"] / 2)
        time.sleep(BEAT)
    page.mouse.up()


def waits(inputs: list[float], shown: list[tuple[float, float]]) -> np.ndarray:
    """Milliseconds from the input event behind each picture to its paint, (n,)."""
    events = np.array(inputs)
    behind = [events[np.searchsorted(events, wished, "right") - 1] for wished, _ in shown]
    return np.array([painted for _, painted in shown]) - behind


def measure(address: str, photo: Path, seconds: float) -> None:
    """Visit the page, drag, print."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.wait_for_selector("body[data-ready]", timeout=120_000)
        page.set_input_files("#file", photo)
        page.wait_for_selector("#canvas[data-shown]:not([data-shown='0'])", timeout=120_000)
        page.get_by_role("button", name="Surprise").click()  # without a label its strength cannot be dragged
        page.evaluate(WATCH)
        for tab, slider in (("shape", "strength"), ("units", "s-AU12"), ("units", "s-AU26")):
            page.click(f"#tab-{tab}")
            page.locator(f"#{slider}").scroll_into_view_if_needed()
            page.evaluate("() => { inputs.length = shown.length = 0 }")
            drag(page, f"#{slider}", WARM + seconds)
            page.wait_for_timeout(500)
            inputs, shown = page.evaluate("() => [inputs, shown]")
            start = inputs[0] + 1000 * WARM
            late = [(wished, painted) for wished, painted in shown if wished and wished >= start]
            taken = waits(inputs, late)
            rate = 1000 * (len(late) - 1) / (late[-1][1] - late[0][1])
            p50, p95 = np.percentile(taken, [50, 95])
            print(f"| {slider} | {len(late)} | {p50:.0f} | {p95:.0f} | {rate:.1f} |", flush=True)
        browser.close()


def main() -> None:
    """Serve, measure, end."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--photo", type=Path, default=PHOTO)
    options.add_argument("--seconds", type=float, default=10.0)
    given = options.parse_args()
    command = [sys.executable, "-u", "-m", "mien", "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        address = next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
        print("| slider | pictures | p50 ms | p95 ms | pictures/s |\n| --- | --- | --- | --- | --- |")
        measure(address, given.photo, given.seconds)
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)


if __name__ == "__main__":
    main()
