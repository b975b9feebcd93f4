"""SPSS, Stata and Parquet files with their labels and declared missing values.

pandas, pyreadstat and pyarrow take a second to load and 100 MB to hold, so they are loaded where a file is made
and never by a server that hands out forms.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from survey.errors import SurveyError
from survey.instrument.model import NOT_APPLICABLE
from survey.reports.codebook import CODES, Variable, VariableKind, not_applicable_variable, shortened
from survey.reports.datasets import Column, Dataset, is_answer

if TYPE_CHECKING:
    import pandas as pd

# By code or, which pyreadstat takes and its types do not know, by letter.
Labels: TypeAlias = dict[Any, str]

# What the formats hold, in characters or in bytes of UTF-8. SPSS cuts silently where more is given, in the
# middle of a letter if need be; Stata's files refuse more.
SPSS_LABEL, SPSS_VALUE_LABEL, SPSS_TITLE = 255, 120, 64
STATA_LABEL, STATA_VALUE_LABEL = 80, 32_000

# Stata 14's format (118). What pyreadstat calls 15 is format 119, which only Stata/MP opens.
STATA_VERSION = 14

# Both formats name the moment they were written, at these places. Equal data make equal files, so it is a fixed one.
SPSS_CLOCK, SPSS_MOMENT = slice(92, 109), b"01 Jan 8000:00:00"
STATA_CLOCK, STATA_MOMENT = b"<timestamp>\x11", b"01 Jan 1980 00:00"

MEASURES = {
    VariableKind.TEXT: "nominal",
    VariableKind.CHOICE: "nominal",
    VariableKind.COUNT: "scale",
    VariableKind.FIGURE: "scale",
}
SPSS_FORMATS = {VariableKind.CHOICE: "F2.0", VariableKind.COUNT: "F10.0", VariableKind.FIGURE: "F8.2"}


def write_sav(dataset: Dataset) -> bytes:
    """Return an SPSS file; a choice without an answer is system-missing, so that no program takes a code for an answer.

    Where not applicable is offered, a column `CODE_not_applicable` beside it holds 1 where that was chosen, else 0.

    Raises SurveyError when the format refuses something, such as a reserved word as a question code.
    """
    import pyreadstat

    dataset = _with_not_applicable(dataset)

    def save(path: Path) -> None:
        pyreadstat.write_sav(
            _frame(dataset, _spss_column),
            path,
            file_label=shortened(dataset.title, octets=SPSS_TITLE),
            column_labels={
                variable.name: shortened(variable.label.vi, octets=SPSS_LABEL) for variable in dataset.variables
            },
            variable_value_labels=_value_labels(dataset, _spss_labels),
            variable_measure={variable.name: _measure(variable) for variable in dataset.variables},
            variable_format={
                variable.name: SPSS_FORMATS[variable.kind]
                for variable in dataset.variables
                if variable.kind in SPSS_FORMATS
            },
        )

    content = bytearray(_written(save))
    content[SPSS_CLOCK] = SPSS_MOMENT
    return bytes(content)


def write_dta(dataset: Dataset) -> bytes:
    """Return a Stata file (format 118, Stata 14 and later); `.a` is not applicable, `.b` no answer.

    Raises SurveyError as `write_sav` does.
    """
    import pyreadstat

    def save(path: Path) -> None:
        pyreadstat.write_dta(
            _frame(dataset, _stata_column),
            path,
            file_label=shortened(dataset.title, characters=STATA_LABEL),
            column_labels={
                variable.name: shortened(variable.label.vi, characters=STATA_LABEL) for variable in dataset.variables
            },
            version=STATA_VERSION,
            variable_value_labels=_value_labels(dataset, _stata_labels),
            missing_user_values={
                variable.name: [value.letter for value in variable.missing] for variable in _choices(dataset)
            },
        )

    content = bytearray(_written(save))
    start = content.index(STATA_CLOCK) + len(STATA_CLOCK)
    content[start : start + len(STATA_MOMENT)] = STATA_MOMENT
    return bytes(content)


def write_parquet(dataset: Dataset) -> bytes:
    """Return a Parquet file with labels in the metadata of its columns.

    Parquet knows no user-missing values, and a mean must not be taken over 99: a choice without an answer is
    null. Where not applicable is offered, a column `CODE_not_applicable` beside it tells which of the nulls are that.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [column for place in zip(dataset.variables, dataset.columns, strict=True) for column in _arrow(*place)]
    schema = pa.schema([field for field, _ in columns], {"title": dataset.title})
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table([array for _, array in columns], schema=schema), sink)
    return bytes(sink.getvalue())


def _with_not_applicable(dataset: Dataset) -> Dataset:
    """Return the columns with one more beside each question that can be not applicable."""
    pairs: list[tuple[Variable, Column]] = []
    for variable, column in zip(dataset.variables, dataset.columns, strict=True):
        pairs.append((variable, column))
        if aside := not_applicable_variable(variable):
            pairs.append((aside, (np.asarray(column) == CODES[NOT_APPLICABLE]).astype(np.int8)))
    variables, columns = zip(*pairs, strict=True)
    return replace(dataset, variables=variables, columns=columns)


def _written(save: Callable[[Path], None]) -> bytes:
    from pyreadstat import ReadstatError

    with TemporaryDirectory() as folder:
        path = Path(folder, "made")
        try:
            save(path)
        except ReadstatError as error:
            raise SurveyError(f"the statistics file cannot be made: {error}") from error
        return path.read_bytes()


def _frame(dataset: Dataset, as_column: Callable[[Variable, Column], Any]) -> "pd.DataFrame":
    import pandas as pd

    pairs = zip(dataset.variables, dataset.columns, strict=True)
    return pd.DataFrame({variable.name: as_column(variable, column) for variable, column in pairs})


def _spss_column(variable: Variable, column: Column) -> Any:  # noqa: ANN401 - what pandas takes for a column
    if variable.kind is not VariableKind.CHOICE:
        return _plain_column(variable, column)
    codes = np.asarray(column)
    return np.where(is_answer(variable, codes), codes, np.nan)


def _stata_column(variable: Variable, column: Column) -> Any:  # noqa: ANN401
    if variable.kind is not VariableKind.CHOICE:
        return _plain_column(variable, column)
    letters = np.arange(128, dtype=object)
    letters[[value.code for value in variable.missing]] = [value.letter for value in variable.missing]
    return letters[np.asarray(column)]


def _plain_column(variable: Variable, column: Column) -> Any:  # noqa: ANN401
    if variable.kind is VariableKind.TEXT:
        return np.array(["" if cell is None else cell for cell in column], object)
    return np.array(column, np.float64)


def _choices(dataset: Dataset) -> Iterator[Variable]:
    return (variable for variable in dataset.variables if variable.kind is VariableKind.CHOICE)


def _value_labels(dataset: Dataset, labels: Callable[[Variable], Labels]) -> dict[str, Labels]:
    return {variable.name: labels(variable) for variable in _choices(dataset)}


def _spss_labels(variable: Variable) -> Labels:
    return {value.code: shortened(value.label.vi, octets=SPSS_VALUE_LABEL) for value in variable.answers}


def _stata_labels(variable: Variable) -> Labels:
    return {
        value.letter or value.code: shortened(value.label.vi, octets=STATA_VALUE_LABEL) for value in variable.values
    }


def _measure(variable: Variable) -> str:
    return "ordinal" if variable.dimension else MEASURES[variable.kind]


def _arrow(variable: Variable, column: Column) -> Iterator[tuple[Any, Any]]:
    """Yield the field and the cells of a variable and, where it can be not applicable, of that."""
    import pyarrow as pa

    about = {"label": variable.label.vi, "label_en": variable.label.en}
    if variable.kind is not VariableKind.CHOICE:
        kind = {VariableKind.TEXT: pa.string(), VariableKind.COUNT: pa.int64(), VariableKind.FIGURE: pa.float64()}[
            variable.kind
        ]
        yield pa.field(variable.name, kind, metadata=about), pa.array(column, kind)
        return
    codes = np.asarray(column)
    labels = {f"value {value.code}": value.label.vi for value in variable.answers}
    yield (
        pa.field(variable.name, pa.int8(), metadata=about | labels),
        pa.array(codes, pa.int8(), mask=~is_answer(variable, codes)),
    )
    if aside := not_applicable_variable(variable):
        yield pa.field(aside.name, pa.bool_()), pa.array(codes == CODES[NOT_APPLICABLE])
