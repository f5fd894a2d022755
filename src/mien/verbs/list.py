"""`mien list`: every system in one table."""

from collections.abc import Sequence

from mien import systems
from mien.verbs.options import parse


def run(args: Sequence[str]) -> int:
    """Print the table; 0."""
    parse("list", "Every system: name, task, year, whether weights come with mien.", None, args)
    rows = [("system", "task", "year", "weights", "what it is")]
    for name in systems.names():
        about = systems.about(name)
        weights = "come with mien" if systems.bundle_of(name).is_dir() else "train them"
        rows.append((systems.spoken(name), about.task, str(about.year), weights, about.title))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print(*(word.ljust(width) for word, width in zip(row, widths, strict=False)), row[4], sep="  ")
    print("\nmien show NAME tells more; mien train NAME --data people-64 --out runs/NAME trains one")
    return 0
