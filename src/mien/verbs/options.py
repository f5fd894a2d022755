"""Options drawn from a request: fields become flags, their defaults defaults, the text under them help."""

import io
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import MISSING, dataclass, field, fields, make_dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import tyro
from tyro.constructors import PrimitiveConstructorSpec

from mien.calls import helps
from mien.errors import ExpressionError


@dataclass(frozen=True, kw_only=True)
class Option:
    """A flag that a verb adds to those of its request."""

    kind: Any
    default: Any
    help: str


def parse(
    verb: str,
    about: str,
    request: type | None,
    args: Sequence[str],
    *,
    need: Sequence[str] = (),
    skip: Sequence[str] = (),
    **more: Option,
) -> dict[str, Any]:
    """Values of all options by name; `photo` is a tuple. Exits with 0 on --help.

    need: fields of the request with a default that the command line must be given all the same.
    skip: fields of the request that are no options.
    Raises `ExpressionError`, in one line, for an option that is unknown, missing or cannot be read.
    """
    rows, required = [], []
    for entry in fields(request) if request else ():
        if entry.name in skip:
            continue
        default = MISSING if entry.name in need else entry.default
        rows.append(_row(entry.name, entry.type, default, helps(request)[entry.name]))
        if default is MISSING and entry.name != "photo":
            required.append(entry.name)
    rows += [_row(name, option.kind, option.default, option.help) for name, option in more.items()]
    values, unknown = _read(verb, about, make_dataclass(verb, rows, kw_only=True), args)
    if unknown:
        raise ExpressionError(f"{_unknown(unknown, [row[0] for row in rows])}; {_see(verb)}")
    missing = [f"{_flag(name)} {_SPECS[name][0]}" for name in required if values[name] is None]
    if missing:
        raise ExpressionError(f"mien {verb} needs {' and '.join(missing)}; {_see(verb)}")
    return values


def leading(args: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """The words before the first option, and the rest."""
    first = next((place for place, word in enumerate(args) if word.startswith("-")), len(args))
    return list(args[:first]), args[first:]


def _read(verb: str, about: str, options: type, args: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Values by name, and the words that belong to no option; what tyro says in a box becomes one line."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            parsed, unknown = tyro.cli(
                options,
                prog=f"mien {verb}",
                description=about,
                args=list(args),
                return_unknown_args=True,
                config=(tyro.conf.FlagCreatePairsOff,),
            )
    except SystemExit as end:
        if not end.code:
            raise
        raise ExpressionError(f"{_unboxed(said.getvalue())}; {_see(verb)}") from None
    return vars(parsed), unknown


def _see(verb: str) -> str:
    return f"mien {verb} --help shows the options"


def _unboxed(box: str) -> str:
    """The first paragraph within a box, as one line without its full stop."""
    lines = [line.strip(" │|") for line in box.splitlines()[1:]]
    rules = [number for number, line in enumerate(lines) if re.fullmatch(r"\W+", line)]
    return " ".join(lines[: rules[0]] if rules else lines).rstrip(".")


def _unknown(words: Sequence[str], names: Sequence[str]) -> str:
    """What is said of the first unknown option, or of the first word where there is none."""
    word = next((word for word in words if word.startswith("-")), words[0])
    flags = [_flag(name) for name in names if name != "photo"]
    near = get_close_matches(word.partition("=")[0], flags, 1)
    if not word.startswith("-"):
        return f"{word!r} belongs to no option"
    dash = "" if word.startswith("--") else "; a photo whose name begins with a dash goes behind --"
    return f"there is no option {word}{f'; did you mean {near[0]}?' if near else dash}"


def _flag(name: str) -> str:
    """The flag of a field; one that is named after a word of Python, as for_, ends in a dash."""
    return f"--{name.rstrip('_').replace('_', '-')}"


def _row(name: str, kind: Any, default: Any, text: str) -> tuple[str, Any, Any]:
    aliases = ["-o"] if name == "output" else None
    hint = "(required)" if default is MISSING else None
    own = name.rstrip("_") if name.endswith("_") else None
    marks: list[Any] = [tyro.conf.arg(name=own, help=text, aliases=aliases, help_behavior_hint=hint)]
    if name == "photo":
        several = default is MISSING
        text, metavar = (f"{text} Or several, a folder, a glob.", "PHOTO") if several else (text, "[PHOTO]")
        marks = [tyro.conf.arg(help=text, metavar=metavar, help_behavior_hint=""), tyro.conf.Positional]
        return name, Annotated[(tuple[str, ...], *marks)], field(default=())
    if spec := _SPECS.get(name) or _KINDS.get(kind):
        marks.append(_spec(name, *spec))
        kind = Any
    return name, Annotated[(kind, *marks)], field(default=None if default is MISSING else default)


def _spec(name: str, metavar: str, what: str, read: Callable[[str], Any]) -> PrimitiveConstructorSpec[Any]:
    """How tyro reads a value of one word."""

    def value(words: list[str]) -> Any:
        try:
            return read(words[0])
        except (ValueError, ZeroDivisionError):
            raise ExpressionError(f"{_flag(name)} must be {what}, came {words[0]!r}") from None

    return PrimitiveConstructorSpec(
        nargs=1,
        metavar=metavar,
        instance_from_str=value,
        is_instance=lambda value: True,
        str_from_instance=lambda value: [_shown(value)],
    )


def _shown(value: Any) -> str:
    """A default as it is typed."""
    if isinstance(value, tuple):
        words = [word if isinstance(word, str) else f"{word:g}" for word in value]
        return ("," if words == list(value) else "..").join(words)
    return "none" if value is None else str(value)


def _box(text: str) -> tuple[float, ...]:
    x, y, width, height = (float(word) for word in text.split(","))
    return x, y, width, height


def _whole(least: int) -> Callable[[str], int]:
    """A reader of whole numbers from `least`."""

    def read(text: str) -> int:
        if int(text) < least:
            raise ValueError
        return int(text)

    return read


def _range(text: str) -> tuple[float, float]:
    """Two numbers, or one that is both."""
    low, _, high = text.partition("..")
    return float(low), float(high or low)


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    if not all(words):
        raise ValueError
    return words


_SPECS: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "to": ("EXPRESSION", "an expression", str),
    "output": ("PATH", "a path", Path),
    "receipt": ("FILE", "a path", Path),
    "from_": ("DRIVER", "a film, a picture, a table or webcam", str),
    "only": ("PARTS", "parts of the face", _words),
    "neutral": ("SECONDS", "a number of seconds", float),
    "face": ("WHICH", "a face", str),
    "driver_face": ("WHICH", "a face", str),
    "box": ("X,Y,W,H", "four numbers x,y,width,height in pixels", _box),
    "fps": ("NUMBER", "a number or a ratio such as 24000/1001", Fraction),
    "seconds": ("NUMBER", "a number of seconds", float),
    "seed": ("NUMBER", "a whole number", int),
    "tile": ("NUMBER", "a whole number of pixels, 0 or more", _whole(0)),
    "data": ("SET", "a folder or a name", str),
    "out": ("RUN", "a folder", Path),
    "for_": ("SYSTEM", "a name of mien list", str),
    "accumulate": ("NUMBER", "a whole number, 1 or more", _whole(1)),
    "save_every": ("NUMBER", "a whole number, 1 or more", _whole(1)),
    "jobs": ("NUMBER", "a whole number, 1 or more", _whole(1)),
    "per_image": ("NUMBER", "a whole number, 1 or more", _whole(1)),
    "seeds": ("NUMBER", "a whole number, 2 or more", _whole(2)),
    "expressions": ("NAMES", "names with commas between", _words),
    "augmented": ("DIR", "a folder", Path),
    "subject": ("PATTERN", "a regular expression", str),
    "cluster": ("ADDRESS", "an address", str),
    "repeats": ("NUMBER", "a whole number, 1 or more", _whole(1)),
}
_KINDS: dict[Any, tuple[str, str, Callable[[str], Any]]] = {
    float: ("NUMBER", "a number", float),
    tuple[float, float]: ("LOW..HIGH", "a range such as 0.6..1, or one number", _range),
}
"""The same for options that are told by what they hold."""
