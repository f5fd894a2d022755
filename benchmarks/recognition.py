"""Whether made pictures help a classifier learn rare expressions: `python benchmarks/recognition.py`.

People who do not exist, or the London set by `--london FOLDER` (neutral/ and smiling/), made unbalanced on
purpose, filled up by `mien augment` with the face engine and with any `--systems`, and compared by
`mien recognise` over five seeds. Persons of the test are never learned from.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mien.augmentation.pipeline import augment
from mien.data import people
from mien.recognition.comparison import recognise
from mien.requests import AugmentRequest, RecogniseRequest
from mien.verbs.progress import Progress
from mien.verbs.recognise import lines

COMMON, RARE = ("neutral", "happiness", "sadness", "surprise"), ("fear", "disgust", "anger")
SUBJECT = r"p?(\d+)"


def write_people(folder: Path, classes: Mapping[str, Sequence[int]], side: int) -> None:
    """Photos by class of people by number, each at rest or at the height of an expression."""
    drawn = {}
    for label, numbers in classes.items():
        (folder / label).mkdir(parents=True)
        for number in numbers:
            if number not in drawn:
                drawn[number] = people.Person.drawn(people.person_seed(number, 0))
            acted = "happiness" if label == "neutral" else label
            clip = people.clip(drawn[number], acted, side=side, frames=2, background="plain")
            pixels = clip.frames[0 if label == "neutral" else 1]
            Image.fromarray(pixels).save(folder / label / f"p{number:05d}.png")


def unbalanced(folder: Path, persons: int, judged: int, share: float, side: int) -> None:
    """Train and test parts of people: every person shows the common expressions, few show the rare ones."""
    few = max(1, round(share * persons))
    classes = {label: range(persons) for label in COMMON}
    for place, label in enumerate(RARE):  # other persons for each
        classes[label] = range(place * few, (place + 1) * few)
    write_people(folder / "train", classes, side)
    test = range(people.TEST, people.TEST + judged)
    write_people(folder / "test", dict.fromkeys((*COMMON, *RARE), test), side)


def from_london(london: Path, folder: Path, share: float, every: int) -> None:
    """Half of the London set's persons to learn from, few of them smiling, the other half to be judged by."""
    names = sorted(path.stem for path in (london / "smiling").glob("*.jpg"))[::every]
    if not names:
        raise SystemExit(f"{london} holds no smiling/: get the London set (doi 10.6084/m9.figshare.5047666)")
    order = np.random.default_rng(0).permutation(len(names))
    learnt, judged = np.array(names)[order[::2]], np.array(names)[order[1::2]]
    few = learnt[: max(1, round(share * len(learnt)))]
    for part, label, chosen in (
        ("train", "neutral", learnt), ("train", "smiling", few),
        ("test", "neutral", judged), ("test", "smiling", judged),
    ):  # fmt: skip
        (folder / part / label).mkdir(parents=True)
        for name in chosen:
            shutil.copy(london / label / f"{name}.jpg", folder / part / label / f"{name}.jpg")


def report(folder: Path, systems: Sequence[str | None], seeds: int, steps: int, jobs: int) -> None:
    """Fill the set up by each system, train, print."""
    for system in systems:
        name, start = system or "the face engine", time.perf_counter()
        out = folder / f"made-{(system or 'portrait').replace('/', '-')}"
        with Progress() as progress:
            made = augment(
                AugmentRequest(
                    data=folder / "set", out=out, balance=True, subject=SUBJECT, system=system, jobs=jobs
                ),
                progress,
            )
            found = recognise(
                RecogniseRequest(
                    data=str(folder / "set"),
                    augmented=out,
                    subject=SUBJECT,
                    seeds=seeds,
                    steps=steps,
                    jobs=jobs,
                ),
                progress,
            )
        print(f"\n## made by {name}, {time.perf_counter() - start:.0f} s\n")
        print("\n".join([*made.lines(), "", *lines(found)]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--london", type=Path, help="folder of the London set, in place of people")
    parser.add_argument("--systems", nargs="*", default=[], help="trained systems, beside the face engine")
    parser.add_argument("--persons", type=int, default=120, help="to learn from")
    parser.add_argument("--judged", type=int, default=40, help="persons of the test")
    parser.add_argument("--share", type=float, help="of persons who show a rare expression: .05, London .1")
    parser.add_argument("--side", type=int, default=256, help="of the photos, pixels")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a little of it, to see that it runs")
    given = parser.parse_args()
    if given.quick:
        given.persons, given.judged, given.seeds, given.steps = 6, 2, 2, 30
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if given.london:
            from_london(given.london, place / "set", given.share or 0.1, 8 if given.quick else 1)
        else:
            unbalanced(place / "set", given.persons, given.judged, given.share or 0.05, given.side)
        report(place, [None, *given.systems], given.seeds, given.steps, given.jobs)


if __name__ == "__main__":
    main()
