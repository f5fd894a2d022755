"""A film and one person in it: the picture they are known by, and what they show in every frame."""

from collections.abc import Callable, Iterator

import numpy as np

from mien.errors import FaceError, InputError
from mien.face import analysis
from mien.face.portrait import Portrait
from mien.face.pursuit import Pursuit, Sighting
from mien.media import pictures, playback
from mien.relay import ahead

LOOKED_AT, LOOKS = 8.0, 8
"""Seconds of a film that are looked through for the calmest picture, and how often about (ours)."""
ASIDE = 30.0
"""Degrees of a turned head that count as much as one full unit (ours)."""
Watch = Callable[[str, int, int], None]
"""What is told of how far work has come: what is counted, how many, of how many (0: nobody knows)."""


def unwatched(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def reference(film: playback.Film, which: str | int, at: float | None, flag: str) -> tuple[Portrait, float]:
    """The picture of a film by which a person is known, and its time: the calmest of the first seconds.

    Args:
        film: the film.
        which: among several faces, as `analysis.choose` takes it.
        at: seconds of the film at which the person is neutral: that frame is taken.
        flag: the option that chooses a face, for messages.

    Raises:
        FaceError: no face, or several of similar size; InputError: the film ends before `at`.
    """
    best, calmest, last, wanted = None, np.inf, None, 0.0
    for seconds, pixels in _from(film, at):
        if best is not None and seconds >= LOOKED_AT:
            break
        if best is not None and seconds < wanted:
            continue
        wanted = seconds + min(film.seconds or LOOKED_AT, LOOKED_AT) / LOOKS
        faces = [face for face in analysis.glimpse(pixels) if face.inside >= analysis.WHOLE]
        if not faces and at is not None:
            faces = analysis.find(pixels)
        if not faces:
            continue
        face = analysis.choose(faces, which, flag) if last is None else _nearest(faces, last)
        last = face.centre
        portrait = Portrait.of(pictures.from_array(pixels, film.name), face)
        if at is not None:
            return portrait, seconds
        units = portrait.fit.units - portrait.rest
        excited = units.clip(0).sum() + np.abs(portrait.fit.pose.angles[:2]).sum() / ASIDE
        if excited < calmest:
            best, calmest = (portrait, seconds), excited
    if at is not None:
        raise InputError(f"{film.name} ends before {at:g} s: --neutral takes a time within it")
    return best or _found_by_all_means(film, which, flag)


def sightings(
    film: playback.Film, pursuit: Pursuit, watch: Watch, start: int | None = None, done: int = 0
) -> Iterator[tuple[playback.Moment, Sighting | None]]:
    """Every frame with what the person shows in it, None where they are not seen.

    start: ticks of the frame to begin with; `done` then is how many lie before it.
    """
    with ahead(playback.frames(film, start)) as moments:
        for count, moment in enumerate(moments, done + 1):
            yield moment, pursuit.follow(moment.pixels)
            watch("frames followed", count, film.frames)


def _from(film, at) -> Iterator[tuple[float, np.ndarray]]:
    """Frames from a time on (None: the first), with their seconds."""
    first = None if at is None else film.start + round(at / film.time_base)
    for moment in playback.frames(film, first):
        yield float((moment.start - film.start) * film.time_base), moment.pixels


def _nearest(faces, centre):
    return min(faces, key=lambda face: float(np.linalg.norm(face.centre - centre)))


def _found_by_all_means(film, which, flag) -> tuple[Portrait, float]:
    """The portrait of the first frame, where the quick search found nobody in the whole film."""
    first = next(playback.frames(film))
    try:
        faces = analysis.find(first.pixels)
    except FaceError as error:
        raise FaceError(f"no face found in any frame of {film.name}; in the first: {error}") from None
    picture = pictures.from_array(first.pixels, film.name)
    return Portrait.of(picture, analysis.choose(faces, which, flag)), 0.0
