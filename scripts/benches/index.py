"""Compute the index of 500 agencies × (five dimensions and overall) with second moments, from stored responses.

    scripts/bench index [--responses N] [--rounds N]

Every round is a fresh process on one core, calling the application's own operation. What it takes
to compute (first connection to finished rows) and the whole process with its imports are told apart.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]

from scripts.benches.application import REPOSITORY
from scripts.benches.databases import opened, postgresql
from scripts.benches.servers import cpu_seconds
from scripts.benches.simulated import AGENCIES, INSTRUMENT, POINTS_EACH, ROUND, fill
from scripts.benches.tables import machine, spread, table

SECONDS_A_MILLION, MOST_MEGABYTES = 1.0, 150
TEN_MILLIONS = 10_000_000
FIGURES = AGENCIES * 6
HEADER = ("database", "responses", "computing, s", "its CPU, s", "database's CPU, s", "whole process, s", "peak, MB")


@dataclass(frozen=True, slots=True)
class Database:
    """A filled database; `server` is its first process, None where it lives in ours."""

    name: str
    address: str
    server: psutil.Process | None


@dataclass(frozen=True, slots=True)
class Run:
    """One fresh process. Seconds; `server_cpu` is what the database's own processes used meanwhile."""

    responses: int
    rows: int
    run: str
    computing: float
    cpu: float
    server_cpu: float
    process: float
    peak_megabytes: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 when a goal is missed or a result is not what was stored."""
    options = _options(arguments)
    # One core for the measured processes, which inherit this; database servers keep all of them.
    with tempfile.TemporaryDirectory() as scratch, _filled(options.responses, Path(scratch)) as databases:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        measured = {one: [_compute(one) for _ in range(options.rounds)] for one in databases}
    print(table(HEADER, [_row(database, runs) for database, runs in measured.items()]))
    print(f"\n{AGENCIES} agencies with {POINTS_EACH} service points each, {INSTRUMENT}, {FIGURES:,} figures")
    missed = list(_faults(measured, options.responses))
    print("goals: " + ("; ".join(missed) or "met"))
    return 1 if missed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench index", description=__doc__.splitlines()[0])
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args(arguments)


@contextmanager
def _filled(responses: int, scratch: Path) -> Iterator[list[Database]]:
    """Yield a filled SQLite file and, where there is PostgreSQL, a filled database of it."""
    print(machine(scratch), end="\n\n", flush=True)
    with postgresql() as server:
        databases = [Database("SQLite", f"sqlite:///{scratch / 'responses.db'}", None)]
        if server:
            databases.append(Database("PostgreSQL", server.make("responses"), server.process))
        for database in databases:
            with opened(database.address) as store:
                fill(store, responses)
        yield databases


def _compute(database: Database) -> Run:
    words = (sys.executable, "-m", "scripts.benches.counting", database.address, ROUND)
    before, begun = _server_seconds(database), time.perf_counter()
    said = subprocess.run(words, check=True, capture_output=True, text=True, cwd=REPOSITORY).stdout
    process, found = time.perf_counter() - begun, json.loads(said)
    return Run(**found, server_cpu=_server_seconds(database) - before, process=process)


def _server_seconds(database: Database) -> float:
    return cpu_seconds(database.server) if database.server else 0.0


def _row(database: Database, runs: Sequence[Run]) -> tuple[str, ...]:
    seconds = ([getattr(run, name) for run in runs] for name in ("computing", "cpu", "server_cpu", "process"))
    peak = spread([run.peak_megabytes for run in runs])
    return database.name, f"{runs[0].responses:,}", *(spread(found, digits=2) for found in seconds), peak


def _faults(measured: dict[Database, list[Run]], responses: int) -> Iterator[str]:
    """Yield what missed a goal or is not what was stored; both databases hold the same responses."""
    for database, runs in measured.items():
        most, took = _most_seconds(database, responses), median(run.computing for run in runs)
        if took > most:
            busy = median(run.cpu + run.server_cpu for run in runs)
            yield f"{database.name} takes {took:.2f} s, {busy:.2f} of them at work, and not {most:g} s"
        if median(run.peak_megabytes for run in runs) > MOST_MEGABYTES:
            yield f"{database.name} needs more than {MOST_MEGABYTES} MB"
    everything = [run for runs in measured.values() for run in runs]
    if {(run.responses, run.rows) for run in everything} != {(responses, FIGURES)}:
        yield f"not {responses:,} responses in {FIGURES:,} figures"
    if len({run.run for run in everything}) > 1:
        yield "the same responses gave different sums"


def _most_seconds(database: Database, responses: int) -> float:
    """Return the goal: a second a million, on PostgreSQL only from ten millions on."""
    if database.server and responses < TEN_MILLIONS:
        return math.inf
    return SECONDS_A_MILLION * max(1.0, responses / 1_000_000)


if __name__ == "__main__":
    sys.exit(main())
