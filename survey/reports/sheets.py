"""One table of cells as each of the files people open: CSV for programs, CSV for Excel in Vietnamese, XLSX.

Excel splits a CSV file by the signs of its own language. Where the comma is the decimal sign it puts a whole line of a
CSV with commas into one cell, so beside each such file stands one with semicolons and decimal commas (`.vi.csv`),
and a workbook, which opens alike everywhere.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from survey.formatting import spreadsheet_safe, to_nfc
from survey.reports.streams import binary_bytes, text_bytes
from survey.reports.workbooks import Cell, Target, new_workbook, write_sheet

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """The signs between cells and before decimals."""

    delimiter: str
    decimal: str


PLAIN, VIETNAMESE = CsvStyle(",", "."), CsvStyle(";", ",")
STYLES: Mapping[str, CsvStyle] = MappingProxyType({"csv": PLAIN, "vi.csv": VIETNAMESE})
# By the ending of the file's name.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(STYLES, "text/csv"),
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
SHEET_LAYOUTS = tuple(KINDS)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A table to write; `decimals` says how many places a column of figures is shown with in a workbook."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    decimals: Mapping[str, int] = field(default_factory=dict)


def sheet_bytes(sheet: Sheet, layout: str) -> bytes:
    """Return a table in one of `SHEET_LAYOUTS`; raises RefusedDataError when a workbook cannot hold so many rows."""
    if layout in STYLES:
        return text_bytes(lambda stream: write_csv(sheet.columns, sheet.rows, stream, style=STYLES[layout]))
    return binary_bytes(lambda target: _write_workbook(sheet, target))


def write_sheet_file(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, layout: str, private: bool = False
) -> None:
    """Write a table into a file in one of `SHEET_LAYOUTS`, a CSV row by row; none stays half-written.

    A `private` file can be read by its owner alone.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.touch(mode=0o600 if private else 0o666)
        if layout in STYLES:
            with draft.open("w", encoding="utf-8", newline="") as file:
                write_csv(columns, rows, file, style=STYLES[layout])
        else:
            draft.write_bytes(sheet_bytes(Sheet(path.name.strip(".").split(".")[0][:31], columns, rows), layout))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_csv(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], stream: TextIO, *, style: CsvStyle = PLAIN
) -> None:
    """Write a CSV file with a byte order mark, figures unrounded, no cell that a spreadsheet would run as a formula.

    The stream is opened with `encoding="utf-8", newline=""`; one that meets a fault keeps the rows before it.
    """
    stream.write(BYTE_ORDER_MARK)
    write_csv_rows([columns], stream, style=style)
    write_csv_rows(rows, stream, style=style)


def write_csv_rows(rows: Iterable[Sequence[Cell]], stream: TextIO, *, style: CsvStyle = PLAIN) -> None:
    """Write rows alone, as `write_csv` does."""
    numbers = _number if style.decimal != "." else None
    csv.writer(stream, delimiter=style.delimiter).writerows(
        [
            csv_text(cell) if isinstance(cell, str) else cell if cell is None or numbers is None else numbers(cell)
            for cell in row
        ]
        for row in rows
    )


# A million responses hold the same few texts over and over.
@lru_cache(maxsize=4096)
def csv_text(text: str) -> str:
    """Return a text as a CSV file holds it: composed, and never a formula."""
    return spreadsheet_safe(to_nfc(text))


def two_places(figure: float | None) -> Decimal | None:
    """Return a figure that is written with two decimals.

    >>> two_places(6.5), two_places(None)
    (Decimal('6.50'), None)
    """
    return None if figure is None else Decimal(f"{figure:.2f}")


def _number(number: float | Decimal) -> str:
    return str(number).replace(".", ",")


def _write_workbook(sheet: Sheet, target: Target) -> None:
    with new_workbook(target) as workbook:
        wanted = set(sheet.decimals.values())
        looks = {places: workbook.add_format({"num_format": f"{0:.{places}f}"}) for places in wanted}
        columns = {name: looks.get(sheet.decimals.get(name, -1)) for name in sheet.columns}
        write_sheet(workbook, sheet.name, columns, sheet.rows)
