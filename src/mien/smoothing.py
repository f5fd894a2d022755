"""Smoothing: the one-euro filter, steady where little moves and quick where much does, and what it costs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

SPEED_CUTOFF = 1.0
"""Cutoff of the speed's own filter, hertz (the paper's)."""


class OneEuro:
    """Smooths numbers as they come (Casiez, Roussel & Vogel, "1 euro filter", CHI 2012, algorithm 1).

    A low-pass filter of the first order, whose cutoff rises with the speed: `cutoff` hertz at rest, and
    `slope` hertz more for each unit of a number in a second. Both may be (k,), one for each number.
    """

    def __init__(self, cutoff: float | np.ndarray, slope: float | np.ndarray) -> None:
        self.cutoff, self.slope = cutoff, slope
        self.time: float | None = None
        self.values = self.speed = self.delay = np.zeros(())

    def __call__(self, time: float, values: np.ndarray) -> np.ndarray:
        """The smoothed values (k,) at a time in seconds, which rises from call to call.

        `delay` (k,) then is how late each number is, seconds: what the filter does to what changes slowly.
        """
        if self.time is None:
            self.time, self.values = time, values.astype(float)
            self.speed = self.delay = np.zeros(len(values))
            return self.values
        step, self.time = time - self.time, time
        moving = (values - self.values) / step
        self.speed = self.speed + _share(SPEED_CUTOFF, step) * (moving - self.speed)
        cutoff = self.cutoff + self.slope * np.abs(self.speed)
        self.values = self.values + _share(cutoff, step) * (values - self.values)
        self.delay = 1 / (2 * np.pi * cutoff)
        return self.values


class Steady:
    """A one-euro filter that keeps account of how late it is, and how much it shakes before and after."""

    def __init__(
        self, cutoff: float | np.ndarray, slope: float | np.ndarray, told: slice = slice(None)
    ) -> None:
        self.filter, self.told = OneEuro(cutoff, slope), told
        self._rows: list[np.ndarray] = []  # the last two, each before and after, (2, k)
        self._sums = np.zeros(5)  # motion times delay, motion, squares before and after, how many squares

    def __call__(self, time: float, values: np.ndarray) -> np.ndarray:
        """As the filter."""
        out = self.filter(time, values)
        rows = [*self._rows, np.stack([values, out])[:, self.told]]
        if len(rows) > 1:
            moved = np.abs(rows[-1][1] - rows[-2][1])
            self._sums[:2] += (moved * self.filter.delay[self.told]).sum(), moved.sum()
        if len(rows) > 2:
            bent = rows[-1] - 2 * rows[-2] + rows[-3]
            self._sums[2:] += *(bent**2).sum(1), bent.shape[1]
        self._rows = rows[-2:]
        return out

    def account(self) -> dict[str, Any]:
        """For a receipt: how late motion is on the whole (each change by its size), how late a slow one is,
        and jitter before and after: the root mean square of second differences.
        """
        late, moved, before, after, count = self._sums
        rest = 1 / (2 * np.pi * np.atleast_1d(self.filter.cutoff)[self.told])
        return {
            "filter": "one-euro",
            "late_ms": round(1000 * float(late) / max(float(moved), 1e-9), 1),
            "late_at_rest_ms": round(1000 * float(rest.max()), 1),
            "jitter": [round(float(np.sqrt(total / max(count, 1))), 5) for total in (before, after)],
        }

    def state(self) -> dict[str, Any]:
        """All that is needed to go on, as plain values."""
        inner = self.filter
        return {
            "time": inner.time,
            "values": inner.values.tolist(),
            "speed": inner.speed.tolist(),
            "rows": [row.tolist() for row in self._rows],
            "sums": self._sums.tolist(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.filter.time = state["time"]
        self.filter.values, self.filter.speed = np.array(state["values"]), np.array(state["speed"])
        self._rows, self._sums = [np.array(row) for row in state["rows"]], np.array(state["sums"])


def _share(cutoff, step):
    """How much of a new value is taken."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff * step))
