"""From a set with classes to a folder of made pictures: look, check for leaks, plan, make, report."""

import hashlib
import json
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from mien import batches
from mien.augmentation import clusters, folder, inspection, ledger, plan, report, work
from mien.augmentation.clusters import Map
from mien.augmentation.inspection import Inspected, Tell
from mien.augmentation.ledger import Ledger
from mien.augmentation.plan import Wanted
from mien.augmentation.report import Report
from mien.data import labelled
from mien.data.labelled import Photos
from mien.errors import InputError, OutputError
from mien.extras import need_systems
from mien.media.files import printable, write_bytes_atomically
from mien.requests import AugmentRequest
from mien.version import SOFTWARE

MARGIN = 1.2
"""Room on the disk that is asked for, in sizes of the photos that are made from (ours)."""


def augment(request: AugmentRequest, tell: Tell = lambda what, done, total: None) -> Report:
    """Fill a set's classes with pictures made from its photos of other classes.

    A kill at any moment loses no picture that is recorded, and `resume` makes none of these again. Nothing is
    made from a photo to be judged by.

    Raises:
        InputError: no set; persons or pictures stand in both parts; begun otherwise.
        OutputError: the folder is taken, or the disk too full.
        MissingExtraError, MienError: no torch for a system; no cluster.
    """
    _find_system(request.system)
    _keep_apart(request)
    photos = labelled.read(request.data, request.test, request.subject)
    hashes, skipped = inspection.digests(photos)
    settings, notes = _settings(request, photos, hashes), request.out / folder.SURVEY
    with (
        folder.begun(request.out, settings, resume=request.resume, force=request.force) as manifest,
        _hands(request) as hands,
    ):
        found = inspection.inspect(photos, hashes, skipped, notes, hands, tell)
        _refuse_leaks(request, found)
        wanted, missing = _planned(request, found)
        start, before = time.perf_counter(), len(manifest.rows)
        failed = _make(request, wanted, manifest, hands, tell)
        spent, made = time.perf_counter() - start, len(manifest.rows) - before
        # A picture that somebody deleted was made and recorded again.
        last = {row["file"]: row for row in manifest.rows}
        rows = [last[name] for name in sorted(last)]
        ledger.rewrite(request.out / folder.MANIFEST, rows)
        told = report.of(found, rows, missing, failed, made, spent)
        _write_report(request.out, told)
        notes.unlink(missing_ok=True)
        return told


def _hands(request: AugmentRequest) -> AbstractContextManager[Map]:
    """What maps work over photos: processes here, or a cluster."""
    if request.cluster is not None:
        return clusters.connected(request.cluster, request.out)
    return nullcontext(partial(batches.run, jobs=request.jobs))


def _find_system(name: str | None) -> None:
    """Raise what is wrong with a system that was asked for, before any work is done."""
    if name is not None:
        need_systems(f"--system {name}")
        from mien.checkpoints import find

        find(name)


def _keep_apart(request: AugmentRequest) -> None:
    """Refuse results within the set, where the next run would take them for photos."""
    out = request.out.resolve()
    for place in (request.data, request.test):
        if place is not None and place.is_dir() and out.is_relative_to(place.resolve()):
            raise OutputError(
                f"{printable(request.out)} lies within {printable(place)}: what is made must stay apart from "
                "what it is made from; choose a folder beside it"
            )


def _settings(request: AugmentRequest, photos: Photos, hashes: dict[Path, str]) -> dict[str, Any]:
    """All that decides what is made, as plain values."""
    rows = [
        (part, photo.name, photo.label, photo.subject, hashes.get(photo.path))
        for part, group in (("train", photos.train), ("test", photos.test))
        for photo in group
    ]
    names = ("balance", "per_image", "expressions", "strength", "leave_out_leaks", "system", "seed")
    own = {name: getattr(request, name) for name in names}
    own |= {"set": hashlib.sha256(json.dumps(rows).encode()).hexdigest(), "software": SOFTWARE}
    return json.loads(json.dumps(own))  # as it is read back


def _refuse_leaks(request: AugmentRequest, found: Inspected) -> None:
    """Raise `InputError` where something stands in both parts and was not to be left out."""
    if not found.leaking or request.leave_out_leaks:
        return
    _write_report(request.out, report.of(found, [], {}, (), 0, 0.0))
    raise InputError(
        f"{len(found.leaking)} photos to learn from show persons or pictures of the test part too, first "
        f"{found.leaks[0]}; {printable(request.out / folder.REPORT)} lists them. Mend the set, or make "
        "nothing from them with --leave-out-leaks"
    )


def _planned(request: AugmentRequest, found: Inspected) -> tuple[list[Wanted], dict[str, int]]:
    """The pictures to make, and how many each class will still be short of."""
    counts = Counter(looked.photo.label for looked in found.train)
    classes, sources = _classes(request, sorted(counts)), found.sources()
    strengths = plan.Strengths(*request.strength, request.seed)
    if request.per_image is not None:
        return plan.per_image(sources, request.per_image, classes, strengths), {}
    wanted = plan.balanced(sources, counts, classes, strengths)
    planned = Counter(one.label for one in wanted)
    return wanted, {label: max(counts.values()) - counts[label] - planned[label] for label in classes}


def _classes(request: AugmentRequest, labels: list[str]) -> dict[str, str]:
    """The classes to make pictures of, as the set writes them, and the label each means."""
    known = {label: found for label in labels if (found := labelled.expression_of(label))}
    if request.expressions is None:
        if known:
            return known
        raise InputError(
            f"no class of {printable(request.data)} is named like an expression ({', '.join(labels[:8])}): "
            "rename folders, or choose what to make with --expressions"
        )
    asked = [labelled.known_expression(name) for name in request.expressions]
    return {next((own for own in known if known[own] == name), name): name for name in asked}


def _make(
    request: AugmentRequest, wanted: list[Wanted], manifest: Ledger, hands: Map, tell: Tell
) -> list[tuple[str, str]]:
    """Make what is not made yet, record each; (picture, reason) of what could not be made."""
    out = request.out.resolve()
    done = {row["file"] for row in manifest.rows if (out / row["file"]).is_file()}
    todo = {one.file: one for one in wanted if one.file not in done}
    folder.room(out, round(MARGIN * sum(one.source.path.stat().st_size for one in todo.values())))
    for label in {one.label for one in todo.values()}:
        batches.make_folder(out / label)
    items = [
        work.Item(
            photo=name,
            source=one.source.path,
            to=one.to,
            box=one.source.box,
            output=out / name,
            system=request.system,
        )
        for name, one in todo.items()
    ]
    failed = []
    for number, record in enumerate(hands(work.make, items), 1):
        name = record["photo"]
        if record["ok"]:
            manifest.add(_row(request, todo[name], record))
        else:
            failed.append((name, record["error"]))
        tell("making", number, len(items))
    return failed


def _row(request: AugmentRequest, one: Wanted, record: dict[str, Any]) -> dict[str, Any]:
    """The line of the manifest for a picture."""
    return {
        "file": one.file,
        "class": one.label,
        "expression": one.expression,
        "strength": one.strength,
        "source": one.source.name,
        "source_sha256": one.source.sha256,
        "source_class": one.source.label,
        "subject": one.source.subject,
        "system": request.system or "portrait",
        "seed": request.seed,
        "software": SOFTWARE,
        "settings_hash": record["settings_hash"],
        "receipt": record["receipt"],
    }


def _write_report(out: Path, told: Report) -> None:
    text = json.dumps(told.to_dict(), indent=1, allow_nan=False)
    write_bytes_atomically(out / folder.REPORT, text.encode(), force=True)
