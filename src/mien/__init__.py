"""One photo, any expression: the whole public face of mien."""

from typing import TYPE_CHECKING, Any

from mien.version import __version__ as __version__

if TYPE_CHECKING:
    from pathlib import Path

    from mien.expression import Expression as Expression
    from mien.face.analysis import Box
    from mien.face.portrait import Portrait as Portrait
    from mien.performance import Performance as Performance
    from mien.pipelines import Animated, Edited, Measured, Sheet
    from mien.reenactment import Transferred

__all__ = [
    "Expression", "Performance", "Portrait", "animate", "edit", "edit_film", "measure", "sheet", "transfer",
]  # fmt: skip
_HOMES = {
    "Expression": "mien.expression",
    "Performance": "mien.performance",
    "Portrait": "mien.face.portrait",
}


def edit(photo: "str | Path", to: "str | Expression", **options: Any) -> "Edited":
    """Make the face in a photo show an expression; options are the fields of `requests.EditRequest`.

    `mien.edit("me.jpg", "happiness:.8").save("smile.jpg")`
    """
    from mien import pipelines, requests

    return pipelines.edit(requests.EditRequest(photo=photo, to=to, **options))


def animate(
    photo: "str | Path", to: "str | Expression | Performance", output: "str | Path", **options: Any
) -> "Animated":
    """Write a film of the face moving to an expression, or acting a performance (`AnimateRequest`)."""
    from mien import pipelines, requests

    return pipelines.animate(requests.AnimateRequest(photo=photo, to=to, output=output, **options))


def edit_film(film: "str | Path", to: "str | Expression", output: "str | Path", **options: Any) -> "Animated":
    """Make the person in a film show an expression, all through it (`requests.EditRequest`)."""
    from mien import refilming, requests

    return refilming.edit_film(requests.EditRequest(photo=film, to=to, output=output, **options))


def transfer(
    photo: "str | Path", driver: "str | Path", output: "str | Path", **options: Any
) -> "Transferred":
    """Make a photo do what a film, a picture, a table or a camera does (`requests.TransferRequest`)."""
    from mien import reenactment, requests

    return reenactment.transfer(requests.TransferRequest(photo=photo, from_=driver, output=output, **options))


def sheet(photo: "str | Path", **options: Any) -> "Sheet":
    """Draw a contact sheet: six expressions by three strengths (`requests.SheetRequest`)."""
    from mien import pipelines, requests

    return pipelines.sheet(requests.SheetRequest(photo=photo, **options))


def measure(photo: "str | Path", *, face: str | int = "auto", box: "Box | None" = None) -> "Measured":
    """Read what the faces of a photo show: units, labels, valence, arousal, head, gaze."""
    from mien import pipelines, requests

    return pipelines.measure(requests.MeasureRequest(photo=photo, face=face, box=box))


def __getattr__(name: str) -> Any:
    """Public classes are imported when first asked for, so that `import mien` is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mien' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
