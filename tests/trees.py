"""Folders that are laid out as data sets are distributed, with files of a few bytes."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 131072\n"
_FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "bmp": "BMP", "tiff": "TIFF", "tif": "TIFF"}


def picture(ending="png", pixels=None) -> bytes:
    """A small gray picture, or these pixels."""
    data, pixels = io.BytesIO(), np.full((8, 8, 3), 90, np.uint8) if pixels is None else pixels
    Image.fromarray(pixels).save(data, _FORMATS[ending.lower()], **({"quality": 95} if "j" in ending else {}))
    return data.getvalue()


def black(ending="jpg") -> bytes:
    """A picture that shows nothing."""
    return picture(ending, np.full((8, 8, 3), 3, np.uint8))


def grow(root: Path, files) -> Path:
    """Write files: names alone become pictures; a text or bytes is what the file holds; None is a folder."""
    files = files if isinstance(files, dict) else dict.fromkeys(files, "")
    for name, content in files.items():
        path = root / name
        if content is None:
            path.mkdir(parents=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        ending = path.suffix.lower().lstrip(".")
        if content == "" and ending in _FORMATS:
            content = picture(ending)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root
