"""What is in a folder of a data set: found, read, left out and why, beside what should be there."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mien.data import adapters, faults
from mien.data.adapters.layout import FILMS, Adapter, Item, Skip, Tree
from mien.errors import InputError
from mien.media import playback
from mien.media.files import printable

Tell = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What an adapter makes of a folder."""

    root: Path
    adapter: Adapter
    why: str
    """By what it was recognised."""
    found: int
    """Files of the kind that the set is made of, or rows of its table."""
    read: dict[str, int]
    """Items, people and labels of all that could be read, those put aside among them."""
    items: list[Item]
    """Stills and clips that can be used."""
    aside: list[Skip]
    """Items that another of the same kind is taken for: other cameras, other lights."""
    skipped: list[Skip]
    notes: list[str] = field(default_factory=list)

    def subjects(self) -> dict[str, Counter[str]]:
        """Items of each label by person, where people are known."""
        out: dict[str, Counter[str]] = {}
        for item in self.items:
            if item.subject:
                out.setdefault(item.subject, Counter())[item.expression] += 1
        return dict(sorted(out.items()))

    def as_dict(self) -> dict[str, Any]:
        """All of it in JSON values."""
        return {
            "data_set": self.adapter.name,
            "why": self.why,
            "found": self.found,
            "parsed": self.read,
            "usable": counts(self.items),
            "expected": dict(self.adapter.expected),
            "subjects": {name: dict(count) for name, count in self.subjects().items()},
            "left_out": [{"file": skip.file, "reason": skip.reason} for skip in self.skipped],
            "aside": [{"file": skip.file, "reason": skip.reason} for skip in self.aside],
            "notes": self.notes,
        }


def of(
    folder: str | Path,
    name: str | None = None,
    *,
    quick: bool = False,
    tell: Tell = lambda done, total: None,
) -> Inventory:
    """Read a folder as the data set it is, or as the one that is named.

    quick: by names alone; else every still picture is opened, and the beginning of every clip.
    tell: called with the number of items looked at, and of all.

    Raises `InputError` for what is no folder, and where no adapter fits, or two do.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"{printable(folder)} is no folder: expected one that holds a data set")
    tree = Tree.of(root)
    adapter, why = (adapters.find(name), "as was said") if name else adapters.recognise(tree)
    if not adapter.recognised(tree):
        raise InputError(f"{printable(folder)} has no names of {adapter.title}: expected {adapter.layout}")
    reading = adapter.read(adapter, tree)
    items, aside = _preferred(adapter, reading.items)
    found = Inventory(
        root=root,
        adapter=adapter,
        why=why,
        found=len(reading.skipped) + sum(len(item.files) for item in reading.items),
        read=counts(reading.items),
        items=items,
        aside=aside,
        skipped=reading.skipped,
        notes=[*reading.notes, *(f"an empty folder: {name}" for name in tree.hollow)],
    )
    found = found if quick else _opened(found, tell)
    return replace(found, notes=[*found.notes, *_remarks(found)])


def _preferred(adapter: Adapter, items: Sequence[Item]) -> tuple[list[Item], list[Skip]]:
    """The items of the first camera, light and so on that occurs, and the others."""
    kept, aside = list(items), []
    for note, wanted in adapter.prefer.items():
        has = {item.notes.get(note, "").lower() for item in kept}
        taken = next((value for value in wanted if value.lower() in has), wanted[0])
        for item in kept:
            if item.notes.get(note, "").lower() != taken.lower():
                reason = f"{note} {item.notes.get(note, '')}: only {taken} is taken"
                aside.append(Skip(file=item.called, reason=reason))
        kept = [item for item in kept if item.notes.get(note, "").lower() == taken.lower()]
    return kept, aside


def _opened(found: Inventory, tell: Tell) -> Inventory:
    """The inventory without what cannot be opened or is black."""
    items, skipped, films = [], list(found.skipped), {}
    for number, item in enumerate(found.items, 1):
        bad = dict(_faults(found.root, item, films))
        files = tuple(name for name in item.files if name not in bad)
        called = {} if files else {item.files[0]: item.called}
        skipped += [Skip(file=called.get(name, name), reason=reason) for name, reason in bad.items()]
        if files:
            items.append(replace(item, files=files))
        tell(number, len(found.items))
    return replace(found, items=items, skipped=skipped)


def _faults(root: Path, item: Item, films: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Files of an item that are of no use, and why; films are remembered: many items may be of one."""
    first = item.files[0]
    if first.lower().endswith(FILMS):
        if first not in films:
            films[first] = _film_fault(root / first)
        if films[first]:
            yield first, films[first]
        return
    for name in item.files:
        fault = faults.of_file(root / name) if name != first else ""
        if name == first:
            try:
                faults.read(root / name, item.at)
            except InputError as error:
                fault = str(error)
        if fault:
            yield name, fault


def _film_fault(path: Path) -> str:
    if fault := faults.of_file(path):
        return fault
    try:
        with faults.short(path):
            return "begins black" if faults.of_pixels(next(playback.some(path, [0]))) else ""
    except InputError as error:
        return str(error)


def _remarks(found: Inventory) -> Iterator[str]:
    """What is worth saying of the whole: counts that differ, classes without items, people on both sides."""
    expected = found.adapter.expected
    if differ := [what for what in expected if found.read.get(what, 0) != expected[what]]:
        yield f"this is not the whole set, or not it alone: the counts of {', '.join(differ)} differ"
    if found.adapter.expected:
        for label in sorted(set(found.adapter.labels.values()) - set(counts(found.items)) - {""}):
            yield f"nothing shows {label}"
    for person in both(found.items):
        yield f"{person} is in train and in test"


def counts(items: Sequence[Item]) -> dict[str, int]:
    """How many items, people and items of each label there are."""
    labels = sorted(Counter(item.expression for item in items).items())
    return {"items": len(items), "people": len({item.subject for item in items} - {""}), **dict(labels)}


def both(items: Sequence[Item]) -> list[str]:
    """People whom the set itself puts into train and into test."""
    sides = {split: {item.subject for item in items if item.split == split} for split in ("train", "test")}
    return sorted((sides["train"] & sides["test"]) - {""})
