"""The expression language: what can be written, what comes back, and what is refused in one clear line."""

import json
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import affect, tables
from mien.errors import ExpressionError
from mien.expression import Expression

strength = st.floats(0, 1)
units = st.dictionaries(st.sampled_from(tables.SIDED), strength)
expressions = st.builds(
    Expression,
    units=units,
    gaze=st.tuples(*[st.floats(-40, 40)] * 2),
    head=st.tuples(*[st.floats(-60, 60)] * 3),
)
shown_labels = st.sampled_from(tables.LABELS[1:])


@given(expressions)
def test_text_json_and_pickle_give_the_same_expression_back(expression):
    for again in (
        Expression.parse(str(expression)),
        Expression.from_json(expression.to_json()),
        Expression.parse(expression.to_json()),
        pickle.loads(pickle.dumps(expression)),
    ):
        assert again == expression and hash(again) == hash(expression)
    assert len(expression.to_json()) <= 2048


@given(st.text() | st.text(alphabet="happines AU0123456789.,:=+-()LRgazehdv{}[]\"'eE"))
def test_any_text_is_an_expression_or_one_line_of_error(text):
    try:
        assert isinstance(Expression.parse(text), Expression)
    except ExpressionError as error:
        assert str(error) and "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "units", "gaze", "head"),
    [
        ("happiness", {"AU6": 0.8, "AU12": 1.0, "AU25": 0.6}, (0, 0), (0, 0, 0)),
        ("joy:.5", {"AU6": 0.4, "AU12": 0.5, "AU25": 0.3}, (0, 0), (0, 0, 0)),
        ("AU6=.7, AU12=.9", {"AU6": 0.7, "AU12": 0.9}, (0, 0), (0, 0, 0)),
        ("au06l:.5", {"AU6L": 0.5}, (0, 0), (0, 0, 0)),
        ("AU12=.5+AU12L=.3", {"AU12L": 0.8, "AU12R": 0.5}, (0, 0), (0, 0, 0)),
        ("AU12L=.5,AU12R=.5", {"AU12": 0.5}, (0, 0), (0, 0, 0)),
        ("gaze(10,-5)", {}, (10, -5), (0, 0, 0)),
        ("happiness:0+head(5, 0, -3)", {}, (0, 0), (5, 0, -3)),
        ("va(0, 0)", {}, (0, 0), (0, 0, 0)),
        ("neutral", {}, (0, 0), (0, 0, 0)),
        ("AU26=1e-3", {"AU26": 0.001}, (0, 0), (0, 0, 0)),
    ],
)
def test_what_can_be_written(text, units, gaze, head):
    assert Expression.parse(text) == Expression(units=units, gaze=gaze, head=head)


def test_terms_add_up():
    assert Expression.parse("surprise:.5+AU4=.3").units["AU4"] == 0.3
    mixture = Expression.parse("happiness:.5,surprise:.3")
    assert mixture.units["AU25"] == pytest.approx(0.5 * 0.6 + 0.3 * 0.6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hapiness", "did you mean happiness"),
        ("contemt:.5", "did you mean contempt"),
        ("happiness:7", "0 to 1, came 7"),
        ("happiness:-.1", "0 to 1, came -0.1"),
        ("happiness:nan", "0 to 1, came 'nan'"),
        ("happiness:inf", "0 to 1, came 'inf'"),
        ("happiness:1e999", "came inf"),
        ("happiness:", "0 to 1, came ''"),
        ("", "came nothing"),
        ("happiness,", "came nothing"),
        ("happiness surprise", "joined by"),
        ("AU26L", "AU26 has no sides"),
        ("AU99=.5", "unknown unit 'AU99'"),
        ("AU6(3)", "AU6 takes a strength"),
        ("gaze(41,0)", "-40 to 40, came 41"),
        ("head(0,0)", "head(yaw,pitch,roll), came 2"),
        ("va(2,0)", "-1 to 1, came 2"),
        ("happiness+surprise", "AU25 from happiness (0.60) + surprise (0.60) = 1.20, above 1; terms add up"),
        ("happiness:.8,AU12=.5", "AU12 from happiness:.8 (0.80) + AU12=.5 (0.50) = 1.30, above 1"),
        ("AU12=.7+AU12L=.5", "AU12L from AU12=.7 (0.70) + AU12L=.5 (0.50) = 1.20, above 1"),
        ("gaze(30,0),gaze(20,0)", "gaze yaw in degrees must be -40 to 40, came 50; terms add up"),
        ('{"units": {"AU6": true}}', "must be a number, came True"),
        ('{"units": {"AU6": NaN}}', "0 to 1"),
        ('{"units": {"AU6": 1' + "0" * 400 + "}}", "finite"),
        ('{"units": [1]}', "units must be an object"),
        ('{"gazes": [0, 0]}', "did you mean gaze"),
        ('{"schema": "mien.expression/2"}', "mien.expression/1"),
        ('{"a":' + "[" * 1500, "nested too deeply"),
        ("happiness+" * 300 + "happiness", "2048 bytes"),
    ],
)
def test_what_is_refused_says_why(text, said):
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(text)
    assert said in str(caught.value)


def test_values_are_checked_in_python_too():
    wrong: list[dict] = [{"AU12": 1.5}, {"AU12": math.nan}, {"AU12": "1"}, {"smile": 0.5}]
    for units_given in wrong:
        with pytest.raises(ExpressionError):
            Expression(units=units_given)
    with pytest.raises(ExpressionError, match="pitch"):
        Expression(gaze=(0, 90))


def test_an_expression_cannot_be_changed():
    with pytest.raises(TypeError):
        Expression.parse("AU6=.5").units["AU6"] = 1.0  # type: ignore[index]


def test_arithmetic():
    happy, side = Expression.parse("happiness:.8+head(10,0,0)"), Expression.parse("AU12L=.2")
    assert happy * 0.5 == 0.5 * happy == Expression().lerp(happy, 0.5)
    assert happy + side - happy == Expression.parse(
        f"AU12L={happy.units['AU12'] + 0.2 - happy.units['AU12']}"
    )
    assert (happy - side).sided()["AU12L"] == pytest.approx(0.6)
    with pytest.raises(ExpressionError, match="came -0.2"):
        Expression().__sub__(side)
    with pytest.raises(ExpressionError, match="AU6L must be 0 to 1, came 1.28"):
        happy.__mul__(2)


@given(expressions, expressions, strength)
def test_lerp_is_exact_at_its_ends_and_never_leaves_the_range(a, b, t):
    assert a.lerp(b, 0) == a and a.lerp(b, 1) == b
    a.lerp(b, t)


@given(shown_labels, strength)
def test_a_prototype_scores_its_strength_and_nothing_else(label, amount):
    scores = Expression.from_label(label, amount).scores()
    assert list(scores) == list(tables.labels())
    for other, score in scores.items():
        if other != "neutral":
            assert score == pytest.approx(amount if other == label else 0.0, abs=1e-6)


@given(st.sampled_from(tables.LABELS[1:-1]), units, st.floats(0.05, 0.5))
def test_more_of_a_label_never_scores_less(label, base, more):
    face = Expression(units=base) * 0.4
    before = face.scores()[label]
    after = (face + Expression.from_label(label, more)).scores()[label]
    assert after >= before + (more if before > 1e-6 else 0) - 1e-5


def test_neutral_falls_with_any_unit_and_contempt_has_two_sides():
    assert Expression().scores()["neutral"] == 1
    assert Expression.parse("AU18=.3").scores()["neutral"] == pytest.approx(0.7)
    assert Expression.parse("AU12L=.5,AU14L=.9").scores()["contempt"] == pytest.approx(1)


def test_circumplex_is_exact_at_its_labels_and_read_back():
    for row in tables.table():
        if row.label != "contempt":
            there = Expression.from_valence_arousal(row.valence, row.arousal)
            assert there.units == pytest.approx(dict(row.weights), abs=1e-9)
        assert Expression.from_label(row.label).valence_arousal() == pytest.approx((row.valence, row.arousal))
    assert Expression.parse("va(0.5,0.45)").valence_arousal() == pytest.approx((0.5, 0.45), abs=1e-6)


@given(st.floats(-0.99, 0.99), st.floats(-0.99, 0.99), st.floats(0, 2 * math.pi))
def test_circumplex_is_continuous(valence, arousal, way):
    near = affect.units_at(valence + 1e-5 * math.cos(way), arousal + 1e-5 * math.sin(way))
    here = affect.units_at(valence, arousal)
    assert all(abs(here.get(unit, 0) - near.get(unit, 0)) < 1e-3 for unit in (*here, *near))


@given(expressions)
def test_blendshapes_and_back(expression):
    there = expression.to_blendshapes()
    assert len(there) == 52 and all(0 <= value <= 1 for value in there.values())
    sides = {
        unit: value
        for unit, value in expression.sided().items()
        if unit not in ("AU1L", "AU1R", "AU23", "AU25", "AU27")
    }
    only = Expression(units=sides, gaze=(expression.gaze[0] / 2, expression.gaze[1] / 2))
    back = Expression.from_blendshapes({name.upper(): value for name, value in only.to_blendshapes().items()})
    assert all(abs(back.sided().get(unit, 0) - only.sided().get(unit, 0)) < 1e-9 for unit in tables.SIDED)
    assert back.gaze == pytest.approx(only.gaze, abs=1e-9)


def test_blendshape_sides_are_the_persons_own():
    look = Expression.from_blendshapes({"eyeLookOutLeft": 1, "eyeLookInRight": 1, "mouthSmileLeft": 0.5})
    assert look.gaze == (30, 0) and look.units == {"AU12L": 0.5}
    with pytest.raises(ExpressionError, match="did you mean jawOpen"):
        Expression.from_blendshapes({"jawOpn": 1})


def test_table_names_a_source_for_every_label():
    rows = tables.table()
    assert [row.label for row in rows] == list(tables.labels())
    assert all(row.source and set(row.weights) <= {*tables.UNITS, *tables.SIDED} for row in rows)
    assert len(tables.ALL_SHAPES) == 52 and set(tables.NAMES) == set(tables.UNITS)
    assert json.loads(Expression.from_label("fear").to_json())["units"]["AU20"] == 0.8
