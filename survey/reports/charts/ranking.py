"""The ranking of a block as a forest plot: how far apart the units are, beside how well that is known."""

from collections.abc import Mapping

from survey.analysis.comparing.comparison import LEAST_RESPONSES
from survey.analysis.ranking.ranking import Ranking, RankRow
from survey.fieldwork import SamplingBasis
from survey.formatting import format_count, format_percent
from survey.reports.charts.drawing import (
    EDGE,
    INK,
    JADE,
    SOFT,
    WITHHELD,
    Chart,
    empty_chart,
    figure_of,
    finished,
    notes_for,
)
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
from survey.reports.words import NOT_RANKED, UNRANKED_WORDS
from survey.wording import Language, mark, word

NO_UNIT = mark("Không có đơn vị nào")
UNIT_TOLD = mark("{unit} {value}%, hạng {rank}")
TITLE = mark("Chỉ số (%) và thứ hạng, khối {block}")
SPAN_TOLD = mark("Cao nhất: {first}; thấp nhất: {last}.")
ONE_TOLD = mark("Chỉ có một đơn vị được xếp hạng: {first}.")
NONE_TOLD = mark("Không có đơn vị nào được xếp hạng.")
OTHERS_TOLD = mark("Số đơn vị được xếp hạng: {ranked}, chưa xếp hạng: {others}.")


def ranking_chart(
    ranking: Ranking, names: Mapping[str, str], *, basis: SamplingBasis, language: Language, simulated: bool = False
) -> Chart:
    """Return the units in rank order, each with figure, 95% range and rank “3 (1–7)”; those without a rank in grey.

    The pair in brackets is the 95% confidence set of that one rank. `names` gives the name of a unit by its code; a
    unit without one keeps its code. A figure on fewer than 10 responses is not shown. No unit makes a picture that
    says so.
    """
    title = word(TITLE, language).format(block=ranking.block)
    if not ranking.rows:
        return empty_chart("ranking", title, language=language, message=NO_UNIT)
    rows = [_row(row, names, language) for row in ranking.rows]
    dots = [_dot(row, marks_at(place)) for place, row in enumerate(ranking.rows) if _is_shown(row)]
    axis, height = axis_for(dots), height_of(rows)
    columns = TextColumn(word("Chỉ số (%)", language), 84), TextColumn(word("Khoảng thứ hạng (95%)", language), 128)
    marks = [ranges(dots, axis, height=height), points(dots, axis, height=height)]
    picture = row_picture(rows, word("Đơn vị", language), columns, marks)
    notes = notes_for([basis], language, axis=axis, simulated=simulated)
    return finished("ranking", picture, title, notes, text=f"{title}. {_told(ranking, names, language)}")


def _is_shown(row: RankRow) -> bool:
    return row.estimate.responses >= LEAST_RESPONSES and figure_of(row.estimate.value) is not None


def _row(row: RankRow, names: Mapping[str, str], language: Language) -> ChartRow:
    value = format_percent(row.estimate.value if _is_shown(row) else None, language=language)
    colour = INK if row.unranked is None else SOFT
    rank = _rank(row) if row.unranked is None else word(NOT_RANKED, language)
    return ChartRow(names.get(row.unit, row.unit), (value, rank), _instead(row, language), colour)


def _instead(row: RankRow, language: Language) -> str:
    """Return why there is nothing to draw; nothing where there is."""
    if _is_shown(row) or row.unranked is None:
        return ""
    few = 0 < row.estimate.responses < LEAST_RESPONSES
    return word(WITHHELD if few else UNRANKED_WORDS[row.unranked], language)


def _rank(row: RankRow) -> str:
    return f"{row.rank} ({row.rank_low}–{row.rank_upp})"


def _dot(row: RankRow, y: float) -> Dot:
    return Dot.of(row.estimate, y, JADE if row.unranked is None else EDGE)


def _told(ranking: Ranking, names: Mapping[str, str], language: Language) -> str:
    """Return the ends of the ranking and how many units have a rank, in words."""
    units = [_unit_told(row, names, language) for row in ranking.ranked]
    if not units:
        return word(NONE_TOLD, language)
    span = word(SPAN_TOLD if len(units) > 1 else ONE_TOLD, language).format(first=units[0], last=units[-1])
    ranked, others = (format_count(n, language=language) for n in (len(units), len(ranking.rows) - len(units)))
    return f"{span} {word(OTHERS_TOLD, language).format(ranked=ranked, others=others)}"


def _unit_told(row: RankRow, names: Mapping[str, str], language: Language) -> str:
    value = format_percent(row.estimate.value, language=language)
    return word(UNIT_TOLD, language).format(unit=names.get(row.unit, row.unit), value=value, rank=_rank(row))
