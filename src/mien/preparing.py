"""A data set as it is distributed becomes a set that systems learn from: planned, cut, put together."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from mien import batches, systems
from mien.data import acting, cutting, inventory, plans, sets, strips
from mien.data.adapters import Skip
from mien.data.plans import Plan, Recipe, Shot
from mien.errors import FaceError, InputError, OutputError
from mien.face.model import load_model
from mien.media.files import printable, replacing, unwritable, write_bytes_atomically
from mien.requests import PrepareRequest
from mien.tables import LABELS
from mien.version import SOFTWARE

PLAN, PARTS, REPORT = "plan.json", "parts", "report.json"
TOGETHER = 8
"""Clips that one job takes on at a time."""
MEASURED = "measured by mien: 68 points and the face model, on the scale of the clip's first frame"
_ARRAYS = ("units", "landmarks", "gaze", "head", "camera")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What came of it."""

    out: Path
    clips: int
    people: dict[str, int]
    """Those who are learned from (train), and those who are judged by (test)."""
    skipped: list[Skip]


@dataclass(frozen=True, kw_only=True)
class Portion:
    """Some clips for one job."""

    photo: str
    """The first of them, for messages."""
    root: Path
    draft: Path
    recipe: Recipe
    shots: Sequence[Shot]


def prepare(request: PrepareRequest, tell: inventory.Tell = lambda done, total: None) -> Prepared:
    """Cut the faces of a data set for a system, and write the set.

    What is done so far lies in a folder beside the wanted one, named `.part`, until the set is whole; with
    `resume` it goes on from there. tell: called with the number of clips done, and of all.

    Raises `InputError` for a folder or wish that cannot be, `OutputError` for a place in use or a full disk.
    """
    recipe = recipe_of(request)
    strips.refuse(request.out, request.force)
    if Path(request.out).resolve().is_relative_to(Path(request.folder).resolve()):
        raise OutputError(f"{printable(request.out)} lies within the data set: choose a folder beside it")
    found = inventory.of(request.folder, request.as_, quick=True)
    plan = plans.of(found, recipe, request.test)
    draft = _draft(request, plan)
    waiting = [shot for shot in plan.shots if not _is_done(draft, shot)]
    count, lost = len(plan.shots) - len(waiting), set()
    tell(count, len(plan.shots))
    portions = list(_portions(request.folder, draft, plan.recipe, waiting))
    for record in batches.run(_work, portions, min(request.jobs, len(portions))):
        if not record["ok"]:
            if record["exit_code"] == OutputError.exit_code:
                raise OutputError(f"{record['error']}; {resumable(request.out)}")
            lost.add(record["error"])
        count += record.get("shots", 0)
        tell(count, len(plan.shots))
    return _finish(request, found, plan, draft, "; ".join(sorted(lost)))


def recipe_of(request: PrepareRequest) -> Recipe:
    """What a system wants, by its page, and what the request says otherwise."""
    about = systems.about(request.for_)
    defaults = {setting.name: setting.default for setting in systems.settings_of(request.for_)}
    side = request.side or int(defaults["side"])
    own = int(defaults.get("frames", side // 2))  # decoders of clips double both at once: 32 of 64 pixels
    frames = own if about.task in plans.CLIP_TASKS else plans.MOMENTS
    return Recipe(
        system=about.name.replace("_", "-"),
        task=about.task,
        side=side,
        frames=request.frames or frames,
        pairs="target" in systems.batch_fields(request.for_),
    )


def growing(out: Path) -> Path:
    """The folder in which a set grows."""
    target = Path(os.path.realpath(out))
    return target.with_name(f"{target.name}.part")


def resumable(out: Path) -> str:
    """What is said where a preparation ends before its time."""
    return f"{printable(growing(out))} keeps what is done: go on with --resume"


def _draft(request: PrepareRequest, plan: Plan) -> Path:
    """The folder in which the set grows: new, or the one that an earlier call left."""
    draft, shown = growing(request.out), printable(growing(request.out))
    if draft.exists() and not (draft / PLAN).is_file():
        raise OutputError(
            f"{shown} is in the way and is no unfinished set: move it, or choose another folder"
        )
    begun = json.dumps({"digest": plan.digest(), "software": SOFTWARE})
    if draft.exists() and request.resume:
        if (draft / PLAN).read_text("utf-8") != begun:
            raise InputError(
                f"{shown} was begun with other options or files: give the same, or begin anew with --force"
            )
        return draft
    if draft.exists() and not request.force:
        raise OutputError(f"{shown} holds an unfinished set: go on with --resume, or begin anew with --force")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        (draft / strips.CLIPS).mkdir(parents=True)
        (draft / PARTS).mkdir()
    except OSError as error:
        raise unwritable(draft, error) from error
    write_bytes_atomically(draft / PLAN, begun.encode())
    return draft


def _portions(root: Path, draft: Path, recipe: Recipe, shots: Sequence[Shot]) -> Iterator[Portion]:
    """Shots in their order, a few at a time, never of two persons: a job remembers the neutral picture."""
    some: list[Shot] = []
    for shot in shots:
        if some and (len(some) == TOGETHER or shot.person != some[-1].person):
            yield Portion(photo=some[0].name, root=root, draft=draft, recipe=recipe, shots=some)
            some = []
        some = [*some, shot]
    if some:
        yield Portion(photo=some[0].name, root=root, draft=draft, recipe=recipe, shots=some)


def _work(portion: Portion) -> dict[str, Any]:
    """Cut a portion's clips; each is whole on the disk, or its fault is, before the next begins."""
    for shot in portion.shots:
        try:
            clip = cutting.cut(portion.root, shot, portion.recipe)
        except (InputError, FaceError, np.linalg.LinAlgError) as error:
            write_bytes_atomically(_fault(portion.draft, shot), json.dumps(str(error)).encode(), force=True)
            continue
        with replacing(portion.draft / _strip(shot), force=True) as draft:
            strips.write(draft, clip.frames)
        nothing = np.full((len(clip.frames), 6), np.nan, np.float32)
        arrays = {
            "units": clip.units, "landmarks": clip.landmarks, "head": clip.head,
            "gaze": nothing[:, :2].copy(), "camera": nothing[:, 2:].copy(),
        }  # fmt: skip
        fps = {"fps": json.dumps(clip.fps)}
        write_bytes_atomically(_part(portion.draft, shot), save(arrays, metadata=fps), force=True)
    return {"shots": len(portion.shots)}


def _finish(
    request: PrepareRequest, found: inventory.Inventory, plan: Plan, draft: Path, lost: str
) -> Prepared:
    """Put the parts together, and the set in its place."""
    rows, parts, skipped = [], [], list(plan.skipped)
    for shot in plan.shots:
        if _part(draft, shot).is_file():
            tensors, fps = _read(_part(draft, shot))
            rows.append(_row(found, plan, shot, fps))
            parts.append(tensors)
        else:
            fault = _fault(draft, shot)
            reason = json.loads(fault.read_text("utf-8")) if fault.is_file() else lost
            skipped.append(Skip(file=shot.item.called, reason=reason))
    if not rows:
        reasons = ", ".join(sorted({skip.reason for skip in skipped}))
        shutil.rmtree(draft)
        raise InputError(f"not one clip of {printable(request.folder)} could be made: {reasons}")
    labels = {name: np.stack([part[name] for part in parts]) for name in _ARRAYS}
    report = found.as_dict() | {"left_out": [{"file": skip.file, "reason": skip.reason} for skip in skipped]}
    (draft / REPORT).write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    strips.finish(draft, rows, labels, _record(request, found, plan, rows))
    kept = {Path(row["file"]).name for row in rows}
    for stray in (path for path in (draft / strips.CLIPS).iterdir() if path.name not in kept):
        stray.unlink()
    shutil.rmtree(draft / PARTS)
    (draft / PLAN).unlink()
    strips.replace(draft, Path(os.path.realpath(request.out)))
    sides = {side: len(people) for side, people in _people(rows).items()}
    return Prepared(out=request.out, clips=len(rows), people=sides, skipped=skipped)


def _read(path: Path) -> tuple[dict[str, np.ndarray], float | None]:
    """Labels of one clip, and its pictures a second."""
    with safe_open(path, "np") as part:
        return {name: part.get_tensor(name) for name in _ARRAYS}, json.loads(part.metadata()["fps"])


def _row(found: inventory.Inventory, plan: Plan, shot: Shot, fps: float | None) -> dict[str, Any]:
    """A line of the manifest."""
    item = shot.item
    sources = [*(shot.neutral.files if shot.neutral else ()), item.files[0]]
    return {
        "file": _strip(shot), "data_set": found.adapter.name, "subject": f"p{shot.person:05d}",
        "session": shot.session, "take": item.take, "expression": item.expression,
        "intensity": item.intensity, "split": shot.split, "seed": None, "frames": plan.recipe.frames,
        "fps": fps, "person": item.subject, "sitting": item.session, "sources": sources,
        "given": dict(item.units), "notes": dict(item.notes),
    }  # fmt: skip


def _record(
    request: PrepareRequest, found: inventory.Inventory, plan: Plan, rows: Sequence[dict]
) -> dict[str, Any]:
    """What `set.json` says of a prepared set."""
    recipe, shown = plan.recipe, {row["expression"] for row in rows}
    people = _people(rows)
    return {
        "side": recipe.side, "frames": recipe.frames, "rising": plan.rising,
        "classes": [label for label in LABELS if label in shown and label != "neutral"],
        "unit_names": list(acting.unit_names(load_model())), "background": "black",
        "units": f"those that come with {found.adapter.title}" if recipe.coded else MEASURED,
        "gaze": "not measured", "camera": "not measured", "split": plan.rule,
        "data_set": found.adapter.name, "terms": found.adapter.terms, "obtained": found.adapter.obtain,
        "command": f"mien data prepare DIR OUT --as {found.adapter.name} --for {recipe.system} --side "
        f"{recipe.side}" + (f" --test {request.test:g}" if request.test is not None else ""),
        "counts": {
            "clips": len(rows), "people": len(people["train"] | people["test"]), "test": len(people["test"]),
        },
        "versions": {"mien": SOFTWARE, "face_model": load_model().sha256},
    }  # fmt: skip


def _is_done(draft: Path, shot: Shot) -> bool:
    return _part(draft, shot).is_file() or _fault(draft, shot).is_file()


def _people(rows: Sequence[dict[str, Any]]) -> dict[str, set[str]]:
    return {side: {row["subject"] for row in rows if row["split"] == side} for side in sets.SPLITS}


def _strip(shot: Shot) -> str:
    return f"{strips.CLIPS}/{shot.name}.png"


def _part(draft: Path, shot: Shot) -> Path:
    return draft / PARTS / f"{shot.name}.safetensors"


def _fault(draft: Path, shot: Shot) -> Path:
    return draft / PARTS / f"{shot.name}.json"
