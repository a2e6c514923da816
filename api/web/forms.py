"""What a page's form sends, as plain values. Nothing but a plain form is read, and not much of it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

from api.problems import ProblemError

FORM: Final = "application/x-www-form-urlencoded"
LARGEST: Final = 64 * 1024
MOST_FIELDS: Final = 40


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the fields that are filled in; of a field that comes twice the last. Raises ProblemError."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise ProblemError(415, "content_type", "Not a form by its content type", f"Send {FORM}.")
    body = await request.body()
    if len(body) > LARGEST:
        raise ProblemError(413, "too_large", "Too much for a form", f"Send at most {LARGEST} bytes.")
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise ProblemError(400, "form", "Not a form that can be read", "Send the form of the page.") from error
