"""A mail with its headers: multipart, text first, the same Message-ID in every attempt. Pure."""

from datetime import UTC
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, Policy
from typing import Any, Final

from alerts.delivery.channels import PermanentFailureError
from alerts.delivery.message import Message
from alerts.delivery.plain import digest, is_mail_address, token
from alerts.delivery.render import Rendered

FROM_NAME: Final = "Fristvagt"


class _Subject(BaseHeader):
    """A subject that is taken as it stands and sent whole in encoded words.

    The library's own decodes encoded words in what it is given, line breaks in them included, and loses spaces between
    words with other letters than English ones.
    """

    max_count = 1

    @staticmethod
    def parse(value: str, kwds: dict[str, Any]) -> None:
        """Take the value for the header's text."""
        kwds.update(decoded=value, parse_tree=None)

    def fold(self, *, policy: Policy) -> str:
        """Write the header."""
        encoded = Header(str(self), "utf-8", header_name="Subject").encode(linesep=policy.linesep)
        return f"Subject: {encoded}{policy.linesep}"


def _headers() -> HeaderRegistry:
    registry = HeaderRegistry()
    registry.map_to_type("subject", _Subject)
    return registry


_POLICY: Final = SMTP.clone(header_factory=_headers())


def envelope(message: Message, rendered: Rendered, sender: str) -> EmailMessage:
    """Return the mail from `sender` (a mail address). Raises PermanentFailureError when the recipient's is none.

    Nothing in it depends on when it is sent: receivers can drop a repeat by its Message-ID.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(FROM_NAME, addr_spec=sender)
    mail["To"] = Address(addr_spec=_address(message))
    mail["Subject"] = rendered.subject
    mail["Date"] = message.at.astimezone(UTC)
    mail["Message-ID"] = f"<{digest(message.notice_id)}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Fristvagt-Notice"] = token(message.notice_id)
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    # Last: the library moves what is said of the content to the first part.
    mail["Content-Language"] = message.recipient.language
    return mail


def _address(message: Message) -> str:
    address = message.recipient.address
    if not is_mail_address(address):
        name = message.recipient.name
        raise PermanentFailureError("address", f"{name}: not a mail address in ASCII; correct it in the policy")
    return address
