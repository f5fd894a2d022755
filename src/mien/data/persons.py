"""Who is who in a set, and who or what stands both among what is learned from and what is judged by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SAME = 0.45
"""Distance of identity vectors below which two faces are held for one person (ours).

Of 81 people with two photos each (the London set: neutral and smiling) the same person's lie 0.10 to 0.45
apart, and no two people's nearer than 0.47.
"""
PERHAPS = 0.6
"""Distance up to which dlib's author takes two photos for one person (King 2017): worth a look."""
ALIKE = 4
"""Unlike bits of 64 up to which two pictures are held for one (ours): packed, scaled or lit anew.

Of 12,960 pairs of different people's studio portraits 3 lie so near; the faces tell those apart.
"""
TWIN = 0.3
"""Distance of the faces of two alike pictures below which they are one (ours)."""
CERTAIN = ("name", "person", "picture")
"""Kinds of leaks that need no second look."""
_BLOCK = 1024


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A photo with what tells it from others."""

    name: str
    subject: str
    """The person as the set names it; empty where it does not."""
    likeness: int | None
    """Of the whole picture (`survey.likeness`), None where there is no more than a crop."""
    identity: np.ndarray | None  # (128,)


@dataclass(frozen=True, kw_only=True)
class Leak:
    """Two photos, one to learn from, one to be judged by, that should not both be."""

    train: str
    test: str
    kind: str
    """name, person or picture; perhaps where the faces are only near, or the set names them apart."""
    distance: float
    """Of the identity vectors; unlike bits for a picture; 0 for a name."""

    def __str__(self) -> str:
        how = {
            "name": "the set gives them one person's name",
            "person": f"one person: faces {self.distance:.2f} apart, below {SAME}",
            "picture": f"one picture: {self.distance:.0f} of 64 bits unlike",
            "perhaps": f"perhaps one person: faces {self.distance:.2f} apart",
        }
        return f"{self.train} and {self.test}: {how[self.kind]}"

    @property
    def certain(self) -> bool:
        """Whether it needs no second look."""
        return self.kind in CERTAIN


def named(photos: Sequence[Seen]) -> list[str]:
    """The person of each photo: the set's own name, or a number for those whose faces are alike.

    Faces nearer than `SAME` are one person, and so are those linked by others between them. Who has neither a
    name nor a face is a person of their own.
    """
    own = [photo.subject for photo in photos]
    unnamed = [index for index, name in enumerate(own) if not name]
    faces = [index for index in unnamed if photos[index].identity is not None]
    root = {index: index for index in unnamed}

    def first(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    identities = _identities([photos[index] for index in faces])
    for one, other, _ in _near(identities, identities, SAME):
        if one < other:
            low, high = sorted((first(faces[one]), first(faces[other])))
            root[high] = low
    numbers: dict[int, int] = {}
    for index in unnamed:
        own[index] = f"person-{numbers.setdefault(first(index), len(numbers) + 1):04d}"
    return own


def leaks(train: Sequence[Seen], test: Sequence[Seen]) -> list[Leak]:
    """For each photo to be judged by, and each kind of leak, the nearest photo that is learned from."""
    best: dict[tuple[int, str], Leak] = {}
    for one, other, kind, distance in _pairs(train, test):
        if (other, kind) not in best or distance < best[other, kind].distance:
            found = Leak(train=train[one].name, test=test[other].name, kind=kind, distance=round(distance, 3))
            best[other, kind] = found
    return sorted(best.values(), key=lambda leak: (not leak.certain, leak.test, leak.kind))


def leaking(train: Sequence[Seen], test: Sequence[Seen]) -> set[int]:
    """Places of all photos to learn from that stand for certain in the other part too."""
    return {one for one, _, kind, _ in _pairs(train, test) if kind in CERTAIN}


def _pairs(train: Sequence[Seen], test: Sequence[Seen]) -> Iterator[tuple[int, int, str, float]]:
    """Places, kind and distance of all pairs of photos of the two parts that should not both be."""
    called: dict[str, list[int]] = {}
    for one, photo in enumerate(train):
        called.setdefault(photo.subject, []).append(one)
    for other, photo in enumerate(test):
        for one in called.get(photo.subject, ()) if photo.subject else ():
            yield one, other, "name", 0.0
    yield from _one_picture(train, test)
    ours, theirs = (
        [i for i, photo in enumerate(part) if photo.identity is not None] for part in (train, test)
    )
    for a, b, distance in _near(_identities(train), _identities(test), PERHAPS):
        one, other = ours[a], theirs[b]
        names = {train[one].subject, test[other].subject}
        apart = len(names) == 2 and "" not in names  # the set says that these are two people
        yield one, other, "perhaps" if apart or distance >= SAME else "person", distance


def _one_picture(train: Sequence[Seen], test: Sequence[Seen]) -> Iterator[tuple[int, int, str, float]]:
    """Pairs that are one picture: alike, and not with two faces that differ."""
    places = [place for place, photo in enumerate(test) if photo.likeness is not None]
    theirs = np.array([test[place].likeness for place in places], np.uint64)
    for one, photo in enumerate(train):
        if photo.likeness is None:
            continue
        unlike = np.unpackbits((theirs ^ np.uint64(photo.likeness)).view(np.uint8)).reshape(-1, 64).sum(1)
        for near in np.flatnonzero(unlike <= ALIKE).tolist():
            mine, its = photo.identity, test[places[near]].identity
            if mine is None or its is None or np.linalg.norm(mine - its) < TWIN:
                yield one, places[near], "picture", float(unlike[near])


def _identities(photos: Sequence[Seen]) -> np.ndarray:
    """Identity vectors (n, 128) of the photos that have one."""
    rows = [photo.identity for photo in photos if photo.identity is not None]
    return np.array(rows, np.float32).reshape(len(rows), 128)


def _near(ones: np.ndarray, others: np.ndarray, within: float) -> Iterator[tuple[int, int, float]]:
    """Places and distance of all pairs of rows nearer than `within`, block by block."""
    squares = (others**2).sum(1)
    for start in range(0, len(ones), _BLOCK):
        block = ones[start : start + _BLOCK]
        apart = np.maximum((block**2).sum(1)[:, None] + squares - 2 * block @ others.T, 0)
        for one, other in np.argwhere(apart < within**2):
            yield start + int(one), int(other), float(np.sqrt(apart[one, other]))
