"""The annex of an improvement plan as a table to keep."""

from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType

from survey.operations.plans.plans import AnnexRow, annex_of
from survey.reports.documents.annexes import PLAN
from survey.reports.sheets import Sheet, sheet_bytes
from survey.reports.streams import binary_bytes
from survey.reports.workbooks import new_workbook, write_sheet
from survey.store.engine import Store

# The columns of the annex by the names of an `AnnexRow`, headed as in the annex of a report.
_NAMES = ("number", "finding", "task", "lead", "coordinating", "deadline", "product")
ANNEX_WORDS: Mapping[str, str] = MappingProxyType(
    {"heading": "Đề mục", **dict(zip(_NAMES, (column.heading for column in PLAN), strict=True))}
)
WIDTHS = (28, 6, 34, 50, 26, 26, 16, 44)


def annex_file(store: Store, plan_id: int, *, layout: str) -> bytes:
    """Return the annex of a plan in one of `SHEET_LAYOUTS`; raises UnknownCodeError."""
    rows = annex_of(store, plan_id)
    if layout == "xlsx":
        return binary_bytes(lambda stream: _write_xlsx(rows, stream))
    return sheet_bytes(Sheet("Phụ lục", tuple(ANNEX_WORDS.values()), map(_cells, rows)), layout)


def _cells(row: AnnexRow) -> list[str | int]:
    return [getattr(row, name) for name in ANNEX_WORDS]


def _write_xlsx(rows: tuple[AnnexRow, ...], target: BytesIO) -> None:
    with new_workbook(target) as workbook:
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        name = "Phụ lục"
        write_sheet(workbook, name, dict.fromkeys(ANNEX_WORDS.values(), wrapped), map(_cells, rows))
        for place, width in enumerate(WIDTHS):
            workbook.get_worksheet_by_name(name).set_column(place, place, width, wrapped)
