"""The long fault run: ``python -m tests.faults --seed N``. A hundred kills and one of each other kind of fault."""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from alerts.policy import Policy
from stream.engine import Engine
from stream.facts.units import Units
from stream.law import rulebook
from stream.law.rulebook import Rulebook
from tests.faults import trouble
from tests.faults.cluster import Cluster
from tests.faults.conduct import LostRunError, Run, say
from tests.faults.count_run import CountRun
from tests.faults.feed import Feed, full
from tests.faults.plan import long_plan

BUILT_IN = Path(rulebook.__file__).with_name("rulebook.toml")
ROLLING = "rolling update"


def next_rulebook(folder: Path) -> Path:
    """Write a rulebook that says the same as the delivered one and calls itself otherwise."""
    version = Rulebook.load().version
    file = folder / "rulebook.toml"
    file.write_text(BUILT_IN.read_text("utf-8").replace(f'"{version}"', f'"{version}-next"', 1), "utf-8")
    return file


async def stock_is_caught(seed: int, folder: Path) -> None:
    """Show that the run can fail: stock Faust loses records in it, and ours does not. Raises LostRunError."""
    faults = [trouble.kill, trouble.sleep, trouble.end]
    async with Cluster(folder, 1) as cluster:
        ours = await CountRun(folder, cluster, "ours", seed).suffer(faults)
        say(f"counting, our consumer: {ours}")
        if ours.is_loss:
            raise LostRunError(f"seed {seed}: our consumer lost records")
        stock = await CountRun(folder, cluster, "stock", seed).suffer(faults, rounds=5)
        say(f"counting, stock Faust: {stock}")
        if not stock.is_loss:
            raise LostRunError(f"seed {seed}: stock Faust lost nothing, so that these faults show nothing")


@dataclass(frozen=True)
class Phase:
    """What happens in a part of the run, and how many shares of the feed's full steps it gets: one in 5 to 10 s."""

    name: str
    faults: tuple[trouble.Fault, ...]
    shares: int


def phases(kills: int, following: Path) -> list[Phase]:
    """Return the phases between the peace at the beginning and the rest of the feed at the end."""
    unplugged = (trouble.cut, trouble.cut_for_long, trouble.cut_for_longer, trouble.slow)
    return [
        Phase("kill -9", (trouble.kill,) * kills, 14),
        Phase("kill -9 of all at once", (trouble.kill_all,) * 2, 3),
        Phase("SIGTERM", (trouble.end,) * 3, 3),
        Phase("SIGSTOP past the session", (trouble.sleep,) * 2, 4),
        Phase("network cut", unplugged, 4),
        Phase("network one way", (trouble.held_up, trouble.held_down), 3),
        Phase("a broker dies", (trouble.broker,), 2),
        Phase("one broker of three away", (trouble.brokers,), 4),
        Phase("all brokers away", (trouble.blackout,), 2),
        Phase("Redis gone", (trouble.redis,), 3),
        Phase(ROLLING, (trouble.update(rulebook=str(following)),), 3),
    ]


async def long_run(seed: int, kills: int, pathways: int, folder: Path) -> None:
    """Raises LostRunError."""
    engine = Engine(Rulebook.load(), Units.load(), Policy.load())
    following = next_rulebook(folder)
    feed = Feed(full(long_plan(seed, pathways), engine))
    run = Run(folder, engine, seed, nodes=3, workers=3, intakes=2, projector=True, pace=8, pause=(0.5, 5))
    async with run:
        for step in feed.quiet():
            await run.play(step)
        await run.phase("at peace", [], feed)
        parts = phases(kills, following)
        for number, part in enumerate(parts, start=1):
            if part.name == ROLLING:
                run.reference.engine = run.engine = Engine(Rulebook.load(following), Units.load(), Policy.load())
            keep = feed.kept(part.shares, 1 + sum(later.shares for later in parts[number:]))
            await run.phase(part.name, part.faults, feed, keep=keep)
        await run.phase("the rest of the feed", [], feed, at_least=len(feed))
        say(f"ended: {dict(run.arena.fleet.codes())}")


def main() -> None:
    """Run it, and say with which seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10_000))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pathways", type=int, default=1200)
    parser.add_argument("--folder", type=Path, help="keep logs and data here")
    given = parser.parse_args()
    say(f"seed {given.seed}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        for part in (folder / "counting", folder / "long"):
            part.mkdir(parents=True, exist_ok=True)
        asyncio.run(stock_is_caught(given.seed, folder / "counting"))
        asyncio.run(long_run(given.seed, given.kills, given.pathways, folder / "long"))


if __name__ == "__main__":
    main()
