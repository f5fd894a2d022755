"""The classifier and what is said of it: better than chance, the same again, honest about what it saw."""

import json
from pathlib import Path

import numpy as np
import pytest
from crowds import crowd

from mien.augmentation import folder
from mien.data import people, survey
from mien.errors import ExpressionError, InputError
from mien.recognition import comparison, examples, figures, learning
from mien.recognition.comparison import EVEN, MADE, PLAIN, recognise
from mien.requests import RecogniseRequest
from mien.verbs.recognise import lines


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A set of 20 persons to learn from and 4 to be judged by."""
    place = tmp_path_factory.mktemp("drawn") / "set"
    return str(people.make(place, people=24, test=4, side=64, frames=2, seed=3))


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Photos in two parts, and a folder as augment leaves it: the fear of the second person, "made"."""
    place = tmp_path_factory.mktemp("photos")
    crowd(place / "set/train", neutral="2", fear="1")
    crowd(place / "set/test", neutral="90001", fear="90003")
    crowd(place / "made", fear="2")
    (place / "made" / folder.RECORD).write_text("{}")
    return place


def asking(place: Path, source: str) -> RecogniseRequest:
    """What asks for the made picture, once its manifest says that it is of a source."""
    row = {"file": "fear/p2.png", "expression": "fear", "source": source}
    row["source_sha256"] = survey.digest(place / source)
    (place / "made" / folder.MANIFEST).write_text(json.dumps(row) + "\n")
    return RecogniseRequest(data=str(place / "set"), augmented=place / "made", seeds=2, steps=2)


def faces(labels: str, people: str) -> examples.Examples:
    """Black crops with classes and persons, a letter each."""
    crops = np.zeros((len(labels), 64, 64, 3), np.uint8)
    return examples.Examples(crops=crops, labels=tuple(labels), people=tuple(people))


def material(train, test=None, made=None) -> examples.Material:
    return examples.Material(train=train, test=test, made=made, skipped=(), doubts=())


def test_it_learns_more_than_chance_and_the_same_again(drawn):
    found = examples.read(RecogniseRequest(data=drawn), lambda *_: None)
    assert found.test is not None
    names = sorted(set(found.train.labels))
    labels, even = np.array([names.index(name) for name in found.train.labels]), np.ones(120)
    net = learning.fit(found.train.crops, labels, even, 6, 0, 80)
    right = learning.answers(net, found.test.crops) == [names.index(name) for name in found.test.labels]
    assert right.mean() > 0.35  # chance is 1 of 6
    once, again, other = (
        learning.fit(found.train.crops, labels, even, 6, seed, 2).state_dict() for seed in (0, 0, 1)
    )
    assert all((once[name] == again[name]).all() for name in once)
    assert any((once[name] != other[name]).any() for name in once)


def test_a_comparison_says_what_it_rests_on(drawn):
    found = recognise(RecogniseRequest(data=drawn, seeds=3, steps=2))
    assert [arm.name for arm in found.arms] == [PLAIN, EVEN] and found.test_persons == 4
    for arm in found.arms:
        low, high = arm.macro_recall_interval
        assert arm.macro_recall == pytest.approx(np.mean(list(arm.recall.values())))
        assert low <= arm.macro_recall <= high and set(arm.pictures.values()) == {20}
    assert found.differences[0].macro_recall == pytest.approx(
        np.mean(found.arms[1].each) - np.mean(found.arms[0].each)
    )
    assert "over persons bootstrap" in found.recipe and "2 steps" in found.recipe
    table = lines(found)
    assert table[0].count("|") == 11 and table[2].startswith(f"| {PLAIN} | 120 | ")
    assert any(line.startswith(f"{EVEN}, against {PLAIN}: macro recall") for line in table)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["classes"] == list(found.classes)


def test_without_a_test_part_each_person_is_judged_once():
    alone = material(faces("ab" * 14, "".join(letter * 2 for letter in "ABCDEFGHIJKLMN")))
    _, owners = np.unique(alone.train.people, return_inverse=True)
    splits = [comparison._split(alone, owners, seed) for seed in range(5)]
    assert sorted(np.concatenate([held for _, held in splits])) == list(range(28))
    assert all(not set(owners[learnt]) & set(owners[held]) for learnt, held in splits)


def test_nothing_made_of_who_is_held_out_is_learned_from():
    whole = material(faces("aabb", "ABCD"), made=faces("bb", "AD"))
    diet, weights = comparison._diet(whole, np.array([0, 2]), MADE, ("a", "b"))
    assert diet.labels == ("a", "b", "b") and diet.people == ("A", "C", "A") and (weights == 1).all()
    _, weights = comparison._diet(whole, np.array([0, 1, 2]), EVEN, ("a", "b"))
    assert weights.tolist() == [0.5, 0.5, 1]


def test_made_pictures_are_learned_from_beside_the_set(photos):
    found = recognise(asking(photos, "set/train/neutral/p2.png"))
    pictures = {arm.name: arm.pictures for arm in found.arms}
    assert pictures[PLAIN] == pictures[EVEN] == {"fear": 1, "neutral": 1}
    assert pictures[MADE] == {"fear": 2, "neutral": 1} and len(found.differences) == 3
    assert found.differences[0].one == MADE and found.test_pictures == 2
    assert not found.skipped


def test_made_pictures_of_who_is_judged_are_refused(photos):
    with pytest.raises(InputError, match="made from photos that are judged by"):
        recognise(asking(photos, "set/test/neutral/p90001.png"))


def test_who_is_learned_from_is_not_judged_by(photos):
    part = str(photos / "set/train")
    with pytest.raises(InputError, match="4 times a person or picture is both learned from and judged by"):
        recognise(RecogniseRequest(data=part, test=part))


@pytest.mark.parametrize(
    ("train", "test", "error"),
    [
        (faces("aabb", "ABCD"), None, "4 persons to learn from, 5 are needed"),
        (faces("aabb", "AAAA"), faces("ab", "EF"), "1 persons to learn from, 2 are needed"),
        (faces("aabb", "ABCD"), faces("ab", "EE"), "1 persons to be judged by, 2 are needed"),
        (faces("aabb", "ABCD"), faces("abc", "EFG"), "the test part shows c, which is not learned"),
        (faces("abc", "ABC"), faces("ab", "EF"), "nobody in the test part shows c"),
        (faces("aa", "AB"), faces("aa", "EF"), "expected two classes or more, came a"),
        (faces("", ""), None, "no face at all"),
    ],
)
def test_what_cannot_be_judged_is_refused_before_any_training(train, test, error):
    with pytest.raises(InputError, match=error):
        comparison._checked(material(train, test))


def test_one_seed_has_no_interval():
    with pytest.raises(ExpressionError, match="2 seeds or more"):
        RecogniseRequest(data="people-64", seeds=1)


def test_figures_are_those_of_the_books():
    low, high = figures.over_seeds(np.array([1.0, 2, 3, 4, 5]))
    assert (low, high) == pytest.approx((3 - 1.9632, 3 + 1.9632), abs=1e-4)  # t of 4 degrees at .975: 2.7764
    counts = np.array([[8.0, 2], [3, 1]])
    assert figures.accuracy(counts) == pytest.approx(9 / 14)
    assert figures.macro_recall(counts) == pytest.approx((0.8 + 0.25) / 2)
    assert figures.macro_recall(np.array([[4.0, 1], [0, 0]])) == pytest.approx(
        0.8
    )  # nobody showed the second
    truth, said, owners = np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 1, 1])
    assert figures.counted(truth, said, owners, 2, 2).tolist() == [[[1, 0], [0, 0]], [[0, 1], [0, 1]]]


def test_the_interval_over_persons_covers_as_often_as_it_says():
    chance, covered = np.random.default_rng(0), 0
    for _ in range(100):  # each person shows two classes five times; one way names 0.7 of them, the other 0.6
        skill = np.clip(np.array([0.7, 0.6])[:, None] + chance.normal(0, 0.1, 40), 0, 1)
        right = chance.binomial(5, skill[:, :, None], (2, 40, 2))
        counts = np.zeros((2, 40, 2, 2))
        counts[..., [0, 1], [0, 1]], counts[..., [0, 1], [1, 0]] = right, 5 - right
        low, high = figures.over_persons(*counts) or (0, 0)
        covered += low <= 0.1 <= high
    assert 88 <= covered <= 99
    assert figures.over_persons(counts[0, :4], counts[1, :4]) is None
