"""Pictures a second of `mien augment`, 1 and 2 jobs and two Dask workers: `python benchmarks/augment.py`."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recognition import write_people

from mien.augmentation.pipeline import augment
from mien.requests import AugmentRequest

SUBJECT = r"p(\d+)"


def measured(data: Path, out: Path, **how: Any) -> tuple[int, float, float]:
    """Pictures made, seconds of looking and of making, the start of helpers included."""
    last = {}
    start = time.perf_counter()

    def tell(stage: str, done: int, total: int) -> None:
        last[stage] = time.perf_counter() - start

    request = AugmentRequest(data=data, out=out, per_image=1, subject=SUBJECT, force=True, **how)
    report = augment(request, tell)
    return report.made_now, last["looking"], last["making"] - last["looking"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=40, help="photos, one picture is made of each")
    parser.add_argument("--side", type=int, default=256, help="of the photos, pixels")
    parser.add_argument("--no-cluster", action="store_true", help="leave the two Dask workers out")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place, rows = Path(folder), []
        half = given.photos // 2
        write_people(place / "set", {"neutral": range(half), "happiness": range(half)}, given.side)
        measured(place / "set", place / "first")  # what numba compiles is kept for the others
        for jobs in (1, 2):
            rows.append((f"{jobs} job{'s' * (jobs > 1)}", *measured(place / "set", place / "out", jobs=jobs)))
        if not given.no_cluster:
            with two_workers() as address:
                rows.append(("2 Dask workers", *measured(place / "set", place / "out", cluster=address)))
    print(f"{given.photos} photos of {given.side} px, one picture each, receipts included\n")
    print("| with | looked at a second | made a second |\n| --- | --- | --- |")
    for name, made, looking, making in rows:
        print(f"| {name} | {given.photos / looking:.2f} | {made / making:.2f} |")


@contextmanager
def two_workers() -> Iterator[str]:
    """The address of a cluster of two workers on this machine, a process each."""
    from distributed import LocalCluster

    local: Any = LocalCluster
    with local(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


if __name__ == "__main__":
    main()
