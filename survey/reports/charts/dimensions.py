"""The dimensions of one agency beside those of its block."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from survey.analysis.comparing.comparison import LEAST_RESPONSES
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.fieldwork import SamplingBasis
from survey.formatting import format_percent
from survey.reports.charts.drawing import (
    INK,
    JADE,
    NO_ANSWER,
    NOTHING,
    WITHHELD,
    Chart,
    ChartAxis,
    empty_chart,
    figure_of,
    finished,
    notes_for,
    pixels,
)
from survey.reports.charts.rows import (
    ChartRow,
    Dot,
    TextColumn,
    axis_for,
    height_of,
    marks_at,
    per_cent,
    points,
    ranges,
    row_picture,
)
from survey.wording import Language, mark, word

if TYPE_CHECKING:
    import altair as alt

TITLE = mark("Chỉ số (%) theo nội dung đánh giá: {subject}")
BLOCK_NOTE = mark("Vạch đứng: cả khối.")
OVERALL_TOLD = mark("{part}: {value}%, cả khối: {block}%.")
SPAN_TOLD = mark("Cao nhất: {first}, {first_value}%; thấp nhất: {last}, {last_value}%.")


def dimensions_chart(
    rows: Sequence[IndexRow],
    block: Sequence[IndexRow],
    *,
    subject: str,
    basis: SamplingBasis,
    language: Language,
    simulated: bool = False,
) -> Chart:
    """Return an agency's rows in their order, each with figure and range, and upright marks for its block.

    `subject` names the agency; the rows of the block are found by their part. A figure on fewer than 10 responses
    is not shown on either side. No row makes a picture that says so.
    """
    title = word(TITLE, language).format(subject=subject)
    if not rows:
        return empty_chart("dimensions", title, language=language)
    others = {row.part: row for row in block}
    dots = [_dot(row, marks_at(place)) for place, row in enumerate(rows)]
    beside = [Dot(marks_at(place), _value(others.get(row.part))) for place, row in enumerate(rows)]
    worded = [_row(row, others.get(row.part), language) for row in rows]
    axis, height = axis_for([*dots, *beside]), height_of(worded)
    columns = TextColumn(word("Chỉ số (%)", language), 84), TextColumn(word("Khối (%)", language), 84)
    marks = [ranges(dots, axis, height=height), _uprights(beside, axis, height), points(dots, axis, height=height)]
    picture = row_picture(worded, word("Nội dung đánh giá", language), columns, marks)
    notes = (*notes_for([basis], language, axis=axis, simulated=simulated), word(BLOCK_NOTE, language))
    return finished("dimensions", picture, title, notes, text=f"{title}. {_told(rows, others.get(OVERALL), language)}")


def _value(row: IndexRow | None) -> float | None:
    return None if row is None or row.responses < LEAST_RESPONSES else figure_of(row.index)


def _dot(row: IndexRow, y: float) -> Dot:
    return Dot.of(row.estimate, y, JADE) if row.estimate and _value(row) is not None else Dot(y, _value(row))


def _row(row: IndexRow, other: IndexRow | None, language: Language) -> ChartRow:
    own, block = (format_percent(_value(one), language=language) for one in (row, other))
    instead = "" if _value(row) is not None else word(WITHHELD if row.responses else NO_ANSWER, language)
    return ChartRow(row.label.in_language(language), (own, block), instead)


def _uprights(dots: Sequence[Dot], axis: ChartAxis, height: float) -> "alt.Chart":
    import altair as alt

    known = [asdict(dot) for dot in dots if dot.value is not None]
    layer: alt.Chart = (
        alt.Chart({"values": known})
        .mark_tick(orient="vertical", size=22, thickness=3, color=INK, opacity=1)
        .encode(per_cent(axis), pixels(height))
    )
    return layer


def _told(rows: Sequence[IndexRow], block: IndexRow | None, language: Language) -> str:
    """Return the overall figures and the ends of the other rows, in words."""
    whole = [_overall_told(row, block, language) for row in rows if row.part == OVERALL and _value(row) is not None]
    parts = [(value, row) for row in rows if row.part != OVERALL and (value := _value(row)) is not None]
    if not parts:
        return " ".join(whole) or f"{word(NOTHING, language)}."
    (last_value, last), (first_value, first) = min(parts, key=_figure), max(parts, key=_figure)
    span = word(SPAN_TOLD, language).format(
        first=first.label.in_language(language),
        first_value=format_percent(first_value, language=language),
        last=last.label.in_language(language),
        last_value=format_percent(last_value, language=language),
    )
    return " ".join([*whole, span])


def _figure(part: tuple[float, IndexRow]) -> float:
    return part[0]


def _overall_told(row: IndexRow, block: IndexRow | None, language: Language) -> str:
    value, beside = (format_percent(_value(one), language=language) for one in (row, block))
    return word(OVERALL_TOLD, language).format(part=row.label.in_language(language), value=value, block=beside)
