"""Compute the index of all agencies once, in a process of its own, and print what it took as one line of JSON.

python -m scripts.benches.counting DATABASE_URL ROUND
"""

import json
import re
import sys
import time
from pathlib import Path

from survey.operations.results.runs import compute_index
from survey.store.engine import open_store


def main(database: str, round_code: str) -> None:
    """Compute through the application's own operation, from the first connection to the finished rows."""
    begun, used = time.perf_counter(), time.process_time()
    results = compute_index(open_store(database), round_code, by=("agency", "dimension"))
    took = {"computing": time.perf_counter() - begun, "cpu": time.process_time() - used}
    took["peak_megabytes"] = peak_megabytes()
    print(json.dumps({**took, "responses": results.responses, "rows": len(results.rows), "run": results.run}))


def peak_megabytes() -> float:
    """Return the most memory this process has held, in MB of 10⁶ bytes.

    `getrusage` would not do: its figure begins with what the parent held when it started us.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else float("nan")


if __name__ == "__main__":
    main(*sys.argv[1:])
