"""The two tables of a registry, agencies and service points, as rows of cells from whichever file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from survey.fieldwork import Agency, ServicePoint, written_code
from survey.operations.uploads.cells import read_date
from survey.operations.uploads.layouts import CellKind, TableColumn, TableLayout
from survey.operations.uploads.tables import TableRow
from survey.wording import mark

Cells: TypeAlias = Mapping[str, str]

AGENCIES = TableLayout(
    file="agencies.csv",
    title=mark("Cơ quan"),
    fields=(
        TableColumn("code", mark("Mã cơ quan"), needed=True, longest=40),
        TableColumn("name", mark("Tên cơ quan"), CellKind.TEXT, needed=True, longest=300),
        TableColumn("short_name", mark("Tên ngắn"), CellKind.TEXT, longest=100),
        TableColumn("block", mark("Khối"), CellKind.TEXT, longest=100),
        TableColumn("parent_code", mark("Mã cơ quan cấp trên")),
        TableColumn("valid_from", mark("Hoạt động từ ngày"), CellKind.DAY),
        TableColumn("valid_to", mark("Hoạt động đến hết ngày"), CellKind.DAY),
        TableColumn("successor_code", mark("Mã cơ quan kế tục")),
    ),
)
SERVICE_POINTS = TableLayout(
    file="service_points.csv",
    title=mark("Điểm phục vụ"),
    fields=(
        TableColumn("agency_code", mark("Mã cơ quan"), needed=True),
        TableColumn("name", mark("Tên điểm phục vụ"), CellKind.TEXT, needed=True, longest=200),
        TableColumn("code", mark("Mã điểm phục vụ"), optional=True),
        TableColumn("valid_from", mark("Dùng từ ngày"), CellKind.DAY),
        TableColumn("valid_to", mark("Dùng đến hết ngày"), CellKind.DAY),
    ),
)


@dataclass(frozen=True, slots=True)
class RegistrySheet:
    """The rows of one table, and the file of a folder they came from."""

    layout: TableLayout
    rows: tuple[TableRow, ...] = ()
    file: str = ""


def to_agency(cells: Cells) -> Agency:
    """Return the agency of a row that keeps the rules."""
    return Agency(
        code=cells["code"],
        name=cells["name"],
        short_name=cells["short_name"],
        block=cells["block"],
        parent_code=cells["parent_code"] or None,
        valid_from=to_date(cells["valid_from"]),
        valid_to=to_date(cells["valid_to"]),
        successor_code=cells["successor_code"] or None,
    )


def to_service_point(cells: Cells) -> ServicePoint:
    """Return the service point of a row that keeps the rules; one without a code has the code ""."""
    return ServicePoint(
        code=written_code(cells["code"]),
        agency_code=cells["agency_code"],
        name=cells["name"],
        valid_from=to_date(cells["valid_from"]),
        valid_to=to_date(cells["valid_to"]),
    )


def to_date(cell: str) -> date | None:
    """Return the date in a cell, None in an empty one; raises ValueError."""
    return read_date(cell) if cell else None
