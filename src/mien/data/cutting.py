"""The faces of real pictures, cut as people are drawn, with landmarks and units read off them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from mien.data import acting, faults, plans
from mien.data.adapters.layout import FILMS, Item
from mien.data.crops import Crop
from mien.errors import FaceError, InputError
from mien.face import analysis, fit
from mien.face.measure import strengths
from mien.face.model import Pose, load_model
from mien.face.points import transform
from mien.media import playback

LEAST_SIDE = 256
"""Pixels to which a smaller picture is enlarged before its face is looked for (ours)."""
MOST_YAW, MOST_RESIDUAL = 40.0, 0.06
"""Turn of the head, degrees, and misfit in inter-ocular distances, of faces that are left out (ours)."""
MOST_LOST = 0.1
"""Share of a clip's frames in which no face may be found: the one before stands in for them (ours)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """One face of one picture."""

    face: analysis.Face
    fit: fit.Fit
    crop: Crop
    units: np.ndarray  # (k,) 0..1, in the order of `acting.unit_names`


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut:
    """A clip that was cut: frames (t, h, w, 3) uint8, landmarks (t, 68, 2), units (t, k), head (t, 3)."""

    frames: np.ndarray
    landmarks: np.ndarray
    units: np.ndarray
    head: np.ndarray
    fps: float | None


def cut(root: Path, shot: plans.Shot, recipe: plans.Recipe) -> Cut:
    """The frames of a shot; raises `InputError` or `FaceError`, in a few words, where there can be none."""
    if shot.shows == plans.STILL:
        first = _still(root, shot.neutral or shot.item)
        seen = [first, _look(_picture(root, shot.item), first)] if shot.neutral else [first]
        samples, shares, fps = [_sample(one, recipe.side) for one in seen], np.eye(len(seen)), None
    else:
        count, fps = _length(root, shot.item)
        places = plans.moments(count, shot.shows, recipe.task, recipe.frames)
        samples, shares = _film(root, shot.item, places, recipe.side)
    pictures, landmarks, units, head = (np.stack(column) for column in zip(*samples, strict=True))
    if recipe.coded:
        given = [shot.neutral, shot.item] if shot.neutral else [shot.item] * len(samples)
        units = np.stack([_coded(item) for item in given])
    return Cut(
        frames=np.rint(np.tensordot(shares, pictures, 1)).astype(np.uint8),
        landmarks=np.tensordot(shares, landmarks, 1).astype(np.float32),
        units=(shares @ units).astype(np.float32),
        head=(shares @ head).astype(np.float32),
        fps=fps,
    )


def _sample(seen: Seen, side: int) -> tuple[np.ndarray, ...]:
    """What is kept of a picture: the cut face, landmarks, units, turn of the head."""
    return (
        seen.crop.cut(side).astype(np.float32),
        seen.crop.landmarks,
        seen.units,
        np.array(seen.fit.pose.angles),
    )


def _film(
    root: Path, item: Item, places: np.ndarray, side: int
) -> tuple[list[tuple[np.ndarray, ...]], np.ndarray]:
    """Samples of the frames that are needed, and how much of each is in every frame of the clip, (t, n)."""
    before = np.floor(places).astype(int)
    share = places - before
    needed = sorted({*before.tolist(), *(before + 1)[share > 0].tolist()})
    samples, first, last, lost = [], None, None, 0
    for number, pixels in zip(needed, _frames(root, item, needed), strict=True):
        try:
            last = _look(pixels, first, last)
            samples.append(_sample(last, side))
        except FaceError as error:
            lost += 1
            if not samples or lost > MOST_LOST * len(needed):
                raise FaceError(f"{error} in frame {number}") from None
            samples.append(samples[-1])
        first = first or last
    shares = np.zeros((len(places), len(needed)))
    for row, (start, part) in enumerate(zip(before.tolist(), share.tolist(), strict=True)):
        shares[row, needed.index(start)] = 1 - part
        if part > 0:
            shares[row, needed.index(start + 1)] = part
    return samples, shares


def _length(root: Path, item: Item) -> tuple[int, float | None]:
    """Number of pictures of a clip, and how many there are a second, where the film says it."""
    first = item.files[0]
    if first.lower().endswith(FILMS):
        with faults.short(root / first):
            if fault := faults.of_file(root / first):
                raise InputError(fault)
            count, fps = playback.length(root / first)
    else:
        count, fps = len(item.files), None
    if count < 2:
        raise InputError("has one frame alone")
    return count, fps or None


def _frames(root: Path, item: Item, wanted: Sequence[int]) -> Iterator[np.ndarray]:
    """Some pictures of a clip."""
    if item.files[0].lower().endswith(FILMS):
        with faults.short(root / item.files[0]):
            yield from playback.some(root / item.files[0], wanted)
        return
    for number in wanted:
        try:
            yield faults.read(root / item.files[number])
        except InputError as error:
            raise InputError(f"{Path(item.files[number]).name} {error}") from None


def _picture(root: Path, item: Item) -> np.ndarray:
    """A still, or one frame of a film."""
    path = root / item.files[0]
    if path.suffix.lower() not in FILMS:
        return faults.read(path, item.at)
    with faults.short(path):
        pixels = next(playback.some(path, [item.at]))
        if fault := faults.of_pixels(pixels):
            raise InputError(fault)
        return pixels


@lru_cache(maxsize=4)
def _still_at(root: Path, files: tuple[str, ...], at: int) -> Seen:
    return _look(_picture(root, Item(files=files, at=at)))


def _still(root: Path, item: Item) -> Seen:
    """A still's face; the last few are remembered, since a neutral picture begins many clips."""
    return _still_at(root, item.files, item.at)


def _look(pixels: np.ndarray, known: Seen | None = None, last: Seen | None = None) -> Seen:
    """The face of a picture, on the scale of a known picture of the same person; last: the frame before."""
    model, pixels = load_model(), _enlarged(pixels)
    face = _found(pixels, last.face if last else None)
    found = fit.fit(model, face.landmarks, _laid(known, face) if known else None)
    if not np.isfinite(found.units).all() or found.residual > MOST_RESIDUAL:
        raise FaceError("a face that cannot be read")
    if abs(found.pose.angles[0]) > MOST_YAW:
        raise FaceError("a face that is turned too far")
    units = strengths(model, found, known.fit if known else found)
    at = [model.unit_names.index(name) for name in acting.unit_names(model)]
    return Seen(face=face, fit=found, crop=Crop.of(pixels, face, found), units=units[at])


def _found(pixels: np.ndarray, last: analysis.Face | None) -> analysis.Face:
    """The only or clearly largest face; after another frame the one nearest to where it was."""
    try:
        faces = analysis.find(pixels)
    except FaceError:
        raise FaceError("no face found") from None
    if last is not None:
        return min(faces, key=lambda face: float(np.linalg.norm(face.centre - last.centre)))
    try:
        return analysis.choose(faces)
    except FaceError:
        several = len(faces) > 1
        raise FaceError("several faces" if several else "a face that the border cuts") from None


def _enlarged(pixels: np.ndarray) -> np.ndarray:
    """A picture that is large enough for the search."""
    scale = LEAST_SIDE / max(pixels.shape[:2])
    if scale <= 1:
        return pixels
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def _laid(known: Seen, face: analysis.Face) -> fit.Fit:
    """A known fit laid over another picture of the person by the eyes: pose and points move, units stay."""
    ends = [points[[36, 39, 42, 45]] for points in (known.face.landmarks, face.landmarks)]
    matrix = _similarity(*ends)
    cosine, sine = matrix[0, 0], matrix[1, 0]
    scale = float(np.hypot(cosine, sine))
    turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, scale]]) / scale
    pose = known.fit.pose
    moved = Pose(
        rotation=turn @ pose.rotation,
        scale=pose.scale * scale,
        offset=transform(matrix, pose.offset[None])[0],
    )
    landmarks, target = (transform(matrix, points) for points in (known.fit.landmarks, known.fit.target))
    return replace(known.fit, pose=moved, landmarks=landmarks, target=target)


def _similarity(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The (2, 3) matrix of turn, scale and shift that brings points (n, 2) nearest to others."""
    a, b = one - one.mean(0), other - other.mean(0)
    size = (a**2).sum()
    cosine, sine = (a * b).sum() / size, (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / size
    matrix = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
    matrix[:, 2] = other.mean(0) - matrix[:, :2] @ one.mean(0)
    return matrix


def _coded(item: Item) -> np.ndarray:
    """The set's own strengths (k,) of both sides of each unit; nan where it does not code one."""
    names = acting.unit_names(load_model())
    given = {name: item.units.get(name, item.units.get(name.rstrip("LR"))) for name in names}
    return np.array([np.nan if given[name] is None else given[name] for name in names])
