"""Who acts, remembered for a working day in a cookie, so that taking an alert is one click. It proves nothing."""

from typing import Final
from urllib.parse import quote, unquote

from fastapi import Request, Response
from pydantic import TypeAdapter, ValidationError

from api.acting.text import Name
from api.web.acts import INITIALS

WORKING_DAY: Final = 12 * 3600
"""Seconds."""

_name: Final[TypeAdapter[str]] = TypeAdapter(Name)


def initials_of(request: Request) -> str:
    """Return who acted last in this browser; empty where that is not known."""
    try:
        return _name.validate_python(unquote(request.cookies.get(INITIALS, "")))
    except ValidationError:
        return ""


def remember(response: Response, request: Request, initials: str) -> None:
    """Remember who acts: not for scripts, and not when another site asks."""
    response.set_cookie(
        INITIALS,
        quote(initials, safe=""),
        max_age=WORKING_DAY,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
