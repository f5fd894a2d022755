"""A long film in parts, each written whole: a run that was killed goes on behind the last of them."""

import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mien.errors import OutputError
from mien.media import video
from mien.media.files import printable, replacing, unwritable, write_bytes_atomically
from mien.media.films import FilmReport, check_timed, encoding
from mien.media.metadata import Provenance

SCHEMA = "mien.parts/1"
BITS = 0.15
"""Bits a pixel and frame that a film of a face takes, rather too many (ours)."""


class Parts:
    """The parts of a film in a folder beside it, and what is needed to go on behind them."""

    def __init__(self, output: Path, index: dict[str, Any]) -> None:
        self.output, self.index = output, index

    @classmethod
    def beside(cls, output: str | os.PathLike[str], key: str, *, resume: bool, force: bool) -> "Parts":
        """The parts that a run left, or none yet.

        key: says what the parts are made of and how; parts of another key are not gone on with.
        Raises `OutputError` where parts stand that are neither to be gone on with nor to be thrown away.
        """
        check_timed(output, force)
        made = cls(Path(output), {"schema": SCHEMA, "key": key, "parts": [], "end": 0, "state": None})
        if force:
            made.remove()
        if not made.folder.exists():
            return made
        shown = printable(made.folder)
        if not resume:
            raise OutputError(
                f"{shown} holds what an interrupted run has done: --resume goes on, --force begins anew"
            )
        found = made._read()
        if found["key"] != key:
            raise OutputError(
                f"{shown} is of another film, other options or another version of mien: --force begins anew"
            )
        made.index = found
        return made

    @property
    def folder(self) -> Path:
        """Where they stand until they are joined."""
        return self.output.with_name(self.output.name + ".parts")

    @property
    def frames(self) -> int:
        """How many frames are done."""
        return sum(part["frames"] for part in self.index["parts"])

    @property
    def state(self) -> dict[str, Any] | None:
        """What was given with the last part."""
        return self.index["state"]

    def add(
        self, frames: Iterable[video.Timed], clock: video.Clock, state: Callable[[], dict[str, Any]]
    ) -> None:
        """Write the next part; then, in one step, that it is there, and the state (JSON) behind it."""
        container = check_timed(self.output, force=True)
        name, begin = f"{len(self.index['parts']):05d}.mp4", self.index["end"]
        self._make_folder()
        silent = replace(clock, sound=None)
        moved = (video.Timed(pixels=one.pixels, start=one.start - begin, length=one.length) for one in frames)
        with replacing(self.folder / name, force=True) as draft, encoding(self.output):
            how: dict[str, Any] = {"provenance": None, "codec": container}
            count, end = video.encode_timed(moved, draft, "mp4", clock=silent, **how)
        part = {"file": name, "start": begin, "frames": count}
        self.index = self.index | {
            "parts": [*self.index["parts"], part], "end": begin + end, "state": state()
        }  # fmt: skip
        write_bytes_atomically(self.folder / "index.json", json.dumps(self.index).encode(), force=True)

    def join(self, clock: video.Clock, provenance: Provenance, force: bool) -> FilmReport:
        """Make the film of its parts, whole or not at all, and throw them away."""
        parts = [(self.folder / part["file"], part["start"]) for part in self.index["parts"]]
        with replacing(self.output, force) as draft, encoding(self.output):
            container = check_timed(self.output, force)
            video.join(parts, draft, container, clock=clock, provenance=provenance)
            size = draft.stat().st_size
        report = FilmReport(frames=self.frames, seconds=float(self.index["end"] * clock.tick), bytes=size)
        self.remove()
        return report

    def remove(self) -> None:
        """Throw the parts away; nothing else in their folder."""
        if self.folder.is_dir():
            for place in self.folder.iterdir():
                if place.suffix in (".mp4", ".json") or place.name.startswith(".mien-"):
                    place.unlink()
            if not any(self.folder.iterdir()):
                self.folder.rmdir()

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def _read(self) -> dict[str, Any]:
        """The index; of a run that had not written one yet, that of no parts."""
        path = self.folder / "index.json"
        if not path.exists():
            return self.index
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict) or found.get("schema") != SCHEMA:
            raise OutputError(f"{printable(path)} is damaged: --force begins anew")
        return found


def check_space(output: str | os.PathLike[str], width: int, height: int, frames: int, source: int) -> None:
    """Refuse a film for which the disk has no room, parts and all; raises `OutputError`.

    source: bytes of the film that it is made from: the new one is taken to be as large at least.
    """
    needed = 2 * max(source, round(width * height * frames * BITS / 8))
    folder = Path(os.path.realpath(output)).parent
    if not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(
            f"{printable(output)}: the disk has {free / 1e6:,.0f} MB left and this film may take "
            f"{needed / 1e6:,.0f} MB while it is made; free some space or choose another disk"
        )
