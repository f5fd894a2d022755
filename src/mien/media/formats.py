"""Which picture format some bytes are, told by their beginning, and how large they say they are."""

from mien.errors import InputError

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes."""
LARGEST_AREA = 100_000_000
"""Pixels."""
LARGEST_SIDE = 20_000
"""Pixels."""
FORMATS = "JPEG, PNG, WebP, BMP or TIFF"

ADVICE_FRAME = "extract a frame first and give that"
_CONVERT = "convert it to PNG or JPEG first"
_STRANGERS = {
    b"GIF8": ("a GIF, which holds an animation", ADVICE_FRAME),
    b"%PDF": ("a PDF document", "export the picture from it"),
    b"8BPS": ("a Photoshop file", _CONVERT),
    b"<svg": ("a drawing (SVG)", _CONVERT),
    b"\x1aE\xdf\xa3": ("a film (WebM or Matroska)", ADVICE_FRAME),
    b"\0\0\0\x0cjP": ("a JPEG 2000 file", _CONVERT),
    b"PK\x03\x04": ("an archive (ZIP)", "unpack it first"),
}
_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


def recognise(data: bytes, name: str) -> str:
    """JPEG, PNG, WebP, BMP or TIFF by the first bytes; raises `InputError` that says what it is instead."""
    if not data:
        raise InputError(
            f"{name} is empty (0 bytes): expected a {FORMATS} picture; copy or download it again"
        )
    if len(data) > LARGEST_FILE:
        raise InputError(f"{name} has more than 64 MB: expected a smaller picture; scale it down first")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if data[:2] == b"BM":
        return "BMP"
    found, advice = _stranger(data)
    raise InputError(f"{name} is {found}: expected a {FORMATS} picture; {advice}")


def is_film(data: bytes) -> bool:
    """Whether bytes begin as an mp4, WebM or Matroska film does."""
    return data.startswith(b"\x1aE\xdf\xa3") or (data[4:8] == b"ftyp" and data[8:12] not in _BRANDS)


def _stranger(data: bytes) -> tuple[str, str]:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "a web page (HTML)", "open it in a browser and save the picture itself"
    if data[4:8] == b"ftyp":
        return ("a film (MP4)", ADVICE_FRAME) if is_film(data) else ("a HEIC or AVIF picture", _CONVERT)
    for magic, answer in _STRANGERS.items():
        if data.startswith(magic):
            return answer
    return "no picture that mien knows", "check that it is the right file, or " + _CONVERT


def check_size(size: tuple[int, int], name: str, most: int = LARGEST_AREA) -> None:
    """Raise `InputError` where a header claims more than the limits: `most` pixels, and so many a side."""
    width, height = size
    if max(size) > LARGEST_SIDE or width * height > most:
        raise InputError(
            f"{name} says it has {width:,} x {height:,} pixels: expected at most {most / 1e6:g} megapixels"
            " and 20,000 pixels a side; scale it down first"
        )


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height by the header alone: the decoder takes memory for them as soon as it is opened."""

    def number(start: int, size: int) -> int:
        return int.from_bytes(data[start : start + size], "little")

    if data[12:16] == b"VP8X":
        return number(24, 3) + 1, number(27, 3) + 1
    if data[12:16] == b"VP8L":
        return (number(21, 4) & 0x3FFF) + 1, (number(21, 4) >> 14 & 0x3FFF) + 1
    return number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF
