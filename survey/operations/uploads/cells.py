"""What a cell of a table holds: as text, whichever file it comes from, and held against what its column may hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from survey.formatting import LIKE_D
from survey.operations.uploads.layouts import CellKind, TableColumn
from survey.typed.cleaning import BLANKS, is_seen
from survey.wording import Phrase, phrase

# A phrase stands for a cell whose content is not taken, and says why.
RawCell: TypeAlias = str | int | float | date | Phrase

# Numbers above it are written by programs that count in floating point, and lose digits.
EXACT = 10**15
# A decimal comma or point; three digits behind it could be thousands, so they are refused.
AMOUNT = re.compile(r"[0-9]{1,12}([.,][0-9]{1,2}|[.,][0-9]{4,10})?")
WHOLE = re.compile(r"[0-9]{1,10}")


# What spreadsheets show instead of a value they could not work out; in a CSV file it is text.
SHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)


class CellError(ValueError):
    """A cell does not hold what it should."""

    def __init__(self, told: Phrase) -> None:
        super().__init__(str(told))
        self.told = told


@lru_cache(maxsize=4096)
def read_date(cell: str) -> date:
    """Return the date written as yyyy-mm-dd or dd/mm/yyyy; raises CellError, which is a ValueError.

    >>> read_date("2025-07-01") == read_date("01/07/2025") == read_date("1/7/2025")
    True
    """
    if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", cell, re.ASCII):
        year, month, day = match.groups()
    elif match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", cell, re.ASCII):
        day, month, year = match.groups()
    else:
        raise CellError(phrase("“{cell}” không phải là ngày; hãy ghi ngày/tháng/năm, ví dụ 01/07/2025", cell=cell))
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise CellError(phrase("“{cell}” không phải là ngày có trong lịch", cell=cell)) from error


def in_cell(column: TableColumn, told: Phrase) -> Phrase:
    """Return what is wrong with a cell, naming its column."""
    return phrase("ô {column}: {told}", column=column, told=told)


def empty_cell(column: TableColumn) -> Phrase:
    """Return that a cell that must be filled in is empty."""
    return phrase("ô {column} còn trống", column=column)


def sheet_error(value: object) -> Phrase:
    """Return that a cell holds an error of the spreadsheet."""
    return phrase("ô báo lỗi {value} của bảng tính", value=value)


def is_comment(cell: RawCell) -> bool:
    """Tell whether a line whose first cell this is is a comment."""
    return isinstance(cell, str) and cell.strip().startswith("#") and cell.strip() not in SHEET_ERRORS


def as_text(cell: RawCell, column: TableColumn) -> str:
    """Return a cell as text, a day as yyyy-mm-dd; raises CellError for what is no text, number or day in its place."""
    if isinstance(cell, str):
        if cell.strip() in SHEET_ERRORS:
            raise CellError(sheet_error(cell.strip()))
        if not is_seen(cell):
            return ""
        return " ".join(cell.translate(LIKE_D).split()) if column.kind is CellKind.TEXT else cell.strip()
    if isinstance(cell, Phrase):
        raise CellError(cell)
    if isinstance(cell, date):
        if column.kind is CellKind.DAY:
            return cell.isoformat()
        raise CellError(phrase("“{cell}” là ngày, ở đây cần chữ; hãy định dạng ô là văn bản rồi gõ lại", cell=cell))
    return _number_as_text(cell, column.kind)


def _number_as_text(cell: float, kind: CellKind) -> str:
    whole = isinstance(cell, int) or cell.is_integer()
    if kind is CellKind.DAY:
        raise CellError(phrase("số “{cell}” không rõ là ngày nào; hãy ghi ngày/tháng/năm, ví dụ 01/07/2025", cell=cell))
    if kind in (CellKind.TEXT, CellKind.CODE) and not (whole and abs(cell) < EXACT):
        reason = phrase("số “{cell}” không phải là chữ; hãy định dạng ô là văn bản rồi gõ lại", cell=cell)
        raise CellError(reason)
    return str(int(cell)) if whole else str(cell)


def wrong_text(text: str, column: TableColumn) -> Iterator[Phrase]:
    """Yield what is wrong with the text of a cell: it is empty, too long, no day, no number."""
    if text:
        yield from RULES[column.kind](text, column)
    elif column.needed:
        yield empty_cell(column)


def canonical(text: str, column: TableColumn) -> str:
    """Return the text of a cell that is right as everybody writes it: a day as yyyy-mm-dd, a number without zeros."""
    if column.kind is CellKind.DAY and text:
        return read_date(text).isoformat()
    return str(int(text)) if column.kind is CellKind.WHOLE and text else text


def _wrong_day(text: str, column: TableColumn) -> Iterator[Phrase]:
    try:
        read_date(text)
    except CellError as wrong:
        yield in_cell(column, wrong.told)


def _wrong_whole(text: str, column: TableColumn) -> Iterator[Phrase]:
    """A point or a comma could part thousands or decimals, so neither is guessed at."""
    if WHOLE.fullmatch(text) and column.least <= int(text) <= column.most:
        return
    if column.least:
        reason = phrase("“{cell}” không phải là số nguyên lớn hơn 0, viết không có dấu ngăn cách", cell=text)
    else:
        reason = phrase(
            "“{cell}” không phải là số nguyên từ 0 đến {most}, viết không có dấu ngăn cách", cell=text, most=column.most
        )
    yield in_cell(column, reason)


def _wrong_amount(text: str, column: TableColumn) -> Iterator[Phrase]:
    if not AMOUNT.fullmatch(text):
        yield in_cell(column, phrase("“{cell}” không phải là số, viết không có dấu ngăn cách nghìn", cell=text))


def _wrong_letters(text: str, column: TableColumn) -> Iterator[Phrase]:
    longest = column.longest
    if longest is None:
        return
    if len(text) > longest:
        yield phrase(
            "ô {column} dài {length} ký tự, tối đa {longest}", column=column, length=len(text), longest=longest
        )
    if not text.isprintable() or any(blank in text for blank in BLANKS):
        yield phrase("ô {column} có ký tự không nhìn thấy được; hãy gõ lại", column=column)


RULES: Mapping[CellKind, Callable[[str, TableColumn], Iterator[Phrase]]] = {
    CellKind.TEXT: _wrong_letters,
    CellKind.CODE: _wrong_letters,
    CellKind.DAY: _wrong_day,
    CellKind.WHOLE: _wrong_whole,
    CellKind.AMOUNT: _wrong_amount,
}
