"""What a failed attempt to send a mail means: is it the address, the moment, or our own settings? Pure.

A 5xx to the recipient or to the message is permanent, unless it is a policy's (status 5.7.x, or "no relaying" from a
server that gives no status): servers refuse us most often at the recipient. That, and a 5xx to the sender, the login or
the connection, says something of our settings: mended there, the same message arrives, so it is temporary.
"""

import re
import ssl
from collections.abc import Iterator
from typing import Final

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from alerts.delivery.channels import DeliveryError, PermanentFailureError, TemporaryFailureError

PERMANENT: Final = range(500, 600)
LOGIN_NEEDED: Final = 530
_ENHANCED: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_POLICY: Final = re.compile(r"5\.7\.\d{1,3}\b")
"""Security or policy. Source: RFC 3463, section 3.8."""
_RELAYING: Final = re.compile(r"\brelay", re.IGNORECASE)


def failure(name: str, error: Exception) -> DeliveryError:
    """Return the failure that `error` is for the recipient called `name`. The server's own words are left out."""
    if isinstance(error, TimeoutError):
        return TemporaryFailureError("timeout", f"{name}: the mail server did not answer in time")
    if any(isinstance(each, ssl.SSLError) for each in _chain(error)):
        text = "the mail server's certificate or TLS is not accepted; check the server's name and the CA file"
        return TemporaryFailureError("tls", f"{name}: {text}")
    answer = _answer(error)
    if answer is not None:
        return _refused(name, error, answer)
    if isinstance(error, SMTPException) and not isinstance(error, (SMTPServerDisconnected, SMTPConnectError)):
        text = "the mail server lacks what the settings ask for (STARTTLS or login); check port, security and login"
        return TemporaryFailureError("settings", f"{name}: {text}")
    return TemporaryFailureError("connection", f"{name}: no connection to the mail server, or it was lost")


def _refused(name: str, error: Exception, answer: SMTPResponseException) -> DeliveryError:
    code = _code(answer)
    if isinstance(error, SMTPAuthenticationError) or answer.code == LOGIN_NEEDED:
        return TemporaryFailureError("login", f"{name}: the mail server refuses the login ({code}); check it")
    if answer.code not in PERMANENT:
        return TemporaryFailureError("busy", f"{name}: the mail server asks for a later attempt ({code})")
    if _is_policy(answer):
        text = f"the mail server's rules refuse it ({code}); check sender, login and whom it lets this machine send to"
        return TemporaryFailureError("settings", f"{name}: {text}")
    if isinstance(error, SMTPRecipientsRefused):
        return PermanentFailureError("refused", f"{name}: the mail server refuses the address ({code}); correct it")
    if isinstance(error, SMTPDataError):
        return PermanentFailureError("refused", f"{name}: the mail server refuses the message ({code})")
    text = f"the mail server does not serve us ({code}); check sender, port and what it allows this machine"
    return TemporaryFailureError("settings", f"{name}: {text}")


def _is_policy(answer: SMTPResponseException) -> bool:
    """Say whether who asks is refused, and not the address or the message. A status says so, else only the words."""
    said = str(answer.message)
    return bool(_POLICY.match(said) if _ENHANCED.match(said) else _RELAYING.search(said))


def _answer(error: Exception) -> SMTPResponseException | None:
    if isinstance(error, SMTPRecipientsRefused):
        return error.recipients[0]
    return error if isinstance(error, SMTPResponseException) else None


def _code(answer: SMTPResponseException) -> str:
    enhanced = _ENHANCED.match(str(answer.message))
    return f"{answer.code} {enhanced[0]}" if enhanced else str(answer.code)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
