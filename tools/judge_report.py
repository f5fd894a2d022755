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


def report(judge: Judge, clips: sets.ClipSet, photos: Path | None) -> str:
    """Tables in Markdown: on the last frames of a set's clips, on all frames, and on photos."""
    truth = Truth(clips)
    apex = read(judge, clips.frames[truth.classed, -1])
    wanted = torch.from_numpy(truth.labels[truth.classed, -1]).argmax(1)
    counts = recognition.confusion(apex.logits.argmax(1), wanted, len(CLASSES))
    seen = read(judge, clips.frames[:].reshape(-1, *clips.frames.shape[2:]))
    known = torch.from_numpy(truth.units.reshape(-1, len(UNITS)))
    still = read(judge, clips.frames[:, 0]).logits.argmax(1)
    neutral = float((still == CLASSES.index("neutral")).double().mean())
    right = recognition.accuracy(counts)
    lines = [
        f"{len(set(clips.subjects.tolist()))} persons, {int(counts.sum())} clips with a class:",
        f"class of the last frame right {right:.3f}; first frame neutral {neutral:.3f}",
        "",
        table(counts),
        "",
        units(known, seen.units),
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


def units(known: Tensor, seen: Tensor) -> str:
    """Correlation, agreement and mean absolute error of every unit over all frames."""
    found, agreed = agreement.correlation(known, seen), agreement.agreement(known, seen)
    error = (known - seen).abs().mean(0)
    lines = ["| unit | correlation | ICC(3,1) | mean absolute error |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {name} | {found.each[i]:.3f} | {agreed[i]:.3f} | {error[i]:.3f} |" for i, name in enumerate(UNITS)
    ]
    return "\n".join([*lines, f"| mean | {found.mean:.3f} | {agreed.nanmean():.3f} | {error.mean():.3f} |"])


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
