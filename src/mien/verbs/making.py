"""What the four making verbs share: one photo or many, receipts, progress, the call in Python."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien import batches, calls
from mien.errors import InputError
from mien.media.files import refuse_to_overwrite, write_bytes_atomically
from mien.verbs.options import Option, parse

JOBS = Option(kind=int, default=1, help="How many photos to work on at once.")
PRINT_PYTHON = Option(kind=bool, default=False, help="Print the same call in Python, and do nothing else.")
RECEIPT = Option(
    kind=Path | None,
    default=None,
    help="Also write the receipt there as JSON; for many photos, one line each.",
)
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Verb:
    """A verb that makes a file from a photo."""

    name: str
    about: str
    request: type
    work: Callable[..., dict[str, Any]]
    """Request -> {"receipt": ..., "lines": ...}; of a module's top level, for it goes to other processes."""
    suffix: Callable[[dict[str, Any]], str | None]
    """From the options, the ending of the results of many photos; None keeps the photo's own."""


def run(verb: Verb, args: Sequence[str]) -> int:
    """Parse, do, report; the exit code."""
    values = parse(
        verb.name,
        verb.about,
        verb.request,
        args,
        need=("output",),
        receipt=RECEIPT,
        jobs=JOBS,
        print_python=PRINT_PYTHON,
    )
    receipt, jobs, printing = (values.pop(name) for name in ("receipt", "jobs", "print_python"))
    if receipt:
        refuse_to_overwrite(receipt, values["force"])
    photos, several = listed(verb.name, values.pop("photo"))
    output = values.pop("output")
    targets = [output]
    if several or output.is_dir():
        suffix = verb.suffix(values)
        if several or suffix != ".mp4":  # a film in a folder is a sequence of pictures
            targets = batches.outputs(photos, output, suffix)
    pairs = zip(photos, targets, strict=True)
    requests = [verb.request(photo=photo, output=target, **values) for photo, target in pairs]
    if printing:
        return print_python(verb.name, requests)
    if hasattr(requests[0], "target"):
        _check(requests[0])
    if several:
        batches.make_folder(output)
        return _many(verb, requests, receipt, jobs)
    made = verb.work(requests[0], tell)
    print(targets[0], *made["lines"], sep="\n  ")
    if receipt:
        write_text(receipt, json.dumps(made["receipt"], indent=1) + "\n", values["force"])
    return 0


def _check(request: Any) -> None:
    """Tell what cannot be read or shown once, before any photo is read."""
    target = request.target()
    if request.system is not None:
        from mien.makers import maker_of

        maker_of(request, target)


def silent(line: str) -> None:
    """Say nothing: of many photos only their records are told."""


def tell(line: str) -> None:
    """A word to the person, beside the result."""
    print(line, file=sys.stderr, flush=True)


def listed(verb: str, names: Sequence[str]) -> tuple[list[Path], bool]:
    """The photos meant and whether they are a batch; none is an error."""
    if not names:
        raise InputError(f"expected a photo: mien {verb} PHOTO ...; mien {verb} --help shows the options")
    return batches.photos(names)


def progress(work: batches.Work, requests: Sequence[Any], jobs: int):
    """Records of a batch as they end, under a progress bar where a person watches."""
    from rich.console import Console
    from rich.progress import track

    yield from track(
        batches.run(work, requests, jobs),
        description="photos",
        total=len(requests),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )


def write_text(path: Path, text: str, force: bool) -> None:
    """Write a text file, whole or not at all."""
    write_bytes_atomically(path, text.encode(), force)


def print_python(name: str, requests: Sequence[Any]) -> int:
    """Print the calls of `mien.<name>` that do the same."""
    for request in requests:
        print(calls.python(name, request))
    return 0


def _many(verb: Verb, requests: Sequence[Any], receipt: Path | None, jobs: int) -> int:
    """A line of JSON for each photo on standard output, and in the receipt file if one is named."""
    lines, failed = [], 0
    for record in progress(verb.work, requests, jobs):
        record.pop("lines", None)
        lines.append(json.dumps(record))
        print(lines[-1], flush=True)
        failed += not record["ok"]
    if receipt:
        write_text(receipt, "\n".join(lines) + "\n", requests[0].force)
    print(f"{len(requests) - failed} of {len(requests)} done", file=sys.stderr)
    return 1 if failed else 0
