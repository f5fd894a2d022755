"""Weights from a safetensors file, taken only when every name and shape is as the net expects."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from mien.errors import InputError

Shapes = Mapping[str, tuple[int, ...]]


def read(path: Path, shapes: Shapes, net: str) -> dict[str, Tensor]:
    """The named tensors of a file as float32; tensors that are not asked for are left in the file.

    path: a .safetensors file. shapes: name -> shape. net: what they are the weights of, for the message.
    Raises `InputError` that names the first tensor that is missing or of another shape, and for a file that
    is cut short, altered or of another kind. Nothing in the file is run.
    """
    try:
        with safe_open(path, framework="pt") as file:
            _check(path, {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}, shapes, net)  # noqa: SIM118
            return {name: file.get_tensor(name).to(torch.float32) for name in shapes}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} cannot be read as the safetensors weights of {net}: {error}") from error


def _check(path: Path, came: Shapes, wanted: Shapes, net: str) -> None:
    for name, shape in wanted.items():
        if name not in came:
            raise InputError(
                f"{path} has no tensor {name!r} {list(shape)}, which {net} needs; "
                f"it has {len(came)}: {', '.join(sorted(came)[:6])} ..."
            )
        if came[name] != shape:
            raise InputError(f"tensor {name!r} of {path} is {list(came[name])}; {net} needs {list(shape)}")
