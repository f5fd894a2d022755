"""Figures of a paired test from its answers: shares, strengths, how steadily people choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np

from mien.rating.answers import Answer
from mien.rating.strengths import interval, log_odds, resample, strengths, wilson

RESAMPLES = 2000
"""Tables drawn for an interval (ours)."""
_SEED = 0  # of those draws: the same answers give the same figures


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many; nan of none."""

    count: int
    total: int
    share: float
    """0..1."""
    low: float
    high: float
    """95 % interval of Wilson, which takes every answer for independent of the others."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One system in one question."""

    system: str
    chosen: Share
    """Of the pairs in which it was shown."""
    strength: float
    """Log odds against the mean of all; infinite where nothing bounds it on one side, nan on either."""
    low: float
    high: float
    """95 % interval by resampling; nan where the strength is not finite: the share has to do."""


@dataclass(frozen=True, kw_only=True)
class Duel:
    """Two systems in one question."""

    first: str
    second: str
    chosen: Share
    """How often the first, of the pairs of these two."""
    chance: float
    """That the first is chosen, by the fitted strengths; nan where the answers do not bound them."""
    low: float
    high: float
    """95 % interval by resampling; nan as well."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """The figures of one question, over first showings; repeated pairs serve `steady` alone."""

    name: str
    people: int
    answers: int
    standings: list[Standing]
    """Strongest first."""
    duels: list[Duel]
    """Every two, the stronger first."""
    resampled: str
    """What was drawn for the intervals: people, or, of one person, answers."""
    unbounded: list[str]
    """What the answers leave open, a sentence each; empty where every strength is finite."""
    steady: Share
    """Repeated pairs in which the same system was chosen again."""
    left: Share
    """Choices of the left side, repeated ones among them."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """One participant, for a look at who answered carelessly; nobody is left out for it."""

    code: str
    answers: int
    seconds: float
    """Median time of a choice."""
    steady: Share
    left: Share
    comment: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """All figures of a test."""

    page: str
    answers: int
    """Repeated ones among them."""
    people: list[Person]
    questions: list[Question]


def report(answers: Sequence[Answer]) -> Report:
    """The figures of the answers to one page, at least one."""
    codes = sorted({answer.participant for answer in answers})
    names = dict.fromkeys(answer.question for answer in answers)
    return Report(
        page=answers[0].page,
        answers=len(answers),
        people=[_person([one for one in answers if one.participant == code]) for code in codes],
        questions=[_question([one for one in answers if one.question == name]) for name in names],
    )


def _person(answers: Sequence[Answer]) -> Person:
    return Person(
        code=answers[0].participant,
        answers=len(answers),
        seconds=median(answer.milliseconds for answer in answers) / 1000,
        steady=_steady(answers),
        left=_left(answers),
        comment=" ".join(answer.comment for answer in answers if answer.comment),
    )


def _question(answers: Sequence[Answer]) -> Question:
    systems = sorted({side for answer in answers for side in (answer.left, answer.right)})
    firsts = _firsts(answers)
    people = sorted({answer.participant for answer in firsts})
    units = _units(firsts, systems, people)
    odds, drawn = log_odds(units.sum(0)[None])[0], log_odds(resample(units, RESAMPLES, _SEED))  # (s, s)
    standings = _standings(systems, units, odds, drawn)
    return Question(
        name=answers[0].question,
        people=len(people),
        answers=len(firsts),
        standings=standings,
        duels=_duels(systems, [systems.index(row.system) for row in standings], units, odds, drawn),
        resampled="people" if len(people) > 1 else "answers",
        unbounded=_unbounded(systems, odds),
        steady=_steady(answers),
        left=_left(answers),
    )


def _firsts(answers: Sequence[Answer]) -> list[Answer]:
    """Each pair of a person once: as first shown, or the repeat where that row was refused."""
    return list(
        {_key(answer): answer for answer in sorted(answers, key=lambda one: not one.repeated)}.values()
    )


def _units(answers: Sequence[Answer], systems: Sequence[str], people: Sequence[str]) -> np.ndarray:
    """(n, s, s) wins of each person; of each answer where one person gave them all."""
    rows = range(len(answers)) if len(people) == 1 else [people.index(one.participant) for one in answers]
    units = np.zeros((max(rows) + 1, len(systems), len(systems)))
    for row, answer in zip(rows, answers, strict=True):
        lost = answer.right if answer.chosen == answer.left else answer.left
        units[row, systems.index(answer.chosen), systems.index(lost)] += 1
    return units


def _standings(
    systems: Sequence[str], units: np.ndarray, odds: np.ndarray, drawn: np.ndarray
) -> list[Standing]:
    wins, values = units.sum(0), strengths(odds[None])[0]  # (s, s), (s,)
    low, high = _where(np.isfinite(values), *interval(strengths(drawn), len(units)))
    rows = [
        Standing(
            system=system,
            chosen=_share(int(wins[place].sum()), int(wins[place].sum() + wins[:, place].sum())),
            strength=float(values[place]),
            low=float(low[place]),
            high=float(high[place]),
        )
        for place, system in enumerate(systems)
    ]
    over = np.nan_to_num(np.sign(odds)).sum(1)  # orders those too whose strength nothing bounds
    return [rows[place] for place in np.argsort(-over, kind="stable")]


def _duels(
    systems: Sequence[str], ranked: Sequence[int], units: np.ndarray, odds: np.ndarray, drawn: np.ndarray
) -> list[Duel]:
    wins, bounded = units.sum(0), np.isfinite(odds)  # (s, s)
    chance, low, high = _where(bounded, *map(_chance, (odds, *interval(drawn, len(units)))))
    return [
        Duel(
            first=systems[one],
            second=systems[other],
            chosen=_share(int(wins[one, other]), int(wins[one, other] + wins[other, one])),
            chance=float(chance[one, other]),
            low=float(low[one, other]),
            high=float(high[one, other]),
        )
        for one, other in combinations(ranked, 2)
    ]


def _where(bounded: np.ndarray, *values: np.ndarray) -> tuple[np.ndarray, ...]:
    """The values, nan where nothing bounds the estimate: no resampling can tell its interval."""
    return tuple(np.where(bounded, value, np.nan) for value in values)


def _chance(odds: np.ndarray) -> np.ndarray:
    """0..1 of log odds, infinite ones too."""
    return (1 + np.tanh(odds / 2)) / 2


def _share(count: int, total: int) -> Share:
    low, high = wilson(count, total)
    return Share(count=count, total=total, share=count / total if total else float("nan"), low=low, high=high)


def _unbounded(systems: Sequence[str], odds: np.ndarray) -> list[str]:
    """A sentence for each group of systems that the others never beat, or never lost to, or never met."""
    found, told = [], set()
    for row in odds:
        group = tuple(int(place) for place in np.flatnonzero(np.isfinite(row)))
        outside = row[~np.isfinite(row)]
        if not len(outside) or group in told:
            continue
        told.add(group)
        name = " and ".join(systems[place] for place in group)
        if (outside == np.inf).all():
            found.append(
                f"no other system was ever chosen over {name}; how much stronger, the answers do not say"
            )
        elif (outside == -np.inf).all():
            found.append(f"no other system ever lost to {name}; how much weaker, the answers do not say")
        elif np.isnan(outside).all():
            found.append(f"no other system was compared with {name}, not even by way of a third")
        else:
            found.append(f"the answers bound the strength of {name} on neither side")
    return found


def _steady(answers: Sequence[Answer]) -> Share:
    """Repeated pairs in which the person chose as before, of those whose first answer is here too."""
    before = {_key(answer): answer.chosen for answer in answers if not answer.repeated}
    again = [answer for answer in answers if answer.repeated and _key(answer) in before]
    return _share(sum(answer.chosen == before[_key(answer)] for answer in again), len(again))


def _key(answer: Answer) -> tuple:
    return answer.participant, answer.question, answer.item, frozenset((answer.left, answer.right))


def _left(answers: Sequence[Answer]) -> Share:
    return _share(sum(answer.chosen == answer.left for answer in answers), len(answers))
