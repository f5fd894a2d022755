"""What of a picture file an 8-bit RGB array cannot hold, and how it comes back when the picture is saved."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mien.media import deep


@dataclass(frozen=True, kw_only=True, eq=False)
class Origin:
    """Everything that a file had beside its 8-bit RGB pixels, upright."""

    gray: bool = False
    """The file has one channel of colour."""
    alpha: np.ndarray | None = None
    """(h, w) uint8 opacity."""
    deep: np.ndarray | None = None
    """(h, w, 1..4) uint16: gray or RGB, then alpha, at full depth."""
    inks: np.ndarray | None = None
    """(h, w, 4) uint8 CMYK, 255 is full ink."""
    icc: bytes = b""
    """Colour profile."""
    dpi: tuple[float, float] | None = None
    """Dots per inch."""
    notes: bytes = b""
    """Safe EXIF: no place, no serial numbers, no thumbnail."""
    tables: tuple[list[int], ...] = ()
    """Quantisation tables of a JPEG."""
    subsampling: int = 0
    """Chroma of a JPEG in Pillow's numbers: 0 is 4:4:4, 1 is 4:2:2, 2 is 4:2:0."""
    progressive: bool = False
    """The JPEG was progressive."""
    lossy: bool = False
    """The file was a JPEG or a lossy WebP."""


_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def restored(pixels: np.ndarray, origin: Origin, container: str) -> tuple[str, np.ndarray]:
    """The mode and (h, w, channels) samples that `container` should hold.

    Samples of pixels that did not change are the file's own. Deep samples move by 257 times the change of the
    8-bit value; inks of changed pixels follow the colour with the black of before; transparency that the
    container cannot hold is laid on white.
    """
    if origin.inks is not None and container in ("JPEG", "TIFF"):
        return "CMYK", inks_for(pixels, origin.inks)
    if origin.deep is not None and container in ("PNG", "TIFF"):
        samples = deep.moved(origin.deep, luma(pixels) if origin.gray else pixels)
        return _MODES[samples.shape[2]], samples
    samples = luma(pixels) if origin.gray else pixels
    if origin.gray and container == "WEBP":  # knows colour only
        samples = samples.repeat(3, 2)
    if origin.alpha is not None:
        alpha = origin.alpha[..., None]
        samples = (
            np.dstack([samples, alpha]) if container in ("PNG", "WEBP", "TIFF") else _on_white(samples, alpha)
        )
    return _MODES[samples.shape[2]], samples


def luma(pixels: np.ndarray) -> np.ndarray:
    """(h, w, 1) uint8 brightness of uint8 RGB (ITU-R BT.601 weights); gray pixels keep their value."""
    return np.asarray(Image.fromarray(pixels).convert("L"))[..., None]


def colours_of(inks: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 RGB of uint8 CMYK by the plain rule (1 - ink)(1 - black); no profile is consulted."""
    return np.array(Image.frombytes("CMYK", inks.shape[1::-1], inks.tobytes()).convert("RGB"))


def inks_for(pixels: np.ndarray, old: np.ndarray) -> np.ndarray:
    """(h, w, 4) inks of `pixels`: the old ones where the colour is, else with as much old black as fits."""
    inks = old.copy()
    changed = (colours_of(old) != pixels).any(2)
    colour = pixels[changed].astype(np.float32)
    light = np.maximum(255 - old[changed, 3].astype(np.float32), colour.max(1))  # what black ink leaves
    inks[changed, :3] = np.rint(255 * (1 - colour / np.maximum(light, 1)[:, None]))
    inks[changed, 3] = 255 - light
    return inks


def _on_white(samples: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    opaque = alpha.astype(np.uint16)
    return ((samples * opaque + 255 * (255 - opaque) + 127) // 255).astype(np.uint8)
