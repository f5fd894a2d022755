"""`mien measure`: what the faces of photos show."""

import csv
import json
import math
import sys
from collections.abc import Sequence
from typing import Any

from mien.errors import ExpressionError
from mien.requests import MeasureRequest
from mien.tables import LABELS, SIDED
from mien.verbs import making
from mien.verbs.options import Option, parse

_COLUMNS = (
    ["photo", "face", "x", "y", "width", "height", "score", *LABELS, "valence", "arousal"]
    + ["head_yaw", "head_pitch", "head_roll", "gaze_yaw", "gaze_pitch", "gaze_sd", "residual", "estimator"]
    + [column for unit in SIDED for column in (unit, f"{unit}_sd")]
    + ["error"]
)


def work(request: MeasureRequest) -> dict[str, Any]:
    """Measure one photo; plain values for JSON."""
    from mien import pipelines

    measured = pipelines.measure(request)
    return {"faces": [_record(face, found) for face, found in measured.faces]}


def run(args: Sequence[str]) -> int:
    """Parse the arguments and measure; the exit code."""
    values = parse(
        "measure",
        "What the faces of photos show, by the fitted face model, with a standard deviation for every unit.",
        MeasureRequest,
        args,
        json=Option(kind=bool, default=False, help="One line of JSON for each photo."),
        csv=Option(kind=bool, default=False, help="One row for each face, with a header."),
        jobs=making.JOBS,
        print_python=making.PRINT_PYTHON,
    )
    jobs, as_json, as_csv, printing = (values.pop(name) for name in ("jobs", "json", "csv", "print_python"))
    if as_json and as_csv:
        raise ExpressionError("--json and --csv exclude each other; choose one")
    photos, several = making.listed("measure", values.pop("photo"))
    requests = [MeasureRequest(photo=photo, **values) for photo in photos]
    if printing:
        return making.print_python("measure", requests)
    if not several:
        records = iter([{"photo": str(photos[0]), "ok": True, **work(requests[0])}])
    else:
        records = making.progress(work, requests, jobs)
    show = _show_csv if as_csv else _show_json if as_json else _show_text
    return 1 if show(records) else 0


def _record(face: Any, found: Any) -> dict[str, Any]:
    """One face as plain values."""
    return {
        "box": [_plain(value, 1) for value in face.box],
        "score": None if math.isnan(face.score) else round(face.score, 3),
        "scores": _rounded(found.scores),
        "valence": _plain(found.valence, 3),
        "arousal": _plain(found.arousal, 3),
        "units": _rounded(found.units),
        "uncertainty": _rounded(found.uncertainty),
        "head": [_plain(angle, 1) for angle in found.head],
        "gaze": [_plain(angle, 1) for angle in found.gaze],
        "gaze_uncertainty": round(float(found.gaze_uncertainty), 1),
        "residual": round(float(found.residual), 4),
        "estimator": found.estimator,
    }


def _rounded(values: Any) -> dict[str, float]:
    return {name: _plain(value, 3) for name, value in values.items()}


def _plain(value: float, digits: int) -> float:
    return round(float(value), digits) + 0.0  # -0.0 becomes 0.0


def _show_json(records: Any) -> int:
    failed = 0
    for record in records:
        print(json.dumps(record), flush=True)
        failed += not record["ok"]
    return failed


def _show_csv(records: Any) -> int:
    failed, table = 0, csv.DictWriter(sys.stdout, _COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    for record in records:
        failed += not record["ok"]
        if not record["ok"]:
            table.writerow({"photo": record["photo"], "error": record["error"]})
        for number, face in enumerate(record.get("faces", ()), 1):
            row = (
                dict(zip(("x", "y", "width", "height"), face["box"], strict=True))
                | face["scores"]
                | face["units"]
            )
            row |= dict(zip(("head_yaw", "head_pitch", "head_roll"), face["head"], strict=True))
            row |= dict(zip(("gaze_yaw", "gaze_pitch"), face["gaze"], strict=True))
            row |= {f"{unit}_sd": value for unit, value in face["uncertainty"].items()}
            row["gaze_sd"] = face["gaze_uncertainty"]
            row |= {key: face[key] for key in ("score", "valence", "arousal", "residual", "estimator")}
            table.writerow({"photo": record["photo"], "face": number, **row})
        sys.stdout.flush()
    return failed


def _show_text(records: Any) -> int:
    failed = 0
    for record in records:
        failed += not record["ok"]
        if not record["ok"]:
            print(f"{record['photo']}: {record['error']}", file=sys.stderr)
        for number, face in enumerate(record.get("faces", ()), 1):
            which = f", face {number}" if len(record["faces"]) > 1 else ""
            print(f"{record['photo']}{which}", *_text(face), sep="\n  ", flush=True)
    return failed


def _text(face: dict[str, Any]) -> list[str]:
    """Three lines for a person: labels, units with their deviations, pose."""
    labels = sorted(((score, name) for name, score in face["scores"].items() if score >= 0.05), reverse=True)
    units = [
        f"{unit} {value:.2f}±{face['uncertainty'].get(unit, 0.0):.2f}"
        for unit, value in face["units"].items()
        if value >= 0.05
    ]
    yaw, pitch, roll, aside, up = (round(angle) for angle in (*face["head"], *face["gaze"]))  # no -0
    return [
        ", ".join(f"{name} {score:.2f}" for score, name in labels)
        + f"; valence {_plain(face['valence'], 2):+.2f}, arousal {_plain(face['arousal'], 2):+.2f}",
        (", ".join(units) or "no unit above 0.05"),
        f"head {yaw:+d} {pitch:+d} {roll:+d}, gaze {aside:+d} {up:+d} degrees; "
        f"fit {face['residual']:.1%}; by {face['estimator']}",
    ]
