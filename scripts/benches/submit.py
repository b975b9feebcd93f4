"""Respondents per second through the whole way, form, answers, stored and thanked, beside two other applications.

    scripts/bench submit [--peers DIR] [--rounds N] [--seconds S] [--clients N …] [--counters N]

With --counters the registry is a province's, two counters an agency, and every scan is of another counter.
Each respondent opens new connections. Clients, servers and databases share this machine's cores, and all
sides take their turn in every round, so the ratios mean more than the rates.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]

from scripts.benches.application import ANSWERS_A_MINUTE, REPOSITORY
from scripts.benches.contenders import CONTENDERS, INSTRUMENT, Contender, Peers, Served, find_peers
from scripts.benches.databases import PostgreSQL, postgresql, rows_in
from scripts.benches.servers import cpu_seconds, free_port, listens, running
from scripts.benches.tables import machine, spread, table

PEERS = REPOSITORY.parent / "shared" / "bench"
WARM_UP_SECONDS = 0.5
HEADER = ("application", "clients", "respondents/s", "server CPU, ms each", "p50 / p95 / p99, ms", "faults")


@dataclass(frozen=True, slots=True)
class Load:
    """How hard and how long to press: client counts, seconds a point, respondents a point at most, counters."""

    clients: tuple[int, ...]
    seconds: float
    most: int
    counters: int = 1


@dataclass(frozen=True, slots=True)
class Point:
    """What one crowd got of one application; `milliseconds` are the 50, 95 and 99% of the whole way."""

    application: str
    clients: int
    acknowledged: int
    per_second: float
    cpu_milliseconds: float
    milliseconds: tuple[float, float, float]
    faults: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What one application acknowledged and refused in one round, and the rows found afterwards in each table."""

    application: str
    acknowledged: int
    faults: int
    stored: tuple[int, ...]

    @property
    def is_honest(self) -> bool:
        """Tell whether every acknowledged response and its comment are stored, and no more than were sent."""
        return all(self.acknowledged <= rows <= self.acknowledged + self.faults for rows in self.stored)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; return 1 when an application stored other than it acknowledged."""
    options = _options(arguments)
    peers, load = find_peers(options.peers.resolve()), _load(options)
    with tempfile.TemporaryDirectory() as scratch, postgresql() as server:
        print(machine(Path(scratch)), end="\n\n", flush=True)
        sides = [side for side in CONTENDERS if server or not side.needs_postgresql]
        turns = _turns(sides, options.rounds)
        measured = [_one_turn(side, peers, load, Path(scratch), server) for side in turns]
    points = [point for found, _ in measured for point in found]
    kept = [rows for _, rows in measured]
    rates = _ratio_table(points, "ratio of respondents/s", lambda point: point.per_second)
    costs = _ratio_table(points, "ratio of server CPU each", lambda point: point.cpu_milliseconds)
    print("\n\n".join((table(HEADER, _rows(points)), rates, costs, _kept_table(kept), _conditions(load))))
    return 0 if all(rows.is_honest for rows in kept) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench submit", description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=Path, default=PEERS, help="folder of the peers and the load client")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each point")
    parser.add_argument("--most", type=int, default=10_000, help="respondents a point at most")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--counters", type=int, default=1, help="size of the registry; every scan another counter")
    return parser.parse_args(arguments)


def _load(options: argparse.Namespace) -> Load:
    return Load(tuple(options.clients), options.seconds, options.most, options.counters)


def _turns(sides: Sequence[Contender], rounds: int) -> Iterator[Contender]:
    """Yield every side once a round, another one first each time."""
    for number in range(rounds):
        first = number % len(sides)
        yield from (*sides[first:], *sides[:first])


def _one_turn(
    side: Contender, peers: Peers, load: Load, scratch: Path, server: PostgreSQL | None
) -> tuple[list[Point], Kept]:
    """Serve one application on a new database, let every crowd at it, and count what is stored."""
    folder, port = Path(tempfile.mkdtemp(dir=scratch)), free_port()
    name = folder.name.lower().replace("-", "_")
    on_postgresql = server if side.needs_postgresql else None
    database = on_postgresql.make(name) if on_postgresql else f"sqlite:///{folder / 'responses.db'}"
    served = side.prepare(peers, database, folder, port, load.counters)
    with running(served.command, log=folder / "log", is_ready=lambda: listens(port)) as process:
        press = _Press(
            side.name, served, peers, port, folder, [process, *([on_postgresql.process] if on_postgresql else [])]
        )
        warm_up = press.run(max(load.clients), seconds=WARM_UP_SECONDS, most=load.most)
        points = [press.run(clients, seconds=load.seconds, most=load.most) for clients in load.clients]
    sent = [warm_up, *points]
    acknowledged, faults = sum(one.acknowledged for one in sent), sum(one.faults for one in sent)
    return points, Kept(side.name, acknowledged, faults, tuple(rows_in(database, name) for name in served.tables))


@dataclass(frozen=True, slots=True)
class _Press:
    """Runs the load client against one served application."""

    application: str
    served: Served
    peers: Peers
    port: int
    folder: Path
    processes: list[psutil.Process]

    def run(self, clients: int, *, seconds: float, most: int) -> Point:
        """Return what a crowd of `clients` got."""
        bounds = ("--clients", str(clients), "--seconds", str(seconds), "--most", str(most))
        address = f"http://127.0.0.1:{self.port}{self.served.paths[0]}"
        paths = self.folder / "paths"
        paths.write_text("\n".join(self.served.paths))
        words = (sys.executable, "-m", "scripts.benches.crowd", str(self.peers.folder), address, str(paths))
        before = sum(map(cpu_seconds, self.processes))
        said = subprocess.run((*words, *bounds), check=True, capture_output=True, text=True, cwd=REPOSITORY).stdout
        used, found = sum(map(cpu_seconds, self.processes)) - before, json.loads(said)
        return Point(
            application=self.application,
            clients=clients,
            acknowledged=found["acknowledged"],
            per_second=found["per_s"],
            cpu_milliseconds=1000 * used / max(1, found["acknowledged"]),
            milliseconds=(found["ms"]["50"] or 0.0, found["ms"]["95"] or 0.0, found["ms"]["99"] or 0.0),
            faults=sum(found["faults"].values()),
        )


def _rows(points: Iterable[Point]) -> Iterator[tuple[str, ...]]:
    for (application, clients), found in _by_side(points).items():
        times = " / ".join(f"{median(one):,.1f}" for one in zip(*(point.milliseconds for point in found), strict=True))
        rate, cost = [point.per_second for point in found], [point.cpu_milliseconds for point in found]
        faults = sum(point.faults for point in found)
        yield application, f"{clients}", spread(rate), spread(cost, digits=2), times, f"{faults}"


def _by_side(points: Iterable[Point]) -> dict[tuple[str, int], list[Point]]:
    """Return each side's points, one per round, in the order the sides are listed in."""
    found = list(points)
    clients = sorted({point.clients for point in found})
    keys = product((side.name for side in CONTENDERS), clients)
    sides = {key: [point for point in found if (point.application, point.clients) == key] for key in keys}
    return {key: mine for key, mine in sides.items() if mine}


def _ratio_table(points: Iterable[Point], what: str, value: Callable[[Point], float]) -> str:
    """Divide our value by each other side's in the same round; the median of the rounds."""
    sides = _by_side(points)
    names, crowds = dict.fromkeys(name for name, _ in sides), sorted({clients for _, clients in sides})
    ours = [name for name in names if name.startswith("ours")]
    pairs = product(ours, [name for name in names if name not in ours])
    rows = [
        (f"{mine} : {other}", *(spread(_ratios(sides[mine, n], sides[other, n], value), digits=2) for n in crowds))
        for mine, other in pairs
    ]
    return table((what, *(f"clients: {clients}" for clients in crowds)), rows)


def _ratios(mine: Iterable[Point], other: Iterable[Point], value: Callable[[Point], float]) -> list[float]:
    return [value(one) / max(value(two), 0.001) for one, two in zip(mine, other, strict=True)]


def _kept_table(kept: Sequence[Kept]) -> str:
    names = dict.fromkeys(rows.application for rows in kept)
    mine = {name: [rows for rows in kept if rows.application == name] for name in names}
    return table(
        ("application", "acknowledged", "stored", "faults", "every one stored"),
        [
            (
                name,
                f"{sum(rows.acknowledged for rows in found):,}",
                f"{sum(min(rows.stored) for rows in found):,}",
                f"{sum(rows.faults for rows in found)}",
                "yes" if all(rows.is_honest for rows in found) else "NO",
            )
            for name, found in mine.items()
        ],
    )


def _conditions(load: Load) -> str:
    return (
        f"Ours: {INSTRUMENT} as asked by default, granian 2 workers × 8 threads, "
        f"FLOOD_PER_MINUTE={ANSWERS_A_MINUTE} (120 in real use). Plain: one wide row, gunicorn 2 sync workers. "
        f"Floor: no token, no replay check, no limits, granian 2 workers × 8 threads. "
        f"Counters: {load.counters:,}. "
        f"{load.seconds:g} s or {load.most:,} respondents a point, new connections for each."
    )


if __name__ == "__main__":
    sys.exit(main())
