"""The recipients of the policy: address, language, who stands in for whom, and how a webhook is signed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from urllib.parse import urlsplit

from alerts.delivery.plain import is_mail_address
from alerts.policy.mistakes import meant
from alerts.policy.table import Table
from alerts.recipients import Recipient

_NAME: Final = re.compile(r"[\w-]{1,64}")
_DOMAIN: Final = re.compile(r"localhost|(?:[^\W_][\w-]*\.)+[^\W_][\w-]*")
_SECRET: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_KEYS: Final = ("mail", "webhook", "language", "deputy", "away", "secret", "allow_private")
_ITSELF: Final = "whsec_"
"""What a signing secret of Standard Webhooks begins with."""


@dataclass(frozen=True, slots=True)
class Away:
    """Local dates on which somebody is away, both included."""

    first: date
    last: date
    line: int


@dataclass(frozen=True, slots=True)
class Contact:
    """A recipient with what the policy says about it. `line` is where.

    `secret` names the setting that holds the key by which a webhook is signed. `allow_private`: it may be at a private
    address.
    """

    recipient: Recipient
    line: int
    deputy: str | None = None
    away: tuple[Away, ...] = ()
    secret: str | None = None
    allow_private: bool = False

    def away_on(self, on: date) -> Away | None:
        """Return the time away that holds on a local date, or None."""
        return next((each for each in self.away if each.first <= on <= each.last), None)


def read_contacts(document: Table) -> Mapping[str, Contact]:
    """Read `recipients`. Deputies must exist, and must not stand in for each other in a circle."""
    table = document.table("recipients")
    entries = {name: table.table(name) for name in table.values}
    contacts = {name: _contact(name, entry) for name, entry in entries.items() if isinstance(table.values[name], dict)}
    for name, contact in contacts.items():
        if contact.deputy is None:
            continue
        if contact.deputy not in contacts:
            entries[name].wrong("deputy", f"no recipient {contact.deputy!r}; {meant(contact.deputy, contacts)}")
        elif name in (chain := list(_deputies(name, contacts))):
            circle = " → ".join((name, *chain))
            entries[name].wrong("deputy", f"goes round in a circle ({circle}); leave out one of them")
    return contacts


def stand_in(name: str, contacts: Mapping[str, Contact], on: date) -> Contact:
    """Return who is told instead of `name` on a local date: the first of the deputies who is not away.

    Whoever has no deputy who is there is told all the same.
    """
    chain = (name, *_deputies(name, contacts))
    return next((contacts[each] for each in chain if contacts[each].away_on(on) is None), contacts[name])


def _deputies(name: str, contacts: Mapping[str, Contact]) -> Iterator[str]:
    """Give the deputy, the deputy's deputy and so on; ends where a circle closes."""
    seen: set[str] = set()
    deputy = contacts[name].deputy
    while deputy is not None and deputy in contacts and deputy not in seen:
        seen.add(deputy)
        yield deputy
        deputy = contacts[deputy].deputy


def _contact(name: str, table: Table) -> Contact:
    table.only(*_KEYS)
    if not _NAME.fullmatch(name):
        table.notes.at_key(table.path, "a recipient's name has letters, digits, _ and -, at most 64")
    channel = _channel(table)
    if channel == "mail":
        _only_webhooks(table)
    language: Literal["da", "en"] = "en" if table.values.get("language", "da") == "en" else "da"
    if table.values.get("language", language) != language:
        table.wrong("language", "give da or en")
    private = table.flag("allow_private", default=False)
    address = _mail(table) if channel == "mail" else _webhook(table, private=private)
    return Contact(
        Recipient(name, channel, address, language),
        table.notes.positions.key(table.path).line,
        table.text("deputy") if "deputy" in table else None,
        tuple(_away(each) for each in table.tables("away", "such as away = [{ from = 2026-07-06, to = 2026-07-24 }]")),
        _secret(table) if channel == "webhook" else None,
        private,
    )


def _channel(table: Table) -> Literal["mail", "webhook"]:
    if ("mail" in table) == ("webhook" in table):
        table.notes.at_key(table.path, "give either mail or webhook")
    return "webhook" if "webhook" in table else "mail"


def _only_webhooks(table: Table) -> None:
    for key in ("secret", "allow_private"):
        if key in table:
            table.notes.at_key((*table.path, key), "is for a webhook; leave it out for mail")


def _mail(table: Table) -> str:
    if "mail" not in table:
        return ""
    address = table.text("mail")
    if address and not _is_sent_to(address):
        form = "write it as name@example.dk in ASCII, without a display name (a domain with æ, ø or å: as xn--…)"
        table.wrong("mail", f"{address!r} is no mail address; {form}")
    return address


def _is_sent_to(address: str) -> bool:
    """Say whether mail is ever sent there: what the channel refuses for good is a mistake here, with its place."""
    return is_mail_address(address) and _DOMAIN.fullmatch(address.rpartition("@")[2]) is not None


def _webhook(table: Table, *, private: bool) -> str:
    address = table.text("webhook")
    if address and (wrong := _wrong_url(address, private=private)):
        table.wrong("webhook", wrong)
    return address


def _wrong_url(address: str, *, private: bool) -> str | None:
    try:
        url = urlsplit(address)
        host, _ = url.hostname, url.port
    except ValueError as error:
        return f"is no URL ({error}); write it as https://host/path"
    if not host or re.search(r"\s", address):
        return "is no URL; write it as https://host/path"
    if "@" in url.netloc or url.fragment:
        return "must have no login and no fragment; what proves us is the signature"
    if url.scheme == "https" or (url.scheme == "http" and private):
        return None
    return "must begin with https:// (http:// only with allow_private = true)"


def _secret(table: Table) -> str:
    if "secret" not in table:
        table.wrong("secret", "name the setting that holds the signing key; a webhook is always signed")
        return ""
    name = table.text("secret")
    if name.startswith(_ITSELF):
        table.wrong("secret", "this is a signing key itself; change it, keep it in a setting, and name that here")
    elif name and not _SECRET.fullmatch(name):
        table.wrong("secret", "give the name of a setting: letters, digits and _, beginning with a letter")
    return name


def _away(table: Table) -> Away:
    table.only("from", "to")
    first, last = table.day("from"), table.day("to")
    if date.min not in {first, last} and last < first:
        table.wrong("to", f"{last} is before {first}; give the last day away")
    return Away(first, last, table.notes.positions.value(table.path).line)
