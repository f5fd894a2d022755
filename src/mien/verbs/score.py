"""`mien score RUN_OR_NAME... --data SET`: figures on held-out persons, in one table for each task."""

import json
from collections.abc import Sequence
from pathlib import Path

from mien.errors import InputError
from mien.extras import need_systems
from mien.media.files import write_bytes_atomically
from mien.systems import spoken
from mien.verbs.options import Option, parse
from mien.verbs.progress import Progress

ABOUT = "Figures of trained systems on the held-out persons of a set: mien score RUN_OR_NAME... --data SET."

IDENTITY = "VGG-Face's weights, a .safetensors file that you hold, to tell persons apart in place of dlib's."


def run(args: Sequence[str]) -> int:
    """Print a Markdown table for each system, with the recipe of every column under it; 0."""
    first = next((place for place, word in enumerate(args) if word.startswith("-")), len(args))
    values = parse(
        "score",
        ABOUT,
        None,
        args[first:],
        data=Option(kind=str, default="people-64", help="The set: a folder or a standard name."),
        identity=Option(kind=Path | None, default=None, help=IDENTITY),
        json=Option(kind=Path | None, default=None, help="Also write the figures there."),
        force=Option(kind=bool, default=False, help="Overwrite files that exist."),
    )
    if not args[:first]:
        raise InputError("expected a run's folder or a system's name: mien score NAME --data people-64")
    need_systems("mien score")
    from mien import checkpoints, evaluation
    from mien.data import sets
    from mien.nets import identity

    encoder = identity.encoder(values["identity"])
    with Progress() as drawn:  # a standard set is drawn when first asked for
        clips = sets.load(values["data"], drawn.of("people"), held=0)
    written = []
    for name in args[:first]:
        rows = evaluation.score(checkpoints.find(name), clips, encoder)
        print(_table(rows), end="\n\n")
        written += [{"name": row.name, "scores": [score.record() for score in row.scores]} for row in rows]
    if values["json"]:
        text = json.dumps(written, indent=1, allow_nan=False)
        write_bytes_atomically(values["json"], text.encode(), values["force"])
    return 0


def _cell(score) -> str:
    """A value with its 95 % interval, or with its spread where it has no interval."""
    if score.low is not None:
        return f"{score.value:.4g} [{score.low:.4g}, {score.high:.4g}]"
    return f"{score.value:.4g} ± {score.spread:.2g}".replace(" ± nan", "")


def _table(rows: Sequence) -> str:
    """Markdown: a row a system, a column a score; a score that a row lacks stays blank."""
    names = list(dict.fromkeys(score.name for row in rows for score in row.scores))
    lines = [f"| | {' | '.join(names)} |", "| --- |" + " --- |" * len(names)]
    for row in rows:
        of = {score.name: _cell(score) for score in row.scores}
        cells = (of.get(name, "") for name in names)
        lines.append(f"| {spoken(row.name)} | {' | '.join(cells)} |")
    recipes = dict.fromkeys(score.recipe for row in rows for score in row.scores)
    return "\n".join([*lines, "", *(f"- {recipe}" for recipe in recipes)])
