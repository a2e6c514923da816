"""`fristvagt simulate`: a synthetic country on stdout."""

import sys
from typing import Annotated

import typer

from deploy.cli.dates import day
from deploy.cli.output import progress
from deploy.errors import BadInputError
from stream.simulate import SimulationError, line
from stream.simulate import simulate as simulate_events

EVENTS_A_PATHWAY = 8
"""About as many as a pathway has, for the progress bar."""


def simulate(
    pathways: Annotated[int, typer.Option(metavar="N", min=0, help="How many pathways begin.")],
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same events.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day on which pathways begin.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day on which pathways begin.")],
) -> None:
    """Write synthetic events shaped like the published figures.

    One CloudEvent a line, in the order in which they are recorded. Pathways that have begun run on after the last
    day until they are over. No real person is in it.
    """
    try:
        events = simulate_events(pathways, seed, day(first, "--from"), day(last, "--to"))
    except SimulationError as error:
        raise BadInputError(str(error)) from error
    with progress("simulating", pathways * EVENTS_A_PATHWAY) as advance:
        for event in events:
            sys.stdout.write(line(event) + "\n")
            advance(1)
