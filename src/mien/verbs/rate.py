"""`mien rate WHAT`: a paired test with people: make the page that asks, read the answers it saved."""

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.errors import ExpressionError, InputError
from mien.media.files import refuse_to_overwrite, write_bytes_atomically
from mien.verbs.options import Option, parse

if TYPE_CHECKING:
    from mien.rating.figures import Question, Report, Share

_MAKE = (
    "One HTML page that shows pairs and asks people: mien rate make OUT.html NAME=FOLDER NAME=FOLDER [...]."
)
_READ = "Figures of the answers that such a page saved: mien rate read ANSWERS.csv... [--json FILE]."
_USAGE = """usage: mien rate WHAT ...

  make OUT.html NAME=FOLDER NAME=FOLDER [...]   a page that asks people which of two they choose
  read ANSWERS.csv...                           who was chosen, how strongly, and how surely

mien rate make --help and mien rate read --help show the options
"""
_FEW = 5  # people below which the intervals are markedly too narrow (benchmarks/rating.py)


def run(args: Sequence[str]) -> int:
    """The word that says what to do, then its options; the exit code."""
    word, *rest = args or ["--help"]
    if word in ("-h", "--help"):
        print(_USAGE, end="")
        return 0
    if word not in _WORDS:
        near = get_close_matches(word, _WORDS, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ExpressionError(f"mien rate does not know {word!r}{hint}; it does: {', '.join(_WORDS)}")
    return _WORDS[word](rest)


def _split(args: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What stands before the first option, and the rest."""
    first = next((place for place, word in enumerate(args) if word.startswith("-")), len(args))
    return args[:first], args[first:]


def _make(args: Sequence[str]) -> int:
    """Write the page, say what it holds; 1 where something had to be left out."""
    from mien.rating import page

    words, rest = _split(args)
    values = parse("rate make", _MAKE, page.PageRequest, rest, skip=("systems",))
    if not words:
        raise ExpressionError("expected a file first: mien rate make OUT.html NAME=FOLDER NAME=FOLDER [...]")
    out = Path(words[0])
    if out.suffix.lower() not in (".html", ".htm"):
        raise ExpressionError(f"expected the page's file first, a name that ends in .html, came {words[0]!r}")
    made = page.make(page.PageRequest(systems=_systems(words[1:]), **values), out)
    for line in made.left_out:
        print(f"left out {line}", file=sys.stderr)
    for line in made.warnings:
        print(f"warning: {line}", file=sys.stderr)
    print(
        f"{out}\n  page {made.id}: {made.items} items; each person sees {made.pairs} pairs and gives"
        f" {made.answers} answers, in about {made.minutes} minutes; {made.bytes / 1e6:.1f} MB"
    )
    return 1 if made.left_out else 0


def _systems(words: Sequence[str]) -> dict[str, Path]:
    """Name -> folder."""
    systems: dict[str, Path] = {}
    for word in words:
        name, sign, folder = word.partition("=")
        if not (name and sign and folder):
            raise ExpressionError(f"expected NAME=FOLDER, a system's name and its results, came {word!r}")
        if name in systems:
            raise ExpressionError(f"two systems are called {name!r}: give each a name of its own")
        systems[name] = Path(folder)
    return systems


def _read(args: Sequence[str]) -> int:
    """Print Markdown; 1 where rows were refused."""
    paths, rest = _split(args)
    values = parse(
        "rate read",
        _READ,
        None,
        rest,
        json=Option(kind=Path | None, default=None, help="Also write all figures there."),
        force=Option(kind=bool, default=False, help="Overwrite files that exist."),
    )
    if not paths:
        raise InputError("expected the CSV files that the page saved: mien rate read ANSWERS.csv...")
    if values["json"]:
        refuse_to_overwrite(values["json"], values["force"])
    from mien.rating import answers, figures

    given, refused = answers.read(paths)
    for refusal in refused:
        print(f"refused {refusal}", file=sys.stderr)
    found = figures.report(given)
    lost = sum(max(1, refusal.last - refusal.first + 1) for refusal in refused)
    print(_markdown(found, lost))
    if values["json"]:
        data = json.dumps(_plain(asdict(found) | {"refused": [str(one) for one in refused]}), indent=1)
        write_bytes_atomically(values["json"], data.encode(), values["force"])
    return 1 if refused else 0


def _plain(value: Any) -> Any:
    """JSON values: numbers that are not finite become null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _markdown(report: "Report", lost: int) -> str:
    people, repeated = len(report.people), report.answers - sum(one.answers for one in report.questions)
    head = f"Page {report.page}: {report.answers} answers of {people} {'person' if people == 1 else 'people'}"
    head = f"{head}, {repeated} of them repeats; {lost} rows or files refused."
    return "\n\n".join([head, *(_question(one) for one in report.questions)])


def _question(question: "Question") -> str:
    """The tables of one question, and what to know of them."""
    lines = [
        f"## {question.name}",
        "",
        "| | chosen | share | strength, log odds | 95 % |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in question.standings:
        lines.append(
            f"| {row.system} | {row.chosen.count} of {row.chosen.total} | {_share(row.chosen)}"
            f" | {_strength(row.strength)} | {_range(_strength, row.low, row.high)} |"
        )
    lines += ["", "| pair | chosen | share | fitted chance | 95 % |", "| --- | --- | --- | --- | --- |"]
    for duel in question.duels:
        lines.append(
            f"| {duel.first} over {duel.second} | {duel.chosen.count} of {duel.chosen.total}"
            f" | {_share(duel.chosen)} | {_chance(duel.chance)} | {_range(_chance, duel.low, duel.high)} |"
        )
    return "\n".join([*lines, "", *(f"- {note}" for note in _notes(question))])


def _notes(question: "Question") -> list[str]:
    notes = [
        *(f"{sentence[0].upper()}{sentence[1:]}." for sentence in question.unbounded),
        f"The same again in repeated pairs: {_of(question.steady)}. Left chosen: {_of(question.left)}.",
    ]
    if question.people == 1:
        notes.append("One person: the intervals are over answers and say nothing about other people.")
    elif question.people < _FEW:
        notes.append(f"The intervals are over {question.people} people: too few, the true ones are wider.")
    return notes


def _of(share: "Share") -> str:
    return f"{share.count} of {share.total}" + (f", {_share(share)}" if share.total else "")


def _share(share: "Share") -> str:
    """Per cent with Wilson's interval; blank of none."""
    if not share.total:
        return ""
    return f"{share.share:.0%} ({share.low:.0%} to {share.high:.0%})"


def _strength(value: float) -> str:
    if math.isfinite(value):
        return f"{round(value, 2) + 0.0:+.2f}"
    return "unbounded" + ("" if math.isnan(value) else " below" if value < 0 else " above")


def _chance(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0%}"


def _range(shown: Callable[[float], str], low: float, high: float) -> str:
    """An interval; blank where there is none."""
    return "" if math.isnan(low) else f"{shown(low)} to {shown(high)}"


_WORDS: dict[str, Callable[[Sequence[str]], int]] = {"make": _make, "read": _read}
