"""Deadlines as officials write them: “30/6/2026”, “Quý II/2026”, “6 tháng đầu năm 2026”, “Thường xuyên” and others."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from survey.formatting import fold, format_date
from survey.wording import mark

FIRST_YEAR, LAST_YEAR = 2000, 2100
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
NOT_A_DEADLINE = mark(
    "Chưa hiểu thời hạn này. Hãy ghi một ngày (30/6/2026), một tháng (Tháng 6/2026), một quý (Quý II/2026), "
    "nửa năm (6 tháng đầu năm 2026), một năm (Năm 2026), “Hằng tháng” hoặc “Thường xuyên”."
)


class DeadlineKind(StrEnum):
    """How exact a deadline is; half a year is over with a QUARTER. ONGOING (“Thường xuyên”) and NONE never are."""

    DATE = "date"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ONGOING = "ongoing"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline as it was written, what kind it is, and its last day; none for ONGOING and NONE."""

    kind: DeadlineKind
    text: str = ""
    due_on: date | None = None


NO_DEADLINE = Deadline(DeadlineKind.NONE)

# Words before a deadline that do not change its last day; the text is compared folded, without marks.
_LEAD = r"(?:(?:hoan thanh|xong|trong|truoc|den|het|cham nhat|vao|ngay|cuoi)\s+)*"
_YEAR = r"(?:\s*(?:/|-|,|nam)?\s*(?:nam\s*)?(?P<year>\d{4}))?"
_QUARTER = r"(?:iv|i{1,3}|[1-4])"
_AND = r"\s*(?:,|;|-|–|\+|va|den)\s*(?:quy\s+)?"
_PATTERNS: Mapping[DeadlineKind, tuple[str, ...]] = {
    DeadlineKind.ONGOING: (
        r"(?:thuong xuyen|lien tuc|dinh ky)\b.*",
        r"(?:\d{1,2}\s+)?hang (?:ngay|tuan|thang|quy|nam)\b.*",
    ),
    DeadlineKind.DATE: (
        r"(?P<day>\d{1,2})\s?[/.-]\s?(?P<month>\d{1,2})\s?[/.-]\s?(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\s+thang\s+(?P<month>\d{1,2})" + _YEAR,
        r"(?P<day>\d{1,2})/(?P<month>\d{1,2})",
    ),
    DeadlineKind.MONTH: (r"thang\s+(?P<month>\d{1,2})" + _YEAR, r"(?P<month>\d{1,2})/(?P<year>\d{4})"),
    DeadlineKind.QUARTER: (
        rf"quy\s+(?P<quarters>{_QUARTER}(?:{_AND}{_QUARTER})*)" + _YEAR,
        r"(?:0?6|sau)\s+thang\s+(?P<half>dau|cuoi)\s+nam" + _YEAR,
    ),
    DeadlineKind.YEAR: (r"(?:ca )?nam(?:\s+(?P<year>\d{4}))?", r"(?P<year>\d{4})"),
}


def read_deadline(text: str, *, year: int) -> Deadline:
    """Return what a deadline says; one that names no year is of `year`, and an empty one is none.

    A month, quarter or year is over with its last day, and “trước” a day with that day. Raises ValueError, in
    Vietnamese, on what is no deadline, on a day the calendar does not have, and on years outside 2000-2100.

    >>> read_deadline("Quý II", year=2026)
    Deadline(kind=<DeadlineKind.QUARTER: 'quarter'>, text='Quý II', due_on=datetime.date(2026, 6, 30))
    >>> read_deadline("Thường xuyên", year=2026).due_on is None
    True
    """
    if not text:
        return NO_DEADLINE
    folded = fold(text).rstrip(" .;")
    for kind, patterns in _PATTERNS.items():
        for pattern in patterns:
            if match := re.fullmatch(_LEAD + pattern, folded):
                return Deadline(kind, text, _last_day(kind, match.groupdict(), year))
    raise ValueError(NOT_A_DEADLINE)


def move_deadline(deadline: Deadline, years: int, *, year: int) -> Deadline:
    """Return a deadline that many years later, its text too; one that named no year is of `year`, the new plan's.

    29 February becomes 28 February where there is none. A deadline that would leave 2000-2100 stays as it is.

    >>> move_deadline(read_deadline("Trong năm 2024", year=2024), 1, year=2025).text
    'Trong năm 2025'
    """
    due = deadline.due_on
    if due is None or not FIRST_YEAR <= due.year + years <= LAST_YEAR:
        return deadline
    if deadline.kind is DeadlineKind.DATE and (due.month, due.day) == (2, 29):
        moved = _last_of_month(due.year + years, 2)
        return Deadline(DeadlineKind.DATE, format_date(moved), moved)
    text = re.sub(r"\b\d{4}\b", lambda match: str(int(match[0]) + years), deadline.text)
    return read_deadline(text, year=year)


def redate_deadline(deadline: Deadline, *, year: int) -> Deadline:
    """Return a deadline in a plan whose year is now `year`: one that names no year is of that one, others stay.

    >>> redate_deadline(read_deadline("Quý II", year=2024), year=2025).due_on
    datetime.date(2025, 6, 30)
    """
    due = deadline.due_on
    if due is None or due.year == year or re.search(r"\d{4}", deadline.text):
        return deadline
    return move_deadline(deadline, year - due.year, year=year)


def _last_day(kind: DeadlineKind, said: Mapping[str, str | None], year: int) -> date | None:
    number = int(said.get("year") or year)
    try:
        if not FIRST_YEAR <= number <= LAST_YEAR:
            raise ValueError(NOT_A_DEADLINE)
        return _LAST_DAYS[kind](number, said) if kind in _LAST_DAYS else None
    except ValueError:
        raise ValueError(NOT_A_DEADLINE) from None


def _last_of_month(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise ValueError(NOT_A_DEADLINE)
    return date(year, month, monthrange(year, month)[1])


def _quarter(said: Mapping[str, str | None]) -> int:
    """Return the last of the quarters that are named; the halves of a year end with its second and fourth."""
    if half := said.get("half"):
        return 2 if half == "dau" else 4
    named = re.findall(_QUARTER, said["quarters"] or "")
    return max(ROMAN.get(one) or int(one) for one in named)


_LAST_DAYS: Mapping[DeadlineKind, Callable[[int, Mapping[str, str | None]], date]] = {
    DeadlineKind.DATE: lambda year, said: date(year, int(said["month"] or 0), int(said["day"] or 0)),
    DeadlineKind.MONTH: lambda year, said: _last_of_month(year, int(said["month"] or 0)),
    DeadlineKind.QUARTER: lambda year, said: _last_of_month(year, 3 * _quarter(said)),
    DeadlineKind.YEAR: lambda year, _said: date(year, 12, 31),
}
