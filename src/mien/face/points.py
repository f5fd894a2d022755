"""The 68 landmarks of a face read precisely, and its identity vector, with dlib's models."""

import importlib.util
from functools import cache
from pathlib import Path

import cv2
import dlib
import numpy as np

from mien.errors import MissingExtraError

MIRROR = np.array(  # iBUG numbers of the same 68 points on a photo flipped left to right
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1), 45, 44, 43, 42, 47, 46]
    + [39, 38, 37, 36, 41, 40, *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65]
)

_FACE = 300  # px, width of the face box in the upright crop that the landmark model sees
_SIDE = 512  # px, side of that crop
# The detector's box in units of the landmarks' spread, mean of 202 open photos: width, centre above the mean.
_BOX_WIDTH, _BOX_RISE = 2.765, 0.129


def read(pixels: np.ndarray, centre: np.ndarray, width: float, roll: float) -> np.ndarray:
    """(68, 2) landmarks in photo pixels of the face near a box: centre, width (px), roll (radians).

    One reading of the predictor (Kazemi and Sullivan 2014) moves with the box and is rounded to whole pixels.
    Two quick ones settle the upright frame of the face, whatever the box; then 24 in that frame are averaged.
    """
    for _ in range(2):
        centre, width, roll = frame(_mean_reading(pixels, centre, width, roll, _jitter(1)))
    return _mean_reading(pixels, centre, width, roll, _jitter(12))


def quick(pixels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(68, 2) landmarks of a small upright picture in which they lie near known ones (68, 2).

    One reading and one of the mirror image: coarser than `read`, and ten times as quick.
    """
    plain = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    mirrored, last = np.ascontiguousarray(plain[:, ::-1]), pixels.shape[1] - 1
    (x, y), width, _ = frame(known)
    box = np.array([x, y, x, y]) + width / 2 * np.array([-1, -1, 1, 1])
    flipped = _predict(mirrored, [last, 0, last, 0] + box[[2, 1, 0, 3]] * [-1, 1, -1, 1])[MIRROR]
    return (_predict(plain, box) + np.column_stack([last - flipped[:, 0], flipped[:, 1]])) / 2


def frame(points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centre (2,), width and roll of the box the detector would draw round these landmarks upright."""
    mean = points.mean(0)
    spread = float(np.sqrt(((points - mean) ** 2).sum(1).mean()))
    across = points[42:48].mean(0) - points[36:42].mean(0)
    roll = float(np.arctan2(across[1], across[0]))
    rise = _BOX_RISE * spread * np.array([np.sin(roll), -np.cos(roll)])
    return mean + rise, _BOX_WIDTH * spread, roll


def identity(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(128,) float64 of dlib's face network, the photo aligned by the landmarks (68, 2)."""
    crop, to_photo = _upright(pixels, *frame(points))
    inside = transform(cv2.invertAffineTransform(to_photo), points)
    parts = [dlib.point(int(x), int(y)) for x, y in np.rint(inside)]  # pyright: ignore[reportAttributeAccessIssue]
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, _SIDE - 1, _SIDE - 1), parts)  # pyright: ignore
    chip = dlib.get_face_chip(crop, shape, 150, 0.25)  # pyright: ignore[reportAttributeAccessIssue]
    return np.array(_recogniser().compute_face_descriptor(chip))


def transform(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (n, 2) through a (2, 3) affine matrix."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def model_file(name: str) -> Path:
    """Path of a dlib model file, found without importing its package, which needs an old setuptools."""
    spec = importlib.util.find_spec("face_recognition_models")
    places = (spec.submodule_search_locations if spec else None) or []
    for path in (Path(place) / "models" / name for place in places):
        if path.is_file():
            return path
    raise MissingExtraError(
        f"the model file {name} is missing; run: pip install --force-reinstall face_recognition_models"
    )


@cache
def detector():
    """dlib's frontal face detector."""
    return dlib.get_frontal_face_detector()  # pyright: ignore[reportAttributeAccessIssue]


@cache
def _predictor():
    path = model_file("shape_predictor_68_face_landmarks.dat")
    return dlib.shape_predictor(str(path))  # pyright: ignore[reportAttributeAccessIssue]


@cache
def _recogniser():
    path = model_file("dlib_face_recognition_resnet_model_v1.dat")
    return dlib.face_recognition_model_v1(str(path))  # pyright: ignore[reportAttributeAccessIssue]


def _mean_reading(pixels: np.ndarray, centre: np.ndarray, width: float, roll: float, boxes: np.ndarray):
    """Mean prediction over boxes, each on the upright crop and on its mirror image."""
    crop, to_photo = _upright(pixels, centre, width, roll)
    mirrored = np.ascontiguousarray(crop[:, ::-1])
    readings = []
    for box in boxes:
        flipped = _predict(mirrored, box)[MIRROR]
        readings += [_predict(crop, box), np.column_stack([_SIDE - 1 - flipped[:, 0], flipped[:, 1]])]
    return transform(to_photo, np.mean(readings, axis=0))


def _predict(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    edges = (int(value) for value in np.rint(box))
    parts = _predictor()(image, dlib.rectangle(*edges)).parts()  # pyright: ignore[reportAttributeAccessIssue]
    return np.array([(part.x, part.y) for part in parts], dtype=np.float64)


@cache
def _jitter(count: int) -> np.ndarray:
    """(count, 4) boxes round the middle of the crop, shifted up to 6 %, scaled up to 8 %; a fixed set."""
    steps = np.arange(1, count + 1)[:, None] / 1.2207440846 ** np.arange(1, 4)  # Roberts' R3 sequence
    across, down, grow = (((0.5 + steps) % 1) * 2 - 1).T * np.array([[0.06], [0.06], [0.08]])
    centre = (_SIDE - 1) / 2 + np.column_stack([across, down]) * _FACE
    half = _FACE * (1 + grow)[:, None] / 2
    return np.hstack([centre - half, centre + half])


def _upright(
    pixels: np.ndarray, centre: np.ndarray, width: float, roll: float
) -> tuple[np.ndarray, np.ndarray]:
    """The face upright in a square crop, and the (2, 3) matrix from crop to photo pixels."""
    bounds, reach = np.array(pixels.shape[1::-1]), 1.3 * width + 4
    first = np.clip(np.floor(centre - reach), 0, bounds - 1).astype(int)
    last = np.clip(np.ceil(centre + reach), first + 1, bounds).astype(int)
    part = pixels[first[1] : last[1], first[0] : last[0]]
    if width > 1.5 * _FACE:  # a large face sampled directly would alias
        wide, tall = np.maximum(np.rint((last - first) * _FACE / width), 1).astype(int)
        part = cv2.resize(part, (int(wide), int(tall)), interpolation=cv2.INTER_AREA)
    scale = np.array(part.shape[1::-1]) / (last - first)
    cosine, sine = np.cos(roll) * width / _FACE, np.sin(roll) * width / _FACE
    to_photo = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
    to_photo[:, 2] = centre - to_photo[:, :2] @ [(_SIDE - 1) / 2, (_SIDE - 1) / 2]
    to_part = to_photo * scale[:, None]
    to_part[:, 2] = (to_photo[:, 2] - first + 0.5) * scale - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(part, to_part, (_SIDE, _SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return crop, to_photo
