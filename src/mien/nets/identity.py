"""Who is it: dlib's face network frozen and differentiable, its weights read from the installed file."""

import importlib.util
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.errors import InputError, MissingExtraError
from mien.nets import dlib_file, vgg_face
from mien.nets.framing import Frame

FILE = "dlib_face_recognition_resnet_model_v1.dat"
CHIP = (0.814, 0.028)
"""dlib's chips in mien's crops: half their side, and their centre below the crop's, in halves of its side.

Measured: the mean of 202 open photos, and also where the numbers of our crops come nearest to those of chips.
"""
_LEVELS = ((32, 3, 1), (64, 4, 2), (128, 3, 2), (256, 3, 2), (256, 1, 2))
"""Channels, blocks and first stride."""


def model_path() -> Path:
    """The installed model file, found without importing its package, which needs an old setuptools."""
    spec = importlib.util.find_spec("face_recognition_models")
    places = (spec.submodule_search_locations if spec else None) or []
    for path in (Path(place) / "models" / FILE for place in places):
        if path.is_file():
            return path
    raise MissingExtraError(
        f"the model file {FILE} is missing; run: pip install --force-reinstall face_recognition_models"
    )


class IdentityEncoder(nn.Module):
    """dlib's face network (King 2017; a residual network after He et al. 2016): 128 numbers for a face.

    Two photos of one person lie less than about 0.6 apart. Its weights are buffers that no optimiser moves
    and no checkpoint stores. path: the .dat file, otherwise the installed one. Raises `MissingExtraError`
    where there is none, `InputError` for a file of another layout.
    """

    side = 150
    """Side of the chips it reads, pixels."""

    def __init__(self, path: Path | None = None):
        super().__init__()
        path = path or model_path()
        network = _network(path)
        self.recipe = f"dlib face network {network.sha256[:12]}, crops framed to {self.side}"
        """What scores made with it say of it."""
        layers = iter(network.layers)
        self.frame = Frame(self.side, *CHIP)
        self.mean: Tensor
        self.register_buffer("mean", torch.tensor(network.mean)[:, None, None], persistent=False)  # (3, 1, 1)
        self.first = _Convolution(layers)
        self.levels = nn.ModuleList(
            nn.Sequential(*(_Block(layers) for _ in range(blocks))) for _, blocks, _ in _LEVELS
        )
        weights = next(layer for layer in layers if layer.kind == "fc").weights
        self.last: Tensor
        self.register_buffer("last", torch.tensor(weights).view(-1, 128), persistent=False)  # (256, 128)

    def forward(self, faces: Tensor) -> Tensor:
        """Identity (n, 128) of crops (n, 3, h, w) in -1..1, cut as mien cuts them, of any square size."""
        return self.embed(self.frame(faces))

    def embed(self, chips: Tensor) -> Tensor:
        """Identity (n, 128) of faces (n, 3, 150, 150) in -1..1, aligned as dlib aligns them."""
        return self.identity_of(self._levels(chips))

    def identity_of(self, features: list[Tensor]) -> Tensor:
        """Identity (n, 128) of the maps that `features` gives."""
        return features[-1].mean((2, 3)) @ self.last

    def features(self, faces: Tensor) -> list[Tensor]:
        """The maps after each of five levels, of crops (n, 3, h, w) in -1..1 cut as mien cuts them.

        Whatever the size of the crops: (n, 32, 35, 35), (n, 64, 17, 17), (n, 128, 8, 8), (n, 256, 4, 4) and
        (n, 256, 2, 2), all >= 0.
        """
        return self._levels(self.frame(faces))

    def _levels(self, chips: Tensor) -> list[Tensor]:
        x = ((chips + 1) * 127.5 - self.mean) / 256
        x = functional.max_pool2d(functional.relu(self.first(x)), 3, 2)  # (n, 32, 35, 35)
        maps = []
        for level in self.levels:
            x = level(x)
            maps.append(x)
        return maps


Encoder = IdentityEncoder | vgg_face.IdentityEncoder
"""A net that says who a face is, as a vector, and in its `recipe` which net it is."""


def encoder(path: Path | None = None) -> Encoder:
    """The installed face network of dlib, or VGG-Face by its weights; `InputError` for other files."""
    return vgg_face.IdentityEncoder(path) if path else IdentityEncoder()


class _Convolution(nn.Module):
    """A convolution and the scaling by channel that follows it, as one."""

    def __init__(self, layers):
        super().__init__()
        convolution = next(layer for layer in layers if layer.kind == "con")
        filters, height, width, self.stride, _, self.padding, _ = convolution.settings
        weights = torch.tensor(convolution.weights)
        gamma, beta = torch.tensor(next(layers).weights).view(2, filters)
        kernels = weights[:-filters].view(filters, -1, height, width)
        self.weight: Tensor
        self.bias: Tensor
        kernels = (kernels * gamma[:, None, None, None]).contiguous(memory_format=torch.channels_last)
        self.register_buffer("weight", kernels, persistent=False)
        self.register_buffer("bias", weights[-filters:] * gamma + beta, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight, self.bias, self.stride, self.padding)


class _Block(nn.Module):
    """Two convolutions round a shortcut; where they halve the map, the shortcut is halved by averaging.

    What does not fit is filled with zeros, below, to the right and in the channels, as dlib does.
    """

    def __init__(self, layers):
        super().__init__()
        self.first = _Convolution(layers)
        self.second = _Convolution(layers)

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(functional.relu(self.first(x)))
        if self.first.stride == 2:
            x = functional.avg_pool2d(x, 2)
            y = functional.pad(y, (0, x.shape[3] - y.shape[3], 0, x.shape[2] - y.shape[2]))
            x = functional.pad(x, (0, 0, 0, 0, 0, y.shape[1] - x.shape[1]))
        return functional.relu(x + y)


@cache
def _network(path: Path) -> dlib_file.Network:
    """The file's network, read once; raises `InputError` where its layers are not those expected."""
    network = dlib_file.read(path)
    came = [(layer.kind, *layer.settings[:4]) for layer in network.layers]
    wanted = _expected()
    for number, (one, other) in enumerate(zip(came, wanted, strict=False), 1):
        if one != other:
            raise InputError(f"layer {number} of {path} is {one}; dlib's face network has {other} there")
    if len(came) != len(wanted) or network.side != IdentityEncoder.side:
        raise InputError(f"{path} has {len(came)} layers, dlib's face network {len(wanted)}")
    return network


def _expected() -> list[tuple]:
    """Kind and first settings (filters, height, width, stride) of every layer."""
    layers: list[tuple] = [("con", 32, 7, 7, 2), ("affine",), ("relu",), ("max_pool", 3, 3, 2, 2)]
    for channels, blocks, stride in _LEVELS:
        for number in range(blocks):
            halved = stride == 2 and number == 0
            layers += [("con", channels, 3, 3, 2 if halved else 1), ("affine",), ("relu",)]
            layers += [("con", channels, 3, 3, 1), ("affine",)]
            layers += [("avg_pool", 2, 2, 2, 2)] if halved else []
            layers += [("add_prev",), ("relu",)]
    return [*layers, ("avg_pool", 0, 0, 1, 1), ("fc", 128, 256)]
