"""The same work on a Dask cluster that stands already: one record for each request, as they end."""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mien import batches
from mien.errors import MienError
from mien.extras import need_cluster
from mien.media.files import printable
from mien.version import source_hash

PATIENCE = 10
"""Seconds to wait for a scheduler and its first worker (ours)."""
_ONE = threading.Lock()
Map = Callable[[batches.Work, Sequence[Any]], Iterator[dict[str, Any]]]


@contextmanager
def connected(address: str, folder: Path) -> Iterator[Map]:
    """A way to map work over the workers of a scheduler, once they were seen to have mien and the folder.

    What goes to them and back is pickled by Dask itself: only a cluster that is yours should be named.
    Raises `MienError` where nobody answers or a worker is not fit, `MissingExtraError` without Dask.
    """
    need_cluster()
    from distributed import Client

    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise MienError(
            f"--cluster {address}: no Dask scheduler answers ({type(error).__name__}); give the address that "
            "dask scheduler prints, such as tcp://host:8786"
        ) from None
    with client:
        _check(client, address, folder)
        yield partial(_map, client)


def greet(sign: str) -> tuple[bool, str]:
    """What a worker says: whether it sees the file, and the hash of its mien."""
    return Path(sign).is_file(), source_hash()


def alone(work: batches.Work, request: Any) -> dict[str, Any]:
    """One record; one at a time in each process, whose models several threads cannot share."""
    with _ONE:
        return batches.attempt(work, request)


def _check(client: Any, address: str, folder: Path) -> None:
    sign = folder / f".mien-{secrets.token_hex(6)}"
    sign.touch()
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        answers = client.run(greet, str(sign.resolve()), on_error="return")
    except TimeoutError:
        raise MienError(
            f"--cluster {address} has no workers: start some with dask worker {address}"
        ) from None
    finally:
        sign.unlink()
    for worker, answer in answers.items():
        if not isinstance(answer, tuple):
            raise MienError(f"the worker {worker} has no mien ({answer}): install it there with pip")
        sees, its = answer
        if its != source_hash():
            raise MienError(f"the worker {worker} has another mien: install this version there")
        if not sees:
            shown = printable(folder)
            raise MienError(f"the worker {worker} does not see {shown}: choose a folder that all share")


def _map(client: Any, work: batches.Work, requests: Sequence[Any]) -> Iterator[dict[str, Any]]:
    from distributed import as_completed

    futures = client.map(partial(alone, work), list(requests), pure=False)
    of = {future.key: request for future, request in zip(futures, requests, strict=True)}
    for future in as_completed(futures):
        if future.status == "finished":
            yield future.result()
        elif future.status == "error":
            yield batches.failure(of[future.key], f"a worker of the cluster failed: {future.exception()}", 1)
        else:
            raise MienError(f"the cluster let go of its work ({future.status}); go on with --resume")
        future.release()
