"""`mien data WHAT`: sets of faces that systems learn from and are judged on."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mien.errors import ExpressionError
from mien.verbs import datasets
from mien.verbs.options import Option, parse
from mien.verbs.progress import Progress

ABOUT = "Draw a set of people who do not exist, with exact labels: mien data people OUT [OPTIONS]."
_USAGE = """usage: mien data WHAT [OPTIONS], and mien data WHAT --help for its options

  people   draw a set of people who do not exist: mien data people OUT
  list     the data sets that mien reads as they are distributed; how to get one: mien data list NAME
  check    what is in a folder of such a data set: mien data check DIR
  prepare  cut its faces for a system: mien data prepare DIR OUT --for SYSTEM
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

    with Progress() as progress:
        people.make(Path(out), tell=progress.of("people"), **values)
    print(out)
    return 0


_WORDS: dict[str, Callable[[Sequence[str]], int]] = {
    "people": _people,
    "list": datasets.catalogue,
    "check": datasets.check,
    "prepare": datasets.prepare,
}
