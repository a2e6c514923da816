"""The disk has what was acknowledged: each store is synced before it is acknowledged, and the kernel is the witness.

A power cut cannot be made here. What can be seen is the order of the system calls: the write-ahead file is written,
then synced, and only then does the process say that it was stored.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

STORES = 20

APPENDER = f"""
import asyncio, os, sys
from stream.worker.transport import Outgoing, TopicSpec, TransportOptions
from stream.worker.transport.embedded.broker import Broker
async def main():
    broker = Broker(TransportOptions(url="embedded:" + sys.argv[1], synchronous=sys.argv[2]))
    await broker.declare(TopicSpec("out", 1))
    os.write(1, b"begins")
    for number in range({STORES}):
        await broker.append([Outgoing("out", b"k", b"%d" % number, 0)])
        os.write(1, b"stored")
asyncio.run(main())
"""

WRITTEN = re.compile(r"pwrite64\(\d+<[^>]*records\.sqlite-wal>")
SYNCED = re.compile(r"f(data)?sync\(\d+<[^>]*records\.sqlite-wal>\) += 0")
SAID = re.compile(r'write\(1<[^>]*>, "(begins|stored)"')


def system_calls(directory: Path, synchronous: str) -> list[str]:
    """Run the appender and return its system calls on the files of the log, one a line, in order of their end."""
    trace = directory / "trace"
    strace = ["strace", "-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", str(trace)]
    command = [*strace, sys.executable, "-c", APPENDER, str(directory / "log"), synchronous]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return finished(trace.read_text().splitlines())


def finished(lines: list[str]) -> list[str]:
    """Join calls that strace tells in two parts, because another thread's came between."""
    begun: dict[str, str] = {}
    calls = []
    for line in lines:
        thread, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>")
        elif call.startswith("<... "):
            calls.append(begun.pop(thread) + call.partition("resumed>")[2])
        else:
            calls.append(call)
    return calls


def synced_before_said(calls: list[str]) -> list[bool]:
    """Tell for each acknowledgement whether all that was written before it had been synced."""
    found, dirty = [], False
    for call in calls:
        if WRITTEN.match(call):
            dirty = True
        elif SYNCED.match(call):
            dirty = False
        elif said := SAID.match(call):
            found += [not dirty] if said[1] == "stored" else []
    return found


@pytest.mark.parametrize(("synchronous", "promise"), [("full", True), ("normal", False)])
def test_a_store_is_synced_before_it_is_acknowledged_exactly_if_the_setting_says_so(
    tmp_path: Path, synchronous: str, *, promise: bool
) -> None:
    assert synced_before_said(system_calls(tmp_path, synchronous)) == [promise] * STORES
