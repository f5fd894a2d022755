"""Performances: an expression that changes with time, as keyframes with easing, text, JSON or a table."""

import bisect
import csv
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from mien import recordings
from mien.checks import check_size, finite, in_range, known, load_json, number, shorten
from mien.errors import ExpressionError, InputError
from mien.expression import Expression

SCHEMA = "mien.performance/1"
LONGEST = 3600.0
"""Longest performance, seconds."""
FASTEST = 240
"""Greatest frame rate, frames per second."""
LIMIT = 64_000_000
"""Greatest size of a performance as text or JSON, bytes."""
EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda t: t,
    "ease-in": lambda t: t * t,
    "ease-out": lambda t: t * (2 - t),
    "ease": lambda t: t * t * (3 - 2 * t),
    "hold": lambda t: math.floor(t),
}
"""How a keyframe is approached from the one before; `hold` stays and jumps at the keyframe's time."""
_KEYFRAME = re.compile(r"\s*(?P<time>[^\s;]*?)(?P<unit>ms|s)?\s+(?P<rest>\S.*?)\s*", re.DOTALL)
_EASED = re.compile(r"(?P<expression>.*[^\s,+:=])\s+(?P<easing>[A-Za-z][A-Za-z-]*)", re.DOTALL)


def frame_times(duration: float, fps: float | Fraction) -> list[float]:
    """Times of a film's frames in seconds: frame i at i / fps, the last one at the very end of the duration.

    There are round(duration * fps) frames, at least one; fps is above 0 and at most 240.
    """
    if in_range("fps", fps, 0, FASTEST) == 0:
        raise ExpressionError(f"fps must be above 0 and at most {FASTEST}, came {fps}")
    count = max(1, round(duration * fps))
    return [float(i / fps) for i in range(count - 1)] + [duration]


@dataclass(frozen=True, kw_only=True)
class Keyframe:
    """An expression at a time in seconds, and the easing (see EASINGS) by which it is approached."""

    time: float
    expression: Expression
    easing: str = "ease"

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "time", in_range("the time of a keyframe in seconds", self.time, 0.0, LONGEST)
        )
        object.__setattr__(self, "easing", known(self.easing, EASINGS, "easing"))


@dataclass(frozen=True, kw_only=True)
class Performance:
    """Keyframes in the order of time, 0..3600 s; none, or times that do not rise, are ExpressionErrors."""

    keyframes: tuple[Keyframe, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "keyframes", tuple(self.keyframes))
        if not self.keyframes:
            raise ExpressionError("a performance needs at least one keyframe, such as 0s neutral")
        for before, after in zip(self.keyframes, self.keyframes[1:], strict=False):
            if after.time <= before.time:
                raise ExpressionError(f"times must rise, came {after.time:g} s after {before.time:g} s")

    @property
    def duration(self) -> float:
        """Time of the last keyframe, seconds."""
        return self.keyframes[-1].time

    def at(self, t: float) -> Expression:
        """The expression at t seconds; before the first keyframe and after the last one it stands still."""
        moment = finite("t in seconds", t)
        after = bisect.bisect_right(self.keyframes, moment, key=lambda keyframe: keyframe.time)
        if after in (0, len(self.keyframes)):
            return self.keyframes[min(after, len(self.keyframes) - 1)].expression
        start, end = self.keyframes[after - 1 : after + 1]
        share = (moment - start.time) / (end.time - start.time)
        return start.expression.lerp(end.expression, EASINGS[end.easing](share))

    def frames(self, fps: float | Fraction) -> list[Expression]:
        """One expression for each frame of the film (`frame_times`)."""
        return [self.at(t) for t in frame_times(self.duration, fps)]

    @property
    def apex(self) -> float:
        """Time in seconds of the first keyframe that shows most: units together, closed lids last of all."""
        return max(self.keyframes, key=lambda keyframe: _amount(keyframe.expression)).time

    @classmethod
    def parse(cls, text: str) -> "Performance":
        """Read `"0s neutral; 1.2s happiness:.8 ease-out; 2s neutral"` or the JSON of `to_json`.

        Keyframes are parted by `;` or new lines: a time in `s` or `ms` (without a unit: seconds), an
        expression, and an optional easing word: linear, ease-in, ease-out, ease (the default) or hold.
        """
        check_size(text, LIMIT)
        if text.lstrip().startswith("{"):
            return cls.from_json(text)
        parts = [part for part in re.split(r"[;\n]", text) if part.strip()]
        return cls(keyframes=tuple(map(_read_keyframe, parts)))

    @classmethod
    def from_json(cls, text: str) -> "Performance":
        """Read what `to_json` wrote."""
        check_size(text, LIMIT)
        record = load_json(text)
        if not isinstance(record, dict) or record.get("schema") != SCHEMA:
            raise ExpressionError(f"expected an object with schema {SCHEMA!r}, came {shorten(record)}")
        keyframes = record.get("keyframes")
        if not isinstance(keyframes, list):
            raise ExpressionError(f"keyframes must be a list, came {shorten(keyframes)}")
        return cls(keyframes=tuple(map(_keyframe_of_record, keyframes)))

    def to_json(self) -> str:
        """One line of JSON; `from_json` gives an equal performance."""
        keyframes = [
            {"time": keyframe.time, "expression": keyframe.expression.to_dict(), "easing": keyframe.easing}
            for keyframe in self.keyframes
        ]
        return json.dumps({"schema": SCHEMA, "keyframes": keyframes})

    @classmethod
    def from_csv(cls, path: str | Path, *, fps: float | None = None, clip: bool = False) -> "Performance":
        """Read a table of OpenFace 2 (`AU01_r` ...) or of Live Link Face (`Timecode`, `EyeBlinkLeft` ...).

        fps: counts the rows of an OpenFace table instead of its timestamps, or is the rate of the timecode.
        clip: values that an estimator put out of range become the bound; else they are errors.
        Columns, units and signs: `recordings`. Raises InputError that names the line and the column.
        """
        moments = _recording(path, recordings.read, fps, clip)
        return cls(keyframes=tuple(Keyframe(time=t, expression=e, easing="linear") for t, e in moments))

    def __str__(self) -> str:
        """Text that `parse` reads back to an equal performance."""
        return "; ".join(f"{k.time!r}s {k.expression} {k.easing}" for k in self.keyframes)


def recorded(path: str | Path, *, clip: bool = False) -> list[tuple[float, Expression | None]]:
    """(seconds, expression) of every row of such a table; None where it says that no face was found."""
    return _recording(path, recordings.read_all, None, clip)


def interpret(text: str) -> Expression | Performance:
    """Read text that may be either: a performance begins with a time, or is JSON with its schema."""
    is_timed = re.match(r"\s*[\d.]", text) or (text.lstrip().startswith("{") and f'"{SCHEMA}"' in text)
    return Performance.parse(text) if is_timed else Expression.parse(text)


def wanted(to: str | Expression | Performance, *, clip: bool = False) -> Expression | Performance:
    """What was asked for: a value, its text, or the name of a .json or .csv file that holds one.

    clip: as for `Performance.from_csv`. Raises ExpressionError, and InputError for a file.
    """
    if not isinstance(to, str):
        return to
    suffix = Path(to).suffix.lower()
    if suffix == ".csv":
        return Performance.from_csv(to, clip=clip)
    if suffix != ".json":
        return interpret(to)
    try:
        with open(to, encoding="utf-8") as file:
            return interpret(file.read(LIMIT + 1))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{to} cannot be read as the JSON of an expression or performance: {error}"
        ) from None


def _recording(path: str | Path, read: Callable, fps: float | None, clip: bool) -> list:
    """What a reader of `recordings` finds in a file."""
    file = Path(path)
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            return read(csv.reader(lines, skipinitialspace=True), file.name, fps=fps, clip=clip)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file.name} cannot be read as a table: {error}") from None


def _amount(expression: Expression) -> tuple[float, float, float]:
    """How much is shown, to be compared: units, then closed lids (a blink is no apex), then turns."""
    units = expression.sided()
    lids = sum(units.pop(name, 0.0) for name in ("AU43L", "AU43R"))
    return sum(units.values()), lids, sum(map(abs, (*expression.gaze, *expression.head)))


def _read_keyframe(part: str) -> Keyframe:
    """One keyframe of the text form."""
    match = _KEYFRAME.fullmatch(part)
    if match is None:
        raise ExpressionError(
            f"expected a time and an expression such as 1.2s happiness:.8, came {shorten(part)}"
        )
    scale = 1000.0 if match["unit"] == "ms" else 1.0
    time = number("the time of a keyframe", match["time"], 0.0, LONGEST * scale) / scale
    eased = _EASED.fullmatch(match["rest"])
    if eased is None:
        return Keyframe(time=time, expression=Expression.parse(match["rest"]))
    return Keyframe(time=time, expression=Expression.parse(eased["expression"]), easing=eased["easing"])


def _keyframe_of_record(record: Any) -> Keyframe:
    """One keyframe of the JSON form."""
    if not isinstance(record, dict) or not isinstance(record.get("easing", "ease"), str):
        raise ExpressionError(
            f"a keyframe must be an object with time, expression and easing, came {shorten(record)}"
        )
    for key in record:
        known(key, ("time", "expression", "easing"), "key")
    expression = Expression.from_dict(record.get("expression"))
    return Keyframe(
        time=record.get("time", math.nan), expression=expression, easing=record.get("easing", "ease")
    )
