"""Recorded tables to expressions: what the columns of OpenFace and Live Link Face mean, units and signs.

OpenFace 2 ("Output Format" page): camera axes x to the image's right, y down, z away from the camera, angles
in radians. Ry + turns the nose to the image's left, Rx + turns it down, Rz + is clockwise as seen:
head = (-Ry, -Rx, Rz). gaze_angle_x + looks to the image's right and gaze_angle_y + down, both in camera axes;
ours is relative to the head: gaze = (x - head yaw, -y - head pitch). AUxx_r is 0..5.

Live Link Face: ARKit shapes 0..1, Timecode hours:minutes:seconds:frames.subframes, angles in radians. In
recorded takes the eye columns grow to the person's right and downwards; the head columns are taken to be in
the same axes: head = (-HeadYaw, -HeadPitch, HeadRoll). Gaze is read from the eyeLook shapes.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mien.blendshapes import read as read_shapes
from mien.checks import shorten
from mien.errors import InputError
from mien.expression import GAZE_LIMIT, HEAD_LIMIT, Expression
from mien.tables import ALL_SHAPES, OPENFACE

MOST_ROWS = 250_000
_TIMECODE = re.compile(r"(\d\d?):(\d\d):(\d\d)[:;](\d\d?(?:\.\d+)?)", re.ASCII)
_RATES = (24, 25, 30, 48, 50, 60, 120)
_FULL_TURN = 2 * math.pi
_OPENFACE = {column.lower(): unit for column, unit in OPENFACE.items()}
_SHAPES = [shape.lower() for shape in ALL_SHAPES]
_OPENFACE_HEAD = ("pose_ry", "pose_rx", "pose_rz")
_LIVE_LINK_HEAD = ("headyaw", "headpitch", "headroll")
_OTHERS = ("timestamp", "timecode", "success", "gaze_angle_x", "gaze_angle_y")
_COLUMNS = frozenset((*_OPENFACE, *_SHAPES, *_OPENFACE_HEAD, *_LIVE_LINK_HEAD, *_OTHERS))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table by column names in lower case, and how to speak of it."""

    file: str
    line: int
    cells: dict[str, str]
    titles: dict[str, str]
    clip: bool

    def __contains__(self, column: str) -> bool:
        return column in self.cells

    def fail(self, column: str, expected: str) -> InputError:
        """The error that names file, line and column."""
        place = f"{self.file} line {self.line}, column {self.titles[column]}"
        return InputError(f"{place}: expected {expected}, came {shorten(self.cells[column])}")

    def value(self, column: str, low: float, high: float) -> float:
        """The number in a column, between low and high."""
        try:
            value = float(self.cells[column])
        except ValueError:
            raise self.fail(column, f"a number {low:g} to {high:g}") from None
        if not math.isfinite(value):
            raise self.fail(column, f"a number {low:g} to {high:g}")
        return self.bound(value, column, low, high)

    def degrees(self, column: str) -> float:
        """The angle of a column in radians, as degrees; 0 where the table has no such column."""
        return math.degrees(self.value(column, -_FULL_TURN, _FULL_TURN)) if column in self else 0.0

    def bound(self, value: float, column: str, low: float, high: float) -> float:
        """The value if it is in range, the bound if the caller asked for clipping, else an error."""
        if not low <= value <= high and not self.clip:
            hint = f"{low:g} to {high:g} ({value:g}; --clip, in Python clip=True, takes the bound)"
            raise self.fail(column, hint)
        return min(max(value, low), high)


def read(
    rows: Iterable[list[str]], file: str, *, fps: float | None, clip: bool
) -> list[tuple[float, Expression]]:
    """(seconds, expression) of every row with a face; one more ends the time for which the last is shown."""
    moments = [(t, shown) for t, shown in read_all(rows, file, fps=fps, clip=clip) if shown is not None]
    if not moments:
        raise InputError(f"{file}: expected at least one row with a face, came none")
    last = moments[-1][0] - moments[-2][0] if len(moments) > 1 else 1 / (fps or 30)
    return [*moments, (moments[-1][0] + last, moments[-1][1])]


def read_all(
    rows: Iterable[list[str]], file: str, *, fps: float | None, clip: bool
) -> list[tuple[float, Expression | None]]:
    """(seconds, expression) of every row, from 0; None where the row says that no face was found."""
    table = iter(rows)
    titles = {title.strip().lower(): title.strip() for title in next(table, [])}
    if fps is not None and not 0 < fps < math.inf:
        raise InputError(f"fps must be above 0, came {fps}")
    if any(column in titles for column in _OPENFACE):
        return _openface(list(_rows(table, titles, file, clip)), fps)
    if "timecode" in titles and any(column in titles for column in _SHAPES):
        return _live_link(list(_rows(table, titles, file, clip)), fps)
    raise InputError(
        f"{file} line 1: expected the columns of OpenFace (AU01_r ...) or of Live Link Face (Timecode, "
        f"EyeBlinkLeft ...), came {shorten(','.join(titles.values()))}"
    )


def _rows(table: Iterator[list[str]], titles: dict[str, str], file: str, clip: bool) -> Iterator[Row]:
    """Rows with the columns that are read; empty lines are passed over."""
    for line, cells in enumerate(table, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(titles):
            raise InputError(f"{file} line {line}: expected {len(titles)} columns, came {len(cells)}")
        if line > MOST_ROWS:
            raise InputError(f"{file} line {line}: expected at most {MOST_ROWS} rows; cut the table")
        known = {name: cell.strip() for name, cell in zip(titles, cells, strict=True) if name in _COLUMNS}
        yield Row(file=file, line=line, cells=known, titles=titles, clip=clip)


def _in_time(rows: list[Row], column: str, time: Callable[[int, Row], float]) -> list[tuple[float, Row]]:
    """Rows with their time from the first, which must rise."""
    timed = [(time(i, row), row) for i, row in enumerate(rows)]
    for (before, _), (after, row) in zip(timed, timed[1:], strict=False):
        if after <= before:
            raise row.fail(column, "a later time than the line before (one face a table)")
    return [(t - timed[0][0], row) for t, row in timed]


def _openface(rows: list[Row], fps: float | None) -> list[tuple[float, Expression | None]]:
    """Moments of an OpenFace table."""
    if fps is None and rows and "timestamp" in rows[0]:
        timed = _in_time(rows, "timestamp", lambda i, row: row.value("timestamp", 0.0, 1e9))
    else:
        timed = [(i / (fps or 30), row) for i, row in enumerate(rows)]
    found = [(t, row, "success" not in row or bool(row.value("success", 0, 1))) for t, row in timed]
    return [(t, _openface_expression(row) if seen else None) for t, row, seen in found]


def _openface_expression(row: Row) -> Expression:
    units = {unit: row.value(column, 0, 5) / 5 for column, unit in _OPENFACE.items() if column in row}
    turn, nod, tilt = map(row.degrees, _OPENFACE_HEAD)
    gaze = (0.0, 0.0)
    if "gaze_angle_x" in row and "gaze_angle_y" in row:
        gaze = (
            row.bound(row.degrees("gaze_angle_x") + turn, "gaze_angle_x", -GAZE_LIMIT, GAZE_LIMIT),
            row.bound(nod - row.degrees("gaze_angle_y"), "gaze_angle_y", -GAZE_LIMIT, GAZE_LIMIT),
        )
    return Expression(units=units, gaze=gaze, head=_head(row, (-turn, -nod, tilt), _OPENFACE_HEAD))


def _head(
    row: Row, angles: tuple[float, float, float], columns: tuple[str, ...]
) -> tuple[float, float, float]:
    """Head angles in degrees within the range of the language."""
    pairs = zip(angles, columns, strict=True)
    yaw, pitch, roll = (row.bound(angle, column, -HEAD_LIMIT, HEAD_LIMIT) for angle, column in pairs)
    return yaw, pitch, roll


def _live_link(rows: list[Row], fps: float | None) -> list[tuple[float, Expression | None]]:
    """Moments of a Live Link Face table, its column names in lower case."""
    codes = [_timecode(row) for row in rows]
    rate = fps or _rate(codes)
    timed = _in_time(rows, "timecode", lambda i, row: codes[i][0] + codes[i][1] / rate)
    return [(t, _live_link_expression(row)) for t, row in timed]


def _timecode(row: Row) -> tuple[int, float]:
    """(whole seconds, frames) of a timecode."""
    match = _TIMECODE.fullmatch(row.cells["timecode"])
    if match is None:
        raise row.fail("timecode", "hours:minutes:seconds:frames")
    return (int(match[1]) * 60 + int(match[2])) * 60 + int(match[3]), float(match[4])


def _rate(codes: list[tuple[int, float]]) -> float:
    """Frames per second: the lowest usual rate above the timecode's frames; 60 for less than 2 seconds."""
    if not codes or codes[-1][0] - codes[0][0] < 2:
        return 60
    highest = max(frames for _, frames in codes)
    return next((rate for rate in _RATES if rate > highest), _RATES[-1])


def _live_link_expression(row: Row) -> Expression:
    units, gaze = read_shapes({shape: row.value(shape, 0, 1) for shape in _SHAPES if shape in row})
    turn, nod, tilt = map(row.degrees, _LIVE_LINK_HEAD)
    return Expression(units=units, gaze=gaze, head=_head(row, (-turn, -nod, tilt), _LIVE_LINK_HEAD))
