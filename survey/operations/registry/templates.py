"""The spreadsheets people fill in: an empty one with an example, and the registry as it is."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import BinaryIO

from survey.formatting import format_date
from survey.operations.registry.changes import RegistryHeld
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS
from survey.operations.uploads.layouts import TableLayout
from survey.reports.streams import binary_bytes
from survey.reports.workbooks import new_workbook, write_sheet

# A line that begins with # is read over, so the example may stay where it is.
EXAMPLES: Mapping[str, Sequence[str]] = {
    AGENCIES.file: ("# SNV", "Sở Nội vụ (dòng ví dụ)", "Sở NV", "Sở, ban, ngành", "", "01/03/2025", "", ""),
    SERVICE_POINTS.file: ("# SNV", "Quầy 1 – Sở Nội vụ (dòng ví dụ)", "", "01/03/2025", ""),
}
NOTES: Mapping[str, Mapping[str, str]] = {
    AGENCIES.file: {
        "code": "Bắt buộc. Chữ không dấu, chữ số, dấu chấm, gạch dưới, gạch nối. Mã đã có thì dòng này sửa cơ quan đó.",
        "name": "Bắt buộc. Tên đầy đủ, như in trên áp phích.",
        "short_name": "Tên dùng trong bảng và biểu đồ.",
        "block": "Ví dụ: Sở, ban, ngành; UBND cấp xã.",
        "parent_code": "Mã của cơ quan cấp trên trực tiếp, nếu có.",
        "valid_from": "Ngày đầu tiên, dạng ngày/tháng/năm. Để trống nếu không rõ.",
        "valid_to": "Ngày cuối cùng, dạng ngày/tháng/năm. Để trống nếu còn hoạt động.",
        "successor_code": "Mã của cơ quan tiếp nhận, nếu đã sáp nhập.",
    },
    SERVICE_POINTS.file: {
        "agency_code": "Bắt buộc. Mã của cơ quan đã có, hoặc có trong bảng cơ quan nhập cùng lúc.",
        "name": "Bắt buộc. Tên quầy hoặc bộ phận, như in trên áp phích.",
        "code": "Để trống thì hệ thống cấp mã mới. Ghi mã đã có để sửa điểm phục vụ đó.",
        "valid_from": "Ngày đầu tiên, dạng ngày/tháng/năm. Để trống nếu dùng ngay.",
        "valid_to": "Ngày cuối cùng, dạng ngày/tháng/năm. Để trống nếu còn dùng.",
    },
}
WIDTHS = {"name": 52, "block": 24}
USUAL_WIDTH = 24


def template_file(layout: TableLayout) -> bytes:
    """Return an XLSX file with the headings, an example, and a sheet that explains the columns."""
    return _workbook(layout, [EXAMPLES[layout.file]])


def current_file(layout: TableLayout, held: RegistryHeld) -> bytes:
    """Return an XLSX file of what is held; brought in again it changes nothing."""
    values = held.agencies.values() if layout is AGENCIES else held.points.values()
    return _workbook(layout, [[_text(getattr(one, column)) for column in layout.columns] for one in values])


def _text(value: str | date | None) -> str:
    return format_date(value) if isinstance(value, date) else value or ""


def _workbook(layout: TableLayout, rows: Sequence[Sequence[str]]) -> bytes:
    def write(target: BinaryIO) -> None:
        with new_workbook(target) as workbook:
            # What is typed into cells of text stays as it was typed, dates too.
            text = workbook.add_format({"num_format": "@"})
            write_sheet(workbook, layout.title, dict.fromkeys(layout.headings.values(), text), rows)
            notes = [(layout.headings[column], note) for column, note in NOTES[layout.file].items()]
            write_sheet(workbook, "Hướng dẫn", {"Cột": None, "Cách ghi": None}, notes)
            for place, column in enumerate(layout.columns):
                sheet = workbook.get_worksheet_by_name(layout.title)
                sheet.set_column(place, place, WIDTHS.get(column, USUAL_WIDTH), text)
            workbook.get_worksheet_by_name("Hướng dẫn").set_column(0, 1, 60)

    return binary_bytes(write)
