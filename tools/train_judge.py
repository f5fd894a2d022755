"""Train the judge on synthetic people.

mien data people MANY --people 940 --test 40 --mixed 8 --frames 5 --side 64 --seed 78
python tools/train_judge.py --data people-64 MANY --steps 6000 --photos ../shared/data/london
"""

import argparse
import copy
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from judge_report import report
from judge_truth import Truth
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional

from mien.data import sets
from mien.data.batches import images
from mien.nets import judge
from mien.nets.judge import Judge

ASSET = Path(__file__).parent.parent / "src/mien/assets" / judge.FILE
BATCH = 128
RATE = 2e-3
AVERAGE = 0.998
UNIT_WEIGHT = 20.0
"""Of the squared error of units beside the cross entropy."""
RARE = 0.5
"""Share of frames drawn from clips of random units, which show what the six expressions never do."""
SHARP = 0.5
"""Share of faces that are neither moved nor blurred: at 64 px that hides what lids do."""


def shares(clips: list[sets.ClipSet]) -> Tensor:
    """Weights (k,) of the units' errors, mean 1, by how little each varies: else the rare go unlearned."""
    spread = torch.from_numpy(np.concatenate([Truth(each).units[:, -1] for each in clips]).var(0))
    return (1 / spread) / (1 / spread).mean()


def disturbed(faces: Tensor, dice: torch.Generator) -> Tensor:
    """Faces (n, 3, h, w) mirrored, lit and soiled, some moved and blurred, as photos and generators do."""
    n = len(faces)
    spoilt = (torch.rand(n, generator=dice) >= SHARP).float()

    def draw(*shape: int, spread: float) -> Tensor:
        return (torch.rand(n, *shape, generator=dice) * 2 - 1) * spread

    turn, size, shift = draw(spread=0.09) * spoilt, 1 + draw(spread=0.08) * spoilt, draw(2, spread=0.06)
    shift = shift * spoilt[:, None]
    flip = torch.where(torch.rand(n, generator=dice) < 0.5, -1.0, 1.0)
    cosine, sine = turn.cos() * size, turn.sin() * size
    frame = torch.stack([torch.stack([cosine * flip, -sine], 1), torch.stack([sine * flip, cosine], 1)], 1)
    grid = functional.affine_grid(torch.cat([frame, shift[:, :, None]], 2), list(faces.shape), False)
    light = functional.grid_sample(faces + 1, grid, align_corners=False) / 2  # black stays black outside
    light = light.clamp(1e-4, 1) ** torch.exp(draw(1, 1, 1, spread=0.5))
    light = light * torch.exp(draw(1, 1, 1, spread=0.3) + draw(3, 1, 1, spread=0.12))
    soft = functional.avg_pool2d(light, 3, 1, 1)
    blur = (torch.rand(n, generator=dice).clamp_min(0.3) - 0.3) * spoilt
    light = torch.lerp(light, soft, blur[:, None, None, None])
    noise = torch.randn(light.shape, generator=dice) * torch.rand(n, 1, 1, 1, generator=dice) * 0.05
    return (light + noise).clamp(0, 1) * 2 - 1


def batches(clips: list[sets.ClipSet], dice: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
    """Faces, label vectors, whether they have a class, and units, of frames drawn without end."""
    truths = [Truth(each) for each in clips]
    counts = np.cumsum([0] + [len(each) for each in clips])
    rare = np.concatenate([~truth.classed for truth in truths])
    chance = np.random.default_rng(dice.initial_seed())
    while True:
        random = chance.random(BATCH) < RARE
        rows = np.where(
            random, chance.choice(np.flatnonzero(rare), BATCH), chance.choice(np.flatnonzero(~rare), BATCH)
        )
        sources = np.searchsorted(counts, rows, "right") - 1
        moments = np.where(chance.random(BATCH) < 0.4, 1.0, chance.random(BATCH))  # the apex more often
        picked = [
            (clips[source].frames[row][at], truth.labels[row, at], truth.classed[row], truth.units[row, at])
            for source, row, moment in zip(sources, rows - counts[sources], moments, strict=True)
            for truth, at in [(truths[source], round(moment * (clips[source].frames.shape[1] - 1)))]
        ]
        faces, labels, classed, units = (np.stack(column) for column in zip(*picked, strict=True))
        known = (torch.from_numpy(column) for column in (labels, classed, units))
        yield disturbed(images(faces), dice), *known


def train(clips: list[sets.ClipSet], steps: int, seed: int) -> Judge:
    """The judge after some steps, its weights averaged."""
    torch.manual_seed(seed)
    net = Judge().to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    average = copy.deepcopy(net).requires_grad_(False)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.05, fused=True)
    weights = shares(clips)
    stream, start = batches(clips, torch.Generator().manual_seed(seed)), time.perf_counter()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 100) * (1 + math.cos(math.pi * step / steps)) / 2
        faces, labels, classed, units = next(stream)
        with torch.autocast("cpu", torch.bfloat16):
            seen = net(faces.contiguous(memory_format=torch.channels_last))
        label = functional.cross_entropy(seen.logits[classed], labels[classed])
        unit = UNIT_WEIGHT * (weights * (seen.units - units).square()).mean()
        optimiser.zero_grad()
        (label + unit).backward()
        optimiser.step()
        for mean, weight in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
            if weight.is_floating_point():
                mean.lerp_(weight, 1 - min(AVERAGE, (1 + step) / (10 + step)))
        if step % 100 == 99:
            spent = time.perf_counter() - start
            print(f"{step + 1:6d}  label {label:.3f}  units {unit:.3f}  {spent:.0f} s", flush=True)
    return average.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=["people-64"], help="sets of side 64, folders or names")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--photos", type=Path, help="folder with neutral/ and smiling/ photos to judge it on")
    given = parser.parse_args()
    clips = [sets.load(name) for name in given.data]
    net = train([each.part("train") for each in clips], given.steps, given.seed)
    held = ((name, weight) for name, weight in net.state_dict().items() if weight.is_floating_point())
    weights = {name: weight.half().contiguous() for name, weight in held}
    ASSET.write_bytes(save(weights, {"schema": "mien.judge/1"}))
    print(f"{ASSET}: {ASSET.stat().st_size / 1e6:.2f} MB\n")
    print(report(judge.load(ASSET), clips[0].part("test"), clips[-1].part("test"), given.photos))


if __name__ == "__main__":
    main()
