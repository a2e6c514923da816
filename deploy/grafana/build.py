"""Writes the dashboards into deploy/grafana/dashboards: `python -m deploy.grafana.build` after a change."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.waiting_times import waiting_times_now

FOLDER: Final = Path(__file__).with_name("dashboards")


def dashboards() -> Iterator[tuple[Path, str]]:
    """Yield the file and the text of each dashboard."""
    yield FOLDER / "waiting-times-now.json", as_json(waiting_times_now())


def as_json(dashboard: Any) -> str:
    """Return a dashboard as Grafana reads it; the same dashboard gives the same text."""
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in dashboards():
        path.write_text(text, "utf-8")
