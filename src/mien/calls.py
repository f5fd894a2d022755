"""What the doors share: the texts under a request's fields, and a request as a command and as Python."""

import ast
import inspect
import shlex
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from mien.expression import Expression
from mien.performance import Performance

_GIVEN = ("photo", "to", "from_")
"""What a call in Python takes without a name, in this order."""


def helps(request: Any) -> dict[str, str]:
    """The text under each field of a dataclass."""
    body = ast.parse(inspect.getsource(request)).body[0]
    assert isinstance(body, ast.ClassDef)
    found, name = {}, ""
    for line in body.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            name = line.target.id
        elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and name:
            found[name] = " ".join(str(line.value.value).split())
    return found


def python(verb: str, request: Any) -> str:
    """The call of `mien.<verb>` that does what a request asks."""
    options = [f"{name}={_plain(value)!r}" for name, value in _asked(request) if name not in _GIVEN]
    first = [repr(_plain(getattr(request, name))) for name in _GIVEN if hasattr(request, name)]
    return f"mien.{verb}({', '.join([*first, *options])})"


def command(verb: str, request: Any) -> str:
    """The line for a shell that does what a request asks."""
    words = ["mien", verb, str(request.photo)]
    for name, value in _asked(request):
        flag = "-o" if name == "output" else f"--{name.rstrip('_').replace('_', '-')}"
        words += [flag] if value is True else [flag, _word(value)]
    return shlex.join(words)


def _asked(request: Any) -> list[tuple[str, Any]]:
    """The fields beside the photo that differ from their defaults."""
    given = [(entry, getattr(request, entry.name)) for entry in fields(request) if entry.name != "photo"]
    return [(entry.name, value) for entry, value in given if value != entry.default]


def _plain(value: Any) -> Any:
    """A value as it reads best in a call."""
    if isinstance(value, Path | Expression | Performance):
        return str(value)
    return float(value) if isinstance(value, Fraction) else value


def _word(value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, tuple):
        return ",".join(one if isinstance(one, str) else f"{one:g}" for one in value)
    return str(value)
