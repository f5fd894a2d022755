"""Checks that the expression language shares: numbers in range, nearest names, canonical units, JSON."""

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from mien import tables
from mien.errors import ExpressionError

ROUNDING = 1e-9
"""How far arithmetic may step over a range by rounding; such a value becomes the bound itself."""
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
_UNIT = re.compile(r"AU0*(\d{1,3})([LR]?)", re.IGNORECASE | re.ASCII)


def shorten(value: object, length: int = 60) -> str:
    """A value as one short line for a message."""
    text = repr(value)
    return text if len(text) <= length else text[: length - 3] + "..."


def finite(what: str, value: object) -> float:
    """A finite number as a float; anything else is an ExpressionError."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ExpressionError(f"{what} must be a number, came {shorten(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ExpressionError(f"{what} must be a finite number, came {number}")
    return number


def in_range(what: str, value: object, low: float, high: float) -> float:
    """A number between low and high; what rounding put over the edge becomes the edge."""
    try:
        number = finite(what, value)
    except ExpressionError as error:
        raise ExpressionError(f"{error}; the range is {low:g} to {high:g}") from None
    if not low - ROUNDING <= number <= high + ROUNDING:
        raise ExpressionError(f"{what} must be {low:g} to {high:g}, came {number:g}")
    return min(max(number, low), high) + 0.0  # -0.0 becomes 0.0


def number(what: str, text: str, low: float, high: float) -> float:
    """A number in range from its text."""
    if not _NUMBER.fullmatch(text):
        raise ExpressionError(f"{what} must be a number {low:g} to {high:g}, came {shorten(text)}")
    return in_range(what, float(text), low, high)


def angles(what: str, values: Any, axes: tuple[str, ...], limit: float) -> tuple[float, ...]:
    """Angles in degrees, one for each axis."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise ExpressionError(f"{what} must be ({', '.join(axes)}) in degrees, came {shorten(values)}")
    given = tuple(values)
    if len(given) != len(axes):
        raise ExpressionError(f"{what} must be ({', '.join(axes)}) in degrees, came {len(given)} values")
    pairs = zip(axes, given, strict=True)
    return tuple(in_range(f"{what} {axis} in degrees", value, -limit, limit) for axis, value in pairs)


def known(name: str, names: Iterable[str], kind: str) -> str:
    """The one of the names that was meant, whatever its case; else an error with the nearest."""
    by_lower = {candidate.lower(): candidate for candidate in names}
    if name.lower() in by_lower:
        return by_lower[name.lower()]
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    hint = f"did you mean {by_lower[near[0]]}?" if near else f"known: {', '.join(by_lower.values())}"
    raise ExpressionError(f"unknown {kind} {shorten(name)}; {hint}")


def unit_name(name: str) -> str:
    """The canonical name of a unit: `au06l` is AU6L; asking a side of a midline unit is an error."""
    match = _UNIT.fullmatch(name)
    unit = f"AU{match[1]}" if match else ""
    if match is None or unit not in tables.UNITS:
        raise ExpressionError(
            f"unknown unit {shorten(name)}; known: {', '.join(tables.UNITS)}, and L or R after a paired one"
        )
    if match[2] and unit not in tables.PAIRED:
        raise ExpressionError(f"{unit} has no sides, came {name}; write {unit}")
    return unit + match[2].upper()


def canonical(units: Mapping[str, float]) -> dict[str, float]:
    """Units 0..1 in the order of their numbers, without zeros; both sides equal are one name."""
    named: dict[str, float] = {}
    for name, value in units.items():
        unit = unit_name(name)
        named[unit] = named.get(unit, 0.0) + in_range(unit, value, 0.0, 1.0)
    sides = {side: in_range(side, value, 0.0, 1.0) for side, value in tables.split(named).items()}
    result: dict[str, float] = {}
    for unit in tables.UNITS:
        left, right = sides.get(unit + "L", 0.0), sides.get(unit + "R", 0.0)
        if unit in tables.MIDLINE or left == right:
            result[unit] = sides.get(unit, left)
        else:
            result |= {unit + "L": left, unit + "R": right}
    return {name: value for name, value in result.items() if value != 0}


def check_size(text: str, limit: int) -> None:
    """Refuse what is not text, or more bytes than the limit, before reading any of it."""
    if not isinstance(text, str):
        raise ExpressionError(f"expected text, came {shorten(text)}")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limit:
        raise ExpressionError(f"expected at most {limit} bytes of text, came {size}")


def load_json(text: str) -> Any:
    """The parsed text, or an ExpressionError that says where it breaks."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ExpressionError(
            "the JSON is nested too deeply; expected an object as to_json writes it"
        ) from None
    except ValueError as error:
        raise ExpressionError(f"the JSON cannot be read: {error}") from None
