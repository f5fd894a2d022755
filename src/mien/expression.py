"""The expression language: what a face shows, as a value that can be written, read, mixed and stored."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mien import affect, blendshapes, tables
from mien.checks import (
    ROUNDING,
    angles,
    canonical,
    check_size,
    finite,
    in_range,
    known,
    load_json,
    number,
    shorten,
    unit_name,
)
from mien.errors import ExpressionError

SCHEMA = "mien.expression/1"
LIMIT = 2048
"""Greatest length of an expression as text or JSON, bytes."""
GAZE = ("yaw", "pitch")
GAZE_LIMIT = 40.0
HEAD = ("yaw", "pitch", "roll")
HEAD_LIMIT = 60.0
_POINTS = {"va": (("valence", "arousal"), 1.0), "gaze": (GAZE, GAZE_LIMIT), "head": (HEAD, HEAD_LIMIT)}
_TERM = re.compile(
    r"\s*(?P<name>[^\W\d]\w*)\s*"
    r"(?:\((?P<arguments>[^()]*)\)|[:=]\s*(?P<value>[-+]?[\w.]*(?:(?<=[\d.][eE])[-+]\d+)?))?\s*(?P<next>[+,]|$)"
)


class Units(Mapping[str, float]):
    """An immutable, hashable mapping of unit names to strengths; it compares equal to a dict."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, float]):
        self._values = dict(values)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)


@dataclass(frozen=True, kw_only=True)
class Expression:
    """What a face shows: an absolute target, not a change.

    units: action unit -> strength 0..1 (see `tables.UNITS`). A paired unit takes a suffix L or R for the
        person's own left or right; `AU12` and `AU12L` together add up on the left. Zeros are dropped, equal
        sides are written as one.
    gaze: (yaw, pitch) of both eyes in degrees, -40..40, relative to the head.
    head: (yaw, pitch, roll) in degrees, -60..60.
    Signs: yaw + towards the image's right (the person's own left), pitch + up, roll + clockwise as seen in
    the image. Raises ExpressionError for unknown names and values out of range; nothing is clamped.
    """

    units: Mapping[str, float] = field(default_factory=dict)
    gaze: tuple[float, float] = (0.0, 0.0)
    head: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", Units(canonical(self.units)))
        object.__setattr__(self, "gaze", angles("gaze", self.gaze, GAZE, GAZE_LIMIT))
        object.__setattr__(self, "head", angles("head", self.head, HEAD, HEAD_LIMIT))

    @classmethod
    def parse(cls, text: str) -> "Expression":
        """Read an expression: terms joined by `+` or `,`, which mean the same; units and angles add up.

        A term is a label (`happiness`, `happiness:.8`), a unit (`AU6=.7`, `AU12L=.5`; alone it is at 1),
        `va(0.7,0.3)`, `gaze(10,-5)`, `head(5,0,3)` or `neutral`. The text may also be the JSON of `to_json`.
        A sum above 1 is an error that names the unit. Raises ExpressionError with the range or the nearest
        name, and what came.
        """
        check_size(text, LIMIT)
        if text.lstrip().startswith("{"):
            return cls.from_json(text)
        position, terms, joined = 0, [], True
        while joined:
            term = _TERM.match(text, position)
            if term is None:
                raise ExpressionError(_unreadable(text[position:].strip()))
            written = text[position : term.end()].removesuffix(term["next"]).strip()
            terms.append((written, _read_term(term["name"], term["arguments"], term["value"])))
            position, joined = term.end(), term["next"] != ""
        return _joined(terms)

    @classmethod
    def from_label(cls, label: str, intensity: float = 1.0) -> "Expression":
        """The prototype of a label or alias (see `tables.TABLE`), its units times intensity 0..1."""
        strength = in_range(f"the strength of {label}", intensity, 0.0, 1.0)
        name = known(label, (*tables.LABELS, *tables.ALIASES), "label")
        weights = tables.PROTOTYPES[tables.ALIASES.get(name, name)]
        return cls(units={unit: round(strength * weight, 12) for unit, weight in weights.items()})

    @classmethod
    def from_valence_arousal(cls, valence: float, arousal: float) -> "Expression":
        """The expression at a point of the circumplex, both -1..1, neutral at (0, 0) (`affect.units_at`)."""
        point = in_range("valence", valence, -1.0, 1.0), in_range("arousal", arousal, -1.0, 1.0)
        return cls(units=affect.units_at(*point))

    @classmethod
    def from_blendshapes(cls, shapes: Mapping[str, float]) -> "Expression":
        """Units and gaze of ARKit shapes, name -> 0..1; missing shapes are 0, names in any case.

        jawOpen is AU26 up to 0.42 and AU27 above. `tables.UNREAD_SHAPES` are checked and read past.
        """
        units, gaze = blendshapes.read(shapes)
        return cls(units=units, gaze=gaze)

    def to_blendshapes(self) -> dict[str, float]:
        """All 52 ARKit shapes, 0..1. AU23 and the head have none; gaze beyond 30 degrees stays at 1."""
        return blendshapes.write(self.units, self.gaze)

    @classmethod
    def from_json(cls, text: str) -> "Expression":
        """Read what `to_json` wrote; unknown keys, other schemas and more than 2 kB are errors."""
        check_size(text, LIMIT)
        return cls.from_dict(load_json(text))

    def to_json(self) -> str:
        """One line of JSON, at most 2 kB: schema, units, gaze and head; `from_json` gives an equal value."""
        return json.dumps({"schema": SCHEMA, **self.to_dict()})

    @classmethod
    def from_dict(cls, record: Any) -> "Expression":
        """Read the parsed JSON of an expression; `schema` may be missing where the file around it has one."""
        if not isinstance(record, dict) or record.get("schema", SCHEMA) != SCHEMA:
            raise ExpressionError(f"expected an object with schema {SCHEMA!r}, came {shorten(record)}")
        values = {
            known(key, ("schema", "units", "gaze", "head"), "key"): value for key, value in record.items()
        }
        values.pop("schema", None)
        if not isinstance(values.get("units", {}), dict):
            raise ExpressionError(
                f"units must be an object of names and strengths, came {shorten(values['units'])}"
            )
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the schema."""
        return {"units": dict(self.units), "gaze": list(self.gaze), "head": list(self.head)}

    def sided(self) -> dict[str, float]:
        """Units as each side shows them, above 0, by number: `{"AU12L": .5, "AU12R": .5, "AU26": .3}`."""
        return tables.split(self.units)

    def scores(self) -> dict[str, float]:
        """How much of each label this shows, 0..1 (`affect.scores`)."""
        return affect.scores(self.units)

    def valence_arousal(self) -> tuple[float, float]:
        """Valence and arousal, each -1..1, read from the units (`affect.valence_arousal`)."""
        return affect.valence_arousal(self.units)

    def __mul__(self, factor: float) -> "Expression":
        """Units, gaze and head times a number; any number, as long as the result stays in range."""
        return _sum([(finite("factor", factor), self)])

    __rmul__ = __mul__

    def __add__(self, other: "Expression") -> "Expression":
        return _sum([(1.0, self), (1.0, other)])

    def __sub__(self, other: "Expression") -> "Expression":
        return _sum([(1.0, self), (-1.0, other)])

    def topped(self, other: "Expression") -> "Expression":
        """This and the other on top of it: units that would pass 1 are at 1; turns add up."""
        units = {name: 1 - self.sided().get(name, 0.0) for name in tables.SIDED}
        fitting = {name: min(value, units[name]) for name, value in other.sided().items()}
        return self + Expression(units=fitting, gaze=other.gaze, head=other.head)

    def lerp(self, other: "Expression", t: float) -> "Expression":
        """The straight way from this (t = 0) to the other (t = 1); exact at both ends."""
        in_range("t", t, 0.0, 1.0)
        return _sum([(1.0 - t, self), (t, other)])

    def __str__(self) -> str:
        """Text that `parse` reads back to an equal expression."""
        terms = [f"{name}={value!r}" for name, value in self.units.items()]
        if any(self.gaze):
            terms.append(f"gaze({','.join(map(repr, self.gaze))})")
        if any(self.head):
            terms.append(f"head({','.join(map(repr, self.head))})")
        return ",".join(terms) or "neutral"


def _read_term(name: str, arguments: str | None, value: str | None) -> Expression:
    """One term of the language: `name`, `name:value` or `name(arguments)`."""
    if arguments is not None and name.lower() not in _POINTS:
        raise ExpressionError(f"{name} takes a strength, came {name}({arguments[:20]}); write {name}:0.8")
    if re.fullmatch(r"au\d+\w?", name, re.IGNORECASE):
        unit = unit_name(name)
        return Expression(units={unit: 1.0 if value is None else number(unit, value, 0.0, 1.0)})
    word = known(name, (*tables.LABELS, *tables.ALIASES, *_POINTS), "expression")
    if word in _POINTS:
        return _read_point(word, arguments)
    strength = 1.0 if value is None else number(f"the strength of {word}", value, 0.0, 1.0)
    return Expression.from_label(word, strength)


def _read_point(word: str, arguments: str | None) -> Expression:
    """`va(...)`, `gaze(...)` or `head(...)`."""
    axes, limit = _POINTS[word]
    given = [] if arguments is None else arguments.split(",")
    if len(given) != len(axes):
        raise ExpressionError(f"{word} is written {word}({','.join(axes)}), came {len(given)} numbers")
    values: list[Any] = [
        number(f"{word} {axis}", text, -limit, limit) for axis, text in zip(axes, given, strict=True)
    ]
    if word == "va":
        return Expression.from_valence_arousal(*values)
    return Expression(gaze=cast(Any, values)) if word == "gaze" else Expression(head=cast(Any, values))


def _joined(terms: list[tuple[str, Expression]]) -> Expression:
    """The sum of terms as they were written; where it passes a range, the message names them."""
    try:
        return _sum([(1.0, expression) for _, expression in terms])
    except ExpressionError as error:
        raise ExpressionError(f"{_overfull(terms) or error}; terms add up: lower one of them") from None


def _overfull(terms: list[tuple[str, Expression]]) -> str:
    """`AU12 from happiness:.8 (0.80) + AU12=.5 (0.50) = 1.30, above 1`, for the first unit above 1."""
    shown = [(written, expression.sided()) for written, expression in terms]
    given = {
        name: [(written, units[name]) for written, units in shown if name in units] for name in tables.SIDED
    }
    for name, parts in given.items():
        total = sum(value for _, value in parts)
        if total > 1 + ROUNDING:
            both = name not in tables.MIDLINE and given[name[:-1] + "L"] == given[name[:-1] + "R"]
            summed = " + ".join(f"{written} ({value:.2f})" for written, value in parts)
            return f"{name[:-1] if both else name} from {summed} = {total:.2f}, above 1"
    return ""


def _unreadable(rest: str) -> str:
    """The message for text that is no term."""
    came = shorten(rest) if rest else "nothing"
    return (
        f"expected a term such as happiness:0.8, AU12=.5 or gaze(10,-5), joined by + or a comma; came {came}"
    )


def _sum(parts: list[tuple[float, Expression]]) -> Expression:
    """Weighted sum; in units side by side, so that AU12 and AU12L meet."""
    units = dict.fromkeys(tables.SIDED, 0.0)
    gaze, head = [0.0, 0.0], [0.0, 0.0, 0.0]
    for weight, expression in parts:
        for name, value in expression.sided().items():
            units[name] += weight * value
        gaze = [total + weight * angle for total, angle in zip(gaze, expression.gaze, strict=True)]
        head = [total + weight * angle for total, angle in zip(head, expression.head, strict=True)]
    return Expression(units=units, gaze=cast(Any, gaze), head=cast(Any, head))
