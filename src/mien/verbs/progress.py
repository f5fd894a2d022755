"""How far long work has come, and when it will end: a bar on a terminal, lines now and then in a log."""

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

EVERY = 30.0
"""Seconds from one line of a log to the next."""


class Progress:
    """Hears of stages of work, each by the name of what is counted; use it with `with`."""

    def __enter__(self) -> "Progress":
        self.stage, self.bar, self.begun, self.said, self.first = "", None, 0.0, 0.0, 0
        self.task: Any = None
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that of a stage so many are done, of so many (0: nobody knows)."""
        if stage != self.stage:
            self._stop()
            self.stage, self.begun, self.said = stage, time.monotonic(), time.monotonic()
            self.first = done - 1
            if sys.stderr.isatty():
                self._start(total)
        if self.bar is not None:
            self.bar.update(self.task, completed=done)
        elif done == total or time.monotonic() - self.said > EVERY:
            self.said = time.monotonic()
            left = (self.said - self.begun) * max(total - done, 0) / (done - self.first)
            of, behind = (f"/{total}", f", {left:.0f} s left") if total else ("", "")
            print(f"{done}{of} {stage}{behind}", file=sys.stderr, flush=True)
        if done == total:
            self._stop()  # what comes next may write to the terminal

    def of(self, stage: str) -> Callable[[int, int], None]:
        """What is to be called with how many of one stage are done, and of all."""
        return partial(self, stage)

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn(self.stage), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Bar(*columns, console=Console(stderr=True))
        self.bar.start()
        self.task = self.bar.add_task("", total=total or None)

    def _stop(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None
