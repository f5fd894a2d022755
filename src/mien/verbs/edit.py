"""`mien edit`: photos, and films, that show an expression."""

from collections.abc import Sequence
from typing import Any

from mien.requests import EditRequest
from mien.verbs import making
from mien.verbs.progress import Progress


def work(request: EditRequest, tell: making.Tell = making.silent) -> dict[str, Any]:
    """Do one request, of a photo or a film; what the line of a batch tells of it."""
    from mien import pipelines, refilming
    from mien.media import playback

    if not playback.is_film(request.photo):
        receipt = pipelines.edit(request, tell).receipt
    elif tell is making.silent:
        receipt = refilming.edit_film(request).receipt
    else:
        with Progress() as watch:
            receipt = refilming.edit_film(request, tell, watch).receipt
    return {"output": str(request.output), "receipt": receipt.to_dict(), "lines": receipt.lines()}


def run(args: Sequence[str]) -> int:
    """Parse the arguments and do it; the exit code."""
    verb = making.Verb(
        name="edit",
        about="Photos and films that show an expression.",
        request=EditRequest,
        work=work,
        suffix=lambda options: None,
    )
    return making.run(verb, args)
