"""Responses and indices as columns beside what they mean, ready for any statistics file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.analysis.figures.results import RoundResults
from survey.formatting import to_nfc
from survey.instrument.model import NO_ANSWER, NOT_APPLICABLE, OPTION_SYMBOLS, Instrument
from survey.reports.codebook import CODES, Variable, index_variables, response_variables
from survey.reports.exports import NO_STANDINGS, ResponseRow, Standings, indices_rows
from survey.reports.workbooks import Cell

Codes: TypeAlias = NDArray[np.int8]
Column: TypeAlias = Codes | Sequence[Cell]

NOTHING_BESIDE: Mapping[Variable, Sequence[Cell]] = MappingProxyType({})

# Where a character of a record leads: its code. Any other character cannot stand in a record.
CODE_OF = np.full(256, CODES[NO_ANSWER], np.int8)
CODE_OF[[ord(symbol) for symbol in OPTION_SYMBOLS]] = range(1, len(OPTION_SYMBOLS) + 1)
CODE_OF[ord(NOT_APPLICABLE)] = CODES[NOT_APPLICABLE]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A table to write: column i of `columns` is what `variables[i]` describes.

    A choice is an array of codes, the codes of no answer among them; the cells of the others are texts or
    numbers, None where there is nothing.
    """

    title: str
    variables: tuple[Variable, ...]
    columns: tuple[Column, ...]

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.columns[0])


def responses_dataset(
    rows: Sequence[ResponseRow],
    instrument: Instrument,
    *,
    title: str,
    notice: str = "",
    more: Mapping[Variable, Sequence[Cell]] = NOTHING_BESIDE,
) -> Dataset:
    """Return the columns of the responses file; `rows` have come through `protected_rows`, which checks them.

    `more` are columns that stand beside the answers.
    """
    records = np.frombuffer("".join(row[3] for row in rows).encode("ascii"), np.uint8)
    codes = CODE_OF[records].reshape(len(rows), instrument.width)
    texts = ([to_nfc(row[place]) for row in rows] for place in range(3))
    return Dataset(
        title=to_nfc(title),
        variables=response_variables(instrument, simulated=bool(notice), more=tuple(more)),
        columns=(*texts, *codes.T, *more.values(), *([[notice] * len(rows)] if notice else [])),
    )


def indices_dataset(results: RoundResults, *, standings: Standings = NO_STANDINGS) -> Dataset:
    """Return the columns of the indices file, with Vietnamese labels."""
    variables = index_variables(results)
    cells = indices_rows(results, "vi", standings=standings)
    rows = [[to_nfc(cell) if isinstance(cell, str) else cell for cell in row] for row in cells]
    columns = zip(*rows, strict=True) if rows else ((),) * len(variables)
    return Dataset(to_nfc(results.round_title), variables, tuple(columns))


def is_answer(variable: Variable, codes: Codes) -> NDArray[np.bool_]:
    """Tell which codes are answers."""
    return ~np.isin(codes, [value.code for value in variable.missing])
