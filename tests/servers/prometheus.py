"""A real Prometheus on loopback: scrapes what the test says, and answers queries."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.servers.loopback import free_port, program, running


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression has now."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=30).raise_for_status()
        series: list[dict[str, Any]] = answer.json()["data"]["result"]
        return series


@contextmanager
def prometheus(folder: Path, jobs: Mapping[str, str], rules: Sequence[Path] = ()) -> Iterator[Prometheus]:
    """Run Prometheus with `jobs` (name -> host:port of a /metrics), scraped every 3 s and evaluated every second."""
    config = folder / "prometheus.yml"
    scrapes = [{"job_name": name, "static_configs": [{"targets": [target]}]} for name, target in jobs.items()]
    every = {"scrape_interval": "3s", "scrape_timeout": "3s", "evaluation_interval": "1s"}
    config.write_text(
        yaml.safe_dump({"global": every, "rule_files": [str(file) for file in rules], "scrape_configs": scrapes}),
        "utf-8",
    )
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        program("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
    ]
    with running(command, f"{url}/-/ready", folder / "prometheus.log"):
        yield Prometheus(url)
