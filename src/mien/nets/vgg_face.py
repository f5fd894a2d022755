"""Who is it, by VGG-Face, for those who hold its weights: the trunk for losses, the whole for identity."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.nets import layout

GROUPS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and 3 x 3 convolutions of the five groups, each followed by a pooling to half the side."""
MEAN = (129.1863, 104.7624, 93.5940)
"""Mean colour of the training faces, 0..255, taken from the pixels: red, green, blue (skin is reddest)."""


def trunk_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the trunk: conv1_1.weight (64, 3, 3, 3), conv1_1.bias (64,) ... conv5_3.bias."""
    shapes, before = {}, 3
    for name, channels in _convolutions():
        shapes |= {f"{name}.weight": (channels, before, 3, 3), f"{name}.bias": (channels,)}
        before = channels
    return shapes


class Trunk(nn.Module):
    """The 13 convolutions of VGG-Face (Parkhi, Vedaldi and Zisserman 2015), frozen and differentiable.

    path: a safetensors file with the tensors of `trunk_shapes`, its first layer reading red, green, blue;
    others in the file are left alone. Its weights are buffers that no optimiser moves and no checkpoint
    stores. Raises `InputError` that names the tensor that is missing or of another shape.
    """

    extra: layout.Shapes = {}

    def __init__(self, path: Path):
        super().__init__()
        weights = layout.read(path, {**trunk_shapes(), **self.extra}, "VGG-Face")
        for name, weight in weights.items():
            self.register_buffer(name.replace(".", "_"), weight, persistent=False)
        self.mean: Tensor
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)  # (3, 1, 1)

    def features(self, faces: Tensor) -> dict[str, Tensor]:
        """Every map by its name, after the ReLU: conv1_1 ... conv5_3, and pool1 ... pool5.

        faces: (n, 3, h, w) in -1..1, h and w multiples of 32; 224 in training. At 64 pixels conv5_3 is
        (n, 512, 4, 4) and pool4 (n, 512, 4, 4).
        """
        x, maps = (faces + 1) * 127.5 - self.mean, {}
        for name, _ in _convolutions():
            x = functional.relu(functional.conv2d(x, *self._weights(name), padding=1))
            maps[name] = x
            group, number = int(name[4]), int(name[6])
            if number == GROUPS[group - 1][1]:
                x = functional.max_pool2d(x, 2)
                maps[f"pool{group}"] = x
        return maps

    def _weights(self, name: str) -> tuple[Tensor, Tensor]:
        return getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias")


class IdentityEncoder(Trunk):
    """VGG-Face up to fc7: 4096 numbers of unit length for a face.

    path: as for `Trunk`, with fc6.weight (4096, 25088), fc6.bias, fc7.weight (4096, 4096) and fc7.bias too,
    half a gigabyte.
    """

    side = 224
    extra = {
        "fc6.weight": (4096, 512 * 7 * 7),
        "fc6.bias": (4096,),
        "fc7.weight": (4096, 4096),
        "fc7.bias": (4096,),
    }

    def __init__(self, path: Path):
        super().__init__(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.recipe = f"VGG-Face {digest[:12]}, crops enlarged to {self.side}"
        """What scores made with it say of it."""

    def forward(self, faces: Tensor) -> Tensor:
        """Identity (n, 4096), unit length, of crops (n, 3, h, w) in -1..1 of any size, enlarged to 224."""
        faces = functional.interpolate(faces, (self.side, self.side), mode="bilinear", antialias=True)
        x = self.features(faces)["pool5"].flatten(1)  # (n, 25088): channels, rows, columns
        x = functional.relu(functional.linear(x, *self._weights("fc6")))
        return functional.normalize(functional.linear(x, *self._weights("fc7")), dim=1)


def _convolutions() -> list[tuple[str, int]]:
    """Name and channels of the 13 convolutions."""
    return [
        (f"conv{group}_{number}", channels)
        for group, (channels, count) in enumerate(GROUPS, 1)
        for number in range(1, count + 1)
    ]
