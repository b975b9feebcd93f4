"""The design file of a probability round: a line for every stratum, and how many people it was drawn from."""

import hashlib
from collections.abc import Collection, Iterator, Mapping

from survey.analysis.sampling.sampled import Frame, Stratum
from survey.errors import Fault, RefusedDataError
from survey.fieldwork import normalise_code
from survey.operations.exports.figure_files import Cells, Lines, read_count, read_lines
from survey.operations.uploads.csv_tables import refusal
from survey.wording import Language, word

# The column that names a stratum, and the axis it means.
AXIS_OF = {"block": "block", "agency_code": "agency", "service_point_code": "service_point"}
POPULATION, POINT_DAYS = "population", "point_days"


def read_frame(data: bytes, *, name: str, known: Mapping[str, Collection[str]] | None, language: Language) -> Frame:
    """Return what a design file declares.

    `known` has the codes a stratum may have, by axis; None takes any. Raises RefusedDataError, in `language`, with
    every bad line: a code that is unknown or comes twice, a population or a number of days that is no whole number
    above 0, days given for some strata only.
    """
    lines = read_lines(data, name=name, columns=(tuple(AXIS_OF), (POPULATION,), ("", POINT_DAYS)), language=language)
    column = next(one for one in AXIS_OF if one in lines[0][1])
    axis = AXIS_OF[column]
    if faults := list(_faults(lines, column, known and known[axis], language)):
        raise refusal(name, faults)
    strata = tuple(_stratum(line, cells, column, language) for line, cells in lines)
    if len({one.point_days is None for one in strata}) > 1:
        told = word("cột point_days phải có số ở mọi tầng, hoặc để trống ở mọi tầng", language)
        raise RefusedDataError(name, [Fault(lines[0][0], told)])
    return Frame(axis, strata, hashlib.sha256(data).hexdigest())


def _code(cells: Cells, column: str) -> str:
    return normalise_code(cells[column]) if column == "service_point_code" else cells[column]


def _stratum(line: int, cells: Cells, column: str, language: Language) -> Stratum:
    days = cells.get(POINT_DAYS, "")
    counted = read_count(days, POINT_DAYS, language) if days else None
    return Stratum(_code(cells, column), read_count(cells[POPULATION], POPULATION, language), counted, line)


def _faults(lines: Lines, column: str, known: Collection[str] | None, language: Language) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for line, cells in lines:
        code, wrong = _code(cells, column), []
        if known is not None and code not in known:
            wrong.append(word("{column}: không có «{code}» trong đợt này", language).format(column=column, code=code))
        if code in seen:
            wrong.append(word("tầng «{code}» đã có ở dòng {line}", language).format(code=code, line=seen[code]))
        seen.setdefault(code, line)
        try:
            _stratum(line, cells, column, language)
        except ValueError as refused:
            wrong.append(str(refused))
        if wrong:
            yield Fault(line, "; ".join(wrong))
