"""Bytes of a picture file to pixels: by content, header first, one clear line for what is wrong."""

import io
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.Image import Image
from PIL.ImageFile import ImageFile

from mien.errors import InputError
from mien.media import deep
from mien.media.formats import ADVICE_FRAME, FORMATS, LARGEST_AREA, check_size, recognise, webp_size
from mien.media.metadata import camera_notes, from_json, from_xmp
from mien.media.origin import Origin, colours_of

# Called by name, never by Image.open: that would try every other format, and print its own warning on size.
_OPENERS: dict[str, Callable[..., ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
}
_pillow = threading.Lock()


def decode(data: bytes, name: str, most: int = LARGEST_AREA) -> tuple[np.ndarray, Origin]:
    """(h, w, 3) uint8 RGB pixels, upright, and what else the file held.

    `name` is for messages. Raises `InputError` for everything that is not a whole, still picture of the five
    formats within the limits: 64 MB, `most` pixels, 20,000 pixels a side.
    """
    kind = recognise(data, name)
    if kind == "WebP":
        check_size(webp_size(data), name, most)

    def opened() -> ImageFile:
        return _OPENERS[kind](io.BytesIO(data))

    with _quiet(), _one_line(kind, name):
        image = opened()
        check_size(image.size, name, most)
        if kind in ("PNG", "WebP") and getattr(image, "n_frames", 1) > 1:
            raise InputError(
                f"{name} is an animation: expected one still picture ({FORMATS}); {ADVICE_FRAME}"
            )
        if kind == "TIFF":
            _check_strips(image, len(data))
        full = deep.read(image, opened)
        plain = image if full is not None else _plain(image)
        orientation, notes = camera_notes(image)
        turn = 1 if kind == "TIFF" else orientation  # Pillow turns TIFF by itself
        samples = _upright(np.atleast_3d(np.asarray(plain)) if full is None else full, turn)
        pixels, kept = _split(samples, inks=full is None and plain.mode == "CMYK")
        lossy = kind == "JPEG" or (kind == "WebP" and b"VP8L" not in data)
        kept |= _jpeg(image, orientation) | {"icc": _profile(image), "dpi": _dots(image)}
        return pixels, Origin(**kept, notes=notes, lossy=lossy)


def _check_strips(image: ImageFile, size: int) -> None:
    """libtiff prints its own complaint about missing data, so a cut file is found out before it is asked."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    for offsets, counts in ((273, 279), (324, 325)):
        ends = [
            start + count for start, count in zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False)
        ]
        if ends and max(ends) > size:
            raise OSError(f"{max(ends) - size} bytes are missing at the end")


def provenance(data: bytes, name: str) -> dict[str, str]:
    """What made the picture or animation in `data`; empty where mien did not. Raises `InputError`."""
    kind = "GIF" if data.startswith(b"GIF8") else recognise(data, name)
    with _quiet(), _one_line(kind, name):
        if kind == "GIF":
            return from_json(GifImagePlugin.GifImageFile(io.BytesIO(data)).info.get("comment", b""))
        image = _OPENERS[kind](io.BytesIO(data))
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
        return from_xmp(packet.encode() if isinstance(packet, str) else packet)


def whole(data: bytes, name: str) -> tuple[str, tuple[int, int], int]:
    """Format, width and height, and number of frames of a picture or animation, each frame decoded.

    The format is one of the five, or `GIF`. Raises `InputError` where it is none, or damaged.
    """
    kind = "GIF" if data.startswith(b"GIF8") else recognise(data, name)
    if kind == "WebP":
        check_size(webp_size(data), name)
    with _quiet(), _one_line(kind, name):
        image = (_OPENERS | {"GIF": GifImagePlugin.GifImageFile})[kind](io.BytesIO(data))
        check_size(image.size, name)
        count = getattr(image, "n_frames", 1)
        for frame in range(count):
            image.seek(frame)
            image.load()
        return kind, image.size, count


@contextmanager
def _quiet() -> Iterator[None]:
    # Pillow warns about what is answered here in one line; the filters are global, so one thread at a time.
    with _pillow, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _one_line(kind: str, name: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except NotImplementedError as error:
        raise InputError(
            f"{name} is a {kind} with {error}: expected gray, RGB or CMYK of 8 or 16 bits;"
            " save it as PNG first"
        ) from error
    except Exception as error:  # a damaged file can raise anything at all in Pillow's readers
        lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        reason = "".join(letter for letter in lines[0] if letter.isprintable())[:100]
        raise InputError(
            f"{name} starts as a {kind} but is truncated or damaged ({reason}): expected a whole picture;"
            " copy or download it again"
        ) from error


def _split(samples: np.ndarray, inks: bool) -> tuple[np.ndarray, dict]:
    """The 8-bit RGB pixels of (h, w, channels) samples, and the fields of `Origin` that keep the rest."""
    if inks:
        return colours_of(samples), {"inks": samples}
    full = samples if samples.dtype == np.uint16 else None
    if full is not None:
        samples = deep.to_eight(full)
    gray = samples.shape[2] < 3
    alpha = samples[..., -1].copy() if samples.shape[2] in (2, 4) else None
    pixels = samples[..., :1].repeat(3, 2) if gray else np.array(samples[..., :3], order="C")
    return pixels, {"gray": gray, "alpha": alpha, "deep": full}


def _plain(image: Image) -> Image:
    """The picture in one of the modes L, LA, RGB, RGBA, CMYK."""
    image.load()  # some formats say only after the pixels whether there is transparency
    transparent = "transparency" in image.info or image.mode in ("PA", "La", "RGBa")
    if image.mode in ("1", "L", "La"):
        return _as_mode(image, "LA" if transparent else "L")
    if image.mode in ("P", "PA", "RGB", "RGBX", "RGBa", "YCbCr"):
        return _as_mode(image, "RGBA" if transparent else "RGB")
    if image.mode not in ("LA", "RGBA", "CMYK"):
        raise NotImplementedError(f"samples of the kind {image.mode}")
    return image


def _as_mode(image: Image, mode: str) -> Image:
    """Converted, without the copy that Pillow makes of what is in the mode already."""
    return image if image.mode == mode else image.convert(mode)


def _upright(samples: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation: 5 to 8 are transposed, then each may be flipped up-down and left-right."""
    if orientation >= 5:
        samples = samples.swapaxes(0, 1)
    down, right = {3: (1, 1), 2: (0, 1), 4: (1, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}.get(orientation, (0, 0))
    return np.ascontiguousarray(samples[:: -1 if down else 1, :: -1 if right else 1])


def _jpeg(image: ImageFile, orientation: int) -> dict:
    """How a JPEG was quantised, so that it can be saved alike; turned by a quarter, its tables turn too."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or image.mode == "CMYK":
        return {}
    turned = orientation >= 5
    sampling = JpegImagePlugin.get_sampling(image)
    if turned and sampling == 1:
        sampling = 0  # 4:2:2 on its side has no name
    tables = [np.array(image.quantization[key]).reshape(8, 8) for key in sorted(image.quantization)][:4]
    return {
        "tables": tuple((table.T if turned else table).ravel().tolist() for table in tables),
        "subsampling": max(sampling, 0),
        "progressive": "progressive" in image.info,
    }


def _profile(image: ImageFile) -> bytes:
    """The ICC profile, where there is one that calls itself one."""
    profile = image.info.get("icc_profile") or b""
    return profile if profile[36:40] == b"acsp" and len(profile) < 8_000_000 else b""


def _dots(image: ImageFile) -> tuple[float, float] | None:
    # Pillow says 1 where a TIFF says nothing.
    dots = [float(value) for value in image.info.get("dpi") or ()]
    return (dots[0], dots[1]) if len(dots) == 2 and all(1 < dot <= 30_000 for dot in dots) else None
