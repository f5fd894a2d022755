"""`mien sheet`: contact sheets of a photo."""

from collections.abc import Sequence
from typing import Any

from mien.requests import SheetRequest
from mien.verbs import making


def work(request: SheetRequest, tell: making.Tell = making.silent) -> dict[str, Any]:
    """Do one request; what the line of a batch tells of it."""
    from mien import pipelines

    receipt = pipelines.sheet(request, tell).receipt
    return {"output": str(request.output), "receipt": receipt.to_dict(), "lines": receipt.lines()}


def run(args: Sequence[str]) -> int:
    """Parse the arguments and do it; the exit code."""
    verb = making.Verb(
        name="sheet",
        about="Contact sheets of a photo.",
        request=SheetRequest,
        work=work,
        suffix=lambda options: ".png",
    )
    return making.run(verb, args)
