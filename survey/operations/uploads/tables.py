"""The one reader of tables that people bring: CSV or XLSX, by command or by page, held against a layout.

A table is told by what its bytes are, not by its name. What is wrong comes as faults with codes and values, the same
for either file, to be told in either language.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from survey.errors import RefusedDataError, fault
from survey.operations.uploads.cells import CellError, RawCell, as_text, canonical, in_cell, is_comment, wrong_text
from survey.operations.uploads.csv_lines import csv_lines, restored
from survey.operations.uploads.layouts import Places, TableColumn, TableLayout, heading_fault, places_of
from survey.operations.uploads.xlsx_lines import xlsx_lines
from survey.operations.uploads.xlsx_scan import UnreadableError, too_long
from survey.wording import Phrase, phrase

# Of what is uploaded to a page, which waits for it; a command has the time for as many as a sheet has.
MOST_ROWS, MOST_ROWS_OF_COMMANDS = 20_000, 1_000_000
MOST_COLUMNS = 50
ARCHIVE, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


RawLine: TypeAlias = tuple[int, Sequence[RawCell]]
Columns: TypeAlias = Sequence[tuple[TableColumn, int]]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its line and its cells by column, as text, a day as yyyy-mm-dd; and what is wrong with them.

    The cells of a `broken` row cannot be told apart or read, so no other rule can be held against them.
    """

    line: int
    cells: Mapping[str, str]
    faults: tuple[Phrase, ...] = ()
    broken: bool = False


@dataclass(frozen=True, slots=True)
class BroughtTable:
    """A table: the line of its headings, the columns of the layout it has, and its rows that hold something."""

    name: str
    line: int
    columns: frozenset[str]
    rows: tuple[TableRow, ...]


class TableLines(NamedTuple):
    """The headings of a table, how many cells they fill, and the lines below, comments and blank lines left out."""

    line: int
    headings: tuple[str, ...]
    width: int
    below: Iterator[RawLine]


def read_table(data: bytes, layout: TableLayout, *, name: str, most_rows: int = MOST_ROWS) -> BroughtTable:
    """Return the table in a CSV or XLSX file; of a workbook the sheet of the layout's title, or the first visible one.

    Lines whose first cell starts with `#` are comments. Texts are composed (NFC), and a CSV cell that was kept from
    being a formula gets its text back. Raises RefusedDataError when this is no table, one without the columns of the
    layout, with merged cells, or with more than `most_rows` rows; what is wrong with a row stands by the row.
    """
    try:
        if data.startswith(OLD_OFFICE):
            reason = phrase(
                "đây là tệp .xls hoặc tệp có mật khẩu; hãy mở tệp rồi lưu lại dạng .xlsx, không đặt mật khẩu"
            )
            raise UnreadableError(reason)
        archived = data.startswith(ARCHIVE)
        lines = _of_workbook(data, layout.title, most_rows, name) if archived else read_csv(data, name=name)
        # A file that cannot be read to its end is not asked for its columns.
        below = list(_bounded(lines.below if layout.others else _narrow(lines.below), most_rows + 1))
    except UnreadableError as unreadable:
        raise RefusedDataError(name, [fault(1, unreadable.told)]) from unreadable
    if wrong := heading_fault(layout, lines.headings[: MOST_COLUMNS + 1], lines.line):
        raise RefusedDataError(name, [wrong])
    rows = tuple(_rows(lines._replace(below=iter(below)), layout, archived=archived))
    if layout.filled and not rows:
        raise RefusedDataError(name, [fault(lines.line, phrase("tệp không có dòng nào sau tiêu đề"))])
    return BroughtTable(name, lines.line, frozenset(places_of(layout, lines.headings)), rows)


def read_csv(data: bytes, *, name: str) -> TableLines:
    """Return the lines of a CSV file; raises RefusedDataError where it is none, or has no headings."""
    return _parted(csv_lines(data, name=name), name)


def _narrow(lines: Iterator[RawLine]) -> Iterator[RawLine]:
    """Refuse a table at its first line that has something beyond the columns it may have."""
    for line, cells in lines:
        if any(cells[MOST_COLUMNS:]):
            reason = phrase("bảng có nhiều hơn {most} cột; hãy chỉ giữ lại các cột cần nhập", most=MOST_COLUMNS)
            raise UnreadableError(reason)
        yield line, cells


def _of_workbook(data: bytes, title: str, most_rows: int, name: str) -> TableLines:
    return _parted(iter(xlsx_lines(data, title=title, most_lines=most_rows + 1, most_cells=MOST_COLUMNS + 1)), name)


def _parted(lines: Iterator[RawLine], name: str) -> TableLines:
    spoken = ((line, cells) for line, cells in lines if not is_comment(cells[0]))
    for line, cells in spoken:
        headings = ["" if isinstance(cell, Phrase) else " ".join(str(cell).split()) for cell in cells]
        # A spreadsheet pads every row to the widest one, which may be a comment with commas in it.
        while headings and not headings[-1]:
            headings.pop()
        return TableLines(line, tuple(headings), len(cells), spoken)
    raise RefusedDataError(name, [fault(1, phrase("tệp trống: không có dòng tiêu đề"))])


def width_fault(lines: TableLines, cells: Sequence[RawCell]) -> Phrase | None:
    """Return what is wrong with the number of cells in a row of a CSV file, or nothing."""
    if len(cells) != lines.width:
        return phrase(
            "dòng có {cells} ô, dòng tiêu đề có {width}; xem lại dấu phân cách", cells=len(cells), width=lines.width
        )
    return beyond() if any(cells[len(lines.headings) :]) else None


def beyond() -> Phrase:
    """Return that something stands where no column is."""
    return phrase("có ô nằm ngoài các cột có tên; xem lại dấu phân cách, hoặc xóa ô đó")


def _bounded(lines: Iterator[RawLine], most_lines: int) -> Iterator[RawLine]:
    for line, cells in lines:
        if line > most_lines:
            raise UnreadableError(too_long(most_lines))
        yield line, cells


def _rows(lines: TableLines, layout: TableLayout, *, archived: bool) -> Iterator[TableRow]:
    places = places_of(layout, lines.headings)
    columns = [(layout.column(name), place) for name, place in places.items()]
    empty = dict.fromkeys(layout.columns, "")
    for line, cells in lines.below:
        given = _padded(cells, lines.width) if archived else [restored(str(cell)).strip() for cell in cells]
        if all(cell == "" for cell in given):
            continue
        wrong = None if archived else width_fault(lines, given)
        if wrong is None and not layout.others and _is_beyond(given, places):
            wrong = beyond()
        yield _row(line, given, columns, empty) if wrong is None else _broken(line, given, columns, empty, wrong)


def _padded(cells: Sequence[RawCell], width: int) -> Sequence[RawCell]:
    """Give a line as many cells as the headings have: a sheet does not keep blank cells at the end."""
    return [*cells, *[""] * (width - len(cells))]


def _is_beyond(cells: Sequence[RawCell], places: Places) -> bool:
    """Tell whether something stands where no column is."""
    return len(cells) > len(places) and any(
        cell != "" for place, cell in enumerate(cells) if place not in places.values()
    )


def _row(line: int, cells: Sequence[RawCell], columns: Columns, empty: Mapping[str, str]) -> TableRow:
    texts, wrong, broken = dict(empty), list[Phrase](), False
    for column, place in columns:
        try:
            text = texts[column.name] = as_text(cells[place], column)
        except CellError as odd:
            wrong.append(in_cell(column, odd.told))
            broken = True
        else:
            wrong += wrong_text(text, column)
    if not wrong:
        texts |= {column.name: canonical(texts[column.name], column) for column, _ in columns}
    return TableRow(line, texts, tuple(wrong), broken)


def _broken(line: int, cells: Sequence[RawCell], columns: Columns, empty: Mapping[str, str], wrong: Phrase) -> TableRow:
    """Return a row whose cells cannot be told apart, with what stands in the first ones.

    An agency whose code is known so far is not reported as unknown by everything that names it.
    """
    texts = {column.name: str(cells[place]).strip() for column, place in columns if place < len(cells)}
    return TableRow(line, {**empty, **texts}, (wrong,), broken=True)
