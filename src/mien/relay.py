"""Work in two places at once: an iterable that is run in a thread of its own, a few items ahead."""

from collections.abc import Generator, Iterable
from contextlib import closing
from queue import Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
AHEAD = 4
"""Items that wait at most."""
_END = object()


def ahead(items: Iterable[Item]) -> closing[Generator[Item, None, None]]:
    """The items, made in another thread while this one works on those before; its errors are raised here.

    A context manager: at its end the other thread ends, even if items are left.
    """
    return closing(_relayed(items))


def _relayed(items: Iterable[Item]) -> Generator[Item, None, None]:
    queue: Queue = Queue(AHEAD)
    enough = Event()

    def run() -> None:
        end: object = _END
        try:
            for item in items:
                queue.put((item, None))
                if enough.is_set():
                    break
        except BaseException as error:  # whatever it is, it belongs to who takes the items
            end = error
        queue.put((_END, end))

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        while True:
            item, error = queue.get()
            if item is not _END:
                yield item
            elif error is _END:
                return
            else:
                raise error
    finally:
        enough.set()
        while thread.is_alive():
            while not queue.empty():
                queue.get_nowait()
            thread.join(0.01)
