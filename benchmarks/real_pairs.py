"""The portrait engine and every trained image system on real pairs: `python benchmarks/real_pairs.py`.

Each, and copying, is told one label on the neutral photo of the London set and held against the true
smile, whose upper face is laid over the photo's. Cells are means over persons with 95 % intervals.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from portrait import DATA, align_upper_face, distance, likeness, people_of, read_pair, through, warp

from mien import systems
from mien.checkpoints import WEIGHTS
from mien.errors import MienError
from mien.face import analysis
from mien.face.measure import measure
from mien.face.portrait import Portrait
from mien.makers import maker_of
from mien.requests import EditRequest
from mien.scores.intervals import interval

COPY, ENGINE = "copy the photo", "portrait engine"
COLUMNS = {
    "psnr": ("PSNR dB, higher is better", 1),
    "ssim": ("SSIM inside the face, higher is better", 3),
    "gain": ("PSNR above copying, higher is better", 2),
    "to_truth": ("identity distance to the true smile, lower is better", 3),
    "to_photo": ("identity distance to the photo, lower is better", 3),
    "rise": ("measured happiness rises by, higher is better", 2),
}
"""What is told of each: its words and digits."""


def judge(job):
    """The figures of every contestant on one pair: {contestant: {column: figure}}."""
    folder, person, strength, contestants = job
    torch.set_num_threads(1)
    pair = read_pair(folder, person)
    portrait = Portrait(pair.picture, pair.face)
    neutral, still = warp(pair.picture.pixels, pair.frame), pair.picture.pixels
    truth = align_upper_face(warp(pair.truth, pair.frame), neutral, through(pair.frame, pair.face.landmarks))
    who = {name: identity(image, pair.face.box) for name, image in (("truth", pair.truth), ("photo", still))}
    before = portrait.measure().scores["happiness"]
    copied = likeness(neutral, truth, pair.mask)
    rows = {}
    for name in (COPY, *contestants):
        image = still if name == COPY else shown(portrait, name, strength)
        psnr, _, ssim = likeness(warp(image, pair.frame), truth, pair.mask)
        made = identity(image, pair.face.box)
        after = measure(image, analysis.at_box(image, pair.face.box), portrait.scene)
        rows[name] = {
            "psnr": psnr,
            "ssim": ssim,
            "gain": psnr - copied[0],
            "to_truth": distance(made, who["truth"]),
            "to_photo": distance(made, who["photo"]),
            "rise": after.scores["happiness"] - before,
        }
    return rows


def shown(portrait, name, strength):
    """The photo as a contestant shows it with the label."""
    request = EditRequest(
        photo=portrait.picture.name,
        to=f"happiness:{strength}",
        system=None if name == ENGINE else name,
    )
    target = request.target()
    return next(maker_of(request, target).before(portrait)([target])).pixels


def identity(image, box):
    return analysis.identity(image, analysis.at_box(image, box))


def cell(figures, digits):
    """Mean and 95 % interval over persons."""
    sums = torch.tensor(figures, dtype=torch.float64)[:, None]
    sums = torch.cat([sums, torch.ones_like(sums)], 1)
    bounds = interval(sums, torch.arange(len(figures)), lambda totals: totals[:, 0] / totals[:, 1])
    mean = f"{np.mean(figures):.{digits}f}"
    return mean if bounds is None else f"{mean} [{bounds.low:.{digits}f}, {bounds.high:.{digits}f}]"


def report(rows, contestants, strength):
    """The table, Markdown."""
    print(f"\n{len(rows)} pairs; all told `happiness:{strength}`; mean over persons [95 % interval]\n")
    print(f"| made by | {' | '.join(words for words, _ in COLUMNS.values())} |")
    print(f"|{' --- |' * (len(COLUMNS) + 1)}")
    for name in (COPY, *contestants):
        cells = [
            cell([row[name][column] for row in rows], digits)
            if not (name == COPY and column in ("gain", "to_photo", "rise"))
            else ""
            for column, (_, digits) in COLUMNS.items()
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def bundled():
    """Image systems that have weights in the package and take a wish."""
    for name in systems.names():
        home = systems.bundle_of(name)
        if systems.about(name).path.parent.name == "images" and (home / WEIGHTS).is_file():
            yield systems.spoken(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the London set")
    parser.add_argument("--systems", nargs="*", help="names or runs' folders; else all that are bundled")
    parser.add_argument("--strength", type=float, default=0.3, help="strength of the label, one for all")
    parser.add_argument("--every", type=int, default=1, help="take every nth pair")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    people = people_of(options.data)[:: options.every]
    contestants = (ENGINE, *(options.systems if options.systems is not None else bundled()))
    jobs = [(options.data, person, options.strength, contestants) for person in people]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(judge, jobs))
    report(rows, contestants, options.strength)


if __name__ == "__main__":
    try:
        main()
    except MienError as error:
        sys.exit(f"{type(error).__name__}: {error}")
