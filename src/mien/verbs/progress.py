"""How far a long piece of work has come: a bar with the time left; in a log, a line for every tenth."""

import sys
from typing import Any


class Progress:
    """Counts things; to be called with how many are done, and of all."""

    def __init__(self, things: str) -> None:
        self.things = things

    def __enter__(self) -> "Progress":
        self.bar: Any = None
        self.said = 0
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self._bar(total).update(self.task, completed=done)
            if done == total:
                self.bar.stop()  # another bar may follow
        elif done * 10 // max(total, 1) > self.said:
            self.said = done * 10 // total
            print(f"{done}/{total} {self.things}", file=sys.stderr, flush=True)

    def _bar(self, total: int) -> Any:
        if self.bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn(self.things), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self.bar = Progress(*columns, console=Console(stderr=True))
            self.bar.start()
            self.task = self.bar.add_task("", total=total)
        return self.bar
