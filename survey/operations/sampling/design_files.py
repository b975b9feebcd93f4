"""The design file of a probability round: a line for every stratum, and how many people it was drawn from."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence

from survey.analysis.sampling.sampled import Frame, Stratum
from survey.errors import Fault, RefusedDataError, fault
from survey.fieldwork import written_code
from survey.operations.uploads.apart import read_table
from survey.operations.uploads.csv_lines import refusal
from survey.operations.uploads.layouts import CellKind, OneOf, TableColumn, TableLayout
from survey.operations.uploads.tables import MOST_ROWS, MOST_ROWS_OF_COMMANDS, TableRow
from survey.wording import Phrase, phrase

# The column that names a stratum, and the axis it means.
AXIS_OF = {"block": "block", "agency_code": "agency", "service_point_code": "service_point"}
POPULATION, POINT_DAYS = "population", "point_days"
_STRATA = tuple(TableColumn(name) for name in AXIS_OF)
LAYOUT = TableLayout(
    (
        *_STRATA,
        TableColumn(POPULATION, kind=CellKind.WHOLE, needed=True, least=1),
        TableColumn(POINT_DAYS, kind=CellKind.WHOLE, optional=True, least=1),
    ),
    one_of=OneOf(_STRATA, alone=True),
    filled=True,
)


def read_frame(data: bytes, *, name: str, known: Mapping[str, Collection[str]] | None) -> Frame:
    """Return what a design file declares, CSV or XLSX.

    `known` has the codes a stratum may have, by axis; None takes any. Raises RefusedDataError with every bad line: a
    code that is unknown or comes twice, a population or a number of days that is no whole number above 0, days given
    for some strata only.
    """
    # A file that was kept is read again whatever it was that was taken when it was given.
    most = MOST_ROWS if known else MOST_ROWS_OF_COMMANDS
    table = read_table(data, LAYOUT, name=name, most_rows=most)
    (column,) = table.columns & AXIS_OF.keys()
    axis = AXIS_OF[column]
    if faults := list(_faults(table.rows, column, known and known[axis])):
        raise refusal(name, faults)
    strata = tuple(_stratum(row, column) for row in table.rows)
    if len({stratum.point_days is None for stratum in strata}) > 1:
        reason = phrase("cột point_days phải có số ở mọi tầng, hoặc để trống ở mọi tầng")
        raise RefusedDataError(name, [fault(strata[0].line, reason)])
    return Frame(axis, strata, hashlib.sha256(data).hexdigest())


def _code(row: TableRow, column: str) -> str:
    return written_code(row.cells[column]) if column == "service_point_code" else row.cells[column]


def _stratum(row: TableRow, column: str) -> Stratum:
    days = row.cells[POINT_DAYS]
    return Stratum(_code(row, column), int(row.cells[POPULATION]), int(days) if days else None, row.line)


def _faults(rows: Sequence[TableRow], column: str, known: Collection[str] | None) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for row in rows:
        code, wrong = _code(row, column), list[Phrase]()
        if not row.broken and known is not None and code not in known:
            wrong.append(phrase("{column}: không có “{code}” trong đợt này", column=column, code=code))
        if not row.broken and code in seen:
            wrong.append(phrase("tầng “{code}” đã có ở dòng {line}", code=code, line=seen[code]))
        seen.setdefault(code, row.line)
        if wrong := [*wrong, *row.faults]:
            yield Fault(row.line, tuple(wrong))
