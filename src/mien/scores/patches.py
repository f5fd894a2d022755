"""How far one set of images must be moved to become another, along lines through their patches."""

import torch
from torch import Tensor
from torch.nn import functional

from mien.errors import InputError
from mien.scores import Metric, enough, float64
from mien.scores.pairs import levels
from mien.scores.streams import Reservoir

SLICED = Metric(
    name="SWD",
    variant="7x7 patches of a Laplacian pyramid to 16 px, 4 x 128 directions, x1000, mean of levels",
    higher_is_better=False,
)
PATCHES = 128
"""Patches of an image at each level (Karras et al. 2017)."""
KEPT = 16384
"""Patches of a level that are kept of all images together (ours; the paper has 128 of 16,384 images)."""
_SIDE, _SMALLEST, _REPEATS, _DIRECTIONS = 7, 16, 4, 128


class Patches:
    """A fair sample of the patches of a set's images, level by level, that `sliced` compares with another.

    Two sets that are compared take different seeds: otherwise patches of paired images share their places.
    """

    def __init__(self, seed: int, kept: int = KEPT):
        self._seed, self._kept = seed, kept
        self._dice = torch.Generator().manual_seed(seed)
        self.levels: dict[int, Reservoir] = {}
        """By the side of the level: rows (patches, 3, 49)."""

    def add(self, images: Tensor) -> None:
        """Take in images (n, 3, s, s) in -1..1; raises `InputError` unless s is a power of two from 16 on."""
        for level in pyramid(levels(images)):
            side = level.shape[2]
            kept = self.levels.setdefault(side, Reservoir(self._kept, self._seed))
            corners = torch.randint(side - _SIDE + 1, (2, len(level), PATCHES), generator=self._dice)
            rows, columns = corners[..., None] + torch.arange(_SIDE)  # (n, patches, 7) each
            image = torch.arange(len(level))[:, None, None, None]
            cut = level.movedim(1, -1)[image, rows[..., :, None], columns[..., None, :]]  # (n, p, 7, 7, 3)
            kept.add(cut.flatten(0, 1).flatten(1, 2).transpose(1, 2))


def sliced(made: Patches, true: Patches, seed: int = 0) -> dict[int, float]:
    """Sliced Wasserstein distance x1000 of two sets at each level of the pyramid, by its side; >= 0.

    Of each set the mean is taken off and the deviation divided out, channel by channel. The coarse levels
    speak of layout, the fine ones of texture. Raises `TooFewError` for fewer than 1024 patches (8 images),
    `InputError` where the sets differ in their count or size. Source: Karras et al. 2017.
    """
    found = {}
    if made.levels.keys() != true.levels.keys():
        raise InputError(
            f"SWD compares images of one size, {max(made.levels)} and {max(true.levels)} px came"
        )
    for side, kept in made.levels.items():
        other = true.levels[side]
        enough(min(kept.seen, other.seen), 1024, "SWD, in patches,")
        if kept.seen != other.seen:
            raise InputError(
                f"SWD compares sets of one size: {kept.seen} and {other.seen} patches came; drop some images"
            )
        first, second = (_standard(rows) for rows in (kept.rows, other.rows))
        dice = torch.Generator().manual_seed(seed)
        directions = torch.randn(first.shape[1], _REPEATS * _DIRECTIONS, generator=dice, dtype=torch.float64)
        found[side] = 1000 * sliced_along(first, second, directions / directions.norm(dim=0))
    return found


def sliced_along(first: Tensor, second: Tensor, directions: Tensor) -> float:
    """Mean over unit directions (d, r) of the 1-D Wasserstein distance of two sets (n, d), (n, d)."""
    apart = (
        (float64(first) @ part).sort(0).values - (float64(second) @ part).sort(0).values
        for part in float64(directions).split(_DIRECTIONS, 1)
    )
    return float(torch.cat([part.abs().mean(0) for part in apart]).mean())


def has_pyramid(side: int) -> bool:
    """Whether images of a side, pixels, can be halved down to 16."""
    return side >= _SMALLEST and side & (side - 1) == 0


def pyramid(images: Tensor) -> list[Tensor]:
    """Laplacian levels (n, 3, s, s) from the full side to 16, the last one Gaussian."""
    side = images.shape[2]
    if images.shape[3] != side or not has_pyramid(side):
        size = " x ".join(map(str, images.shape[2:]))
        raise InputError(f"SWD needs square images whose side is 16, 32, 64, 128 ...; {size} came")
    found = []
    while images.shape[2] > _SMALLEST:
        smaller = _blurred(images)[..., ::2, ::2]
        found.append(images - _doubled(smaller))
        images = smaller
    return [*found, images]


def _blurred(images: Tensor) -> Tensor:
    """Each channel under [1 4 6 4 1] / 16 both ways, its border mirrored."""
    line = torch.tensor([1.0, 4, 6, 4, 1]) / 16
    kernel = torch.outer(line, line).repeat(images.shape[1], 1, 1, 1)
    return functional.conv2d(functional.pad(images, (2, 2, 2, 2), "reflect"), kernel, groups=images.shape[1])


def _doubled(images: Tensor) -> Tensor:
    """Twice the side: zeros between, then the same blur, four times as strong."""
    wide = images.new_zeros(*images.shape[:2], 2 * images.shape[2], 2 * images.shape[3])
    wide[..., ::2, ::2] = images
    return 4 * _blurred(wide)


def _standard(patches: Tensor) -> Tensor:
    """(patches, 3, 49) as (patches, 147), each channel with mean 0 and deviation 1 over the set."""
    away = patches.double() - patches.double().mean((0, 2), keepdim=True)
    return (away / away.square().mean((0, 2), keepdim=True).sqrt().clamp_min(1e-12)).flatten(1)
