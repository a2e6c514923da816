"""What a webhook's answer, or the lack of one, means. Pure.

Where we are not let in, or nothing is found at the address (a path that is being moved, a gateway that lost its route),
either side can mend it and the same message arrives: that is temporary. Only 410 says that it is gone for good.
"""

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from aiohttp import ClientConnectorError, ClientSSLError, InvalidURL

from alerts.delivery.addresses import RefusedAddressError
from alerts.delivery.channels import DeliveryError, PermanentFailureError, Sent, TemporaryFailureError

LONGEST_WAIT_SECONDS: Final = 3600.0
"""The longest wait that a receiver can ask for: a warning is not put off for days by one header."""

SUCCESS: Final = range(200, 300)
REDIRECT: Final = range(300, 400)
REFUSED: Final = range(400, 500)
GONE: Final = 410
NOT_LET_IN: Final = frozenset({401, 403, 404, 405, 407})
"""The login or signature, the permission, the path, the method, a proxy: none of them is the message."""
TRY_LATER: Final = frozenset({408, 425, 429})


def judge(name: str, status: int, retry_after: str | None, now: datetime) -> Sent:
    """Return the receipt for a status of success. Raises TemporaryFailureError or PermanentFailureError for others."""
    if status in SUCCESS:
        return Sent(str(status))
    if status == GONE:
        raise PermanentFailureError("gone", f"{name}: the webhook is gone (410); take it out of the policy")
    if status in NOT_LET_IN:
        text = f"the webhook does not let us in ({status}); check its address and signing key, and ask its owner"
        raise TemporaryFailureError("settings", f"{name}: {text}", wait_seconds(retry_after, now))
    if status in REFUSED and status not in TRY_LATER:
        raise PermanentFailureError("refused", f"{name}: the webhook refuses the message ({status}); ask its owner")
    if status in REDIRECT:
        text = f"the webhook points elsewhere ({status}), and that is not followed; put the right address in the policy"
        raise TemporaryFailureError("busy", f"{name}: {text}")
    text = f"{name}: the webhook asks for a later attempt ({status})"
    raise TemporaryFailureError("busy", text, wait_seconds(retry_after, now))


def wait_seconds(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, between 0 and an hour; None when it says nothing."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)


def failure(name: str, error: Exception) -> DeliveryError:
    """Return the failure that an attempt without an answer is for the recipient called `name`."""
    if isinstance(error, TimeoutError):
        return TemporaryFailureError("timeout", f"{name}: the webhook did not answer in time")
    cause = error.os_error if isinstance(error, ClientConnectorError) else error
    if isinstance(cause, RefusedAddressError):
        text = "the address is on a private network or this machine; correct it, or allow that in the policy"
        return PermanentFailureError("address", f"{name}: {text}")
    if isinstance(error, InvalidURL):
        return PermanentFailureError("address", f"{name}: the address is no URL; correct it in the policy")
    if isinstance(error, ClientSSLError) or isinstance(cause, ssl.SSLError):
        text = "the webhook's certificate or TLS is not accepted; its owner has to mend it, or check the CA file"
        return TemporaryFailureError("tls", f"{name}: {text}")
    return TemporaryFailureError("connection", f"{name}: no connection to the webhook, or it was lost")
