"""Visit counts from a table people upload, XLSX or CSV, and the table to fill in; all texts are for pages."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from survey.errors import Fault, RefusedDataError
from survey.fieldwork import VisitCount, normalise_code
from survey.formatting import fold, format_date
from survey.operations.rounds.visits_csv import MOST_VISITS, PERIOD, UNITS, VISITS, Clash, VisitsHeld
from survey.operations.uploads.csv_tables import read_date, refusal
from survey.operations.uploads.workbooks import Cell, Grid, OddCell, read_grid
from survey.reports.sheets import Sheet, sheet_bytes

TITLE = "Lượt phục vụ"
HEADINGS = {
    "service_point_code": "Mã điểm phục vụ",
    "agency_code": "Mã cơ quan",
    "from": "Từ ngày",
    "to": "Đến hết ngày",
    "visits": "Số lượt",
}
# Says whom a line is of; not read back.
NAME = "Tên"
WHOLE = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A line to fill in: a service point or an agency, by code and name."""

    service_point_code: str
    agency_code: str
    name: str


def read_visit_table(data: bytes, *, name: str, held: VisitsHeld) -> list[tuple[int, VisitCount]]:
    """Return the counts of a table with their lines; lines without a number are passed over.

    Columns may have the names of visits.csv or Vietnamese headings. Raises RefusedDataError with the first hundred
    bad lines: in Vietnamese, as everything about uploaded tables.
    """
    grid = read_grid(data, name=name, title=TITLE)
    columns = _columns(grid, name)
    placed: list[tuple[int, VisitCount]] = []
    faults: list[Fault] = []
    for line, cells in grid.lines:
        row = {column: cells[place] if place < len(cells) else "" for column, place in columns.items()}
        if row[VISITS] == "":
            continue
        try:
            placed.append((line, _count(row, held)))
        except ValueError as refused:
            faults.append(Fault(line, str(refused)))
    if faults:
        raise refusal(name, faults)
    if not placed:
        raise RefusedDataError(name, [Fault(grid.line, f"không dòng nào có số ở cột «{HEADINGS[VISITS]}»")])
    return placed


def clash_in_words(clash: Clash) -> str:
    """Say what a count clashes with."""
    if clash.earlier:
        return f"có ngày đã được tính ở dòng {clash.earlier}"
    if clash.held is None:
        return ""
    days = f"{format_date(clash.held.from_day)} – {format_date(clash.held.to_day)}"
    return f"có ngày trùng với khoảng {days} đã nhập; chỉ nhập lại được đúng khoảng đó"


def template_file(rows: Iterable[TemplateRow], period: tuple[date, date], *, layout: str) -> bytes:
    """Return the table to fill in as one of `SHEET_LAYOUTS`."""
    return sheet_bytes(Sheet(TITLE, _template_columns(), _template_rows(rows, period)), layout)


def _template_columns() -> list[str]:
    return [
        HEADINGS["service_point_code"],
        HEADINGS["agency_code"],
        NAME,
        *(HEADINGS[one] for one in (*PERIOD, VISITS)),
    ]


def _template_rows(rows: Iterable[TemplateRow], period: tuple[date, date]) -> Iterator[list[str]]:
    days = [format_date(day) for day in period]
    return ([one.service_point_code, one.agency_code, one.name, *days, ""] for one in rows)


def _columns(grid: Grid, name: str) -> dict[str, int]:
    """Return the place of each column by the name files use."""
    known = {fold(text): column for column, title in HEADINGS.items() for text in (column, title)}
    found = [(known.get(fold(heading)), place) for place, heading in enumerate(grid.headings)]
    columns = {column: place for column, place in reversed(found) if column}
    missing = [HEADINGS[column] for column in (*PERIOD, VISITS) if column not in columns]
    if not set(UNITS) & set(columns):
        missing.insert(0, " hoặc ".join(HEADINGS[column] for column in UNITS))
    doubled = [HEADINGS[column] for column in columns if [one for one, _ in found].count(column) > 1]
    wrong = [f"thiếu cột «{one}»" for one in missing] + [f"cột «{one}» có hai lần" for one in doubled]
    if wrong:
        raise RefusedDataError(name, [Fault(grid.line, "; ".join(wrong))])
    return columns


def _count(row: Mapping[str, Cell], held: VisitsHeld) -> VisitCount:
    """Return the count of a line; raises ValueError with all that is wrong with it."""
    odd = [f"cột «{HEADINGS[column]}»: {cell.why}" for column, cell in row.items() if isinstance(cell, OddCell)]
    if odd:
        raise ValueError("; ".join(odd))
    point, agency = normalise_code(str(row.get(UNITS[0], ""))), str(row.get(UNITS[1], "")).strip()
    wrong = [*_wrong_unit(point, agency, held)]
    days = [_day(row[column], HEADINGS[column], wrong) for column in PERIOD]
    visits = _visits(row[VISITS], wrong)
    first, last = days
    if first and last and first > last:
        wrong.append(f"ngày đầu {format_date(first)} ở sau ngày cuối {format_date(last)}")
    if wrong or first is None or last is None or visits is None:
        raise ValueError("; ".join(wrong))
    return VisitCount(point, "" if point else agency, first, last, visits)


def _wrong_unit(point: str, agency: str, held: VisitsHeld) -> Iterator[str]:
    if not point and not agency:
        yield f"thiếu «{HEADINGS['service_point_code']}» hoặc «{HEADINGS['agency_code']}»"
    if point and agency:
        yield "chỉ ghi một trong hai: mã điểm phục vụ hoặc mã cơ quan"
    if point and point not in held.service_points:
        yield f"không có điểm phục vụ mang mã «{point}» trong phạm vi của ông/bà"
    if agency and agency not in held.agencies:
        yield f"không có cơ quan mang mã «{agency}» trong phạm vi của ông/bà"


def _day(cell: Cell, heading: str, wrong: list[str]) -> date | None:
    if isinstance(cell, date):
        return cell
    try:
        return read_date(str(cell).strip())
    except ValueError:
        wrong.append(f"«{heading}» không phải là ngày; hãy ghi dd/mm/yyyy")
        return None


def _visits(cell: Cell, wrong: list[str]) -> int | None:
    whole = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    if WHOLE.fullmatch(str(whole)) and int(str(whole)) <= MOST_VISITS:
        return int(str(whole))
    wrong.append(f"«{HEADINGS[VISITS]}» phải là số nguyên từ 0, không có dấu chấm hay dấu phẩy")
    return None


def faults_of(name: str, clashes: Sequence[Clash]) -> RefusedDataError:
    """Return the error that refuses counts whose days are counted already."""
    return refusal(name, [Fault(clash.line, clash_in_words(clash)) for clash in clashes])
