"""visits.csv: how many people were served at each service point or agency and in which period.

A file is taken whole or refused whole. A count of the very same unit and period takes the place of the
one held before; a period that overlaps another one in any other way is refused, because the people of
the days they share would be counted twice.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeAlias

from survey.errors import Fault
from survey.fieldwork import VisitCount, normalise_code
from survey.operations.uploads.csv_tables import (
    CsvTable,
    header_reasons,
    read_date,
    read_table,
    refusal,
    restored,
    width_reason,
    write_table,
)
from survey.reports.workbooks import Cell
from survey.store import subjects
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from survey.store.rounds.visits import agencies_without_visits, list_visits, save_visits

Cells: TypeAlias = Mapping[str, str]

UNITS = ("service_point_code", "agency_code")
PERIOD = ("from", "to")
VISITS = "visits"
MOST_VISITS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class LoadedVisits:
    """What a file brought: counts added and replaced, and the agencies of which still nothing is counted."""

    added: int
    replaced: int
    without: tuple[str, ...]


class VisitsHeld(NamedTuple):
    """What is known before a file is read: the codes there are, and the counts held already."""

    service_points: Set[str]
    agencies: Set[str]
    counts: Sequence[VisitCount] = ()


@tried_again
def import_visits(store: Store, data: bytes, *, name: str) -> LoadedVisits:
    """Load visits.csv, all or nothing; raises RefusedDataError with every bad row."""
    with store.writing(subjects.REGISTRY.read(), subjects.VISITS) as connection:
        points = frozenset(placed.point.code for placed in list_points(connection))
        agencies = frozenset(one.code for one in list_agencies(connection).values())
        found = read_visits(data, name=name, held=VisitsHeld(points, agencies, list_visits(connection)))
        replaced = save_visits(connection, found)
        return LoadedVisits(len(found) - replaced, replaced, agencies_without_visits(connection))


def export_visits(store: Store, path: Path, *, layout: str = "csv") -> int:
    """Write all counts as one of `SHEET_LAYOUTS` and return how many there are; `import_visits` takes the CSV back."""
    with store.reading() as connection:
        counts = list_visits(connection)
    write_table(path, (*UNITS, *PERIOD, VISITS), (_cells(one) for one in counts), layout=layout)
    return len(counts)


def _cells(one: VisitCount) -> tuple[Cell, ...]:
    return *one.unit, one.from_day.isoformat(), one.to_day.isoformat(), one.visits


def read_visits(data: bytes, *, name: str, held: VisitsHeld) -> list[VisitCount]:
    """Return the counts of the file `name` in its order.

    Raises RefusedDataError with a Fault for each of the first hundred bad rows: a code that is unknown,
    missing or given twice over, a date or a number that is none, a period that ends before it begins or
    overlaps another one of the same unit, in the file or held already, unless that is the very same period.
    """
    table = read_table(data, name=name)
    if wrong := _header_reasons(table):
        raise refusal(name, [Fault(table.line, "; ".join(wrong))])
    placed: list[tuple[int, VisitCount]] = []
    faults: list[Fault] = []
    for line, cells in table.rows:
        try:
            placed.append((line, _read_row(table, cells, held)))
        except ValueError as refused:
            faults.append(Fault(line, str(refused)))
    faults += _overlap_faults(placed, held.counts)
    if faults:
        raise refusal(name, sorted(faults, key=lambda fault: fault.line))
    return [one for _, one in placed]


def _header_reasons(table: CsvTable) -> list[str]:
    wrong = header_reasons(table, required=(*PERIOD, VISITS), optional=UNITS)
    return wrong if set(UNITS) & set(table.columns) else [*wrong, f"missing column: {' or '.join(UNITS)}"]


def _read_row(table: CsvTable, cells: Sequence[str], held: VisitsHeld) -> VisitCount:
    """Return the count of a row; raises ValueError with all that is wrong with it."""
    if broken := width_reason(table, cells):
        raise ValueError(broken)
    named = dict(zip(table.columns, (restored(cell).strip() for cell in cells), strict=False))
    row = dict.fromkeys(UNITS, "") | named | {"service_point_code": normalise_code(named.get("service_point_code", ""))}
    if wrong := "; ".join((*_unit_reasons(row, held), *_cell_reasons(row))):
        raise ValueError(wrong)
    first, last = (read_date(row[column]) for column in PERIOD)
    return VisitCount(row["service_point_code"], row["agency_code"], first, last, read_visit_number(row[VISITS]))


def _unit_reasons(row: Cells, held: VisitsHeld) -> Iterator[str]:
    given = [column for column in UNITS if row[column]]
    if len(given) != 1:
        yield "give either service_point_code or agency_code" + (", not both" if given else "")
    for column, known in zip(UNITS, (held.service_points, held.agencies), strict=True):
        if row[column] and row[column] not in known:
            yield f"{column} {row[column]!r} is not in the registry"


def _cell_reasons(row: Cells) -> Iterator[str]:
    period: list[date] = []
    for column in PERIOD:
        try:
            period.append(read_date(row[column]))
        except ValueError as error:
            yield f"{column}: {error}"
    if period != sorted(period):
        yield f"from {period[0]:%d/%m/%Y} lies after to {period[1]:%d/%m/%Y}"
    try:
        read_visit_number(row[VISITS])
    except ValueError as error:
        yield str(error)


def read_visit_number(cell: str) -> int:
    """Return a number of visits; raises ValueError unless it is a whole one, written without separators.

    A point or a comma could part thousands or decimals, so neither is guessed at.

    >>> read_visit_number("1250")
    1250
    """
    if not re.fullmatch(r"[0-9]{1,10}", cell) or int(cell) > MOST_VISITS:
        raise ValueError(f"visits: {cell!r} is not a whole number from 0 to {MOST_VISITS} without separators")
    return int(cell)


def _overlap_faults(placed: Sequence[tuple[int, VisitCount]], held: Sequence[VisitCount]) -> Iterator[Fault]:
    """Name every count that shares days with an earlier line of the file, or with a held one it does not replace."""
    for clash in find_clashes(placed, held):
        if clash.earlier:
            yield Fault(clash.line, f"its days are counted on line {clash.earlier} already")
        if clash.held:
            days = f"{clash.held.from_day:%d/%m/%Y} to {clash.held.to_day:%d/%m/%Y}"
            told = f"its days overlap {days}, held already; only that very period can be loaded again"
            yield Fault(clash.line, told)


class Clash(NamedTuple):
    """A count whose days are counted already: on an earlier line, or by a count held before."""

    line: int
    earlier: int | None = None
    held: VisitCount | None = None


def find_clashes(placed: Sequence[tuple[int, VisitCount]], held: Sequence[VisitCount]) -> Iterator[Clash]:
    """Yield what clashes among new counts, each with its line, and with held ones of which they have not the period."""
    earlier: dict[tuple[str, str], list[tuple[int, VisitCount]]] = {}
    kept: dict[tuple[str, str], list[VisitCount]] = {}
    for one in held:
        kept.setdefault(one.unit, []).append(one)
    for line, one in placed:
        clashing = [number for number, other in earlier.setdefault(one.unit, []) if one.overlaps(other)]
        earlier[one.unit].append((line, one))
        if clashing:
            yield Clash(line, earlier=clashing[0])
        for other in kept.get(one.unit, ()):
            if one.overlaps(other) and not one.has_period_of(other):
                yield Clash(line, held=other)
