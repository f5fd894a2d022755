"""Training: a request becomes a run, from the first step or from where it stood, with log and previews."""

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from mien import machine as machines
from mien import previews, systems
from mien import settings as settings_room
from mien.checkpoints import SETTINGS, TRAINING, Run, fill
from mien.data import sets
from mien.data.batches import Batches
from mien.errors import InputError, OutputError, TrainingError
from mien.loop import Loop
from mien.machine import Machine
from mien.media.files import replacing
from mien.requests import TrainRequest
from mien.system import Batch

LOGGED = 50
"""Steps whose mean terms make a line of the log (ours)."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Where a training stands."""

    step: int
    steps: int
    terms: dict[str, float]
    rate: float
    """Steps a second since the training began or went on."""
    note: str = ""


Tell = Callable[[Report], None]


def train(request: TrainRequest, tell: Tell = lambda report: None) -> Run:
    """Train a system to its last step; returns its run.

    Raises `InputError` for a system, set or setting that cannot be, `OutputError` for a folder in use, and
    `TrainingError` where a term stops being a number: the last checkpoint is kept.
    """
    module = systems.load(request.system)
    settings = settings_room.from_words(module.Settings, request.settings)
    clips = sets.load(request.data)
    if clips.side != settings.side:
        raise InputError(
            f"{clips.name} holds faces of {clips.side} px and the setting side is {settings.side}: "
            f"give --side {clips.side}, or a set of {settings.side} px"
        )
    pairs = "target" in systems.batch_fields(request.system)
    batches, held = (
        Batches(clips.part(split), module.System.batches, settings, request.seed, pairs)
        for split in sets.SPLITS
    )
    if len(set(batches.clips.subjects.tolist())) < 2:
        raise InputError(f"{clips.name} has one person to learn from: at least two are needed")
    machine = Machine.here(request.precision)
    run = _run_of(request, settings, clips, machine)
    machines.seed(request.seed)
    system = run.build()
    loop = Loop(system, machine, request.accumulate)
    first = loop.restore(run) if (run.folder / TRAINING).is_file() else 0
    preview = held(0)
    _go(loop, run, batches, preview, first, request.save_every, tell)
    return run


def _run_of(request: TrainRequest, settings: Any, clips: sets.ClipSet, machine: Machine) -> Run:
    """The run's folder, new or found; only the first process writes."""
    notes = {"data": clips.name, "data_sha256": clips.sha256, "seed": request.seed}
    name = request.system if request.system.endswith(".py") else systems.file_of(request.system).stem
    if request.resume:
        run = Run.open(request.out, trusted=True)
        if run.system != name:
            raise InputError(f"{request.out} is a run of {run.system}, not of {name}; choose another folder")
        changed = settings_room.differences(run.settings, settings)
        changed += [
            f"{key}: {run.notes.get(key)} before, {notes[key]} now"
            for key in notes
            if run.notes.get(key) != notes[key]
        ]
        if changed:
            raise InputError(
                f"{request.out} cannot go on with other settings ({'; '.join(changed)}); give the same, or "
                "another folder"
            )
        return run
    if machine.rank == 0:  # the others read what the first one wrote
        if (request.out / SETTINGS).exists():
            raise OutputError(f"{request.out} holds a run: go on with --resume, or choose another folder")
        Run.create(request.out, name, settings, **notes)
    machine.wait()
    return Run.open(request.out, trusted=True)


def _go(
    loop: Loop, run: Run, batches: Batches, preview: Batch, first: int, save_every: int, tell: Tell
) -> None:
    """From the first step to the last, with log, checkpoints and previews."""
    steps, began, log = loop.system.settings.steps, time.monotonic(), _Log(run, first)
    for number in range(first, steps):
        try:
            terms = loop.step(batches(number), number)
        except TrainingError as error:
            kept = f"the checkpoint in {run.folder} is kept" if number >= save_every else "nothing was saved"
            raise TrainingError(f"{error}; {kept}") from None
        if loop.machine.rank:
            continue
        log.add(number, terms)
        note = ""
        if (number + 1) % save_every == 0 or number + 1 == steps:
            save(loop, run, number + 1)
            log.write()
            note = _preview(loop, run, preview, number + 1)
        rate = (number + 1 - first) / (time.monotonic() - began)
        tell(Report(step=number + 1, steps=steps, terms=terms, rate=rate, note=note))
    loop.machine.wait()


def save(loop: Loop, run: Run, step: int) -> None:
    """Write the averaged weights and all that going on takes; each file whole, or the last one stays."""
    tensors, state = loop.state()
    run.save_training(tensors, {"step": step, "random": state})
    run.save_weights(loop.averaged)


def _preview(loop: Loop, run: Run, batch: Batch, step: int) -> str:
    """Write a sheet made with the averaged weights; a warning where they copy their input."""
    system = copy.deepcopy(loop.system)  # not built anew: that would draw random numbers
    fill(system, loop.averaged, run.folder, system.made_with)
    loop.machine.place(system).eval()
    with loop.machine.lower():
        picture, share = previews.sheet(system, batch.to(loop.machine.device, loop.machine.kind))
    (run.folder / "previews").mkdir(exist_ok=True)
    with replacing(run.folder / f"previews/{step:07d}.png", force=True) as draft:
        Image.fromarray(np.ascontiguousarray(picture)).save(draft, "PNG")
    if share < previews.COPIES:
        return f"step {step}: outputs change their input by {share:.0%} of what the truth does: they copy it"
    return ""


class _Log:
    """`log.jsonl`: mean terms of every `LOGGED` steps; a resumed run cuts what came after its checkpoint."""

    def __init__(self, run: Run, first: int):
        self.path = run.folder / "log.jsonl"
        self.sums: dict[str, tuple[float, int]] = {}
        kept = self.path.read_text("utf-8").splitlines() if self.path.exists() and first else []
        self.lines = [line for line in kept if json.loads(line)["step"] <= first]

    def add(self, number: int, terms: dict[str, float]) -> None:
        """Count a step's terms."""
        for name, value in terms.items():
            total, times = self.sums.get(name, (0.0, 0))
            self.sums[name] = (total + value, times + 1)
        if (number + 1) % LOGGED == 0:
            means = {name: total / times for name, (total, times) in self.sums.items()}
            self.lines.append(json.dumps({"step": number + 1, "terms": means}))
            self.sums = {}

    def write(self) -> None:
        """Write all lines."""
        with replacing(self.path, force=True) as draft:
            draft.write_text("".join(f"{line}\n" for line in self.lines), "utf-8")
