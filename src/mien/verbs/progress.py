"""How far long work has come, and when it will end: a bar on a terminal, lines now and then in a log."""

import sys
import time
from typing import Any

EVERY = 30.0
"""Seconds from one line of a log to the next."""


class Progress:
    """Hears of stages of work, each by its name; use it with `with`."""

    def __enter__(self) -> "Progress":
        self.stage, self.bar, self.begun, self.said = "", None, 0.0, 0.0
        self.task: Any = None
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that of a stage so many are done."""
        if stage != self.stage:
            self._stop()
            self.stage, self.begun, self.said = stage, time.monotonic(), time.monotonic()
            if sys.stderr.isatty():
                self._start(total)
        if self.bar is not None:
            self.bar.update(self.task, completed=done)
        elif done == total or time.monotonic() - self.said > EVERY:
            self.said = time.monotonic()
            left = (self.said - self.begun) * (total - done) / done
            print(f"{stage} {done}/{total}, {left:.0f} s left", file=sys.stderr, flush=True)

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn(self.stage), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Bar(*columns, console=Console(stderr=True))
        self.bar.start()
        self.task = self.bar.add_task("", total=total)

    def _stop(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None
