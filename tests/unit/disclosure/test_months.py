"""The months of an agency beside an earlier publication of the same round."""

from dataclasses import asdict
from datetime import date

import numpy as np
import pytest

from survey.analysis.disclosure.breakdowns import AxisKind, Breakdown, BreakdownCell, Group
from survey.analysis.figures.domains import point_domains, sum_by
from survey.fieldwork import Agency, ServicePoint
from survey.operations.publishing.deciding import decide_run
from survey.operations.publishing.months import ALL
from survey.operations.results.runs import PUBLISHED_BY, write_sums
from survey.operations.results.withholding import write_reasons
from survey.store.results.heads import RunHead, RunKind
from survey.store.results.runs import StoredRun
from survey.tallies import Counted, empty_clusters, layout_of, tally
from tests.provinces import LEVELS

LAYOUT = layout_of(LEVELS)
AGENCIES = {code: Agency(code, code, code, "Sở") for code in ("A", "B", "C")}
POINTS = point_domains([ServicePoint(f"P{code}", code, code) for code in AGENCIES], AGENCIES)
PATTERN = "".join(f"{one}{two}" * 2 for one, two in ("54", "23", "45", "31", "53"))


def records(count: int) -> np.ndarray:
    """Return records with answers of every kind."""
    lines = [PATTERN[4 * (number % 5) :][:4] for number in range(count)]
    return np.frombuffer("".join(lines).encode(), np.uint8).reshape(count, 4)


def sums_of(counts):
    """Return the sums of three agencies with so many responses."""
    groups = np.repeat(np.arange(3), counts)
    lines = np.concatenate([records(count) for count in counts])
    counted = Counted(tally(lines, LAYOUT, groups=groups, size=3), empty_clusters(LAYOUT, 3))
    return sum_by(counted, POINTS, by=PUBLISHED_BY)


def months_of(*counts):
    """Return a breakdown: for each agency the responses of September, October and November."""
    groups = [Group("Sở", code, "month", month) for code in AGENCIES for month in ("202609", "202610", "202611")]
    lines, places = [], []
    for agency, own in enumerate(counts):
        lines.append(records(sum(own)))
        places += np.repeat(3 * agency + np.arange(3), own).tolist()
    counted = tally(np.concatenate(lines), LAYOUT, groups=np.array(places), size=9)
    kept = np.flatnonzero(counted.responses)
    arrays = (array[kept] for array in (counted.responses, counted.counts, counted.moments))
    return Breakdown(AxisKind.PERIOD, tuple(groups[place] for place in kept), type(counted)(*arrays))


def stored(sums, reasons):
    head = RunHead("1", "r1", date(2026, 11, 1), 1, RunKind.PRELIMINARY, 1)
    kept = {"method": "{}", "sums": write_sums(sums), "figures": "", "extras": "", "withheld": write_reasons(reasons)}
    return StoredRun(**asdict(head), code_version="", **kept)


def shown_months(final, earlier):
    """Return which months are shown of each agency, all its parts, beside an earlier run of so many responses."""
    runs = []
    if earlier:
        sums = sums_of(earlier)
        runs = [stored(sums, decide_run(sums, {}, LEVELS, []).reasons)]
    made = decide_run(sums_of([sum(own) for own in final]), {"month": months_of(*final)}, LEVELS, runs)
    assert not any(isinstance(cell, BreakdownCell) and cell.group.category == ALL for cell in made.reasons)
    shown = [group for group in made.breakdowns["month"].groups if BreakdownCell(group, "overall") not in made.reasons]
    return {code: [group.category for group in shown if group.agency_code == code] for code in AGENCIES}


def test_a_hidden_month_is_not_told_by_an_earlier_run():
    # September 4, October 40, November 12, and 44 responses published on 1 November: 44 - 40 = 4. Without
    # the earlier run October may be shown: 56 - 40 leaves September and November 16 together.
    final = ([4, 40, 12], [40, 40, 40], [20, 30, 40])
    assert shown_months(final, None)["A"] == ["202610"]
    assert shown_months(final, [44, 80, 50])["A"] == []


def test_months_that_meet_an_earlier_run_exactly_or_far_off_stay():
    final = ([40, 40, 40], [40, 40, 40], [20, 30, 40])
    every = ["202609", "202610", "202611"]
    assert shown_months(final, [80, 95, 50]) == {"A": every, "B": every, "C": every}


@pytest.mark.parametrize("earlier", [83, 77])
def test_a_few_responses_between_an_earlier_run_and_the_end_of_a_month_are_not_told(earlier):
    # 80 responses up to the end of October: 3 of November were in time, or 3 of October came in late.
    assert shown_months(([40, 40, 40], [40, 40, 40], [20, 30, 40]), [earlier, 80, 50])["A"] == []


def test_an_earlier_run_that_hides_an_agency_is_not_told_by_its_months():
    # B (25) was hidden for the sake of A (4): with September 25, the 29 of both would leave 4.
    found = shown_months(([24, 20, 20], [25, 30, 30], [40, 40, 40]), [4, 25, 40])
    assert found["A"] == found["B"] == []
    assert found["C"] == ["202609", "202610", "202611"]
