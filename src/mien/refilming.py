"""A film of a person, and an expression: the same film, the person showing it, made in parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from mien.errors import ExpressionError, interrupted
from mien.expression import Expression
from mien.face import analysis
from mien.face.model import Pose
from mien.face.portrait import Portrait
from mien.face.pursuit import Pursuit, Sighting
from mien.face.retake import Retake
from mien.following import Watch, reference, sightings, unwatched
from mien.media import films, pictures, playback, video
from mien.media.parts import Parts, check_space
from mien.pipelines import Animated, Tell, quiet
from mien.receipt import Clock, FaceReceipt, Judge, Receipt, assets, versions
from mien.relay import ahead
from mien.requests import EditRequest
from mien.smoothing import Steady
from mien.version import SOFTWARE, settings_hash

PART = 100
"""Frames of a part: as many are done again, at most, behind an interruption."""
CUTOFF, SLOPE = 3.0, 20.0
"""Of the one-euro filter for the units found in the film: hertz, and hertz for a unit in a second (ours)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Frame:
    """A frame, and what the person shows in it; the last of a part with what the next one goes on from."""

    moment: playback.Moment
    seen: Sighting | None
    units: np.ndarray | None
    state: dict[str, Any]


def edit_film(request: EditRequest, tell: Tell = quiet, watch: Watch = unwatched) -> Animated:
    """Show an expression on one person through a whole film; where they are not seen it stays as it is.

    One frame is in memory at a time, and the parts that are done outlive an interruption.
    watch: told of how far it is.
    Raises `InputError`, `FaceError` and `OutputError` for what cannot be read, found and written.
    """
    expression, output, clock = request.target(), _checked(request), Clock()
    with clock.step("read"):
        film = playback.read(request.photo)
    check_space(output, film.width, film.height, film.frames, film.bytes)
    stated = _provenance(request, expression, film)
    key = f"{stated.settings_hash} {film.sha256} {versions()['av']}"
    parts = Parts.beside(output, key, resume=request.resume, force=request.force)
    with clock.step("find"):
        person, known_at = _person(film, request)
    tell(f"face of {film.name}: {person.face.box[2]:.0f} px, {person.face.size:.0f} px between the eyes")
    sound, origin = film.path if film.sound else None, film.origin
    timing = video.Clock(tick=film.time_base, rate=film.rate, sound=sound, origin=origin, aspect=film.aspect)
    with clock.step("film"), _kept(parts):
        _make(parts, film, person, Retake(person, expression, request.add), timing, watch)
    account = _account(film, parts)
    with clock.step("join"):
        report = parts.join(timing, stated, request.force)
    with clock.step("check"):
        wanted = person.expression.topped(expression) if request.add else expression
        judged = Judge(person).compare(wanted, person.show(wanted))
    made: dict[str, Any] = {"frames": report.frames, "seconds": report.seconds, "bytes": report.bytes}
    made |= {"judged_at": known_at}
    if film.sound:
        made |= {"sound": films.sound_becomes(film.sound, output)}
    receipt = _receipt(stated, film, judged, clock)
    return Animated(path=output, receipt=replace(receipt, film=made, followed=account))


def _checked(request: EditRequest) -> Path:
    """The output; raises what is wrong with a request for a film, before any work."""
    if request.output is None:
        raise ExpressionError("a film is written as it is made: give the name of the output")
    if request.system is not None:
        raise ExpressionError("--system edits photos; a film is edited by the face engine: leave it out")
    if request.face == "all":
        raise ExpressionError("one person of a film is edited, came --face all; choose one of them")
    films.check_timed(request.output, request.force)
    return Path(request.output)


def _person(film: playback.Film, request: EditRequest) -> tuple[Portrait, float]:
    """Who is edited: the picture by which they are known, and its time."""
    if request.box is None:
        return reference(film, request.face, None, "--face")
    pixels = next(playback.frames(film)).pixels
    return Portrait.of(pictures.from_array(pixels, film.name), analysis.at_box(pixels, request.box)), 0.0


@contextmanager
def _kept(parts: Parts) -> Iterator[None]:
    """Say, to who interrupts, what of the work is kept."""
    try:
        yield
    except (KeyboardInterrupt, SystemError) as error:
        if not interrupted(error):
            raise
        if not parts.frames:
            raise
        kept = f"{parts.frames} frames are kept in {parts.folder}; --resume goes on behind them"
        raise KeyboardInterrupt(f"interrupted; {kept}") from None


def _make(
    parts: Parts,
    film: playback.Film,
    person: Portrait,
    retake: Retake,
    timing: video.Clock,
    watch: Watch,
) -> None:
    """Make the parts that are not there yet."""
    state = parts.state or {}
    origin, counted = round(film.origin / film.time_base), {"cut": state.get("cut", 0)}
    last: dict[str, Any] = {}

    def drawn() -> Iterator[video.Timed]:
        for count, frame in enumerate(frames, parts.frames + 1):
            pixels = frame.moment.pixels
            if frame.seen is not None and frame.units is not None:
                pixels, cut = retake.show(pixels, frame.seen, frame.units)
                counted["cut"] += cut
            last.update(frame.state, **counted)
            watch("frames edited", count, film.frames)
            start = frame.moment.start - origin
            yield video.Timed(pixels=pixels, start=start, length=frame.moment.length)

    with ahead(_followed(film, Pursuit(person), state, parts.frames)) as frames:
        made = drawn()
        while (first := next(made, None)) is not None:
            parts.add(chain([first], islice(made, PART - 1)), timing, last.copy)


def _followed(film: playback.Film, pursuit: Pursuit, state: dict[str, Any], done: int) -> Iterator[_Frame]:
    """Every frame from where a state (empty: the start) leaves off, the units in it smoothed."""
    steady = Steady(CUTOFF, SLOPE)
    lost, lost_frames = state.get("lost", []), state.get("lost_frames", 0)
    _restore(pursuit, steady, state)
    for count, (moment, seen) in enumerate(sightings(film, pursuit, unwatched, state.get("next")), done + 1):
        seconds = float((moment.start - film.start) * film.time_base)
        end = seconds + float(moment.length * film.time_base)
        units = None
        if seen is not None:
            units = steady(seconds, seen.units)
            state = state | {"sighting": _plain(seen), "light": pursuit.alignment.state.light.tolist()}
        else:
            lost_frames += 1
            begins = lost and abs(lost[-1][1] - seconds) < 1e-6
            lost = [*lost[:-1], [lost[-1][0], end]] if begins else [*lost, [seconds, end]]
        state = state | {"next": moment.start + moment.length}
        if count % PART == 0:
            state |= {"steady": steady.state(), "usual": pursuit.usual, "missing": pursuit.lost}
            _restore(pursuit, steady, state)  # so that who resumes here and who goes on do the same
        told = {"lost": lost, "lost_frames": lost_frames, "smoothing": steady.account()}
        yield _Frame(moment=moment, seen=seen, units=units, state=state | told)


def _restore(pursuit: Pursuit, steady: Steady, state: dict[str, Any]) -> None:
    """Go on behind a state."""
    if "steady" not in state:
        return
    steady.restore(state["steady"])
    if "sighting" in state:
        last = state["sighting"]
        pose = Pose(rotation=np.array(last["rotation"]), scale=last["scale"], offset=np.array(last["offset"]))
        units, gaze = np.array(last["units"]), np.array(last["gaze"])
        seen = Sighting(units=units, gaze=gaze, pose=pose, likeness=last["likeness"])
        pursuit.resume(seen, np.array(state["light"]), state["usual"], state["missing"])


def _plain(seen: Sighting) -> dict[str, Any]:
    """A sighting as plain values."""
    return {
        "units": seen.units.tolist(),
        "gaze": seen.gaze.tolist(),
        "rotation": seen.pose.rotation.tolist(),
        "offset": seen.pose.offset.tolist(),
        "scale": seen.pose.scale,
        "likeness": seen.likeness,
    }


def _account(film: playback.Film, parts: Parts) -> dict[str, Any]:
    """How the person was followed, for the receipt."""
    state = parts.state or {}
    lost = [[round(start, 3), round(end, 3)] for start, end in state["lost"]]
    account = {"kind": "film", "name": film.name, "sha256": film.sha256, "frames": parts.frames}
    account |= {"fps": float(film.rate), "width": film.width, "height": film.height, "sound": film.sound}
    account |= {"neutral": "what neutral photos show", "lost_frames": state["lost_frames"], "lost": lost}
    warnings = []
    if state["cut"]:
        warnings.append(
            f"units would have passed 1 in {state['cut']} of {parts.frames} frames and are cut there"
        )
    return account | {"smoothing": state["smoothing"], "warnings": warnings}


def _provenance(request: EditRequest, expression: Expression, film: playback.Film) -> pictures.Provenance:
    beside = ("photo", "to", "output", "force", "resume")
    settings = {name: str(value) for name, value in vars(request).items() if name not in beside}
    return pictures.Provenance(
        expression=str(expression),
        software=SOFTWARE,
        settings_hash=settings_hash(task="edit", expression=str(expression), **settings, **assets()),
        input_sha256=film.sha256,
    )


def _receipt(stated: pictures.Provenance, film: playback.Film, judged: FaceReceipt, clock: Clock) -> Receipt:
    return Receipt(
        task="edit",
        expression=stated.expression,
        photo={"name": film.name, "sha256": film.sha256, "width": film.width, "height": film.height},
        faces=(judged,),
        film=None,
        seconds=clock.seconds,
        settings_hash=stated.settings_hash,
        assets=assets(),
        versions=versions(),
    )
