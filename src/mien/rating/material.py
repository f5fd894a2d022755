"""What a page compares: the results that stand in every folder, each read and checked, the rest named."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mien.errors import InputError
from mien.media.files import printable
from mien.media.inline import FORMATS, Inline
from mien.media.inline import read as read_inline

LARGEST = 48_000_000
"""Bytes of pictures and films in a page: what a phone still opens (ours)."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """The items of a test; every list but the last two has one entry an item."""

    items: list[str]
    """File names."""
    shown: list[list[Inline]]
    """What each system made of the item."""
    persons: list[Inline]
    """The source faces; empty where no folder of them was given."""
    left_out: list[str]
    """Files that are not in the page, and why."""
    warnings: list[str]
    """What would make the test unfair."""


def gather(systems: Mapping[str, Path], inputs: Path | None) -> Material:
    """The items that every folder has, in order of their names.

    systems: name -> folder. inputs: source faces, named as the items but for the ending.
    Raises `InputError` where a folder cannot be read, nothing is common to all, or it is too much for a page.
    """
    rows, left_out = _matched(systems, inputs)
    _check_size([*systems, *(["--inputs"] if inputs else [])], rows)
    read: dict[str, list[Inline]] = {}
    for item, paths in rows.items():
        try:
            read[item] = [read_inline(path) for path in paths]
        except InputError as error:
            left_out.append(f"{printable(item)}: {error}")
    if not read:
        raise InputError(f"no file of all folders can be shown; the first: {left_out[0]}")
    shown = [row[: len(systems)] for row in read.values()]
    return Material(
        items=list(read),
        shown=shown,
        persons=[row[-1] for row in read.values()] if inputs else [],
        left_out=left_out,
        warnings=_unlike(list(systems), dict(zip(read, shown, strict=True))),
    )


def _matched(systems: Mapping[str, Path], inputs: Path | None) -> tuple[dict[str, list[Path]], list[str]]:
    """The files of each item that is everywhere, system by system and then the source; what is not."""
    found = {name: {path.name: path for path in _files(folder)} for name, folder in systems.items()}
    sources = _sources(inputs) if inputs else {}
    rows, left_out = {}, []
    for item in sorted({file for folder in found.values() for file in folder}):
        missing = [name for name in systems if item not in found[name]]
        source = sources.get(Path(item).stem)
        if printable(item) != item:
            left_out.append(f"{printable(item)}: a table of answers cannot hold such a name; rename it")
        elif missing:
            left_out.append(f"{printable(item)}: not in the folder of {', '.join(missing)}")
        elif inputs and not source:
            left_out.append(f"{printable(item)}: no face of that name in {printable(inputs)}")
        else:
            rows[item] = [found[name][item] for name in systems] + ([source] if source else [])
    if not rows:
        some = "; ".join(f"{name} has {', '.join(sorted(files)[:2])}" for name, files in found.items())
        raise InputError(
            f"expected the same file names in every folder, and no name is in all ({some});"
            " name the results of one face alike"
        )
    return rows, left_out


def _sources(folder: Path) -> dict[str, Path]:
    """The source faces by their names without ending; raises `InputError` where two share one."""
    sources: dict[str, Path] = {}
    for path in _files(folder):
        if path.stem in sources:
            raise InputError(
                f"{printable(path)} and {sources[path.stem].name} share a name: keep one of them"
            )
        sources[path.stem] = path
    return sources


def _files(folder: Path) -> list[Path]:
    """The plain files of a folder but hidden ones; raises `InputError`."""
    if not folder.is_dir():
        raise InputError(f"{printable(folder)} is no folder: expected one that holds {FORMATS} files")
    try:
        found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise InputError(f"{printable(folder)} cannot be read: check its rights") from error
    if not found:
        raise InputError(f"{printable(folder)} is empty: expected {FORMATS} files")
    return found


def _check_size(names: list[str], rows: Mapping[str, list[Path]]) -> None:
    """Raise `InputError`, before anything is read, where the files are too much for one page."""
    bytes_of = [sum(path.stat().st_size for path in column) for column in zip(*rows.values(), strict=True)]
    total = sum(bytes_of)
    if total <= LARGEST:
        return
    worst = max(range(len(names)), key=lambda place: bytes_of[place])
    fits = int(len(rows) * LARGEST / total)
    raise InputError(
        f"{total / 1e6:.0f} MB are too much for one page: expected at most {LARGEST / 1e6:.0f} MB. The"
        f" largest folder is that of {names[worst]}, {bytes_of[worst] / 1e6:.0f} MB in {len(rows)} files."
        f" Keep {fits} of them in every folder, or make all files smaller in the same way: shorter films,"
        " WebP in place of PNG, mp4 in place of GIF"
    )


def _unlike(systems: list[str], shown: Mapping[str, list[Inline]]) -> list[str]:
    """A warning where people could tell the systems by size, or by what moves."""
    warnings = []
    for what, kinds in (
        ("pixels", {item: [f"{one.size[0]}x{one.size[1]}" for one in row] for item, row in shown.items()}),
        ("kind", {item: ["film" if one.moves else "still" for one in row] for item, row in shown.items()}),
    ):
        unlike = {item: row for item, row in kinds.items() if len(set(row)) > 1}
        for item, row in list(unlike.items())[:1]:
            each = ", ".join(f"{value} by {name}" for name, value in zip(systems, row, strict=True))
            warnings.append(
                f"{len(unlike)} of {len(shown)} items differ in {what} between systems ({item}: {each});"
                " all are shown in one size, but alike is fairer"
            )
    return warnings
