"""The two tables of a registry, agencies and service points, as rows of cells from whichever file.

What is wrong with a row is told in two languages: English to whoever runs a command, Vietnamese to
whoever looks at a page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeAlias

from survey.errors import Fault
from survey.fieldwork import Agency, ServicePoint, normalise_code
from survey.operations.uploads.csv_tables import read_date

Cells: TypeAlias = Mapping[str, str]


class RowRefusal(NamedTuple):
    """Why a row is refused."""

    english: str
    vietnamese: str


@dataclass(frozen=True, slots=True)
class RegistryLayout:
    """One of the two tables: its file, its title, the Vietnamese heading of each column, the longest texts."""

    file: str
    title: str
    headings: Mapping[str, str]
    lengths: Mapping[str, int]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns by the names files use."""
        return tuple(self.headings)

    def named(self, column: str) -> str:
        """Return how a column is named to people."""
        return f"«{self.headings[column]}»"


AGENCIES = RegistryLayout(
    file="agencies.csv",
    title="Cơ quan",
    headings={
        "code": "Mã cơ quan",
        "name": "Tên cơ quan",
        "short_name": "Tên ngắn",
        "block": "Khối",
        "parent_code": "Mã cơ quan cấp trên",
        "valid_from": "Hoạt động từ ngày",
        "valid_to": "Hoạt động đến hết ngày",
        "successor_code": "Mã cơ quan kế tục",
    },
    lengths={"code": 40, "name": 300, "short_name": 100, "block": 100},
)
SERVICE_POINTS = RegistryLayout(
    file="service_points.csv",
    title="Điểm phục vụ",
    headings={
        "agency_code": "Mã cơ quan",
        "name": "Tên điểm phục vụ",
        "code": "Mã điểm phục vụ",
        "valid_from": "Dùng từ ngày",
        "valid_to": "Dùng đến hết ngày",
    },
    lengths={"name": 200},
    optional=("code",),
)


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One row by column name; `broken` says why its cells cannot be read, or nothing."""

    line: int
    cells: Cells
    broken: tuple[RowRefusal, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistrySheet:
    """The rows of one table."""

    layout: RegistryLayout
    rows: tuple[RegistryRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Complaint:
    """All that is wrong with one row."""

    layout: RegistryLayout
    line: int
    reasons: tuple[RowRefusal, ...]

    @property
    def in_english(self) -> Fault:
        """The fault as commands print it; it begins with the name of the file."""
        return Fault(self.line, f"{self.layout.file}: {'; '.join(one.english for one in self.reasons)}")

    @property
    def in_vietnamese(self) -> str:
        """What pages say beside the line."""
        return "; ".join(one.vietnamese for one in self.reasons)


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
        code=normalise_code(cells["code"]),
        agency_code=cells["agency_code"],
        name=cells["name"],
        valid_from=to_date(cells["valid_from"]),
        valid_to=to_date(cells["valid_to"]),
    )


def to_date(cell: str) -> date | None:
    """Return the date in a cell, None in an empty one; raises ValueError."""
    return read_date(cell) if cell else None
