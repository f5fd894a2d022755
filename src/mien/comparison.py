"""One question put to all: each contestant shows a neutral face's expression and is scored by one recipe."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mien import machine
from mien.contestants import Contestant, Question, brought, count, enlist, questions
from mien.data.batches import pixels
from mien.data.sets import ClipSet
from mien.errors import TooFewError
from mien.nets import judge as judges
from mien.nets.identity import IdentityEncoder
from mien.scores import (
    Metric,
    Score,
    agreement,
    distributions,
    faces,
    pairs,
    patches,
    perceptual,
    recognition,
)

SIZE = 24
"""Questions that are put at a time."""
SHOWN = Metric(
    name="shown", variant="probability the judge gives the wanted class of seven", higher_is_better=True
)
Tell = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """One contestant's figures, and some of its faces."""

    name: str
    told: str
    scores: list[Score]
    each: dict[str, np.ndarray]
    """Values (n,) of the scores that have one for each question."""
    samples: np.ndarray
    """(s, h, w, 3) uint8, its answers to the questions of `Comparison.samples`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """All figures, and what was asked."""

    set_of: str
    """Name and hash of the set."""
    side: int
    """Pixels, at which all answers are scored."""
    expressions: list[str]
    """(n,) what each question asks for."""
    persons: list[int]
    """(n,) whose face it is."""
    entries: list[Entry]
    samples: list[int]
    """(s,) questions whose faces are shown: each expression by another person."""
    inputs: np.ndarray
    """(s, h, w, 3) uint8, their neutral faces."""


class _Judged:
    """A question's faces as the networks see them, read once for all contestants."""

    def __init__(self, question: Question, side: int, encoder: IdentityEncoder):
        self.question, self.side = question, side
        self.truth = brought(question.truth, side)  # (n, 3, side, side)
        self.maps = encoder.features(self.truth)
        self.identity = encoder.identity_of(self.maps)
        self.before = encoder(brought(question.face, side))


class _Ledger:
    """What is kept of one contestant while the questions go by: numbers and a few faces."""

    def __init__(self, contestant: Contestant, encoder: IdentityEncoder, judge: judges.Judge):
        self.contestant, self.encoder, self.judge = contestant, encoder, judge
        self.values: list[dict[str, Tensor]] = []
        self.features = distributions.Streams()
        self.patches = patches.Patches(seed=1)
        self.samples: list[np.ndarray] = []

    def take(self, judged: _Judged, shown: list[int]) -> None:
        """Answer a question, keep the figures, and the faces of those that are shown."""
        question, truth = judged.question, judged.truth
        made = brought(self.contestant(question), judged.side)
        maps, read = self.encoder.features(made), self.judge(made)
        known = self.encoder.identity_of(maps)
        self.features.add(known, judged.identity)
        if patches.has_pyramid(judged.side):
            self.patches.add(made)
        wanted = torch.tensor([judges.CLASSES.index(name) for name in question.expressions])
        basic = read.logits[:, : judges.CLASSES.index("neutral")]
        self.values.append(
            {
                "psnr": pairs.psnr(made, truth),
                "ssim": pairs.ssim(made, truth),
                "eyes": pairs.region_error(made, truth, "eyes"),
                "mouth": pairs.region_error(made, truth, "mouth"),
                "perceptual": perceptual.perceptual_distance(maps, judged.maps),
                "identity": faces.identity_distance(known, judged.before),
                "right": (basic.argmax(1) == wanted).double(),
                "shown": read.logits.softmax(1).gather(1, wanted[:, None])[:, 0],
                "units": (read.units - question.strengths(judges.UNITS)).abs().mean(1),
            }
        )
        self.samples.extend(pixels(made[shown]))

    def entry(self, setting: dict[str, object], persons: Tensor, truth: patches.Patches) -> Entry:
        """The figures of all questions; truth: patches of the true faces."""
        each = {key: torch.cat([values[key] for values in self.values]) for key in self.values[0]}
        plain = setting | {"told": self.contestant.told}
        known, seen = plain | {"extractor": self.encoder.recipe}, plain | {"extractor": self.judge.recipe}
        ways: list[tuple[Metric, str, dict[str, object]]] = [
            (pairs.PSNR, "psnr", plain),
            (pairs.SSIM, "ssim", plain),
            (pairs.REGION_ERRORS["eyes"], "eyes", plain),
            (pairs.REGION_ERRORS["mouth"], "mouth", plain),
            (perceptual.LPIPS_LIKE, "perceptual", known),
            (faces.IDENTITY, "identity", known),
            (recognition.ACCURACY, "right", seen),
            (SHOWN, "shown", seen),
            (agreement.UNIT_ERROR, "units", seen),
        ]
        scores = [metric.of(each[key], persons, **how) for metric, key, how in ways]
        scores += self.features.scores(distributions.FRECHET, distributions.KERNEL, **known)
        with suppress(TooFewError):
            if self.patches.levels:
                apart = list(patches.sliced(self.patches, truth).values())
                scores.append(patches.SLICED.of_all(float(np.mean(apart)), len(persons), **plain))
        return Entry(
            name=self.contestant.name,
            told=self.contestant.told,
            scores=scores,
            each={metric.name: each[key].double().numpy() for metric, key, _ in ways},
            samples=np.stack(self.samples),
        )


@torch.no_grad()
def compare(names: Sequence[str], clips: ClipSet, tell: Tell = lambda done, total: None) -> Comparison:
    """Scores of contestants on every test clip of a set; pictures are not kept, so memory is bounded.

    Args:
        names: of `contestants.everyone`, or folders of runs.
        clips: a set with test persons, its side at least that of the contestants.
        tell: called with the number of questions that all have answered, and of all.

    Raises `InputError` for a name that is nobody's, and for a set that shows what a system does not know.
    """
    enlisted = [enlist(name) for name in names]
    side = min([clips.side, *(each.side for each in enlisted if each.side)])
    encoder, judge = IdentityEncoder(), judges.load()
    ledgers = [_Ledger(each, encoder, judge) for each in enlisted]
    true_patches = patches.Patches(seed=2)
    persons: list[int] = []
    expressions: list[str] = []
    samples: list[int] = []
    inputs: list[np.ndarray] = []
    total = count(clips)
    for question in questions(clips, SIZE):
        shown = _chosen(question, expressions, persons, samples)
        judged = _Judged(question, side, encoder)
        for ledger in ledgers:
            ledger.take(judged, shown)
        if patches.has_pyramid(side):
            true_patches.add(judged.truth)
        machine.release()
        inputs.extend(pixels(brought(question.face, side)[shown]))
        samples += [len(persons) + place for place in shown]
        expressions += question.expressions
        persons += question.persons.tolist()
        tell(len(persons), total)
    setting: dict[str, object] = {
        "set": f"{clips.name}@{clips.sha256[:12]}",
        "side": side,
        "persons": len(set(persons)),
    }
    return Comparison(
        set_of=str(setting["set"]),
        side=side,
        expressions=expressions,
        persons=persons,
        entries=[ledger.entry(setting, torch.tensor(persons), true_patches) for ledger in ledgers],
        samples=samples,
        inputs=np.stack(inputs),
    )


def _chosen(question: Question, expressions: list[str], persons: list[int], samples: list[int]) -> list[int]:
    """Places in a question of faces to show: each expression once, each by a person not shown yet."""
    have, who = {expressions[at] for at in samples}, {persons[at] for at in samples}
    places = []
    for place, (name, person) in enumerate(zip(question.expressions, question.persons.tolist(), strict=True)):
        if name not in have and person not in who:
            places.append(place)
            have.add(name)
            who.add(person)
    return places
