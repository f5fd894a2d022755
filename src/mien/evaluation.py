"""A run over the held-out persons of a set: figures of its task, beside those of copying the input."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor

from mien import machine
from mien.checkpoints import Run
from mien.data.batches import Batches
from mien.data.sets import ClipSet
from mien.errors import TooFewError
from mien.nets import identity
from mien.nets import judge as judges
from mien.nets.identity import Encoder
from mien.nets.motion import evenly, normalised
from mien.scores import Score, agreement, distributions, faces, motion, pairs, recognition, video
from mien.system import Animate, Batch, Edit, Motion, System

SIZE = 24
"""Samples that are made at a time."""
FACES = 64
"""Frames of clips whose identity is read at a time: its maps are large."""
FRAMES = 30
"""Of a motion that is compared with others, at constant speed (the paper's)."""
FALSE_ACCEPTS = 0.01
"""Of verification: one impostor in a hundred is let in (ours)."""
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
def score(run: Run, clips: ClipSet, encoder: Encoder | None = None) -> list[Row]:
    """Rows of the system and of copying its input, over every test clip of a set.

    encoder: says who a face is (`identity.encoder`); dlib's if none is given.
    """
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
    encoder = encoder or identity.encoder()
    rows = [Row(name=name, scores=figures(made, batches, system, encoder)) for name, made in named.items()]
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
    found = []
    for batch in batches.each(SIZE):
        found.append(each(batch))
        machine.release()
    return [torch.cat(column) for column in zip(*found, strict=True)]


def _clips(
    made_of: Callable[[Batch], Tensor], batches: Batches, system: System, encoder: Encoder
) -> list[Score]:
    """Likeness to the true clip, constancy of identity, the asked apex, and how the clip runs."""
    judge, course = judges.load(), distributions.Streams()

    def each(batch: Batch) -> tuple[Tensor, ...]:
        made, truth = made_of(batch), truth_of(batch)
        features = _identities(encoder, made)
        (read, units), (_, true) = _read(judge, made), _read(judge, truth)
        course.add(video.clip_features(units), video.clip_features(true))
        return (
            pairs.psnr(made, truth),
            pairs.ssim(made, truth),
            faces.acd_consecutive(features),
            faces.acd_pairs(features),
            faces.acd_input(features, encoder(batch.face)),  # type: ignore[attr-defined]
            read[:, -1].argmax(1) == _wanted(batch.label, system),  # type: ignore[attr-defined]
            motion.jitter(units[..., None]),
            video.flicker(made),
        )

    psnr, ssim, acd, acd_pairs, acd_input, right, jitter, flicker = _over(batches, each)
    set_of, who = _set_of(batches), batches.persons
    net, seen = {**set_of, "extractor": encoder.recipe}, {**set_of, "extractor": judge.recipe}
    return [
        pairs.PSNR.of(psnr, who, **set_of),
        pairs.SSIM.of(ssim, who, **set_of),
        faces.ACD.of(acd, who, **net),
        faces.ACD_PAIRS.of(acd_pairs, who, **net),
        faces.ACD_I.of(acd_input, who, **net),
        recognition.ACCURACY.of(right.double(), who, **seen),
        motion.JITTER.of(jitter, who, **seen, of="unit strengths"),
        video.FLICKER.of(flicker, who, **set_of),
        *course.scores(video.FVD_LIKE, video.KVD_LIKE, **seen, of="unit strengths"),
    ]


def _identities(encoder: Encoder, clips: Tensor) -> Tensor:
    """Features (n, t, d) of the frames of clips (n, 3, t, h, w), some frames at a time."""
    frames = clips.transpose(1, 2).flatten(0, 1)
    return torch.cat([encoder(part) for part in frames.split(FACES)]).unflatten(0, (len(clips), -1))


def _read(judge: judges.Judge, clips: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (n, t, 6) of the six expressions, and unit strengths (n, t, k), of clips (n, 3, t, h, w)."""
    seen = judge(clips.transpose(1, 2).flatten(0, 1))
    logits, units = (values.unflatten(0, (len(clips), -1)) for values in seen)
    return logits[..., : judges.CLASSES.index("neutral")], units


def _images(
    made_of: Callable[[Batch], Tensor], batches: Batches, system: System, encoder: Encoder
) -> list[Score]:
    """Likeness to the true face, identity, what the judge reads, and what changed where nothing should."""
    judge, identities = judges.load(), distributions.Streams()
    by_units = getattr(system, "condition", "") == "units"
    own = list(system.settings.units) if by_units else list(judges.UNITS)  # type: ignore[attr-defined]
    shared = [unit for unit in judges.UNITS if unit in own]
    seen_at, asked_at = ([names.index(unit) for unit in shared] for names in (judges.UNITS, own))

    def each(batch: Batch) -> tuple[Tensor, ...]:
        made, truth, face = made_of(batch), truth_of(batch), batch.face  # type: ignore[attr-defined]
        read, true, identity, before = judge(made), judge(truth), encoder(made), encoder(face)
        identities.add(identity, encoder(truth), before)
        empty = (face.amax(1, keepdim=True) <= -0.98) & (truth.amax(1, keepdim=True) <= -0.98)
        asked = (batch.target_units if by_units else true.units)[:, asked_at]  # type: ignore[attr-defined]
        return (
            pairs.psnr(made, truth),
            pairs.ssim(made, truth),
            torch.stack([pairs.region_error(made, truth, region) for region in pairs.REGIONS], 1),
            pairs.change(made, face, empty),
            faces.identity_distance(identity, before),
            read.logits.argmax(1) == true.logits.argmax(1),
            agreement.products(asked, read.units[:, seen_at]),
        )

    *likeness, distance, right, units = _over(batches, each)
    set_of, who, on_truth = _set_of(batches), batches.persons, "what is read off the truth"
    seen = {**set_of, "extractor": judge.recipe}
    on_units = {"units": len(shared), "against": "what was asked" if by_units else on_truth}
    return [
        *_likeness(likeness, who, set_of),
        *_same_person(distance, identities, who, {**set_of, "extractor": encoder.recipe}),
        recognition.ACCURACY.of(right.double(), who, **seen, against=on_truth),
        agreement.UNITS.of_sums(units.flatten(1), _correlation, who, **seen, **on_units),
    ]


def _likeness(columns: list[Tensor], who: Tensor, set_of: dict) -> Iterator[Score]:
    """To the true face: the whole, the regions that expressions move, and what should have stayed."""
    psnr, ssim, regions, change = columns
    yield pairs.PSNR.of(psnr, who, **set_of)
    yield pairs.SSIM.of(ssim, who, **set_of)
    for metric, errors in zip(pairs.REGION_ERRORS.values(), regions.T, strict=True):
        yield metric.of(errors, who, **set_of)
    if change.isfinite().all():
        yield pairs.CHANGE.of(change, who, **set_of, region="background")


def _same_person(
    distance: Tensor, identities: distributions.Streams, who: Tensor, net: dict
) -> Iterator[Score]:
    """Whether faces are still of their input's person, and lie as a whole where true faces lie."""
    yield faces.IDENTITY.of(distance, who, **net)
    made, _, before = identities.kept.rows.unbind(1)
    others = faces.impostors(before, made, who[identities.kept.places])
    with suppress(TooFewError):
        threshold = faces.verification(-distance, others, FALSE_ACCEPTS).threshold
        accepted = (-distance > threshold).double()
        yield faces.VERIFICATION.of(accepted, who, **net, rate=FALSE_ACCEPTS, impostors=len(others))
    yield from identities.scores(distributions.FRECHET, distributions.KERNEL, **net)


def _correlation(sums: Tensor) -> Tensor:
    """Mean over units of the correlation, (r,), from flat sums of their products (r, k * 6)."""
    return agreement.pearson(sums.unflatten(1, (-1, 6))).nanmean(1)


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
    told = asked > LEAST_ASKED
    seen = {**_set_of(batches), "extractor": judge.recipe, "strengths": len(STRENGTHS)}
    yield faces.MONOTONY.of(
        rising[told], batches.persons[told], **seen, along="what was asked", least=LEAST_ASKED
    )


def _judged(units: Tensor, system: Edit) -> Tensor:
    """Units (n, k) of a system's own list as those of the judge, 0 where it has none."""
    own = list(system.settings.units)  # type: ignore[attr-defined]
    blank = units.new_zeros(len(units), 1)
    columns = [units[:, [own.index(unit)]] if unit in own else blank for unit in judges.UNITS]
    return torch.cat(columns, 1)


def _motion(system: Motion, batches: Batches, clips: ClipSet) -> list[Row]:
    """Whether the class of made motions is recognised, and how near to learned ones they lie."""
    made, label, truth = _over(
        batches,
        lambda b: (_velocity(system.answer(b)[0]), b.label.argmax(1), _velocity(b.landmarks)),  # type: ignore[attr-defined]
    )
    train = Batches(clips.part("train"), system.batches, system.settings)
    known, known_label = _over(train, lambda b: (_velocity(b.landmarks), b.label.argmax(1)))  # type: ignore[attr-defined]
    set_of, who, rows = _set_of(batches), batches.persons, []
    for name, motions in ((type(system).__module__.rpartition(".")[2], made), ("the truth", truth)):
        right = recognition.learned(known, known_label, motions) == label
        arcs, _ = motion.nearest(motions, known)
        scores = [
            recognition.ACCURACY.of(
                right.double(), who, **set_of, extractor="linear discriminant of motions"
            ),
            motion.GEODESIC.of(motion.geodesic(motions, truth), who, **set_of),
            motion.NEAREST.of(arcs, who, **set_of, known=len(known)),
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
