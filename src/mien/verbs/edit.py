"""`mien edit`: photos that show an expression."""

from collections.abc import Sequence
from typing import Any

from mien.requests import EditRequest
from mien.verbs import making


def work(request: EditRequest, tell: making.Tell = making.silent) -> dict[str, Any]:
    """Do one request; what the line of a batch tells of it."""
    from mien import pipelines

    receipt = pipelines.edit(request, tell).receipt
    return {"output": str(request.output), "receipt": receipt.to_dict(), "lines": receipt.lines()}


def run(args: Sequence[str]) -> int:
    """Parse the arguments and do it; the exit code."""
    verb = making.Verb(
        name="edit", about="Photos that show an expression.", request=EditRequest, work=work, suffix=None
    )
    return making.run(verb, args)
