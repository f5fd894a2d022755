"""Peak memory and time of scoring at 100 and at 1,000 clips: `python benchmarks/scoring.py`."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mien import comparison
from mien.data import people, sets

CLIPS = (100, 1000)
PER_PERSON = 6


def main() -> None:
    """A fresh process for each number of clips, so that none inherits another's peak."""
    if len(sys.argv) == 2:
        return one(Path(sys.argv[1]))
    print("| clips | peak memory | seconds |\n| --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for clips in CLIPS:
            persons = -(-clips // PER_PERSON)
            made = people.make(
                Path(folder) / str(clips), people=persons, test=persons, side=64, frames=4, jobs=2
            )
            subprocess.run([sys.executable, __file__, str(made)], check=True)


def one(folder: Path) -> None:
    """Score the copy and the engine on one set, and say what it took."""
    clips, began = sets.load(folder, held=0), time.monotonic()
    comparison.compare(["copy", "engine"], clips)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {len(clips)} | {peak:.0f} MB | {time.monotonic() - began:.0f} |", flush=True)


if __name__ == "__main__":
    main()
