"""A small net that learns to name expressions, so that what it learns from can be compared."""

from torch import Tensor, nn

SIDE = 64
"""Side of the crops it sees, pixels."""


class Recogniser(nn.Module):
    """Crops as mien cuts them -> logits of classes; five convolutions and one linear layer (ours).

    classes: how many. width: channels of the first layer.
    """

    def __init__(self, classes: int, width: int = 24):
        super().__init__()
        self.body = nn.Sequential(
            _layer(3, width, 2),
            _layer(width, 2 * width, 2),
            _layer(2 * width, 2 * width, 1),
            _layer(2 * width, 4 * width, 2),
            _layer(4 * width, 4 * width, 1),
            nn.AvgPool2d(2),
        )
        self.forget = nn.Dropout(0.3)
        self.last = nn.Linear(4 * width * (SIDE // 16) ** 2, classes)

    def forward(self, faces: Tensor) -> Tensor:
        """Logits (n, classes) of crops (n, 3, 64, 64) in -1..1."""
        return self.last(self.forget(self.body(faces).flatten(1))).float()


def _layer(before: int, after: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
    )
