"""The catalogue of data sets: every adapter by name, and which of them fits a folder."""

from mien.data.adapters import attributes, clips, films, plain, stills, wild
from mien.data.adapters.layout import Adapter, Item, Reading, Skip, Tree
from mien.errors import InputError
from mien.media.files import printable

__all__ = ["Adapter", "Item", "Reading", "Skip", "Tree", "find", "names", "recognise"]

_NAMED = (*clips.ALL, *stills.ALL, *films.ALL, *wild.ALL, *attributes.ALL, *plain.OWN)
_ALL = {adapter.name: adapter for adapter in (*_NAMED, *plain.LAST)}


def names() -> tuple[str, ...]:
    """All adapters by name."""
    return tuple(_ALL)


def find(name: str) -> Adapter:
    """An adapter by its name; raises `InputError` with the nearest."""
    key = name.lower().replace("_", "-")
    if key not in _ALL:
        from difflib import get_close_matches

        near = get_close_matches(key, _ALL, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_ALL)}"
        raise InputError(f"there is no data set {name!r}; {hint}")
    return _ALL[key]


def recognise(tree: Tree) -> tuple[Adapter, str]:
    """The adapter whose names a folder's files have, and why it was taken.

    Raises `InputError` where none fits, and where two do.
    """
    fits = {adapter: some for adapter in _NAMED if (some := adapter.recognised(tree))}
    if len(fits) > 1:
        said = ", ".join(f"{adapter.name} ({len(some)} names)" for adapter, some in fits.items())
        raise InputError(
            f"{printable(tree.root)} holds the names of several data sets: {said}; say which with --as NAME"
        )
    for adapter in plain.LAST if not fits else ():
        fits = fits or ({adapter: some} if (some := adapter.recognised(tree)) else {})
    if not fits:
        raise InputError(
            f"{printable(tree.root)} has the names of no data set that mien knows ({len(tree.files)} files); "
            "mien data list shows how each is laid out, and any pictures can be read by a table: mien data "
            "list table"
        )
    ((adapter, some),) = fits.items()
    count = f"{len(some)} names such as {printable(some[0])}" if len(some) > 1 else printable(some[0])
    return adapter, f"{adapter.title}, by {count}"
