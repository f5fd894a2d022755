"""`mien data WHAT`: sets of faces that systems learn from and are judged on."""

import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mien.errors import ExpressionError
from mien.verbs.options import Option, parse

ABOUT = "Draw a set of people who do not exist, with exact labels: mien data people OUT [OPTIONS]."
_USAGE = """usage: mien data people OUT [OPTIONS]

  people   draw a set of people who do not exist; mien data people --help shows the options
"""
_OPTIONS: dict[str, Any] = {
    "people": Option(kind=int, default=120, help="Persons, those of the test among them."),
    "side": Option(kind=int, default=64, help="Side of a frame, pixels."),
    "frames": Option(kind=int, default=32, help="Frames of a clip: neutral to the height of an expression."),
    "takes": Option(
        kind=int, default=1, help="Sittings of each person: six expressions in a light and pose of its own."
    ),
    "mixed": Option(kind=int, default=0, help="Further clips of each person that show random units."),
    "test": Option(kind=float, default=0.1667, help="Persons for the test: a share below 1, or a count."),
    "seed": Option(kind=int, default=0, help="Draws the persons to train on; test persons never change."),
    "jobs": Option(kind=int, default=1, help="How many to draw at a time; the result is the same."),
    "background": Option(kind=str, default="black", help="black, or plain: an even colour."),
    "force": Option(kind=bool, default=False, help="Replace a set that stands at OUT."),
}


def run(args: Sequence[str]) -> int:
    """The word that says what to do, then its options; 0."""
    word, *rest = args or ["--help"]
    if word in ("-h", "--help"):
        print(_USAGE, end="")
        return 0
    if word not in _WORDS:
        near = get_close_matches(word, _WORDS, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ExpressionError(f"mien data does not know {word!r}{hint}; it does: {', '.join(_WORDS)}")
    return _WORDS[word](rest)


def _people(args: Sequence[str]) -> int:
    """Draw a set of people, say where it stands."""
    out, rest = (args[0], args[1:]) if args and not args[0].startswith("-") else ("", args)
    values = parse("data people", ABOUT, None, rest, **_OPTIONS)
    if not out:
        raise ExpressionError(
            "expected a folder first: mien data people OUT; mien data people --help shows more"
        )
    from mien.data import people

    with _Progress() as progress:
        people.make(Path(out), tell=progress, **values)
    print(out)
    return 0


class _Progress:
    """A bar of persons with the time that is left; in a log, a line for every tenth."""

    def __enter__(self) -> "_Progress":
        self.bar: Any = None
        self.said = 0
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self._bar(total).update(self.task, completed=done)
        elif done * 10 // total > self.said:
            self.said = done * 10 // total
            print(f"{done}/{total} people", file=sys.stderr, flush=True)

    def _bar(self, total: int) -> Any:
        if self.bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("people"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self.bar = Progress(*columns, console=Console(stderr=True))
            self.bar.start()
            self.task = self.bar.add_task("", total=total)
        return self.bar


_WORDS: dict[str, Callable[[Sequence[str]], int]] = {"people": _people}
