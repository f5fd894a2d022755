"""`mien animate`: films of a photo that moves."""

from collections.abc import Sequence
from typing import Any

from mien.requests import AnimateRequest
from mien.verbs import making


def work(request: AnimateRequest, tell: making.Tell = making.silent) -> dict[str, Any]:
    """Do one request; what the line of a batch tells of it."""
    from mien import pipelines

    receipt = pipelines.animate(request, tell).receipt
    return {"output": str(request.output), "receipt": receipt.to_dict(), "lines": receipt.lines()}


def run(args: Sequence[str]) -> int:
    """Parse the arguments and do it; the exit code."""
    verb = making.Verb(
        name="animate",
        about="Films of a photo that moves.",
        request=AnimateRequest,
        work=work,
        suffix=lambda options: ".mp4",
    )
    return making.run(verb, args)
