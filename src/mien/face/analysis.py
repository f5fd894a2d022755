"""Where the faces are: found, boxed, given 68 landmarks, chosen among several, told apart."""

import threading
from dataclasses import dataclass, replace

import cv2
import numpy as np

from mien.errors import FaceError
from mien.face import points
from mien.face.points import MIRROR as MIRROR

Box = tuple[float, float, float, float]
_looking = threading.Lock()  # dlib's detector keeps its picture in itself, and frees the GIL
WHOLE = 0.8
"""Share of the landmarks that must lie inside the photo."""

# Long side of the searched copy (px), border added (share of it), roll (degrees), least detector score. The
# first search to find a face ends the hunt; enlarged and turned copies invent faces: the bar is higher.
_SEARCHES = (
    (640, 0.0, 0.0, 0.0),
    (640, 0.3, 0.0, 0.2),
    (1280, 0.0, 0.0, 0.3),
    (640, 0.3, 35.0, 0.3),
    (640, 0.3, -35.0, 0.3),
    (2560, 0.0, 0.0, 0.4),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Face:
    """One face of a photo, in pixels of that photo (the centre of the top left pixel is (0, 0))."""

    box: Box
    """x, y, width, height of the square round brows and chin, derived from the landmarks."""
    landmarks: np.ndarray
    """(68, 2) float64, iBUG order."""
    score: float
    """The detector's confidence: above 0 is a face, above 1 a clear one; nan for a box given by hand."""
    photo: tuple[int, int]
    """Width and height of the photo."""

    @property
    def size(self) -> float:
        """Inter-ocular distance: between the centres of the two eyes, pixels."""
        return float(np.linalg.norm(self.landmarks[42:48].mean(0) - self.landmarks[36:42].mean(0)))

    @property
    def centre(self) -> np.ndarray:
        """(2,) centre of the box."""
        x, y, width, height = self.box
        return np.array([x + width / 2, y + height / 2])

    @property
    def inside(self) -> float:
        """Share of the landmarks that lie inside the photo, 0..1."""
        return float(((self.landmarks >= -0.5) & (self.landmarks < np.array(self.photo) - 0.5)).all(1).mean())


def find(pixels: np.ndarray) -> list[Face]:
    """Every face of an (h, w, 3) uint8 RGB photo, largest first; raises `FaceError` when there is none."""
    best = -np.inf
    for search in _SEARCHES:
        found, top = _search(pixels, *search)
        best = max(best, top)
        if found:
            return sorted((_face(pixels, *place) for place in found), key=lambda face: -face.box[2])
    seen = f"the best candidate scored {best:.2f}" if np.isfinite(best) else "nothing in it looks like one"
    raise FaceError(
        f"no face found in the {pixels.shape[1]}x{pixels.shape[0]} photo ({seen}); a face must be upright, "
        "turned less than about 40 degrees and at least 40 pixels wide; point at one with --box x,y,w,h"
    )


def glimpse(pixels: np.ndarray) -> list[Face]:
    """The faces that the first search alone finds, largest first: what there is time for in a film."""
    found, _ = _search(pixels, *_SEARCHES[0])
    return sorted((_face(pixels, *place) for place in found), key=lambda face: -face.box[2])


def at_box(pixels: np.ndarray, box: Box) -> Face:
    """The face in a box (x, y, width, height, pixels) drawn by hand, about brows to chin, ear to ear."""
    x, y, width, height = box
    tall, wide = pixels.shape[:2]
    middle_in = 0 <= x + width / 2 <= wide - 1 and 0 <= y + height / 2 <= tall - 1
    if not (middle_in and 8 <= width <= 3 * wide and 8 <= height <= 3 * tall):
        raise FaceError(
            f"--box {x:g},{y:g},{width:g},{height:g} is not a box in the {wide}x{tall} photo; "
            "give x,y,w,h in pixels, at least 8 wide and high, its centre inside the photo"
        )
    return _whole(_face(pixels, *_middle(box), 0.0, float("nan")))


def landmarks(pixels: np.ndarray, box: Box) -> np.ndarray:
    """The 68 iBUG points of the face in a box (x, y, width, height, pixels): (68, 2) float64 pixels."""
    return points.read(pixels, *_middle(box), 0.0)


def identity(pixels: np.ndarray, face: Face) -> np.ndarray:
    """(128,) float64: dlib's identity vector; two photos of one person lie less than about 0.6 apart."""
    return points.identity(pixels, face.landmarks)


def choose(faces: list[Face], which: str | int = "auto", flag: str = "--face") -> Face:
    """One of several faces: auto, largest, left, right, center, or its number counted from 1, left to right.

    `auto` takes the largest if its box has at least twice the area of the next, else raises `FaceError`.
    flag: the option that chooses, for messages.
    """
    across = _across(faces)
    largest = max(faces, key=lambda face: face.box[2])
    middle = np.array(faces[0].photo) / 2
    picked = {str(number): face for number, face in enumerate(across, 1)} | {
        "largest": largest,
        "left": across[0],
        "right": across[-1],
        "center": min(faces, key=lambda face: float(np.linalg.norm(face.centre - middle))),
    }
    rivals = [face for face in faces if 2 * face.box[2] ** 2 > largest.box[2] ** 2]
    if len(rivals) == 1:
        picked["auto"] = largest
    if str(which) in picked:
        return _whole(picked[str(which)])
    if which == "auto":
        several = f"{len(rivals)} faces of similar size, and mien does not guess"
        raise FaceError(f"{several}; {_listed(across, flag)}")
    raise FaceError(f"{flag} {which} is none of the {len(faces)} found; {_listed(across, flag)}")


def choose_several(faces: list[Face], which: str | int = "auto") -> list[Face]:
    """As `choose`, in a list; `all` gives every face, left to right."""
    return [_whole(face) for face in _across(faces)] if which == "all" else [choose(faces, which)]


def _across(faces: list[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: face.centre[0])


def at_landmarks(landmarks: np.ndarray, photo: tuple[int, int]) -> Face:
    """The face whose landmarks (68, 2) are known, in a photo of this width and height."""
    (x, y), side, _ = points.frame(landmarks)
    box = (float(x - side / 2), float(y - side / 2), side, side)
    return Face(box=box, landmarks=landmarks, score=float("nan"), photo=photo)


def _listed(across: list[Face], flag: str) -> str:
    """The faces numbered left to right with their boxes, and the flag that picks one."""
    rows = [f"{number}: box {_text(face)}" for number, face in enumerate(across, 1)]
    numbers = "1" if len(across) == 1 else f"1..{len(across)}"
    return f"left to right {'; '.join(rows)}; pick with {flag} {numbers}, left, right, center or largest"


def _text(face: Face) -> str:
    return ",".join(f"{value:.0f}" for value in face.box)


def _whole(face: Face) -> Face:
    """The face itself, or the error for one that the border of the photo cuts."""
    if face.inside < WHOLE:
        raise FaceError(
            f"the face at box {_text(face)} is cut by the border of the photo: {face.inside:.0%} of its "
            f"landmarks are inside, {WHOLE:.0%} are needed; take a photo that shows the whole face"
        )
    return face


def _middle(box: Box) -> tuple[np.ndarray, float]:
    """Centre and mean side of a box."""
    x, y, width, height = box
    return np.array([x + width / 2, y + height / 2]), (width * height) ** 0.5


def _face(pixels: np.ndarray, centre: np.ndarray, width: float, roll: float, score: float) -> Face:
    found = points.read(pixels, centre, width, roll)
    return replace(at_landmarks(found, (pixels.shape[1], pixels.shape[0])), score=score)


def _search(pixels: np.ndarray, side: int, border: float, roll: float, least: float):
    """Faces in one scaled, bordered, turned copy: [(centre, width, roll, score)], and the best score."""
    tall, wide = pixels.shape[:2]
    scale = min(side / max(tall, wide), 1.0 if side == _SEARCHES[0][0] else 2.0)
    size = (max(round(wide * scale), 1), max(round(tall * scale), 1))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    edge = round(border * max(size))
    small = cv2.copyMakeBorder(small, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    height, width = small.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), roll, 1.0)
    turned = cv2.warpAffine(small, turn, (width, height), borderMode=cv2.BORDER_REPLICATE) if roll else small
    with _looking:
        boxes, scores, _ = points.detector().run(turned, 0, -1.0)
    back = cv2.invertAffineTransform(turn)
    found = []
    for box, score in zip(boxes, scores, strict=True):
        middle = np.array([[(box.left() + box.right()) / 2, (box.top() + box.bottom()) / 2]])
        centre = (points.transform(back, middle)[0] - edge + 0.5) / scale - 0.5
        if score > least:
            found.append((centre, box.width() / scale, np.radians(roll), float(score)))
    return found, max(scores, default=-np.inf)
