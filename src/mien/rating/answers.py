"""The answers that a page saves, a CSV a person: read row by row; what is refused is named."""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from mien.errors import InputError
from mien.media.files import printable


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One choice of one person; the fields are the columns of the CSV."""

    participant: str
    """A code, no name."""
    page: str
    """Which page asked: the beginning of the hash of all that it holds."""
    seed: int
    """Which of the page's drawn orders the person was given."""
    question: str
    item: str
    """File name that the two have in their folders."""
    left: str
    right: str
    chosen: str
    """The system on the left, that on the right, and the chosen one of them."""
    milliseconds: int
    """From the two being seen to the choice."""
    repeated: bool
    """Whether the person had answered this pair before, with sides swapped."""
    comment: str
    """What the person wrote at the end; on the last row."""


COLUMNS = tuple(field.name for field in fields(Answer))
_NUMBERS = ("seed", "milliseconds")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Rows that do not count, and why."""

    file: str
    first: int
    last: int
    """Lines of the file, counted from 1; 0 for the file as a whole."""
    reason: str

    def __str__(self) -> str:
        lines = f"line {self.first}" if self.first == self.last else f"lines {self.first} to {self.last}"
        return f"{self.file}, {lines}: {self.reason}" if self.last else f"{self.file}: {self.reason}"


class _Refused(Exception):
    """A row or file that does not count; the text is the reason."""


_Place = tuple[str, int]  # file, line
_Row = tuple[_Place, Answer]


def read(paths: Sequence[str | Path]) -> tuple[list[Answer], list[Refusal]]:
    """The answers of one page in CSV files, and what was refused of them.

    Where rows of several pages came, the page with most rows counts. A person counts once: the same answer
    again, or another sitting under the same code, is refused. Raises `InputError` where no answer is left.
    """
    refused: list[tuple[_Place, str]] = []
    rows = [row for path in paths for row in _rows(path, refused)]
    counts = Counter(answer.page for _, answer in rows)
    page = counts.most_common(1)[0][0] if counts else ""
    answers = list(_of_one_page(rows, page, refused))
    order = [printable(path) for path in paths]
    refused.sort(key=lambda entry: (order.index(entry[0][0]), entry[0][1]))
    refusals = _joined(refused)
    if not answers:
        first = f" ({refusals[0]})" if refusals else ""
        raise InputError(
            f"no answers in {', '.join(order)}{first}: expected the CSV files that the page saves"
        )
    return answers, refusals


def _rows(path: str | Path, refused: list[tuple[_Place, str]]) -> Iterator[_Row]:
    """The rows of a file that can be read. No cell holds a line break, so a broken row spoils no other."""
    name, header = printable(path), []
    try:
        text = Path(path).read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        refused.append(((name, 0), f"cannot be read ({os.strerror(error.errno or 0).lower()})"))
        return
    for line, words in enumerate(io.StringIO(text, newline=None), 1):
        try:
            cells = next(csv.reader([words], strict=True), [])
            if not header:
                header = _header(cells)
            elif cells:
                yield (name, line), _answer(header, cells)
        except csv.Error as error:
            refused.append(((name, line), f"is no row of a CSV ({error})"))
        except _Refused as reason:
            refused.append(((name, line if header else 0), str(reason)))
            if not header:
                return


def _header(cells: list[str]) -> list[str]:
    """The columns, all that a page writes among them."""
    missing = [column for column in COLUMNS if column not in cells]
    if missing:
        raise _Refused(
            f"the first line lacks {','.join(missing)}: expected a file that the page saved, CSV with commas"
            " in UTF-8"
        )
    return cells


def _answer(header: list[str], row: list[str]) -> Answer:
    """A row's answer; raises `_Refused` with what is wrong."""
    if len(row) != len(header):
        raise _Refused(f"expected {len(header)} cells, came {len(row)}: cut off, or with a stray comma")
    cells = dict(zip(header, row, strict=True))
    if "\ufffd" in "".join(row):
        raise _Refused("holds letters that are not UTF-8: save the file again as UTF-8")
    for column in COLUMNS[:-1]:
        if not cells[column]:
            raise _Refused(f"{column} is empty")
    for column in _NUMBERS:
        if not (cells[column].isascii() and cells[column].isdigit()):
            raise _Refused(f"{column} must be a whole number, came {cells[column]!r}")
    if cells["repeated"] not in ("0", "1"):
        raise _Refused(f"repeated must be 0 or 1, came {cells['repeated']!r}")
    sides = (cells["left"], cells["right"])
    if sides[0] == sides[1]:
        raise _Refused(f"left and right are both {sides[0]!r}")
    if cells["chosen"] not in sides:
        raise _Refused(f"chosen must be {sides[0]} or {sides[1]}, came {cells['chosen']!r}")
    values = {column: cells[column] for column in COLUMNS}
    numbers = {column: int(cells[column]) for column in _NUMBERS}
    return Answer(**values | numbers | {"repeated": cells["repeated"] == "1"})  # type: ignore[arg-type]


def _of_one_page(rows: Iterable[_Row], page: str, refused: list[tuple[_Place, str]]) -> Iterator[Answer]:
    """The answers to the page, each once, of one sitting a person."""
    seen: dict[tuple, _Place] = {}
    sittings: dict[str, tuple[int, _Place]] = {}
    for place, answer in rows:
        seed, began = sittings.get(answer.participant, (answer.seed, place))
        sides = frozenset((answer.left, answer.right))
        key = (answer.participant, answer.question, answer.item, sides, answer.repeated)
        if answer.page != page:
            reason = f"answers the page {answer.page}, most others {page}: read each page's answers alone"
        elif seed != answer.seed:
            reason = (
                f"{answer.participant} took part already, in {began[0]}, with another seed;"
                " two people with one code: give one of them another"
            )
        elif key in seen:
            reason = f"{answer.participant} gave this answer already, in {seen[key][0]}"
        else:
            sittings[answer.participant], seen[key] = (seed, began), place
            yield answer
            continue
        refused.append((place, reason))


def _joined(refused: Sequence[tuple[_Place, str]]) -> list[Refusal]:
    """Lines that follow each other and share a reason, as one."""
    joined: list[Refusal] = []
    for (file, line), reason in refused:
        before = joined[-1] if joined else None
        if before and (before.file, before.last, before.reason) == (file, line - 1, reason):
            joined[-1] = Refusal(file=file, first=before.first, last=line, reason=reason)
        else:
            joined.append(Refusal(file=file, first=line, last=line, reason=reason))
    return joined
