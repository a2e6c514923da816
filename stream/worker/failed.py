"""An event that we failed to judge: our fault, so it takes no other with it and is not lost.

It becomes a dead letter of its own that names it as far as it can be named, and its patient is incomplete. Where the
original lies is said in the letter, and `deadletters retry` sends it again. What came over HTTP lies nowhere: if it
can be seen to hold no CPR number it is put into the inbox, to be judged there like any other; else its sender is told
to keep it.
"""

from typing import Any, Final

from stream.facts import cpr
from stream.facts.intake import MAX_EVENT_BYTES
from stream.facts.jsontext import canonical
from stream.facts.refusal import Refusal, RefusedError
from stream.worker.deadletters import INTERNAL_ERROR, DeadLetter, fingerprint

_FAILED: Final = "the event could not be judged: nothing is wrong with it for all we know."
LIES_THERE: Final = f"{_FAILED} The original lies where this letter says: retry it after an update"
IN_THE_INBOX: Final = f"{_FAILED} It is kept in the inbox and judged again there: it need not be sent again"
SEND_AGAIN: Final = f"{_FAILED} It is not kept: keep it, and send it again after an update"


def kept_form(value: Any) -> bytes | None:
    """Return an event as it may be put into the inbox, or None if it may not: too large, or perhaps a CPR number."""
    try:
        body = canonical(value)
        return None if len(body) > MAX_EVENT_BYTES or cpr.in_value(value) else body
    except Exception:  # noqa: BLE001 - what cannot even be looked through is not kept
        return None


def letter_of(value: Any, sent: bytes | None, hint: str, at: str) -> DeadLetter:
    """Return the dead letter of an event at `at` (RFC 3339 UTC): its names as far as they may be told, no content.

    `value` is what was read of the event, None if nothing; `sent` are the bytes that it came in.
    """
    named = _named(value, fingerprint(sent))
    return DeadLetter(
        at=at,
        reason=INTERNAL_ERROR,
        hint=hint,
        source=named.source,
        id=named.id,
        type=named.type,
        patient=named.patient,
        pathway=named.pathway,
        sha256=named.sha256,
    )


def _named(value: Any, digest: str) -> Refusal:
    nothing = RefusedError("no_identity", "event", "")
    try:
        return nothing.refusal(value, fingerprint(canonical(value)) if value is not None else digest)
    except Exception:  # noqa: BLE001 - then it has no name, and is found by the digest of what was sent
        return nothing.refusal(None, digest)
