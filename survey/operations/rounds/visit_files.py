"""visits.csv: how many people were served at each service point or agency and in which period, as CSV or XLSX.

A file is taken whole or refused whole. A count of the very same unit and period takes the place of the
one held before; a period that overlaps another one in any other way is refused, because the people of
the days they share would be counted twice. Lines without a number are passed over: the table to fill in
has a line for every service point.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from survey.errors import Fault, RefusedDataError, fault
from survey.fieldwork import VisitCount, written_code
from survey.formatting import format_date
from survey.operations.uploads.apart import read_table
from survey.operations.uploads.cells import read_date
from survey.operations.uploads.csv_lines import refusal
from survey.operations.uploads.layouts import CellKind, OneOf, TableColumn, TableLayout
from survey.operations.uploads.tables import MOST_ROWS_OF_COMMANDS, BroughtTable, TableRow
from survey.reports.sheets import Sheet, sheet_bytes, write_sheet_file
from survey.reports.workbooks import Cell
from survey.store import subjects
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from survey.store.rounds.visits import agencies_without_visits, list_visits, save_visits
from survey.wording import Phrase, phrase

MOST_VISITS = 1_000_000_000
POINT = TableColumn("service_point_code", "Mã điểm phục vụ", optional=True)
AGENCY = TableColumn("agency_code", "Mã cơ quan", optional=True)
FROM = TableColumn("from", "Từ ngày", CellKind.DAY, needed=True)
TO = TableColumn("to", "Đến hết ngày", CellKind.DAY, needed=True)
VISITS = TableColumn("visits", "Số lượt", CellKind.WHOLE, most=MOST_VISITS)
LAYOUT = TableLayout(
    (POINT, AGENCY, FROM, TO, VISITS), title="Lượt giao dịch", one_of=OneOf((POINT, AGENCY), alone=False), others=True
)
# Says whom a line is of; not read back.
NAME = "Tên"


@dataclass(frozen=True, slots=True)
class LoadedVisits:
    """What a file brought: counts added and replaced, and the agencies of which still nothing is counted."""

    added: int
    replaced: int
    without: tuple[str, ...]


class VisitsHeld(NamedTuple):
    """What a file may name, and the counts held already."""

    service_points: Set[str]
    agencies: Set[str]
    counts: Sequence[VisitCount] = ()


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A line to fill in: a service point or an agency, by code and name."""

    service_point_code: str
    agency_code: str
    name: str


@tried_again
def import_visits(store: Store, data: bytes, *, name: str) -> LoadedVisits:
    """Load a file of visits, all or nothing; raises RefusedDataError with every bad row."""
    table = read_table(data, LAYOUT, name=name, most_rows=MOST_ROWS_OF_COMMANDS)
    with store.writing(subjects.REGISTRY.read(), subjects.VISITS) as connection:
        points = frozenset(placed.point.code for placed in list_points(connection))
        agencies = frozenset(agency.code for agency in list_agencies(connection).values())
        counts = counts_of(table, VisitsHeld(points, agencies, list_visits(connection)))
        replaced = save_visits(connection, counts)
        return LoadedVisits(len(counts) - replaced, replaced, agencies_without_visits(connection))


def export_visits(store: Store, path: Path, *, layout: str = "csv") -> int:
    """Write all counts as one of `SHEET_LAYOUTS` and return how many there are; `import_visits` takes them back."""
    with store.reading() as connection:
        counts = list_visits(connection)
    write_sheet_file(path, LAYOUT.columns, (_cells(one) for one in counts), layout=layout)
    return len(counts)


def template_file(rows: Iterable[TemplateRow], period: tuple[date, date], *, layout: str) -> bytes:
    """Return the table to fill in as one of `SHEET_LAYOUTS`."""
    days = [format_date(day) for day in period]
    columns = [POINT.heading, AGENCY.heading, NAME, FROM.heading, TO.heading, VISITS.heading]
    cells = ([one.service_point_code, one.agency_code, one.name, *days, ""] for one in rows)
    return sheet_bytes(Sheet(LAYOUT.title, columns, cells), layout)


def _cells(one: VisitCount) -> tuple[Cell, ...]:
    return *one.unit, one.from_day.isoformat(), one.to_day.isoformat(), one.visits


def counts_of(table: BroughtTable, held: VisitsHeld) -> list[VisitCount]:
    """Return the counts of a table in its order.

    Raises RefusedDataError with each of the first hundred bad rows: a code that is unknown, missing or given twice
    over, a date or a number that is none, a period that ends before it begins or overlaps another one of the same
    unit, in the table or held already, unless that is the very same period; and where no line has a number.
    """
    placed: list[tuple[int, VisitCount]] = []
    faults: list[Fault] = []
    for row in table.rows:
        if not (row.broken or row.cells[VISITS.name]):
            continue
        if wrong := row.faults if row.broken else tuple(_wrong(row, held)):
            faults.append(Fault(row.line, wrong))
        else:
            placed.append((row.line, _count(row)))
    faults += clash_faults(placed, held.counts)
    if faults:
        raise refusal(table.name, sorted(faults, key=lambda row_fault: row_fault.line))
    if table.rows and not placed:
        reason = phrase("không dòng nào có số ở cột {column}", column=VISITS)
        raise RefusedDataError(table.name, [fault(table.line, reason)])
    return [count for _, count in placed]


def _wrong(row: TableRow, held: VisitsHeld) -> Iterator[Phrase]:
    point, agency = _unit(row)
    if not (point or agency):
        yield phrase("thiếu {point} hoặc {agency}", point=POINT, agency=AGENCY)
    if point and agency:
        yield phrase("chỉ ghi một trong hai: {point} hoặc {agency}", point=POINT, agency=AGENCY)
    if point and point not in held.service_points:
        yield phrase("không có điểm phục vụ mang mã “{code}” trong phạm vi của ông/bà", code=point)
    if agency and agency not in held.agencies:
        yield phrase("không có cơ quan mang mã “{code}” trong phạm vi của ông/bà", code=agency)
    yield from row.faults
    if not row.faults and row.cells[FROM.name] > row.cells[TO.name]:
        first, last = (read_date(row.cells[column.name]) for column in (FROM, TO))
        yield phrase("ngày đầu {first} ở sau ngày cuối {last}", first=first, last=last)


def _unit(row: TableRow) -> tuple[str, str]:
    return written_code(row.cells[POINT.name]), row.cells[AGENCY.name]


def _count(row: TableRow) -> VisitCount:
    first, last = (read_date(row.cells[one.name]) for one in (FROM, TO))
    return VisitCount(*_unit(row), first, last, int(row.cells[VISITS.name]))


def clash_faults(placed: Sequence[tuple[int, VisitCount]], held: Sequence[VisitCount]) -> Iterator[Fault]:
    """Name every count that shares days with one of an earlier line, or with a held one of which it has not the period.

    Each of `placed` comes with its line.
    """
    earlier: dict[tuple[str, str], list[tuple[int, VisitCount]]] = {}
    kept: dict[tuple[str, str], list[VisitCount]] = {}
    for count in held:
        kept.setdefault(count.unit, []).append(count)
    for line, count in placed:
        clashing = [number for number, other in earlier.setdefault(count.unit, []) if count.overlaps(other)]
        earlier[count.unit].append((line, count))
        if clashing:
            yield fault(line, phrase("có ngày đã được tính ở dòng {line}", line=clashing[0]))
        for other in kept.get(count.unit, ()):
            if count.overlaps(other) and not count.has_period_of(other):
                yield fault(line, _overlap(other))


def _overlap(other: VisitCount) -> Phrase:
    return phrase(
        "có ngày trùng với khoảng {first} – {last} đã nhập; chỉ nhập lại được đúng khoảng đó",
        first=other.from_day,
        last=other.to_day,
    )
