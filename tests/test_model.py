"""The face model's asset: what the engine takes for granted about it."""

from importlib.resources import files

import numpy as np
import pytest
from faces import SIDES

from mien import tables
from mien.face.model import GAZE_SHAPES, PIVOT, Pose, load_model, rotation_of
from mien.face.points import MIRROR
from mien.face.raster import rasterise

FLIP = np.array([-1, 1, 1], np.float32)
MODEL = load_model()
PARTS = ("skin", "eyeball_left", "eyeball_right", "upper_teeth", "lower_teeth", "tongue", "cavity")
ROUNDING = 1e-9
"""Area in UV units squared that the rounding of float32 places near 0.5 can give a flat triangle."""


def partner(name: str) -> str:
    """The unit of the other side; a unit without sides is its own."""
    if name in ("LOOKLEFT", "LOOKRIGHT"):
        return {"LOOKLEFT": "LOOKRIGHT", "LOOKRIGHT": "LOOKLEFT"}[name]
    other = name[:-1] + SIDES.get(name[-1], name[-1])
    return other if other in MODEL.unit_names else name


def areas(part: str) -> np.ndarray:
    """Twice the signed area of each triangle of a part in its layout."""
    corners = MODEL.uv[MODEL.triangles[MODEL.parts[part][1]]]
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]


def test_the_asset_is_small_and_shows_every_unit():
    assert len((files("mien") / "assets/face_model.safetensors").read_bytes()) <= 12_000_000
    assert set(MODEL.unit_names) == {*tables.SIDED, *GAZE_SHAPES}


def test_every_part_is_there_and_keeps_to_its_own_vertices():
    assert tuple(MODEL.parts) == PARTS
    for vertices, triangles in MODEL.parts.values():
        used = np.unique(MODEL.triangles[triangles])
        assert used[0] == vertices.start and used[-1] == vertices.stop - 1
        assert len(used) == vertices.stop - vertices.start
    assert sum(v.stop - v.start for v, _ in MODEL.parts.values()) == len(MODEL.template)


def test_the_face_is_a_face():
    left, right = (MODEL.template[MODEL.parts[f"eyeball_{side}"][0].start, 0] for side in ("left", "right"))
    assert 5.0 < left - right < 7.5  # pupils of adults lie 5 to 7.5 cm apart
    for row in ("upper_teeth", "lower_teeth", "tongue", "cavity"):
        behind = MODEL.template[MODEL.parts[row][0], 2].max()
        assert behind < MODEL.template[MODEL.landmarks[[51, 57]], 2].min(), f"{row} sticks out of the lips"


def test_the_template_is_its_own_mirror_image():
    assert np.abs(MODEL.template[MODEL.mirror] * FLIP - MODEL.template).max() < 0.002
    assert np.array_equal(MODEL.mirror[MODEL.landmarks], MODEL.landmarks[MIRROR])
    skin = MODEL.mirror[MODEL.parts["skin"][0]]
    assert np.array_equal(skin[skin], np.arange(len(skin)))


@pytest.mark.parametrize("name", MODEL.unit_names)
def test_units_of_two_sides_are_exact_mirrors(name):
    one, other = (MODEL.units[MODEL.unit_names.index(unit)] for unit in (name, partner(name)))
    assert np.array_equal(one[MODEL.mirror] * FLIP, other)


@pytest.mark.parametrize("name", [unit + "L" for unit in tables.PAIRED])
def test_a_sided_unit_moves_its_own_side(name):
    travel = np.linalg.norm(MODEL.units[MODEL.unit_names.index(name)], axis=1)
    own, other = MODEL.template[:, 0] > 1, MODEL.template[:, 0] < -1
    assert travel[other].max() < 0.35 * travel[own].max()


@pytest.mark.parametrize("name", tables.SIDED)
def test_a_full_unit_moves_no_more_than_a_face_can(name):
    travel = np.linalg.norm(MODEL.units[MODEL.unit_names.index(name)], axis=1)
    assert 0.15 < travel.max() < 5.5


@pytest.mark.parametrize("part", PARTS)
def test_no_triangle_of_the_layout_is_flipped(part):
    signed = areas(part) * np.sign(np.median(areas(part)))
    assert signed.min() > -ROUNDING
    assert MODEL.uv[MODEL.parts[part][0]].min() >= 0 and MODEL.uv[MODEL.parts[part][0]].max() <= 1


def test_no_two_places_of_the_skin_share_a_texel():
    vertices, triangles = MODEL.parts["skin"]
    side, flat = 1024, np.zeros(vertices.stop, np.float32)
    index, _ = rasterise(MODEL.uv[vertices] * side, flat, MODEL.triangles[triangles], side, side)
    assert (index >= 0).mean() == pytest.approx(np.abs(areas("skin")).sum() / 2, rel=0.002)


def test_a_two_sided_name_sets_both_sides():
    both = MODEL.coefficients({"AU12": 0.5})
    assert np.array_equal(both, MODEL.coefficients({"AU12L": 0.5, "AU12R": 0.5})) and both.sum() == 1


@pytest.mark.parametrize("turn", [(25, 0, 0), (0, -12, 0), (0, 0, 40), (-20, 10, -15)])
def test_pose_angles_are_those_of_its_rotation(turn):
    pose = Pose(rotation=rotation_of(*turn), scale=30.0, offset=np.array([200.0, 150.0]))
    assert pose.angles == pytest.approx(turn)


def test_turns_go_where_their_signs_say():
    """Seen in the image: yaw + moves the nose right, pitch + up, roll + is clockwise."""
    nose, brow = np.array([PIVOT + [0, 0, 9], PIVOT + [0, 6, 0]])
    straight = Pose(rotation=np.eye(3), scale=30.0, offset=np.zeros(2))

    def seen(turn, point):
        return straight.turned(*turn).project(point[None])[0][0]

    assert seen((10, 0, 0), nose)[0] > 20 and seen((0, 10, 0), nose)[1] < -20
    assert seen((0, 0, 10), brow)[0] > 20
