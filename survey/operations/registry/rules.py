"""What the rows of a registry must keep to, whichever file they come from.

Nothing here knows files or the database.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from survey.errors import Fault
from survey.fieldwork import CODE_LENGTH, is_code, written_code
from survey.operations.registry.layouts import AGENCIES, Cells, RegistrySheet, to_date
from survey.operations.uploads.cells import CellError
from survey.operations.uploads.layouts import CellKind
from survey.operations.uploads.tables import TableRow
from survey.typed.old_fonts import is_of_old_font
from survey.wording import Phrase, phrase

AGENCY_CODE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
AGENCY_LINKS = ("parent_code", "successor_code")
DATES = ("valid_from", "valid_to")


def row_faults(agencies: RegistrySheet, points: RegistrySheet, known: Set[str]) -> list[Fault]:
    """Return what is wrong with the rows by themselves; `known` are the codes of the agencies held already."""
    named = known | {row.cells["code"] for row in agencies.rows}
    return [
        *_faults(agencies, _agency_reasons(agencies, named)),
        *_faults(points, _point_reasons(points, named)),
    ]


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


def circle_reason(link: str, cells: Cells) -> Phrase:
    """Return that following parents or successors leads back."""
    told = {"column": AGENCIES.column(link), "link": cells[link], "code": cells["code"]}
    return phrase("{column} là {link}: các cơ quan nối thành vòng, quay lại chính {code}", **told)


def _faults(sheet: RegistrySheet, reasons: Callable[[TableRow], Iterable[Phrase]]) -> Iterator[Fault]:
    for row in sheet.rows:
        if wrong := row.faults if row.broken else tuple(reasons(row)):
            yield Fault(row.line, wrong, sheet.layout.file)


def _agency_reasons(sheet: RegistrySheet, known: Set[str]) -> Callable[[TableRow], Iterator[Phrase]]:
    first = _first_lines((row.cells["code"], row.line) for row in sheet.rows)
    circles = {
        link: codes_in_a_circle({row.cells["code"]: row.cells[link] for row in sheet.rows}) for link in AGENCY_LINKS
    }

    def reasons(row: TableRow) -> Iterator[Phrase]:
        code = row.cells["code"]
        yield from row.faults
        yield from _old_font_reasons(sheet, row.cells)
        yield from _agency_code_reasons(code)
        yield from _doubled_reasons(code, row.line, first)
        yield from _period_reasons(row.cells)
        for link in AGENCY_LINKS:
            yield from _unknown_reasons(sheet, row.cells, link, known)
            if code in circles[link]:
                yield circle_reason(link, row.cells)

    return reasons


def _point_reasons(sheet: RegistrySheet, known: Set[str]) -> Callable[[TableRow], Iterator[Phrase]]:
    first = _first_lines((written_code(row.cells["code"]), row.line) for row in sheet.rows)

    def reasons(row: TableRow) -> Iterator[Phrase]:
        code = written_code(row.cells["code"])
        yield from _unknown_reasons(sheet, row.cells, "agency_code", known)
        yield from row.faults
        yield from _old_font_reasons(sheet, row.cells)
        yield from _point_code_reasons(code)
        yield from _doubled_reasons(code, row.line, first)
        yield from _period_reasons(row.cells)

    return reasons


def _first_lines(codes: Iterable[tuple[str, int]]) -> dict[str, int]:
    first: dict[str, int] = {}
    for code, line in codes:
        first.setdefault(code, line)
    return first


def _old_font_reasons(sheet: RegistrySheet, cells: Cells) -> Iterator[Phrase]:
    for column in sheet.layout.fields:
        if column.kind is CellKind.TEXT and is_of_old_font(cells[column.name]):
            yield phrase(
                "ô {column}: “{cell}” là chữ của phông cũ (TCVN3, VNI); hãy chuyển bảng mã sang Unicode rồi nhập lại",
                column=column,
                cell=cells[column.name],
            )


def _agency_code_reasons(code: str) -> Iterator[Phrase]:
    if code and not re.fullmatch(AGENCY_CODE, code):
        yield phrase(
            "mã cơ quan “{code}” chỉ được có chữ cái không dấu, chữ số, dấu chấm, gạch dưới và gạch nối", code=code
        )


def _point_code_reasons(code: str) -> Iterator[Phrase]:
    if code and not is_code(code):
        yield phrase(
            "mã điểm phục vụ “{code}” bị gõ sai: mã có {length} ký tự, không có 0, O, 1, I; để trống ô này thì hệ thống"
            " cấp mã mới",
            code=code,
            length=CODE_LENGTH,
        )


def _doubled_reasons(code: str, line: int, first: Mapping[str, int]) -> Iterator[Phrase]:
    if code and first[code] != line:
        yield phrase("mã {code} ở dòng {line} đã có ở dòng {first}", code=code, line=line, first=first[code])


def _unknown_reasons(sheet: RegistrySheet, cells: Cells, name: str, known: Set[str]) -> Iterator[Phrase]:
    if cells[name] and cells[name] not in known:
        column = sheet.layout.column(name)
        yield phrase("{column} là “{code}”, không có cơ quan nào mang mã này", column=column, code=cells[name])


def _period_reasons(cells: Cells) -> Iterator[Phrase]:
    try:
        first, last = (to_date(cells[column]) for column in DATES)
    except CellError:
        return  # That a cell is no day was found when it was read.
    if first and last and last < first:
        yield phrase("ngày cuối cùng {last} ở trước ngày đầu tiên {first}", first=first, last=last)
