"""One picture made from one photo: a pure function of source, expression and place, on any machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien import pipelines
from mien.requests import Box, EditRequest

NUMBERS = (
    "label_requested",
    "label_before",
    "label_achieved",
    "label_uncertainty",
    "identity_distance",
    "fit_residual",
    "size",
    "changed",
    "warnings",
)
"""What the manifest keeps of a receipt."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One picture to make."""

    photo: str
    """What its record is called by: the picture's name within the folder of results."""
    source: Path
    to: str
    box: Box
    """Of the face in the source."""
    output: Path
    system: str | None


def make(item: Item) -> dict[str, Any]:
    """Make it, write it whole or not at all, and give the numbers of its receipt."""
    request = EditRequest(
        photo=item.source, to=item.to, output=item.output, box=item.box, system=item.system, force=True
    )
    receipt = pipelines.edit(request).receipt
    face = receipt.to_dict()["faces"][0]
    numbers = {name: face[name] for name in NUMBERS}
    return {"settings_hash": receipt.settings_hash, "receipt": numbers}
