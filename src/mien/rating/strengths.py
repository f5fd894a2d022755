"""Bradley-Terry strengths from counts of wins, bounded or not, and their intervals."""

from statistics import NormalDist

import numpy as np

_SETTLED = 1e-10  # ours: change of a log strength in one step at which the fit ends
_QUANTILE = 1.959963984540054  # of the normal distribution, for 95 %


def log_odds(wins: np.ndarray) -> np.ndarray:
    """Log odds that one system is chosen over another, by maximum likelihood, for a batch of tables.

    wins: (b, s, s), how often the row's system was chosen over the column's; any non-negative weights.
    Returns (b, s, s). A maximum exists only among systems that beat each other, if by way of others (Ford
    1957): where one is above another and never below it, the log odds are infinite; where no chain of wins
    joins two, nan. The fit is the MM algorithm of Hunter, "MM algorithms for generalized Bradley-Terry
    models", Ann. Statist. 32 (2004), equation 3; in the limit, a group of systems is fitted by its own games.
    """
    above = _reach(wins > 0)
    below = above.swapaxes(1, 2)
    together = above & below
    fitted = _fit(wins * together)
    apart = np.where(above, np.inf, np.where(below, -np.inf, np.nan))
    return np.where(together, fitted[:, :, None] - fitted[:, None, :], apart)


def strengths(odds: np.ndarray) -> np.ndarray:
    """Log strength of each system against the mean of all, (b, s), from (b, s, s) log odds.

    Infinite where the answers set no bound on one side; nan where they set none on either.
    """
    with np.errstate(invalid="ignore"):  # above one and below another without bound: nan is the answer
        return odds.mean(2)


def resample(units: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(count, s, s) tables, each the sum of as many of the (n, s, s) units, drawn with replacement."""
    weights = np.random.default_rng(seed).multinomial(len(units), np.full(len(units), 1 / len(units)), count)
    return np.einsum("bn,nij->bij", weights, units)


def interval(values: np.ndarray, units: int) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval from (b, ...) values of resampled tables; nan counts as anything at all.

    units: people, or answers, that were resampled. With few of them plain percentiles are too narrow; these
    are the expanded ones of Hesterberg, "What teachers should know about the bootstrap", Am. Stat. 69 (2015).
    """
    aside = int(_tail(units) * len(values))
    low = np.sort(np.where(np.isnan(values), -np.inf, values), 0)[aside]
    high = np.sort(np.where(np.isnan(values), np.inf, values), 0)[len(values) - 1 - aside]
    return low, high


def _tail(units: int) -> float:
    """Share of the resampled values beyond each end: 2.5 % of many units, less of few."""
    free, z = max(units - 1, 1), _QUANTILE
    student = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)  # Fisher 1926
    return NormalDist().cdf(-student * ((free + 1) / free) ** 0.5)


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, `count` of `total` independent answers; nan of none (Wilson 1927)."""
    if not total:
        return float("nan"), float("nan")
    share, square = count / total, _QUANTILE**2 / total
    half = (square * (share * (1 - share) + square / 4)) ** 0.5
    low, high = ((share + square / 2 + sign * half) / (1 + square) for sign in (-1, 1))
    return (low if count else 0.0), (high if count < total else 1.0)


def _reach(beat: np.ndarray) -> np.ndarray:
    """(b, s, s) whether a chain of wins leads from the row's system to the column's (Warshall 1962)."""
    reach = beat | np.eye(beat.shape[1], dtype=bool)
    for middle in range(beat.shape[1]):
        reach = reach | (reach[:, :, middle, None] & reach[:, None, middle, :])
    return reach


def _fit(wins: np.ndarray) -> np.ndarray:
    """(b, s) log strengths; the scale of each group of systems that met is its own."""
    games, won = wins + wins.swapaxes(1, 2), wins.sum(2)
    alone = won == 0
    strength = np.ones(won.shape)
    moving = np.arange(len(wins))
    while len(moving):
        old = strength[moving]
        expected = (games[moving] / (old[:, :, None] + old[:, None, :])).sum(2)
        new = np.where(alone[moving], 1.0, won[moving] / np.where(alone[moving], 1.0, expected))
        strength[moving] = new
        moving = moving[np.abs(np.log(new / old)).max(1) > _SETTLED]
    return np.log(strength)
