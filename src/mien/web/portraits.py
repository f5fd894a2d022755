"""The photos that are held: secret ids, private files, portraits kept ready while there is room."""

import random
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mien.errors import FaceError
from mien.expression import Expression
from mien.face import analysis
from mien.face.measure import Measurement
from mien.face.portrait import Portrait
from mien.media import pictures
from mien.web.limits import Limits
from mien.web.refusals import gone

SIDES = (128, 256, 384, 512, 768, 1024)
"""Live pictures have one of these sides, so that two pages share a portrait."""


@dataclass(kw_only=True, eq=False)
class Photo:
    """One photo that was sent, as the shelf holds it."""

    id: str
    path: Path
    size: tuple[int, int]
    """Width and height."""
    faces: list[analysis.Face]
    """Left to right."""
    warning: str | None
    bytes: int
    used: float = field(default_factory=time.monotonic)
    views: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What was told of each face that was fitted."""

    def to_dict(self) -> dict[str, Any]:
        """What is told of it."""
        faces = [
            {"number": number, "box": [round(value, 1) for value in face.box], "size": round(face.size, 1)}
            for number, face in enumerate(self.faces, 1)
        ]
        width, height = self.size
        told = {"photo": self.id, "width": width, "height": height, "faces": faces, "chosen": self._chosen()}
        return told | ({"warning": self.warning} if self.warning else {})

    def _chosen(self) -> int | None:
        """The number of the face that is meant without saying; None where a person has to choose."""
        try:
            chosen = analysis.choose(self.faces) if self.faces else None
        except FaceError:
            return None
        return next((number for number, face in enumerate(self.faces, 1) if face is chosen), None)


@dataclass(kw_only=True, eq=False)
class Ready:
    """A portrait that was prepared: awake, it can be drawn at once; asleep, it keeps its fit and pixels."""

    portrait: Portrait
    size: int
    """Bytes of it awake."""
    awake: bool = True

    @property
    def bytes(self) -> int:
        """Bytes of it now."""
        return self.size if self.awake else self.portrait.picture.pixels.nbytes


class Shelf:
    """Photos by id and portraits by photo, face and side; each bounded, the longest unused goes first."""

    def __init__(self, folder: Path, limits: Limits):
        self.folder, self.limits = folder, limits
        self._photos: OrderedDict[str, Photo] = OrderedDict()
        self._ready: OrderedDict[tuple[str, int, int], Ready] = OrderedDict()
        self._lock = threading.RLock()

    def room(self) -> Path:
        """A new private folder for one upload; its name is the id."""
        place = self.folder / secrets.token_urlsafe(16)
        place.mkdir(mode=0o700)
        return place

    def add(self, path: Path) -> Photo:
        """Hold the file of an upload, which lies in a room of its own; raises `InputError` for no photo."""
        picture = pictures.read(path, most=self.limits.pixels)
        warning, faces = None, []
        try:
            faces = sorted(analysis.find(picture.pixels), key=lambda face: face.centre[0])
        except FaceError as error:
            warning = str(error)
        tall, wide = picture.pixels.shape[:2]
        size = path.stat().st_size
        photo = Photo(
            id=path.parent.name, path=path, size=(wide, tall), faces=faces, warning=warning, bytes=size
        )
        with self._lock:
            self._photos[photo.id] = photo
            while self._over():
                self.drop(next(iter(self._photos)))
        return photo

    def get(self, name: str) -> Photo:
        """The photo of an id, which counts as used now; raises a refusal where there is none."""
        with self._lock:
            photo = self._photos.get(name)
            if photo is None:
                raise gone()
            self._photos.move_to_end(name)
            photo.used = time.monotonic()
            return photo

    def drop(self, name: str) -> None:
        """Forget a photo, its portraits and its file."""
        with self._lock:
            photo = self._photos.pop(name, None)
            for key in [key for key in self._ready if key[0] == name]:
                del self._ready[key]
        if photo:
            shutil.rmtree(photo.path.parent, ignore_errors=True)

    def sweep(self) -> None:
        """Forget what was not used for long."""
        oldest = time.monotonic() - self.limits.idle
        with self._lock:
            idle = [name for name, photo in self._photos.items() if photo.used < oldest]
        for name in idle:
            self.drop(name)

    def ready(self, photo: Photo, number: int, side: int) -> Portrait | None:
        """The portrait of a face at a side, if it stands ready."""
        with self._lock:
            found = self._ready.get((photo.id, number, side))
            if found is None:
                return None
            self._ready.move_to_end((photo.id, number, side))
            if not found.awake:
                found.awake = True
                self._make_room(found)
            return found.portrait

    def prepare(self, photo: Photo, number: int, side: int) -> Portrait:
        """The same, made where it does not stand ready; raises `FaceError` where there is no such face."""
        found = self.ready(photo, number, side)
        if found:
            return found
        whole = Portrait(pictures.read(photo.path), analysis.choose(photo.faces, number))
        if number not in photo.views:
            photo.views[number] = _view(whole)
        small = whole.close_up(side)
        small.show(Expression(units={"AU26": 0.5}))  # prepares what the first frame would
        self._keep((photo.id, number, side), small)
        return small

    def _keep(self, key: tuple[str, int, int], portrait: Portrait) -> None:
        """Put a portrait among the ready ones, and others out."""
        with self._lock:
            if key[0] not in self._photos:
                return
            shared = {id(portrait.model), *map(id, vars(portrait.model).values())}
            self._ready[key] = Ready(portrait=portrait, size=weigh([portrait], seen=shared))
            self._make_room(self._ready[key])

    def _make_room(self, latest: Ready) -> None:
        """Put portraits to sleep, any but the latest, and then out, until they fit the memory."""
        awake = [one for one in self._ready.values() if one.awake and one is not latest]
        random.shuffle(
            awake
        )  # were it the longest unused, many clients in turn would always find theirs asleep
        while awake and self._used() > self.limits.memory:
            one = awake.pop()
            one.awake = False
            one.portrait.release()
        while len(self._ready) > 1 and self._used() > self.limits.memory:
            self._ready.popitem(last=False)

    def _used(self) -> int:
        return sum(one.bytes for one in self._ready.values())

    def _over(self) -> bool:
        held = self._photos.values()
        return len(held) > self.limits.photos or sum(photo.bytes for photo in held) > self.limits.disk


def side_of(asked: int) -> int:
    """The greatest of the sides that is not above what was asked."""
    return max((side for side in SIDES if side <= asked), default=SIDES[0])


def weigh(things: Iterable[Any], seen: set[int]) -> int:
    """Bytes of all arrays that some things hold, each once."""
    total = 0
    for thing in things:
        if isinstance(thing, np.ndarray) and isinstance(thing.base, np.ndarray):
            thing = thing.base
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            total += thing.nbytes
        elif isinstance(thing, dict):
            total += weigh(thing.values(), seen)
        elif isinstance(thing, (list, tuple)):
            total += weigh(thing, seen)
        elif hasattr(thing, "__dict__"):
            total += weigh(vars(thing).values(), seen)
    return total


def _view(portrait: Portrait) -> dict[str, Any]:
    """What is told of a face: what it shows, what was measured, and where it is drawn."""
    found, shown = portrait.measure(), portrait.expression
    return {
        "expression": shown.to_dict(),
        "text": str(shown),
        "scores": rounded(found.scores),
        "valence": round(found.valence, 3),
        "arousal": round(found.arousal, 3),
        "measured": measured(found),
        "crop": [int(value) for value in portrait.scene.box],
    }


def measured(found: Measurement) -> dict[str, Any]:
    """A measurement as JSON: units with their deviations, head, gaze, who measured."""
    return {
        "units": rounded(found.units),
        "uncertainty": rounded(found.uncertainty),
        "head": [round(float(value), 1) for value in found.head],
        "gaze": [round(float(value), 1) for value in found.gaze],
        "gaze_uncertainty": round(float(found.gaze_uncertainty), 1),
        "residual": round(float(found.residual), 4),
        "estimator": found.estimator,
    }


def rounded(values: dict[str, float]) -> dict[str, float]:
    """Numbers with three digits."""
    return {name: round(float(value), 3) for name, value in values.items()}
