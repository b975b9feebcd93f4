"""The figures of everybody together: overall and by dimension, each with its range and its number of responses."""

from collections.abc import Sequence

from survey.analysis.figures.results import OVERALL, IndexRow
from survey.fieldwork import SamplingBasis
from survey.formatting import format_count, format_percent
from survey.reports.charts.drawing import JADE, NOTHING, Chart, empty_chart, finished, notes_for
from survey.reports.charts.rows import (
    ChartRow,
    Dot,
    TextColumn,
    axis_for,
    height_of,
    marks_at,
    points,
    ranges,
    row_picture,
)
from survey.wording import Language, mark, word

TITLE = mark("Chỉ số (%) theo nội dung đánh giá: {subject}")
WHOLE_TOLD = mark("{part}: {value}%.")
SPAN_TOLD = mark("Cao nhất: {first}, {first_value}%; thấp nhất: {last}, {last_value}%.")


def overview_chart(
    rows: Sequence[IndexRow], *, subject: str, basis: SamplingBasis, language: Language, simulated: bool = False
) -> Chart:
    """Return the rows in their order, each with figure, range and number of responses.

    A row without a figure or an estimate is left out. No row makes a picture that says so.
    """
    title = word(TITLE, language).format(subject=subject)
    drawn = [(row, row.estimate) for row in rows if row.estimate and row.index is not None]
    if not drawn:
        return empty_chart("overview", title, language=language)
    dots = [Dot.of(estimate, marks_at(place), JADE) for place, (_, estimate) in enumerate(drawn)]
    worded = [_row(row, language) for row, _ in drawn]
    axis, height = axis_for(dots), height_of(worded)
    columns = TextColumn(word("Chỉ số (%)", language), 84), TextColumn(word("Số phiếu", language), 96)
    marks = [ranges(dots, axis, height=height), points(dots, axis, height=height)]
    picture = row_picture(worded, word("Nội dung đánh giá", language), columns, marks)
    notes = notes_for([basis], language, axis=axis, simulated=simulated)
    return finished("overview", picture, title, notes, text=f"{title}. {_told([row for row, _ in drawn], language)}")


def _row(row: IndexRow, language: Language) -> ChartRow:
    figures = format_percent(row.index, language=language), format_count(row.responses, language=language)
    return ChartRow(row.label.in_language(language), figures)


def _told(rows: Sequence[IndexRow], language: Language) -> str:
    """Return the overall figure and the highest and lowest dimension, in words."""
    whole = [
        word(WHOLE_TOLD, language).format(
            part=row.label.in_language(language), value=format_percent(row.index, language=language)
        )
        for row in rows
        if row.part == OVERALL
    ]
    parts = sorted((row for row in rows if row.part != OVERALL), key=_figure)
    return (
        " ".join([*whole, _span(parts[0], parts[-1], language)])
        if parts
        else " ".join(whole) or word(NOTHING, language)
    )


def _figure(row: IndexRow) -> float:
    return row.index or 0.0


def _span(last: IndexRow, first: IndexRow, language: Language) -> str:
    return word(SPAN_TOLD, language).format(
        first=first.label.in_language(language),
        first_value=format_percent(first.index, language=language),
        last=last.label.in_language(language),
        last_value=format_percent(last.index, language=language),
    )
