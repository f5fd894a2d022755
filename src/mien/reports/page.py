"""A comparison as one HTML page: faces, scores, a plot, and what every expression and person comes out at."""

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

import numpy as np
from PIL import Image

from mien.comparison import SHOWN, Comparison, Entry
from mien.reports.tables import columns, recipes, spoken, winners
from mien.scores.faces import IDENTITY
from mien.scores.pairs import SSIM

SPLIT = (SHOWN.name, IDENTITY.name, SSIM.name)
"""Scores that are told for each expression and each person."""
LEFT, BOTTOM, WIDE, HIGH = 60, 330, 520, 300
"""Of the plot's axes, in its own units."""
NAMES, LINE = 600, 17
"""Where names stand beside the plot, and how far one below another."""


def page(comparison: Comparison) -> str:
    """The whole page."""
    persons = [f"person {person}" for person in comparison.persons]
    parts = {
        "set": escape(comparison.set_of),
        "count": f"{len(persons)} questions of {len(set(persons))} persons",
        "strips": _strips(comparison),
        "table": _scores(comparison),
        "plot": _plot(comparison.entries),
        "expressions": "".join(_split(comparison, name, comparison.expressions) for name in SPLIT),
        "persons": "".join(_split(comparison, name, persons) for name in SPLIT),
        "recipes": "".join(f"<li>{escape(recipe)}</li>" for recipe in recipes(comparison)),
    }
    text = (files("mien") / "assets" / "comparison.html").read_text("utf-8")
    for name, part in parts.items():
        text = text.replace(f"<!-- {name} -->", part)
    return text


def _table(head: Iterable[str], rows: Iterable[tuple[str, Iterable[str]]], kind: str = "") -> str:
    """A table of cells that are HTML already; each row has a title."""
    top = "".join(f'<th scope="col">{title}</th>' for title in head)
    body = "".join(
        f'<tr><th scope="row">{escape(title)}</th>{"".join(cells)}</tr>\n' for title, cells in rows
    )
    return f'<table class="{kind}"><thead><tr><td></td>{top}</tr></thead><tbody>{body}</tbody></table>'


def _scores(comparison: Comparison) -> str:
    names, best = columns(comparison), winners(comparison)
    way = {
        s.name: "higher is better" if s.higher_is_better else "lower is better"
        for entry in comparison.entries
        for s in entry.scores
    }

    def cells(entry: Entry) -> Iterable[str]:
        yield f"<td>{escape(entry.told)}</td>"
        of = {score.name: score for score in entry.scores}
        for name in names:
            value, interval = spoken(of.get(name))
            kind = ' class="best"' if (entry.name, name) in best else ""
            yield f"<td{kind}>{value}<br><small>{interval}</small></td>"

    head = ["told", *(f"{escape(name)}<br><small>{way[name]}</small>" for name in names)]
    return _table(head, ((entry.name, cells(entry)) for entry in comparison.entries))


def _strips(comparison: Comparison) -> str:
    """A row a contestant, a column an expression."""
    asked = [comparison.expressions[at] for at in comparison.samples]
    rows = [("the neutral face", comparison.inputs)]
    rows += [(entry.name, entry.samples) for entry in comparison.entries]

    def cells(title: str, pictures: np.ndarray) -> Iterable[str]:
        for wanted, picture in zip(asked, pictures, strict=True):
            yield f'<td><img alt="{escape(title)}, {escape(wanted)}" src="{_data(picture)}"></td>'

    return _table(map(escape, asked), ((title, cells(title, those)) for title, those in rows), "strips")


def _split(comparison: Comparison, name: str, groups: Sequence[str]) -> str:
    """Means of one score for every group of questions."""
    kinds = sorted(set(groups))
    member = np.array([kinds.index(group) for group in groups])

    def cells(entry: Entry) -> Iterable[str]:
        for place in range(len(kinds)):
            yield f"<td>{entry.each[name][member == place].mean():.2f}</td>"

    table = _table(map(escape, kinds), ((entry.name, cells(entry)) for entry in comparison.entries))
    return f"<h3>{escape(name)}</h3>{table}"


def _plot(entries: Sequence[Entry]) -> str:
    """Expression shown over identity distance; a line joins those whom no other beats in both."""
    points = {
        e.name: (float(e.each[IDENTITY.name].mean()), float(e.each[SHOWN.name].mean())) for e in entries
    }
    most = 1.05 * max(0.6, *(x for x, _ in points.values()))
    front = sorted(
        point
        for point in points.values()
        if not any(x <= point[0] and y >= point[1] and (x, y) != point for x, y in points.values())
    )

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return LEFT + WIDE * point[0] / most, BOTTOM - HIGH * point[1]

    def text(point: tuple[float, float], said: str, more: str = "") -> str:
        return f'<text x="{point[0]:.1f}" y="{point[1]:.1f}" {more}>{escape(said)}</text>'

    marks = [f'<path d="M{LEFT} {BOTTOM - HIGH}V{BOTTOM}H{LEFT + WIDE}"/>']
    marks += [text((LEFT - 8, at((0, y))[1] + 4), f"{y:.1f}", 'text-anchor="end"') for y in (0, 0.5, 1)]
    marks += [
        text((at((x, 0))[0], BOTTOM + 18), f"{x:.1f}", 'text-anchor="middle"')
        for x in np.arange(0, most, 0.2)
    ]
    marks.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, front))}"/>')
    row = 0.0
    for name, (x, y) in sorted(((n, at(p)) for n, p in points.items()), key=lambda item: item[1][1]):
        row = max(y, row + LINE)  # names stand in a column of their own: points may lie on one another
        marks.append(f'<path class="lead" d="M{x:.1f} {y:.1f}L{NAMES - 6} {row:.1f}"/>')
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>' + text((NAMES, row + 4), name))
    marks.append(text((LEFT + WIDE / 2, BOTTOM + 40), "identity distance", 'text-anchor="middle"'))
    marks.append(
        '<text transform="translate(16 180) rotate(-90)" text-anchor="middle">expression shown</text>'
    )
    label = "Expression shown over identity distance"
    return f'<svg viewBox="0 0 760 375" role="img" aria-label="{label}">{"".join(marks)}</svg>'


def _data(picture: np.ndarray) -> str:
    """A picture (h, w, 3) uint8 as a data address."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
