"""The lines of a sheet of an XLSX workbook: nothing is run, nothing guessed, and all is bounded."""

import re
import warnings
from collections.abc import Iterator
from datetime import datetime, time
from io import BytesIO
from typing import Any, TypeAlias
from zipfile import ZipFile

from survey.formatting import to_nfc
from survey.operations.uploads.cells import RawCell, sheet_error
from survey.operations.uploads.xlsx_scan import UnreadableError, find_extent
from survey.watching.process import Fallback, fell_back
from survey.wording import phrase

XlsxLine: TypeAlias = tuple[int, list[RawCell]]

ZEROS = re.compile("0{2,30}")


def xlsx_lines(data: bytes, *, title: str, most_lines: int, most_cells: int) -> list[XlsxLine]:
    """Return the lines that hold something of the sheet called `title`, or of the first visible one.

    What stands beyond `most_cells` cells of a line is not read. Raises UnreadableError when this is no workbook, or
    one with merged cells or with something below line `most_lines`.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            extent = find_extent(archive, title=title, most_lines=most_lines)
        if extent.merged:
            reason = phrase("bảng có ô gộp ({cells}); hãy bỏ gộp ô để mỗi dòng đủ các ô", cells=extent.merged)
            raise UnreadableError(reason)
        return list(_lines(data, extent.title, extent.last, most_cells))
    except UnreadableError:
        raise
    except Exception as error:
        # A damaged or forged file can break anywhere within the library.
        fell_back(Fallback.WORKBOOK, error)
        reason = phrase("không đọc được tệp, có thể tệp bị hỏng; hãy mở tệp rồi lưu lại dạng .xlsx")
        raise UnreadableError(reason) from error


def _lines(data: bytes, title: str, last: int, most_cells: int) -> Iterator[XlsxLine]:
    # Asked for only where a workbook came: it weighs more than all else that counts an index.
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # The library warns of styles and extensions it leaves out; only cells matter here.
        warnings.simplefilter("ignore")
        workbook = load_workbook(BytesIO(data), read_only=True, keep_links=False)
        sheet = workbook[title]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(max_row=last, max_col=most_cells), 1):
            cells = [_raw(cell.value, cell) for cell in row]
            while cells and cells[-1] == "":
                del cells[-1]
            if cells:
                yield number, cells
        workbook.close()


def _raw(value: object, cell: Any) -> RawCell:  # noqa: ANN401
    if value is None:
        return ""
    if cell.data_type == "f":
        return phrase("ô chứa công thức; hãy chép rồi dán lại dạng giá trị (Paste values)")
    if cell.data_type == "e":
        return sheet_error(value)
    if isinstance(value, datetime):
        reason = phrase("ô có cả ngày và giờ; hãy ghi ngày/tháng/năm")
        return value.date() if value.time() == time() else reason
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return phrase("ô không phải là chữ, số hay ngày; hãy gõ lại")
    if isinstance(value, int) and value >= 0 and ZEROS.fullmatch(cell.number_format):
        # A code that is shown as 001 is 001, though the sheet keeps a 1.
        return f"{value:0{len(cell.number_format)}}"
    return to_nfc(value).strip() if isinstance(value, str) else value
