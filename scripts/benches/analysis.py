"""Estimates with standard errors for 500 agencies × (five dimensions and overall): ours beside R `survey` and pandas.

    scripts/bench analysis [--responses N …] [--rounds N] [--limit SECONDS]

The sides take turns within a round, each in a fresh process on one core, and must agree on every figure. Ours and
pandas read the same SQLite file; R reads a CSV file of the same responses, written beforehand. Then the rank sets of a
block of all communes of the country, beside those of a block of 500.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TypeAlias

from scripts.benches.analysis_ranks import rank_report
from scripts.benches.analysis_sides import (
    OURS,
    PANDAS,
    Figures,
    Ground,
    R,
    Run,
    Side,
    differences,
    prepare,
    read_figures,
    run,
    sides,
)
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
    goals = list(_goals(measured, options.limit))
    print("\n".join((*(words for words, _ in goals), *(faults or ["all figures agree"]))))
    ranks = list(rank_report(options.rounds))
    print("\n" + "\n\n".join(words for words, _ in ranks))
    return 1 if faults or any(missed for _, missed in (*goals, *ranks)) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench analysis", description=__doc__.splitlines()[0])
    parser.add_argument("--responses", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds after which a process is stopped")
    return parser.parse_args(arguments)


def _measure(grounds: Sequence[Ground], rounds: int, limit: float) -> tuple[Measured, list[str]]:
    """Let the sides take turns on every ground and compare what they found; return what disagrees too."""
    taking_part, faults = sides(), []
    measured: dict[tuple[Side, Ground], list[Run | None]] = {(side, one): [] for one in grounds for side in taking_part}
    for ground in grounds:
        file = ground.database.with_suffix(".figures")
        figures: dict[Side, Figures] = {}
        for side in _turns(taking_part, rounds):
            runs = measured[side, ground]
            if None not in runs:
                runs.append(run(side, ground, file, limit=limit))
                figures |= {side: read_figures(file)} if runs[-1] else {}
        faults += [fault for side in figures if (fault := _disagreement(side, ground, figures))]
    return measured, faults


def _turns(taking_part: Sequence[Side], rounds: int) -> Iterator[Side]:
    """Yield every side once a round, another one first each time."""
    for number in range(rounds):
        first = number % len(taking_part)
        yield from (*taking_part[first:], *taking_part[:first])


def _disagreement(side: Side, ground: Ground, figures: Mapping[Side, Figures]) -> str:
    found = list(differences(figures[OURS], figures[side]))
    return f"{side.name} has {len(found)} other figures at {ground.responses:,}: {found[0]}" if found else ""


def _row(side: Side, ground: Ground, runs: Sequence[Run | None], limit: float) -> tuple[str, ...]:
    done = [one for one in runs if one]
    if not done:
        return side.name, f"{ground.responses:,}", "", f"left out: over {limit:,.0f}", "", "", ""
    reading = [one.reading for one in done if one.reading is not None]
    seconds = ([getattr(one, name) for one in done] for name in ("taken", "cpu", "process"))
    columns = (spread(found, digits=2) for found in seconds)
    peak = spread([one.peak_megabytes for one in done])
    return side.name, f"{ground.responses:,}", spread(reading, digits=2) if reading else "", *columns, peak


def _ratio_table(measured: Measured, limit: float) -> str:
    """Divide what each other side took by what ours took in the same round; the median of the rounds."""
    grounds = dict.fromkeys(ground for _, ground in measured)
    others = dict.fromkeys(side for side, _ in measured if side is not OURS)
    rows = [(f"{side.name} : ours", *(_ratio(measured, side, ground, limit) for ground in grounds)) for side in others]
    return table(("ratio of time, reading included", *(f"{ground.responses:,}" for ground in grounds)), rows)


def _ratio(measured: Measured, side: Side, ground: Ground, limit: float) -> str:
    found = _ratios(measured, side, ground)
    return spread(found, digits=1) if found else f"over {limit / _taken(measured, OURS, ground):,.0f}"


def _ratios(measured: Measured, side: Side, ground: Ground) -> list[float]:
    # A side that was stopped has fewer rounds than ours.
    pairs = zip(measured[side, ground], measured[OURS, ground], strict=False)
    return [one.taken / mine.taken for one, mine in pairs if one and mine]


def _taken(measured: Measured, side: Side, ground: Ground) -> float:
    return median(one.taken for one in measured[side, ground] if one)


def _goals(measured: Measured, limit: float) -> Iterator[tuple[str, bool]]:
    """Yield every goal of the sizes that were measured, in words, and whether it was missed."""
    for (side, ground), runs in measured.items():
        least, found = GOALS.get((side, ground.responses)), _ratios(measured, side, ground)
        if least and runs:
            # A side that was stopped shows no more than that it takes longer than the limit.
            missed = (median(found) if found else limit / _taken(measured, OURS, ground)) < least
            words = f"{side.name} takes at least {least} times as long at {ground.responses:,}"
            yield f"{words}: {'NOT SHOWN' if missed else 'met'}", missed


if __name__ == "__main__":
    sys.exit(main())
