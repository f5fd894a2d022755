"""`mien transfer`: a photo that does what a film, a picture, a table or a camera does."""

from collections.abc import Sequence
from typing import Any

from mien.requests import TransferRequest
from mien.verbs import making
from mien.verbs.progress import Progress


def work(request: TransferRequest, tell: making.Tell = making.silent) -> dict[str, Any]:
    """Do one request; what the line of a batch tells of it."""
    from mien import reenactment

    if tell is making.silent:
        receipt = reenactment.transfer(request).receipt
    else:
        with Progress() as watch:
            receipt = reenactment.transfer(request, tell, watch).receipt
    return {"output": str(request.output), "receipt": receipt.to_dict(), "lines": receipt.lines()}


def _suffix(options: dict[str, Any]) -> str | None:
    from mien import drivers

    return None if drivers.kind_of(options["from_"]) == "picture" else ".mp4"


def run(args: Sequence[str]) -> int:
    """Parse the arguments and do it; the exit code."""
    verb = making.Verb(
        name="transfer",
        about="A photo that does what somebody else does.",
        request=TransferRequest,
        work=work,
        suffix=_suffix,
    )
    return making.run(verb, args)
