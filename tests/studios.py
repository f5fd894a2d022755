"""A studio that tests ask: the real server in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from samples import GRACE
from websockets.sync.client import ClientConnection, connect

PHOTO = Path(GRACE).read_bytes()
_START = """
from mien.web.limits import Limits
from mien.web.server import serve
serve(port=0, token={token!r}, limits=Limits({limits}), tell=lambda line: print(line, flush=True))
"""
_READY = "http://"


class Studio:
    """A server process; `http` asks it."""

    def __init__(self, temp: Path, token: str | None = None, **limits: float):
        said = ", ".join(f"{name}={value}" for name, value in limits.items())
        self.temp = temp
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START.format(token=token, limits=said)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(temp), "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        self.address = line[line.index(_READY) :].split("?")[0].strip().rstrip("/")
        self.http = httpx.Client(base_url=self.address, timeout=120)

    @property
    def host(self) -> tuple[str, int]:
        """Address and port, for bare sockets."""
        name, port = self.address.removeprefix(_READY).split(":")
        return name, int(port)

    def kept(self) -> list[str]:
        """Everything in the private folder."""
        return [str(path) for path in self.temp.glob("mien-studio-*/**/*") if path.is_file()]

    def photo(self, data: bytes = PHOTO) -> str:
        """Send a photo; its id."""
        answer = self.http.post("/api/photos", content=data)
        assert answer.status_code == 201, answer.text
        return answer.json()["photo"]

    def post(self, address: str, **body: Any) -> httpx.Response:
        """Send JSON."""
        return self.http.post(address, json=body)

    def error(self, answer: httpx.Response) -> tuple[int, str, str]:
        """Status, kind and message of a refusal."""
        told = answer.json()["error"]
        return answer.status_code, told["kind"], told["message"]

    def live(self, photo: str, face: int = 1, side: int = 256, **more: Any) -> ClientConnection:
        """A live socket."""
        address = self.address.replace("http", "ws", 1)
        return connect(f"{address}/api/live?photo={photo}&face={face}&side={side}", open_timeout=120, **more)

    def done(self, job: str) -> dict[str, Any]:
        """What is told of a job when it is over."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            told = self.http.get(f"/api/jobs/{job}").json()
            if told["state"] not in ("waiting", "running"):
                return told
            time.sleep(0.1)
        raise AssertionError("the job does not end")

    def end(self, how: int = signal.SIGINT) -> float:
        """End the process; seconds that it takes."""
        start = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(20)
        self.http.close()
        return time.monotonic() - start


@contextmanager
def running(temp: Path, token: str | None = None, **limits: float) -> Iterator[Studio]:
    """A studio for the time of a block."""
    studio = Studio(temp, token, **limits)
    try:
        yield studio
    finally:
        studio.process.kill()
        studio.process.wait()


def wish(number: int, **units: float) -> str:
    """A message to the live socket."""
    return json.dumps({"n": number, "expression": {"units": units}})
