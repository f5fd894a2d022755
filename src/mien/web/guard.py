"""What stands before every request: token, Host and Origin, sizes while they stream, times, headers."""

import asyncio
import hashlib
import hmac
import time
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mien.web.limits import Limits
from mien.web.refusals import Refusal, answer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
COOKIE = "mien"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")
_WRONG = 0.3
"""Seconds that a wrong token takes to be refused (ours)."""


class Guard:
    """An app behind its guard."""

    def __init__(self, app: ASGIApp, limits: Limits, host: str, token: str | None):
        self.app, self.limits, self.host, self.token = app, limits, host, token
        self.cookie = token and hmac.new(token.encode(), b"mien studio", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        passing = _Passing(scope, receive, send, self.limits)
        try:
            passing.cookie = await self._admit(scope, headers)
            passing.check(headers)
        except Refusal as refusal:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await answer(refusal)(scope, receive, passing.send)
            return
        await self.app(scope, passing.receive, passing.send)

    async def _admit(self, scope: Scope, headers: dict[str, str]) -> str | None:
        """Raise a refusal for who may not ask; a cookie to give, where a token came in the address."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._ours(host):
            known = "127.0.0.1" if self.host in LOOPBACK else self.host
            raise Refusal(421, "WrongHost", f"this studio answers to {known}, not to the name that was asked")
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if changes and origin is not None and urlsplit(origin).netloc != host:
            raise Refusal(403, "WrongOrigin", "another site's page asked; only the studio's own page may")
        if self.token is None:
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1]
        if scope["path"] == "/" and self._same(given, self.token):
            return f"{COOKIE}={self.cookie}; HttpOnly; SameSite=Strict; Path=/"
        bearer = headers.get("authorization", "")
        if self._same(bearer.removeprefix("Bearer "), self.token) or self._same(_held(headers), self.cookie):
            return None
        await asyncio.sleep(_WRONG if given or bearer else 0)
        raise Refusal(401, "Token", "this studio wants its token", "open the address that mien serve printed")

    def _ours(self, host: str) -> bool:
        """Whether the name that was asked for is ours: another one that leads here is a trick with DNS."""
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name is not None and (name in LOOPBACK or name == self.host or self.host in EVERYWHERE)

    @staticmethod
    def _same(given: str, secret: str | None) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), (secret or "").encode())


class _Passing:
    """One request on its way: its body is counted and timed, its answer gets the headers."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits):
        self.scope, self._receive, self._send, self.limits = scope, receive, send, limits
        self.cookie: str | None = None
        self.most = limits.bytes if scope["path"] == "/api/photos" else limits.words
        self.came, self.whole = 0, scope["type"] == "websocket"
        self.ends = time.monotonic() + limits.body_seconds

    def check(self, headers: dict[str, str]) -> None:
        """Refuse at once what says that it is too large."""
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self.most:
            raise self._large()

    def _large(self) -> Refusal:
        size = f"{self.most / 2**20:.0f} MB" if self.most >= 2**20 else f"{self.most / 2**10:.0f} kB"
        return Refusal(413, "TooLarge", f"expected at most {size}, came more", "scale it down first")

    async def receive(self) -> Message:
        """The next part of the body; raises a refusal where it is too long, or takes too long."""
        if self.whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self.ends - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            seconds = self.limits.body_seconds
            raise Refusal(
                408, "TooSlow", f"the body did not come within {seconds:g} s; send it again"
            ) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self.came += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        if self.came > self.most:
            raise self._large()
        return message

    async def send(self, message: Message) -> None:
        """The next part of the answer; a client that does not take it is left."""
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            more = dict(HEADERS)
            more["cache-control"] = "no-store" if self.scope["path"].startswith("/api") else "no-cache"
            if self.cookie:
                more["set-cookie"] = self.cookie
            pairs = [(name.encode(), value.encode()) for name, value in more.items()]
            message = {**message, "headers": [*message["headers"], *(p for p in pairs if p[0] not in own)]}
        async with asyncio.timeout(self.limits.answer_seconds):
            await self._send(message)


def _held(headers: dict[str, str]) -> str:
    """What the browser holds for us."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
