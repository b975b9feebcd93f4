"""Rank sets of one block, in a process of its own: of 500 units, as measured before, and of all communes there are."""

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from scripts.benches.application import REPOSITORY
from scripts.benches.tables import spread, table

EARLIER, COMMUNES = 500, 3_321
MOST_SECONDS, MOST_MEGABYTES = 15, 200


def rank_report(rounds: int) -> Iterator[tuple[str, bool]]:
    """Yield the table of both sizes and the goals, in words, each with whether a goal is missed."""
    found = {units: [_run(units) for _ in range(rounds)] for units in (EARLIER, COMMUNES)}
    pairs = zip(found[COMMUNES], found[EARLIER], strict=True)
    ratios = {EARLIER: "", COMMUNES: spread([one["seconds"] / other["seconds"] for one, other in pairs], digits=1)}
    rows = [
        (
            f"{units:,}",
            spread([one["seconds"] for one in runs], digits=2),
            spread([one["cpu"] for one in runs], digits=2),
            spread([one["peak_megabytes"] for one in runs]),
            ratios[units],
        )
        for units, runs in found.items()
    ]
    yield table(("units ranked in one block", "s", "its CPU, s", "peak, MB", f"time : {EARLIER} units"), rows), False
    for name, most in (("seconds", MOST_SECONDS), ("peak_megabytes", MOST_MEGABYTES)):
        missed = median(one[name] for one in found[COMMUNES]) > most
        yield f"{COMMUNES:,} units take at most {most} {name}: {'NOT SHOWN' if missed else 'met'}", missed


def _run(units: int) -> dict[str, float]:
    words = (sys.executable, "-m", "scripts.benches.analysis_ranks_ours", str(units))
    found: dict[str, float] = json.loads(
        subprocess.run(words, check=True, stdout=subprocess.PIPE, cwd=REPOSITORY).stdout
    )
    return found
