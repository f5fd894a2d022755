"""Many photos: which files are meant, where each result goes, and work that one bad item never stops."""

import glob
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from mien.errors import InputError, MienError, OutputError, interrupted

Work = Callable[[Any], dict[str, Any]]
FILMS = (".mp4", ".webm", ".gif", ".apng")
"""Endings of films."""


def photos(names: Sequence[str]) -> tuple[list[Path], bool]:
    """The files that names, folders and globs mean, and whether they are a batch; raises `InputError`."""
    from mien.media.encoding import CONTAINERS

    found: list[Path] = []
    several = len(names) > 1
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.suffix.lower() in CONTAINERS)
        elif glob.has_magic(name) and not path.exists():
            inside = sorted(Path(match) for match in glob.glob(name, recursive=True) if Path(match).is_file())
        else:
            found.append(path)
            continue
        several = True
        if not inside:
            raise InputError(f"no photos in {name}: expected files ending in {', '.join(CONTAINERS)}")
        found += inside
    return found, several


def outputs(names: Sequence[Path], folder: Path, suffix: str | None) -> list[Path]:
    """A path in the folder for each photo: its own name, with another ending if one is given."""
    wanted = [name.stem + (suffix or name.suffix) for name in names]
    # Photos that would fall on each other (a.jpg and a.png, or of two folders) are numbered.
    return [
        folder / (one if wanted.count(one) == 1 else f"{number}-{name.name}{suffix or ''}")
        for number, (name, one) in enumerate(zip(names, wanted, strict=True), 1)
    ]


def make_folder(folder: Path) -> None:
    """Make the folder for many results; raises `OutputError`, also for what is the name of one file."""
    from mien.media.encoding import CONTAINERS

    if folder.suffix.lower() in (*CONTAINERS, *FILMS) and not folder.is_dir():
        raise OutputError(
            f"many photos need a folder to go to, and {folder} is the name of one file: give a folder, such "
            f"as {folder.with_suffix('')}/"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise OutputError(
            f"many photos need a folder to go to, and {folder} cannot be one: {reason}"
        ) from None


def run(work: Work, requests: Sequence[Any], jobs: int) -> Iterator[dict[str, Any]]:
    """One record for each request, as they end: what `work` gave, or `ok` false with `error` and `exit_code`.

    With more than one job they run in processes; one that dies (out of memory) takes only its item along.
    """
    if jobs <= 1 or not requests:
        for request in requests:
            yield attempt(work, request)
        return
    waiting = list(requests)
    with _pool(min(jobs, len(waiting))) as pool:
        try:
            futures = {pool.submit(attempt, work, request): request for request in waiting}
            for future in as_completed(futures):
                if not isinstance(future.exception(), BrokenProcessPool):
                    waiting.remove(futures[future])
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)  # after Ctrl-C nothing more is begun
    for request in waiting:  # a process died and took the pool with it: the rest goes on one by one
        with _pool(1) as pool:
            try:
                yield pool.submit(attempt, work, request).result()
            except BrokenProcessPool:
                yield failure(request, "the process that worked on it died, perhaps out of memory", 1)


def _pool(jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_serve_the_parent)


def _serve_the_parent() -> None:
    """Ctrl-C is for the parent, which hands out no more work; a child whose parent was killed goes too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def attempt(work: Work, request: Any) -> dict[str, Any]:
    """The record of one request, whatever happens to it."""
    try:
        return {"photo": str(request.photo), "ok": True, **work(request)}
    except MienError as error:
        return failure(request, str(error), error.exit_code)
    except Exception as error:  # a defect met on one photo must not cost the others
        if interrupted(error):
            raise KeyboardInterrupt from error
        return failure(request, f"internal error: {type(error).__name__}: {error}", 1)


def failure(request: Any, error: str, exit_code: int) -> dict[str, Any]:
    """The record of a request that could not be done."""
    return {"photo": str(request.photo), "ok": False, "error": error, "exit_code": exit_code}
