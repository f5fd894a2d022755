"""Images, sets and curves whose scores are known, and the other implementations that know them."""

import math
from typing import Any

import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.stats
import skimage.metrics
import sklearn.metrics
import torch
from torch import Tensor

from mien.scores import motion

SHROUT_AND_FLEISS = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))
SQUARE = torch.tensor([[0.0, 0], [1, 0], [0, 1], [2, 2]], dtype=torch.float64)


def double(values) -> Tensor:
    """Numbers as float64."""
    return torch.tensor(values, dtype=torch.float64)


def scattered(count: int) -> Tensor:
    """Numbers in 0..1 that look random, the same whatever the versions of the packages."""
    return torch.frac(torch.arange(1, count + 1, dtype=torch.float64).square() * (math.sqrt(5) - 1) / 2)


def picture(levels: Tensor) -> Tensor:
    """(1, 3, h, w) in -1..1 of levels (h, w) in 0..255."""
    return (levels.float() / 127.5 - 1).expand(1, 3, *levels.shape)


def levels(image: Tensor) -> np.ndarray:
    """Levels (h, w) of such a picture."""
    return ((image[0, 0].double() + 1) * 127.5).round().numpy()


def differing(*steps: int) -> tuple[Tensor, Tensor]:
    """Two images whose pixels differ by these steps in turn."""
    other = torch.tensor(steps).repeat(64 // len(steps)).view(8, 8) + 100
    return picture(torch.full((8, 8), 100)), picture(other)


def clips() -> tuple[Tensor, Tensor]:
    """Two clips of two frames with squared errors 10 and 1000."""
    (true, first), (_, second) = differing(2, 4), differing(20, 40)
    return torch.stack([first, second], 2), torch.stack([true, true], 2)


def marked(side: int, rows: slice, columns: slice) -> tuple[Tensor, Tensor]:
    """Two images that differ by 51 levels in some rows and columns."""
    plain = torch.full((side, side), 100)
    other = plain.clone()
    other[rows, columns] += 51
    return picture(plain), picture(other)


def waves(side: int) -> tuple[Tensor, Tensor]:
    """Levels (side, side) of waves, and of the same with a chessboard over them."""
    i, j = torch.meshgrid(torch.arange(float(side)), torch.arange(float(side)), indexing="ij")
    x = 128 + 100 * torch.sin(2 * torch.pi * i / 16) * torch.cos(2 * torch.pi * j / 16)
    return x, x + 10 * (-1) ** (i + j)


def wang(x: Tensor, y: Tensor) -> Any:
    """scikit-image's SSIM in the paper's setting."""
    setting = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    return skimage.metrics.structural_similarity(x.double().numpy(), y.double().numpy(), **setting)


def multiscale(x: np.ndarray, y: np.ndarray) -> float:
    """MS-SSIM of levels (h, w) in numpy and scipy."""

    def blurred(image: np.ndarray) -> np.ndarray:
        return scipy.ndimage.gaussian_filter(image, 1.5, radius=5)[5:-5, 5:-5]

    product = 1.0
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333), 1):
        mean_x, mean_y = blurred(x), blurred(y)
        shared = blurred(x * y) - mean_x * mean_y
        spread = blurred(x * x) - mean_x**2 + blurred(y * y) - mean_y**2
        term = (2 * shared + 58.5225) / (spread + 58.5225)
        if scale == 5:
            term = term * (2 * mean_x * mean_y + 6.5025) / (mean_x**2 + mean_y**2 + 6.5025)
        product *= term.mean() ** weight
        x, y = (image.reshape(len(image) // 2, 2, -1, 2).mean((1, 3)) for image in (x, y))
    return float(product)


def fan() -> Tensor:
    """(1, 4, 2) unit vectors at 0, 10, 20, 30 degrees."""
    angles = torch.deg2rad(double([0, 10, 20, 30]))
    return torch.stack([angles.cos(), angles.sin()], 1)[None]


def verdicts() -> tuple[Tensor, Tensor]:
    """Whether each of 200 pairs is genuine, and how alike it is, in steps of a tenth."""
    truth = torch.arange(200) < 100
    return truth, ((2 * scattered(200) + truth) * 10).round() / 10


def equal_error(truth: Tensor, answers: Tensor) -> float:
    """The equal error rate from scikit-learn's ROC curve."""
    let_in, accepted, _ = sklearn.metrics.roc_curve(truth, answers, drop_intermediate=False)
    nearest = np.abs(let_in - (1 - accepted)).argmin()
    return float((let_in + 1 - accepted)[nearest] / 2)


def blobs(deviation: float) -> tuple[Tensor, Tensor]:
    """4000 points about (-1, 0) and (1, 0), and about which."""
    dice = torch.Generator().manual_seed(int(deviation * 10))
    which = torch.arange(4000) % 2
    middle = torch.stack([2.0 * which - 1, torch.zeros(4000)], 1)
    return middle + deviation * torch.randn(4000, 2, generator=dice), which


def gaussians() -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
    """Two means and two covariances."""
    return (double([0, 1]), double([2, -1])), double([[2, 0.5], [0.5, 1]]), double([[1, -0.3], [-0.3, 3]])


def clouds() -> tuple[Tensor, Tensor, Tensor]:
    """Two clouds (60, 3), and 40 directions (3, 40)."""
    first, second, ways = scattered(480).split([180, 180, 120])
    ways = ways.view(3, 40) - 0.5
    return first.view(60, 3), 1.5 * second.view(60, 3), ways / ways.norm(dim=0)


def rough() -> Tensor:
    """Levels (1, 1, 64, 64) that look random."""
    return (scattered(64 * 64).float() * 255).round().view(1, 1, 64, 64)


def middle_level(image: Tensor) -> float:
    """Mean square of the 32 px level of a 64 px image's Laplacian pyramid, with scipy's filters."""
    line = np.array([1, 4, 6, 4, 1]) / 16

    def blurred(x: np.ndarray) -> np.ndarray:
        for axis in (0, 1):
            x = scipy.ndimage.convolve1d(x, line, axis, mode="mirror")
        return x

    half = blurred(image[0, 0].double().numpy())[::2, ::2]
    wide = np.zeros_like(half)
    wide[::2, ::2] = blurred(half)[::2, ::2]
    return float(((half - 4 * blurred(wide)) ** 2).mean())


def four_sets(size: int, scale: float, shift: float) -> list[Tensor]:
    """Made, true, and both held out: 500 samples each, Gaussian; the true ones wider and shifted."""
    dice = torch.Generator().manual_seed(6)
    sets = [torch.randn(500, size, generator=dice, dtype=torch.float64) for _ in range(4)]
    for true in sets[1::2]:
        true *= scale
        true[:, 0] += shift
    return sets


def mean_length(size: int) -> float:
    """Mean length of a normal vector: how far its set must move to be twice as wide."""
    return math.sqrt(2) * math.gamma((size + 1) / 2) / math.gamma(size / 2)


def circle(count: int) -> Tensor:
    """Points (count, 2) about a circle."""
    dice = torch.Generator().manual_seed(7)
    angles = 2 * math.pi * torch.rand(count, generator=dice)
    return torch.stack([angles.cos(), angles.sin()], 1) + 0.02 * torch.randn(count, 2, generator=dice)


def arcs() -> dict[str, tuple[float, float]]:
    """Arcs from an even straight motion to others, ours and the true ones."""
    time = torch.linspace(0, 1, 101, dtype=torch.float64)
    still = torch.zeros_like(time)
    ways = {
        "across": (still, time, math.pi / 2),
        "aslant": (time, time, math.pi / 4),
        "backwards": (-time, still, math.pi),
        "the same, later and farther": (3 * time + 5, still, 0),
        "quickening as t^2": (time**2, still, math.acos(2 * math.sqrt(2) / 3)),
    }
    straight = motion.square_root_velocity(torch.stack([time, still], 1)[None])
    found = {}
    for name, (x, y, value) in ways.items():
        root = motion.square_root_velocity(torch.stack([x, y], 1)[None])
        found[name] = float(motion.geodesic(straight, root)), value
    return found


def ratings() -> tuple[Tensor, Tensor]:
    """Four skewed values of each of 30 persons who differ, and whose they are."""
    means = -torch.log(scattered(30))[:, None]
    return (means + scattered(120).view(30, 4)).flatten(), torch.arange(30).repeat_interleave(4)


def bootstrapped(values: Tensor, persons: Tensor) -> tuple[float, float]:
    """scipy's interval of the mean over persons who have as many values each."""
    means = values.view(30, -1).mean(1).numpy()
    found = scipy.stats.bootstrap(
        (means,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(9)
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def bend(numbers: Tensor) -> float:
    """The third cosine coefficient of a course (t,), as scipy has it, over the square root of t."""
    course: Any = scipy.fft.dct(numbers.numpy(), norm="ortho")
    return float(course[2]) / math.sqrt(len(numbers))
