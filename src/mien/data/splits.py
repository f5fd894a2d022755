"""Who is learned from and who is judged by: never the same person, and the same people every time."""

import hashlib
from collections.abc import Sequence

from mien.data.adapters import Adapter, Item, Skip
from mien.data.inventory import both
from mien.errors import InputError

SHARE = 0.2
"""Of the people who are for the test where neither the set nor the literature says; at least two of four
(ours)."""


def of(adapter: Adapter, items: Sequence[Item], test: float | None) -> tuple[dict[str, str], list[Skip], str]:
    """The split of each item's `who`, the items that must be left out, and the rule in words.

    test: how many people are for the test, below 1 a share, from 1 on a count; None takes the set's own
    split, or the one that the literature names, or `SHARE`.

    Raises `InputError` for a number that cannot be.
    """
    people = sorted({item.who for item in items})
    if test is None and len({item.split for item in items}) > 1 and all(item.split for item in items):
        return _own(items)
    if test is None and adapter.test:
        chosen = adapter.test(people)
        if 0 < len(chosen) < len(people):
            return _sides(people, chosen), [], "that of the literature"
    share = SHARE if test is None else test
    least = 2 if len(people) > 3 else 1
    count = max(least, round(share * len(people))) if share < 1 else int(share)
    if not share > 0 or not 0 < count < len(people) or (share >= 1 and share != count):
        raise InputError(
            f"--test is a share below 1, or a count below the {len(people)} people, came {share:g}; at least "
            "two people are needed, one to learn from and one to judge by"
        )
    chosen = set(sorted(people, key=lambda person: _number(adapter.name, person))[:count])
    return _sides(people, chosen), [], f"{count} of {len(people)} people, by the hash of their names"


def _own(items: Sequence[Item]) -> tuple[dict[str, str], list[Skip], str]:
    """The set's own split; who is in both is for the test alone."""
    twice = set(both(items))
    splits = {item.who: item.split for item in items} | dict.fromkeys(twice, "test")
    skipped = [
        Skip(file=item.called, reason="is for training, and its person is in the test as well")
        for item in items
        if item.who in twice and item.split == "train"
    ]
    return splits, skipped, "that of the set itself"


def _sides(people: Sequence[str], chosen: set[str]) -> dict[str, str]:
    return {person: "test" if person in chosen else "train" for person in people}


def _number(name: str, person: str) -> str:
    """A place in an order that further people do not change."""
    return hashlib.sha256(f"{name}/{person}".encode()).hexdigest()
