"""Frames to a compressed film as they come: H.264 in mp4, VP9 in webm; same frames, same bytes."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from mien.media.metadata import Provenance, from_json

_CODECS = {
    "mp4": ("libx264", {"preset": "veryfast", "crf": "18"}),
    "webm": ("libvpx-vp9", {"crf": "24", "b": "0", "deadline": "good", "cpu-used": "4", "tile-columns": "1"}),
}
LARGEST_SIDE = 16_384
"""Pixels a side that both codecs can hold."""
_BT709, _LIMITED = 1, 1  # ITU-T H.273 code for primaries, transfer and matrix; FFmpeg's for 16..235
_THREADS = 2  # fixed: how the work is cut shows in the bytes
_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP part 3: the box of MPEG-4 files


def encode(
    frames: Iterable[np.ndarray], draft: Path, container: str, *, fps: Fraction, provenance: Provenance
) -> int:
    """Write (h, w, 3) uint8 frames of one size to `draft` as `mp4` or `webm`, one by one; give their count.

    4:2:0, BT.709, 8 bits; odd sizes grow by repeating the last row and column.
    """
    codec, options = _CODECS[container]
    layout = {"movflags": "+faststart"} if container == "mp4" else {}
    # "file:", for a name with a colon would pass for a protocol; bitexact leaves out random identifiers.
    with av.open(
        f"file:{draft.absolute()}", "w", format=container, options=layout | {"fflags": "+bitexact"}
    ) as film:
        film.metadata.update(title=provenance.as_dict()["expression"][:200], comment=provenance.as_json())
        stream = cast(VideoStream, film.add_stream(codec, rate=fps, options=options))
        count = 0
        for count, pixels in enumerate(frames, 1):
            even = np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)), mode="edge")
            if count == 1:
                _describe(stream, even)
            film.mux(stream.encode(_frame(even, count - 1, fps)))
        film.mux(stream.encode(None))
    if container == "mp4":
        packet = provenance.as_xmp()
        with draft.open("ab") as file:
            file.write((24 + len(packet)).to_bytes(4, "big") + b"uuid" + _XMP_BOX + packet)
    return count


def provenance_of(path: Path) -> dict[str, str]:
    """What made an mp4 or webm; empty where mien did not. Raises PyAV's errors where it is no film."""
    with av.open(f"file:{path.absolute()}") as film:
        notes = {name.lower(): text for name, text in film.metadata.items()}
    return from_json(notes.get("comment", ""))


def _describe(stream: VideoStream, pixels: np.ndarray) -> None:
    """Size, and what the colours mean: without it players guess, and guess by the size."""
    stream.height, stream.width = pixels.shape[:2]
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = _THREADS
    context.color_range = _LIMITED
    context.colorspace = context.color_primaries = context.color_trc = _BT709


def _frame(pixels: np.ndarray, index: int, fps: Fraction) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(
        format="yuv420p",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )
    frame.pts, frame.time_base = index, 1 / fps
    return frame
