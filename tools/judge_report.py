"""What the judge is worth: on persons it never saw, and on real photos."""

from pathlib import Path

import numpy as np
import torch
from judge_truth import Truth
from torch import Tensor

from mien.data import sets
from mien.data.batches import images
from mien.data.crops import Crop
from mien.face import analysis
from mien.media import pictures
from mien.nets.judge import CLASSES, SIDE, UNITS, Judge, Reading
from mien.scores import agreement, recognition


def report(judge: Judge, clips: sets.ClipSet, rare: sets.ClipSet, photos: Path | None) -> str:
    """Tables in Markdown: on the last frames of a set's clips, on all frames, and on photos.

    rare: a set with clips of random units.
    """
    truth = Truth(clips)
    apex = read(judge, clips.frames[truth.classed, -1])
    wanted = torch.from_numpy(truth.labels[truth.classed, -1]).argmax(1)
    counts = recognition.confusion(apex.logits.argmax(1), wanted, len(CLASSES))
    still = read(judge, clips.frames[:, 0]).logits.argmax(1)
    neutral = float((still == CLASSES.index("neutral")).double().mean())
    right = recognition.accuracy(counts)
    lines = [
        f"{len(set(clips.subjects.tolist()))} persons, {int(counts.sum())} clips with a class:",
        f"class of the last frame right {right:.3f}; first frame neutral {neutral:.3f}",
        "",
        table(counts),
        "",
        units(both(judge, clips, truth.classed), both(judge, rare, ~Truth(rare).classed)),
    ]
    return "\n".join([*lines, *(on_photos(judge, photos) if photos else [])])


@torch.no_grad()
def read(judge: Judge, frames: np.ndarray) -> Reading:
    """Readings of frames (n, h, w, 3) uint8."""
    parts = [judge(images(part)) for part in np.array_split(frames, max(1, len(frames) // 256))]
    return Reading(*(torch.cat(column) for column in zip(*parts, strict=True)))


def table(counts: Tensor) -> str:
    """What was shown (rows) and what was read (columns)."""
    rows = [["", *CLASSES], ["---"] * (len(CLASSES) + 1)]
    rows += [
        [name, *(str(int(n)) for n in row)] for name, row in zip(CLASSES, counts, strict=True) if row.sum()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def both(judge: Judge, clips: sets.ClipSet, rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """True and read strengths (n, k) of all frames of some clips."""
    frames = clips.frames[np.flatnonzero(rows)]
    known = torch.from_numpy(Truth(clips).units[rows].reshape(-1, len(UNITS)))
    return known, read(judge, frames.reshape(-1, *frames.shape[2:])).units


def units(*kinds: tuple[Tensor, Tensor]) -> str:
    """Correlation and mean absolute error of every unit: of the six expressions, of random units."""
    columns = []
    for known, seen in kinds:
        found, error = agreement.correlation(known, seen), (known - seen).abs().mean(0)
        columns += [[*found.each.tolist(), found.mean], [*error.tolist(), float(error.mean())]]
    lines = [
        f"{len(kinds[0][0])} frames of the six expressions, {len(kinds[1][0])} of random units",
        "",
        "| unit | six expressions | error | random units | error |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, *cells in zip((*UNITS, "mean"), *columns, strict=True):
        lines.append(f"| {name} | {' | '.join(f'{value:.3f}' for value in cells)} |")
    return "\n".join(lines).replace("nan", "never shown")


def on_photos(judge: Judge, folder: Path) -> list[str]:
    """What it reads from neutral and smiling photos of the same people, masked as the synthetic ones are."""
    lines = ["", "| photos | as neutral | as happiness | AU6 | AU12 |", "| --- | --- | --- | --- | --- |"]
    happy, readings = CLASSES.index("happiness"), {}
    for kind in ("neutral", "smiling"):
        photos = [pictures.read(path).pixels for path in sorted((folder / kind).glob("*.jpg"))]
        crops = [Crop.of(photo, analysis.choose(analysis.find(photo))) for photo in photos]
        seen = readings[kind] = read(judge, np.stack([crop.cut(SIDE) for crop in crops]))
        found = seen.logits.argmax(1)
        shares = [float((found == CLASSES.index(each)).double().mean()) for each in ("neutral", "happiness")]
        means = [float(seen.units[:, UNITS.index(unit)].mean()) for unit in ("AU6", "AU12")]
        row = [f"{len(photos)} {kind}", *(f"{value:.3f}" for value in (*shares, *means))]
        lines.append(f"| {' | '.join(row)} |")
    neutral, smiling = readings["neutral"], readings["smiling"]
    six = float((smiling.logits[:, : CLASSES.index("neutral")].argmax(1) == happy).double().mean())
    gain = smiling.logits.softmax(1)[:, happy] > neutral.logits.softmax(1)[:, happy]
    rise = smiling.units[:, UNITS.index("AU12")] > neutral.units[:, UNITS.index("AU12")]
    lines += ["", f"smiling photos read as happiness among the six classes: {six:.3f}"]
    lines += [f"pairs in which the smile reads happier: {gain.double().mean():.3f}"]
    return [*lines, f"pairs in which the smile has more AU12: {rise.double().mean():.3f}"]
