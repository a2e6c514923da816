"""A real Alertmanager on loopback: takes alerts, and says who hears of them and what is held back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.servers.loopback import free_port, program, running


class Alertmanager:
    """A running Alertmanager."""

    def __init__(self, url: str) -> None:
        self._alerts = f"{url}/api/v2/alerts"

    def fire(self, alerts: Sequence[Mapping[str, str]]) -> None:
        """Send alerts, each by its labels."""
        httpx.post(self._alerts, json=[{"labels": dict(labels)} for labels in alerts], timeout=30).raise_for_status()

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that stand, with receivers and what inhibits them."""
        standing: list[dict[str, Any]] = httpx.get(self._alerts, timeout=30).raise_for_status().json()
        return standing


@contextmanager
def alertmanager(folder: Path, config: Path) -> Iterator[Alertmanager]:
    """Run Alertmanager with a configuration file."""
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        program("prometheus-alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--cluster.listen-address=",
    ]
    with running(command, f"{url}/-/ready", folder / "alertmanager.log"):
        yield Alertmanager(url)
