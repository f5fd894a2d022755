"""Which pictures are to be made from which photos: classes filled evenly, nothing twice, all from a seed."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

REUSE = 0.2
"""Taking a photo once more for a class costs as much as a photo that shows this much more (ours)."""
GOLDEN = 0.6180339887
"""Steps of this size spread evenly over a range, however many they are (Weyl's sequence)."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A photo that pictures can be made from."""

    path: Path
    name: str
    label: str
    """Its class, as the set writes it."""
    subject: str
    sha256: str
    box: tuple[float, float, float, float]
    shown: float
    """How strongly its face shows any expression, 0..1."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One picture to make."""

    source: Source
    label: str
    """The class it is for, as the set writes it."""
    expression: str
    """The label that means."""
    strength: float

    @property
    def to(self) -> str:
        """In the expression language."""
        return f"{self.expression}:{self.strength:.2f}" if self.expression != "neutral" else "neutral"

    @property
    def file(self) -> str:
        """Its name within the folder of results: who, what, how strongly, and of which photo's bytes."""
        path = self.source.path
        ending = ".png" if path.suffix.lower() == ".bmp" else path.suffix  # BMP cannot say what it is
        how = f"{self.expression}{100 * self.strength:03.0f}"
        return f"{self.label}/{path.stem[:80]}_{how}_{self.source.sha256[:10]}{ending}"


class Strengths:
    """Strengths for each photo and class, none twice, spread over a range."""

    def __init__(self, low: float, high: float, seed: int):
        self.low, self.high, self.seed = low, high, seed
        self.taken: dict[tuple[str, str], list[float]] = defaultdict(list)

    def next(self, source: Source, expression: str) -> float | None:
        """A strength that was not given for these yet, None where there is no other."""
        taken = self.taken[source.sha256, expression]
        low, high = (1.0, 1.0) if expression == "neutral" else (self.low, self.high)
        words = (self.seed, int(source.sha256[:12], 16), *expression.encode())
        start = np.random.default_rng(words).random()
        for number in range(len(taken), 1 + round(400 * (high - low))):  # past that all hundredths are taken
            strength = round(low + (start + number * GOLDEN) % 1 * (high - low), 2)
            if strength not in taken:
                taken.append(strength)
                return strength
        return None


def balanced(
    sources: Sequence[Source],
    counts: Mapping[str, int],
    classes: Mapping[str, str],
    strengths: Strengths,
) -> list[Wanted]:
    """Pictures that bring each class to the size of the largest, as far as there are sources.

    A class is filled from photos of other classes. The next picture is always of the person whom the class
    holds least of, real photos counted; of that person the photo that shows least and was taken least.

    Args:
        counts: pictures of each class that stand already, of all classes.
        classes: the classes to fill, and the label that each means.
    """
    goal = max(counts.values())
    return [
        wanted
        for label, expression in classes.items()
        for wanted in _filling(sources, label, expression, goal - counts.get(label, 0), strengths)
    ]


def _filling(
    sources: Sequence[Source], label: str, expression: str, missing: int, strengths: Strengths
) -> Iterator[Wanted]:
    """Up to so many pictures for one class."""
    held = Counter(source.subject for source in sources if source.label == label)
    of = defaultdict(list)
    for source in _once(sources):
        if source.label != label:
            of[source.subject].append(source)
    order = np.random.default_rng((strengths.seed, *label.encode())).permutation(len(of))
    people = [(held[person], int(at), person) for at, person in zip(order, sorted(of), strict=True)]
    heapq.heapify(people)
    used: Counter[str] = Counter()
    while people and missing > 0:
        count, at, person = heapq.heappop(people)
        source = min(of[person], key=lambda s: (s.shown + REUSE * used[s.sha256], s.sha256))
        strength = strengths.next(source, expression)
        if strength is None:
            of[person].remove(source)
        else:
            used[source.sha256] += 1
            missing -= 1
            yield Wanted(source=source, label=label, expression=expression, strength=strength)
        if of[person]:
            heapq.heappush(people, (count + (strength is not None), at, person))


def per_image(
    sources: Sequence[Source], number: int, classes: Mapping[str, str], strengths: Strengths
) -> list[Wanted]:
    """So many pictures of each photo, of classes not its own, each class as often as the others."""
    made: Counter[str] = Counter()
    chance, out = np.random.default_rng(strengths.seed), []
    for source in _once(sources):
        given: Counter[str] = Counter()
        left = [label for label in classes if label != source.label]
        while left and given.total() < number:
            ranks = dict(zip(left, chance.permutation(len(left)).tolist(), strict=True))
            label = min(left, key=lambda name: (given[name], made[name], ranks[name]))
            strength = strengths.next(source, classes[label])
            if strength is None:
                left.remove(label)
                continue
            given[label] += 1
            made[label] += 1
            out.append(Wanted(source=source, label=label, expression=classes[label], strength=strength))
    return out


def _once(sources: Sequence[Source]) -> list[Source]:
    """Sources by name, the same bytes only once."""
    first: dict[str, Source] = {}
    for source in sorted(sources, key=lambda source: source.name):
        first.setdefault(source.sha256, source)
    return list(first.values())
