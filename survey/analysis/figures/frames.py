"""Unpack answer records into frames of one row per response: the one file where their columns are named.

| frame | column | holds |
| --- | --- | --- |
| `items` | item code (`A1` …) | points of the answer, float; NaN where there is no answer or it does not apply |
| `facts` | question code (`gender` …) | symbol of the option, a category in the form's order; NaN without an answer |
| `facts` | `CODE_1`, `CODE_2` … of a multiple choice | 1.0 ticked, 0.0 not, NaN where the question was not answered |
| `overall` | – | place of the answer to the local overall question, 1 for the first option; NaN without one |
| `dimension_scores` | dimension code (`access` …) | mean points of a response's valid answers to the dimension |

Rows keep the order of the records and are numbered from 0. They stay inside the analysis: a row is a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from survey.errors import AnswerError
from survey.instrument.model import Instrument, Question
from survey.responses import NOT_TICKED, TICKED
from survey.tallies import SYMBOLS, Characters, Numbers, RecordLayout, layout_of

if TYPE_CHECKING:
    import pandas as pd

Columns: TypeAlias = "Iterator[tuple[str, Numbers | pd.Categorical]]"


@dataclass(frozen=True, slots=True, eq=False)
class RespondentFrames:
    """The answers of all respondents, row by row the same person; columns as the module says.

    `overall` is None where the questionnaire has no overall question.
    """

    items: "pd.DataFrame"
    facts: "pd.DataFrame"
    overall: "pd.Series | None"


def unpack_records(records: Characters | bytes, instrument: Instrument) -> RespondentFrames:
    """Return the frames of packed records (n, width), ASCII codes; bytes are records without separators.

    Raises ValueError on records of another width, AnswerError on a character its position cannot hold.

    >>> from survey.instrument import load_instrument
    >>> from survey.responses import AnswerRecord
    >>> sipas = load_instrument("sipas-2023")
    >>> record = AnswerRecord.pack(sipas, {"A1": "5", "E1": "N", "overall_satisfaction": "4", "gender": "2"})
    >>> frames = unpack_records(record.encode(), sipas)
    >>> frames.items.loc[0, ["A1", "A2", "E1"]].tolist(), frames.overall.tolist(), frames.facts["gender"].tolist()
    ([5.0, nan, nan], [4.0], ['2'])
    """
    # pandas takes 70 MB that the citizens' server, which only reads what is made here, can do without.
    import pandas as pd

    matrix = _checked(_matrix(records, instrument.width), layout_of(instrument))
    overall = overall_question(instrument)
    return RespondentFrames(
        items=pd.DataFrame(dict(_item_columns(matrix, instrument)), index=range(len(matrix))),
        facts=pd.DataFrame(dict(_fact_columns(matrix, instrument)), index=range(len(matrix))),
        overall=pd.Series(_places(matrix, overall)) if overall else None,
    )


def overall_question(instrument: Instrument) -> Question | None:
    """Return the local overall question, the first where there are several, None where there is none."""
    return next((question for question in instrument.questions if question.kind == "overall"), None)


def dimension_scores(items: "pd.DataFrame", instrument: Instrument) -> "pd.DataFrame":
    """Return the mean points of the valid answers to each dimension, response by response: (n, dimensions).

    A response without a valid answer to a dimension has NaN there. A score is about one person; the figure of a
    dimension is made of tallies (`indices`).

    >>> from survey.instrument import load_instrument
    >>> sipas = load_instrument("sipas-2023")
    >>> frames = unpack_records(b"54" + b"." * (sipas.width - 2), sipas)
    >>> dimension_scores(frames.items, sipas)["access"].tolist()
    [4.5]
    """
    members = {dimension.code: [item.code for item in dimension.items] for dimension in instrument.dimensions}
    import pandas as pd

    return pd.DataFrame({code: items[columns].mean(axis=1) for code, columns in members.items()})


def _matrix(records: Characters | bytes, width: int) -> Characters:
    if isinstance(records, bytes) and len(records) % width == 0:
        return np.frombuffer(records, np.uint8).reshape(-1, width)
    if isinstance(records, bytes) or records.shape[1:] != (width,):
        raise ValueError(f"records must be {width} characters wide")
    return records


def _checked(matrix: Characters, layout: RecordLayout) -> Characters:
    """Return the records; raises AnswerError naming the first character that its position cannot hold."""
    symbols = np.frombuffer(layout.symbol_of, np.uint8)[matrix]
    for position, may_hold in enumerate(layout.allowed):
        wrong = ~may_hold[symbols[:, position]]
        if wrong.any():
            offered = tuple(compress(SYMBOLS, may_hold))[1:]
            raise AnswerError(layout.questions[position], chr(matrix[wrong, position][0]), offered)
    return matrix


def _item_columns(matrix: Characters, instrument: Instrument) -> Columns:
    points = _table({option.symbol: float(option.points or 0) for option in instrument.scale.options})
    for question in instrument.questions:
        if question.kind == "item":
            yield question.code, points[matrix[:, question.positions[0]]]


def _fact_columns(matrix: Characters, instrument: Instrument) -> Columns:
    ticks = _table({TICKED: 1.0, NOT_TICKED: 0.0})
    for question in instrument.questions:
        if question.kind in ("item", "overall"):
            continue
        if question.multiple:
            for option, position in zip(question.options, question.positions, strict=True):
                yield f"{question.code}_{option.symbol}", ticks[matrix[:, position]]
        else:
            yield question.code, _categories(matrix, question)


def _categories(matrix: Characters, question: Question) -> "pd.Categorical":
    import pandas as pd

    places = np.nan_to_num(_places(matrix, question), nan=0).astype(np.int64)
    return pd.Categorical.from_codes(places - 1, categories=list(question.symbols))


def _places(matrix: Characters, question: Question) -> Numbers:
    """Return the place of the answer among what the question offers, from 1."""
    places = _table({symbol: float(place) for place, symbol in enumerate(question.symbols, 1)})
    return places[matrix[:, question.positions[0]]]


def _table(values: dict[str, float]) -> Numbers:
    """Return what each character code stands for; NaN for all that are not named."""
    return np.array([values.get(chr(code), np.nan) for code in range(256)])
