"""Deadlines as officials write them, read and moved to another year."""

from datetime import date

import pytest

from survey.typed.deadlines import DeadlineKind, move_deadline, read_deadline, redate_deadline

DATE, MONTH, QUARTER, YEAR = DeadlineKind.DATE, DeadlineKind.MONTH, DeadlineKind.QUARTER, DeadlineKind.YEAR


@pytest.mark.parametrize(
    ("text", "kind", "due"),
    [
        ("30/6/2026", DATE, date(2026, 6, 30)),
        ("30-06-2026", DATE, date(2026, 6, 30)),
        ("Trước ngày 15/3/2026", DATE, date(2026, 3, 15)),
        ("ngày 30 tháng 6 năm 2026", DATE, date(2026, 6, 30)),
        ("Trước 15/3", DATE, date(2025, 3, 15)),
        ("29/02/2024", DATE, date(2024, 2, 29)),
        ("Tháng 6/2026", MONTH, date(2026, 6, 30)),
        ("Tháng 2 năm 2024", MONTH, date(2024, 2, 29)),
        ("tháng 12", MONTH, date(2025, 12, 31)),
        ("6/2026", MONTH, date(2026, 6, 30)),
        ("Quý II/2026", QUARTER, date(2026, 6, 30)),
        ("Quý IV năm 2026", QUARTER, date(2026, 12, 31)),
        ("Hoàn thành trong quý 3/2026", QUARTER, date(2026, 9, 30)),
        ("Quý II", QUARTER, date(2025, 6, 30)),
        ("Trong năm 2024", YEAR, date(2024, 12, 31)),
        ("Năm 2024", YEAR, date(2024, 12, 31)),
        ("Cả năm", YEAR, date(2025, 12, 31)),
        ("2026", YEAR, date(2026, 12, 31)),
        ("Cuối năm 2026", YEAR, date(2026, 12, 31)),
        ("Cuối tháng 6/2026", MONTH, date(2026, 6, 30)),
        ("Cuối quý II/2026", QUARTER, date(2026, 6, 30)),
        ("Quý III, IV/2026", QUARTER, date(2026, 12, 31)),
        ("Quý I và quý II", QUARTER, date(2025, 6, 30)),
        ("Quý II - III năm 2026", QUARTER, date(2026, 9, 30)),
        ("Quý 3-2026", QUARTER, date(2026, 9, 30)),
        ("6 tháng đầu năm 2026", QUARTER, date(2026, 6, 30)),
        ("Trong 6 tháng cuối năm 2026", QUARTER, date(2026, 12, 31)),
        ("06 tháng đầu năm", QUARTER, date(2025, 6, 30)),
    ],
)
def test_a_deadline_is_over_with_its_last_day_and_of_the_plan_s_year_when_it_names_none(text, kind, due) -> None:
    found = read_deadline(text, year=2025)
    assert (found.kind, found.text, found.due_on) == (kind, text, due)


@pytest.mark.parametrize(
    "text",
    [
        *("Thường xuyên", "THƯỜNG XUYÊN.", "Thường xuyên trong năm 2026"),
        *("Hằng tháng", "Hằng quý", "Hằng năm", "Hàng năm", "Hằng tháng/quý/năm"),
        *("Trước ngày 15 hằng tháng", "Ngày 25 hàng quý"),
    ],
)
def test_what_goes_on_is_never_over(text) -> None:
    found = read_deadline(text, year=2025)
    assert (found.kind, found.due_on) == (DeadlineKind.ONGOING, None)


def test_no_deadline_is_none() -> None:
    assert read_deadline("", year=2025).kind is DeadlineKind.NONE


@pytest.mark.parametrize(
    "text",
    [
        "sớm",
        "31/2/2026",
        "29/2/2026",
        "Tháng 13/2026",
        "Quý V/2026",
        "Quý I, V/2026",
        "Năm 1999",
        "Năm 2101",
        "30/6/26",
        "0/2026",
    ],
)
def test_what_is_no_deadline_is_refused_with_the_ways_to_write_one(text) -> None:
    with pytest.raises(ValueError, match="Quý II/2026"):
        read_deadline(text, year=2025)


@pytest.mark.parametrize(
    ("text", "moved", "due"),
    [
        ("Trong năm 2024", "Trong năm 2025", date(2025, 12, 31)),
        ("Quý II/2024", "Quý II/2025", date(2025, 6, 30)),
        ("Quý II", "Quý II", date(2025, 6, 30)),
        ("Quý III, IV/2024", "Quý III, IV/2025", date(2025, 12, 31)),
        ("6 tháng đầu năm 2024", "6 tháng đầu năm 2025", date(2025, 6, 30)),
        ("30/6/2024", "30/6/2025", date(2025, 6, 30)),
        ("Tháng 2/2024", "Tháng 2/2025", date(2025, 2, 28)),
        ("Trước ngày 29/2/2024", "28/02/2025", date(2025, 2, 28)),
        ("Năm 2025", "Năm 2026", date(2026, 12, 31)),
        ("Thường xuyên", "Thường xuyên", None),
        ("Năm 2100", "Năm 2100", date(2100, 12, 31)),
    ],
)
def test_a_deadline_moves_with_the_year_of_the_plan(text, moved, due) -> None:
    found = move_deadline(read_deadline(text, year=2024), 1, year=2025)
    assert (found.text, found.due_on) == (moved, due)


@pytest.mark.parametrize(
    ("text", "redated", "due"),
    [
        ("Quý II", "Quý II", date(2025, 6, 30)),
        ("Quý II/2024", "Quý II/2024", date(2024, 6, 30)),
        ("6 tháng cuối năm", "6 tháng cuối năm", date(2025, 12, 31)),
        ("Trước 29/2", "28/02/2025", date(2025, 2, 28)),
        ("Hằng tháng", "Hằng tháng", None),
    ],
)
def test_in_another_year_of_the_plan_only_a_deadline_that_names_none_moves(text, redated, due) -> None:
    deadline = read_deadline(text, year=2024)
    found = redate_deadline(deadline, year=2025)
    assert (found.text, found.due_on) == (redated, due)
    assert redate_deadline(deadline, year=2024) == deadline
