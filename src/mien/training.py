"""Training: a request becomes a run, from the first step or from where it stood, with log and previews."""

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from mien import machine as machines
from mien import previews, systems
from mien import settings as settings_room
from mien.checkpoints import SETTINGS, TRAINING, Run, fill
from mien.data import sets, streams
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
Drawn = Callable[[int, int], None]
Draw = Callable[[int], Batch]


def train(
    request: TrainRequest, tell: Tell = lambda report: None, drawn: Drawn = lambda done, total: None
) -> Run:
    """Train a system to its last step; returns its run.

    tell: called after each step. drawn: called with the number of persons drawn, and of all, while a standard
    set is made. Raises `InputError` for a system, set or setting that cannot be, `OutputError` for a folder
    in use, and `TrainingError` where a term stops being a number: the last checkpoint is kept.
    """
    module = systems.load(request.system)
    settings = settings_room.from_words(module.Settings, request.settings)
    clips, batches = _data(request, module.System.batches, settings, drawn)
    machine = Machine.here(request.precision)
    machines.seed(request.seed)
    loop = Loop(module.System(settings), machine, request.accumulate)
    held = Batches(clips.part("test"), loop.system.batches, settings, request.seed, _needs_pairs(request))
    preview = held(0)
    _try(loop, preview)
    run = _run_of(request, settings, clips, machine)
    state = loop.restore(run) if (run.folder / TRAINING).is_file() else {}
    log = _Log(run, state.get("step", 0), state.get("log", {}))
    _go(loop, run, batches, preview, log, request.save_every, tell)
    return run


def _data(request: TrainRequest, kind: type[Batch], settings: Any, drawn: Drawn) -> tuple[sets.ClipSet, Draw]:
    """The set, or the test persons of a stream of people, and what gives the batch of a step."""
    if streams.is_stream(request.data):
        fresh = streams.Stream(request.data, kind, settings, request.seed, drawn)
        return streams.held_out(request.data), fresh
    clips = sets.load(request.data, drawn)
    return clips, Batches(clips.part("train"), kind, settings, request.seed, _needs_pairs(request))


def _needs_pairs(request: TrainRequest) -> bool:
    """Whether the system learns from two faces of one person."""
    return "target" in systems.batch_fields(request.system)


@torch.no_grad()
def _try(loop: Loop, batch: Batch) -> None:
    """Let the system make one sample: what does not fit is told before anything is written."""
    one = batch.part(slice(1)).to(loop.machine.device, loop.machine.kind)
    loop.system.eval().answer(one)
    loop.system.train()


def _run_of(request: TrainRequest, settings: Any, clips: sets.ClipSet, machine: Machine) -> Run:
    """The run's folder, new or found; only the first process writes."""
    notes = {"data": clips.name, "data_sha256": clips.sha256, "seed": request.seed}
    name = request.system if request.system.endswith(".py") else systems.file_of(request.system).stem
    if request.resume:
        run = Run.open(request.out, trusted=True)
        if run.system != name:
            raise InputError(
                f"{request.out} is a run of {run.name}, not of {systems.spoken(name)}; choose another folder"
            )
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
    loop: Loop, run: Run, batches: Draw, preview: Batch, log: "_Log", save_every: int, tell: Tell
) -> None:
    """From the step where the log ends to the last, with log, checkpoints and previews."""
    steps, began, first = loop.system.settings.steps, time.monotonic(), log.step
    for number in range(first, steps):
        try:
            terms = loop.step(batches(number), number)
        except TrainingError as error:
            if loop.machine.rank == 0:
                log.write()
            kept = (run.folder / TRAINING).is_file()
            said = f"the checkpoint in {run.folder} is kept" if kept else "nothing was saved yet"
            raise TrainingError(f"{error}; {said}") from None
        if loop.machine.rank:
            continue
        log.add(terms, last=number + 1 == steps)
        note = ""
        if (number + 1) % save_every == 0 or number + 1 == steps:
            save(loop, run, log)
            note = _preview(loop, run, preview, number + 1)
        rate = (number + 1 - first) / (time.monotonic() - began)
        tell(Report(step=number + 1, steps=steps, terms=terms, rate=rate, note=note))
    loop.machine.wait()


def save(loop: Loop, run: Run, log: "_Log") -> None:
    """Write the averaged weights and all that going on takes; each file whole, or the last one stays."""
    tensors, state = loop.state()
    run.save_training(tensors, {"step": log.step, "log": log.sums, "random": state})
    run.save_weights(loop.averaged)
    log.write()


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
    """`log.jsonl`: mean terms of every `LOGGED` steps; a resumed run cuts what came after its checkpoint.

    step: how many are done. sums: of each term, over the steps that no line counts yet: sum and number.
    """

    def __init__(self, run: Run, step: int, sums: dict[str, tuple[float, int]]):
        self.path, self.step, self.sums = run.folder / "log.jsonl", step, sums
        kept = self.path.read_text("utf-8").splitlines() if self.path.exists() and step else []
        self.lines = [line for line in kept if json.loads(line)["step"] <= step]

    def add(self, terms: dict[str, float], last: bool) -> None:
        """Count a step's terms; after the last one a line is made of however few there are."""
        self.step += 1
        for name, value in terms.items():
            total, times = self.sums.get(name, (0.0, 0))
            self.sums[name] = (total + value, times + 1)
        if self.step % LOGGED == 0 or last:
            means = {name: total / times for name, (total, times) in self.sums.items()}
            self.lines.append(json.dumps({"step": self.step, "terms": means}))
            self.sums = {}

    def write(self) -> None:
        """Write all lines."""
        with replacing(self.path, force=True) as draft:
            draft.write_text("".join(f"{line}\n" for line in self.lines), "utf-8")
