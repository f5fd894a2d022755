"""A comparison as Markdown, CSV and JSON."""

import csv
import io
import json

import numpy as np

from mien.comparison import Comparison
from mien.scores import Score, ranked

UNRANKED = ("truth", "copy")
"""Bounds, not competitors: they are never the best of a column."""
FIELDS = ("name", "told", "score", "value", "low", "high", "spread", "count", "higher_is_better", "recipe")


def markdown(comparison: Comparison) -> str:
    """A row a contestant, a column a score: means, 95 % intervals, in bold the best of those told alike."""
    names, best = columns(comparison), winners(comparison)
    lines = [f"| | told | {' | '.join(names)} |", "| --- | --- |" + " --- |" * len(names)]
    for entry in comparison.entries:
        of = {score.name: score for score in entry.scores}
        cells = []
        for name in names:
            value, interval = spoken(of.get(name))
            cells.append(f"**{value}** {interval}" if (entry.name, name) in best else f"{value} {interval}")
        lines.append(f"| {entry.name} | {entry.told} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(f"- {recipe}" for recipe in recipes(comparison)), ""])


def table(comparison: Comparison) -> str:
    """CSV: one line for each contestant and score; what cannot be had is blank."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(FIELDS)
    for entry in comparison.entries:
        for score in entry.scores:
            said = {**score.record(), "name": entry.name, "told": entry.told, "score": score.name}
            lines.writerow("" if said[field] is None else said[field] for field in FIELDS)
    return out.getvalue()


def record(comparison: Comparison) -> str:
    """JSON: all of the CSV, and the value of every single question."""
    entries = [
        {
            "name": entry.name,
            "told": entry.told,
            "scores": [score.record() for score in entry.scores],
            "each": {name: np.round(values, 6).tolist() for name, values in entry.each.items()},
        }
        for entry in comparison.entries
    ]
    whole = {
        "schema": "mien.comparison/1",
        "set": comparison.set_of,
        "side": comparison.side,
        "expressions": comparison.expressions,
        "persons": comparison.persons,
        "entries": entries,
    }
    return json.dumps(whole, indent=1) + "\n"


def columns(comparison: Comparison) -> list[str]:
    """Names of all scores, in the order in which they came."""
    return list(dict.fromkeys(score.name for entry in comparison.entries for score in entry.scores))


def recipes(comparison: Comparison) -> list[str]:
    """Recipes of all scores, each once."""
    return list(dict.fromkeys(score.recipe for entry in comparison.entries for score in entry.scores))


def winners(comparison: Comparison) -> set[tuple[str, str]]:
    """Contestant and score where one is the best of two or more scored by one recipe."""
    groups: dict[str, list[tuple[str, Score]]] = {}
    for entry in comparison.entries:
        if entry.name not in UNRANKED:
            for score in entry.scores:
                groups.setdefault(score.recipe, []).append((entry.name, score))
    best = set()
    for group in groups.values():
        if len(group) > 1:
            name, score = group[ranked([score for _, score in group])[0]]
            best.add((name, score.name))
    return best


def spoken(score: Score | None) -> tuple[str, str]:
    """Value and 95 % interval as text; blank where there is none."""
    if score is None:
        return "", ""
    return f"{score.value:.3g}", "" if score.low is None else f"{score.low:.3g}..{score.high:.3g}"
