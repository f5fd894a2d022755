"""`mien recognise TRAIN`: how well a small classifier learns expressions, with and without made pictures."""

import json
from collections.abc import Sequence
from typing import Any

from mien.errors import ExpressionError
from mien.extras import need_systems
from mien.requests import RecogniseRequest
from mien.verbs.options import Option, leading, parse

ABOUT = (
    "Train a small classifier on a set and judge it on persons it never saw: mien recognise TRAIN "
    "[--test SET] [--augmented DIR]."
)


def run(args: Sequence[str]) -> int:
    """Parse, train, print the tables; 1 where a photo could not be used."""
    places, rest = leading(args)
    values = parse(
        "recognise",
        ABOUT,
        RecogniseRequest,
        rest,
        skip=("data",),
        json=Option(kind=bool, default=False, help="All figures as JSON in place of the tables."),
    )
    if len(places) != 1:
        raise ExpressionError(
            "expected one set first: mien recognise TRAIN; mien recognise --help shows the options"
        )
    as_json = values.pop("json")
    request = RecogniseRequest(data=places[0], **values)
    need_systems("mien recognise")
    from mien.recognition.comparison import recognise
    from mien.verbs.progress import Progress

    with Progress() as progress:
        found = recognise(request, progress)
    print(json.dumps(found.to_dict(), indent=1) if as_json else "\n".join(lines(found)))
    return 1 if found.skipped else 0


def lines(found: Any) -> list[str]:
    """A comparison as Markdown."""
    out = [f"| learned from | pictures | accuracy | macro recall | {' | '.join(found.classes)} |"]
    out.append("| --- |" + " --- |" * (3 + len(found.classes)))
    for arm in found.arms:
        cells = [str(sum(arm.pictures.values())), _with(arm.accuracy, arm.accuracy_interval)]
        cells += [_with(arm.macro_recall, arm.macro_recall_interval)]
        cells += [f"{100 * arm.recall[name]:.0f}" for name in found.classes]
        out.append(f"| {arm.name} | {' | '.join(cells)} |")
    out += [
        "",
        f"per cent; {found.seeds} seeds, {found.test_pictures} pictures of {found.test_persons} persons",
    ]
    for pair in found.differences:
        out.append(
            f"{pair.one}, against {pair.other}: macro recall {100 * pair.macro_recall:+.1f}, over seeds "
            f"{_range(pair.over_seeds)}, over persons "
            f"{_range(pair.over_persons) if pair.over_persons else 'unknown: too few'}"
        )
    out.append(found.recipe)
    for what, rows in (
        ("left out", [f"{name}: {reason}" for name, reason in found.skipped]),
        ("possible leaks", found.doubts),
    ):
        out += [f"{len(rows)} {what}:", *(f"  {row}" for row in rows[:5])] if rows else []
    return out


def _with(value: float, interval: tuple[float, float]) -> str:
    return f"{100 * value:.1f} ± {50 * (interval[1] - interval[0]):.1f}"


def _range(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:+.1f} to {100 * interval[1]:+.1f}"
