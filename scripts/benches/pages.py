"""Time every page of staff and public results over a large province: 500 agencies, 5,000 points, a million responses.

    scripts/bench pages [--responses N] [--rounds N]

The demonstration's round, with all its special cases, gets the responses on top and is published again. Then every
page the tests know is asked for within one process; a page's figure is the median of its rounds, the first of them
after the process has answered each page once.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from werkzeug.test import TestResponse

from scripts.benches.simulated import add_registry, fill_round
from scripts.benches.tables import machine, table
from survey.operations.clock import today_in_vietnam
from survey.operations.jobs.jobs import list_interrupted
from survey.operations.publishing.publishing import publish_run
from survey.services import EXTENSION, Services
from survey.store.jobs.jobs import list_running
from tests.journeys.visits import Visitor, demo_application, visit_results, visit_staff, visits_of_areas

POINTS_EACH = 10
MOST_STAFF, MOST_RESULTS = 200.0, 150.0
HEADER = ("page", "address", "first, ms", "median, ms", "goal, ms")


class Clock(Visitor):
    """A visitor that asks for each page several times and remembers how long the answers took, in milliseconds."""

    def __init__(self, *arguments: object, rounds: int) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.rounds, self.taken = rounds, {}  # type: ignore[var-annotated]

    def get(self, name: str, address: str, *, status: int = 200, language: str = "vi") -> None:
        """Fetch a page again and again."""
        answers = [self._timed(address) for _ in range(1 + self.rounds)]
        self.taken[name] = (address, *(spent for _, spent in answers))
        self.keep(name, answers[-1][0], address=address, status=status, language=language)

    def _timed(self, address: str) -> tuple[TestResponse, float]:
        begun = time.perf_counter()
        answer = self.client.get(address)
        return answer, 1000 * (time.perf_counter() - begun)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 when a page is slower than its goal."""
    parser = argparse.ArgumentParser(prog="scripts/bench pages", description=__doc__.splitlines()[0])
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch, demo_application(Path(scratch)) as app:
        print(machine(Path(scratch)), end="\n\n", flush=True)
        store = app.extensions[EXTENSION].store
        clock = Clock(app, rounds=options.rounds)
        _enlarge(store, clock.published_round(), options.responses)
        for visit in (visit_staff, *visits_of_areas(), visit_results):
            visit(clock, store)
        _let_workers_end(app.extensions[EXTENSION])
    return _report(clock)


def _enlarge(store: object, round_code: str, responses: int) -> None:
    add_registry(store, points_each=POINTS_EACH)  # type: ignore[arg-type]
    fill_round(store, round_code, responses)  # type: ignore[arg-type]
    begun = time.perf_counter()
    publish_run(store, round_code, today=today_in_vietnam())  # type: ignore[arg-type]
    print(f"publishing {responses:,} more responses took {time.perf_counter() - begun:.1f} s\n", flush=True)


def _let_workers_end(made: Services) -> None:
    """Wait until no worker is at it any more: the files of what is made in the background go with the folder."""
    while True:
        with made.store.reading_now() as connection:
            running = len(list_running(connection))
        if running == len(list_interrupted(made.store, made.settings)):
            return
        time.sleep(0.5)


def _report(clock: Clock) -> int:
    rows, slow = [], 0
    for name, (address, first, *others) in clock.taken.items():
        goal = MOST_RESULTS if address.startswith(("/results", "/staff/analysis")) else MOST_STAFF
        slow += median(others) > goal
        rows.append((name, address, f"{first:.0f}", f"{median(others):.0f}", f"{goal:.0f}"))
    print(table(HEADER, rows))
    print(f"\n{len(rows)} pages, {slow} slower than their goal")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
