"""The audit trail as people ask for it: by days of Vietnam, and as a file."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from survey.operations.clock import VIETNAM
from survey.operations.keeping.deeds import act_in_words, detail_in_words
from survey.reports.sheets import STYLES, CsvStyle, Sheet, sheet_bytes, write_csv, write_csv_rows
from survey.store.engine import Store
from survey.store.staff.audit import Deed, TrailQuery, read_all, written
from survey.wording import mark

# The first five are for people, the last four for programs: what `detail` says in words, as data.
COLUMNS = (
    *(mark("Thời điểm"), mark("Người thực hiện"), mark("Mã thao tác"), mark("Thao tác"), mark("Chi tiết")),
    *("kind", "subject", "before", "after"),
)
LINES_AT_ONCE = 500


def moment_in_words(at: datetime) -> str:
    """Return a time kept as UTC without a zone as the clock in Vietnam showed it.

    >>> moment_in_words(datetime(2026, 11, 20, 17, 30, 5))
    '21/11/2026 00:30:05'
    """
    return f"{at.replace(tzinfo=UTC).astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"


def start_of_day(day: date) -> datetime:
    """Return when a day begins in Vietnam, as UTC without a zone; raises OverflowError at the ends of the calendar.

    >>> start_of_day(date(2026, 11, 21))
    datetime.datetime(2026, 11, 20, 17, 0)
    """
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC).replace(tzinfo=None)


def end_of_day(day: date) -> datetime:
    """Return when the next day begins, as `start_of_day` does."""
    return start_of_day(day + timedelta(days=1))


def trail_file(store: Store, asked: TrailQuery, *, layout: str) -> bytes | Iterator[str]:
    """Return what was done as one of `SHEET_LAYOUTS`; a CSV some hundreds of lines at once.

    Raises RefusedDataError when a workbook cannot hold so many lines.
    """
    if layout in STYLES:
        return _csv_lines(store, asked, STYLES[layout])
    with store.reading() as connection:
        return sheet_bytes(Sheet(mark("Nhật ký"), COLUMNS, map(_cells, read_all(connection, asked))), layout)


def _csv_lines(store: Store, query: TrailQuery, style: CsvStyle) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    write_csv(COLUMNS, (), buffer, style=style)
    with store.reading() as connection:
        for number, deed in enumerate(read_all(connection, query), start=1):
            write_csv_rows([_cells(deed)], buffer, style=style)
            if number % LINES_AT_ONCE == 0:
                yield _taken(buffer)
    yield _taken(buffer)


def _cells(deed: Deed) -> tuple[str, ...]:
    told = (deed.staff, deed.act, act_in_words(deed.act), detail_in_words(deed))
    return moment_in_words(deed.at), *told, deed.kind, deed.subject, written(deed.before), written(deed.after)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
