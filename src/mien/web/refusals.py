"""What the studio answers where it cannot do what was asked: one shape for every error, no path in any."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from mien.errors import MienError

_WORDS = {404: ("NotFound", "there is nothing at this address"), 405: ("NotAllowed", "not by this method")}


class Refusal(Exception):
    """A request that is not done, for a reason that is the studio's own."""

    def __init__(self, status: int, kind: str, message: str, hint: str | None = None):
        super().__init__(message)
        self.status, self.kind, self.hint = status, kind, hint


BUG = Refusal(500, "Bug", "the studio made a mistake; what it was stands in its log")


def gone(what: str = "photo") -> Refusal:
    """The refusal of an id that names nothing, whatever the reason."""
    return Refusal(404, "Gone", f"this {what} is not held here (any more)", "send it again")


def told(error: Exception, folder: str = "") -> dict[str, Any]:
    """The body of an answer: kind, message and perhaps a hint; `folder` is cut out of the message."""
    kind = error.kind if isinstance(error, Refusal) else type(error).__name__
    hint = error.hint if isinstance(error, Refusal) else None
    message = str(error).replace(f"{folder}/", "") if folder else str(error)
    message = message.encode(
        "utf-8", "replace"
    ).decode()  # JSON can carry halves of letters that UTF-8 cannot
    return {"error": {"kind": kind, "message": message} | ({"hint": hint} if hint else {})}


def answer(error: Exception, folder: str = "") -> JSONResponse:
    """The whole answer to an error that was raised on purpose."""
    return JSONResponse(told(error, folder), error.status if isinstance(error, Refusal) else 422)


def install(app: FastAPI, folder: str) -> None:
    """Give every error of an app the one shape."""

    async def ours(_: Request, error: Exception) -> JSONResponse:
        return answer(error, folder)

    async def known(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        kind, message = _WORDS.get(error.status_code, ("Refused", str(error.detail)))
        return answer(Refusal(error.status_code, kind, message))

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return answer(Refusal(422, "Invalid", "; ".join(map(_field, error.errors()[:3]))))

    async def left(_: Request, error: Exception) -> JSONResponse:
        return answer(Refusal(400, "Disconnected", "the request ended before its body did"))

    async def bug(_: Request, error: Exception) -> JSONResponse:
        return answer(BUG)

    app.add_exception_handler(Refusal, ours)
    app.add_exception_handler(MienError, ours)
    app.add_exception_handler(HTTPException, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(ClientDisconnect, left)
    app.add_exception_handler(Exception, bug)


def _field(fault: dict[str, Any]) -> str:
    """One fault of a body or query: which field, and what was expected."""
    place = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query"))
    return f"{place or 'the body'}: {fault['msg'][:1].lower()}{fault['msg'][1:]}"
