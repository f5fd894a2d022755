"""What the addresses take: bodies drawn from the requests of `mien.requests`, and requests made of them."""

import json
import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from fractions import Fraction
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from mien import pipelines, systems
from mien.calls import helps
from mien.errors import ExpressionError
from mien.expression import Expression
from mien.performance import SCHEMA, Performance, interpret
from mien.requests import SECONDS, AnimateRequest, EditRequest, MeasureRequest, SheetRequest
from mien.web import about
from mien.web.limits import Limits
from mien.web.refusals import Refusal

FPS = r"\d{1,5}(\.\d{1,3}|/\d{1,5})?"
_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
_OURS = ("photo", "output", "force", "clip", "resume")
"""Fields of requests that are the server's own business: paths, and what is about files."""
_HELD = ("gif", "apng", "webp")
"""Films whose frames are all in memory before they are written."""
Words = str | dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One kind of job."""

    request: type
    work: Callable[..., Any]
    formats: tuple[str, ...]
    """Of its result; the first is the default. None: it has no file."""


TASKS = {
    "edit": Task(request=EditRequest, work=pipelines.edit, formats=about.PICTURES),
    "animate": Task(request=AnimateRequest, work=pipelines.animate, formats=about.FILMS),
    "sheet": Task(request=SheetRequest, work=pipelines.sheet, formats=about.PICTURES),
    "measure": Task(request=MeasureRequest, work=pipelines.measure, formats=()),
}


class ExpressionBody(BaseModel):
    """An expression in one of its forms: text, a label and strength, a point of the circumplex, or units."""

    model_config = _STRICT
    text: str | None = None
    label: str | None = None
    strength: float = 1.0
    valence: float | None = None
    arousal: float | None = None
    expression: dict[str, Any] | None = None

    def read(self) -> Expression:
        """The expression; raises `ExpressionError`, and a refusal where there is not exactly one form."""
        forms = {"text": self.text, "label": self.label, "expression": self.expression}
        forms["valence and arousal"] = self.valence if self.arousal is not None else None
        given = [name for name, value in forms.items() if value is not None]
        if len(given) != 1:
            said = f"expected one of {', '.join(forms)}, came {' and '.join(given) or 'none'}"
            raise Refusal(422, "Invalid", said)
        if self.text is not None:
            return Expression.parse(self.text)
        if self.label is not None:
            return Expression.from_label(self.label, self.strength)
        if self.expression is not None:
            return Expression.from_dict(self.expression)
        assert self.valence is not None and self.arousal is not None
        return Expression.from_valence_arousal(self.valence, self.arousal)


class PerformanceBody(BaseModel):
    """A performance, or an expression that is to be acted, and how."""

    model_config = _STRICT
    to: Words
    fps: float | str = 24
    seconds: float | None = None
    still: bool = False
    seed: int = 0


def _body(name: str, task: Task) -> type[BaseModel]:
    """The body of a job: its request's fields, without what is the server's own."""
    texts, columns = helps(task.request), {}
    for entry in fields(task.request):
        if entry.name in _OURS:
            continue
        kind = {"to": Words, "fps": float | str}.get(entry.name, entry.type)
        default = ... if entry.default is MISSING else entry.default
        columns[entry.name] = (kind, Field(default, description=texts[entry.name]))
    columns["task"] = (Literal[name], ...)
    columns["photo"] = (str, Field(..., description="The id of a photo."))
    if task.formats:
        columns["format"] = (Literal[task.formats], task.formats[0])
    return create_model(f"{name.title()}Job", __config__=_STRICT, **columns)  # pyright: ignore


if TYPE_CHECKING:
    JobBody = Any
else:
    _bodies = [_body(name, task) for name, task in TASKS.items()]
    JobBody = Annotated[reduce(or_, _bodies), Field(discriminator="task")]
    """A job of any task; the task says which fields it has."""


def request_of(body: Any, photo: Path, output: Path | None) -> Any:
    """The request that a job's body asks for; raises what is wrong with it."""
    given = body.model_dump(exclude_unset=True, exclude={"task", "photo", "format"})
    if "to" in given:
        given["to"] = performed(given["to"])
    if "fps" in given:
        given["fps"] = rate(given["fps"])
    for name in ("system", "painter"):
        if given.get(name) is not None:
            given[name] = _system(given[name])
    if output is not None:
        given["output"] = output
    request = TASKS[body.task].request(photo=photo, **given)
    if hasattr(request, "target"):
        request.target()
    return request


def performed(to: Words) -> Expression | Performance:
    """What is to be shown. Text is read as the language and never as the name of a file."""
    if isinstance(to, str):
        return interpret(to)
    if "keyframes" in to:
        return Performance.from_json(json.dumps({"schema": SCHEMA, **to}))
    return Expression.from_dict(to)


def rate(fps: float | str) -> Fraction:
    """Frames a second, of a number or a ratio."""
    text = fps if isinstance(fps, str) else f"{fps:g}"
    if not re.fullmatch(FPS, text):
        raise ExpressionError(f"fps must be a number or a ratio such as 24000/1001, came {text[:20]!r}")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise ExpressionError("fps must be above 0, came a ratio to 0") from None


def bound(request: Any, form: str, size: tuple[int, int], limits: Limits) -> None:
    """Refuse what would take too long, or too much memory, for a picture of a size (width, height)."""
    if isinstance(request, SheetRequest) and not 1 <= request.tile <= limits.tile:
        raise Refusal(422, "TooLarge", f"tile is 1 to {limits.tile} pixels here, came {request.tile}")
    if not isinstance(request, AnimateRequest):
        return
    target = request.target()
    seconds = target.duration if isinstance(target, Performance) else request.seconds or SECONDS
    frames = check_length(seconds, Fraction(request.fps), limits)
    if form in _HELD and frames * size[0] * size[1] * 3 > limits.raw:
        said = f"{frames} frames of {size[0]}x{size[1]} are too many for .{form}, made of all at once"
        raise Refusal(422, "TooLarge", said, "choose mp4 or webm, or a shorter film, or a smaller photo")


def check_length(seconds: float, fps: Fraction, limits: Limits) -> int:
    """The number of frames; refuses what is longer or faster than the limits."""
    if seconds > limits.seconds or fps > limits.fps:
        said = f"at most {limits.seconds:g} s at {limits.fps} frames a second"
        raise Refusal(
            422,
            "TooLarge",
            f"{said}, came {seconds:g} s at {float(fps):g}",
            "mien animate on the command line takes more",
        )
    return max(1, round(seconds * fps))


def _system(name: str) -> str:
    """A system of the house by name; a path is none here, for it would be run."""
    known = {systems.spoken(stem): stem for stem in systems.names()}
    if name.replace("_", "-") not in known:
        raise Refusal(422, "Invalid", f"there is no such system; there are {', '.join(known)}")
    if not about.ready(known[name.replace("_", "-")]):
        raise Refusal(422, "NotReady", "that system cannot make pictures here", "see /api/about")
    return name
