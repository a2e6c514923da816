"""A process that slept through half of its session ends before it can write."""

import subprocess
import sys
import threading
import time

import pytest

from stream.worker.transport.lease import Lease

SLEEPER = """
import os, signal, time
from stream.worker.transport.lease import Lease
Lease(0.5).start()
print("awake", flush=True)
time.sleep(60)
"""


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("slept", "codes"), [(4.9, []), (5.1, [70])])
def test_only_a_sleep_longer_than_the_lease_ends_the_process(slept: float, codes: list[int]) -> None:
    clock, exits = Clock(), []
    lease = Lease(5, now=clock, exit_process=exits.append)
    clock.now += slept
    lease.check()
    assert exits == codes


def test_signs_of_life_keep_the_lease() -> None:
    clock, exits = Clock(), []
    lease = Lease(5, now=clock, exit_process=exits.append)
    for _ in range(10):
        clock.now += 3
        lease.renew()
    assert exits == []


def test_a_sign_of_life_after_too_long_comes_too_late() -> None:
    clock, exits = Clock(), []
    lease = Lease(5, now=clock, exit_process=exits.append)
    clock.now += 6
    lease.renew()
    assert exits == [70]


def test_a_stopped_lease_leaves_no_thread() -> None:
    lease = Lease(5)
    lease.start()
    lease.stop()
    until = time.monotonic() + 2
    while any(thread.name == "lease" for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_process_that_was_stopped_ends_when_it_wakes_up() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE) as sleeper:
        assert sleeper.stdout is not None
        sleeper.stdout.readline()
        sleeper.send_signal(19)
        time.sleep(0.8)
        sleeper.send_signal(18)
        assert sleeper.wait(5) == 70
