"""The judge: a small net that reads expression and action units from crops, to score what systems make."""

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from mien.nets import layout

CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
"""What its logits stand for, in order."""
UNITS = tuple(f"AU{n}" for n in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 43))
"""What its intensities stand for, in order: the units that OpenFace reads, AU45 as AU43; both sides' mean."""
SIDE = 64
"""Side of the crops it sees, pixels: others are brought to it."""
FILE = "judge.safetensors"


class Reading(NamedTuple):
    """What the judge sees on faces."""

    logits: Tensor  # (n, 7) of CLASSES, before the softmax
    units: Tensor  # (n, 17) of UNITS, 0..1


class Judge(nn.Module):
    """Reads crops as mien cuts them, masked on black. Never a term of a loss: it must stay independent.

    width: channels of the first layer.
    """

    def __init__(self, width: int = 24):
        super().__init__()
        self.recipe = "untrained judge"
        """What scores made with it say of it."""
        wide = [width, 2 * width, 4 * width, 4 * width, 6 * width]
        self.first = nn.Conv2d(3, width, 3, 2, 1, bias=False)
        self.normal = nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(
            *(
                _Block(*channels, stride)
                for channels, stride in zip(zip(wide, wide[1:], strict=False), (2, 2, 1, 2), strict=True)
            )
        )
        self.hidden = nn.Linear(wide[-1] * 16, 4 * width)
        self.last = nn.Linear(4 * width, len(CLASSES) + len(UNITS))

    def forward(self, faces: Tensor) -> Reading:
        """Expression logits and unit intensities of crops (n, 3, h, w) in -1..1."""
        if faces.shape[2:] != (SIDE, SIDE):
            faces = functional.interpolate(faces, (SIDE, SIDE), mode="bilinear", antialias=True)
        x = functional.relu(self.normal(self.first(faces)))  # (n, width, 32, 32)
        x = self.blocks(x).flatten(1)  # (n, 6 width * 4 * 4)
        out = self.last(functional.relu(self.hidden(x))).float()
        logits, units = out.split([len(CLASSES), len(UNITS)], 1)
        return Reading(logits, units if self.training else units.clamp(0, 1))


class _Block(nn.Module):
    """Two convolutions round a shortcut."""

    def __init__(self, before: int, after: int, stride: int):
        super().__init__()
        self.way = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.short = nn.Identity() if stride == 1 else nn.Conv2d(before, after, 1, bias=False)
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        short = functional.avg_pool2d(x, self.stride) if self.stride > 1 else x
        return functional.relu(self.way(x) + self.short(short))


def asset() -> Path:
    """The shipped weights."""
    return Path(str(files("mien") / "assets" / FILE))


def load(path: Path | None = None) -> Judge:
    """The trained judge, frozen, from a file (otherwise the shipped one); raises `InputError` for another."""
    path = path or asset()
    judge = Judge().eval().requires_grad_(False)
    own = {name: weight for name, weight in judge.state_dict().items() if weight.is_floating_point()}
    held = layout.read(path, {name: tuple(weight.shape) for name, weight in own.items()}, "the judge")
    judge.load_state_dict(held, strict=False)  # only the batch counters of the normalisation are not held
    judge.recipe = f"judge {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}, crops at {SIDE}"
    return judge
