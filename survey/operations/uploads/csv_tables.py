"""The CSV files people keep in spreadsheets: reading them strictly, writing them safely.

Lines are numbered as a spreadsheet numbers its rows: comment lines, blank lines and the header count,
and a cell with a line break in it is still one row. The first line is 1.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from survey.errors import Fault, RefusedDataError
from survey.reports.sheets import STYLES, Sheet, sheet_bytes, write_csv
from survey.reports.workbooks import Cell

LISTED_FAULTS = 100
SAVE_AS = "in Excel choose File > Save As > «CSV UTF-8 (Comma delimited)» and load that file"


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A decoded file. `width` is the number of cells in its header; `rows` come with their line, not yet checked."""

    name: str
    line: int
    columns: tuple[str, ...]
    width: int
    rows: Iterator[tuple[int, list[str]]]


def read_table(data: bytes, *, name: str) -> CsvTable:
    """Return the header and the rows of a CSV file in UTF-8, in Unicode form NFC.

    Leading lines that start with `#` are comments and blank lines are passed over. The delimiter is the
    comma, or the semicolon that spreadsheets write where the comma is the decimal sign. Raises
    RefusedDataError when the bytes are not UTF-8 text, hold NUL, or have no header; going through `rows`
    raises it where quotation marks do not match.

    >>> table = read_table(b"# note\\ncode,name\\nSNV,\\"So Noi vu\\"\\n", name="agencies.csv")
    >>> table.line, table.columns, list(table.rows)
    (2, ('code', 'name'), [(3, ['SNV', 'So Noi vu'])])
    """
    records = _records(_decoded(data, name=name), name=name)
    for line, cells in records:
        if not cells[0].startswith("#"):
            columns = tuple(cell.strip() for cell in cells)
            return CsvTable(name, line, _without_padding(columns), len(cells), records)
    raise RefusedDataError(name, [Fault(1, "there is no header line")])


def header_reasons(table: CsvTable, *, required: Sequence[str], optional: Sequence[str] = ()) -> list[str]:
    """Return what is wrong with the column names of `table`: missing, unknown and doubled ones."""
    named = table.columns
    found = {
        "missing": [column for column in required if column not in named],
        "unknown": [column or "(no name)" for column in named if column not in (*required, *optional)],
        "doubled": sorted({column for column in named if named.count(column) > 1}),
    }
    wrong = [f"{what} columns: {', '.join(columns)}" for what, columns in found.items() if columns]
    return [*wrong, f"known columns are {', '.join((*required, *optional))}"] if wrong else []


def width_reason(table: CsvTable, cells: Sequence[str]) -> str:
    """Return what is wrong with the number of `cells` in a row, or nothing."""
    if len(cells) != table.width:
        return f"the row has {len(cells)} cells, the header has {table.width}"
    return "a cell stands beyond the last named column" if any(cells[len(table.columns) :]) else ""


def read_date(cell: str) -> date:
    """Return the date written as yyyy-mm-dd or dd/mm/yyyy; raises ValueError.

    >>> read_date("2025-07-01") == read_date("01/07/2025") == read_date("1/7/2025")
    True
    """
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", cell, re.ASCII):
        year, month, day = found.groups()
    elif found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", cell, re.ASCII):
        day, month, year = found.groups()
    else:
        raise ValueError(f"{cell!r} is not a date; write yyyy-mm-dd or dd/mm/yyyy")
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise ValueError(f"{cell!r} is not a date of the calendar") from error


def refusal(name: str, faults: Sequence[Fault]) -> RefusedDataError:
    """Return the error that refuses a file, listing the first hundred faults and counting the others."""
    listed, others = list(faults[:LISTED_FAULTS]), faults[LISTED_FAULTS:]
    if others:
        listed.append(Fault(others[0].line, f"and from here on {len(others)} more bad rows, not listed"))
    return RefusedDataError(name, listed)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, layout: str = "csv") -> None:
    """Write a file for people in one of `SHEET_LAYOUTS`, a CSV row by row, no cell of it a formula."""
    if layout in STYLES:
        with path.open("w", encoding="utf-8", newline="") as file:
            write_csv(columns, rows, file, style=STYLES[layout])
    else:
        path.write_bytes(sheet_bytes(Sheet(path.name.strip(".").split(".")[0][:31], columns, rows), layout))


def restored(cell: str) -> str:
    """Return the text `spreadsheet_safe` was given."""
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


def _decoded(data: bytes, *, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RefusedDataError(name, [Fault(line, f"this is not UTF-8 text; {SAVE_AS}")]) from error
    if "\0" in text:
        lines = (line for line, content in enumerate(text.split("\n"), 1) if "\0" in content)
        raise refusal(name, [Fault(line, f"the line holds a NUL byte; {SAVE_AS}") for line in lines])
    return unicodedata.normalize("NFC", text)


def _records(text: str, *, name: str) -> Iterator[tuple[int, list[str]]]:
    # A strict reader refuses a quotation mark that is never closed; a lenient one swallows the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 0
    try:
        for line, cells in enumerate(reader, 1):
            if any(cells):
                yield line, cells
    except csv.Error as error:
        reason = f"the line cannot be split into cells ({error}); check its quotation marks"
        raise RefusedDataError(name, [Fault(line + 1, reason)]) from error


def _delimiter(text: str) -> str:
    header = re.search(r'^(?!"?#)[^\r\n]+', text, re.MULTILINE)
    return ";" if header and ";" in header[0] and "," not in header[0] else ","


def _without_padding(columns: tuple[str, ...]) -> tuple[str, ...]:
    # A spreadsheet pads every row to the widest one, which may be a comment with commas in it.
    while columns and not columns[-1]:
        columns = columns[:-1]
    return columns
