"""Tiny settings and batches of every system, made from a small set of people."""

import atexit
import shutil
import tempfile
from dataclasses import fields
from functools import cache
from pathlib import Path

import torch

from mien import systems
from mien.data import people, sets
from mien.data.batches import Batches

TINY = {
    "side": 32, "width": 4, "critic_width": 4, "batch": 4, "steps": 20, "blocks": 1, "layers": 3,
    "critic_steps": 1,
}  # fmt: skip


def tiny(name, **more):
    """Settings with which a system builds and steps in a moment."""
    kind = systems.load(name).Settings
    known = {field.name for field in fields(kind)}
    return kind(**{key: value for key, value in TINY.items() if key in known} | more)


@cache
def small_set() -> Path:
    """A folder with eight people of 32 px, 16 frames a clip."""
    folder = Path(tempfile.mkdtemp(prefix="mien-people-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    people.make(folder / "set", people=8, side=32, frames=16, mixed=1, test=2, seed=0)
    return folder / "set"


def batch_for(name, kind=torch.float32):
    """A batch of a system's task."""
    clips = sets.load(small_set()).part("train")
    batch = Batches(clips, systems.load(name).System.batches, tiny(name))(0)
    return batch.to(torch.device("cpu"), kind)
