"""The HTTP door: every address of the studio, and what stands behind it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fastapi import FastAPI, Query, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict
from starlette.types import ASGIApp

from mien.media import pictures
from mien.version import __version__
from mien.web import about, live, refusals, words
from mien.web.guard import Guard
from mien.web.limits import Limits
from mien.web.portraits import Photo
from mien.web.refusals import Refusal, gone
from mien.web.schemas import JobBody
from mien.web.workshop import Workshop

SWEEP = 20.0
"""Seconds between two looks for what has expired; sooner where the limits are shorter (ours)."""
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_TYPES = {".apng": "image/apng", ".webp": "image/webp", ".webm": "video/webm", ".mp4": "video/mp4"}


class FaceBody(BaseModel):
    """Which face of a photo."""

    model_config = ConfigDict(extra="forbid")
    face: int = 1


def create(
    folder: Path, limits: Limits | None = None, host: str = "127.0.0.1", token: str | None = None
) -> ASGIApp:
    """The studio as an app behind its guard.

    folder: a private place for photos and results; it is emptied at the end.
    host: the name or address that it is asked by, beside those of this machine itself.
    """
    limits = limits or Limits()
    shop = Workshop(folder, limits)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_sweep(shop)), asyncio.create_task(shop.warm())]
        yield
        for task in tasks:
            task.cancel()
        shop.close()
        shutil.rmtree(folder, ignore_errors=True)

    app = FastAPI(
        title="mien studio",
        version=__version__,
        lifespan=life,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    refusals.install(app, str(folder))
    _pages(app)
    _photos(app, shop)
    _jobs(app, shop)
    words.install(app, limits)

    @app.get("/api/about")
    def told() -> dict[str, Any]:
        """What the page knows of the language, the formats, the systems and the limits."""
        return about.tell(limits)

    @app.websocket("/api/live")
    async def streamed(socket: WebSocket) -> None:
        if shop.sockets >= limits.sockets:
            await socket.close(live.BUSY)
            return
        shop.sockets += 1
        try:
            with suppress(WebSocketDisconnect):
                await live.stream(socket, shop)
        finally:
            shop.sockets -= 1

    return Guard(app, limits, host, token)


def _pages(app: FastAPI) -> None:
    """The page and its files."""

    def page(name: str) -> Response:
        found = {file.name: file for file in (files("mien.web") / "page").iterdir()}
        kind = _KINDS.get(Path(name).suffix)
        if name not in found or kind is None:
            raise Refusal(404, "NotFound", "there is nothing at this address")
        return Response(found[name].read_bytes(), media_type=kind)

    @app.get("/", include_in_schema=False)
    def index() -> Response:
        return page("index.html")

    @app.get("/page/{name}", include_in_schema=False)
    def file(name: str) -> Response:
        return page(name)


def _photos(app: FastAPI, shop: Workshop) -> None:
    """Photos and their faces."""
    shelf = shop.shelf

    @app.post("/api/photos", status_code=201)
    async def send(request: Request) -> dict[str, Any]:
        """Hold a photo, which is the body, and find its faces."""
        if shop.uploads >= shop.limits.uploads:
            raise Refusal(503, "Busy", "too many photos are being sent", "try again in a moment")
        room = shelf.room()
        shop.uploads += 1
        try:
            with (room / "photo").open("wb") as file:
                async for part in request.stream():
                    file.write(part)
            return (await shop.read(shelf.add, room / "photo")).to_dict()
        except BaseException:
            shutil.rmtree(room, ignore_errors=True)
            raise
        finally:
            shop.uploads -= 1

    @app.get("/api/photos/{name}")
    def get(name: str) -> dict[str, Any]:
        """What is known of a photo."""
        return shelf.get(name).to_dict()

    @app.delete("/api/photos/{name}", status_code=204)
    def forget(name: str) -> None:
        """Delete a photo and all that was made ready of it."""
        shelf.get(name)
        shelf.drop(name)

    @app.get("/api/photos/{name}/picture", response_class=Response)
    async def picture(
        name: str, face: int | None = None, side: int = Query(512, ge=64, le=shop.limits.side)
    ) -> Response:
        """The photo, or the crop in which a face is drawn, as a JPEG of at most `side` pixels a side."""
        photo = shelf.get(name)
        if face is None:
            data = await shop.read(_whole, photo, side)
        else:
            data = live.jpeg((await shop.portrait(photo, face, side)).picture.pixels)
        return Response(data, media_type="image/jpeg")

    @app.post("/api/photos/{name}/portrait")
    async def portrait(name: str, body: FaceBody) -> dict[str, Any]:
        """Fit a face, and tell what it shows now."""
        photo = shelf.get(name)
        await shop.portrait(photo, body.face, 512)
        return photo.views[body.face]


def _jobs(app: FastAPI, shop: Workshop) -> None:
    """Long work and its results."""
    jobs = shop.jobs

    @app.post("/api/jobs", status_code=202)
    def begin(body: JobBody) -> dict[str, str]:
        """Let a job wait for its turn."""
        return {"job": jobs.add(body, shop.shelf.get(body.photo)).id}

    @app.get("/api/jobs/{name}")
    def look(name: str) -> dict[str, Any]:
        """How far a job has come, and what came of it."""
        return jobs.get(name).to_dict()

    @app.get("/api/jobs/{name}/files/{file}")
    def fetch(name: str, file: str) -> FileResponse:
        """A file that a job made."""
        job = jobs.get(name)
        if file not in job.files:
            raise gone("file")
        return FileResponse(job.folder / file, media_type=_TYPES.get(Path(file).suffix), filename=file)

    @app.delete("/api/jobs/{name}", status_code=204)
    def forget(name: str) -> None:
        """Cancel a job, or delete its result."""
        jobs.get(name)
        jobs.drop(name)


def _whole(photo: Photo, side: int) -> bytes:
    """The photo as a JPEG of at most `side` pixels a side."""
    pixels: np.ndarray = pictures.read(photo.path).pixels
    scale = side / max(pixels.shape[:2])
    if scale < 1:
        size = max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1)
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return live.jpeg(pixels)


async def _sweep(shop: Workshop) -> None:
    """Forget, again and again, what was not used for long."""
    while True:
        await asyncio.sleep(min(SWEEP, shop.limits.idle / 3))
        with suppress(OSError):
            shop.shelf.sweep()
            shop.jobs.sweep()
