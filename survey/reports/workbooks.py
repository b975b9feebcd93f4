"""Sheets of cells as XLSX workbooks, in constant memory; equal cells give equal bytes."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, TypeVar

from survey.errors import RefusedDataError, fault
from survey.formatting import spreadsheet_safe, to_nfc
from survey.wording import phrase

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

T = TypeVar("T")
# A decimal is a figure that keeps its places.
Cell: TypeAlias = str | float | Decimal | None
Target: TypeAlias = str | Path | BinaryIO

SHEET_ROWS = 1_048_575  # The 2**20 rows of a sheet, less the header.
# A workbook names the moment it was made. The first one a zip entry can name stands in its place, as in the zip itself.
NO_MOMENT = datetime(1980, 1, 1, tzinfo=UTC)

WIDTHS = {"agency": 42, "block": 22, "label": 48, "service_point": 42, "basis": 16, "notice": 22}
USUAL_WIDTH = 12


@contextmanager
def new_workbook(target: Target) -> Iterator["Workbook"]:
    """Hand out a workbook that is delivered to `target` when the block ends without an error."""
    # Asked for only where a workbook is written: few processes write one.
    from xlsxwriter import Workbook

    with TemporaryDirectory() as folder:
        path = Path(folder, "made.xlsx")
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        with Workbook(str(path), options) as workbook:
            workbook.set_properties({"created": NO_MOMENT})
            yield workbook
        _deliver(path, target)


def write_sheet(
    workbook: "Workbook", name: str, columns: Mapping[str, "Format | None"], rows: Iterable[Sequence[Cell]]
) -> None:
    """Write a sheet with a frozen header and a filter; `columns` gives each column's number format, if it has one.

    Raises RefusedDataError when there are more rows than a sheet has.
    """
    sheet = workbook.add_worksheet(name)
    for place, (column, number_format) in enumerate(columns.items()):
        sheet.set_column(place, place, WIDTHS.get(column, USUAL_WIDTH), number_format)
    sheet.write_row(0, 0, list(columns), workbook.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    quoted, last = workbook.add_format({"quote_prefix": True}), 0
    for last, row in enumerate(fitting_a_sheet(rows), 1):
        _write_row(sheet, last, row, quoted)
    sheet.autofilter(0, 0, last, len(columns) - 1)


def fitting_a_sheet(rows: Iterable[T]) -> Iterator[T]:
    """Yield `rows`; raises RefusedDataError at the first that a sheet has no room for."""
    for number, row in enumerate(rows, 1):
        if number > SHEET_ROWS:
            told = phrase("một trang tính XLSX chứa được 1.048.575 dòng, ở đây có nhiều hơn; hãy ghi dạng CSV")
            raise RefusedDataError("XLSX", [fault(number + 1, told)])
        yield row


def _deliver(made: Path, target: Target) -> None:
    if isinstance(target, (str, Path)):
        shutil.copyfile(made, target)
        return
    with made.open("rb") as content:
        shutil.copyfileobj(content, target)


def _write_row(sheet: "Worksheet", number: int, row: Sequence[Cell], quoted: "Format") -> None:
    """Write texts as texts and numbers as numbers; `quoted` keeps a text from becoming a formula when it is edited."""
    for place, cell in enumerate(row):
        if isinstance(cell, str) and cell:
            text = to_nfc(cell)
            sheet.write_string(number, place, text, quoted if spreadsheet_safe(text) != text else None)
        elif isinstance(cell, (int, float, Decimal)):
            sheet.write_number(number, place, cell)
