"""Working days of state agencies in Vietnam: Monday to Friday, without public holidays, with the swapped days.

Holidays and their days in lieu come from the library `holidays`; the swaps it does not know from a TOML file,
one entry a year. Dates go in and dates come out; no clock and no database is asked.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import holidays

from survey.checked_toml import (
    TRUTH,
    WORDS,
    KeyPlace,
    Reader,
    between,
    exactly,
    is_filled,
    listed,
    read_toml,
    repeats,
    ruled,
    table,
)
from survey.errors import HolidayDataError

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("working_days.toml")
DAY, SATURDAY = timedelta(days=1), 5


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The swaps of some years: `years` says of each whether its swaps were announced."""

    file: str
    years: Mapping[int, bool]
    off: frozenset[date]
    worked: frozenset[date]

    def require(self, year: int) -> None:
        """Raise HolidayDataError unless the file has this year."""
        if year not in self.years:
            known = ", ".join(map(str, sorted(self.years))) or "no year"
            raise HolidayDataError(
                self.file,
                f"the days off of {year} are missing (there is {known}); add [[year]] with year = {year}, or name a "
                "newer file in HOLIDAYS_FILE",
            )

    def is_working_day(self, day: date) -> bool:
        """Tell whether agencies work on a day.

        >>> shipped = load_working_days()
        >>> [shipped.is_working_day(date(2026, 1, day)) for day in (1, 2, 3, 5, 10)]
        [False, False, False, True, True]
        """
        if day in self.off or day in self.worked:
            return day in self.worked
        free, worked = _known(day.year)
        return day in worked or (day.weekday() < SATURDAY and day not in free)

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`, which itself does not count.

        A count that runs into a year whose swaps are not announced goes by that year's holidays.

        >>> load_working_days().after(date(2026, 4, 24), 1)
        datetime.date(2026, 4, 28)
        """
        for _ in range(count):
            day += DAY
            while not self.is_working_day(day):
                day += DAY
        return day

    def until(self, day: date, last: date) -> int:
        """Return how many working days there are after `day` up to and with `last`; negative when `last` is over.

        >>> days = load_working_days()
        >>> days.until(date(2026, 4, 24), date(2026, 4, 28)), days.until(date(2026, 4, 28), date(2026, 4, 24))
        (1, -1)
        """
        first, end, sign = (day, last, 1) if day <= last else (last, day, -1)
        between = (first + number * DAY for number in range(1, (end - first).days + 1))
        return sign * sum(map(self.is_working_day, between))


@cache
def _known(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return the holidays of a year and the weekend days worked in it, as the library knows them."""
    try:
        # A weekend day may be worked for a day off in the year before or after.
        around = holidays.country_holidays("VN", years=(year - 1, year, year + 1))
    except (ValueError, OverflowError) as error:
        raise HolidayDataError("holidays", f"the library has no holidays of {year}: {error}") from error
    free = frozenset(day for day in around if day.year == year)
    return free, frozenset(day for day in around.weekend_workdays if day.year == year)


def load_working_days(path: Path | None = None, *, year: int | None = None) -> WorkingDays:
    """Return the working days by the file at `path`, by ours without one; raises HolidayDataError.

    The file must have `year`, if one is given.
    """
    found = _read(path or SHIPPED)
    if year is not None:
        found.require(year)
    return found


def usable_working_days(path: Path | None) -> WorkingDays:
    """Return the working days by the file at `path`, or by ours when it cannot be read: nobody is stopped by them.

    A year that the file does not have goes by the holidays alone. The doctor names both.
    """
    try:
        return load_working_days(path)
    except HolidayDataError as error:
        log.warning("working days are counted by the shipped file: %s", error)
        return load_working_days()


def _read(path: Path) -> WorkingDays:
    place = KeyPlace(str(path), lambda file, key, expected: HolidayDataError(file, f"{key}: {expected}"))
    _, document = read_toml(path, place)
    years = _FILE(document, place)
    swaps = [swap for year in years for swap in year.swaps]
    worked = frozenset(swap.worked for swap in swaps if swap.worked)
    announced = {year.year: year.announced for year in years}
    return WorkingDays(str(path), announced, frozenset(swap.off for swap in swaps), worked)


@dataclass(frozen=True, slots=True)
class _Swap:
    """A day off, and the day worked for it, if one is; both are days that something changes for."""

    off: date
    source: str
    worked: date | None = None


@dataclass(frozen=True, slots=True)
class _Year:
    """The swaps of a year."""

    year: int
    announced: bool
    swaps: tuple[_Swap, ...] = ()


def _make_year(year: int, announced: bool, swap: tuple[_Swap, ...] = ()) -> _Year:  # as the file has it
    return _Year(year, announced, swap)


def _changes_something(swap: _Swap) -> str:
    wrong = swap.off.weekday() >= SATURDAY or (swap.worked is not None and swap.worked.weekday() < SATURDAY)
    return f"off must be a weekday, and worked a day of a weekend, not {_told(swap)}" if wrong else ""


def _is_of_the_year(year: _Year) -> str:
    """Object to a swap of another year; a day may be worked in the year before or after."""
    strays = [
        swap
        for swap in year.swaps
        if swap.off.year != year.year or (swap.worked and abs(swap.worked.year - year.year) > 1)
    ]
    return f"{_told(strays[0])} belongs to another year" if strays else ""


def _told(swap: _Swap) -> str:
    return f"{swap.off} for {swap.worked}" if swap.worked else str(swap.off)


def _years_differ(years: Iterable[_Year]) -> str:
    return repeats((one.year for one in years), "a year")


_DAY = exactly(date, "a day such as 2026-01-31")
_SWAP = ruled(table(_Swap, {"off": _DAY, "source": ruled(WORDS, is_filled)}, {"worked": _DAY}), _changes_something)
_YEAR = ruled(
    table(_make_year, {"year": between(1, 9999), "announced": TRUTH}, {"swap": listed(_SWAP, fewest=0, most=99)}),
    _is_of_the_year,
)
_FILE: Reader[tuple[_Year, ...]] = table(
    lambda year: year, {"year": ruled(listed(_YEAR, fewest=1, most=999), _years_differ)}
)
