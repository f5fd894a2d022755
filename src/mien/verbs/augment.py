"""`mien augment DIR OUT`: a set with classes filled up with made pictures."""

from collections.abc import Sequence
from pathlib import Path

from mien.errors import ExpressionError
from mien.requests import AugmentRequest
from mien.verbs.options import leading, parse

ABOUT = (
    "Fill the classes of a set of faces with pictures made from its other photos: mien augment DIR OUT "
    "--balance, or --per-image N."
)


def run(args: Sequence[str]) -> int:
    """Parse, make, report; 1 where a photo could not be used or a picture not be made."""
    places, rest = leading(args)
    values = parse("augment", ABOUT, AugmentRequest, rest, skip=("data", "out"))
    if len(places) != 2:
        raise ExpressionError(
            "expected the set and a folder for the results first: mien augment DIR OUT --balance; "
            "mien augment --help shows more"
        )
    request = AugmentRequest(data=Path(places[0]), out=Path(places[1]), **values)
    from mien.augmentation.pipeline import augment
    from mien.verbs.progress import Progress

    with Progress() as progress:
        report = augment(request, progress)
    print(request.out, *report.lines(), sep="\n  ")
    return 1 if report.skipped or report.failed else 0
