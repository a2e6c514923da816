"""Links in messages: they open a page of the product and do nothing else. Pure."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from alerts.delivery.plain import one_line


class PageError(ValueError):
    """The address of the page cannot be used in links. The message says what is accepted."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page is, such as ``https://fristvagt.region.example``. A path is kept, a slash at its end is not.

    Raises PageError for anything but http(s) with a host, and for a query, a fragment or a user name.
    """

    address: str

    def __post_init__(self) -> None:
        problem = _problem(self.address)
        if problem:
            raise PageError(f"the page's address {problem}; give it like https://fristvagt.region.example")
        object.__setattr__(self, "address", self.address.rstrip("/"))

    def clock(self, clock_id: str) -> str:
        """Return the link to a clock's page."""
        return f"{self.address}/frist/{quote(clock_id, safe='', errors='replace')}"


def _problem(address: str) -> str | None:
    if one_line(address) != address or " " in address or "\\" in address:
        return "has a space or a character that no address has"
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return "cannot be read"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "is not http or https with a host"
    if "?" in address or "#" in address or "@" in parts.netloc:
        return "has a query, a fragment or a user name"
    return None
