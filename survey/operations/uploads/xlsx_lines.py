"""The lines of a sheet of an XLSX workbook: nothing is run, nothing guessed, and all is bounded."""

import re
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from io import BytesIO
from typing import Any, TypeAlias
from zipfile import ZipFile

from survey.formatting import fold, to_nfc
from survey.operations.uploads.cells import RawCell, ShownNumber, sheet_error
from survey.operations.uploads.number_formats import shown_as
from survey.operations.uploads.xlsx_scan import UnreadableError, find_extent, visible_sheets
from survey.watching.process import Fallback, fell_back
from survey.wording import phrase

XlsxLine: TypeAlias = tuple[int, list[RawCell]]

# Of each sheet of a workbook, when nothing else tells which of them counts.
MOST_SHEETS, HEAD_LINES = 20, 30
_CELLS = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class SheetWish:
    """Which sheet counts: the one somebody named, else the one with the `title` of the layout, else one that `fits`.

    `fits` tells of the first lines of a sheet whether they have the headings that are looked for.
    """

    title: str
    named: str
    fits: Callable[[Sequence[XlsxLine]], bool]


@dataclass(frozen=True, slots=True)
class SheetLines:
    """The lines of a sheet that hold something, those that are hidden, and what was merged.

    A cell that is merged with those below it stands in each of them (`filled` says that there are such); `wide` are
    those merged sideways. `others` are the sheets that were not read.
    """

    title: str
    lines: Sequence[XlsxLine]
    hidden: tuple[int, ...]
    wide: tuple[tuple[int, str], ...]
    filled: bool
    others: tuple[str, ...]


class UnclearSheetError(UnreadableError):
    """Several sheets of a workbook may be meant, and nobody named one of them."""

    def __init__(self, titles: Sequence[str]) -> None:
        reason = phrase(
            "tệp có nhiều trang tính có thể là bảng này ({titles}); hãy chọn trang tính cần nhập", titles=[*titles]
        )
        super().__init__(reason)
        self.titles = tuple(titles)


def xlsx_lines(data: bytes, wish: SheetWish, *, most_lines: int, most_cells: int) -> SheetLines:
    """Return the lines of the sheet that counts.

    What stands beyond `most_cells` cells of a line is not read. Raises UnreadableError when this is no workbook, or
    one with something below line `most_lines`, and UnclearSheetError.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            sheets = visible_sheets(archive)
            title = _chosen(data, [*sheets], wish, most_cells)
            extent = find_extent(archive, sheets[title], most_lines=most_lines)
        lines = list(_lines(data, title, extent.last, most_cells))
    except UnreadableError:
        raise
    except Exception as error:
        # A damaged or forged file can break anywhere within the library.
        fell_back(Fallback.WORKBOOK, error)
        reason = phrase("không đọc được tệp, có thể tệp bị hỏng; hãy mở tệp rồi lưu lại dạng .xlsx")
        raise UnreadableError(reason) from error
    ranges = [cells for cells in map(_CELLS.fullmatch, extent.merged) if cells]
    wide = tuple((int(cells[4]), cells[0]) for cells in ranges if cells[1] != cells[3])
    filled = _fill_down(lines, [cells for cells in ranges if cells[1] == cells[3]])
    others = tuple(other for other in sheets if other != title)
    return SheetLines(title, lines, extent.hidden, wide, filled, others)


def _chosen(data: bytes, titles: Sequence[str], wish: SheetWish, most_cells: int) -> str:
    by_name = {fold(title.strip()): title for title in reversed(titles)}
    if wish.named:
        if title := by_name.get(fold(wish.named.strip())):
            return title
        raise UnreadableError(
            phrase("tệp không có trang tính “{sheet}”; tệp có: {titles}", sheet=wish.named, titles=[*titles])
        )
    if len(titles) == 1 or fold(wish.title) in by_name:
        return by_name.get(fold(wish.title), titles[0])
    fitting = [title for title in titles[:MOST_SHEETS] if wish.fits(list(_lines(data, title, HEAD_LINES, most_cells)))]
    if len(fitting) > 1:
        raise UnclearSheetError(fitting)
    return fitting[0] if fitting else titles[0]


def _fill_down(lines: Sequence[XlsxLine], ranges: Iterable[re.Match[str]]) -> bool:
    """Give each line what a cell merged over several lines holds; tell whether there was one."""
    numbers, ends, any_filled = [number for number, _ in lines], dict[str, int](), False
    for cells in sorted(ranges, key=lambda cells: int(cells[2])):
        column, first, last = cells[1], int(cells[2]), int(cells[4])
        place, start = _place(column), bisect_left(numbers, first)
        # Cells that are merged twice over are those of a forged file.
        if first <= ends.get(column, 0) or start == len(numbers) or numbers[start] != first:
            continue
        ends[column] = last
        value = lines[start][1][place] if place < len(lines[start][1]) else ""
        for _, below in lines[start + 1 : bisect_left(numbers, last + 1)]:
            below += [""] * (place + 1 - len(below))
            below[place] = value
            any_filled = True
    return any_filled


def _place(column: str) -> int:
    """Return where a column stands, the first one at 0.

    >>> _place("A"), _place("Z"), _place("AA")
    (0, 25, 26)
    """
    place = 0
    for letter in column:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


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
    if not isinstance(value, str) and (text := shown_as(value, cell.number_format)):
        return ShownNumber(int(value), text)
    return to_nfc(value).strip() if isinstance(value, str) else value
