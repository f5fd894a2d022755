"""Pixels to bytes of a picture file, with everything the original file had and a note on how it was made."""

import io
import zlib

import numpy as np
from PIL import Image, PngImagePlugin

from mien.media import deep, tiff
from mien.media.metadata import Provenance, exif
from mien.media.origin import Origin, restored

CONTAINERS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""Formats by file name extension, in lower case."""
LARGEST_SIDE = {"WEBP": 16_383, "JPEG": 65_500}
"""Pixels a side that a format can hold, where it is fewer than mien reads or makes."""
_SPACES = {"L": b"GRAY", "LA": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB ", "CMYK": b"CMYK"}
_COMPRESSION = 4  # zlib level of PNG: nearly the size of 9 at a third of the time


def encode(pixels: np.ndarray, origin: Origin, container: str, provenance: Provenance) -> bytes:
    """The bytes of a file of the format `container` (a value of `CONTAINERS`); same in, same out."""
    mode, samples = restored(pixels, origin, container)
    # A profile describes one kind of samples: that of a CMYK file says nothing about the RGB made from it.
    icc = origin.icc if origin.icc[16:20] == _SPACES[mode] else b""
    if container == "TIFF":
        notes = exif(origin.notes, provenance)
        tags = {tag: notes.get_ifd(tag) if tag == 0x8769 else notes[tag] for tag in notes}
        return tiff.encode(samples, mode, tags=tags, xmp=provenance.as_xmp(), icc=icc, dpi=origin.dpi)
    if samples.dtype == np.uint16:
        return deep.png(samples, _chunks(origin, icc, provenance))
    image = Image.frombytes(mode, samples.shape[1::-1], samples.tobytes())
    file = io.BytesIO()
    image.save(file, container, **_options(image, origin, container, icc, provenance))
    return file.getvalue()


def _options(image: Image.Image, origin: Origin, container: str, icc: bytes, provenance: Provenance) -> dict:
    """What Pillow is told besides the pixels."""
    dots = {"dpi": origin.dpi} if origin.dpi else {}
    if container == "BMP":  # has no place for anything more
        return dots
    common = {"exif": exif(origin.notes, provenance).tobytes()} | ({"icc_profile": icc} if icc else {})
    if container == "PNG":
        return common | dots | {"pnginfo": text_chunk(provenance), "compress_level": _COMPRESSION}
    common |= {"xmp": provenance.as_xmp()}
    if container == "WEBP":
        return common | (
            {"quality": 95} if origin.lossy else {"lossless": True, "exact": True, "quality": 60}
        )
    if origin.tables:
        # 4:4:4 and one table are all that gray has.
        tables = [list(table) for table in origin.tables[: 1 if image.mode == "L" else 4]]
        return common | dots | {
            "qtables": tables, "subsampling": origin.subsampling, "progressive": origin.progressive,
        }  # fmt: skip
    return common | dots | {"quality": 95, "subsampling": 0}


def text_chunk(provenance: Provenance) -> PngImagePlugin.PngInfo:
    """The XMP packet in PNG's international text, where XMP part 3 wants it."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", provenance.as_xmp().decode())
    return info


def _chunks(origin: Origin, icc: bytes, provenance: Provenance) -> list[tuple[bytes, bytes]]:
    """The same information as chunks of a PNG that Pillow cannot write."""
    chunks = [(b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc))] if icc else []
    if origin.dpi:
        across, down = (round(dots / 0.0254).to_bytes(4, "big") for dots in origin.dpi)
        chunks.append((b"pHYs", across + down + b"\x01"))
    chunks.append((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + provenance.as_xmp()))
    chunks.append((b"eXIf", exif(origin.notes, provenance).tobytes().removeprefix(b"Exif\0\0")))
    return chunks
