"""Pictures of 16 bits a channel: all bits read, moved by an 8-bit edit, written as PNG."""

import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL.ImageFile import ImageFile

# Pillow decodes 16-bit colour by keeping one byte of two. Decoding once with the file's byte order gives the
# high bytes, once with the opposite order gives the low ones.
_OPPOSITE = {
    "RGB;16B": "RGB;16L",
    "RGB;16L": "RGB;16B",
    "RGB;16N": "RGB;16B",  # N is little-endian on every machine that mien supports
    "RGBA;16B": "RGBA;16L",
    "RGBA;16L": "RGBA;16B",
    "RGBA;16N": "RGBA;16B",
}


def read(image: ImageFile, reopen: Callable[[], ImageFile]) -> np.ndarray | None:
    """(h, w, 1..4) uint16 samples of an opened, not yet decoded picture, or None where it has 8 bits.

    `reopen` opens the same file again. Raises `NotImplementedError` for a layout that would be read wrongly.
    """
    if image.mode.startswith("I;16"):
        return _keyed(_gray(image), image)
    rawmode = _rawmode(image)
    if rawmode == "LA;16B":
        parts = _halves(reopen, "RGBA")  # four bytes: high and low of gray, high and low of alpha
        return parts[..., ::2] << 8 | parts[..., 1::2]
    if rawmode in _OPPOSITE:
        return _keyed(_halves(reopen, rawmode) << 8 | _halves(reopen, _OPPOSITE[rawmode]), image)
    if rawmode in ("R", "G", "B") and max(getattr(image, "tag_v2", {}).get(258, (8,))) > 8:
        raise NotImplementedError("a separate plane of 16 bits for each colour")
    return None


def _rawmode(image: ImageFile) -> str:
    args = image.tile[0].args if image.tile else None
    return str(args[0] if isinstance(args, tuple) else args)


def _gray(image: ImageFile) -> np.ndarray:
    tags = getattr(image, "tag_v2", {})
    samples = np.asarray(image).astype(np.uint16) << (16 - tags.get(258, (16,))[0])
    white_is_zero = tags.get(262) == 0
    return (65535 - samples if white_is_zero else samples)[..., None]


def _halves(reopen: Callable[[], ImageFile], rawmode: str) -> np.ndarray:
    image = reopen()
    image.tile = [
        tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)
        for tile in image.tile
    ]
    return np.asarray(image).astype(np.uint16)


def _keyed(samples: np.ndarray, image: ImageFile) -> np.ndarray:
    """A PNG may name one transparent colour instead of having an alpha channel."""
    key = image.info.get("transparency")
    if key is None or samples.shape[2] not in (1, 3):
        return samples
    alpha = np.where((samples == np.array(key)).all(2), 0, 65535)
    return np.dstack([samples, alpha.astype(np.uint16)])


def to_eight(samples: np.ndarray) -> np.ndarray:
    """uint8 of uint16, rounded: 65535 is 255."""
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def moved(samples: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """The uint16 samples after an edit that made their 8-bit colours `colours`; the rest keep all bits."""
    result = samples.copy()
    count = colours.shape[2]
    old = to_eight(samples[..., :count])
    where = np.nonzero(old != colours)
    change = (colours[where].astype(np.int32) - old[where]) * 257
    result[where] = np.clip(samples[where] + change, 0, 65535)
    return result


def png(samples: np.ndarray, chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG file of (h, w, 1..4) uint16 samples with `chunks` before the pixels (PNG, third edition)."""
    height, width, count = samples.shape
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[count]
    rows = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    step = 2 * count
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = 1  # filter "Sub": each byte minus the byte of the pixel on its left
    filtered[:, 1 : 1 + step] = rows[:, :step]
    filtered[:, 1 + step :] = rows[:, step:] - rows[:, :-step]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    pixels = zlib.compress(filtered.tobytes(), 5)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
