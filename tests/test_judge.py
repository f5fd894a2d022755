"""The judge that reads expressions for the scores: on people it never saw, on photos, on wrong files."""

from functools import cache

import numpy as np
import pytest
import torch
from faces import TEN, needs_london, photo
from safetensors.torch import load_file, save_file

from mien.data import people
from mien.data.batches import images
from mien.data.crops import Crop
from mien.errors import InputError
from mien.face import analysis
from mien.nets import judge


@cache
def read(*frames_of: str) -> judge.Reading:
    """Readings of photos, cut and masked as people are drawn."""
    crops = [Crop.of(photo(name), analysis.choose(analysis.find(photo(name)))) for name in frames_of]
    return judge.load()(images(np.stack([crop.cut(64) for crop in crops])))


def test_new_people_are_read_as_what_they_show():
    right = []
    for number in range(5):
        person = people.Person.drawn(people.person_seed(number, 5))
        for name in judge.CLASSES[:-1]:
            frames = people.clip(person, name, frames=2).frames
            found = judge.load()(images(frames)).logits.argmax(1).tolist()
            right += [found[0] == judge.CLASSES.index("neutral"), found[1] == judge.CLASSES.index(name)]
    assert np.mean(right) > 0.9


@needs_london
def test_a_real_smile_is_read_as_happier_than_the_same_face_at_rest():
    rest, smile = (read(*(f"{kind}/{number}" for number in TEN)) for kind in ("neutral", "smiling"))
    happy, corner = judge.CLASSES.index("happiness"), judge.UNITS.index("AU12")
    assert (smile.logits.softmax(1) > rest.logits.softmax(1))[:, happy].sum() >= 9
    assert (smile.units > rest.units)[:, corner].sum() >= 8


def test_larger_crops_are_read_alike():
    frames = images(people.clip(people.Person.drawn(3), "surprise", side=128, frames=2).frames)
    large = judge.load()(frames)
    small = judge.load()(torch.nn.functional.avg_pool2d(frames, 2))
    assert (large.units - small.units).abs().max() < 0.1


def test_it_is_small_and_says_which_it_is():
    path = judge.asset()
    assert path.stat().st_size < 2.5e6
    assert judge.load().recipe.startswith("judge ") and len(judge.load().recipe.split()[1]) == 13


def test_weights_of_another_judge_are_refused(tmp_path):
    held = load_file(judge.asset())
    held["last.bias"] = held["last.bias"][:-1]
    save_file(held, tmp_path / "judge.safetensors")
    with pytest.raises(InputError, match=r"'last.bias' of .* is \[23\]; the judge needs \[24\]"):
        judge.load(tmp_path / "judge.safetensors")
