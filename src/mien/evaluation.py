"""A run over the held-out persons of a set: figures of its task, beside those of copying the input."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from mien.checkpoints import Run
from mien.data.batches import Batches
from mien.data.sets import ClipSet
from mien.nets import judge as judges
from mien.nets.identity import IdentityEncoder
from mien.nets.motion import evenly, normalised
from mien.scores import Score, faces, motion, pairs
from mien.system import Animate, Batch, Edit, Motion, System

SIZE = 24
"""Samples that are made at a time."""
FRAMES = 30
"""Of a motion that is compared with others, at constant speed (the paper's)."""
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the sweep that asks whether more asked is more shown."""
LEAST_ASKED = 0.3
"""Length of the way asked, in units of the judge, below which a sample of the sweep tells nothing (ours)."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The figures of one system."""

    name: str
    scores: list[Score]


@torch.no_grad()
def score(run: Run, clips: ClipSet) -> list[Row]:
    """Rows of the system and of copying its input, over every test clip of a set."""
    system = run.load()
    batches = Batches(clips.part("test"), system.batches, run.settings)
    if isinstance(system, Motion):
        return _motion(system, batches, clips)
    named: dict[str, Callable[[Batch], Tensor]] = {
        run.system: lambda batch: system.answer(batch)[0],
        "copy the input": _copy,
        "the truth": truth_of,
    }
    figures = _clips if isinstance(system, Animate) else _images
    rows = [Row(name=name, scores=figures(made, batches, system)) for name, made in named.items()]
    if isinstance(system, Edit):
        rows[0].scores.extend(_sweep(system, batches))
    return rows


def truth_of(batch: Batch) -> Tensor:
    """The true clip or face of a batch."""
    return getattr(batch, "clip", getattr(batch, "target", None))  # type: ignore[return-value]


def _copy(batch: Batch) -> Tensor:
    """The input in place of an output."""
    face, truth = batch.face, truth_of(batch)  # type: ignore[attr-defined]
    return face[:, :, None].expand_as(truth) if truth.dim() == 5 else face


def _over(batches: Batches, each: Callable[[Batch], tuple[Tensor, ...]]) -> list[Tensor]:
    """Several values for each sample, over all batches."""
    found = [each(batch) for batch in batches.each(SIZE)]
    return [torch.cat(column) for column in zip(*found, strict=True)]


def _clips(made_of: Callable[[Batch], Tensor], batches: Batches, system: System) -> list[Score]:
    """Likeness to the true clip, constancy of identity, and whether the apex is what was asked."""
    encoder, judge = IdentityEncoder(), judges.load()

    def each(batch: Batch) -> tuple[Tensor, ...]:
        made, truth = made_of(batch), truth_of(batch)
        frames = made.transpose(1, 2)  # (n, t, 3, h, w)
        features = encoder(frames.flatten(0, 1)).view(*frames.shape[:2], -1)
        reading = judge(made[:, :, -1]).logits[:, : judges.CLASSES.index("neutral")]
        return (
            pairs.psnr(made, truth),
            pairs.ssim(made, truth),
            faces.acd_consecutive(features),
            faces.acd_pairs(features),
            faces.acd_input(features, encoder(batch.face)),  # type: ignore[attr-defined]
            reading.argmax(1) == _wanted(batch.label, system),  # type: ignore[attr-defined]
        )

    psnr, ssim, acd, acd_pairs, acd_input, right = _over(batches, each)
    set_of = _set_of(batches)
    net = {**set_of, "extractor": encoder.recipe}
    return [
        pairs.PSNR.of(psnr, **set_of),
        pairs.SSIM.of(ssim, **set_of),
        faces.ACD.of(acd, **net),
        faces.ACD_PAIRS.of(acd_pairs, **net),
        faces.ACD_I.of(acd_input, **net),
        faces.ACCURACY.of(right.double(), **set_of, extractor=judge.recipe),
    ]


def _images(made_of: Callable[[Batch], Tensor], batches: Batches, system: System) -> list[Score]:
    """Likeness to the true face, identity, what the judge reads, and what changed where nothing should."""
    encoder, judge = IdentityEncoder(), judges.load()

    by_units = getattr(system, "condition", "") == "units"
    own = list(system.settings.units) if by_units else list(judges.UNITS)  # type: ignore[attr-defined]
    shared = [unit for unit in judges.UNITS if unit in own]
    seen_at, asked_at = ([names.index(unit) for unit in shared] for names in (judges.UNITS, own))

    def each(batch: Batch) -> tuple[Tensor, ...]:
        made, truth, face = made_of(batch), truth_of(batch), batch.face  # type: ignore[attr-defined]
        read, true = judge(made), judge(truth)
        empty = (face.amax(1, keepdim=True) <= -0.98) & (truth.amax(1, keepdim=True) <= -0.98)
        return (
            pairs.psnr(made, truth),
            pairs.ssim(made, truth),
            (encoder(made) - encoder(face)).norm(dim=1),
            pairs.change(made, face, empty),
            read.logits.argmax(1) == true.logits.argmax(1),
            read.units[:, seen_at],
            (batch.target_units if by_units else true.units)[:, asked_at],  # type: ignore[attr-defined]
        )

    psnr, ssim, identity, change, right, came, asked = _over(batches, each)
    set_of = _set_of(batches)
    net, seen = {**set_of, "extractor": encoder.recipe}, {**set_of, "extractor": judge.recipe}
    return [
        pairs.PSNR.of(psnr, **set_of),
        pairs.SSIM.of(ssim, **set_of),
        faces.IDENTITY.of(identity, **net),
        *([pairs.CHANGE.of(change, **set_of, region="background")] if change.isfinite().all() else []),
        faces.ACCURACY.of(right.double(), **seen, against="what is read off the truth"),
        faces.UNITS.of_all(
            faces.correlation(asked, came).mean,
            len(asked),
            **seen,
            units=len(shared),
            against="what was asked" if by_units else "what is read off the truth",
        ),
    ]


def _sweep(system: Edit, batches: Batches) -> Iterator[Score]:
    """Whether the judge reads more of what is asked where more is asked, from the input's expression on."""
    judge = judges.load()

    def each(batch: Batch) -> tuple[Tensor, Tensor]:
        kind = system.condition
        start, end = getattr(batch, kind), getattr(batch, f"target_{kind}")  # type: ignore[attr-defined]
        made = [system.make(batch.face, start + share * (end - start)) for share in STRENGTHS]  # type: ignore[attr-defined]
        read = torch.stack([judge(image).units for image in made], 1)  # (n, s, k)
        way = judge(batch.target).units - judge(batch.face).units  # type: ignore[attr-defined]
        if kind == "units":
            way = _judged(end - start, system)
        return faces.rising((read * way[:, None]).sum(-1)), way.norm(dim=1)

    rising, asked = _over(batches, each)
    seen = {**_set_of(batches), "extractor": judge.recipe, "strengths": len(STRENGTHS)}
    yield faces.MONOTONY.of(rising[asked > LEAST_ASKED], **seen, along="what was asked", least=LEAST_ASKED)


def _judged(units: Tensor, system: Edit) -> Tensor:
    """Units (n, k) of a system's own list as those of the judge, 0 where it has none."""
    own = list(system.settings.units)  # type: ignore[attr-defined]
    blank = units.new_zeros(len(units), 1)
    columns = [units[:, [own.index(unit)]] if unit in own else blank for unit in judges.UNITS]
    return torch.cat(columns, 1)


def _motion(system: Motion, batches: Batches, clips: ClipSet) -> list[Row]:
    """Whether the class of made motions is recognised, and how near to learned ones they lie."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    made, label, truth = _over(
        batches,
        lambda b: (_velocity(system.answer(b)[0]), b.label.argmax(1), _velocity(b.landmarks)),  # type: ignore[attr-defined]
    )
    train = Batches(clips.part("train"), system.batches, system.settings)
    known, known_label = _over(train, lambda b: (_velocity(b.landmarks), b.label.argmax(1)))  # type: ignore[attr-defined]
    reader = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(known, known_label)
    set_of, rows = _set_of(batches), []
    for name, motions in ((type(system).__module__.rpartition(".")[2], made), ("the truth", truth)):
        right = torch.from_numpy(reader.predict(motions)) == label
        arcs, _ = motion.nearest(motions, known)
        scores = [
            faces.ACCURACY.of(right.double(), **set_of, extractor="linear discriminant of motions"),
            motion.GEODESIC.of(motion.geodesic(motions, truth), **set_of),
            motion.NEAREST.of(arcs, **set_of, known=len(known)),
        ]
        rows.append(Row(name=name, scores=scores))
    return rows


def _velocity(landmarks: Tensor) -> Tensor:
    """Landmarks (n, t, 68, 2) as points of the sphere (n, d) that forget place, size and tempo."""
    return motion.square_root_velocity(evenly(normalised(landmarks.double())[0], FRAMES))


def _wanted(label: Tensor, system: System) -> Tensor:
    """Class numbers of the judge for label vectors of the system's own list."""
    classes = system.settings.classes  # type: ignore[attr-defined]
    numbers = torch.tensor([judges.CLASSES.index(name) for name in classes])
    return numbers[label.argmax(1)]


def _set_of(batches: Batches) -> dict[str, object]:
    """What the recipe says of the set."""
    clips = batches.clips
    persons = len(set(clips.subjects.tolist()))
    return {"set": f"{clips.name}@{clips.sha256[:12]}", "side": clips.side, "persons": persons}
