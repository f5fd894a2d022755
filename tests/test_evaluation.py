"""Figures of a run that mean what they say, on people and with the judge that ships."""

import torch
from houses import small_set, tiny

from mien import evaluation
from mien.data import sets
from mien.data.batches import Batches, images
from mien.system import Edit, Faces


class Album(Edit):
    """Shows, of all frames of a set, the one whose units lie nearest to those wanted or their opposite."""

    condition = "units"

    def __init__(self, batches: Batches, opposite: bool = False):
        super().__init__(batches.settings)
        self.faces = images(batches.clips.frames).flatten(0, 1)
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
