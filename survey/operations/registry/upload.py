"""Agencies and service points out of spreadsheets people upload, kept between the preview and the change."""

from collections.abc import Sequence

from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS, RegistrySheet
from survey.operations.uploads.apart import read_table
from survey.operations.uploads.layouts import TableLayout
from survey.operations.uploads.previews import Rows
from survey.operations.uploads.tables import TableRow


def read_upload(data: bytes, layout: TableLayout, *, name: str) -> RegistrySheet:
    """Return the rows of one table in an XLSX or CSV file, not yet held against the rules of a registry.

    Raises RefusedDataError when this is no such table.
    """
    return RegistrySheet(layout, read_table(data, layout, name=name).rows)


def rows_of(sheets: Sequence[RegistrySheet]) -> list[Rows]:
    """Return the rows of the two tables as they are kept between the preview and the change."""
    return [[(row.line, row.cells) for row in sheet.rows] for sheet in sheets]


def sheets_of(tables: Sequence[Rows]) -> tuple[RegistrySheet, RegistrySheet]:
    """Return the two tables that `rows_of` took apart; only rows without faults are kept."""
    agencies, points = (tuple(TableRow(line, cells) for line, cells in rows) for rows in tables)
    return RegistrySheet(AGENCIES, agencies), RegistrySheet(SERVICE_POINTS, points)
