"""Settings of a system as JSON and as words; an unknown name is answered with the nearest."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from difflib import get_close_matches
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from mien.errors import InputError

Kind = TypeVar("Kind")


def to_json(settings: Any) -> dict[str, Any]:
    """Fields of a dataclass as JSON values: tuples become lists."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()
    }


def from_json(kind: type[Kind], values: Mapping[str, Any]) -> Kind:
    """A dataclass from JSON values; what is not named keeps its default.

    Raises `InputError` for a name that the dataclass lacks (the nearest is told) or a value of another kind.
    """
    kinds = get_type_hints(kind)
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise InputError(f"there is no setting {name!r}; {hint}")
    return kind(**{name: _as(kinds[name], name, value) for name, value in values.items()})


def from_words(kind: type[Kind], words: Mapping[str, str]) -> Kind:
    """A dataclass from texts such as those of a command line: lists are written with commas."""
    kinds, values = get_type_hints(kind), {}
    for name, word in words.items():
        values[name] = word
        if name in kinds:
            values[name] = _read(kinds[name], name, word)
    return from_json(kind, values)


def differences(before: Any, after: Any) -> list[str]:
    """One text for each field that differs: `batch: 16 before, 8 now`."""
    old, new = to_json(before), to_json(after)
    return [f"{name}: {old[name]} before, {new[name]} now" for name in old if old[name] != new[name]]


def _read(kind: Any, name: str, word: str) -> Any:
    """A text as a value of its kind."""
    if get_origin(kind) is tuple:
        return [_read(get_args(kind)[0], name, part) for part in word.split(",")]
    if kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            raise InputError(f"setting {name} takes a {_word(kind)}, came {word!r}") from None
    return word


def _as(kind: Any, name: str, value: Any) -> Any:
    """A JSON value as a field's value."""
    if get_origin(kind) is tuple and isinstance(value, list | tuple):
        return tuple(_as(get_args(kind)[0], name, part) for part in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, get_origin(kind) or kind) or isinstance(value, bool | NoneType):
        raise InputError(f"setting {name} takes a {_word(kind)}, came {value!r}")
    return value


def _word(kind: Any) -> str:
    return {int: "whole number", float: "number", str: "text"}.get(kind, "list")
