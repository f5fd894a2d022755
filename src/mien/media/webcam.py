"""A camera at this machine, recorded into a film file: what comes after reads it as any other film."""

import os
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2

from mien.errors import InputError
from mien.media import video

TICK = Fraction(1, 1000)
RATE = Fraction(30)
"""What cameras give, more or less; the frames have the times at which they came."""


def record(number: int, seconds: float, draft: Path) -> None:
    """Write what a camera sees for so many seconds into an mp4; raises `InputError` where none opens."""
    if os.name == "posix" and os.path.isdir("/dev") and not os.path.exists(f"/dev/video{number}"):
        raise InputError(f"there is no camera {number} (/dev/video{number}); connect one, or name a film")
    camera = cv2.VideoCapture(number)
    try:
        if not camera.isOpened():
            raise InputError(f"camera {number} does not open; is another program using it?")
        count, _ = video.encode_timed(
            _frames(camera, seconds), draft, "mp4", clock=video.Clock(tick=TICK, rate=RATE), provenance=None
        )
    finally:
        camera.release()
    if not count:
        raise InputError(f"camera {number} gave no picture; is another program using it?")


def _frames(camera: cv2.VideoCapture, seconds: float) -> Iterator[video.Timed]:
    """What comes, each frame with the time until the next as that of the one before."""
    begin, last = time.monotonic(), -1
    while last < seconds / TICK:
        came, picture = camera.read()
        if not came:
            return
        start = max(round((time.monotonic() - begin) / TICK), last + 1)
        yield video.Timed(
            pixels=cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), start=start, length=round(1 / RATE / TICK)
        )
        last = start
