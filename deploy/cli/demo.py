"""`fristvagt demo`: everything on this machine."""

import socket
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from deploy import logs
from deploy.cli.dates import moment
from deploy.demo.folder import DataFolder
from deploy.demo.plan import Options, begin, go_on
from deploy.demo.run import Demo
from deploy.demo.state import DemoState
from deploy.errors import BadInputError
from deploy.settings import Settings, load_settings, variable
from deploy.supervise import run
from deploy.webserver import bind
from stream.clock import WallClock
from stream.law.fact import COPENHAGEN
from stream.worker.transport import TransportError

QUIET: Final = {"log_format": "text", "log_level": "ERROR"}
"""How a demo logs, unless the settings say otherwise: a person looks on."""


def demo(  # noqa: PLR0913, PLR0917 - one parameter an option
    feed: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own events (one CloudEvent a line), not a simulation.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="With --feed: where time begins, if not at its last event.")
    ] = None,
    pathways: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many pathways begin in four weeks.  [default: 800]")
    ] = None,
    days: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="How many days before today time begins.  [default: 28]")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            min=0.001,
            max=1e6,
            help="How many times as fast time runs.  [default: 1440, a day a minute; 1 with --feed]",
        ),
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of page and API.  [default: 8000]")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the data.  [default: data]")] = None,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what the folder holds and start anew.")] = False,
) -> None:
    """Show everything on this machine: a simulated country in fast time, page and API.

    One process with an embedded log and an embedded Redis. Ctrl-C stops it; the next start goes on where it was.
    """
    settings = _settings(port, data)
    logs.configure(settings.log_format, settings.log_level)
    options = Options(feed, moment(at, "--at") if at else None, pathways, days, speed)
    listener = bind(settings.http_host, settings.http_port, f"--port or {variable('http_port')}")
    folder = DataFolder(settings.data_dir)
    try:
        state = _state(folder, options, fresh=fresh)
        code = run(_run(settings, folder, state, listener), stop_seconds=settings.stop_seconds)
    except TransportError as error:
        raise BadInputError(str(error)) from error
    finally:
        folder.release()
    raise typer.Exit(code)


def _settings(port: int | None, data: Path | None) -> Settings:
    settings = load_settings()
    if settings.transport != "embedded":
        raise BadInputError(f"the demo runs on the embedded transport; take {variable('transport')} away")
    asked = {"http_port": port, "data_dir": data}
    quiet = {name: word for name, word in QUIET.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=quiet | {name: value for name, value in asked.items() if value is not None})


def _state(folder: DataFolder, options: Options, *, fresh: bool) -> DemoState:
    if fresh:
        folder.clear()
    remembered = folder.state.load()
    return begin(options, WallClock().now()) if remembered is None else go_on(options, remembered)


async def _run(settings: Settings, folder: DataFolder, state: DemoState, listener: socket.socket) -> int:
    demo = Demo(settings, folder, state, listener)
    return await demo.run(lambda: _greet(settings, state, demo.clock.now().astimezone(COPENHAGEN)))


def _greet(settings: Settings, state: DemoState, now: datetime) -> None:
    story = state.story
    shown = story.feed or f"a simulated country, {story.pathways} pathways in four weeks; nobody in it is real"
    typer.echo(
        f"Fristvagt demo: {shown}\n"
        f"  page    http://{settings.http_host}:{settings.http_port}\n"
        f"  API     http://{settings.http_host}:{settings.http_port}/v1/risk/summary\n"
        f"  time    it is {now:%Y-%m-%d %H:%M} in it, and time runs {state.speed:g} times as fast as ours\n"
        f"  mail    {settings.data_dir / 'mail'} (who is warned, as files: no mail leaves this machine)\n"
        f"  data    {settings.data_dir} (the next start goes on from here; --fresh starts anew)\n"
        "  Ctrl-C stops it"
    )
