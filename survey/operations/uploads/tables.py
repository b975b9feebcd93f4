"""The one reader of tables that people bring: CSV or XLSX, by command or by page, held against a layout.

A table is told by what its bytes are, not by its name. What is wrong comes as faults with codes and values, the same
for either file, to be told in either language.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

from survey.errors import Fault, RefusedDataError, fault
from survey.operations.uploads.cells import CellError, RawCell, as_text, canonical, in_cell, is_comment, wrong_text
from survey.operations.uploads.csv_lines import csv_lines, refusal, restored
from survey.operations.uploads.layouts import TableColumn, TableLayout, heading_fault, heading_notes, places_of
from survey.operations.uploads.xlsx_lines import SheetLines, SheetWish, UnclearSheetError, xlsx_lines
from survey.operations.uploads.xlsx_scan import UnreadableError, too_long
from survey.wording import Phrase, phrase

# Of what is uploaded to a page, which waits for it; a command has the time for as many as a sheet has.
MOST_ROWS, MOST_ROWS_OF_COMMANDS = 20_000, 1_000_000
MOST_COLUMNS = 50
# The lines among which the headings are looked for, and how many merged cells are named.
HEAD_LINES, LISTED_MERGES = 20, 5
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
    """A table: the line of its headings, the columns of the layout it has, and its rows that hold something.

    `notes` say what was made of what is not quite as the layout has it: to be told before anything is stored. `hidden`
    lines of a workbook are out of sight.
    """

    name: str
    line: int
    columns: frozenset[str]
    rows: tuple[TableRow, ...]
    notes: tuple[Phrase, ...] = ()
    hidden: int = 0


class TableLines(NamedTuple):
    """The headings of a table, how many cells they fill, and the lines below, comments and blank lines left out.

    `above` lines stand over the headings: titles. `sheet` is what else is known of one in a workbook.
    """

    line: int
    headings: tuple[str, ...]
    width: int
    below: Iterator[RawLine]
    above: int = 0
    sheet: SheetLines | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: the sheet of a workbook that somebody named, and whether by what people mean.

    A `lenient` reading passes over columns that are unknown or left out, and says so: for tables people make, where
    somebody looks at what will change before it does. What programs send has the columns of the layout.
    """

    sheet: str = ""
    lenient: bool = False


STRICT = Reading()


def read_table(
    data: bytes, layout: TableLayout, *, name: str, most_rows: int = MOST_ROWS, reading: Reading = STRICT
) -> BroughtTable:
    """Return the table in a CSV or XLSX file; of a workbook the sheet that is named, or the one that is meant.

    The headings may stand below titles. Lines whose first cell starts with `#` are comments. Texts are composed (NFC),
    and a CSV cell that was kept from being a formula gets its text back. Raises RefusedDataError, with all that is
    wrong, when this is no table, one without the columns of the layout, with cells merged sideways, or with more than
    `most_rows` rows; a lenient reading raises UnclearSheetError when a sheet must be named. What is wrong with the rows
    of any other stands by the row.
    """
    try:
        lines = _lines_of(data, layout, name, most_rows, reading)
        # A file that cannot be read to its end is not asked for its columns.
        below = list(_bounded(lines.below if layout.others else _narrow(lines.below), most_rows + 1))
    except UnreadableError as unreadable:
        if reading.lenient and isinstance(unreadable, UnclearSheetError):
            raise
        raise RefusedDataError(name, [fault(1, unreadable.told)]) from unreadable
    headings = lines.headings[: MOST_COLUMNS + 1]
    below = below[_repeats(layout, headings, below) :]
    wrong = [*_faults_of_table(lines, headings, layout, lenient=reading.lenient)]
    rows = tuple(_rows(lines._replace(below=iter(below)), layout, lenient=reading.lenient))
    if wrong:
        are_rows = reading.lenient and len(places_of(layout, headings)) > 1
        raise refusal(name, [*wrong, *(Fault(row.line, row.faults) for row in rows if row.faults and are_rows)])
    if layout.filled and not rows:
        raise RefusedDataError(name, [fault(lines.line, phrase("tệp không có dòng nào sau tiêu đề"))])
    notes = tuple(_notes(lines, headings, layout, reading))
    columns = frozenset(places_of(layout, lines.headings))
    return BroughtTable(name, lines.line, columns, rows, notes, _hidden(lines))


def _lines_of(data: bytes, layout: TableLayout, name: str, most_rows: int, reading: Reading) -> TableLines:
    if data.startswith(OLD_OFFICE):
        reason = phrase("đây là tệp .xls hoặc tệp có mật khẩu; hãy mở tệp rồi lưu lại dạng .xlsx, không đặt mật khẩu")
        raise UnreadableError(reason)
    if not data.startswith(ARCHIVE):
        return _parted(csv_lines(data, name=name), name, layout)
    wish = SheetWish(layout.title, reading.sheet, partial(_has_headings, layout))
    sheet = xlsx_lines(data, wish, most_lines=most_rows + 1, most_cells=MOST_COLUMNS + 1)
    return _parted(iter(sheet.lines), name, layout)._replace(sheet=sheet)


def _has_headings(layout: TableLayout, lines: Sequence[RawLine]) -> bool:
    """Tell whether the first lines of a sheet have all headings that must not be left out."""
    needed = {column.name for column in layout.fields if column.needed}
    return any(needed and needed <= set(places_of(layout, _texts(cells))) for _, cells in lines)


def _faults_of_table(
    lines: TableLines, headings: Sequence[str], layout: TableLayout, *, lenient: bool
) -> Iterator[Fault]:
    if wrong := heading_fault(layout, headings, lines.line, lenient=lenient):
        yield wrong
    merged = [(line, cells) for line, cells in lines.sheet.wide if line > lines.line] if lines.sheet else []
    if merged:
        listed = [cells for _, cells in merged[:LISTED_MERGES]]
        reason = phrase("bảng có ô gộp ({cells}); hãy bỏ gộp ô để mỗi dòng đủ các ô", cells=listed)
        yield fault(merged[0][0], reason)


def _notes(lines: TableLines, headings: Sequence[str], layout: TableLayout, reading: Reading) -> Iterator[Phrase]:
    """Yield what whoever brings a table should know of how it was read."""
    if lines.above:
        yield phrase("dòng tiêu đề là dòng {line}; {count} dòng ở trên được bỏ qua", line=lines.line, count=lines.above)
    if reading.lenient:
        yield from heading_notes(layout, headings)
    if (sheet := lines.sheet) is None:
        return
    if sheet.others:
        yield phrase(
            "đã đọc trang tính “{sheet}”; không đọc các trang tính khác: {others}",
            sheet=sheet.title,
            others=sheet.others,
        )
    if sheet.filled:
        yield phrase("ô gộp dọc được hiểu là mọi dòng trong ô gộp có cùng nội dung")
    if hidden := _hidden(lines):
        yield phrase("{count} dòng đang bị ẩn trong bảng tính (do lọc) cũng được đọc", count=hidden)


def _hidden(lines: TableLines) -> int:
    return sum(line > lines.line for line in lines.sheet.hidden) if lines.sheet else 0


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


def _parted(lines: Iterator[RawLine], name: str, layout: TableLayout | None = None) -> TableLines:
    """Part the headings from the lines below: the first line, or the one of the first that has most headings."""
    spoken = ((line, cells) for line, cells in lines if not is_comment(cells[0]))
    head = list(islice(spoken, HEAD_LINES if layout else 1))
    if not head:
        raise RefusedDataError(name, [fault(1, phrase("tệp trống: không có dòng tiêu đề"))])
    known = [len(places_of(layout, _texts(cells))) if layout else 0 for _, cells in head]
    # One heading may stand in a title by chance.
    above = known.index(max(known)) if max(known) > 1 else 0
    line, cells = head[above]
    return TableLines(line, _texts(cells), len(cells), chain(head[above + 1 :], spoken), above)


def _texts(cells: Sequence[RawCell]) -> tuple[str, ...]:
    headings = ["" if isinstance(cell, Phrase) else " ".join(str(cell).split()) for cell in cells]
    # A spreadsheet pads every row to the widest one, which may be a comment with commas in it.
    while headings and not headings[-1]:
        headings.pop()
    return tuple(headings)


def _repeats(layout: TableLayout, headings: Sequence[str], below: Sequence[RawLine]) -> int:
    """Return how many lines below the headings belong to them: the same again, or the numbers of the columns."""
    count = 0
    for _, cells in below[:2]:
        texts = [text for text in _texts(cells) if text]
        numbered = [text.strip("()") for text in texts] == [str(number) for number in range(1, len(texts) + 1)]
        if not (numbered and len(texts) > 2) and layout.find(texts) != layout.find([text for text in headings if text]):
            return count
        count += 1
    return count


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


def _rows(lines: TableLines, layout: TableLayout, *, lenient: bool) -> Iterator[TableRow]:
    places, archived = places_of(layout, lines.headings), lines.sheet is not None
    # What stands under a heading of its own is passed over by a lenient reading; what stands under none is a slip.
    own = set(places.values()) | ({at for at, text in enumerate(lines.headings) if text} if lenient else set())
    columns = [(layout.column(name), place) for name, place in places.items()]
    empty = dict.fromkeys(layout.columns, "")
    for line, cells in lines.below:
        given = _padded(cells, lines.width) if archived else [restored(str(cell)).strip() for cell in cells]
        if all(cell == "" for cell in given):
            continue
        wrong = None if archived else width_fault(lines, given)
        if wrong is None and not layout.others and _is_beyond(given, own):
            wrong = beyond()
        yield _row(line, given, columns, empty) if wrong is None else _broken(line, given, columns, empty, wrong)


def _padded(cells: Sequence[RawCell], width: int) -> Sequence[RawCell]:
    """Give a line as many cells as the headings have: a sheet does not keep blank cells at the end."""
    return [*cells, *[""] * (width - len(cells))]


def _is_beyond(cells: Sequence[RawCell], own: Set[int]) -> bool:
    """Tell whether something stands where no column is."""
    return len(cells) > len(own) and any(cell != "" for place, cell in enumerate(cells) if place not in own)


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
