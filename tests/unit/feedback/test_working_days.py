"""Working days against calendars the Government announced, counted by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import HolidayDataError, SettingError
from survey.operations.feedback.working_days import SHIPPED, load_working_days
from survey.settings import load_settings

DAYS = load_working_days()
YEARS = st.dates(date(2024, 1, 1), date(2027, 6, 30))


@pytest.fixture
def file(tmp_path):
    """Give a function that writes a file of swaps and returns its path."""

    def write(text):
        path = tmp_path / "days.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("first", "last"),
    [
        # Tết Bính Ngọ: nine days, 14/02 to 22/02/2026.
        (date(2026, 2, 14), date(2026, 2, 22)),
        # New Year 2026 with the swapped Friday: 01/01 to 04/01 (document 12729/VPCP-KGVX of 25/12/2025).
        (date(2026, 1, 1), date(2026, 1, 4)),
        # National Day 2026 with the swapped Monday: 29/08 to 02/09.
        (date(2026, 8, 29), date(2026, 9, 2)),
        # 30/04 and 01/05/2025 with the swapped Friday: 30/04 to 04/05.
        (date(2025, 4, 30), date(2025, 5, 4)),
        # 30/04 and 01/05/2024 with the swapped Monday: 27/04 to 01/05.
        (date(2024, 4, 27), date(2024, 5, 1)),
    ],
)
def test_long_holidays_are_as_announced(first, last):
    free = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert not any(map(DAYS.is_working_day, free))
    assert DAYS.is_working_day(first - timedelta(days=1))
    assert DAYS.is_working_day(last + timedelta(days=1))


@pytest.mark.parametrize("day", [date(2026, 1, 10), date(2026, 8, 22), date(2025, 4, 26), date(2024, 5, 4)])
def test_a_saturday_worked_for_a_day_off_is_a_working_day(day):
    assert day.weekday() == 5
    assert DAYS.is_working_day(day)
    assert not DAYS.is_working_day(day + timedelta(days=7))


def test_fifteen_working_days_over_tet_are_counted_as_on_paper():
    # From Monday 09/02/2026: 10, 11, 12, 13 (4 days); 14–22 free; 23–27 (9); 02–06/03 (14); 09/03 is the fifteenth.
    assert DAYS.after(date(2026, 2, 9), 15) == date(2026, 3, 9)


def test_days_left_are_counted_to_the_last_day_and_past_it():
    # Friday 24/04/2026, then the Hùng Kings' days on Sunday 26 and Monday 27: one working day to Tuesday 28.
    friday, tuesday = date(2026, 4, 24), date(2026, 4, 28)
    assert (DAYS.until(friday, tuesday), DAYS.until(tuesday, tuesday), DAYS.until(tuesday, friday)) == (1, 0, -1)


@given(YEARS, st.integers(1, 60))
def test_counting_forward_and_counting_between_are_one(day, count):
    last = DAYS.after(day, count)
    assert DAYS.is_working_day(last)
    assert DAYS.until(day, last) == count


def test_a_count_that_starts_on_a_day_off_begins_with_the_next_working_day():
    assert DAYS.after(date(2026, 2, 15), 1) == date(2026, 2, 23)


def test_a_day_off_may_stand_without_a_day_worked_for_it(file):
    swap = '[[year.swap]]\noff = 2026-03-06\nsource = "Quốc tang, thông báo thử"\n'
    days = load_working_days(file(f"[[year]]\nyear = 2026\nannounced = true\n{swap}"))
    assert [days.is_working_day(date(2026, 3, day)) for day in (5, 6, 7, 8, 9)] == [True, False, False, False, True]
    # Thursday 05/03/2026, then Friday off and the weekend: the next working day is Monday 09/03.
    assert days.after(date(2026, 3, 5), 1) == date(2026, 3, 9)
    assert days.worked == frozenset()


@pytest.mark.parametrize(
    "swap", ['worked = 2026-03-14\nsource = "x"', "off = 2026-03-06", 'off = 2026-03-07\nsource = "x"']
)
def test_a_day_off_needs_its_day_and_its_source_and_must_be_a_weekday(file, swap):
    with pytest.raises(HolidayDataError, match=r"(off|source): must be given|must be a weekday"):
        load_working_days(file(f"[[year]]\nyear = 2026\nannounced = true\n[[year.swap]]\n{swap}\n"))


def test_a_missing_year_is_named_with_its_file(file):
    path = file("[[year]]\nyear = 2025\nannounced = true\n")
    with pytest.raises(HolidayDataError, match=r"days\.toml: the days off of 2026 are missing \(there is 2025\)"):
        load_working_days(path, year=2026)


def test_an_own_file_takes_the_place_of_ours(file):
    swap = '[[year.swap]]\noff = 2026-03-06\nworked = 2026-03-14\nsource = "Thông báo thử"\n'
    days = load_working_days(file(f"[[year]]\nyear = 2026\nannounced = true\n{swap}"), year=2026)
    assert [days.is_working_day(date(2026, 3, day)) for day in (5, 6, 13, 14)] == [True, False, True, True]
    assert days.is_working_day(date(2026, 1, 2)), "the swap of our own file is not in this one"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "year: must be given"),
        ("[[year]\n", "must be TOML in UTF-8"),
        ("[other]\n", "year: must be given"),
        ("[[year]]\nyear = '2026'\nannounced = true\n", "year.1.year: must be a whole number"),
        ("[[year]]\nyear = 2026\n", "year.1.announced: must be given"),
        ("[[year]]\nyear = 2026\nannounced = true\n" * 2, "must not repeat a year: 2026"),
        (
            "[[year]]\nyear = 2026\nannounced = true\nswaps = []\n",
            "year.1.swaps: is not a key here; the keys are year, announced, swap",
        ),
    ],
)
def test_a_faulty_file_is_refused_by_name(file, text, expected):
    with pytest.raises(HolidayDataError) as refused:
        load_working_days(file(text))
    assert "days.toml" in str(refused.value)
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("off", "worked", "source", "expected"),
    [
        ("2026-03-07", "2026-03-14", "x", "off must be a weekday"),
        ("2026-03-06", "2026-03-13", "x", "a day of a weekend"),
        ("2025-03-06", "2026-03-14", "x", "belongs to another year"),
        ("'6/3'", "2026-03-14", "x", "off: must be a day such as 2026-01-31"),
        ("2026-03-06", "2026-03-14", " ", "source: must not be empty"),
    ],
)
def test_a_faulty_swap_is_refused(file, off, worked, source, expected):
    swap = f'[[year.swap]]\noff = {off}\nworked = {worked}\nsource = "{source}"\n'
    with pytest.raises(HolidayDataError) as refused:
        load_working_days(file(f"[[year]]\nyear = 2026\nannounced = true\n{swap}"))
    assert expected in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(HolidayDataError, match=r"missing\.toml: file: must be a readable file"):
        load_working_days(tmp_path / "missing.toml")


def test_settings_take_the_file_and_refuse_a_limit_of_no_days(tmp_path):
    given_file = {"HAI_LONG_INSTANCE": str(tmp_path), "HOLIDAYS_FILE": str(SHIPPED), "CASE_DAYS": "10"}
    found = load_settings(given_file)
    assert (found.holidays_file, found.case_days) == (SHIPPED, 10)
    for wrong in ("0", "-1", "many", "251"):
        with pytest.raises(SettingError, match="CASE_DAYS must"):
            load_settings({"HAI_LONG_INSTANCE": str(tmp_path), "CASE_DAYS": wrong})


@pytest.mark.parametrize(("name", "most"), [("CASE_REMIND_DAYS", 250), ("CASE_CONTACT_DAYS", 3_650)])
def test_settings_refuse_days_the_calendar_cannot_count(tmp_path, name, most):
    def read(value):
        return getattr(load_settings({"HAI_LONG_INSTANCE": str(tmp_path), name: value}), name.lower())

    assert [read(value) for value in ("", "0", str(most))] == [{250: 3, 3_650: 90}[most], 0, most]
    for wrong in (str(most + 1), "999999999", "-1", "x"):
        with pytest.raises(SettingError, match=f"{name} must"):
            read(wrong)
