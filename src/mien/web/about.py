"""What the page is told of the house: the language's tables, formats, systems, limits."""

from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

from mien import systems, tables
from mien.expression import GAZE, GAZE_LIMIT, HEAD, HEAD_LIMIT
from mien.performance import EASINGS
from mien.version import __version__
from mien.web.limits import Limits

PICTURES = ("png", "jpg", "webp", "tif", "bmp")
FILMS = ("mp4", "webm", "gif", "apng", "webp")


def tell(limits: Limits) -> dict[str, Any]:
    """All of it, as JSON."""
    return {
        "version": __version__,
        "units": [
            {"name": name, "words": tables.NAMES[name], "sided": name in tables.PAIRED, "region": region}
            for region, names in tables.REGIONS.items()
            for name in names
        ],
        "labels": list(tables.LABELS),
        "prototypes": {label: dict(units) for label, units in tables.PROTOTYPES.items()},
        "places": {row.label: [row.valence, row.arousal] for row in tables.TABLE},
        "gaze": {axis: [-GAZE_LIMIT, GAZE_LIMIT] for axis in GAZE},
        "head": {axis: [-HEAD_LIMIT, HEAD_LIMIT] for axis in HEAD},
        "easings": list(EASINGS),
        "systems": [_system(name) for name in systems.names()],
        "formats": {"picture": list(PICTURES), "film": list(FILMS)},
        "live": {"side_per_wish": True},
        "limits": asdict(limits),
    }


def ready(name: str) -> bool:
    """Whether a system of the house can make pictures here: its weights and torch are there."""
    return systems.bundle_of(name).is_dir() and find_spec("torch") is not None


def _system(name: str) -> dict[str, Any]:
    said, spoken = systems.about(name), systems.spoken(name)
    hint = ""
    if not systems.bundle_of(name).is_dir():
        hint = f"no weights of it come with mien; mien train {spoken} --data people-64 --out runs/{spoken}"
    elif not ready(name):
        hint = "it needs the extra `systems`: pip install '.[systems]' in the folder of mien's clone"
    told = {"name": spoken, "task": said.task, "line": said.title, "ready": ready(name)}
    return told | ({"hint": hint} if hint else {})
