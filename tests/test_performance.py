"""Performances: keyframes and easing, recorded tables, natural onsets."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import tables
from mien.errors import ExpressionError, InputError
from mien.expression import Expression
from mien.natural import natural
from mien.performance import EASINGS, Performance, interpret

SMILE = "0s neutral; 1.2s happiness:.8; 2s neutral"
labels = st.sampled_from(tables.LABELS)


def smile(expression: Expression) -> float:
    return expression.sided().get("AU12L", 0.0)


def test_keyframes_are_reached_and_held():
    performance = Performance.parse(SMILE)
    assert performance.duration == 2
    assert performance.at(1.2) == Expression.from_label("happiness", 0.8)
    assert performance.at(-1) == performance.at(5) == Expression()
    assert 0 < smile(performance.at(0.4)) < smile(performance.at(0.8)) < 0.8


@pytest.mark.parametrize("easing", EASINGS)
def test_every_easing_rises_from_one_end_to_the_other(easing):
    performance = Performance.parse(f"0 neutral\n1000ms happiness {easing}")
    values = [smile(performance.at(i / 100)) for i in range(101)]
    assert values[0] == 0 and values[-1] == 1 and values == sorted(values)


def test_easings_differ_as_their_names_say():
    half = {word: smile(Performance.parse(f"0s neutral; 1s happiness {word}").at(0.5)) for word in EASINGS}
    assert half["hold"] == 0 < half["ease-in"] < half["linear"] == half["ease"] == 0.5 < half["ease-out"]


def test_frames_fill_the_duration_and_end_on_the_last_keyframe():
    performance = Performance.parse("0s neutral; 2s happiness")
    assert len(performance.frames(24)) == 48
    assert len(performance.frames(Fraction(30000, 1001))) == 60
    assert performance.frames(24)[-1] == Expression.from_label("happiness")
    assert Performance.parse("0s happiness").frames(24) == [Expression.from_label("happiness")]
    for fps in (0, -1, math.nan, 1000):
        with pytest.raises(ExpressionError, match="fps"):
            performance.frames(fps)


@given(st.lists(st.tuples(st.floats(0, 100), labels, st.sampled_from(list(EASINGS))), min_size=1, max_size=5))
def test_text_and_json_give_the_same_performance_back(points):
    text = "; ".join(
        f"{t!r}s {label}:.7 {word}" for t, label, word in {p[0]: p for p in sorted(points)}.values()
    )
    performance = Performance.parse(text)
    assert Performance.parse(str(performance)) == performance
    assert Performance.from_json(performance.to_json()) == performance
    assert interpret(performance.to_json()) == interpret(str(performance)) == performance


def test_interpret_tells_expressions_from_performances():
    assert interpret("happiness") == Expression.from_label("happiness")
    assert interpret(SMILE) == Performance.parse(SMILE)


@given(st.text() | st.text(alphabet='012.s; happinesneutral:{}[]"-'))
def test_any_text_is_a_performance_or_one_line_of_error(text):
    try:
        Performance.parse(text)
    except ExpressionError as error:
        assert str(error) and "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one keyframe"),
        ("happiness", "expected a time"),
        ("1s happiness; 1s neutral", "times must rise"),
        ("-1s happiness", "0 to 3600"),
        ("nan happiness", "came 'nan'"),
        ("1s hapiness", "did you mean happiness"),
        ("1s happiness ease-inn", "did you mean ease-in"),
        (
            '{"schema": "mien.performance/1", "keyframes": [{"time": "x", "expression": {}}]}',
            "must be a number",
        ),
        ('{"schema": "mien.performance/2"}', "mien.performance/1"),
    ],
)
def test_what_is_refused_says_why(text, said):
    with pytest.raises(ExpressionError) as caught:
        Performance.parse(text)
    assert said in str(caught.value)


OPENFACE = """\
frame, face_id, timestamp, confidence, success, gaze_angle_x, gaze_angle_y, pose_Rx, pose_Ry, pose_Rz, \
AU01_r, AU12_r, AU45_r, AU45_c
1, 0, 10.0, 0.98, 1, 0.1, 0.0, 0.0, 0.0, 0.0, 0.00, 2.50, 0.00, 0
2, 0, 10.5, 0.10, 0, 9.9, 0.0, 0.0, 0.0, 0.0, 0.00, 9.00, 0.00, 0
3, 0, 11.0, 0.98, 1, -0.1, 0.3, 0.2, 0.1, 0.05, 1.00, 5.00, 5.00, 1
"""


def test_openface_table(tmp_path):
    file = tmp_path / "take one.csv"
    file.write_text(OPENFACE)
    performance = Performance.from_csv(file)
    first, last = performance.at(0), performance.at(1)
    assert first.units == {"AU12": 0.5} and first.gaze == pytest.approx((math.degrees(0.1), 0))
    assert last.units == {"AU1": 0.2, "AU12": 1, "AU43": 1}
    # turned to the image's left and down by the head; the eyes look straight with it, but 0.1 further down
    assert last.head == pytest.approx((-math.degrees(0.1), -math.degrees(0.2), math.degrees(0.05)))
    assert last.gaze == pytest.approx((0, -math.degrees(0.1)))
    assert performance.duration == 2
    assert Performance.from_csv(file, fps=2).at(1) == last


def test_live_link_table(tmp_path):
    file = tmp_path / "take.csv"
    columns = "Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookOutLeft,EyeLookInRight,"
    columns += "MouthSmileLeft,MouthSmileRight,JawOpen,HeadYaw"
    rows = [
        f"13:13:{4 + i // 30:02d}:{i % 30}.651,61,0,0.5,0.5,{i / 60},{i / 60},0.21,-0.1" for i in range(61)
    ]
    file.write_text("\n".join([columns, *rows]))
    performance = Performance.from_csv(file)
    assert len(performance.frames(30)) == 61
    frame = performance.frames(30)[30]
    assert frame.units == pytest.approx({"AU12": 0.5, "AU26": 0.5})
    assert frame.gaze == pytest.approx((15, 0)) and frame.head == pytest.approx((math.degrees(0.1), 0, 0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OPENFACE.replace("2.50", "7.2"), "line 2, column AU12_r: expected 0 to 5"),
        (OPENFACE.replace("2.50", "smile"), "line 2, column AU12_r: expected a number 0 to 5, came 'smile'"),
        (OPENFACE.replace("2.50", "nan"), "line 2, column AU12_r"),
        (OPENFACE.replace("11.0", "10.0"), "line 4, column timestamp: expected a later time"),
        (OPENFACE + "4, 0\n", "line 5: expected 14 columns, came 2"),
        (OPENFACE.replace("-0.1, 0.3", "2.0, 0.3"), "line 4, column gaze_angle_x: expected -40 to 40"),
        ("a,b\n1,2\n", "line 1: expected the columns of OpenFace"),
        ("", "line 1: expected the columns of OpenFace"),
        ("AU01_r\n", "at least one row"),
        ("Timecode,JawOpen\n1:00,0.1\n", "line 2, column Timecode"),
        ("Timecode,JawOpen\n00:00:01:02,1.5\n", "line 2, column JawOpen: expected 0 to 1"),
        ("AU01_r\n\0\n", "take.csv"),
        (b"\xff\xfe\xd8".decode("latin-1"), "take.csv"),
    ],
)
def test_bad_tables_name_the_line_and_the_column(tmp_path, text, said):
    file = tmp_path / "take.csv"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(InputError) as caught:
        Performance.from_csv(file)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_clipping_is_asked_for(tmp_path):
    file = tmp_path / "take.csv"
    file.write_text(OPENFACE.replace("2.50", "7.2"))
    assert Performance.from_csv(file, clip=True).at(0).units == {"AU12": 1}
    with pytest.raises(InputError, match="missing.csv"):
        Performance.from_csv(tmp_path / "missing.csv")


@given(labels, st.floats(0.2, 8), st.integers(), st.booleans())
def test_natural_starts_and_ends_where_it_should(label, seconds, seed, still):
    target = Expression.from_label(label, 0.8) + Expression(gaze=(5, 0), head=(60, 0, 0))
    act = natural(target, seconds, seed, still=still)
    first, last = act.at(0), act.frames(24)[-1]
    assert first == Expression()
    assert (last.units, last.gaze) == (target.units, target.gaze)
    assert all(abs(a - b) <= 2 for a, b in zip(last.head, target.head, strict=True))
    assert not still or last == target


def test_natural_is_drawn_from_its_seed():
    assert natural("happiness", 2, 7).frames(24) == natural("happiness", 2, 7).frames(24)
    assert natural("happiness", 2, 7).frames(24) != natural("happiness", 2, 8).frames(24)


@pytest.mark.parametrize("seed", range(10))
def test_natural_units_rise_smoothly_and_not_together(seed):
    act = natural("happiness", 2, seed)
    frames = [act.at(i / 100) for i in range(201)]
    sides = [frame.sided() for frame in frames]
    starts = {}
    for unit in ("AU6L", "AU12L", "AU25"):
        values = [side.get(unit, 0.0) for side in sides]
        assert (
            values == sorted(values) and max(b - a for a, b in zip(values, values[1:], strict=False)) < 0.06
        )
        starts[unit] = next(i for i, value in enumerate(values) if value > 0.05)
    assert len(set(starts.values())) > 1
    lids = [side.get("AU43L", 0.0) for side in sides]
    shut = [value > 0 for value in lids]
    assert (
        max(lids) > 0.98
        and 20 <= sum(shut) <= 26
        and sum(a != b for a, b in zip(shut, shut[1:], strict=False)) == 2
    )
    turns = [frame.head[0] for frame in frames]
    assert 0.05 < max(map(abs, turns)) <= 2
    assert max(abs(b - a) for a, b in zip(turns, turns[1:], strict=False)) < 0.12


def test_natural_leaves_from_the_face_in_the_photo():
    start = Expression.parse("sadness:.5+head(5,0,0)")
    act = natural("happiness", 1, start=start, still=True)
    assert act.at(0) == start and act.at(1) == Expression.from_label("happiness")
    with pytest.raises(ExpressionError, match="seconds must be 0.2 to 3600"):
        natural("happiness", 0)
