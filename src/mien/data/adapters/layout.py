"""What an adapter is: how a data set is laid out, as it is distributed, and the stills and clips in it."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from mien.media import playback

FILMS = playback.ENDINGS
"""Names that films end with."""
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
"""Names that pictures end with."""
STILL, RISE, ARC, WHOLE = "still", "rise", "arc", "whole"
"""What is shown: one moment; neutral to apex; neutral, apex and back; the expression from end to end."""
MIXED = "mixed"
"""Expression of what is labelled by units alone."""
LARGEST_TEXT = 2**28
"""Bytes of a table that are read."""
_JUNK = ("thumbs.db", "desktop.ini", "__macosx")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One still or one clip of a data set, and all that the set says of it."""

    files: tuple[str, ...]
    """The picture, the frames in order, the film, or the table; from the set's folder on."""
    at: int = -1
    """The frame of a film, or the byte of a table at which the row begins; below 0 the whole file."""
    subject: str = ""
    """Empty where nobody says who it is."""
    session: str = ""
    """The sitting: pictures of one differ in the expression alone."""
    take: str = ""
    expression: str = ""
    """A label of ours, or `MIXED`."""
    intensity: float | None = None
    units: Mapping[str, float | None] = field(default_factory=dict)
    """Action units that the set gives, 0..1; None is shown, and nobody says how strongly."""
    split: str = ""
    """train or test where the set itself says so."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Camera, light and the like, by name."""

    @property
    def called(self) -> str:
        """The file, or the place in one of which there are many, for messages."""
        return self.files[0] if self.at < 0 else f"{self.files[0]}: {self.take}"

    @property
    def who(self) -> str:
        """The person, or a name of the picture's own where nobody says who it is."""
        return self.subject or self.called


@dataclass(frozen=True, kw_only=True)
class Skip:
    """A file that is left out, and why."""

    file: str
    reason: str


@dataclass(kw_only=True)
class Reading:
    """What an adapter found in a folder."""

    items: list[Item] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def skip(self, file: str, reason: str) -> None:
        """Leave a file out."""
        self.skipped.append(Skip(file=file, reason=reason))


@dataclass(frozen=True)
class Tree:
    """A folder's files, by their names from it on; those that a system leaves about are not among them."""

    root: Path
    files: tuple[str, ...]
    hollow: tuple[str, ...]
    """Folders in which nothing is."""

    @classmethod
    def of(cls, root: Path) -> "Tree":
        """All that lies in a folder, in order of the names."""
        files, hollow = [], []
        for folder, inside, names in os.walk(root):
            inside[:] = sorted(name for name in inside if not _junk(name))
            base = Path(folder).relative_to(root).as_posix()
            kept = [name for name in sorted(names) if not _junk(name)]
            files += [name if base == "." else f"{base}/{name}" for name in kept]
            if not (kept or inside) and base != ".":
                hollow.append(base)
        return cls(root, tuple(files), tuple(hollow))

    def ending(self, *endings: str) -> Iterator[str]:
        """The files whose names end so, whatever the case."""
        return (name for name in self.files if name.lower().endswith(endings))

    @cached_property
    def places(self) -> dict[str, str]:
        """The files by their last name alone."""
        return {name.rpartition("/")[2]: name for name in self.files}

    def text(self, name: str, most: int = LARGEST_TEXT) -> str:
        """What a text file holds."""
        with (self.root / name).open("rb") as file:
            return file.read(most).decode("utf-8-sig", "replace")


def _junk(name: str) -> bool:
    return name.startswith(".") or name.lower() in _JUNK


@dataclass(frozen=True, kw_only=True, eq=False)
class Adapter:
    """A data set: how its files are named, what its codes mean, how it is to be had and on what terms."""

    name: str
    title: str
    shows: str
    """`STILL`, `RISE`, `ARC` or `WHOLE`."""
    pattern: str
    """Of the names by which it is recognised; groups subject, session, take, expression, frame, level; others
    become notes."""
    endings: tuple[str, ...] = PICTURES
    labels: Mapping[str, str] = field(default_factory=dict)
    """The set's code (in lower case) to a label of ours, or to nothing where we have none."""
    code: str = "{expression}"
    """Of which groups the code is made."""
    levels: Mapping[str, float] = field(default_factory=dict)
    """The set's code of strength to 0..1."""
    sitting: str = "{session}"
    """Of which groups the name of a sitting is made: pictures of one differ in the expression alone."""
    prefer: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of a note, the values in order: those items are taken that have the first value that occurs."""
    mend: Mapping[str, str] = field(default_factory=dict)
    """Names that were distributed wrong, and what they should be."""
    refuse: Mapping[str, str] = field(default_factory=dict)
    """Patterns of names that are of no use, and why."""
    coded: bool = False
    """Whether the strengths of action units that come with it are taken, and not what is measured."""
    test: Callable[[Sequence[str]], set[str]] | None = None
    """The persons to be judged by, of all (sorted), where the literature names them."""
    holds: Callable[[Tree, str], bool] = lambda tree, name: True
    """Whether a file that has the name has the contents, too."""
    read: Callable[["Adapter", Tree], Reading] = field(default=lambda adapter, tree: by_name(adapter, tree))
    expected: Mapping[str, int] = field(default_factory=dict)
    """How many there are of items, people, and labels in the whole set."""
    obtain: str
    terms: str
    """In one line."""
    layout: str
    traps: tuple[str, ...] = ()

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, for names in any case."""
        return re.compile(self.pattern, re.IGNORECASE)

    def recognised(self, tree: Tree) -> list[str]:
        """The files whose names are those of this set."""
        fitting = (name for name in tree.files if self.regex.search(self.mended(name)))
        return [name for name in fitting if self.holds(tree, name)]

    def mended(self, name: str) -> str:
        """A file's name as it should be."""
        folder, slash, last = name.rpartition("/")
        return f"{folder}{slash}{self.mend.get(last.upper(), last)}"

    def refused(self, name: str) -> str:
        """Why a file is of no use; empty where it may be."""
        return next((why for pattern, why in self.refuse.items() if re.search(pattern, name, re.I)), "")

    def label(self, code: str) -> tuple[str, str]:
        """The label of ours that a code means, and why there is none."""
        if code.lower() in self.labels:
            label = self.labels[code.lower()]
            return label, "" if label else f"{code} is not a label of ours"
        near = get_close_matches(code.lower(), self.labels, 1)
        return "", f"{code!r} is no label of {self.title}{f': meant {near[0]}?' if near else ''}"


def by_name(adapter: Adapter, tree: Tree) -> Reading:
    """The stills, films or folders of frames whose names say all."""
    found = Reading()
    for said, files in named(adapter, tree, found):
        add(found, adapter, said, files)
    return without_doubles(found)


def named(adapter: Adapter, tree: Tree, found: Reading) -> Iterator[tuple[dict[str, str], list[str]]]:
    """What the names say of each still, film or folder of frames, and its files in order."""
    clips = defaultdict[tuple[str, ...], list[tuple[int, str]]](list)
    for name in tree.ending(*adapter.endings):
        reason, match = adapter.refused(name), adapter.regex.search(adapter.mended(name))
        if reason or match is None:
            found.skip(name, reason or f"no name of {adapter.title}")
            continue
        said = {group: text or "" for group, text in match.groupdict().items()}
        frame = said.pop("frame", "")
        place = name.rpartition("/")[0] if frame else name
        clips[(place, *(f"{group}={text}" for group, text in said.items()))].append((int(frame or 0), name))
    for (place, *pairs), frames in clips.items():
        frames.sort()
        if frames[-1][0] - frames[0][0] != len(frames) - 1:
            found.notes.append(f"frames are missing between others: {place}")
        yield dict(pair.split("=", 1) for pair in pairs), [name for _, name in frames]


def add(
    found: Reading,
    adapter: Adapter,
    said: Mapping[str, str],
    files: Sequence[str],
    units: Mapping[str, float | None] | None = None,
) -> None:
    """One item, or the reason why there is none."""
    label, reason = adapter.label(adapter.code.format(**said))
    if reason:
        for name in files:
            found.skip(name, reason)
        return
    own = {"subject", "session", "take", "expression", "level"}
    item = Item(
        files=tuple(files),
        subject=said.get("subject", "").upper(),
        session=adapter.sitting.format(**{"session": ""} | dict(said)),
        take=said.get("take", ""),
        expression=label,
        intensity=adapter.levels.get(said.get("level", "").upper()),
        units=units or {},
        notes={name: text for name, text in said.items() if name not in own and text},
    )
    found.items.append(item)


def without_doubles(found: Reading) -> Reading:
    """The reading without what stands in it twice, as in a copy that was unpacked twice."""
    seen: dict[tuple, str] = {}
    kept = []
    for item in found.items:
        key = (item.subject, item.session, item.take, item.expression, item.intensity, item.at)
        key += tuple(sorted(item.notes.items()))
        if key in seen:
            found.skip(item.called, f"stands twice: {seen[key]}")
        else:
            seen[key] = item.called
            kept.append(item)
    return replace(found, items=kept)
