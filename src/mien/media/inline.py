"""Pictures and films as a web page holds them: checked whole, their bytes unchanged, as data URIs."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import av
from av.error import FFmpegError

from mien.errors import InputError
from mien.media import decoding, formats, pictures
from mien.media.files import printable

FORMATS = "JPEG, PNG, WebP, GIF, mp4 or WebM"
"""What every browser shows."""
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WebP": "image/webp", "GIF": "image/gif"}
_CODECS = ("h264", "vp8", "vp9", "av1", "libdav1d")
_SAMPLES = ("yuv420p", "yuvj420p")


@dataclass(frozen=True, kw_only=True)
class Inline:
    """One picture or film."""

    uri: str
    """data:..., the file as it is."""
    size: tuple[int, int]
    """Width and height, pixels."""
    moves: bool
    """Whether it has more than one frame."""


def read(path: str | Path) -> Inline:
    """A picture, animation or film that browsers show, at most 64 MB; raises `InputError` for others."""
    name = printable(path)
    data = pictures.read_bytes(path, formats.LARGEST_FILE + 1)
    if formats.is_film(data):
        kind, size, moves = ("video/mp4" if data[4:8] == b"ftyp" else "video/webm"), _film(data, name), True
    else:
        container, size, frames = decoding.whole(data, name)
        if container not in _TYPES:
            raise InputError(
                f"{name} is a {container}: expected what browsers show ({FORMATS}); save it as PNG"
            )
        kind, moves = _TYPES[container], frames > 1
    return Inline(uri=f"data:{kind};base64,{base64.b64encode(data).decode()}", size=size, moves=moves)


def _film(data: bytes, name: str) -> tuple[int, int]:
    """Width and height of a film, every frame decoded."""
    try:
        with av.open(io.BytesIO(data), "r") as film:
            stream = next(iter(film.streams.video), None)
            count = 0 if stream is None else sum(1 for _ in film.decode(stream))
    except FFmpegError as error:
        raise InputError(f"{name} is a damaged film ({error.strerror}): copy it again") from error
    if stream is None or not count:
        raise InputError(f"{name} is a damaged film, no frame is in it: make or copy it again")
    codec, samples = stream.codec_context.name, stream.codec_context.pix_fmt
    if codec not in _CODECS or samples not in _SAMPLES:
        raise InputError(
            f"{name} holds {codec} with {samples}, which not every browser shows: expected H.264, VP9 or AV1;"
            f" ffmpeg -i {name} -c:v libx264 -pix_fmt yuv420p OUT.mp4 makes it so"
        )
    return stream.width, stream.height
