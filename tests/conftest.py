"""What all tests share: unit tests open no socket, and no test is timed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

UNIT = Path(__file__).parent / "unit"

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave slow tests out of coverage: tracing more than doubles their processor time, and quick ones run the same."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker("no_cover")


@pytest.fixture(autouse=True)
def unit_tests_open_no_socket(request: pytest.FixtureRequest) -> Iterator[None]:
    """Forbid sockets in tests/unit, apart from the unix pair inside each event loop."""
    if UNIT not in request.path.parents:
        yield
        return
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
