"""`mien train NAME`: a system learns from a set; its run goes on where it stood."""

import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from mien import systems
from mien.errors import InputError
from mien.extras import need_systems
from mien.requests import TrainRequest
from mien.verbs.options import Option, parse
from mien.verbs.progress import Progress

ABOUT = "Train a system: mien train NAME --data DIR_OR_SET --out RUN. Its own settings are options too."


def run(args: Sequence[str]) -> int:
    """Parse, train under a progress bar, say where the run stands; 0."""
    name, rest = (args[0], args[1:]) if args and not args[0].startswith("-") else ("", args)
    own = systems.settings_of(name) if name else []
    if not name and not {"-h", "--help"} & set(rest):
        raise InputError("expected a system first: mien train NAME --data SET --out RUN (see mien list)")
    more: dict[str, Any] = {
        setting.name: Option(kind=str, default=setting.default, help=setting.text) for setting in own
    }
    values = parse("train", ABOUT, TrainRequest, rest, skip=("system", "settings"), **more)
    chosen = {setting.name: values.pop(setting.name) for setting in own}
    settings = {s.name: chosen[s.name] for s in own if chosen[s.name] != s.default}
    need_systems("mien train")
    request = TrainRequest(system=name, settings=settings, **values)
    from mien.training import train

    bar = _Bar() if sys.stderr.isatty() else nullcontext(_Lines())
    with bar as tell, Progress() as drawn:  # a standard set is drawn when first asked for
        train(request, tell, drawn.of("people"))
    print(request.out)
    return 0


class _Lines:
    """A line now and then, for logs."""

    def __init__(self) -> None:
        self.said = time.monotonic()

    def __call__(self, report: Any) -> None:
        if report.note:
            print(report.note, file=sys.stderr, flush=True)
        now = time.monotonic()
        if now - self.said < 30 and report.step < report.steps:
            return
        self.said = now
        terms = "  ".join(f"{name} {value:.3g}" for name, value in report.terms.items())
        print(f"step {report.step}/{report.steps}  {report.rate:.2f}/s  {terms}", file=sys.stderr, flush=True)


class _Bar:
    """A progress bar with the time that is left."""

    def __init__(self) -> None:
        import rich.progress
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        self.progress = rich.progress.Progress(*columns, console=Console(stderr=True))
        self.task: Any = None

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def __call__(self, report: Any) -> None:
        if self.task is None:
            self.progress.start()
            self.task = self.progress.add_task("", total=report.steps)
        if report.note:
            self.progress.console.print(report.note)
        first = next(iter(report.terms.items()), ("", 0.0))
        self.progress.update(self.task, completed=report.step, description=f"{first[0]} {first[1]:.3g}")
