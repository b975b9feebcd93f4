"""Rank one block of simulated communes, in a process of its own; print what it took as a line of JSON.

python -m scripts.benches.analysis_ranks_ours UNITS
"""

import json
import re
import sys
import time
from pathlib import Path

import numpy as np

from survey.analysis.ranking.rank_sets import Ranges, rank_sets


def main(units: str) -> None:
    """Rank simulated communes: levels 5 points apart, ranges of ± 1 to 20 points, 5 to 60 degrees."""
    random = np.random.default_rng(1)
    arm = random.gamma(4, 0.75, int(units)) + 0.3
    value = np.sort(np.clip(random.normal(80, 5, int(units)) + arm / 2 * random.standard_normal(int(units)), 5, 99))
    ranges = Ranges(
        value, value - 1.1 * arm, value + 0.9 * arm, random.integers(5, 60, int(units)) * 1.0, value.round(2)
    )
    begun, used = time.perf_counter(), time.process_time()
    rank_sets(ranges)
    took = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - used}
    print(json.dumps({**took, "peak_megabytes": _peak_megabytes()}))


def _peak_megabytes() -> float:
    """Return the most memory this process has held; `counting` is not imported here, for what it loads itself."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else float("nan")


if __name__ == "__main__":
    main(*sys.argv[1:])
