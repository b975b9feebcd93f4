from datetime import date

import pytest

from survey.errors import RefusedDataError
from survey.fieldwork import VisitCount
from survey.operations.rounds.visit_files import LAYOUT, VisitsHeld, counts_of
from survey.operations.uploads.tables import read_table
from tests.told import told

HEADER = "service_point_code,agency_code,from,to,visits\n"
POINT = "KNH72ZA"
QUARTER = VisitCount(POINT, "", date(2026, 1, 1), date(2026, 3, 31), 1200)


def read(text, *counts):
    return counts_of(read_table(text.encode(), LAYOUT, name="visits.csv"), VisitsHeld({POINT}, {"SNV"}, counts))


def faults_of(text, *counts):
    with pytest.raises(RefusedDataError) as refused:
        read(text, *counts)
    return [*told(refused.value)]


def test_counts_of_points_and_agencies_are_read_in_their_order():
    text = HEADER + f"{POINT.lower()},,2026-01-01,2026-03-31,1200\n,SNV,1/1/2026,31/1/2026,0\n"
    assert read(text) == [QUARTER, VisitCount("", "SNV", date(2026, 1, 1), date(2026, 1, 31), 0)]


def test_one_of_the_two_code_columns_is_enough_and_semicolons_are_taken():
    assert read("service_point_code;from;to;visits\nKNH72ZA;01/01/2026;31/03/2026;1200\n") == [QUARTER]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("KNH72ZB,,2026-01-01,2026-03-31,5", "'KNH72ZB' is not in the registry"),
        (",SXD,2026-01-01,2026-03-31,5", "'SXD' is not in the registry"),
        ("KNH72ZA,SNV,2026-01-01,2026-03-31,5", "not both"),
        (",,2026-01-01,2026-03-31,5", "give either service_point_code or agency_code"),
        (",SNV,2026-03-31,2026-01-01,5", "from 31/03/2026 lies after to 01/01/2026"),
        (",SNV,2026-02-30,2026-03-31,5", "from: '2026-02-30' is not a date of the calendar"),
        (",SNV,,2026-03-31,5", "from is empty"),
        (",SNV,2026-01-01,2026-03-31,-5", "visits: '-5' is not a whole number"),
        (",SNV,2026-01-01,2026-03-31,nhiều", "visits: 'nhiều' is not a whole number"),
        (",SNV,2026-01-01,2026-03-31,1.250", "visits: '1.250' is not a whole number"),
        (",SNV,2026-01-01,2026-03-31,12.5", "visits: '12.5' is not a whole number"),
        (",SNV,2026-01-01,2026-03-31,²", "visits: '²' is not a whole number"),
        (",SNV,2026-01-01,2026-03-31,9999999999", "visits: '9999999999' is not a whole number"),
        (",SNV,2026-01-01,2026-03-31", "the row has 4 cells, the header has 5"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row, reason):
    ((line, found),) = faults_of(f"# note\n{HEADER}{POINT},,2026-01-01,2026-03-31,1\n{row}\n")
    assert line == 4
    assert reason in found


def test_everything_wrong_with_a_row_is_said_at_once():
    ((_, reason),) = faults_of(HEADER + "KNH72ZB,SNV,x,2026-03-31,-1\n")
    assert reason == (
        "give either service_point_code or agency_code, not both; service_point_code 'KNH72ZB' is not in the registry; "
        "from: 'x' is not a date; write yyyy-mm-dd or dd/mm/yyyy; "
        "visits: '-1' is not a whole number from 0 to 1000000000 without separators"
    )


def test_periods_of_one_unit_that_share_a_day_are_refused():
    text = HEADER + "".join(
        f"{unit},{days},5\n"
        for unit, days in (
            (",SNV", "2026-01-01,2026-01-31"),
            (",SNV", "2026-02-01,2026-02-28"),
            (f"{POINT},", "2026-01-15,2026-02-15"),
            (",SNV", "2026-01-31,2026-01-31"),
            (",SNV", "2026-02-01,2026-02-28"),
        )
    )
    assert faults_of(text) == [
        (5, "its days are counted on line 2 already"),
        (6, "its days are counted on line 3 already"),
    ]


def test_only_the_very_period_held_can_be_loaded_again():
    assert read(HEADER + f"{POINT},,2026-01-01,2026-03-31,1300\n", QUARTER)[0].visits == 1300
    ((line, reason),) = faults_of(HEADER + f"{POINT},,2026-03-01,2026-03-31,1300\n", QUARTER)
    assert (line, reason[:44]) == (2, "its days overlap 01/01/2026 to 31/03/2026, h")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("from,to,visits", "missing column: service_point_code or agency_code"),
        ("agency_code,from,to", "missing columns: visits"),
        ("agency_code,from,to,visits,visits", "doubled columns: visits"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(header, reason):
    ((line, found),) = faults_of(f"{header}\n")
    assert line == 1
    assert reason in found


def test_every_bad_row_is_listed_in_the_order_of_lines():
    text = HEADER + ",SNV,2026-01-01,2026-01-31,5\n,SNV,2026-01-31,2026-02-01,5\n,SXD,2026-01-01,2026-01-31,5\n"
    assert [line for line, _ in faults_of(text)] == [3, 4]
