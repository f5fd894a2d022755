"""`mien compare [RUN_OR_NAME...] -o FOLDER`: systems, the engine, a copy and the truth in one table."""

from collections.abc import Sequence
from pathlib import Path

from mien.extras import need_systems
from mien.verbs.options import Option, parse
from mien.verbs.progress import Progress

ABOUT = "Put one question to many and compare their answers: mien compare [RUN_OR_NAME...] -o FOLDER."


def run(args: Sequence[str]) -> int:
    """Print the table; with a folder, also write it as Markdown, CSV, JSON and a page; 0."""
    first = next((place for place, word in enumerate(args) if word.startswith("-")), len(args))
    values = parse(
        "compare",
        ABOUT,
        None,
        args[first:],
        data=Option(kind=str, default="people-128", help="The set: a folder or a standard name."),
        output=Option(kind=Path | None, default=None, help="Folder for the table and the page."),
        force=Option(kind=bool, default=False, help="Overwrite files that exist."),
    )
    need_systems("mien compare")
    from mien import comparison, contestants, reports
    from mien.data import sets

    with Progress() as progress:
        clips = sets.load(values["data"], progress.of("people"), held=0)
        found = comparison.compare(args[:first] or contestants.everyone(), clips, progress.of("questions"))
    print(reports.markdown(found))
    if values["output"]:
        for path in reports.write(found, values["output"], force=values["force"]):
            print(path)
    return 0
