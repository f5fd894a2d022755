"""What an augmentation came to: classes, persons, leaks, and what went wrong with which photo."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from mien.augmentation.inspection import Inspected
from mien.data.persons import ALIKE, PERHAPS, SAME, TWIN
from mien.receipt import MOST_IDENTITY_DISTANCE
from mien.version import SOFTWARE

SCHEMA = "mien.augmentation-report/1"
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found, made, and left; `to_dict` and `lines` are its two faces."""

    classes: dict[str, dict[str, int]]
    """For each: pictures it had, made for it, missing still; the persons in it then, and of those made the
    greatest number that is of one person."""
    photos: int
    """To learn from, that can be read."""
    sources: int
    """Of these, with a face that can be used."""
    persons: int
    test_photos: int
    skipped: tuple[tuple[str, str], ...]
    """(photo, reason) of what could not be used."""
    leaks: tuple[str, ...]
    """Certain ones first, then those that a person should look at."""
    left_out: int
    """Photos from which nothing was made because they leak."""
    failed: tuple[tuple[str, str], ...] = ()
    """(picture, reason) of what could not be made."""
    identity: dict[str, float] = field(default_factory=dict)
    """Distance from source to made picture: median, greatest, and how many pass the receipt's threshold."""
    made_now: int = 0
    seconds: float = 0.0
    """Spent making; the rest was looking."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        bounds = {"same_person": SAME, "perhaps_same_person": PERHAPS}
        bounds |= {"same_picture_bits": ALIKE, "same_picture_faces": TWIN}
        return {"schema": SCHEMA, "software": SOFTWARE, "thresholds": bounds, **asdict(self)}

    def lines(self) -> list[str]:
        """For a person."""
        out = [
            f"{self.photos} photos of {self.persons} persons, {self.sources} with a face to make from"
            + (f"; nothing of {self.left_out} that leak" if self.left_out else "")
        ]
        for label, row in self.classes.items():
            short = f", {row['missing']} missing: too few sources" if row["missing"] else ""
            out.append(
                f"{label}: {row['had']} + {row['made']} made, {row['persons']} persons, "
                f"at most {row['most_of_one']} made of one{short}"
            )
        if self.identity:
            out.append(
                "identity distance of made to source: median {median:.2f}, greatest {greatest:.2f}, "
                "{above:.0f} above {bound}".format(**self.identity, bound=MOST_IDENTITY_DISTANCE)
            )
        if self.made_now:
            rate = self.made_now / max(self.seconds, 1e-9)
            out.append(f"{self.made_now} made in {self.seconds:.0f} s, {rate:.2f} a second")
        for what, rows in (("left out", self.skipped), ("not made", self.failed)):
            out += _some(f"{len(rows)} {what}", [f"{name}: {reason}" for name, reason in rows])
        if not self.test_photos:
            out.append("no test part was named: nothing was compared with it (--test)")
        return out + _some(f"{len(self.leaks)} possible leaks", self.leaks)


def of(
    found: Inspected,
    rows: Sequence[Mapping[str, Any]],
    missing: Mapping[str, int],
    failed: Sequence[tuple[str, str]],
    made_now: int,
    seconds: float,
) -> Report:
    """The report of a set that was looked at, and of the rows of its manifest."""
    faces = sum(looked.face is not None for looked in found.train)
    return Report(
        classes=_classes(found, rows, missing),
        photos=len(found.train),
        sources=faces,
        persons=len(set(found.people)),
        test_photos=len(found.test),
        skipped=found.skipped,
        leaks=tuple(map(str, found.leaks)),
        left_out=len(found.leaking),
        failed=tuple(failed),
        identity=_identity(rows),
        made_now=made_now,
        seconds=round(seconds, 1),
    )


def _classes(
    found: Inspected, rows: Sequence[Mapping[str, Any]], missing: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    had = Counter(looked.photo.label for looked in found.train)
    people: dict[str, set[str]] = defaultdict(set)
    for looked, person in zip(found.train, found.people, strict=True):
        people[looked.photo.label].add(person)
    made: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        made[row["class"]][row["subject"]] += 1
    return {
        label: {
            "had": had[label],
            "made": made[label].total(),
            "missing": missing.get(label, 0),
            "persons": len(people[label] | set(made[label])),
            "most_of_one": max(made[label].values(), default=0),
        }
        for label in sorted({*had, *made, *missing})
    }


def _identity(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    apart = np.array([row["receipt"]["identity_distance"] for row in rows])
    if not len(apart):
        return {}
    above = int((apart > MOST_IDENTITY_DISTANCE).sum())
    return {"median": float(np.median(apart)), "greatest": float(apart.max()), "above": above}


def _some(title: str, rows: Sequence[str]) -> list[str]:
    """The first of many rows under a title, nothing where there are none."""
    more = [f"  and {len(rows) - _SHOWN} more in the report"] if len(rows) > _SHOWN else []
    return [f"{title}:", *(f"  {row}" for row in rows[:_SHOWN]), *more] if rows else []
