"""What is shown of a comparison: tables, and one page that holds its pictures and needs nothing else."""

from pathlib import Path

from mien.comparison import Comparison
from mien.media.files import unwritable, write_bytes_atomically
from mien.reports.page import page
from mien.reports.tables import markdown, record, table, winners

__all__ = ["markdown", "page", "record", "table", "winners", "write"]


def write(comparison: Comparison, folder: Path, *, force: bool = False) -> list[Path]:
    """Write comparison.md, .csv, .json and .html into a folder; raises `OutputError` where one stands."""
    made = {"md": markdown, "csv": table, "json": record, "html": page}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    paths = [folder / f"comparison.{ending}" for ending in made]
    for path, drawn in zip(paths, made.values(), strict=True):
        write_bytes_atomically(path, drawn(comparison).encode(), force)
    return paths
