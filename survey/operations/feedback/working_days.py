"""Working days of state agencies in Vietnam: Monday to Friday, without public holidays, with the swapped days.

Holidays and their days in lieu come from the library `holidays`; the swaps it does not know from a TOML file,
one entry a year. Dates go in and dates come out; no clock and no database is asked.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import holidays

from survey.errors import HolidayDataError

SHIPPED = Path(__file__).with_name("working_days.toml")
DAY, SATURDAY = timedelta(days=1), 5
YEAR_KEYS, SWAP_KEYS = {"year", "announced", "swap"}, {"off", "source"}


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


def _read(path: Path) -> WorkingDays:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HolidayDataError(str(path), f"cannot be read: {error}") from error
    entries = data.get("year", [])
    if set(data) > {"year"} or not isinstance(entries, list) or not entries:
        raise HolidayDataError(str(path), "expected [[year]] and nothing else")
    years: dict[int, bool] = {}
    swaps: list[tuple[date, date | None]] = []
    for entry in entries:
        year, announced = _year(path, entry)
        if year in years:
            raise HolidayDataError(str(path), f"year {year} stands there twice")
        years[year] = announced
        swaps += [_swap(path, year, one) for one in entry.get("swap", [])]
    worked = frozenset(worked for _, worked in swaps if worked)
    return WorkingDays(str(path), years, frozenset(off for off, _ in swaps), worked)


def _year(path: Path, entry: Any) -> tuple[int, bool]:  # noqa: ANN401
    if not isinstance(entry, dict) or not set(entry) <= YEAR_KEYS or not isinstance(entry.get("swap", []), list):
        raise HolidayDataError(str(path), f"[[year]]: expected {', '.join(sorted(YEAR_KEYS))}")
    year, announced = entry.get("year"), entry.get("announced")
    if type(year) is not int or not isinstance(announced, bool):
        raise HolidayDataError(str(path), "[[year]]: expected year = a number and announced = true or false")
    return year, announced


def _swap(path: Path, year: int, entry: Any) -> tuple[date, date | None]:  # noqa: ANN401
    """Return the day off and the day worked for it, if one is; both must be days that something changes for."""
    where = f"[[year.swap]] of {year}"
    if not isinstance(entry, dict) or set(entry) - {"worked"} != SWAP_KEYS or not str(entry["source"]).strip():
        raise HolidayDataError(str(path), f"{where}: expected {', '.join(sorted(SWAP_KEYS))} and, if one is, worked")
    off, worked = entry["off"], entry.get("worked")
    if type(off) is not date or not (worked is None or type(worked) is date):
        raise HolidayDataError(str(path), f"{where}: expected days such as {year}-01-31")
    told = f"{where}: {off} for {worked}" if worked else f"{where}: {off}"
    if off.year != year or (worked and abs(worked.year - year) > 1):
        raise HolidayDataError(str(path), f"{told} belongs to another year")
    if off.weekday() >= SATURDAY or (worked and worked.weekday() < SATURDAY):
        raise HolidayDataError(str(path), f"{told}: off must be a weekday, and worked a day of a weekend")
    return off, worked
