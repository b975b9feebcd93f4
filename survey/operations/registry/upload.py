"""Agencies and service points out of spreadsheets people upload, kept between the preview and the change."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from survey.fieldwork import Agency, ServicePoint, normalise_code
from survey.operations.registry.changes import RegistryHeld, by_name, same_name
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS, Cells, RegistrySheet
from survey.operations.uploads.apart import read_table
from survey.operations.uploads.layouts import TableLayout
from survey.operations.uploads.previews import Rows
from survey.operations.uploads.tables import MOST_ROWS, MOST_ROWS_OF_COMMANDS, Reading, TableRow


def read_upload(data: bytes, layout: TableLayout, *, name: str, sheet: str = "") -> RegistrySheet:
    """Return the rows of one table in an XLSX or CSV file, not yet held against the rules of a registry.

    Raises RefusedDataError when this is no such table, UnclearSheetError when a `sheet` must be named.
    """
    return sheet_of(data, layout, name, Reading(sheet, lenient=True), most_rows=MOST_ROWS)


def sheet_of(
    data: bytes, layout: TableLayout, name: str, reading: Reading, *, most_rows: int = MOST_ROWS_OF_COMMANDS
) -> RegistrySheet:
    """Return the rows of one table, read as `read_table` does; raises what it raises."""
    table = read_table(data, layout, name=name, most_rows=most_rows, reading=reading)
    return RegistrySheet(layout, tuple(_given(row, table.columns) for row in table.rows), notes=table.notes)


def _given(row: TableRow, columns: frozenset[str]) -> TableRow:
    return replace(row, cells={name: text for name, text in row.cells.items() if name in columns})


def completed(sheets: tuple[RegistrySheet, RegistrySheet], held: RegistryHeld) -> tuple[RegistrySheet, RegistrySheet]:
    """Return the two tables with every cell: of columns that were left out, what is held, nothing for a new row."""
    names = by_name(held)

    def meant(cells: Cells) -> ServicePoint | None:
        code = normalise_code(cells.get("code", ""))
        alike = same_name(ServicePoint("", cells["agency_code"], cells["name"]), names) if not code else ()
        return held.points.get(code) or (alike[0] if len(alike) == 1 else None)

    agencies, points = sheets
    return _with_cells(agencies, lambda cells: held.agencies.get(cells["code"])), _with_cells(points, meant)


def _with_cells(sheet: RegistrySheet, meant: Callable[[Cells], Agency | ServicePoint | None]) -> RegistrySheet:
    absent = [name for name in sheet.layout.columns if any(name not in row.cells for row in sheet.rows)]
    if not absent:
        return sheet
    return replace(sheet, rows=tuple(_completed(row, absent, meant(row.cells)) for row in sheet.rows))


def _completed(row: TableRow, absent: Sequence[str], own: Agency | ServicePoint | None) -> TableRow:
    # A service point that is meant by its name keeps the code it is found by; nobody wrote it down.
    kept = {name: _text(own, name) if name != "code" else "" for name in absent}
    return replace(row, cells={**kept, **row.cells})


def _text(own: Agency | ServicePoint | None, name: str) -> str:
    value: str | date | None = getattr(own, name, None)
    return value.isoformat() if isinstance(value, date) else value or ""


def rows_of(sheets: Sequence[RegistrySheet]) -> list[Rows]:
    """Return the rows of the two tables as they are kept between the preview and the change."""
    return [[(row.line, row.cells) for row in sheet.rows] for sheet in sheets]


def sheets_of(tables: Sequence[Rows]) -> tuple[RegistrySheet, RegistrySheet]:
    """Return the two tables that `rows_of` took apart; only rows without faults are kept."""
    agencies, points = (tuple(TableRow(line, cells) for line, cells in rows) for rows in tables)
    return RegistrySheet(AGENCIES, agencies), RegistrySheet(SERVICE_POINTS, points)
