"""Receipts: what was asked and what was achieved, identity, what changed where, timings, hashes, licences."""

import json
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from mien import affect
from mien.expression import Expression
from mien.face import analysis
from mien.face.measure import Measurement, measure
from mien.face.model import load_model
from mien.face.portrait import Portrait, Shown
from mien.tables import PROTOTYPES, SIDED, split
from mien.version import __version__

SCHEMA = "mien.receipt/1"
LICENCE = (
    "mien and its face model: Apache-2.0, credits in NOTICE; landmarks: dlib's 68-point model, trained on "
    "iBUG 300-W, non-commercial terms; the photo and the person's consent: yours to clear"
)
# Past these a warning is given (all ours; dlib's network takes photos more than 0.6 apart for two people).
MOST_IDENTITY_DISTANCE = 0.45
MOST_RESIDUAL = 0.03
MOST_YAW = 30.0
LEAST_FACE = 40.0
LEAST_GAIN = 0.35
"""Share of the asked change of a label or unit that must be measured, give or take one deviation."""
MOST_GLASSES = 0.5
UNSEEN = (
    f" (less than {LEAST_GAIN:.0%} of the change): the picture hides it, or it looks like another unit; "
    "judge by eye before asking for more"
)
_SHOWN_UNITS = 6
_SHOWN_RANGES = 4
_PACKAGES = ("numpy", "opencv-python-headless", "dlib-bin", "numba", "pillow", "av")


@dataclass(frozen=True, kw_only=True)
class FaceReceipt:
    """One face: what was asked of it, what it shows now by measurement, and what that cost."""

    box: tuple[float, ...]
    """x, y, width, height in the photo, pixels."""
    size: float
    """Inter-ocular distance, pixels: the effective size of the face."""
    fit_residual: float
    """Mean distance of the fitted model from the inner landmarks, in inter-ocular distances."""
    label: str
    """The label that the request shows most of."""
    named: bool
    """Whether the request is made of labels; if not, `label` is only the nearest word and units count."""
    requested: dict[str, float]
    """Units asked for, 0..1."""
    before: dict[str, float]
    """Units measured in the photo."""
    achieved: dict[str, float]
    """Units measured in the result."""
    uncertainty: dict[str, float]
    """Standard deviation of each measured unit."""
    label_requested: float
    """Score of the label in the request, 0..1."""
    label_before: float
    """Score of the label measured in the photo."""
    label_achieved: float
    """Score of the label measured in the result."""
    label_uncertainty: float
    """Standard deviation of the measured score."""
    identity_distance: float
    """Between photo and result, dlib's 128-d network: 0 is the same picture, above 0.6 another person."""
    region: tuple[int, ...]
    """x0, y0, x1, y1 outside of which no pixel changed."""
    changed: float
    """Fraction of the photo's pixels that changed."""
    estimator: str
    """What measured."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was done to a photo; `to_json` and `lines` are its two faces."""

    task: str
    expression: str
    photo: dict[str, Any]
    """Name, sha256, width and height."""
    faces: tuple[FaceReceipt, ...]
    film: dict[str, Any] | None
    """If the result is a film: frames, seconds, bytes, and the time at which its face was measured."""
    seconds: dict[str, float]
    """Time that each step took."""
    settings_hash: str
    """SHA-256 of all that decides the result beside the photo: request, version, source, face model."""
    assets: dict[str, str]
    versions: dict[str, str]
    followed: dict[str, Any] | None = None
    """If a face was followed (a driver's, an edited film's): where, its neutral, when it was lost."""
    licence: str = LICENCE

    @property
    def warnings(self) -> list[str]:
        """Warnings of what was followed and of every face, each once."""
        told = [warning for face in self.faces for warning in face.warnings]
        return list(dict.fromkeys([*(self.followed or {}).get("warnings", ()), *told]))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"schema": SCHEMA, **asdict(self)}

    def to_json(self) -> str:
        """Indented JSON."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def lines(self) -> list[str]:
        """Two lines for a person, and one for each warning; what was not seen is one note together."""
        did = "; ".join(_did(face) for face in self.faces)
        first = self.faces[0]
        if len(self.faces) == 1:
            did += (
                f"; {first.changed:.1%} of the pixels changed, all within {','.join(map(str, first.region))}"
            )
        steps = ", ".join(f"{step} {spent:.2f}" for step, spent in self.seconds.items())
        film = ""
        if self.film:
            film = "; {frames} frames, {megabytes:.1f} MB, measured at {judged_at:.2f} s".format(
                **self.film, megabytes=self.film["bytes"] / 1e6
            )
        followed = [_followed(self.followed)] if self.followed else []
        total = sum(self.seconds.values())
        how = (
            f"face {first.box[2]:.0f} px, fit {first.fit_residual:.1%}{film}; {total:.2f} s ({steps}); "
            f"measured by {first.estimator}; settings {self.settings_hash[:12]}"
        )
        unseen = [warning.removesuffix(UNSEEN) for warning in self.warnings if warning.endswith(UNSEEN)]
        note = [f"note: {'; '.join(unseen)}{UNSEEN}"] if unseen else []
        warned = [f"warning: {w}" for w in self.warnings if not w.endswith(UNSEEN)]
        return [did, how, *followed, *warned, *note]


class Clock:
    """Seconds spent in named steps; a step entered again adds up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block under a name."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 4)


class Judge:
    """Measures what a portrait shows, from fresh landmarks on the same person's scale, and compares."""

    def __init__(self, portrait: Portrait) -> None:
        self.portrait, self.before = portrait, portrait.measure()
        self.identity = analysis.identity(portrait.picture.pixels, portrait.face)

    def compare(self, expression: Expression, shown: Shown) -> FaceReceipt:
        """The receipt of the face that was to show the expression."""
        face, before = analysis.at_box(shown.pixels, self.portrait.face.box), self.before
        after = measure(shown.pixels, face, self.portrait.scene)
        asked = expression.scores()
        named = {name: score for name, score in asked.items() if name != "neutral" and score > 0}
        label = max(named, key=lambda name: named[name], default="neutral")  # a weak smile is still a smile
        distance = float(np.linalg.norm(self.identity - analysis.identity(shown.pixels, face)))
        receipt = FaceReceipt(
            box=tuple(round(value, 1) for value in self.portrait.face.box),
            size=round(self.portrait.face.size, 1),
            fit_residual=round(float(self.portrait.fit.residual), 4),
            label=label,
            named=_is_named(expression),
            requested=_strengths(expression.sided()),
            before=_strengths(before.units),
            achieved=_strengths(after.units),
            uncertainty=_strengths(after.uncertainty),
            label_requested=round(asked[label], 3),
            label_before=round(before.scores[label], 3),
            label_achieved=round(after.scores[label], 3),
            label_uncertainty=round(_spread(after, label), 3),
            identity_distance=round(distance, 3),
            region=tuple(int(value) for value in shown.region),
            changed=round(float(shown.changed), 5),
            estimator=after.estimator,
            warnings=(),
        )
        warnings = _warnings(receipt, abs(before.head[0]), float(self.portrait.scene.glasses))
        return replace(receipt, warnings=tuple(warnings))


def versions() -> dict[str, str]:
    """Versions of mien, Python and the packages that touch pixels."""
    found = {name: version(name) for name in _PACKAGES}
    return {"mien": __version__, "python": platform.python_version(), **found}


def assets() -> dict[str, str]:
    """SHA-256 of every asset that was used."""
    return {"face_model.safetensors": load_model().sha256}


def _spread(measured: Measurement, label: str) -> float:
    """Standard deviation of a label's score, carried over from the units to first order."""
    centre, total = measured.scores[label], 0.0
    for unit, deviation in measured.uncertainty.items():
        value = measured.units.get(unit, 0.0)
        step = 0.05 if value <= 0.5 else -0.05
        slope = (affect.scores({**measured.units, unit: value + step})[label] - centre) / step
        total += (slope * deviation) ** 2
    return total**0.5


def _is_named(expression: Expression) -> bool:
    """Whether labels explain the units to the last; `AU12=.6` or a label with a unit added they do not."""
    summed: dict[str, float] = {}
    for label, score in expression.scores().items():
        for unit, value in split(PROTOTYPES[label]).items():
            summed[unit] = summed.get(unit, 0.0) + score * value
    shown = expression.sided()
    return all(abs(summed.get(unit, 0.0) - shown.get(unit, 0.0)) < 1e-6 for unit in SIDED)


def _warnings(face: FaceReceipt, yaw: float, glasses: float) -> Iterator[str]:
    """A line for every threshold that is passed."""
    if face.identity_distance > MOST_IDENTITY_DISTANCE:
        yield (
            f"identity distance {face.identity_distance:.2f}, above {MOST_IDENTITY_DISTANCE}: "
            "it may look like somebody else; try a lower strength"
        )
    missed = [
        f"{name} {asked:.2f} asked, {found:.2f} measured"
        for name, asked, found, spread, before in _asked(face)
        if asked - before > 0.1 and found - before + spread < LEAST_GAIN * (asked - before)
    ]
    if missed:
        yield "; ".join(missed) + UNSEEN
    if glasses > MOST_GLASSES:
        yield (
            "glasses with a frame found: brows and cheeks under the frame are held still, so that "
            "it does not bend"
        )
    if face.fit_residual > MOST_RESIDUAL:
        yield (
            f"the face model misses the landmarks by {face.fit_residual:.1%} of the inter-ocular distance, "
            f"more than {MOST_RESIDUAL:.0%}: is something in front of the face?"
        )
    if face.size < LEAST_FACE:
        yield f"only {face.size:.0f} px between the eyes, below {LEAST_FACE:.0f}: expect little detail"
    if yaw > MOST_YAW:
        yield f"the head is turned {yaw:.0f} degrees, more than {MOST_YAW:.0f}: the far side is guessed"


def _asked(face: FaceReceipt) -> list[tuple[str, float, float, float, float]]:
    """(name, asked, measured, deviation, before) of what was asked: the label, or the units one by one."""
    if face.named:
        scores = face.label_requested, face.label_achieved, face.label_uncertainty, face.label_before
        return [(face.label, *scores)]
    return [
        (unit, asked, face.achieved.get(unit, 0.0), face.uncertainty[unit], face.before.get(unit, 0.0))
        for unit, asked in face.requested.items()
    ]


def _followed(account: dict[str, Any]) -> str:
    """How a face was followed, in one line."""
    said = f"followed {account['name']}; neutral: {account['neutral']}"
    if "smoothing" not in account:
        return said
    steady, lost = account["smoothing"], account["lost"]
    shown = ", ".join(f"{start:g}..{end:g} s" for start, end in lost[:_SHOWN_RANGES])
    shown += f" and {len(lost) - _SHOWN_RANGES} more" if len(lost) > _SHOWN_RANGES else ""
    held = f"no face in {account['lost_frames']} frames ({shown})" if lost else "a face in every frame"
    before, after = steady["jitter"]
    late = f"{steady['filter']} filter, {steady['late_ms']:.0f} ms late, jitter {before:.4f} to {after:.4f}"
    return f"{said}; {held}; {late}"


def _did(face: FaceReceipt) -> str:
    rows = _asked(face)
    said = [
        f"{name} {asked:.2f} asked, {found:.2f}±{spread:.2f} measured, was {before:.2f}"
        for name, asked, found, spread, before in rows[:_SHOWN_UNITS]
    ]
    more = [f"{len(rows) - _SHOWN_UNITS} more units in the receipt"] if len(rows) > _SHOWN_UNITS else []
    return ", ".join([*said, *more, f"identity distance {face.identity_distance:.2f}"])


def _strengths(units: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), 3) for name, value in units.items() if round(float(value), 3) > 0}
