"""How far apart a critic of its own holds two sets: the Wasserstein distance as such critics see it."""

from typing import NamedTuple

import torch
from torch import Tensor

from mien.scores import Metric, enough, finite

CRITIC = Metric(
    name="Wasserstein critic",
    variant="closed form on features and 512 random waves, slope 1 in mean square, held-out samples",
    higher_is_better=False,
)
_WAVES = 512
_RIDGE = 0.1
"""Added to every squared slope (a plain feature's is 1), against learning by rote (ours)."""


class Waves(NamedTuple):
    """What the critic is linear in: features, and random cosines of them (Rahimi and Recht 2007)."""

    waves: Tensor  # (w, d)
    starts: Tensor  # (w,)
    height: float

    @classmethod
    def over(cls, features: Tensor, seed: int) -> "Waves":
        """Waves about as long as the median distance of features (n, d) from others."""
        dice = torch.Generator().manual_seed(seed)
        away = (features - features[torch.randperm(len(features), generator=dice)]).norm(dim=1)
        width = float(away.median().clamp_min(torch.finfo(torch.float64).tiny))
        waves = torch.randn(_WAVES, features.shape[1], generator=dice, dtype=torch.float64) / width
        starts = 2 * torch.pi * torch.rand(_WAVES, generator=dice, dtype=torch.float64)
        return cls(waves, starts, width * (2 / _WAVES) ** 0.5)

    def mean(self, features: Tensor) -> Tensor:
        """(d + w,): the mean over features (n, d)."""
        return torch.cat([features, self.height * torch.cos(features @ self.waves.T + self.starts)], 1).mean(
            0
        )

    def slopes(self, features: Tensor) -> Tensor:
        """(d + w, d + w): the mean over features (n, d) of the products of gradients."""
        steep = -self.height * torch.sin(features @ self.waves.T + self.starts)  # (n, w)
        cross = steep.mean(0)[:, None] * self.waves  # (w, d)
        among = (steep.T @ steep / len(features)) * (self.waves @ self.waves.T)
        plain = torch.eye(features.shape[1], dtype=torch.float64)
        return torch.cat([torch.cat([plain, cross.T], 1), torch.cat([cross, among], 1)])


def critic_distance(
    made: Tensor, true: Tensor, made_held_out: Tensor, true_held_out: Tensor, seed: int = 0
) -> float:
    """How far apart an independent critic holds the held-out samples of two sets of features (n, d) each.

    The critic is the best of its kind on the first two sets under a slope of 1, in mean square, on the way
    from one to the other, where WGAN-GP asks for it too. That has a closed form where others train a net, so
    the same samples always give the same number. About 0 for one distribution, below 0 by chance; a shift
    counts with its length. Let no person stand on both sides of the split. Raises `TooFewError` for fewer
    than 50 samples of a set (ours).

    Source: Arjovsky et al. 2017; the slope in mean square: Mroueh et al. 2018.
    """
    made, true, made_held_out, true_held_out = map(finite, (made, true, made_held_out, true_held_out))
    fewest = min(map(len, (made, true, made_held_out, true_held_out)))
    enough(fewest, 50, "the Wasserstein critic, in each of its four sets,")
    kind = Waves.over(torch.cat([made, true]), seed)
    slopes = kind.slopes(_between(made, true, seed))
    ridge = _RIDGE * torch.eye(len(slopes), dtype=torch.float64)
    critic = torch.linalg.solve(slopes + ridge, kind.mean(true) - kind.mean(made))
    slope = (critic @ kind.slopes(_between(made_held_out, true_held_out, seed)) @ critic).sqrt()
    apart = critic @ (kind.mean(true_held_out) - kind.mean(made_held_out))
    return float(apart / slope.clamp_min(torch.finfo(torch.float64).tiny))


def _between(first: Tensor, second: Tensor, seed: int) -> Tensor:
    """(4 n, d): random places between random pairs of two sets (n, d), (m, d); four to a sample (ours)."""
    dice = torch.Generator().manual_seed(seed)
    count = 4 * min(len(first), len(second))
    start, end = (each[torch.randint(len(each), (count,), generator=dice)] for each in (first, second))
    return torch.lerp(start, end, torch.rand(count, 1, generator=dice, dtype=torch.float64))
