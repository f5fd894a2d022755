"""The catalogue: every file in here that holds a system, found by its name and read without running it."""

import ast
import importlib
import importlib.util
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from mien.errors import InputError

HOME = Path(__file__).parent
FIDELITIES = ("reproduced from the authors' code", "rebuilt from the paper", "rebuilt from the abstract")


@dataclass(frozen=True, kw_only=True)
class About:
    """What a system's file says of itself: the first line of its text, and the lines `Word: ...` after it."""

    name: str
    title: str
    task: str
    paper: str
    year: int
    fidelity: str
    path: Path


@cache
def _files() -> dict[str, Path]:
    found = {path.stem: path for path in sorted(HOME.glob("*/*.py")) if not path.stem.startswith("_")}
    return dict(sorted(found.items()))


def names() -> tuple[str, ...]:
    """Names of all systems: the stems of their files."""
    return tuple(_files())


def file_of(name: str) -> Path:
    """Where a system stands: `fev-gan` and `fev_gan` are one name, and a path ending in .py is a name too.

    Raises `InputError` with the nearest name.
    """
    if name.endswith(".py"):
        if not Path(name).is_file():
            raise InputError(f"there is no file {name}; expected the Python file of a system")
        return Path(name)
    stem = name.replace("-", "_")
    if stem not in _files():
        near = get_close_matches(stem, names(), 1)
        hint = f"did you mean {spoken(near[0])}?" if near else f"there are {', '.join(map(spoken, names()))}"
        raise InputError(f"there is no system {name!r}; {hint}")
    return _files()[stem]


def spoken(name: str) -> str:
    """A name as users read and write it: `fev-gan`; a path stays a path."""
    return name if name.endswith(".py") else name.replace("_", "-")


def about(name: str) -> About:
    """What a system says of itself, read from its text; raises `InputError` where a line is missing."""
    path = file_of(name)
    lines = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").splitlines()
    said = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    missing = [word for word in ("Task", "Paper", "Year", "Fidelity") if word not in said]
    if missing or said["Fidelity"].rstrip(".") not in FIDELITIES:
        expected = " and ".join(f"{word}: ..." for word in missing) or f"Fidelity: one of {FIDELITIES}"
        raise InputError(f"{path.name} lacks in its first text: {expected}")
    return About(
        name=path.stem,
        title=lines[0].rstrip("."),
        task=said["Task"].rstrip("."),
        paper=said["Paper"].rstrip("."),
        year=int(said["Year"].rstrip(".")),
        fidelity=said["Fidelity"].rstrip("."),
        path=path,
    )


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A field of a system's settings as its file states it."""

    name: str
    kind: str
    default: str
    """The value as the command line takes it: lists with commas."""
    text: str


def settings_of(name: str) -> list[Setting]:
    """Every setting of a system with its default and meaning, read from the text of its file."""
    found: dict[str, Setting] = {}
    known: dict[str, Any] = {}
    for path in (HOME.parent / "system.py", file_of(name)):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                with suppress(KeyError, ValueError):
                    known[node.targets[0].id] = _value(node.value, known)
            if isinstance(node, ast.ClassDef) and node.name == "Settings":
                found |= {setting.name: setting for setting in _fields(node, known)}
    return list(found.values())


def batch_fields(name: str) -> set[str]:
    """What a system's page reads of its batches; with `target` it learns from pairs of one person."""
    reads = ast.walk(ast.parse(file_of(name).read_text("utf-8")))
    return {
        node.attr
        for node in reads
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "batch"
    }


def bundle_of(name: str) -> Path:
    """The folder where the weights of a system lie, if they come with mien."""
    return HOME.parent / "assets/systems" / name.replace("-", "_")


def load(name: str) -> ModuleType:
    """The module of a system, with its `Settings` and `System`; runs the file, and imports torch."""
    path = file_of(name)
    if path.is_relative_to(HOME):
        return importlib.import_module(f"mien.systems.{path.parent.name}.{path.stem}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _fields(node: ast.ClassDef, known: dict[str, Any]) -> list[Setting]:
    """Annotated fields, each with the text under it."""
    found = []
    for line, after in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value:
            text = ast.literal_eval(after.value) if isinstance(after, ast.Expr) else ""
            kind, default = ast.unparse(line.annotation), ast.unparse(line.value)
            with suppress(KeyError, ValueError):
                value = _value(line.value, known)
                default = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            said = " ".join(text.split())
            found.append(Setting(name=line.target.id, kind=kind, default=default, text=said))
    return found


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    """A value that is read without running it: of constants, names, lists and quotients.

    Raises KeyError and ValueError for what is none of these.
    """
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Tuple):
        parts = [
            _value(part.value, known) if isinstance(part, ast.Starred) else (_value(part, known),)
            for part in node.elts
        ]
        return tuple(entry for part in parts for entry in part)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _value(node.left, known) / _value(node.right, known)
    return ast.literal_eval(node)
