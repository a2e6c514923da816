"""Which network addresses are public, in every dress an address can wear; and a name is looked up once."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from alerts.delivery.addresses import PublicResolver, RefusedAddressError, check_literal, is_public

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]
PUBLIC = ["8.8.8.8", "193.3.19.1", "2a00:1450:400f::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


class Names(AbstractResolver):
    """A name server that answers differently each time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers.pop(0)
        return [ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0) for each in found]

    async def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(RefusedAddressError):
        check_literal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    assert is_public(address)
    check_literal(address)


def test_a_name_is_not_judged_before_it_is_looked_up() -> None:
    check_literal("localhost")


async def test_a_name_is_refused_if_any_of_its_addresses_is_private() -> None:
    with pytest.raises(RefusedAddressError):
        await PublicResolver(Names(["8.8.8.8", "10.0.0.1"])).resolve("system.example", 443)


async def test_a_name_that_turns_private_later_was_looked_up_once_and_the_first_answer_is_used() -> None:
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    found = await PublicResolver(names).resolve("system.example", 443)
    assert [each["host"] for each in found] == ["8.8.8.8"]
    assert names.answers == [["127.0.0.1"]]


async def test_closing_closes_what_looks_names_up() -> None:
    names = Names()
    await PublicResolver(names).close()
    assert names.closed
