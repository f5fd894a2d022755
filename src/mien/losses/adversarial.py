"""The terms of the game between critic and generator."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from mien.machine import precise


def bce_real(logits: Tensor) -> Tensor:
    """-E log D: how far the critic is from calling these real (Goodfellow et al. 2014).

    logits: the critic's answers of any shape, before the sigmoid. Of real images it is the critic's term; of
    made ones the generator's (the non-saturating form). Returns a scalar >= 0.
    """
    return functional.softplus(-precise(logits)).mean()


def bce_fake(logits: Tensor) -> Tensor:
    """-E log(1 - D): how far the critic is from calling these made; the critic's term of made images.

    logits: any shape, before the sigmoid. Returns a scalar >= 0 (Goodfellow et al. 2014).
    """
    return functional.softplus(precise(logits)).mean()


def wasserstein_real(scores: Tensor) -> Tensor:
    """-E D: the critic's term of real images, and the generator's of its own (Arjovsky et al. 2017).

    scores: the critic's answers of any shape. Returns a scalar; the critic's loss is
    `wasserstein_real(of real) + wasserstein_fake(of made)`.
    """
    return -precise(scores).mean()


def wasserstein_fake(scores: Tensor) -> Tensor:
    """E D: the critic's term of made images (Arjovsky et al. 2017); scores of any shape, a scalar."""
    return precise(scores).mean()


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, alpha: Tensor) -> Tensor:
    """E (||grad D(x)|| - 1)^2 at x = alpha real + (1 - alpha) fake, on both sides of 1.

    critic: from a tensor like `real` to scores; where it answers with a map, the gradient is that of the sum
        of the map. What it is conditioned on is bound by the caller: `lambda x: critic(x, label)`.
    real, fake: (n, ...). No gradient flows into them.
    alpha: (n,) in 0..1, one for each sample (`system.noise(seeds, uniform=True)`).
    Returns a scalar >= 0, differentiable in the critic's weights; not yet times 10.
    Source: Gulrajani et al. 2017, equation 3.
    """
    share = alpha.to(real.dtype).view(-1, *[1] * (real.dim() - 1))  # (n, 1, ...)
    between = (share * real.detach() + (1 - share) * fake.detach()).requires_grad_()
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(precise(critic(between)).sum(), between, create_graph=True)
    return ((precise(slope).flatten(1).norm(dim=1) - 1) ** 2).mean()
