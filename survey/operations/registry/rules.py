"""What the rows of a registry must keep to, whichever file they come from.

Nothing here knows files or the database.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date

from survey.fieldwork import CODE_LENGTH, is_code, normalise_code
from survey.operations.registry.layouts import (
    Cells,
    Complaint,
    RegistryLayout,
    RegistryRow,
    RegistrySheet,
    RowRefusal,
    to_date,
)
from survey.operations.uploads.csv_tables import CsvTable, width_reason

AGENCY_CODE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
AGENCY_LINKS = ("parent_code", "successor_code")
DATES = ("valid_from", "valid_to")


def row_complaints(agencies: RegistrySheet, points: RegistrySheet, known: Set[str]) -> list[Complaint]:
    """Return what is wrong with the rows by themselves; `known` are the codes of the agencies held already."""
    named = known | {row.cells["code"] for row in agencies.rows}
    return [
        *_complaints(agencies, _agency_reasons(agencies, named)),
        *_complaints(points, _point_reasons(points, named)),
    ]


def broken_width(table: CsvTable, cells: Sequence[str]) -> tuple[RowRefusal, ...]:
    """Return why the cells of a CSV row cannot be told apart, or nothing."""
    wrong = width_reason(table, cells)
    return (
        (RowRefusal(wrong, "số ô của dòng này khác với dòng tiêu đề; xem lại dấu phân cách trong ô"),) if wrong else ()
    )


def codes_in_a_circle(links: Mapping[str, str]) -> set[str]:
    """Return the codes from which following `links` leads back to themselves.

    >>> sorted(codes_in_a_circle({"A": "B", "B": "A", "C": "A", "D": ""}))
    ['A', 'B']
    """
    circles: set[str] = set()
    done: set[str] = set()
    for start in links:
        path: dict[str, None] = {}
        code = start
        while code and code not in done and code not in path:
            path[code] = None
            code = links.get(code, "")
        if code in path:
            way = list(path)
            circles.update(way[way.index(code) :])
        done.update(path)
    return circles


def circle_reason(layout: RegistryLayout, link: str, cells: Cells) -> RowRefusal:
    """Return that following parents or successors leads back."""
    return RowRefusal(
        f"{link} {cells[link]!r} leads back to {cells['code']!r}",
        f"{layout.named(link)} là {cells[link]}, theo đó đi vòng trở lại chính {cells['code']}",
    )


def _complaints(sheet: RegistrySheet, reasons: Callable[[RegistryRow], Iterable[RowRefusal]]) -> Iterator[Complaint]:
    for row in sheet.rows:
        if wrong := row.broken or tuple(reasons(row)):
            yield Complaint(sheet.layout, row.line, wrong)


def _agency_reasons(sheet: RegistrySheet, known: Set[str]) -> Callable[[RegistryRow], Iterator[RowRefusal]]:
    layout, first = sheet.layout, _first_lines((row.cells["code"], row.line) for row in sheet.rows)
    circles = {
        link: codes_in_a_circle({row.cells["code"]: row.cells[link] for row in sheet.rows}) for link in AGENCY_LINKS
    }

    def reasons(row: RegistryRow) -> Iterator[RowRefusal]:
        code = row.cells["code"]
        yield from _text_reasons(layout, row.cells, needed=("code", "name"))
        yield from _agency_code_reasons(code)
        yield from _doubled_reasons(code, row.line, first)
        yield from _date_reasons(layout, row.cells)
        for link in AGENCY_LINKS:
            yield from _unknown_reasons(layout, row.cells, link, known)
            if code in circles[link]:
                yield circle_reason(layout, link, row.cells)

    return reasons


def _point_reasons(sheet: RegistrySheet, known: Set[str]) -> Callable[[RegistryRow], Iterator[RowRefusal]]:
    layout, first = sheet.layout, _first_lines((normalise_code(row.cells["code"]), row.line) for row in sheet.rows)

    def reasons(row: RegistryRow) -> Iterator[RowRefusal]:
        code = normalise_code(row.cells["code"])
        if not row.cells["agency_code"]:
            yield _empty(layout, "agency_code")
        yield from _unknown_reasons(layout, row.cells, "agency_code", known)
        yield from _text_reasons(layout, row.cells, needed=("name",))
        yield from _point_code_reasons(code)
        yield from _doubled_reasons(code, row.line, first)
        yield from _date_reasons(layout, row.cells)

    return reasons


def _first_lines(codes: Iterable[tuple[str, int]]) -> dict[str, int]:
    first: dict[str, int] = {}
    for code, line in codes:
        first.setdefault(code, line)
    return first


def _empty(layout: RegistryLayout, column: str) -> RowRefusal:
    return RowRefusal(f"{column} is empty", f"ô {layout.named(column)} còn trống")


def _text_reasons(layout: RegistryLayout, cells: Cells, *, needed: Sequence[str]) -> Iterator[RowRefusal]:
    for column, longest in layout.lengths.items():
        text, named = cells[column], layout.named(column)
        if column in needed and not text:
            yield _empty(layout, column)
        if len(text) > longest:
            yield RowRefusal(
                f"{column} has {len(text)} characters, at most {longest} fit",
                f"ô {named} dài {len(text)} ký tự, tối đa {longest}",
            )
        if not text.isprintable():
            yield RowRefusal(
                f"{column} holds an invisible character; type it anew",
                f"ô {named} có ký tự không nhìn thấy được; hãy gõ lại",
            )


def _agency_code_reasons(code: str) -> Iterator[RowRefusal]:
    if code and not re.fullmatch(AGENCY_CODE, code):
        yield RowRefusal(
            f"code {code!r} may hold only letters without accents, digits, '.', '_' and '-': it stands in addresses",
            f"mã cơ quan «{code}» chỉ được có chữ cái không dấu, chữ số, dấu chấm, gạch dưới và gạch nối",
        )


def _point_code_reasons(code: str) -> Iterator[RowRefusal]:
    if code and not is_code(code):
        yield RowRefusal(
            f"code {code!r} is mistyped: a code is {CODE_LENGTH} characters without 0, O, 1 and I, the last of which"
            " checks the others; leave the cell empty to have one made",
            f"mã điểm phục vụ «{code}» bị gõ sai: mã có {CODE_LENGTH} ký tự, không có 0, O, 1, I;"
            " để trống ô này thì hệ thống cấp mã mới",
        )


def _doubled_reasons(code: str, line: int, first: Mapping[str, int]) -> Iterator[RowRefusal]:
    if code and first[code] != line:
        yield RowRefusal(
            f"code {code!r} already stands on line {first[code]}", f"mã {code} ở dòng {line} đã có ở dòng {first[code]}"
        )


def _unknown_reasons(layout: RegistryLayout, cells: Cells, column: str, known: Set[str]) -> Iterator[RowRefusal]:
    if cells[column] and cells[column] not in known:
        yield RowRefusal(
            f"{column} {cells[column]!r} names no agency",
            f"{layout.named(column)} là «{cells[column]}», không có cơ quan nào mang mã này",
        )


def _date_reasons(layout: RegistryLayout, cells: Cells) -> Iterator[RowRefusal]:
    dates: dict[str, date | None] = {}
    for column in DATES:
        try:
            dates[column] = to_date(cells[column])
        except ValueError as error:
            told = f"«{cells[column]}» không phải là ngày; hãy ghi dd/mm/yyyy, ví dụ 01/07/2025"
            yield RowRefusal(f"{column}: {error}", f"ô {layout.named(column)}: {told}")
    first, last = (dates.get(column) for column in DATES)
    if first and last and last < first:
        yield RowRefusal(
            f"valid_to {last:%d/%m/%Y} lies before valid_from {first:%d/%m/%Y}",
            f"ngày cuối cùng {last:%d/%m/%Y} ở trước ngày đầu tiên {first:%d/%m/%Y}",
        )
