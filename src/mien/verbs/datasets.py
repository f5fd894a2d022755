"""What `mien data` says of data sets: which there are, what is in a folder, and what became of it."""

import json
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mien.errors import ExpressionError, InputError
from mien.verbs.options import Option, leading, parse

LIST = "Every data set that mien reads; of one by name, how to get it, on what terms, its layout and traps."
CHECK = "What is in the folder of a data set: found, read, left out and why: mien data check DIR [OPTIONS]."
PREPARE = "Cut the faces of a data set for a system: mien data prepare DIR OUT --for SYSTEM [OPTIONS]."
NAMED = 3
"""Names that are printed of each reason; the JSON file has all."""
ROWS = 12
"""People that are printed."""


def catalogue(args: Sequence[str]) -> int:
    """Print the table of data sets, or all that is known of one; 0."""
    names, rest = leading(args)
    parse("data list", LIST, None, rest)
    from mien.data import adapters

    if len(names) > 1:
        raise ExpressionError("expected one name or none: mien data list NAME")
    if names:
        _describe(adapters.find(names[0]))
        return 0
    rows = [("name", "people", "shows", "terms")]
    for name in adapters.names():
        adapter = adapters.find(name)
        rows.append((name, str(adapter.expected.get("people", "")), _SHOWS[adapter.shows], adapter.terms))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print(*(word.ljust(width) for word, width in zip(row, widths, strict=False)), row[3], sep="  ")
    print("\nmien data list NAME tells how to get one and its layout; mien data check DIR reads a folder")
    return 0


def check(args: Sequence[str]) -> int:
    """Print what is in a folder; 0 where something can be used."""
    folders, rest = leading(args)
    values = parse(
        "data check",
        CHECK,
        None,
        rest,
        as_=Option(
            kind=str | None, default=None, help="The data set that it is, where the folder does not tell."
        ),
        quick=Option(kind=bool, default=False, help="Go by the names alone; open no picture."),
        json=Option(kind=Path | None, default=None, help="Also write all of it there."),
        force=Option(kind=bool, default=False, help="Overwrite a file that exists."),
    )
    if len(folders) != 1:
        raise ExpressionError("expected one folder first: mien data check DIR")
    from mien.data import inventory
    from mien.media.files import write_bytes_atomically
    from mien.verbs.progress import Progress

    with Progress() as progress:
        found = inventory.of(folders[0], values["as_"], quick=values["quick"], tell=progress.of("looked at"))
    print(*_report(found.as_dict()), sep="\n")
    if values["json"]:
        text = json.dumps(found.as_dict(), indent=1) + "\n"
        write_bytes_atomically(values["json"], text.encode(), values["force"])
    if not found.items:
        raise InputError(f"nothing in {folders[0]} can be used")
    return 0


def prepare(args: Sequence[str]) -> int:
    """Cut a data set's faces, say where the set stands and what was left out; 0."""
    from mien.requests import PrepareRequest

    folders, rest = leading(args)
    values = parse("data prepare", PREPARE, PrepareRequest, rest, skip=("folder", "out"))
    if len(folders) != 2:
        raise ExpressionError("expected two folders first: mien data prepare DIR OUT --for SYSTEM")
    request = PrepareRequest(folder=Path(folders[0]), out=Path(folders[1]), **values)
    from mien import preparing
    from mien.verbs.progress import Progress

    try:
        with Progress() as progress:
            made = preparing.prepare(request, progress.of("clips"))
    except KeyboardInterrupt:
        print(f"mien: interrupted; {preparing.resumable(request.out)}", file=sys.stderr)
        return 130
    reasons = Counter(skip.reason for skip in made.skipped)
    for reason, count in reasons.most_common():
        print(f"left out {count}: {reason}", file=sys.stderr)
    sides = f"{made.people['train']} people to learn from and {made.people['test']} to judge by"
    print(
        f"{made.clips} clips of {sides}; {preparing.REPORT} in the set names what was left out",
        file=sys.stderr,
    )
    print(made.out)
    return 0


_SHOWS = {
    "still": "stills",
    "rise": "neutral to apex",
    "arc": "neutral, apex, back",
    "whole": "speech and others",
}


def _describe(adapter: Any) -> None:
    """All that is known of a data set."""
    counts = ", ".join(f"{count:,} {what}" for what, count in adapter.expected.items())
    about = {
        "to get it": adapter.obtain, "terms": adapter.terms, "shows": _SHOWS[adapter.shows],
        "layout": adapter.layout, "holds": counts or "no count is known",
    }  # fmt: skip
    print(f"{adapter.name}: {adapter.title}\n")
    for name, text in [*about.items(), *(("mind", trap) for trap in adapter.traps)]:
        print(_wrapped(f"{name:<10} {text}", " " * 11))


def _wrapped(text: str, indent: str) -> str:
    width = max(60, min(110, shutil.get_terminal_size().columns))
    return textwrap.fill(
        text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _report(found: dict[str, Any]) -> list[str]:
    """Lines of a report."""
    columns = {"usable": found["usable"], "read": found["parsed"], "whole set": found["expected"]}
    lines = [
        f"{found['data_set']}: {found['why']}",
        "",
        " " * 12 + "".join(f"{name:>11}" for name in columns),
    ]
    for what in dict.fromkeys([*found["parsed"], *found["expected"]]):
        cells = [f"{column[what]:,}" if what in column else "" for column in columns.values()]
        lines.append(f"{what:<12}" + "".join(f"{cell:>11}" for cell in cells))
    lines += ["", *_people(found["subjects"])] if found["subjects"] else []
    for title, key in (("left out", "left_out"), ("not taken", "aside")):
        reasons = Counter(skip["reason"] for skip in found[key])
        lines += [f"{title}: {len(found[key]):,} of {found['found']:,}"] if reasons else []
        for reason, count in reasons.most_common():
            some = [skip["file"] for skip in found[key] if skip["reason"] == reason][:NAMED]
            more = ", ..." if count > len(some) else ""
            lines.append(f"  {count:>6}  {reason}: {', '.join(some)}{more}")
    return [*lines, *(f"note: {note}" for note in found["notes"])]


def _people(subjects: dict[str, dict[str, int]]) -> list[str]:
    """Items of each person and label."""
    labels = sorted({label for counts in subjects.values() for label in counts})
    lines = [f"{'person':<12}" + "".join(f"{label[:9]:>10}" for label in labels)]
    for name, counts in list(subjects.items())[:ROWS]:
        lines.append(f"{name[:11]:<12}" + "".join(f"{counts.get(label, 0) or '':>10}" for label in labels))
    if len(subjects) > ROWS:
        lines.append(f"and {len(subjects) - ROWS} more; --json FILE has them all")
    return [*lines, ""]
