"""Find the place of each response that a database hands over, and pass by those that have none.

Every rule that makes a response countable is stated by the database itself. A row that breaks one, out of an older
database or written by hand, must not keep all others from being counted: it is left out and told of.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from survey.tallies.layout import Characters, Integers, RecordLayout
from survey.tallies.tally import lines_of, translated

DAY_WIDTH = len("2026-11-21")
DIGITS_OF_DAY = (0, 1, 2, 3, 5, 6, 8, 9)
# What stands in the place of a record that cannot be read, and of one whose mode nobody knows; neither is a symbol.
UNREADABLE, UNKNOWN_MODE = "?", "!"


class Misfit(StrEnum):
    """Why a response has no place."""

    DAY = "day outside the round"
    POINT = "unknown service point"
    MODE = "unknown mode"
    RECORD = "answers that are none of the questionnaire"


# Why, and on which day, written 20261121; 0 where it is no day.
Misfits = Counter[tuple[Misfit, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The responses of a block that have a place: their groups (n,), days (n,), written 20261121, records (n, width).

    `misfits` counts the others.
    """

    groups: Integers
    days: Integers
    records: Characters
    misfits: Misfits = field(default_factory=Counter)

    def readable(self, layout: RecordLayout) -> "Lines":
        """Return the lines without those whose record is not one of the instrument."""
        fits = fitting(self.records, layout)
        return self if fits.all() else self._only(fits)

    def _only(self, fits: NDArray[np.bool_]) -> "Lines":
        unknown = self.records[~fits][:, 0] == ord(UNKNOWN_MODE)
        reasons = (Misfit.MODE if one else Misfit.RECORD for one in unknown)
        misfits = self.misfits + Counter(zip(reasons, self.days[~fits].tolist(), strict=True))
        return Lines(self.groups[fits], self.days[fits], self.records[fits], misfits)


class Places:
    """Where responses belong: their service points, one for each group, and the days there are."""

    def __init__(
        self, layout: RecordLayout, *, service_points: Sequence[int], point_digits: int, days: tuple[date, date]
    ) -> None:
        self._width, self._digits = layout.width, point_digits
        self._group_of, self._days = _group_table(service_points), DayTable(*days)

    def of(self, block: bytes) -> Lines:
        """Return the lines of a block: service point id, ISO date, record; their records are not looked at.

        Raises ValueError when it does not divide into lines.
        """
        ids, days, records = parse_dated(block, width=self._width, point_digits=self._digits)
        # The last entry stands for every id beyond the table.
        groups = self._group_of[np.minimum(ids, len(self._group_of) - 1)]
        inside, known = self._days.place_of(days) >= 0, groups >= 0
        fits = inside & known
        if fits.all():
            return Lines(groups, days, records)
        reasons = (Misfit.POINT if is_inside else Misfit.DAY for is_inside in inside[~fits])
        misfits = Counter(zip(reasons, days[~fits].tolist(), strict=True))
        return Lines(groups[fits], days[fits], records[fits], misfits)


class DayTable:
    """The days from a first to a last one, found by how they are written: 20261121."""

    def __init__(self, first: date, last: date) -> None:
        days = [_number(first + timedelta(days=day)) for day in range((last - first).days + 1)]
        self.days, self._first = len(days), days[0]
        self._place_of = np.full(days[-1] + 2 - days[0], -1)
        self._place_of[np.array(days) - days[0]] = np.arange(len(days))

    def place_of(self, days: Integers) -> Integers:
        """Return the place of each day, -1 for what lies outside or is no day."""
        # Whatever lies outside finds the last place, which is that of no day.
        return self._place_of[np.clip(days - self._first, -1, len(self._place_of) - 1)]


def parse_dated(block: bytes, *, width: int, point_digits: int) -> tuple[Integers, Integers, Characters]:
    """Return service point ids (n,), days (n,), written 20261121, and records (n, width) of a block of dated lines.

    An id that is not written in digits is -1, a day 0. Raises ValueError when the block does not divide into lines.
    """
    lines = lines_of(block, point_digits + DAY_WIDTH + width)
    dates = lines[:, point_digits : point_digits + DAY_WIDTH]
    ids = whole_numbers(lines[:, :point_digits], otherwise=-1)
    return ids, read_days(dates), lines[:, point_digits + DAY_WIDTH :]


def read_days(dates: Characters) -> Integers:
    """Return dates (n, 10) as numbers (n,), written 20261121; 0 where it is not an ISO date."""
    days = whole_numbers(dates[:, DIGITS_OF_DAY], otherwise=0)
    dashed = (dates[:, 4] == ord("-")) & (dates[:, 7] == ord("-"))
    return days if dashed.all() else np.where(dashed, days, 0)


def whole_numbers(figures: Characters, *, otherwise: int) -> Integers:
    """Return what decimal digits (n, digits) say, `otherwise` where there is anything else."""
    digits = figures - ord("0")
    found = reduce(lambda found, digit: found * 10 + digit, digits.T, np.zeros(len(figures), np.int64))
    return found if digits.max(initial=0) <= 9 else np.where((digits > 9).any(axis=1), otherwise, found)


def fitting(records: Characters, layout: RecordLayout) -> NDArray[np.bool_]:
    """Tell of each record (n, width) whether every character is one its position can hold."""
    symbols = translated(records.tobytes("F"), layout.symbol_of, layout.width)
    allowed = [may[column] for may, column in zip(layout.allowed, symbols, strict=True)]
    found: NDArray[np.bool_] = np.logical_and.reduce(allowed, axis=0)
    return found


def _group_table(service_points: Sequence[int]) -> Integers:
    """Return the group of each id up to the largest, -1 for those not listed, and a last -1 for all beyond."""
    group_of = np.full(max(service_points, default=-1) + 2, -1)
    group_of[list(service_points)] = np.arange(len(service_points))
    return group_of


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
