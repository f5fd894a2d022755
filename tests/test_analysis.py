"""Faces in real photos: found, chosen, measured precisely, told apart."""

from functools import cache

import cv2
import numpy as np
import pytest
import skimage.data
from samples import astronaut, grace, side_by_side

from mien.errors import FaceError
from mien.face import analysis


@cache
def face_of(name: str) -> analysis.Face:
    return analysis.choose(analysis.find({"grace": grace, "astronaut": astronaut}[name]()))


def apart(first: np.ndarray, second: np.ndarray, face: analysis.Face) -> float:
    """Mean distance of two landmark sets, in per cent of the inter-ocular distance."""
    return float(np.linalg.norm(first - second, axis=1).mean() / face.size * 100)


def test_a_face_is_where_it_is():
    face = face_of("grace")
    left_eye, right_eye, chin = (
        face.landmarks[36:42].mean(0),
        face.landmarks[42:48].mean(0),
        face.landmarks[8],
    )
    assert np.allclose(left_eye, (230, 190), atol=8) and np.allclose(right_eye, (313, 191), atol=12)
    assert chin[1] > face.landmarks[57][1] > face.landmarks[33][1] > left_eye[1]
    assert face.size == pytest.approx(np.linalg.norm(right_eye - left_eye)) and face.inside == 1


@pytest.mark.parametrize("shift", [(-0.06, 0.05, 1.08), (0.06, -0.04, 0.93)])
def test_landmarks_do_not_depend_on_the_box(shift):
    face = face_of("astronaut")
    x, y, width, height = face.box
    box = (x + shift[0] * width, y + shift[1] * height, width * shift[2], height * shift[2])
    assert apart(analysis.landmarks(astronaut(), box), face.landmarks, face) < 0.6


def test_landmarks_are_mirror_symmetric():
    face = face_of("grace")
    flipped = analysis.find(np.ascontiguousarray(grace()[:, ::-1]))[0].landmarks[analysis.MIRROR].copy()
    flipped[:, 0] = grace().shape[1] - 1 - flipped[:, 0]
    assert apart(flipped, face.landmarks, face) < 0.6


def test_landmarks_scale_with_the_photo():
    face, twice = face_of("grace"), cv2.resize(grace(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert apart((analysis.find(twice)[0].landmarks + 0.5) / 2 - 0.5, face.landmarks, face) < 0.6


def test_same_photo_same_landmarks():
    assert np.array_equal(analysis.find(grace())[0].landmarks, face_of("grace").landmarks)


@pytest.mark.parametrize("degrees", [-45, 20, 40])
def test_tilted_heads_are_found(degrees):
    turn = cv2.getRotationMatrix2D((256, 230), degrees, 1)
    tilted = cv2.warpAffine(grace(), turn, (512, 600), borderMode=cv2.BORDER_REPLICATE)
    face = analysis.choose(analysis.find(tilted))
    truth = face_of("grace").landmarks @ turn[:, :2].T + turn[:, 2]
    assert apart(face.landmarks, truth, face) < 1.5


@pytest.mark.parametrize("side", [36, 120])
def test_small_faces_are_found(side):
    scale = side / face_of("grace").box[2]
    small = cv2.resize(grace(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert analysis.find(small)[0].box[2] == pytest.approx(side, rel=0.1)


def test_no_face_says_how_close_it_came():
    with pytest.raises(
        FaceError, match=r"no face found in the 512x512 photo \(the best candidate scored -.*--box"
    ):
        analysis.find(np.stack([skimage.data.camera()] * 3, axis=-1))


def test_two_similar_faces_are_never_guessed():
    pair = side_by_side(grace(), grace())
    faces = analysis.find(pair)
    with pytest.raises(FaceError, match=r"2 faces of similar size.*1: box 1\d\d,.*2: box 6\d\d,.*--face"):
        analysis.choose(faces)
    left, right = analysis.choose(faces, "left"), analysis.choose(faces, "2")
    assert left.centre[0] < 512 < right.centre[0]
    assert analysis.choose(faces, "right") is right and analysis.choose(faces, 1) is left
    assert analysis.choose_several(faces, "all") == [left, right]
    with pytest.raises(FaceError, match="--face 3 is none of the 2"):
        analysis.choose(faces, 3)
    with pytest.raises(FaceError, match="--face smallest is none"):
        analysis.choose(faces, "smallest")


def test_a_clearly_larger_face_is_taken():
    half = cv2.resize(grace(), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    faces = analysis.find(side_by_side(half, grace()))
    assert analysis.choose(faces) is faces[0] is analysis.choose(faces, "right")
    assert analysis.choose(faces, "center").centre[0] == min(abs(f.centre[0] - 409) for f in faces) + 409


def test_a_cut_face_is_refused_and_a_touching_one_taken():
    x, _, width, _ = (int(value) for value in face_of("grace").box)
    with pytest.raises(FaceError, match="cut by the border"):
        analysis.choose(analysis.find(np.ascontiguousarray(grace()[:, : x + int(width * 0.72)])))
    assert analysis.choose(analysis.find(np.ascontiguousarray(grace()[:, : x + width]))).inside > 0.9


def test_a_box_by_hand_finds_the_same_face():
    face = face_of("grace")
    by_hand = analysis.at_box(grace(), (160.0, 120.0, 210.0, 220.0))
    assert apart(by_hand.landmarks, face.landmarks, face) < 0.6


@pytest.mark.parametrize(
    "box", [(0, 0, 0, 0), (-300, 0, 100, 100), (0, 0, float("nan"), 9), (500, 590, 100, 100)]
)
def test_a_box_outside_the_photo_is_refused(box):
    with pytest.raises(FaceError, match="not a box in the 512x600 photo"):
        analysis.at_box(grace(), box)


def test_identity_tells_people_apart():
    first = analysis.identity(grace(), face_of("grace"))
    darker = np.clip(grace() * 0.7, 0, 255).astype(np.uint8)
    again = analysis.identity(darker, analysis.find(darker)[0])
    other = analysis.identity(astronaut(), face_of("astronaut"))
    assert first.shape == (128,)
    assert np.linalg.norm(first - again) < 0.25 < 0.6 < np.linalg.norm(first - other)
