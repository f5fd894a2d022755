"""One plain kind of TIFF file for every depth: a single deflated strip, little-endian."""

import io
import zlib
from collections.abc import Mapping

import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2

_PHOTOMETRIC = {"L": 1, "LA": 1, "RGB": 2, "RGBA": 2, "CMYK": 5}
_BYTE, _LONG, _UNDEFINED = 1, 4, 7


def encode(
    samples: np.ndarray,
    mode: str,
    *,
    tags: Mapping[int, object],
    xmp: bytes,
    icc: bytes,
    dpi: tuple[float, float] | None,
) -> bytes:
    """A TIFF 6.0 file of (h, w, channels) uint8 or uint16 samples with EXIF tags, XMP and ICC profile."""
    height, width, count = samples.shape
    differences = samples.copy()
    differences[:, 1:] -= samples[:, :-1]
    strip = zlib.compress(differences.astype(samples.dtype.newbyteorder("<"), copy=False).tobytes(), 5)
    directory = ImageFileDirectory_v2()
    layout = {
        256: width,
        257: height,
        258: (8 * samples.itemsize,) * count,
        259: 8,  # deflate
        262: _PHOTOMETRIC[mode],
        273: 0,  # the strip lies right behind the directory
        277: count,
        278: height,
        279: len(strip),
        317: 2,  # horizontal differences
    }
    if mode in ("LA", "RGBA"):
        layout[338] = 2  # alpha, not multiplied in
    if dpi:
        layout |= {282: dpi[0], 283: dpi[1], 296: 2}
    directory.tagtype.update({273: _LONG, 279: _LONG, 700: _BYTE, 34675: _UNDEFINED})
    profile = {34675: icc} if icc else {}
    for tag, value in {**tags, **layout, 700: xmp, **profile}.items():
        directory[tag] = value
    file = io.BytesIO()
    directory.save(file)
    return file.getvalue() + strip
