"""Frames to the animations that every viewer and page shows: GIF, animated PNG, animated WebP."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from mien.media.encoding import text_chunk
from mien.media.metadata import Provenance, exif

LARGEST_SIDE = {"GIF": 65_535, "PNG": 2**31 - 1, "WEBP": 16_383}
"""Pixels a side that a format can hold."""
_TICKS = {"GIF": 100, "PNG": 1000, "WEBP": 1000}  # clock ticks a second of each format
_PALETTE_FRAMES = 8  # as many frames, spread over the film, decide the colours of a GIF


def encode(
    frames: Iterable[np.ndarray], draft: Path, container: str, *, fps: Fraction, provenance: Provenance
) -> int:
    """Write (h, w, 3) uint8 frames of one size to `draft` as a looping `GIF`, `PNG` or `WEBP`; give count.

    All frames are in memory at once.
    """
    images = [Image.fromarray(np.ascontiguousarray(pixels)) for pixels in frames]
    options: dict = {"duration": _durations(len(images), fps, _TICKS[container])}
    if container == "GIF":
        images = _in_one_palette(images)
        options |= {"comment": provenance.as_json().encode(), "optimize": False}
    elif container == "PNG":
        options |= {"pnginfo": text_chunk(provenance), "compress_level": 4}
    else:
        options |= {"quality": 90, "xmp": provenance.as_xmp()}
    if container != "GIF":
        options["exif"] = exif(b"", provenance).tobytes()
    with draft.open("wb") as file:
        images[0].save(file, container, save_all=True, append_images=images[1:], loop=0, **options)
    return len(images)


def _durations(count: int, fps: Fraction, ticks: int) -> list[int]:
    """Milliseconds of each frame, rounded to the format's clock so that the sum keeps step with `fps`."""
    starts = [round(index * ticks / fps) for index in range(count + 1)]
    return [(after - before) * 1000 // ticks for before, after in zip(starts[:-1], starts[1:], strict=True)]


def _in_one_palette(images: list[Image.Image]) -> list[Image.Image]:
    """All frames in the same 256 colours: a palette of each frame's own would flicker."""
    chosen = [images[index] for index in np.linspace(0, len(images) - 1, _PALETTE_FRAMES).astype(int)]
    samples = np.concatenate(
        [np.asarray(image.copy().resize((128, 128), Image.Resampling.NEAREST)) for image in chosen]
    )
    palette = Image.fromarray(samples).quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=2)
    result = [image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for image in images]
    for index in range(1, len(images)):
        # Dithering carries every change downwards; what stands still must not swarm (nor cost bytes).
        still = (np.asarray(images[index]) == np.asarray(images[index - 1])).all(2)
        same = np.where(still, np.asarray(result[index - 1]), np.asarray(result[index]))
        result[index] = Image.fromarray(same)
        result[index].putpalette(palette.getpalette() or [])
    return result
