"""What the judge is to say of the frames of a set: label vectors and unit intensities."""

import numpy as np

from mien.data import sets
from mien.nets.judge import CLASSES, UNITS


class Truth:
    """What is known of every frame of a set; the N clips come first."""

    def __init__(self, clips: sets.ClipSet):
        self.units = paired(clips)  # (N, t, 17)
        share = progress(clips.units)  # (N, t)
        self.classed = np.array([name in CLASSES for name in clips.expressions])  # (N,)
        self.labels = np.zeros((*share.shape, len(CLASSES)), np.float32)
        self.labels[..., CLASSES.index("neutral")] = 1 - share
        for row, name in enumerate(clips.expressions):
            if name in CLASSES:
                self.labels[row, :, CLASSES.index(name)] += share[row]


def paired(clips: sets.ClipSet) -> np.ndarray:
    """Intensities (N, t, 17) of the judge's units; of two sides their mean."""
    names = list(clips.unit_names)
    out = []
    for unit in UNITS:
        columns = [names.index(name) for name in (unit, f"{unit}L", f"{unit}R") if name in names]
        out.append(clips.units[:, :, columns].mean(-1))
    return np.stack(out, -1).astype(np.float32)


def progress(units: np.ndarray) -> np.ndarray:
    """How far each frame (N, t) has come to its clip's apex, 0..1."""
    moved = units - units[:, :1]
    apex = moved[:, -1:]
    return np.clip((moved * apex).sum(-1) / np.maximum((apex**2).sum(-1), 1e-6), 0, 1)
