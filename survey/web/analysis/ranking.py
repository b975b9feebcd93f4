"""The ranking of a block: how far apart the agencies are, beside how well that is known."""

from dataclasses import dataclass

from survey.analysis.comparing.comparison import Key
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.analysis.ranking.climbing import Climb, ClimbAnswer, needed_to_climb
from survey.analysis.ranking.ranking import Ranking, RankRow, rank_change
from survey.analysis.ranking.top_units import TOP, place_in_top
from survey.errors import UnknownCodeError
from survey.formatting import format_percent, read_whole
from survey.operations.results.charts import ChartName
from survey.operations.results.drawing import ChartKind
from survey.reports.words import (
    BELOW_OFFICIAL_SIZE,
    CLIMB_WORDS,
    NOT_RANKED,
    ORDER_WARNING,
    TOP_TITLE,
    TOP_WORDS,
    UNRANKED_WORDS,
    WITHIN_RANGE,
    top_sentence,
    word_rank_change,
)
from survey.web.analysis.rows import agency_cell
from survey.web.analysis.tables import (
    PageTable,
    SheetCell,
    SheetColumn,
    count_cell,
    figure_cell,
    figure_cells,
    figure_columns,
    withheld_cell,
)
from survey.web.analysis.view import AnalysisPage, View, pictures
from survey.wording import word

MOST_PLACES = 999


@dataclass(frozen=True, slots=True)
class Climbing:
    """The answer to “what would it take to climb k places”, in words, and a table of dimensions if there is one."""

    unit: str
    places: int
    words: tuple[str, ...]
    dimensions: PageTable | None


def ranking_page(view: View) -> AnalysisPage:
    """Return the ranking of the block asked for, else of the first with a place to give; raises UnknownCodeError."""
    blocks = tuple(published.block for published in view.shown.rankings)
    if not blocks:
        raise UnknownCodeError("block of the run", view.asked.get("block", ""))
    first = next((published.block for published in view.shown.rankings if published.ranked), blocks[0])
    ranking = view.shown.ranking_of(view.asked.get("block", first))
    place = str(blocks.index(ranking.block))
    climb = _climbing(ranking, view)
    sheets = (_ranking(ranking, view), _groups(ranking, view))
    more = {
        "charts": pictures(view, ChartName(ChartKind.RANKING, place)),
        "ranking": ranking,
        "blocks": blocks,
        "warning": word(ORDER_WARNING, view.language),
        "top": top_sentence(ranking, view.shown.names, view.language),
        "units": [(row.unit, view.shown.names[row.unit]) for row in ranking.ranked],
        "climb": climb,
    }
    return AnalysisPage(sheets if climb is None or climb.dimensions is None else (*sheets, climb.dimensions), more)


def _ranking(ranking: Ranking, view: View) -> PageTable:
    language = view.language
    columns = (
        SheetColumn(word("Cơ quan", language), ("agency_code", "agency"), number=False),
        SheetColumn(word("Hạng", language), ("rank",)),
        *figure_columns(view.index_title, language),
        SheetColumn(word("Khoảng thứ hạng 95%, riêng từng cơ quan", language), ("rank_low", "rank_upp")),
        SheetColumn(word("Khoảng thứ hạng 95%, chung cả khối", language), ("joint_low", "joint_upp")),
        *([SheetColumn(word(TOP_TITLE, language), ("top_five",), number=False)] if _has_top(ranking) else []),
        SheetColumn(word("Nhóm", language), ("groups",)),
        SheetColumn(word("So với đợt trước", language), ("rank_change",), number=False),
        SheetColumn(word("Lưu ý", language), ("note",), number=False),
    )
    before = _ranks_before(ranking.block, view)
    ranked = tuple(_rank_cells(row, before.get(row.unit), ranking, view) for row in ranking.rows)
    known = {row.unit for row in ranking.rows}
    others = (row for row in view.shown.members(ranking.block) if row.domain.agency_code not in known)
    hidden = tuple(_hidden_cells(row, ranking, view) for row in others)
    return PageTable("ranking", word("Thứ hạng trong khối", language), columns, (*ranked, *hidden))


def _ranks_before(block: str, view: View) -> dict[str, int | None]:
    """Return the ranks of the round before, none across a break or without the block."""
    previous, falls = view.standing.previous_of(view.shown), view.standing.falls_of(view.shown)
    if previous is None or falls is None or falls.comparison.gap:
        return {}
    return {row.unit: row.rank for one in previous.rankings if one.block == block for row in one.rows}


def _rank_cells(row: RankRow, before: int | None, ranking: Ranking, view: View) -> tuple[SheetCell, ...]:
    language, change = view.language, rank_change(before, row.rank)
    return (
        agency_cell(row.unit, view),
        count_cell(row.rank, language)
        if row.rank is not None
        else SheetCell(word(NOT_RANKED, language), (None,), quiet=True),
        *figure_cells(view.shown.rows[Key(row.unit, OVERALL)], view.shown, language),
        _set_cell(row.rank_low, row.rank_upp),
        _set_cell(row.joint_low, row.joint_upp),
        *([_top_cell(row, ranking, view)] if _has_top(ranking) else []),
        SheetCell(", ".join(map(str, row.groups)) or "–", (" ".join(map(str, row.groups)),)),
        SheetCell("–" if change is None else word_rank_change(change, language), (change,)),
        _note_cell(row, view),
    )


def _set_cell(low: int | None, upp: int | None) -> SheetCell:
    return SheetCell("–" if low is None else f"{low}–{upp}", (low, upp))


def _has_top(ranking: Ranking) -> bool:
    """Tell whether a block has more units than the group of the best."""
    return len(ranking.ranked) > TOP


def _top_cell(row: RankRow, ranking: Ranking, view: View) -> SheetCell:
    place = place_in_top(row, len(ranking.ranked))
    return SheetCell(word(TOP_WORDS[place], view.language) if place else "–", (place.value if place else None,))


def _note_cell(row: RankRow, view: View) -> SheetCell:
    why = [UNRANKED_WORDS[row.unranked]] if row.unranked else []
    size = [BELOW_OFFICIAL_SIZE] if row.below_official else []
    codes = [*([row.unranked.value] if row.unranked else []), *(["below_official_size"] if row.below_official else [])]
    return SheetCell("; ".join(word(one, view.language) for one in [*why, *size]), (" ".join(codes),))


def _hidden_cells(row: IndexRow, ranking: Ranking, view: View) -> tuple[SheetCell, ...]:
    """Return an agency that has no place because its figure is not shown."""
    reason = view.shown.reason_of(row) or WithheldReason.NO_RESPONSES
    nothing = SheetCell("–", (None,))
    pair = SheetCell("–", (None, None))
    head = (agency_cell(row.domain.agency_code, view), SheetCell(word(NOT_RANKED, view.language), (None,), quiet=True))
    figures = (withheld_cell(reason, view.language), pair, nothing, pair, pair)
    top = [nothing] if _has_top(ranking) else []
    return (*head, *figures, *top, nothing, nothing, SheetCell("", ("",)))


def _groups(ranking: Ranking, view: View) -> PageTable:
    """Return the runs of neighbours of which no two differ beyond chance; each is told by its ends."""
    language = view.language
    columns = (
        SheetColumn(word("Nhóm", language), ("group",), number=False),
        SheetColumn(word("Từ", language), ("first_code", "first"), number=False),
        SheetColumn(word("Đến", language), ("last_code", "last"), number=False),
        SheetColumn(word("Số cơ quan", language), ("agencies",)),
    )
    rows = tuple(
        (
            SheetCell(str(number), (number,)),
            agency_cell(units[0], view),
            agency_cell(units[-1], view),
            count_cell(len(units), language),
        )
        for number, units in enumerate(ranking.groups, start=1)
    )
    return PageTable("groups", word("Các nhóm không phân biệt được hơn kém", language), columns, rows)


def _climbing(ranking: Ranking, view: View) -> Climbing | None:
    """Return the answer to the question of the form, None when nothing was asked; raises UnknownCodeError."""
    unit, places = view.asked.get("unit", ""), _places(view.asked.get("k", "1"))
    if not unit:
        return None
    climb = needed_to_climb(ranking, unit, places, dimensions=view.shown.dimension_shares(unit))
    sentences = [_climb_in_words(climb, view)]
    if climb.answer is ClimbAnswer.NEEDS and climb.within_range:
        sentences.append(word(WITHIN_RANGE, view.language))
    return Climbing(unit, places, tuple(sentences), _lifted(climb, view) if climb.dimensions else None)


def _places(text: str) -> int:
    """Return a number of places from 1 up, 1 for what is none."""
    return min(max(read_whole(text) or 1, 1), MOST_PLACES)


def _climb_in_words(climb: Climb, view: View) -> str:
    value, gap = (format_percent(figure, language=view.language) for figure in (climb.value, climb.gap))
    return word(CLIMB_WORDS[climb.answer], view.language).format(value=value, gap=gap, rank=climb.rank)


def _lifted(climb: Climb, view: View) -> PageTable:
    language, rows = view.language, view.shown.rows
    columns = (
        SheetColumn(word("Nội dung đánh giá", language), ("part", "label"), number=False),
        SheetColumn(word("Nay", language), ("index",)),
        SheetColumn(word("Cần đạt", language), ("needed",)),
    )
    lifted = [(rows[Key(climb.unit, part)], value) for part, value in (climb.dimensions or {}).items()]
    cells = tuple(
        (
            SheetCell(row.label.in_language(language), (row.part, row.label.in_language(language))),
            figure_cell(row.index, language),
            figure_cell(value, language),
        )
        for row, value in lifted
    )
    return PageTable("climb", word("Nếu mọi yếu tố cùng tăng như nhau", language), columns, cells)
