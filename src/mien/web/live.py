"""The live socket: wishes come in, pictures go out, and only the latest wish is ever drawn."""

import asyncio
import json
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from fastapi import WebSocket, WebSocketDisconnect

from mien.errors import MienError
from mien.expression import Expression
from mien.face.portrait import Portrait
from mien.web.portraits import Photo
from mien.web.refusals import Refusal, told
from mien.web.workshop import Workshop

QUALITY = 90
"""Of the pictures, which are JPEGs (ours)."""
PATIENCE = 10
"""Malformed messages in a row after which a socket is closed."""
GONE, POLICY, BUSY = 4404, 1008, 1013
"""Codes with which sockets are closed."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One picture that is asked for: its number, what it shows, and its greatest side."""

    number: int
    expression: Expression
    side: int


@dataclass
class Slot:
    """Room for one wish; a newer one replaces it."""

    wish: Wish | None = None
    filled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, wish: Wish) -> None:
        """Let this be the next wish."""
        self.wish = wish
        self.filled.set()

    async def take(self) -> Wish:
        """Wait for a wish and empty the room."""
        await self.filled.wait()
        self.filled.clear()
        assert self.wish
        return self.wish


async def stream(socket: WebSocket, shop: Workshop) -> None:
    """Serve one socket until its page leaves."""
    await socket.accept()
    try:
        photo, number, side = _asked(socket, shop)
        portrait = await shop.portrait(photo, number, side)
    except (Refusal, MienError) as error:
        await _end(socket, error)
        return
    height, width = portrait.picture.pixels.shape[:2]
    await socket.send_json({"crop": photo.views[number]["crop"], "width": width, "height": height})
    slot = Slot()
    tasks = (
        asyncio.create_task(_draw(socket, shop, slot, photo.id, number)),
        asyncio.create_task(_listen(socket, shop, slot, side)),
    )
    ended: set[asyncio.Task[None]] = set()
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        with suppress(WebSocketDisconnect, TimeoutError):
            task.result()  # raises what nobody expected, so that it is logged


def _asked(socket: WebSocket, shop: Workshop) -> tuple[Photo, int, int]:
    """Photo, face and side of a socket's address."""
    query = socket.query_params
    try:
        number, side = int(query.get("face", "1")), int(query.get("side", "512"))
    except ValueError:
        raise Refusal(422, "Invalid", "face and side are whole numbers") from None
    return shop.shelf.get(query.get("photo", "")), number, side


async def _listen(socket: WebSocket, shop: Workshop, slot: Slot, side: int) -> None:
    """Read wishes; malformed ones are answered, and too many of them end the socket."""
    wrong = 0
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        number = None
        try:
            record = _record(message.get("text"), shop.limits.wish)
            number = record["n"]
            expression = Expression.from_dict(record["expression"])
            slot.put(Wish(number=number, expression=expression, side=record.get("side", side)))
            wrong = 0
        except (Refusal, MienError) as error:
            wrong += 1
            await socket.send_json({"n": number} | told(error))
            if wrong >= PATIENCE:
                await socket.close(POLICY)
                return


def _record(text: str | None, most: int) -> dict[str, Any]:
    """A message's record, with its number and expression; raises a refusal for what is none."""
    if text is None or len(text) > most:
        raise Refusal(422, "Invalid", f"expected a text message of at most {most} bytes")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal(422, "Invalid", "expected JSON") from None
    known = isinstance(record, dict) and {"n", "expression"} <= set(record) <= {"n", "expression", "side"}
    if not known or not _is_whole(record["n"]) or not _is_whole(record.get("side", 0)):
        expected = '{"n": whole number, "expression": {...}}, perhaps "side": pixels'
        raise Refusal(422, "Invalid", f"expected {expected}")
    return record


def _is_whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**32


async def _draw(socket: WebSocket, shop: Workshop, slot: Slot, photo: str, number: int) -> None:
    """Draw and send wish after wish."""
    while True:
        wish = await slot.take()
        try:
            portrait = await shop.portrait(shop.shelf.get(photo), number, wish.side)
            picture = await shop.drawn(shown, portrait, wish.expression)
        except (Refusal, MienError) as error:
            await _end(socket, error)
            return
        try:
            await socket.send_bytes(struct.pack(">I", wish.number) + picture)
        except WebSocketDisconnect:
            return


async def _end(socket: WebSocket, error: Exception) -> None:
    """Say why, and close."""
    gone = isinstance(error, Refusal) and error.status == 404
    await socket.send_json(told(error))
    await socket.close(GONE if gone else POLICY)


def shown(portrait: Portrait, expression: Expression) -> bytes:
    """A portrait with an expression, as a JPEG."""
    return jpeg(portrait.show(expression).pixels)


def jpeg(pixels: np.ndarray) -> bytes:
    """Pixels (h, w, 3) uint8 RGB as a JPEG."""
    done, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return data.tobytes()
