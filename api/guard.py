"""Who may call: while there is no login, only this machine, and no page of another site through its browser.

Every path but the probes wants a known Host (a name that a strange site made point here is refused), and a write wants
an Origin that is this site's own, if the caller is a browser. Every answer carries the headers that keep a browser
from running or embedding anything foreign. Plain ASGI, so that event streams pass through unbuffered.
"""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.headers import HEADERS
from api.problems import ProblemError

PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
STATIC: Final = "/static/"
UNFRIENDLY_SITES: Final = frozenset({"cross-site", "same-site"})


class Guard:
    """ASGI middleware: turns away who may not call, and sets the security headers on every answer."""

    def __init__(self, app: ASGIApp, allowed_hosts: frozenset[str], max_body_bytes: int) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or turn it away."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = stranger(scope["path"], headers, self._allowed_hosts) or (
            None if scope["method"] in SAFE else foreign_write(headers) or too_large(headers, self._max_body_bytes)
        )
        app = self._app if refused is None else problems.answer(refused)
        await app(scope, _counted(receive, self._max_body_bytes), _with_headers(scope["path"], send))


def stranger(path: str, headers: Mapping[str, str], allowed_hosts: frozenset[str]) -> ProblemError | None:
    """Return why a request to a name that is not ours is turned away, or None. Probes may be asked under any name."""
    if path in PROBES or host_name(headers.get("host", "")) in allowed_hosts:
        return None
    return ProblemError(421, "host", "Not served under this name", "Call one of the names in the setting of hosts.")


def foreign_write(headers: Mapping[str, str]) -> ProblemError | None:
    """Return why a write that a browser makes for another site is turned away, or None."""
    origin = headers.get("origin")
    own = headers.get("sec-fetch-site") not in UNFRIENDLY_SITES
    if own if origin is None else origin.partition("://")[2] == headers.get("host"):
        return None
    return ProblemError(403, "origin", "Another site asked for this", "Write only from this site's own pages.")


def too_large(headers: Mapping[str, str], limit: int) -> ProblemError | None:
    """Return why a body that says to be too large is turned away, or None. One that does not say is counted."""
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) <= limit:
        return None
    return ProblemError(413, "too_large", "Too much at once", _at_most(limit))


def host_name(host: str) -> str:
    """Return the name in a Host header without its port, in lower case; an IPv6 address keeps its brackets."""
    name, separator, port = host.rpartition(":")
    bare = name if separator and port.isdigit() else host
    return bare.lower()


def _at_most(limit: int) -> str:
    return f"Send at most {limit} bytes; split the batch."


def _counted(receive: Receive, limit: int) -> Receive:
    """Count the body while it is read. The framework's own limit would answer in plain text, past all middleware."""
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413, _at_most(limit))
        return message

    return receiving


def _with_headers(path: str, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            if not path.startswith(STATIC):
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending
