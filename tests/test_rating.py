"""A paired test: statistics against outside references, the drawn orders, answers as people send them."""

import csv
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.stats import binomtest

from mien.errors import InputError
from mien.rating import answers, figures, trials
from mien.rating.strengths import interval, log_odds, resample, strengths, wilson

BASEBALL = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
)
"""Wins of Milwaukee, Detroit, Toronto, New York, Boston, Cleveland and Baltimore in 1987 (Agresti 1990)."""


def fitted(wins: ArrayLike) -> np.ndarray:
    return log_odds(np.asarray(wins, float)[None])[0]


def test_baseball_comes_out_as_published():
    published = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0]  # R, BradleyTerry2: against Baltimore
    assert np.allclose(fitted(BASEBALL)[:, 6], published, atol=5e-5)


@pytest.mark.parametrize("seed", range(4))
def test_strengths_are_those_of_a_logistic_regression(seed):
    random = np.random.default_rng(seed)
    wins = random.integers(1, 20, (5, 5)) * (1 - np.eye(5))

    def loss(beta: np.ndarray) -> float:
        return float((wins * np.logaddexp(0, beta[None] - beta[:, None])).sum())

    best = minimize(loss, np.zeros(5), tol=1e-10).x
    assert np.allclose(strengths(fitted(wins)[None])[0], best - best.mean(), atol=1e-4)


@given(st.integers(1, 500), st.integers(1, 500))
def test_two_systems_have_a_closed_form(won, lost):
    assert np.isclose(fitted([[0, won], [lost, 0]])[0, 1], np.log(won / lost))


def test_what_nothing_bounds_is_said_and_the_rest_is_fitted():
    odds = fitted([[0, 3, 2, 0], [0, 0, 4, 0], [0, 1, 0, 0], [0, 0, 0, 0]])  # a above b and c; d never shown
    assert odds[0, 1] == odds[0, 2] == np.inf and odds[1, 0] == -np.inf
    assert np.isclose(odds[1, 2], np.log(4)) and np.isnan(odds[3, :3]).all() and np.isnan(odds[:3, 3]).all()
    three = strengths(odds[None, :3, :3])[0]
    assert three[0] == np.inf and (three[1:] == -np.inf).all()
    between = strengths(log_odds(np.triu(np.ones((1, 3, 3)), 1)))[0]
    assert between[0] == np.inf and np.isnan(between[1]) and between[2] == -np.inf


@given(st.integers(1, 200).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_wilson_is_that_of_scipy(case):
    outside = binomtest(*case).proportion_ci(method="wilson")
    assert np.allclose(wilson(*case), (outside.low, outside.high))


def crowd(people: int, random: np.random.Generator, size: int = 12) -> np.ndarray:
    """(people, 3, 3) wins of people who differ in taste."""
    beta = np.array([-0.6, 0, 0.6]) + random.normal(0, 0.5, (people, 3))
    wins = np.zeros((people, 3, 3))
    for one, other in combinations(range(3), 2):
        won = random.binomial(size, 1 / (1 + np.exp(beta[:, other] - beta[:, one])))
        wins[:, one, other], wins[:, other, one] = won, size - won
    return wins


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    random = np.random.default_rng(0)
    truth = strengths(log_odds(crowd(50_000, random).sum(0)[None]))[0]
    held = []
    for seed in range(60):
        low, high = interval(strengths(log_odds(resample(crowd(8, random), 400, seed))), 8)
        held.append((low <= truth) & (truth <= high))
    assert 0.87 <= np.mean(held) <= 0.99


def test_orders_are_balanced_and_repeats_are_swapped():
    for seed in range(30):
        drawn = trials.draw(systems=4, items=10, pairs=36, repeat=0.1, seed=(5, seed))
        first = [trial for trial in drawn if not trial.repeated]
        again = [(place, trial) for place, trial in enumerate(drawn) if trial.repeated]
        assert len(first) == 36 and len(again) == 4
        for one, other in combinations(range(4), 2):
            assert sum((trial.left, trial.right) == (one, other) for trial in first) == 3
            assert sum((trial.left, trial.right) == (other, one) for trial in first) == 3
        for place, trial in again:
            original = drawn.index(trials.Trial(trial.item, trial.right, trial.left, 0))
            assert place - original > 5


@given(st.integers(2, 5), st.integers(1, 9), st.integers(1, 60), st.floats(0, 0.5), st.integers(0, 99))
def test_any_order_is_fair(systems, items, pairs, repeat, seed):
    pairs = min(pairs, items * systems * (systems - 1) // 2)
    drawn = trials.draw(systems=systems, items=items, pairs=pairs, repeat=repeat, seed=(0, seed))
    assert drawn == trials.draw(systems=systems, items=items, pairs=pairs, repeat=repeat, seed=(0, seed))
    first = [trial for trial in drawn if not trial.repeated]
    shown = [(trial.item, frozenset((trial.left, trial.right))) for trial in first]
    assert len(shown) == len(set(shown)) == pairs and all(len(sides) == 2 for _, sides in shown)
    duels = [sum(sides == {*duel} for _, sides in shown) for duel in combinations(range(systems), 2)]
    counts = [sum(item == number for item, _ in shown) for number in range(items)]
    assert max(duels) - min(duels) <= 1 and max(counts) - min(counts) <= 1
    lefts = {
        duel: sum((one.left, one.right) == duel for one in first) for duel in combinations(range(systems), 2)
    }
    assert all(abs(2 * left - count) <= 1 for left, count in zip(lefts.values(), duels, strict=True))
    for trial in drawn[len(first) :]:
        assert not trial.repeated or trials.Trial(trial.item, trial.right, trial.left, 0) in drawn


def row(
    person: str = "P1", item: str = "1.png", sides: str = "ab", chosen: str = "a", **other: object
) -> dict:
    filled = {"participant": person, "page": "p", "seed": 3, "question": "quality", "item": item}
    filled |= {"left": sides[0], "right": sides[1], "chosen": chosen, "milliseconds": 900, "repeated": 0}
    return filled | {"comment": ""} | other


def saved(path: Path, *rows: dict) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, answers.COLUMNS)
        table.writeheader()
        table.writerows(rows)
    return path


def reported(folder: Path, *rows: dict) -> figures.Report:
    return figures.report(answers.read([saved(folder / "a.csv", *rows)])[0])


def test_bad_rows_are_named_and_the_rest_counts(tmp_path):
    first = saved(
        tmp_path / "first.csv",
        row(),
        row(item="2.png", chosen="c"),
        row(item="3.png", milliseconds="-5"),
        row(item="4.png", sides="aa"),
        row(item="5.png", page="q"),
        row(item=""),
        row(item="6.png", repeated="yes"),
        row(item='7, "x" ü.png', sides="ba", comment="soft, odd"),
        row(),
    )
    second = saved(tmp_path / "second.csv", row("P1", "8.png", seed=9), row("P1", "9.png", seed=9), row("P2"))
    with second.open("a") as file:
        file.write('P2,p,3,"quality\nP2,p,3\n' + "P3,p,3,quality,1.png,a,b,b,70,0,\r\n")
    (tmp_path / "third.csv").write_text("a;b\n")
    given, refused = answers.read([first, second, tmp_path / "third.csv", tmp_path / "none.csv"])
    assert [(one.participant, one.item) for one in given] == [
        ("P1", "1.png"), ("P1", '7, "x" ü.png'), ("P2", "1.png"), ("P3", "1.png"),
    ]  # fmt: skip
    said = [str(one).replace(str(tmp_path) + "/", "") for one in refused]
    expected = (
        ("first.csv, line 3: chosen must be a or b, came 'c'",),
        ("first.csv, line 4: milliseconds must be a whole number, came '-5'",),
        ("first.csv, line 5: left and right are both 'a'",),
        ("first.csv, line 6: answers the page q", "p"),
        ("first.csv, line 7: item is empty",),
        ("first.csv, line 8: repeated must be 0 or 1, came 'yes'",),
        ("first.csv, line 10: P1 gave this answer already, in ", "first.csv"),
        ("second.csv, lines 2 to 3: P1 took part already, in ", "first.csv", "another seed"),
        ("second.csv, line 5: is no row of a CSV",),
        ("second.csv, line 6: expected 11 cells, came 3",),
        ("third.csv: the first line lacks participant,",),
        ("none.csv: cannot be read (no such file",),
    )
    assert len(said) == len(expected)
    for line, (start, *words) in zip(said, expected, strict=True):
        assert line.startswith(start) and all(word in line for word in words), line


def test_files_without_an_answer_are_an_error(tmp_path):
    with pytest.raises(InputError, match="first line lacks participant"):
        answers.read([Path(__file__)])
    with pytest.raises(InputError, match="no answers in"):
        answers.read([saved(tmp_path / "empty.csv")])


def test_figures_of_answers_that_can_be_counted_by_hand(tmp_path):
    rows = [
        row(f"P{n}", f"{k}.png", chosen="ab"[k == 0], milliseconds=1000 + n)
        for n in range(4)
        for k in range(4)
    ]
    rows += [row(f"P{n}", "1.png", "ba", "ab"[n == 3], repeated=1, comment="lips") for n in range(4)]
    found = reported(tmp_path, *rows)
    (question,) = found.questions
    assert (found.answers, question.answers, question.people, question.resampled) == (20, 16, 4, "people")
    best, worst = question.standings
    assert (best.system, best.chosen.count, best.chosen.total, worst.chosen.count) == ("a", 12, 16, 4)
    assert np.isclose(best.strength, np.log(3) / 2) and np.isclose(worst.strength, -best.strength)
    (duel,) = question.duels
    assert (duel.first, duel.second) == ("a", "b") and np.isclose(duel.chance, 0.75)
    assert (question.steady.count, question.steady.total) == (3, 4)
    assert (question.left.count, question.left.total) == (12 + 1, 20)
    assert found.people[2].seconds == 1.002 and found.people[2].comment == "lips"


def test_people_who_agree_leave_no_spread_but_answers_of_one_do(tmp_path):
    alike = [row(f"P{n}", f"{k}.png", chosen="aab"[k]) for n in range(9) for k in range(3)]
    several = reported(tmp_path, *alike).questions[0]
    alone = reported(tmp_path, *[{**one, "item": str(k), "participant": "P"} for k, one in enumerate(alike)])
    assert np.isclose(several.duels[0].low, 2 / 3) and np.isclose(several.duels[0].high, 2 / 3)
    duel, wide = alone.questions[0].duels[0], binomtest(18, 27).proportion_ci()
    assert alone.questions[0].resampled == "answers"
    assert abs(duel.low - wide.low) < 0.06 and abs(duel.high - wide.high) < 0.06


def test_a_system_that_always_wins_is_called_unbounded(tmp_path):
    rows = [row(f"P{n}", f"{k}.png") for n in range(5) for k in range(4)]
    rows += [row(f"P{n}", f"{k}.png", "bc", "bc"[n % 2]) for n in range(5) for k in range(4)]
    question = reported(tmp_path, *rows).questions[0]
    a, *others = question.standings
    assert [other.system for other in others] == ["b", "c"]
    assert a.system == "a" and a.strength == np.inf and np.isnan(a.low) and a.chosen.low > 0.8
    assert all(other.strength == -np.inf for other in others)
    assert any("ever chosen over a;" in sentence for sentence in question.unbounded)
    chances = {frozenset((duel.first, duel.second)): duel.chance for duel in question.duels}
    assert np.isnan(chances[frozenset("ab")]) and np.isclose(chances[frozenset("bc")], 0.6)


def test_a_repeat_stands_in_where_its_first_showing_is_gone(tmp_path):
    question = reported(tmp_path, row(sides="ba", chosen="b", repeated=1)).questions[0]
    assert question.answers == 1 and question.steady.total == 0 and question.standings[0].system == "b"
