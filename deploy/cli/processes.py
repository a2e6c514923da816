"""`fristvagt worker`, `intake`, `projector` and `api`: the processes of the real deployment."""

import typer

from deploy.processes import run_process
from deploy.settings import load_settings


def worker() -> None:
    """Watch the facts: evaluate clocks, fire deadlines, raise alerts.

    Start as many as there is work for, up to the number of partitions. /healthz, /readyz and /metrics are on
    127.0.0.1:8101 unless the settings say otherwise.
    """
    _run("worker")


def intake() -> None:
    """Check incoming events and pass them on, or refuse them with a reason.

    /healthz, /readyz and /metrics are on 127.0.0.1:8102 unless the settings say otherwise.
    """
    _run("intake")


def projector() -> None:
    """Keep the read model in Redis up to date.

    /healthz, /readyz and /metrics are on 127.0.0.1:8103 unless the settings say otherwise.
    """
    _run("projector")


def api() -> None:
    """Serve page and API.

    On 127.0.0.1:8000 unless the settings say otherwise, with /healthz, /readyz and /metrics beside them.
    """
    _run("api")


def _run(kind: str) -> None:
    raise typer.Exit(run_process(kind, load_settings()))
