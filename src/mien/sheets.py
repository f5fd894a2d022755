"""Contact sheets: many small pictures in a grid, with their names."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mien.face.analysis import Face

_PAPER, _INK, _GAP = 255, (32, 32, 32), 6


def crop_of(face: Face, *, reach: float = 0.85) -> tuple[int, int, int, int]:
    """The square x0, y0, x1, y1 in the photo round a face, `reach` box widths each way from its centre."""
    (x, y), width = face.centre, face.box[2]
    half = min(reach * width, face.photo[0] / 2, face.photo[1] / 2)
    x = float(np.clip(x, half, face.photo[0] - half))
    y = float(np.clip(y - 0.1 * width, half, face.photo[1] - half))
    side = int(2 * half)
    left, top = round(x - half), round(y - half)
    return left, top, min(left + side, face.photo[0]), min(top + side, face.photo[1])


def cut(pixels: np.ndarray, crop: tuple[int, int, int, int], tile: int) -> np.ndarray:
    """The crop as a copy, shrunk to a longest side of `tile` pixels if it is larger; 0 never shrinks."""
    x0, y0, x1, y1 = crop
    part = pixels[y0:y1, x0:x1]
    scale = tile / max(part.shape[:2])
    if tile == 0 or scale >= 1:
        return part.copy()
    size = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA)


def contact(tiles: list[list[np.ndarray]], columns: list[str], rows: list[str]) -> np.ndarray:
    """A grid of equal tiles (h, w, 3) uint8, a name over each column and beside each row: (H, W, 3) uint8."""
    tall, wide = tiles[0][0].shape[:2]
    font = ImageFont.load_default(size=max(min(wide, tall) // 14, 10))
    head = int(font.getbbox("Ag")[3] * 1.6)
    side = int(max(font.getlength(name) for name in rows)) + 2 * _GAP
    size = (side + len(columns) * (wide + _GAP), head + len(rows) * (tall + _GAP))
    paper = Image.new("RGB", size, (_PAPER,) * 3)
    draw = ImageDraw.Draw(paper)
    for number, name in enumerate(columns):
        draw.text((side + number * (wide + _GAP) + wide / 2, head / 2), name, _INK, font, anchor="mm")
    for number, name in enumerate(rows):
        draw.text((side - _GAP, head + number * (tall + _GAP) + tall / 2), name, _INK, font, anchor="rm")
    for row, pictures in enumerate(tiles):
        for column, picture in enumerate(pictures):
            paper.paste(Image.fromarray(picture), (side + column * (wide + _GAP), head + row * (tall + _GAP)))
    return np.asarray(paper)
