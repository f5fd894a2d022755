"""Write the figures of every system on its card and into docs/scores.md: `python tools/write_figures.py`.

Reads docs/figures/*.json, which `mien score SYSTEM --data SET --json docs/figures/SYSTEM.json` writes.
"""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mien.systems import spoken

DOCS = Path(__file__).parent.parent / "docs"
START, END = "<!-- figures -->", "<!-- /figures -->"
Row = dict[str, Any]


def cell(score: Row | None) -> str:
    """A value with its 95 % interval where it has one; blank where there is no value."""
    if score is None or score["value"] is None:
        return ""
    if score["low"] is None or math.isclose(score["low"], score["high"]):
        return f"{score['value']:.3g}"
    return f"{score['value']:.3g} [{score['low']:.3g}, {score['high']:.3g}]"


def way(score: Row) -> str:
    return "higher is better" if score["higher_is_better"] else "lower is better"


def table(rows: list[Row]) -> Iterable[str]:
    """A row a score, a column a system: Markdown."""
    scores = {score["name"]: score for row in rows for score in row["scores"]}
    yield f"| | {' | '.join(spoken(row['name']) for row in rows)} |"
    yield "| --- |" + " --- |" * len(rows)
    for name, score in scores.items():
        cells = (cell(next((s for s in row["scores"] if s["name"] == name), None)) for row in rows)
        yield f"| {name}, {way(score)} | {' | '.join(cells)} |"


def section(rows: list[Row]) -> list[str]:
    """The table of one system's file, and the recipes of its scores."""
    recipes = dict.fromkeys(score["recipe"] for score in rows[0]["scores"])
    return [*table(rows), "", *(f"- {recipe}" for recipe in recipes), ""]


def replaced(path: Path, lines: list[str]) -> None:
    """Put lines between the marks of a page."""
    text = path.read_text("utf-8")
    before, rest = text.split(START, 1)
    after = rest.split(END, 1)[1]
    path.write_text(f"{before}{START}\n" + "\n".join(lines) + f"\n{END}{after}", "utf-8")


def main() -> None:
    whole: list[str] = []
    for path in sorted((DOCS / "figures").glob("*.json")):
        rows = json.loads(path.read_text("utf-8"))
        lines = section(rows)
        replaced(DOCS / "cards" / f"{path.stem}.md", lines)
        title = f"[{spoken(path.stem)}](cards/{path.stem}.md)"
        whole += [f"### {title}", "", *lines]
    replaced(DOCS / "scores.md", whole)


if __name__ == "__main__":
    main()
