"""The network that faults happen to: what it holds arrives in the end, what it cuts is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.faults.proxy import Proxy

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy before a server that answers each line with the same line, and remembers it in `heard`."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while line := await reader.readline():
                heard.append(line)
                writer.write(line)
        writer.close()

    heard: list[bytes] = []
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1])
    proxy.heard = heard
    await proxy.start()
    yield proxy
    await proxy.stop()
    server.close()


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def ask(line: Line, text: bytes, seconds: float = 5) -> bytes:
    reader, writer = line
    writer.write(text)
    return await asyncio.wait_for(reader.readline(), seconds)


async def is_closed(line: Line) -> bool:
    """Tell whether the other side has gone, in order or not."""
    try:
        return await line[0].read() == b""
    except OSError:
        return True


async def test_it_passes_on_what_is_said_both_ways(proxy) -> None:
    async with connected(proxy) as line:
        assert await ask(line, b"hello\n") == b"hello\n"


async def test_a_cut_ends_connections_and_takes_none(proxy) -> None:
    async with connected(proxy) as line:
        await ask(line, b"hello\n")
        proxy.cut()
        assert await is_closed(line)
    async with connected(proxy) as line:
        assert await is_closed(line)


async def test_after_a_cut_it_heals(proxy) -> None:
    proxy.cut()
    proxy.heal()
    async with connected(proxy) as line:
        assert await ask(line, b"again\n") == b"again\n"


async def test_what_was_held_on_the_way_up_arrives_also_from_one_who_has_left(proxy) -> None:
    async with connected(proxy) as (_, writer):
        proxy.hold(up=True, down=False)
        writer.write(b"late\n")
        writer.write_eof()
        await asyncio.sleep(0.2)
        assert proxy.heard == []
        proxy.heal()
        async with asyncio.timeout(5):
            while proxy.heard != [b"late\n"]:  # noqa: ASYNC110 - it happens in another task
                await asyncio.sleep(0.01)


async def test_held_on_the_way_down_the_server_hears_but_no_answer_comes(proxy) -> None:
    async with connected(proxy) as line:
        proxy.hold(up=False, down=True)
        with pytest.raises(TimeoutError):
            await ask(line, b"hello\n", 0.3)
        assert proxy.heard == [b"hello\n"]
        proxy.heal()
        assert await asyncio.wait_for(line[0].readline(), 5) == b"hello\n"


async def test_it_can_be_slow(proxy) -> None:
    proxy.delay = 0.2
    began = asyncio.get_running_loop().time()
    async with connected(proxy) as line:
        await ask(line, b"hello\n")
    assert asyncio.get_running_loop().time() - began > 0.4
