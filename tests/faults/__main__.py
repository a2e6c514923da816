"""The long fault run: ``python -m tests.faults --seed N``. A hundred kills and one of each other kind of fault."""

import argparse
import asyncio
import tempfile
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
from tests.faults.plan import long_plan

BUILT_IN = Path(rulebook.__file__).with_name("rulebook.toml")


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


async def long_run(seed: int, kills: int, pathways: int, folder: Path) -> None:
    """Raises LostRunError."""
    engine = Engine(Rulebook.load(), Units.load(), Policy.load())
    steps = iter(long_plan(seed, pathways))
    run = Run(folder, engine, seed, nodes=3, workers=3, intakes=2, projector=True, pace=8, pause=(0.5, 5))
    async with run:
        await run.phase("at peace", [], steps)
        await run.phase("kill -9", [trouble.kill] * kills, steps)
        await run.phase("kill -9 of all at once", [trouble.kill_all] * 2, steps)
        await run.phase("SIGTERM", [trouble.end] * 3, steps)
        await run.phase("SIGSTOP past the session", [trouble.sleep] * 2, steps)
        await run.phase("network cut", [trouble.cut, trouble.cut_for_long, trouble.slow], steps)
        await run.phase("network one way", [trouble.held_up, trouble.held_down], steps)
        await run.phase("a broker dies", [trouble.broker], steps)
        await run.phase("one broker of three away", [trouble.brokers], steps)
        await run.phase("Redis gone", [trouble.redis], steps)
        following = next_rulebook(folder)
        run.reference.engine = run.engine = Engine(Rulebook.load(following), Units.load(), Policy.load())
        await run.phase("rolling update", [trouble.update(rulebook=str(following))], steps)
        run.pace = 1
        while (step := next(steps, None)) is not None:
            await run.play(step)
        await run.phase("the rest of the spring", [], steps)
        say(f"ended: {dict(run.arena.fleet.codes())}")


def main() -> None:
    """Run it, and say with which seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10_000))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pathways", type=int, default=1500)
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
