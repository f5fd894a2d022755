"""Who does the work, beside the loop that answers: one thread reads photos, some draw, one does jobs."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

from mien.errors import MienError
from mien.expression import Expression
from mien.face import analysis
from mien.face.model import load_model
from mien.face.portrait import Portrait
from mien.media import pictures
from mien.web.jobs import Jobs
from mien.web.limits import Limits
from mien.web.portraits import Photo, Shelf, side_of

P = ParamSpec("P")
T = TypeVar("T")
DRAWING = 2
"""Pictures that are drawn at once; each is drawn by several threads already (ours)."""


class Workshop:
    """The shelf of photos, the threads that work on it, and the jobs."""

    def __init__(self, folder: Path, limits: Limits):
        self.limits, self.shelf = limits, Shelf(folder, limits)
        self._reading = ThreadPoolExecutor(1, "reading")  # one large photo in memory at a time
        self._drawing = ThreadPoolExecutor(DRAWING, "drawing")
        self.jobs = Jobs(folder, limits)
        self.sockets = self.uploads = 0

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what reads a photo."""
        return await _done(self._reading, work, *args, **kwargs)

    async def drawn(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what draws a picture."""
        return await _done(self._drawing, work, *args, **kwargs)

    async def portrait(self, photo: Photo, number: int, side: int) -> Portrait:
        """The portrait of a face, at most `side` pixels a side; raises `FaceError` where there is no such."""
        side = side_of(side)
        found = self.shelf.ready(photo, number, side)
        return found or await self.read(self.shelf.prepare, photo, number, side)

    async def warm(self) -> None:
        """Load models and compiled code, so that the first photo does not wait for them."""
        await self.read(_practise)

    def close(self) -> None:
        """Take no more work."""
        self.jobs.close()
        self._reading.shutdown(wait=False, cancel_futures=True)
        self._drawing.shutdown(wait=False, cancel_futures=True)


async def _done(threads: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, lambda: work(*args, **kwargs))


def _practise() -> None:
    """Read and draw the mean face, gray in gray."""
    model, side = load_model(), 256
    mean = model.template[model.landmarks][:, :2] * [1, -1]
    mean = (mean - mean.mean(0)) / np.ptp(mean[:, 1]) * side * 0.4 + side / 2
    picture = pictures.from_array(np.full((side, side, 3), 128, np.uint8))
    with suppress(MienError):  # what is wrong is told to whoever sends a photo
        analysis.landmarks(picture.pixels, (side / 4, side / 4, side / 2, side / 2))
        face = analysis.at_landmarks(mean, (side, side))
        Portrait(picture, face).show(Expression.from_label("surprise"))
