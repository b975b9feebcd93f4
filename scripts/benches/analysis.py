"""Estimates with standard errors for 500 agencies × (five dimensions and overall): ours beside R `survey` and pandas.

    scripts/bench analysis [--responses N …] [--rounds N] [--limit SECONDS]

The sides take turns within a round, each in a fresh process on one core, and must agree on every figure. Ours and
pandas read the same SQLite file; R reads a CSV file of the same responses, written beforehand.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TypeAlias

from scripts.benches.analysis_sides import OURS, PANDAS, Ground, R, Run, Side, differences, prepare, read_figures, run, sides
from scripts.benches.simulated import AGENCIES, INSTRUMENT, POINTS_EACH
from scripts.benches.tables import machine, spread, table

SIZES = (10_000, 100_000, 1_000_000)
GOALS = {(R, 100_000): 200, (PANDAS, 1_000_000): 5}
HEADER = ("side", "responses", "reading, s", "reading and estimating, s", "its CPU, s", "whole process, s", "peak, MB")

# The runs of each side on each ground, round by round; one that was stopped at the limit is None and the last.
Measured: TypeAlias = Mapping[tuple[Side, Ground], Sequence[Run | None]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; return 1 when a goal is missed or the sides disagree on a figure."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        print(machine(Path(folder)), end="\n\n", flush=True)
        grounds = [prepare(Path(folder), responses) for responses in options.responses]
        # One core for the measured processes, which inherit this.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        measured, faults = _measure(grounds, options.rounds, options.limit)
    print(table(HEADER, [_row(side, ground, runs, options.limit) for (side, ground), runs in measured.items()]))
    print(f"\n{_ratio_table(measured, options.limit)}")
    print(f"\n{AGENCIES} agencies with {POINTS_EACH} service points each, {INSTRUMENT}, {AGENCIES * 6:,} figures")
    missed = [*faults, *_missed(measured, options.limit)]
    print("goals: " + ("; ".join(missed) or "met"))
    return 1 if missed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench analysis", description=__doc__.splitlines()[0])
    parser.add_argument("--responses", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds after which a process is stopped")
    return parser.parse_args(arguments)


def _measure(grounds: Sequence[Ground], rounds: int, limit: float) -> tuple[Measured, list[str]]:
    """Let the sides take turns on every ground, another one first in each round, and compare what they found."""
    taking_part, faults = sides(), []
    measured: dict[tuple[Side, Ground], list[Run | None]] = {(side, one): [] for one in grounds for side in taking_part}
    for ground in grounds:
        figures = {}
        for side in (taking_part[(turn + number) % len(taking_part)] for number in range(rounds) for turn in range(len(taking_part))):
            if None in measured[side, ground]:
                continue
            file = ground.database.with_suffix(".figures")
            measured[side, ground].append(run(side, ground, file, limit=limit))
            if measured[side, ground][-1]:
                figures[side] = read_figures(file)
