"""Loss terms that several papers share: plain functions from tensors to one number, without weights."""

import torch
from torch import Tensor


def precise(values: Tensor) -> Tensor:
    """At least float32, whatever a net under autocast gives; float64 stays."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
