"""Drivers: films, pictures, tables and cameras as units, gaze and head, frame by frame, above neutral."""

import re
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from mien.errors import FaceError, InputError
from mien.expression import GAZE_LIMIT, HEAD_LIMIT, Expression
from mien.face import analysis
from mien.face.measure import gaze
from mien.face.model import Pose
from mien.face.portrait import Portrait
from mien.face.pursuit import Pursuit
from mien.following import ASIDE, Watch, reference, sightings
from mien.media import files, formats, pictures, playback, video, webcam
from mien.performance import recorded
from mien.smoothing import Steady
from mien.tables import SIDED

UNITS, GAZE, HEAD = slice(0, len(SIDED)), slice(len(SIDED), len(SIDED) + 2), slice(len(SIDED) + 2, None)
"""Columns of `Drive.values`."""
_CUTOFF = np.r_[np.full(len(SIDED), 1.5), np.full(2, 1.0), np.full(3, 2.0)]
_SLOPE = np.r_[np.full(len(SIDED), 10.0), np.full(2, 0.1), np.full(3, 0.3)]
CALM = 0.1
"""Share of the frames, the calmest, whose mean is the driver's neutral (ours)."""
RESTING = 0.25
"""Unit of that neutral, beyond what neutral photos show of the person, from which it is told (ours)."""
_CAMERA = re.compile(r"webcam(?::(\d{1,3}))?")
_TABLE_TICK = Fraction(1, 90_000)


@dataclass(frozen=True, kw_only=True, eq=False)
class Drive:
    """What a driver does, frame by frame, above its own neutral, smoothed."""

    values: np.ndarray
    """(n, 42): units 0..1 in the order of `tables.SIDED`, gaze (2) and head (3) in degrees."""
    starts: np.ndarray
    """(n,) ticks of the clock at which each frame is shown."""
    lengths: np.ndarray
    """(n,) ticks."""
    clock: video.Clock
    account: dict[str, Any]
    """For the receipt."""


def kind_of(driver: str | Path) -> str:
    """film, picture, table or webcam, by content; raises `InputError` for anything else."""
    if _CAMERA.fullmatch(str(driver)):
        return "webcam"
    if playback.is_film(driver):
        return "film"
    data, name = pictures.read_bytes(driver, 4096), files.printable(Path(driver).name)
    try:
        formats.recognise(data, name)
        return "picture"
    except InputError as error:
        if b"," in data and b"\0" not in data and not data.lstrip().startswith((b"<", b"{")):
            return "table"
        raise InputError(
            f"{name} drives nothing: expected a film, a picture, a table of OpenFace or Live Link Face, or "
            f"webcam; {error}"
        ) from None


def of_film(film: playback.Film, which: str | int, neutral: float | None, watch: Watch) -> Drive:
    """Follow the face of a film; the whole film is gone through, of which one frame is in memory at a time.

    which: among several faces. neutral: seconds at which the face is neutral; None finds out.
    Raises `FaceError` where there is no face to follow, `InputError` for a film that breaks off.
    """
    person, _ = reference(film, which, neutral, "--driver-face")
    order = [person.model.unit_names.index(name) for name in SIDED]
    starts, lengths, units, gazes, turns, alike = [], [], [], [], [], []
    for moment, seen in sightings(film, Pursuit(person), watch):
        starts.append(moment.start - round(film.origin / film.time_base))
        lengths.append(moment.length)
        units.append(np.full(len(SIDED), np.nan) if seen is None else (seen.units / person.scales)[order])
        gazes.append(np.full(2, np.nan) if seen is None else seen.gaze)
        turns.append(np.full((3, 3), np.nan) if seen is None else seen.pose.rotation)
        alike.append(np.nan if seen is None else seen.likeness)
    found, turned = np.column_stack([units, gazes]), np.array(turns)
    times = np.array(starts) * float(film.time_base)
    shown = np.column_stack([found, _heads(turned, person.fit.pose.rotation)])
    calm = _calm(times - times[0], shown, neutral, film.name)
    resting = found[calm].mean(0)
    heads = _heads(turned, turned[calm].mean(0))
    said = "the frame asked for" if neutral is not None else f"mean of the calmest {CALM:.0%} of the frames"
    account = {"kind": "film", "name": film.name, "sha256": film.sha256, "frames": len(times)}
    account |= {"fps": float(film.rate), "width": film.width, "height": film.height, "sound": film.sound}
    own = (person.rest / person.scales)[order]
    account |= {"neutral": said, "resting": _told(resting[UNITS] - own)}
    account |= {"likeness": round(float(np.nanmedian(alike)), 3) if not np.isnan(alike).all() else None}
    clock = video.Clock(
        tick=film.time_base, rate=film.rate, sound=film.path if film.sound else None, origin=film.origin
    )
    values = np.column_stack([found - resting, heads])
    return _settled(values, np.array(starts), np.array(lengths), clock, account)


def of_table(path: str | Path, neutral: float | None, clip: bool) -> Drive:
    """What a table of OpenFace or Live Link Face says, row by row; raises `InputError`."""
    moments = recorded(path, clip=clip)
    name = files.printable(Path(path).name)
    if not any(shown for _, shown in moments):
        raise InputError(f"{name}: expected at least one row with a face, came none")
    values = np.array([np.full(len(SIDED) + 5, np.nan) if e is None else vector_of(e) for _, e in moments])
    times = np.array([time for time, _ in moments])
    said = "as the table has it"
    if neutral is not None:
        values -= values[_calm(times, values, neutral, name)].mean(0)
        said = "the row asked for"
    starts = np.round(times / float(_TABLE_TICK)).astype(int)
    usual = round(float(np.median(np.diff(starts)))) if len(starts) > 1 else round(1 / 30 / _TABLE_TICK)
    rate = (1 / (usual * _TABLE_TICK)).limit_denominator(1001)
    account = {"kind": "table", "name": name, "sha256": files.digest(path), "frames": len(times)}
    account |= {"fps": float(rate), "sound": None, "neutral": said}
    clock = video.Clock(tick=_TABLE_TICK, rate=rate)
    return _settled(values, starts, np.append(np.diff(starts), usual), clock, account)


def of_picture(path: str | Path, which: str | int) -> Drive:
    """What a picture shows, above what neutral photos show of it: one frame; raises `FaceError`."""
    picture = pictures.read(path)
    face = analysis.choose(analysis.find(picture.pixels), which, "--driver-face")
    person = Portrait.of(picture, face)
    yaw, pitch, _ = gaze(person.scene)
    values = vector_of(person.expression)
    values[GAZE] = np.clip([yaw, pitch], -GAZE_LIMIT, GAZE_LIMIT)
    values[HEAD] = np.clip(person.fit.pose.angles, -HEAD_LIMIT, HEAD_LIMIT)
    account = {"kind": "picture", "name": picture.name, "sha256": picture.sha256, "frames": 1}
    account |= {"neutral": "what neutral photos show"}
    one = {"starts": np.zeros(1, int), "lengths": np.ones(1, int)}
    return Drive(
        values=values[None], **one, clock=video.Clock(tick=Fraction(1), rate=Fraction(1)), account=account
    )


def of_webcam(
    driver: str | Path, seconds: float, which: str | int, neutral: float | None, watch: Watch
) -> Drive:
    """Record a camera into a private file, and follow it as a film; raises `InputError` where none opens."""
    number = int(_CAMERA.fullmatch(str(driver))[1] or 0)  # type: ignore[index]
    with tempfile.TemporaryDirectory(prefix="mien-") as folder:
        draft = Path(folder) / f"{driver}.mp4".replace(":", "-")
        webcam.record(number, seconds, draft)
        drive = of_film(playback.read(draft), which, neutral, watch)
    drive.account["kind"] = "webcam"
    return drive


def vector_of(expression: Expression) -> np.ndarray:
    """An expression as a row of `Drive.values`."""
    sided = expression.sided()
    return np.array([*(sided.get(name, 0.0) for name in SIDED), *expression.gaze, *expression.head])


def _calm(times, values, at, name) -> np.ndarray:
    """Which frames (n,) are the driver's neutral: units near their lowest, the head where it often is."""
    seen = ~np.isnan(values[:, 0])
    if not seen.any():
        raise FaceError(f"the face of {name} is not found again in its own film: choose --driver-face")
    if at is not None:
        if at > times[-1]:
            raise InputError(f"{name} ends at {times[-1]:.2f} s: --neutral {at:g} must lie before that")
        return np.arange(len(times)) == np.where(seen, np.abs(times - at), np.inf).argmin()
    units, heads = values[:, UNITS], values[:, HEAD]
    excited = np.clip(units - np.quantile(units[seen], CALM, axis=0), 0, None).sum(1)
    excited += np.abs(heads - np.median(heads[seen], axis=0)).sum(1) / ASIDE
    return seen & (excited <= np.quantile(excited[seen], CALM))


def _heads(turns, neutral) -> np.ndarray:
    """Yaw, pitch and roll (n, 3) of rotations (n, 3, 3) from a neutral one, or the mean (3, 3) of some."""
    u, _, v = np.linalg.svd(neutral)  # the nearest rotation to the mean
    poses = [Pose(rotation=turn @ (u @ v).T, scale=1.0, offset=np.zeros(2)) for turn in turns]
    return np.array([pose.angles for pose in poses])


def _settled(values, starts, lengths, clock, account) -> Drive:
    """Hold what is lost, keep to the ranges of the language, smooth, and tell about it."""
    seen = ~np.isnan(values[:, 0])
    last = np.maximum.accumulate(np.where(seen, np.arange(len(seen)), -1))
    held = values[np.where(last < 0, seen.argmax(), last)]
    held = np.clip(held, *_limits())
    times = starts * float(clock.tick)
    steady = Steady(_CUTOFF, _SLOPE, UNITS)
    values = np.array([steady(float(time), row) for time, row in zip(times, held, strict=True)])
    lost = _ranges(~seen, times - times[0], lengths * float(clock.tick))
    account |= {"lost_frames": int((~seen).sum()), "lost": lost, "smoothing": steady.account()}
    return Drive(values=values, starts=starts, lengths=lengths, clock=clock, account=account)


def _limits():
    most = np.r_[np.ones(len(SIDED)), np.full(2, GAZE_LIMIT), np.full(3, HEAD_LIMIT)]
    return np.r_[np.zeros(len(SIDED)), -most[len(SIDED) :]], most


def _ranges(lost, times, lengths) -> list[list[float]]:
    """From when to when, seconds, runs of lost frames last."""
    edges = np.flatnonzero(np.diff(np.r_[0, lost.astype(int), 0]))
    pairs = zip(edges[::2], edges[1::2] - 1, strict=True)
    return [[round(float(times[a]), 3), round(float(times[b] + lengths[b]), 3)] for a, b in pairs]


def _told(units) -> dict[str, float]:
    """The units of a neutral that are strong enough to be told."""
    return {name: round(float(v), 3) for name, v in zip(SIDED, units, strict=True) if v > RESTING}
