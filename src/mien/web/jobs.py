"""Long work: one at a time in a thread of its own, told as it goes on, ended between two pictures."""

import json
import logging
import os
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mien.errors import MienError
from mien.media.files import write_bytes_atomically
from mien.web.limits import Limits
from mien.web.portraits import Photo, measured
from mien.web.refusals import BUG, Refusal, gone, told
from mien.web.schemas import TASKS, bound, request_of

PHOTO, RECEIPT = "photo", "receipt.json"
OVER = ("done", "failed", "cancelled")


class Cancelled(Exception):
    """Raised between two pictures of a job that nobody wants any more."""


@dataclass(kw_only=True, eq=False)
class Job:
    """One piece of long work."""

    id: str
    task: str
    request: Any
    folder: Path
    state: str = "waiting"
    progress: float = 0.0
    begun: float = 0.0
    most: float
    """Seconds that it may take."""
    used: float = field(default_factory=time.monotonic)
    cancelled: bool = False
    receipt: Any = None
    error: dict[str, Any] | None = None
    files: dict[str, int] = field(default_factory=dict)
    """Name in the folder -> bytes."""

    def count(self, done: int, total: int) -> None:
        """Hear how far the work has come; the place where it ends if it was cancelled."""
        if self.cancelled:
            raise Cancelled
        if time.monotonic() - self.begun > self.most:
            said = f"after {self.most / 60:.0f} minutes {done} of {total} pictures were made"
            raise Refusal(422, "TooSlow", said, "ask for a shorter film, or a smaller photo")
        self.progress = done / total

    def to_dict(self) -> dict[str, Any]:
        """What is told of it."""
        sizes = [{"name": name, "bytes": size} for name, size in list(self.files.items())]
        answer = {"state": self.state, "progress": round(self.progress, 3), "files": sizes}
        if self.state == "running" and self.progress:
            spent = time.monotonic() - self.begun
            answer["eta"] = round(spent / self.progress - spent, 1)
        if self.receipt is not None:
            answer["receipt"] = self.receipt
        return answer | (self.error or {})


class Jobs:
    """Jobs that wait, the one that runs, and results that are kept for a while."""

    def __init__(self, folder: Path, limits: Limits):
        self.folder, self.limits = folder, limits
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def add(self, body: Any, photo: Photo) -> Job:
        """Let a job wait for its turn; raises what is wrong with it, and a refusal where too many wait."""
        name = secrets.token_urlsafe(16)
        place = self.folder / f"job-{name}"
        form = getattr(body, "format", None)
        request = request_of(body, place / PHOTO, place / f"result.{form}" if form else None)
        bound(request, form or "", photo.size, self.limits)
        with self._changed:
            if sum(job.state == "waiting" for job in self._jobs.values()) >= self.limits.waiting:
                raise Refusal(503, "Busy", "too many jobs are waiting", "try again when one is done")
            self._furnish(place, photo)
            job = self._jobs[name] = Job(
                id=name, task=body.task, request=request, folder=place, most=self.limits.work
            )
            self._changed.notify()
        return job

    @staticmethod
    def _furnish(place: Path, photo: Photo) -> None:
        """Make a job's folder, with a photo of its own that stays when the other is forgotten."""
        place.mkdir(mode=0o700)
        try:
            os.link(photo.path, place / PHOTO)
        except FileNotFoundError:
            place.rmdir()
            raise gone() from None

    def get(self, name: str) -> Job:
        """The job of an id; raises a refusal where there is none."""
        with self._changed:
            job = self._jobs.get(name)
            if job is None:
                raise gone("job")
            job.used = time.monotonic()
            return job

    def drop(self, name: str) -> None:
        """Cancel a job, and forget it and its files."""
        with self._changed:
            job = self._jobs.pop(name, None)
            if job is None:
                return
            job.cancelled = True
            running, job.state = job.state == "running", "cancelled"
        if not running:  # else its thread does it, after the picture that it is at
            shutil.rmtree(job.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Forget results that nobody asked for in a long time, and the oldest while there are too many."""
        with self._changed:
            over = [job for job in self._jobs.values() if job.state in OVER]
        oldest, total = time.monotonic() - self.limits.idle, 0
        for job in sorted(over, key=lambda job: -job.used):
            total += sum(job.files.values())
            if job.used < oldest or total > self.limits.results:
                self.drop(job.id)

    def close(self) -> None:
        """Take no more jobs, and end the one that runs."""
        with self._changed:
            self._open = False
            for job in self._jobs.values():
                job.cancelled = True
            self._changed.notify()

    def _run(self) -> None:
        while job := self._next():
            try:
                self._work(job)
                self._end(job, "done")
            except Cancelled:
                self._end(job, "cancelled")
            except (MienError, Refusal) as error:
                self._end(job, "failed", told(error, str(job.folder)))
            except Exception:
                logging.getLogger("uvicorn.error").exception("a job failed")
                self._end(job, "failed", told(BUG))

    def _next(self) -> Job | None:
        """The job whose turn it is, when there is one; None at the end."""
        with self._changed:
            while self._open:
                for job in self._jobs.values():
                    if job.state == "waiting":
                        job.state, job.begun = "running", time.monotonic()
                        return job
                self._changed.wait()
            return None

    def _work(self, job: Job) -> None:
        """Do the job, and write its receipt beside its result."""
        task = TASKS[job.task]
        if not task.formats:
            found = task.work(job.request).faces
            job.receipt = {"faces": [{"box": list(face.box), **_reading(seen)} for face, seen in found]}
        else:
            result = task.work(job.request, count=job.count)
            job.receipt = result.receipt.to_dict() | {"lines": result.receipt.lines()}
        write_bytes_atomically(job.folder / RECEIPT, json.dumps(job.receipt, indent=1).encode())
        made = (job.folder / name for name in sorted(os.listdir(job.folder)) if name != PHOTO)
        job.files = {path.name: path.stat().st_size for path in made}

    def _end(self, job: Job, state: str, error: dict[str, Any] | None = None) -> None:
        """Note how a job ended; what was cancelled leaves nothing."""
        with self._changed:
            job.state = "cancelled" if job.cancelled else state
            job.error, job.used = error, time.monotonic()
            if state == "done":
                job.progress = 1.0
        (job.folder / PHOTO).unlink(missing_ok=True)
        if job.cancelled:
            job.files.clear()
            shutil.rmtree(job.folder, ignore_errors=True)


def _reading(found: Any) -> dict[str, Any]:
    """What was measured of one face."""
    scores = {name: round(float(value), 3) for name, value in found.scores.items()}
    seen = {"valence": round(found.valence, 3), "arousal": round(found.arousal, 3)}
    return {"scores": scores, **seen, **measured(found)}
