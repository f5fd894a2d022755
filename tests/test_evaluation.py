"""Scoring a run on held-out persons: the columns, their ends, and that figures mean what they say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from houses import small_set, tiny

from mien import evaluation
from mien.checkpoints import Run
from mien.data import sets
from mien.data.batches import Batches, images
from mien.loop import Loop
from mien.machine import Machine, seed
from mien.scores import pairs
from mien.system import Edit, Faces


@pytest.fixture(scope="module")
def clips() -> sets.ClipSet:
    """Two expressions of six persons, all to be judged by."""
    found = sets.load(small_set()).part("train")
    found = found.chosen(np.flatnonzero(np.isin(found.expressions, ["happiness", "surprise"])))
    return replace(found, splits=["test"] * len(found))


def rows_of(name, folder, clips) -> dict[str, dict]:
    """The scores of a tiny system that has learned nothing, by row and name."""
    seed(0)
    run = Run.create(folder / name, name, tiny(name))
    run.save_weights(Loop(run.build(), Machine.here("float32")).averaged)
    return {row.name: {score.name: score for score in row.scores} for row in evaluation.score(run, clips)}


def test_an_edited_face_is_judged_by_person_and_region(tmp_path, clips):
    rows = rows_of("pix2pix", tmp_path, clips)
    made, copy, truth = rows["pix2pix"], rows["copy the input"], rows["the truth"]
    assert copy["identity distance"].value == 0 and truth["PSNR"].value == pairs.CAP
    for name in pairs.REGION_ERRORS:
        assert truth[f"{name} error"].value == 0 < copy[f"{name} error"].value < made[f"{name} error"].value
    assert made["PSNR"].low < made["PSNR"].value < made["PSNR"].high and made["PSNR"].count == len(clips)
    assert truth["unit correlation"].value > 0.999 and truth["expression accuracy"].value == 1
    assert not {"verification", "FID-like", "KID-like"} & set(made)  # a dozen faces are too few


def test_a_clip_is_judged_by_how_it_runs_whatever_the_batches(tmp_path, clips, monkeypatch):
    clips = clips.chosen(np.flatnonzero(np.array(clips.expressions) == "happiness"))
    rows = rows_of("fev_gan", tmp_path, clips)
    copy, truth = rows["copy the input"], rows["the truth"]
    assert copy["jitter"].value == copy["flicker"].value == copy["ACD"].value == 0
    assert truth["jitter"].value > 0 and truth["flicker"].value > 0
    assert "FVD-like" not in truth and rows["fev_gan"]["flicker"].low is not None
    monkeypatch.setattr(evaluation, "SIZE", 4)
    again = rows_of("fev_gan", tmp_path / "again", clips)
    for row, found in rows.items():
        for name, score in found.items():
            assert again[row][name].value == pytest.approx(score.value, abs=1e-5), (row, name)
            assert again[row][name].recipe == score.recipe


def test_enough_faces_have_the_scores_of_whole_sets(tmp_path, clips, monkeypatch):
    many = np.resize(np.arange(len(clips)), 132)
    people = replace(clips.chosen(many), subjects=np.arange(132) // 4)
    monkeypatch.setattr(evaluation, "_sweep", lambda system, batches: iter(()))
    rows = rows_of("pix2pix", tmp_path, people)
    assert rows["the truth"]["FID-like"].value == pytest.approx(0, abs=1e-6)
    assert rows["the truth"]["FID-like"].value < rows["copy the input"]["FID-like"].value
    made, copy = rows["pix2pix"], rows["copy the input"]
    assert copy["KID-like"].value < made["KID-like"].value
    assert (
        copy["verification"].value > made["verification"].value and "rate=0.01" in made["verification"].recipe
    )


class Album(Edit):
    """Shows, of all frames of a set, the one whose units lie nearest to those wanted or their opposite."""

    condition = "units"

    def __init__(self, batches: Batches, opposite: bool = False):
        super().__init__(batches.settings)
        self.faces = images(batches.clips.frames[:]).flatten(0, 1)
        self.units = torch.from_numpy(batches.units).flatten(0, 1)
        self.opposite = opposite

    def make(self, face, wanted):
        wanted = 1 - wanted if self.opposite else wanted
        return self.faces[torch.cdist(wanted, self.units).argmin(1)]


def test_a_system_that_goes_the_wrong_way_is_not_monotone():
    batches = Batches(sets.load(small_set()).part("test"), Faces, tiny("ganimation"))
    (right,), (wrong,) = (evaluation._sweep(Album(batches, opposite), batches) for opposite in (False, True))
    assert right.value > 0.6 and wrong.value < 0.3, (right.value, wrong.value)
    assert 0 < right.count <= len(batches.clips) and "what was asked" in right.recipe
