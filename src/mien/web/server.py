"""The server: an address, a private folder, and the app between them until Ctrl-C."""

import asyncio
import errno
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from mien.errors import ServingError
from mien.web.app import create
from mien.web.guard import LOOPBACK
from mien.web.limits import Limits

SHORTEST_TOKEN = 16
_FOLDER = "mien-studio-"
_UPGRADE = 65_536
"""Bytes of a WebSocket message past which the connection ends; the live socket itself takes fewer."""


def serve(
    host: str = "127.0.0.1",
    port: int = 7860,
    token: str | None = None,
    limits: Limits | None = None,
    *,
    tell: Callable[[str], None],
) -> None:
    """Serve the studio until it is interrupted.

    port: 0 takes any that is free.
    tell: called with each line for a person.
    Raises `ServingError` for an address that cannot be served.
    """
    limits = limits or Limits()
    _allow(host, token)
    with _bound(host, port) as door:
        _remove_left_behind()
        folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
        try:
            app = create(folder, limits, host, token)
            tell(_address(host, door.getsockname()[1], token))
            tell("Ctrl-C ends it; photos and results stay on this machine and are deleted then.")
            uvicorn.Server(_config(app, limits)).run([door])
        except KeyboardInterrupt:
            tell("stopped; photos and results are deleted")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)  # threads may still be in the middle of a photo that nobody waits for


def _config(app, limits: Limits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=partial(_Impatient, limits=limits),  # pyright: ignore[reportArgumentType]
        ws="websockets-sansio",
        ws_max_size=_UPGRADE,
        ws_per_message_deflate=False,  # pictures are packed already
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _allow(host: str, token: str | None) -> None:
    """Refuse, before anything is bound, to be open to others without a secret."""
    if host not in LOOPBACK and token is None:
        raise ServingError(
            f"--host {host} lets other machines in and needs --token, a secret of {SHORTEST_TOKEN} letters "
            f"or more; for example --token {secrets.token_urlsafe(16)}"
        )
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise ServingError(f"--token takes {SHORTEST_TOKEN} letters or more, came {len(token)}")


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens at the address; raises `ServingError`."""
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(kind, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen()
        return door
    except (OSError, OverflowError) as error:
        door.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            reason = "another program listens there; end it, or choose another --port, 0 for any that is free"
        else:
            reason = f"{error}; choose another --host or --port"
        raise ServingError(f"cannot serve at {host}:{port}: {reason}") from None


def _address(host: str, port: int, token: str | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"mien studio: http://{name}:{port}/" + (f"?token={token}" if token else "")


def _remove_left_behind() -> None:
    """Delete the folders of servers of this user that were killed."""
    for place in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        number = place.name.removeprefix(_FOLDER).partition("-")[0]
        mine = place.is_dir() and not place.is_symlink() and place.stat().st_uid == os.getuid()
        if mine and number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(place, ignore_errors=True)


def _runs(number: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


class _Impatient(H11Protocol):
    """A connection that is closed where no request begins in time, or where there are too many."""

    def __init__(self, *args, limits: Limits, **kwargs):
        super().__init__(*args, **kwargs)
        self.limits = limits
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._settle()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._settle()
        super().handle_websocket_upgrade(event)

    def _wait(self) -> None:
        self._settle()
        self.timer = self.loop.call_later(self.limits.header_seconds, self._leave, self.cycle)

    def _settle(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def _leave(self, last: object) -> None:
        """Close, unless a request has begun since."""
        if self.cycle is last and not self.transport.is_closing():
            self.transport.close()
