"""Natural onsets: one expression acted out, units not quite together, head not quite still, one blink."""

import math
import random
from dataclasses import dataclass
from fractions import Fraction

from mien.checks import finite, in_range
from mien.expression import HEAD_LIMIT, Expression
from mien.performance import EASINGS, LONGEST, frame_times
from mien.tables import SIDED

ONSET = 1.0
"""Longest time from the first stir to the apex, seconds: ours, like all numbers of this file."""
SHORTEST = 0.2
"""Shortest film of an onset, seconds."""
BLINK = 0.25
"""Length of the blink, seconds; its lids close in the first third."""
SWAY = (2.0, 1.2, 0.8)
"""Greatest small motion of the head (yaw, pitch, roll), degrees."""
_LIDS = ("AU43L", "AU43R")


@dataclass(frozen=True, kw_only=True)
class Natural:
    """An onset from `start` to `target`, drawn from a seed; the same seed gives the same performance.

    Every unit has its own delay and duration; both sides of one unit move nearly together. The apex is
    reached by 70 % of the time and held to the end. Unless `still`, the head sways by a degree or two around
    its way, and the eyes blink once if there is time for it. The frame at `duration` shows the target exactly
    but for that sway.
    """

    target: Expression
    duration: float
    seed: int
    still: bool
    start: Expression
    spans: dict[str, tuple[float, float]]
    waves: tuple[tuple[float, float, float, float], ...]
    blink: float | None

    def at(self, t: float) -> Expression:
        """The expression at t seconds; it stands still before 0 and after the duration."""
        moment = min(max(finite("t in seconds", t), 0.0), self.duration)
        begin, end = self.start.sided(), self.target.sided()
        units = {}
        for name in dict.fromkeys((*begin, *end)):
            share = _share(moment, *self.spans[name])
            units[name] = begin.get(name, 0.0) * (1 - share) + end.get(name, 0.0) * share
        posed = self.start.lerp(self.target, _share(moment, *self.spans["pose"]))
        for lid in _LIDS:
            units[lid] = units.get(lid, 0.0) + (1 - units.get(lid, 0.0)) * self._closing(moment)
        yaw, pitch, roll = (
            min(max(angle + sway, -HEAD_LIMIT), HEAD_LIMIT)
            for angle, sway in zip(posed.head, self._sway(moment), strict=True)
        )
        return Expression(units=units, gaze=posed.gaze, head=(yaw, pitch, roll))

    def frames(self, fps: float | Fraction) -> list[Expression]:
        """One expression for each frame of the film (`performance.frame_times`)."""
        return [self.at(t) for t in frame_times(self.duration, fps)]

    def _closing(self, t: float) -> float:
        """How far the blink has shut the lids, 0..1."""
        phase = 0.0 if self.blink is None else min(max((t - self.blink) / BLINK, 0.0), 1.0)
        return EASINGS["ease"](phase * 3 if phase < 1 / 3 else (1 - phase) * 1.5)

    def _sway(self, t: float) -> tuple[float, float, float]:
        """Small motion of the head in degrees: two slow sines an axis, faded in from none."""
        fade = 0.0 if self.still else _share(t, 0.0, min(1.0, self.duration / 2))
        yaw, pitch, roll = (
            fade * most * (0.65 * math.sin(a * t + b) + 0.35 * math.sin(c * t + d))
            for most, (a, b, c, d) in zip(SWAY, self.waves, strict=True)
        )
        return yaw, pitch, roll


def natural(
    expression: Expression | str,
    seconds: float = 2.0,
    seed: int = 0,
    *,
    still: bool = False,
    start: Expression | None = None,
) -> Natural:
    """A natural onset and apex of an expression, with asynchronous units, small head motion and one blink.

    seconds: 0.2..3600, the whole length. seed: any whole number. still: no head motion and no blink.
    start: the expression at time 0, neutral if not given. Raises ExpressionError.
    """
    target = Expression.parse(expression) if isinstance(expression, str) else expression
    length = in_range("seconds", seconds, SHORTEST, LONGEST)
    draw = random.Random(seed)
    first, window = min(0.2, 0.1 * length), min(ONSET, 0.6 * length)
    waves = tuple(
        (draw.uniform(1, 2), draw.uniform(0, 6.3), draw.uniform(2.5, 4), draw.uniform(0, 6.3)) for _ in SWAY
    )
    moment = draw.uniform(0.25, 0.7) * length
    blinks = not still and moment + BLINK < length
    return Natural(
        target=target,
        duration=length,
        seed=seed,
        still=still,
        start=start or Expression(),
        spans=_spans(draw, first, window),
        waves=waves,
        blink=moment if blinks else None,
    )


def _spans(draw: random.Random, first: float, window: float) -> dict[str, tuple[float, float]]:
    """(start, length) in seconds of every unit's motion, in the window; the two sides differ by a hair."""
    spans: dict[str, tuple[float, float]] = {"pose": (first, window)}
    paired: dict[str, tuple[float, float]] = {}
    for name in SIDED:
        delay, length = paired.setdefault(name.rstrip("LR"), (draw.uniform(0, 0.3), draw.uniform(0.5, 0.67)))
        spans[name] = (first + (delay + draw.uniform(0, 0.03)) * window, length * window)
    return spans


def _share(t: float, start: float, length: float) -> float:
    """How much of a motion is done at t, 0..1, eased in and out."""
    return EASINGS["ease"](min(max((t - start) / length, 0.0), 1.0))
