"""Small parts that many nets are made of."""

from torch import Tensor, nn

from mien.errors import InputError


def initialise(net: nn.Module, spread: float = 0.02, norm_spread: float = 0.02) -> None:
    """Draw weights of convolutions and linear layers from N(0, spread), of batch norms from N(1, ...).

    Biases become 0 (DCGAN, Radford et al. 2016, section 3).
    """
    for part in net.modules():
        if isinstance(part, nn.modules.conv._ConvNd | nn.Linear):
            nn.init.normal_(part.weight, 0.0, spread)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(part.weight, 1.0, norm_spread)
            nn.init.zeros_(part.bias)


def check_halvings(side: int, times: int, instead: str = "") -> None:
    """Raise `InputError` for faces of a side, pixels, that is not even so many times."""
    step = 2**times
    if side % step:
        fitting = [str(size) for size in (side // step * step, side // step * step + step) if size]
        raise InputError(
            f"--side {side} cannot be halved {times} times, as this system does: give it faces of "
            f"{' or '.join(fitting)} px{instead}"
        )


def tiled(vector: Tensor, like: Tensor) -> Tensor:
    """A vector (n, c) repeated over all places of a map (n, _, ...): (n, c, ...)."""
    places = like.shape[2:]
    return vector.to(like.dtype).reshape(*vector.shape, *(1 for _ in places)).expand(-1, -1, *places)


class Residual(nn.Module):
    """Two 3x3 convolutions with instance norm beside the identity (n, c, h, w)."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.InstanceNorm2d(channels, affine=True),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.InstanceNorm2d(channels, affine=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)
