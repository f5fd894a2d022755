"""What becomes of a data set for a system: which clips, of how many frames, which moments of each."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from mien.data import adapters, splits
from mien.data.adapters import Item, Skip
from mien.data.adapters.layout import ARC, FILMS, RISE, STILL, WHOLE
from mien.data.inventory import Inventory
from mien.errors import InputError
from mien.media.files import printable

CLIP_TASKS = ("animate", "motion")
"""Tasks of systems that learn from clips; the others learn from single moments of them."""
MOMENTS = 4
"""Frames of a clip that systems of single faces learn from: the first, and three of the peak."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a system wants."""

    system: str
    task: str
    side: int
    frames: int
    """Of a clip."""
    pairs: bool
    """Whether it learns from two faces of one person."""
    coded: bool = False
    """Whether the data set's own strengths of units are taken, in place of what is measured."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One clip to be made."""

    name: str
    item: Item
    neutral: Item | None = None
    """The still of the same sitting that it begins with."""
    shows: str
    person: int
    session: int
    split: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All clips to be made."""

    recipe: Recipe
    shots: list[Shot]
    rule: str
    """Of the split."""
    skipped: list[Skip]

    @property
    def rising(self) -> bool:
        """Whether clips begin neutral."""
        return all(shot.neutral or shot.shows in (RISE, ARC) for shot in self.shots)

    def digest(self) -> str:
        """SHA-256 of all that decides the result beside the pictures."""
        text = json.dumps([asdict(self.recipe), [asdict(shot) for shot in self.shots]])
        return hashlib.sha256(text.encode()).hexdigest()


def of(found: Inventory, recipe: Recipe, test: float | None = None) -> Plan:
    """The clips that a set gives a system; raises `InputError` where it can give none."""
    items, shown = found.items, printable(found.root)
    if not items:
        raise InputError(f"nothing in {shown} can be used: mien data check {shown} says why")
    if found.adapter is adapters.plain.PEOPLE:
        raise InputError(f"{shown} is a set that mien made: mien train and mien score take it as it is")
    stills = [found.adapter.shows not in (RISE, ARC) and _is_still(item) for item in items]
    if any(stills) != all(stills):
        raise InputError(f"{shown} holds pictures and clips: prepare the two apart, as two folders")
    if stills[0] and recipe.task in CLIP_TASKS:
        raise InputError(
            f"{recipe.system} learns from clips, and {found.adapter.title} holds still pictures: take a set "
            "of clips (mien data list), or a system that edits (mien list)"
        )
    sides, skipped, rule = splits.of(found.adapter, items, test)
    left = {skip.file for skip in skipped}
    items = [item for item in items if item.called not in left]
    shots, unpaired = _stills(items) if stills[0] else ([(item, None) for item in items], [])
    paired = any(neutral for _, neutral in shots)
    if recipe.pairs and not paired and not _several(items):
        raise InputError(
            f"{recipe.system} learns from two faces of one person, and {found.adapter.title} has one "
            "picture of each: take another set, or a system such as ganimation that learns from single faces"
        )
    frames = (2 if paired else 1) if stills[0] else recipe.frames
    coded = found.adapter.coded and all(item.units for item in items)
    return Plan(
        recipe=replace(recipe, frames=frames, coded=coded),
        shots=_numbered(shots, sides, STILL if stills[0] else found.adapter.shows),
        rule=rule,
        skipped=[*found.skipped, *skipped, *unpaired],
    )


def _is_still(item: Item) -> bool:
    return len(item.files) == 1 and (item.at >= 0 or not item.files[0].lower().endswith(FILMS))


def _several(items: Sequence[Item]) -> bool:
    """Whether some sitting has more than one item."""
    sittings = {(item.who, item.session) for item in items}
    return len(sittings) < len(items)


def _stills(items: Sequence[Item]) -> tuple[list[tuple[Item, Item | None]], list[Skip]]:
    """Stills, each with a neutral one of its sitting to begin with, where there are such; else alone."""
    neutral: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.expression == "neutral":
            neutral[item.who, item.session].append(item)
    others = [item for item in items if item.expression != "neutral"]
    if not any((item.who, item.session) in neutral for item in others):
        return [(item, None) for item in items], []
    shots, skipped, taken = [], [], defaultdict[tuple[str, str, str], int](int)
    for item in others:
        begin = neutral.get((item.who, item.session))
        if not begin:
            reason = "there is no neutral picture of this person and sitting to begin with"
            skipped.append(Skip(file=item.called, reason=reason))
            continue
        number = taken[item.who, item.session, item.expression]
        taken[item.who, item.session, item.expression] += 1
        shots.append((item, begin[number % len(begin)]))
    return shots, skipped


def _numbered(shots: Sequence[tuple[Item, Item | None]], sides: dict[str, str], shows: str) -> list[Shot]:
    """Shots in order of persons, sittings and expressions, with the numbers and names of their files."""
    order = sorted(shots, key=lambda shot: _place(shot[0]))
    people = {who: number for number, who in enumerate(dict.fromkeys(item.who for item, _ in order))}
    sessions: dict[str, dict[str, int]] = defaultdict(dict)
    counts: dict[str, int] = defaultdict(int)
    out = []
    for item, neutral in order:
        session = sessions[item.who].setdefault(item.session, len(sessions[item.who]))
        name = f"p{people[item.who]:05d}_{item.expression}"
        out.append(
            Shot(
                name=f"{name}_{counts[name]}", item=item, neutral=neutral, shows=shows,
                person=people[item.who], session=session, split=sides[item.who],
            )
        )  # fmt: skip
        counts[name] += 1
    return out


def _place(item: Item) -> tuple:
    """Where an item stands among others; numbers within names count as numbers."""
    words = (item.who, item.session, item.expression, item.take, item.files[0])
    return (*([_natural(word) for word in words]), item.at)


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(word or 0), "") if word.isdecimal() else (-1, word) for word in re.split(r"(\d+)", text)]


def moments(count: int, shows: str, task: str, frames: int) -> np.ndarray:
    """Places (frames,) in a clip of this many pictures that a system learns from; between two they are mixed.

    Systems of clips get the way from the first picture to the apex (the last one; the middle where the clip
    goes back to neutral) evenly cut, in between by weighted means: FEV-GAN's Karcher means in the space of
    pictures. Systems of faces get the first picture and those at the apex; of clips that show the expression
    from end to end, places that are evenly spread.
    """
    last = (count - 1) // 2 if shows == ARC else count - 1
    if task in CLIP_TASKS:
        return np.linspace(0, last, frames)
    if shows == WHOLE:
        return np.linspace(0, last, frames).round()
    start = last - (frames - 1) // 2 if shows == ARC else last - frames + 2
    peak = np.arange(start, start + frames - 1)
    return np.concatenate([[0.0], np.clip(peak, min(1, last), count - 1)])
