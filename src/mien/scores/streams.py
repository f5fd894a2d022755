"""What is kept of a stream of samples so that no score must hold them all: moments and a fair few."""

import torch
from torch import Tensor

from mien.scores import finite


class Moments:
    """Count, mean and covariance of features that come in batches; (d + 1) d numbers, however many come.

    Source: Chan, Golub and LeVeque 1979.
    """

    def __init__(self):
        self.count = 0
        self.mean = torch.zeros(0, dtype=torch.float64)
        """(d,)"""
        self._products = torch.zeros(0, 0, dtype=torch.float64)  # (d, d) of what lies off the mean

    @classmethod
    def of(cls, features: Tensor) -> "Moments":
        """Those of features (n, d) that are all there."""
        moments = cls()
        moments.add(features)
        return moments

    def add(self, features: Tensor) -> None:
        """Take in features (n, d); raises `InputError` where they are not finite."""
        features = finite(features)
        mean, count = features.mean(0), len(features)
        away, whole = features - mean, self.count + count
        if not self.count:
            self.mean, self._products = torch.zeros_like(mean), away.new_zeros(len(mean), len(mean))
        step = mean - self.mean
        self._products += away.T @ away + torch.outer(step, step) * (self.count * count / whole)
        self.mean, self.count = self.mean + step * (count / whole), whole

    @property
    def covariance(self) -> Tensor:
        """(d, d), with n - 1."""
        return self._products / (self.count - 1)


class Reservoir:
    """At most `size` rows of all that came, each row as likely as any other; deterministic by seed.

    Each row is given a random key and the smallest keys stay (Efraimidis and Spirakis 2006, equal weights).
    """

    def __init__(self, size: int, seed: int = 0):
        self.size, self.seen = size, 0
        self.rows = torch.zeros(0)
        """(at most size, ...), in the order in which they came."""
        self.places = torch.zeros(0, dtype=torch.long)
        """The number in the stream of each."""
        self._keys = torch.zeros(0, dtype=torch.float64)
        self._dice = torch.Generator().manual_seed(seed)

    def add(self, rows: Tensor) -> None:
        """Take in rows (n, ...)."""
        places = torch.arange(self.seen, self.seen + len(rows))
        keys = torch.rand(len(rows), generator=self._dice, dtype=torch.float64)
        self.seen += len(rows)
        keys, places = torch.cat([self._keys, keys]), torch.cat([self.places, places])
        rows = torch.cat([self.rows, rows.detach()]) if len(self.rows) else rows.detach()
        stay = keys.argsort()[: self.size].sort().values
        self._keys, self.places, self.rows = keys[stay], places[stay], rows[stay]
