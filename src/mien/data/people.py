"""People who do not exist, drawn from the face model, and sets of clips in which they show expressions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mien.data import acting, artist, crops, looks, strips
from mien.data.takes import Take, placed
from mien.errors import InputError
from mien.face.model import Pose, load_model, rotation_of
from mien.version import SOFTWARE

EDITION = 2
"""Counted up when the same seed gives other pictures."""
FPS = 25
SIDES, LENGTHS = (16, 1024), (2, 256)
"""Least and greatest side of a frame, pixels, and number of frames."""
TEST = 90_000
"""Number of the first test person. They are the same in every set, whatever its seed and size."""
LIDS = (0.0, 0.16)
"""How far resting lids hang, in shares of closed (ours)."""
Tell = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Person:
    """One identity: shape, looks and ways, all from a seed."""

    seed: int
    base: np.ndarray  # (n, 3) float32, the face without expression, centimetres
    rest: np.ndarray  # (u,) units of the face at rest, within base
    look: looks.Look
    ways: dict[str, np.ndarray]

    @classmethod
    def drawn(cls, seed: int) -> "Person":
        """The person of a seed."""
        model, chance = load_model(), np.random.default_rng((seed, 0))
        identity = chance.normal(0, looks.IDENTITY_SPREAD, len(model.identity))
        rest = _rest(model, chance)
        base = _sealed(model, model.shape(identity, rest), chance.uniform(-0.02, 0.09))
        _seat(model, base)
        names = acting.unit_names(model)
        return cls(
            seed=seed, base=base, rest=rest, look=looks.drawn(model, chance), ways=acting.style(names, chance)
        )


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One clip and all that is known of it; shapes as in `sets.ClipSet`, without the first axis."""

    frames: np.ndarray  # (t, h, w, 3) uint8
    landmarks: np.ndarray  # (t, 68, 2) float32
    units: np.ndarray  # (t, k) float32
    gaze: np.ndarray  # (t, 2) float32
    head: np.ndarray  # (t, 3) float32, degrees
    camera: np.ndarray  # (t, 4) float32: pixels per centimetre, offset x and y in pixels, 0
    intensity: float


def _rest(model, chance):
    """Units (u,) of a face at rest: people's differ within what neutral photos show."""
    most = np.minimum(model.extras["rest"], 0.25)
    drawn = {name.rstrip("LR"): chance.beta(1, 2.5) for name in acting.unit_names(model)}
    drawn |= {"AU25": 0.0, "AU26": 0.0, "AU27": 0.0}
    out = np.array([most[i] * drawn.get(name.rstrip("LR"), 0.0) for i, name in enumerate(model.unit_names)])
    lids = [name.startswith("AU43") for name in model.unit_names]
    out[lids] = chance.uniform(*LIDS)
    return out


def _sealed(model, base, gap):
    """A face whose lips at rest are this far apart, centimetres: identities alone leave many mouths open."""
    upper, lower = model.landmarks[[61, 62, 63]], model.landmarks[[67, 66, 65]]
    parting = model.units[model.unit_names.index("AU25")]
    travel = (parting[upper, 1] - parting[lower, 1]).mean()
    now = (base[upper, 1] - base[lower, 1]).mean()
    return base + np.float32(np.clip((gap - now) / travel, -0.4, 0.4)) * parting


def _seat(model, base):
    """Put teeth, tongue and cavity where this person's lips are: they sit at one height behind them."""
    lips = model.landmarks[[61, 62, 63, 65, 66, 67]]
    shift = (base[lips] - model.template[lips]).mean(0)
    for name in ("upper_teeth", "lower_teeth", "tongue", "cavity"):
        part = model.parts[name][0]
        base[part] = model.template[part] + shift


def clip(
    person: Person,
    expression: str,
    *,
    take: int = 0,
    number: int = 0,
    side: int = 64,
    frames: int = 32,
    background: str = "black",
) -> Clip:
    """One clip: from neutral to the apex of an expression.

    expression: one of `acting.EXPRESSIONS`, or "mixed" for random units. take: the sitting; clips of one
    differ in camera and pose by little, and share the light. number: which of several such clips.
    """
    model, sitting = load_model(), Take.drawn(person.seed, person.look.tone, take)
    code = (*acting.EXPRESSIONS, acting.MIXED).index(expression)
    chance = np.random.default_rng((person.seed, 2, take, code, number))
    names = acting.unit_names(model)
    motion = acting.act(names, expression, person.ways, frames, chance)
    turn, zoom, shift = placed(sitting, chance)
    angles = turn + motion.turns
    scale, offset = _camera(model, person.base, angles[0], side, zoom, shift)
    gaze = motion.gaze - 0.93 * angles[:, :2]
    drawer = artist.Artist(
        person, sitting, motion.units, gaze, angles, side, scale, offset, chance, background
    )
    drawn = [drawer.frame(i) for i in range(frames)]
    camera = np.tile(np.array([scale, *offset, 0.0], np.float32), (frames, 1))
    return Clip(
        frames=np.stack([pixels for pixels, _ in drawn]),
        landmarks=np.stack([points for _, points in drawn]),
        units=motion.units.astype(np.float32),
        gaze=gaze.astype(np.float32),
        head=angles.astype(np.float32),
        camera=camera,
        intensity=motion.intensity,
    )


def _camera(model, base, angles, side, zoom, shift):
    """Pixels per centimetre and offset (2,) that put the eyes where crops have them, nearly."""
    pose = Pose(rotation=rotation_of(*angles), scale=1.0, offset=np.zeros(2))
    eyes = crops.eyes(pose.project(base[model.landmarks])[0])
    scale = crops.EYE_DISTANCE * side * zoom / float(np.linalg.norm(eyes[1] - eyes[0]))
    middle = np.array([0.5, 0.5 + crops.EYES_DOWN / 2]) + shift
    return scale, middle * side - 0.5 - scale * eyes.mean(0)


def make(
    folder: str | Path,
    *,
    people: int = 120,
    side: int = 64,
    frames: int = 32,
    takes: int = 1,
    mixed: int = 0,
    test: float = 0.1667,
    seed: int = 0,
    jobs: int = 1,
    background: str = "black",
    force: bool = False,
    tell: Tell = lambda done, total: None,
) -> Path:
    """Draw a set of people into a new folder; the same arguments give the same bytes, whatever `jobs`.

    Args:
        people: all persons, the test persons among them.
        side, frames: pixels of a frame's side (16..1024), frames of a clip (2..256).
        takes: sittings of each person: in each, six expressions in a light of its own.
        mixed: further clips of each person that show random units, of no label.
        test: how many persons are for the test: below 1 a share, from 1 on a count.
        seed: of the persons to train on.
        jobs: threads. background: black or plain. force: replace a set that stands there.
        tell: called with the number of persons done, and of all.

    Raises:
        InputError: a number out of its range; OutputError: the folder is there, or the disk refuses.
    """
    _check(people=(people, 1, TEST), side=(side, *SIDES), frames=(frames, *LENGTHS), takes=(takes, 1, 100))
    _check(mixed=(mixed, 0, 1000), jobs=(jobs, 1, 256), seed=(seed, 0, 2**32 - 1))
    if background not in ("black", "plain"):
        raise InputError(f"background is black or plain, came {background!r}")
    aside = round(people * test) if test < 1 else int(test)
    if not 0 <= aside <= people or (test >= 1 and test != aside):
        raise InputError(f"test is a share below 1, or a count up to the {people} persons, came {test:g}")
    cast = [(number, "train") for number in range(people - aside)]
    cast += [(TEST + number, "test") for number in range(aside)]
    made: dict[str, Any] = {"side": side, "frames": frames, "background": background}

    def work(member: tuple[int, str]) -> list[tuple[dict[str, Any], Clip]]:
        return _sittings(draft, *member, seed, takes, mixed, made)

    with strips.drafting(Path(folder), force) as draft, ThreadPoolExecutor(jobs) as threads:
        done = []
        try:
            for clips in threads.map(work, cast):
                done += clips
                tell(len(done) // (6 * takes + mixed), people)
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
        rows, labels = [row for row, _ in done], [clip for _, clip in done]
        names = ("units", "landmarks", "gaze", "head", "camera")
        arrays = {name: np.stack([getattr(clip, name) for clip in labels]) for name in names}
        own = made | {"people": people, "takes": takes, "mixed": mixed, "test": aside, "seed": seed}
        strips.finish(draft, rows, arrays, _record(own, len(rows)))
    return Path(folder)


def person_seed(number: int, seed: int) -> int:
    """The seed of a set's person by number: a test person's is the same for every seed of a set."""
    words = (0x7E57, number) if number >= TEST else (0x7124, seed, number)
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 11)


def _sittings(draft, number, split, seed, takes, mixed, made):
    """Draw and write all clips of one person: rows of the manifest, and the clips without their frames."""
    person = Person.drawn(person_seed(number, seed))
    wanted = [(expression, take) for take in range(takes) for expression in acting.EXPRESSIONS]
    wanted += [(acting.MIXED, count) for count in range(mixed)]
    out = []
    for expression, count in wanted:
        session, further = count % takes, count // takes
        drawn = clip(person, expression, take=session, number=further, **made)
        subject = f"p{number:05d}"
        row = {
            "file": f"{strips.CLIPS}/{subject}_{expression}_{count}.png", "data_set": "people",
            "subject": subject, "session": session, "take": count, "expression": expression,
            "intensity": round(drawn.intensity, 4), "split": split, "seed": person.seed,
            "frames": made["frames"], "fps": FPS,
        }  # fmt: skip
        strips.write(draft / row["file"], drawn.frames)
        out.append((row, replace(drawn, frames=drawn.frames[:0])))
    return out


def _record(own: dict[str, Any], count: int) -> dict[str, Any]:
    """What `set.json` says of a set made with these arguments."""
    options = " ".join(f"--{name} {value}" for name, value in own.items())
    return {
        "side": own["side"], "frames": own["frames"], "classes": list(acting.EXPRESSIONS),
        "unit_names": list(acting.unit_names(load_model())), "seed": own["seed"],
        "command": f"mien data people OUT {options}", "background": own["background"],
        "counts": {"clips": count, "people": own["people"], "test": own["test"]},
        "versions": {"mien": SOFTWARE, "people": EDITION, "face_model": load_model().sha256},
    }  # fmt: skip


def _check(**numbers: tuple[int, int, int]) -> None:
    """Refuse a number outside its range."""
    for name, (value, least, most) in numbers.items():
        if not isinstance(value, int) or not least <= value <= most:
            raise InputError(f"{name} is a whole number from {least} to {most}, came {value!r}")
