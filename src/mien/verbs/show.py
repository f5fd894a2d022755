"""`mien show NAME`: what a system is and its settings; of a run's folder, where its training stands."""

import json
from collections.abc import Sequence
from pathlib import Path

from mien import systems
from mien.errors import InputError
from mien.verbs.options import parse


def run(args: Sequence[str]) -> int:
    """Print what is known of a system or a run; 0."""
    about = "What a system is and every setting it has; or, of a run's folder, where its training stands."
    names, rest = [word for word in args if not word.startswith("-")], [w for w in args if w.startswith("-")]
    parse("show", f"{about} usage: mien show NAME_OR_RUN", None, rest)
    if len(names) != 1:
        raise InputError("expected one name or folder: mien show NAME_OR_RUN; mien list gives the names")
    if Path(names[0]).is_dir():
        return _run(Path(names[0]))
    known = systems.about(names[0])
    print(known.title, "", f"paper     {known.paper} ({known.year})", f"task      {known.task}", sep="\n")
    print(f"fidelity  {known.fidelity}", f"code      {known.path}", "", "settings", sep="\n")
    settings = systems.settings_of(names[0])
    width = max(len(setting.name) + len(setting.default) for setting in settings) + 3
    for setting in settings:
        print(f"  {f'{setting.name} = {setting.default}':<{min(width, 40)}}  {setting.text}")
    return 0


def _run(folder: Path) -> int:
    """Settings and the last line of the log."""
    path, log = folder / "settings.json", folder / "log.jsonl"
    if not path.is_file():
        raise InputError(f"{folder} holds no settings.json: expected a run made by mien train")
    print(path.read_text("utf-8").strip())
    lines = log.read_text("utf-8").splitlines() if log.is_file() else []
    if lines:
        last = json.loads(lines[-1])
        print(f"\nstep {last['step']}", *(f"  {k:<24}{v:.4g}" for k, v in last["terms"].items()), sep="\n")
    return 0
