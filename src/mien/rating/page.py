"""Folders of results to the page that compares them: one HTML file that holds it all and sends nothing."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from mien.errors import ExpressionError, InputError
from mien.media.files import printable, refuse_to_overwrite, write_bytes_atomically
from mien.rating import trials
from mien.rating.answers import COLUMNS
from mien.rating.material import Material, gather

ORDERS = 256
"""Orders drawn for a page; each person gets one of them at random (ours)."""
_SECONDS = 5  # an answer takes, for the estimate in the consent text (ours)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question: its words, and a line of help under them."""

    text: str
    help: str
    person: bool = False
    """Whether the source face stands above the two."""


QUESTIONS = {
    "naturalness": Asked(
        text="Which face looks more natural?",
        help="As if a real person had been photographed or filmed.",
    ),
    "identity": Asked(
        text="Which one looks more like the person above?",
        help="The same person, whatever the face expresses.",
        person=True,
    ),
    "quality": Asked(
        text="Which one has the better picture quality?",
        help="Sharp and clean, without blur, flicker or stray marks.",
    ),
    "overall": Asked(
        text="Which one is better, all in all?",
        help="How natural it looks, how well it keeps the person above, and its picture quality, together.",
        person=True,
    ),
}
"""What can be asked. In FEV-GAN's study people gave one answer on the average of the first three, which is
`overall`; the words are ours."""
_ALONE = {
    "identity": Asked(
        text="Which one stays more like one and the same person?",
        help="From the beginning of the film to its end.",
    ),
    "overall": Asked(
        text="Which one is better, all in all?",
        help="How natural it looks, how well it stays the same person, and its picture quality, together.",
    ),
}  # of films that are shown without the source face
_CONSENT = (
    "You will see pairs of faces that computer programs made or changed, and choose one of each pair."
    " It takes about {minutes} minutes.",
    "Nobody asks your name, address, age or anything else about you. Your choices, and the time each took,"
    " stay in this browser until you save them in a file and pass that file on yourself. The page sends"
    " nothing.",
    "Taking part is your own choice. You can stop at any time and delete your answers, without giving a"
    " reason.",
)


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """Systems to compare, and how."""

    systems: Mapping[str, Path]
    """Name -> folder of its results, at least two; the same file names in every folder."""
    inputs: Path | None = None
    """Folder of the source faces, named as the results but for the ending; identity and overall show them."""
    questions: str = "naturalness,identity,quality"
    """Of naturalness, identity, quality and overall, with commas; each pair is asked all of them."""
    pairs: int = 36
    """Pairs that each person sees, or all there are; more than 30 in FEV-GAN's study."""
    repeat: float = 0.1
    """Share of them shown once more with sides swapped, 0 to 0.5, to see who answers steadily."""
    seed: int = 0
    """Draws the orders, of which each person gets one."""
    consent: Path | None = None
    """Text file with your own words for the first page, a paragraph a line, in place of mien's."""
    force: bool = False
    """Overwrite a page that stands there."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What was written."""

    id: str
    """Stands in every answer."""
    items: int
    pairs: int
    """That each person sees, repeats not counted."""
    answers: int
    """That each person gives, repeats counted."""
    minutes: int
    """That it takes, estimated."""
    bytes: int
    left_out: list[str]
    warnings: list[str]


def make(request: PageRequest, out: Path) -> Page:
    """Write the page to `out`; raises `ExpressionError`, `InputError` and `OutputError`."""
    names = _check(request)
    refuse_to_overwrite(out, request.force)
    material = gather(request.systems, request.inputs)
    asked = _asked(names, material)
    orders = _orders(request, len(material.items))
    answers = len(orders[0]) * len(names)
    minutes = math.ceil(answers * _SECONDS / 60)
    payload: dict[str, Any] = {
        "columns": COLUMNS,
        "systems": list(request.systems),
        "items": material.items,
        "questions": [{"name": name, **vars(one)} for name, one in zip(names, asked, strict=True)],
        "consent": _consent(request.consent, minutes),
        "shown": [[one.uri for one in row] for row in material.shown],
        "persons": [one.uri for one in material.persons if any(question.person for question in asked)],
        "orders": orders,
    }
    payload["page"] = hashlib.sha256(json.dumps(payload).encode()).hexdigest()[:12]
    data = _filled(payload).encode()
    write_bytes_atomically(out, data, request.force)
    return Page(
        id=payload["page"],
        items=len(material.items),
        pairs=sum(not trial.repeated for trial in orders[0]),
        answers=answers,
        minutes=minutes,
        bytes=len(data),
        left_out=material.left_out,
        warnings=material.warnings,
    )


def _check(request: PageRequest) -> list[str]:
    """The names of the questions; raises `ExpressionError` for what cannot be asked."""
    if len(request.systems) < 2:
        raise ExpressionError(
            f"expected at least two systems NAME=FOLDER to compare, came {len(request.systems)}"
        )
    for name in request.systems:
        if printable(name) != name or not name.strip():
            raise ExpressionError(f"a system needs a name that can be read, came {name!r}")
    if request.pairs < 1:
        raise ExpressionError(f"--pairs must be 1 or more, came {request.pairs}")
    if request.seed < 0:
        raise ExpressionError(f"--seed must be 0 or more, came {request.seed}")
    if not 0 <= request.repeat <= 0.5:
        raise ExpressionError(f"--repeat must be 0 to 0.5, a share of the pairs, came {request.repeat:g}")
    names = list(dict.fromkeys(name.strip() for name in request.questions.split(",")))
    for name in names:
        if name not in QUESTIONS:
            near = get_close_matches(name, QUESTIONS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(QUESTIONS)}"
            raise ExpressionError(f"there is no question {name!r}; {hint}")
    return names


def _asked(names: list[str], material: Material) -> list[Asked]:
    """The questions in words that suit what is shown."""
    if material.persons:
        return [QUESTIONS[name] for name in names]
    about = [name for name in names if name in _ALONE]
    if about and not all(one.moves for row in material.shown for one in row):
        others = ",".join(name for name in names if name not in _ALONE) or "naturalness,quality"
        raise InputError(
            f"{' and '.join(about)} compares a still picture with the person it was made from: give the"
            f" folder of the source faces with --inputs, or ask without it: --questions {others}"
        )
    return [_ALONE.get(name, QUESTIONS[name]) for name in names]


def _orders(request: PageRequest, items: int) -> list[list[trials.Trial]]:
    """The trials of every person that may come."""
    systems = len(request.systems)
    there = items * systems * (systems - 1) // 2
    return [
        trials.draw(
            systems=systems,
            items=items,
            pairs=min(request.pairs, there),
            repeat=request.repeat,
            seed=(request.seed, number),
        )
        for number in range(ORDERS)
    ]


def _consent(path: Path | None, minutes: int) -> list[str]:
    """The paragraphs of the first page."""
    if path is None:
        return [paragraph.format(minutes=minutes) for paragraph in _CONSENT]
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{printable(path)} cannot be read: expected a text in UTF-8 ({error})") from error
    if not text.strip():
        raise InputError(f"{printable(path)} is empty: expected the text that people agree to")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _filled(payload: dict[str, Any]) -> str:
    """The page with style, script and payload in their places."""
    room = files("mien") / "rating"
    held = json.dumps(payload).replace("<", "\\u003c")  # no file name can end the script
    page = (room / "page.html").read_text("utf-8")
    for mark, text in (
        ("{{style}}", (room / "page.css").read_text("utf-8")),
        ("{{script}}", (room / "page.js").read_text("utf-8")),
        ("{{payload}}", held),
    ):
        page = page.replace(mark, text)
    return page
