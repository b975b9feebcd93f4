"""The lines of a CSV file, numbered as a spreadsheet numbers its rows.

Comment lines, blank lines and the header count, and a cell with a line break in it is still one row. The first line
is 1.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from survey.errors import Fault, RefusedDataError, fault
from survey.formatting import to_nfc
from survey.wording import phrase

CsvLine: TypeAlias = tuple[int, list[str]]
LISTED_FAULTS = 100


def csv_lines(data: bytes, *, name: str) -> Iterator[CsvLine]:
    r"""Yield the lines of a CSV file in UTF-8 that have something in them, in Unicode form NFC, as they come.

    The delimiter is the comma, or the semicolon that spreadsheets write where the comma is the decimal sign. Raises
    RefusedDataError when the bytes are not UTF-8 text or hold NUL, and where quotation marks do not match.

    >>> list(csv_lines(b"# note\ncode,name\nSNV,\"So Noi vu\"\n", name="agencies.csv"))
    [(1, ['# note']), (2, ['code', 'name']), (3, ['SNV', 'So Noi vu'])]
    """
    return _records(_decoded(data, name=name), name=name)


def refusal(name: str, faults: Sequence[Fault]) -> RefusedDataError:
    """Return the error that refuses a file, listing the first hundred faults and counting the others."""
    listed, others = [*faults[:LISTED_FAULTS]], faults[LISTED_FAULTS:]
    if others:
        told = phrase("và từ đây trở đi còn {count} dòng sai nữa, không liệt kê", count=len(others))
        listed.append(fault(others[0].line, told))
    return RefusedDataError(name, listed)


def restored(cell: str) -> str:
    """Return the text `spreadsheet_safe` was given."""
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


def _decoded(data: bytes, *, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = phrase("đây không phải là bảng tính .xlsx hay tệp .csv mã UTF-8; hãy mở tệp rồi lưu lại dạng .xlsx")
        raise RefusedDataError(name, [fault(data[: error.start].count(b"\n") + 1, reason)]) from error
    if "\0" in text:
        reason = phrase("dòng có ký tự NUL nên không phải là tệp .csv mã UTF-8; hãy mở tệp rồi lưu lại dạng .xlsx")
        lines = (line for line, content in enumerate(text.split("\n"), 1) if "\0" in content)
        raise refusal(name, [fault(line, reason) for line in lines])
    return to_nfc(text)


def _records(text: str, *, name: str) -> Iterator[CsvLine]:
    # A strict reader refuses a quotation mark that is never closed; a lenient one swallows the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 0
    try:
        for line, cells in enumerate(reader, 1):
            if any(cells):
                yield line, cells
    except csv.Error as error:
        reason = phrase("không tách được dòng thành các ô ({error}); xem lại dấu ngoặc kép", error=error)
        raise RefusedDataError(name, [fault(line + 1, reason)]) from error


def _delimiter(text: str) -> str:
    header = re.search(r'^(?![^\S\r\n]*(?:"[^\S\r\n]*)?#)[^\r\n]+', text, re.MULTILINE)
    return ";" if header and ";" in header[0] and "," not in header[0] else ","
