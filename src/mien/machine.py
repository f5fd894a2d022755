"""What the arithmetic runs on: device, precision, processes and the state of random numbers."""

import ctypes
import os
import random
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Device, precision, and this process among its fellows."""

    device: torch.device
    precision: str
    rank: int = 0
    processes: int = 1

    @classmethod
    def here(cls, precision: str = "auto") -> "Machine":
        """This process: joins its fellows where `torchrun` started it."""
        gpu = torch.cuda.is_available()
        processes = int(os.environ.get("WORLD_SIZE", "1"))
        if processes > 1 and not distributed.is_initialized():
            distributed.init_process_group("nccl" if gpu else "gloo")
        rank = int(os.environ.get("RANK", "0"))
        place = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if gpu else "cpu"
        if precision == "auto":
            precision = "bfloat16" if gpu or _has_bfloat16() else "float32"
        return cls(device=torch.device(place), precision=precision, rank=rank, processes=processes)

    @property
    def kind(self) -> torch.dtype:
        """Of weights and losses; bfloat16 is that of the products only."""
        return torch.float64 if self.precision == "float64" else torch.float32

    def lower(self) -> AbstractContextManager[Any]:
        """Products within run in bfloat16 where that is the precision."""
        if self.precision != "bfloat16":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def place(self, module: nn.Module) -> nn.Module:
        """A module on this device, its convolutions' weights with their channels last: quicker here."""
        module.to(self.device, self.kind)
        for weight in module.parameters():
            weight.data = channels_last(weight.data)
        return module

    def average(self, gradients: Iterable[Tensor | None]) -> None:
        """Make gradients the mean over all processes, in place."""
        if self.processes > 1:
            held = [gradient for gradient in gradients if gradient is not None]
            flat = torch.cat([gradient.reshape(-1) for gradient in held])
            distributed.all_reduce(flat)
            flat /= self.processes
            for gradient, part in zip(held, flat.split([g.numel() for g in held]), strict=True):
                gradient.copy_(part.view_as(gradient))

    def wait(self) -> None:
        """Until all processes are here."""
        if self.processes > 1:
            distributed.barrier()


def seed(number: int) -> None:
    """Seed the global random numbers of python, numpy and torch."""
    random.seed(number)
    np.random.seed(number % 2**32)
    torch.manual_seed(number)


def random_state(device: torch.device) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """State of the global random numbers: of python and numpy as JSON, of torch as tensors."""
    version, words, spare = random.getstate()
    name, keys, at, has, cached = np.random.get_state()
    state = {"python": [version, list(words), spare], "numpy": [name, keys.tolist(), at, has, cached]}  # type: ignore[union-attr]
    tensors = {"random": torch.get_rng_state()}
    if device.type == "cuda":  # which units drop out there is drawn there
        tensors["random_cuda"] = torch.cuda.get_rng_state(device)
    return state, tensors


def restore_random_state(device: torch.device, state: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    """Go on where `random_state` was taken."""
    version, words, spare = state["python"]
    random.setstate((version, tuple(words), spare))
    name, keys, at, has, cached = state["numpy"]
    np.random.set_state((name, np.array(keys, np.uint32), at, has, cached))
    torch.set_rng_state(tensors["random"])
    if device.type == "cuda" and "random_cuda" in tensors:  # a run may have begun without a GPU
        torch.cuda.set_rng_state(tensors["random_cuda"], device)


def _has_bfloat16() -> bool:
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def precise(x: Tensor) -> Tensor:
    """The same numbers in float32 where they are of less precision: norms, logarithms and sums need it."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def channels_last(x: Tensor) -> Tensor:
    """The same tensor, laid out with its channels last where it is one of images (4 axes) or clips (5)."""
    layout = {4: torch.channels_last, 5: torch.channels_last_3d}.get(x.dim())
    return x.contiguous(memory_format=layout) if layout else x


def release() -> None:
    """Give freed memory back to the system: glibc else keeps it, and a long work seems to need ever more."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # another C library has none, and needs none
    if trim:
        trim(0)
