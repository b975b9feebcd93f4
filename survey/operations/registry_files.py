"""The registry as two CSV files, agencies.csv and service_points.csv; nothing here knows the database.

A registry is read as a whole or refused as a whole: first the headers of both files are checked, then
every row of both, and all that is wrong comes in one RefusedDataError whose reasons name the file.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

from survey.errors import Fault, RefusedDataError
from survey.fieldwork import CODE_LENGTH, Agency, ServicePoint, is_code, normalise_code
from survey.operations.csv_files import (
    Table,
    header_reasons,
    read_date,
    read_table,
    refusal,
    restored,
    width_reason,
    write_table,
)

Cells: TypeAlias = Mapping[str, str]
Columns: TypeAlias = tuple[str, ...]

AGENCIES, SERVICE_POINTS = "agencies.csv", "service_points.csv"
AGENCY_COLUMNS = ("code", "name", "short_name", "block", "parent_code", "valid_from", "valid_to", "successor_code")
SERVICE_POINT_COLUMNS = ("agency_code", "name", "code", "valid_from", "valid_to")
AGENCY_LENGTHS = {"code": 40, "name": 300, "short_name": 100, "block": 100}
SERVICE_POINT_LENGTHS = {"name": 200}
AGENCY_LINKS = ("parent_code", "successor_code")


@dataclass(frozen=True, slots=True)
class Registry:
    """What is measured and where. A service point whose code was left empty has the code "", to be made."""

    agencies: tuple[Agency, ...] = ()
    service_points: tuple[ServicePoint, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """One row by column name; `broken` says why its cells cannot be told apart, or nothing."""

    line: int
    cells: Cells
    broken: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One of the two files; with faults in its structure it has no rows."""

    name: str
    rows: tuple[_Row, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_registry(folder: Path, *, known_agencies: Set[str] = frozenset()) -> Registry:
    """Return the registry in the files of `folder`, in their order.

    `known_agencies` are the codes of agencies already held: parents, successors and service points may
    name them, and with them agencies.csv may be left out. Raises RefusedDataError with a Fault for every
    bad row; its `file` is the folder's name, and each reason begins with the name of the file.
    """
    agencies = _read_sheet(folder / AGENCIES, AGENCY_COLUMNS, needed=not known_agencies)
    points = _read_sheet(folder / SERVICE_POINTS, SERVICE_POINT_COLUMNS, optional=("code",), needed=not agencies.rows)
    _refuse_faults(folder, [*agencies.faults, *points.faults])
    known = known_agencies | {row.cells["code"] for row in agencies.rows}
    _refuse_faults(folder, [*_agency_faults(agencies, known), *_service_point_faults(points, known)])
    return Registry(
        tuple(_to_agency(row.cells) for row in agencies.rows),
        tuple(_to_service_point(row.cells) for row in points.rows),
    )


def write_registry(registry: Registry, folder: Path) -> None:
    """Write both files into `folder`, made when it is missing; `read_registry` gives the same registry back."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / AGENCIES, AGENCY_COLUMNS, _texts(registry.agencies, AGENCY_COLUMNS))
    write_table(folder / SERVICE_POINTS, SERVICE_POINT_COLUMNS, _texts(registry.service_points, SERVICE_POINT_COLUMNS))


def _texts(values: Iterable[Agency | ServicePoint], columns: Columns) -> Iterator[list[str]]:
    return ([str(getattr(value, column) or "") for column in columns] for value in values)


def _refuse_faults(folder: Path, faults: Sequence[Fault]) -> None:
    if faults:
        raise refusal(folder.resolve().name, faults)


def _read_sheet(path: Path, columns: Columns, *, optional: Columns = (), needed: bool) -> _Sheet:
    if not path.exists():
        faults = (Fault(1, f"{path.name}: there is no such file in the folder"),) if needed else ()
        return _Sheet(path.name, faults=faults)
    try:
        table = read_table(path.read_bytes(), name=path.name)
        required = [column for column in columns if column not in optional]
        wrong = "; ".join(header_reasons(table, required=required, optional=optional))
        faults = (Fault(table.line, f"{path.name}: {wrong}"),) if wrong else ()
        return _Sheet(path.name, () if wrong else tuple(_rows(table, columns)), faults)
    except RefusedDataError as refused:
        return _Sheet(path.name, faults=tuple(Fault(one.line, f"{path.name}: {one.reason}") for one in refused.faults))


def _rows(table: Table, columns: Columns) -> Iterator[_Row]:
    empty = dict.fromkeys(columns, "")
    for line, cells in table.rows:
        # What stands in the first cells is kept even of a broken row: an agency whose code is known
        # is not reported as unknown by everything that names it.
        named = dict(zip(table.columns, (" ".join(restored(cell).split()) for cell in cells), strict=False))
        yield _Row(line, empty | named, width_reason(table, cells))


def _faults(sheet: _Sheet, reasons: Callable[[_Row], Iterable[str]]) -> Iterator[Fault]:
    for row in sheet.rows:
        if wrong := row.broken or "; ".join(reasons(row)):
            yield Fault(row.line, f"{sheet.name}: {wrong}")


def _agency_faults(sheet: _Sheet, known: Set[str]) -> Iterator[Fault]:
    first = _first_lines((row.cells["code"], row.line) for row in sheet.rows)
    circles = {
        link: _codes_in_a_circle({row.cells["code"]: row.cells[link] for row in sheet.rows}) for link in AGENCY_LINKS
    }

    def reasons(row: _Row) -> Iterator[str]:
        code = row.cells["code"]
        yield from _text_reasons(row.cells, AGENCY_LENGTHS, needed=("code", "name"))
        yield from _agency_code_reasons(code)
        yield from _doubled_reasons(code, row.line, first)
        yield from _date_reasons(row.cells)
        for link in AGENCY_LINKS:
            yield from _unknown_reasons(row.cells, link, known)
            if code in circles[link]:
                yield f"{link} {row.cells[link]!r} leads back to {code!r}"

    return _faults(sheet, reasons)


def _service_point_faults(sheet: _Sheet, known: Set[str]) -> Iterator[Fault]:
    first = _first_lines((normalise_code(row.cells["code"]), row.line) for row in sheet.rows)

    def reasons(row: _Row) -> Iterator[str]:
        if row.cells["agency_code"]:
            yield from _unknown_reasons(row.cells, "agency_code", known)
        else:
            yield "agency_code is empty"
        yield from _text_reasons(row.cells, SERVICE_POINT_LENGTHS, needed=("name",))
        yield from _point_code_reasons(normalise_code(row.cells["code"]))
        yield from _doubled_reasons(normalise_code(row.cells["code"]), row.line, first)
        yield from _date_reasons(row.cells)

    return _faults(sheet, reasons)


def _first_lines(codes: Iterable[tuple[str, int]]) -> dict[str, int]:
    first: dict[str, int] = {}
    for code, line in codes:
        first.setdefault(code, line)
    return first


def _codes_in_a_circle(links: Mapping[str, str]) -> set[str]:
    return {code for code in links if code in _reached(code, links)}


def _reached(code: str, links: Mapping[str, str]) -> set[str]:
    reached: set[str] = set()
    while (code := links.get(code, "")) and code not in reached:
        reached.add(code)
    return reached


def _text_reasons(cells: Cells, lengths: Mapping[str, int], *, needed: Columns) -> Iterator[str]:
    for column, longest in lengths.items():
        text = cells[column]
        if column in needed and not text:
            yield f"{column} is empty"
        if len(text) > longest:
            yield f"{column} has {len(text)} characters, at most {longest} fit"
        if not text.isprintable():
            yield f"{column} holds an invisible character; type it anew"


def _agency_code_reasons(code: str) -> Iterator[str]:
    if code and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", code):
        yield f"code {code!r} may hold only letters without accents, digits, '.', '_' and '-': it stands in addresses"


def _point_code_reasons(code: str) -> Iterator[str]:
    if code and not is_code(code):
        yield (
            f"code {code!r} is mistyped: a code is {CODE_LENGTH} characters without 0, O, 1 and I, the last of which"
            " checks the others; leave the cell empty to have one made"
        )


def _doubled_reasons(code: str, line: int, first: Mapping[str, int]) -> Iterator[str]:
    if code and first[code] != line:
        yield f"code {code!r} already stands on line {first[code]}"


def _unknown_reasons(cells: Cells, column: str, known: Set[str]) -> Iterator[str]:
    if cells[column] and cells[column] not in known:
        yield f"{column} {cells[column]!r} names no agency"


def _date_reasons(cells: Cells) -> Iterator[str]:
    dates: dict[str, date | None] = {}
    for column in ("valid_from", "valid_to"):
        try:
            dates[column] = _to_date(cells[column])
        except ValueError as error:
            yield f"{column}: {error}"
    first, last = dates.get("valid_from"), dates.get("valid_to")
    if first and last and last < first:
        yield f"valid_to {last:%d/%m/%Y} lies before valid_from {first:%d/%m/%Y}"


def _to_date(cell: str) -> date | None:
    return read_date(cell) if cell else None


def _to_agency(cells: Cells) -> Agency:
    return Agency(
        code=cells["code"],
        name=cells["name"],
        short_name=cells["short_name"],
        block=cells["block"],
        parent_code=cells["parent_code"] or None,
        valid_from=_to_date(cells["valid_from"]),
        valid_to=_to_date(cells["valid_to"]),
        successor_code=cells["successor_code"] or None,
    )


def _to_service_point(cells: Cells) -> ServicePoint:
    return ServicePoint(
        code=normalise_code(cells["code"]),
        agency_code=cells["agency_code"],
        name=cells["name"],
        valid_from=_to_date(cells["valid_from"]),
        valid_to=_to_date(cells["valid_to"]),
    )
