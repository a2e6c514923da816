"""Which network addresses a webhook may be sent to: names are looked up once, and what is found is what is used.

The look-up is the last step before connecting, so a name that points elsewhere a moment later (DNS rebinding) changes
nothing.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last 32 bits are the IPv4 address that is reached."""


class RefusedAddressError(OSError):
    """A host is, or its name leads to, an address of a private network or this machine."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet. IPv4 inside IPv6 is judged as what it leads to.

    Raises ValueError for what is no IP address.
    """
    found = _inner(ip_address(address))
    local = found.is_multicast or found.is_reserved or (isinstance(found, IPv6Address) and found.is_site_local)
    return found.is_global and not local


def check_literal(host: str) -> None:
    """Raise RefusedAddressError when `host` is an IP address and no public one; a name passes."""
    try:
        public = is_public(host)
    except ValueError:
        return
    if not public:
        raise RefusedAddressError("no public address")


class PublicResolver(AbstractResolver):
    """Looks names up by `inner` and refuses a name if any of its addresses is no public one."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises RefusedAddressError, or OSError when it has none."""
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise RefusedAddressError("the name leads to no public address")
        return found

    async def close(self) -> None:
        """Close what looks names up."""
        await self._inner.close()


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
