"""One training of the recogniser: crops and classes in, a net out, the same for the same seed."""

import math

import numpy as np
import torch
from torch.nn import functional

from mien.data.batches import images
from mien.machine import Machine
from mien.nets.recogniser import SIDE, Recogniser

BATCH = 64
RATE, DECAY = 2e-3, 0.05
RISE = 30
"""Steps until the rate is reached; then it falls as a cosine does (all ours)."""
SHIFT = 6
"""Pixels by which a crop is moved at most, to each side, on black."""


def fit(
    crops: np.ndarray, labels: np.ndarray, weights: np.ndarray, classes: int, seed: int, steps: int
) -> Recogniser:
    """A net that learned from crops (n, 64, 64, 3) uint8 and classes (n,), flipped and moved at random.

    weights: (n,) how often each is drawn, in proportion. The same arguments give the same net on one machine.
    """
    machine = Machine.here()
    dice = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = Recogniser(classes)
        machine.place(net)
        optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY, fused=True)
        chances, wide = torch.from_numpy(weights).double(), _bordered(crops)
        for step in range(steps):
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1, (step + 1) / RISE) * (1 + math.cos(math.pi * step / steps)) / 2
            rows = torch.multinomial(chances, BATCH, replacement=True, generator=dice).numpy()
            faces = images(_moved(wide, rows, dice)).to(machine.device)
            truth = torch.from_numpy(labels[rows]).to(machine.device)
            with machine.lower():
                logits = net(faces.contiguous(memory_format=torch.channels_last))
            optimiser.zero_grad()
            functional.cross_entropy(logits, truth).backward()
            optimiser.step()
    return net.eval()


@torch.no_grad()
def answers(net: Recogniser, crops: np.ndarray) -> np.ndarray:
    """The class (n,) that a net names for each of crops (n, 64, 64, 3) uint8."""
    place = next(net.parameters()).device
    parts = [net(images(crops[at : at + 256]).to(place)).argmax(1).cpu() for at in range(0, len(crops), 256)]
    return torch.cat(parts).numpy()


def _bordered(crops: np.ndarray) -> np.ndarray:
    """Crops with black round them: (n, side + 2 SHIFT, side + 2 SHIFT, 3)."""
    return np.pad(crops, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)))


def _moved(wide: np.ndarray, rows: np.ndarray, dice: torch.Generator) -> np.ndarray:
    """Crops (n, side, side, 3) of some rows: cut where chance says, half of them mirrored."""
    at = torch.randint(2 * SHIFT + 1, (2, len(rows)), generator=dice).numpy()
    mirrored = torch.rand(len(rows), generator=dice).numpy() < 0.5
    along = np.arange(SIDE)
    down = (at[0][:, None] + along)[:, :, None]  # (n, side, 1)
    across = at[1][:, None] + np.where(mirrored[:, None], along[::-1], along)  # (n, side)
    return wide[rows[:, None, None], down, across[:, None, :]]
