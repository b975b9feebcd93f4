"""Estimate all agencies × (dimensions + overall) once, in a process of its own; print what it took as a line of JSON.

python -m scripts.benches.analysis_ours ROUND RESPONSES.db FIGURES.csv
"""

import csv
import json
import sys
import time
from pathlib import Path

from scripts.benches.counting import peak_megabytes
from survey.operations.results.runs import compute_index
from survey.store.engine import open_store


def main(round_code: str, database: str, figures: str) -> None:
    """Compute through the application's own operation, from the first connection to the finished estimates."""
    begun, used = time.perf_counter(), time.process_time()
    results = compute_index(open_store(f"sqlite:///{database}"), round_code, by=("agency", "dimension"))
    took = {"taken": time.perf_counter() - begun, "cpu": time.process_time() - used}
    # Reading and counting go block by block, so reading has no time of its own.
    print(json.dumps({"reading": None, **took, "peak_megabytes": peak_megabytes()}))
    estimates = [(row.domain.agency_code, row.part, row.estimate) for row in results.rows if row.estimate]
    with Path(figures).open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["agency", "part", "value", "se"])
        lines.writerows([agency, part, one.value, one.se] for agency, part, one in estimates if one.answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
