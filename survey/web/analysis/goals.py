"""How many people answered of those who were served, and how many answers each agency should have."""

from survey.analysis.comparing.comparison import Key
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.analysis.weights.sample_size import SampleGoal, sample_goals
from survey.analysis.weights.weighting import ServedUnit, base_weights
from survey.formatting import vietnamese_key
from survey.operations.rounds.visits import visits_of
from survey.reports.words import UNIT_CAUTION_WORDS
from survey.services import services
from survey.web.analysis.rows import agency_cell
from survey.web.analysis.tables import PageTable, SheetCell, SheetColumn, count_cell, figure_cell, withheld_cell
from survey.web.analysis.view import View
from survey.wording import word


def goals_sheet(view: View) -> PageTable:
    """Return the agencies whose visits are known, those furthest from the official sample size first.

    Withheld ones come last, by name: a place among the others would bound how many answered.
    """
    language, own = view.language, view.shown.survey_round
    columns = (
        SheetColumn(word("Cơ quan", language), ("agency_code", "agency"), number=False),
        SheetColumn(word("Số lượt giao dịch", language), ("visits",)),
        SheetColumn(word("Số phiếu", language), ("responses",)),
        SheetColumn(word("Tỷ lệ trả lời (%)", language), ("response_rate",)),
        SheetColumn(word("Cỡ mẫu theo hướng dẫn của Bộ Nội vụ", language), ("official_size",)),
        SheetColumn(word("Cỡ mẫu theo Cochran", language), ("cochran_size",)),
        SheetColumn(word("Còn thiếu", language), ("still_needed",)),
        SheetColumn(word("Lưu ý", language), ("cautions",), number=False),
    )
    with services().store.reading() as connection:
        visits = visits_of(connection, own).agencies
    known = {code: visits[code] for code in view.shown.agencies if code in visits}
    responses = {code: view.shown.rows[Key(code, OVERALL)].responses for code in known}
    pairs = zip(sample_goals(known, responses), base_weights(known, responses).units, strict=True)
    rows = tuple(_goal(goal, unit, view) for goal, unit in sorted(pairs, key=lambda pair: _place(pair[0], view)))
    title, empty = (
        word("Cỡ mẫu và tỷ lệ trả lời", language),
        word("Chưa nhập số lượt giao dịch của đợt này. Vào trang của đợt, chọn “Số lượt giao dịch” để nhập.", language),
    )
    return PageTable("goals", title, columns, rows, empty=empty)


def _place(goal: SampleGoal, view: View) -> tuple[object, ...]:
    code = goal.agency_code
    withheld = _reason(view.shown.rows[Key(code, OVERALL)], view) is not None
    return (True, vietnamese_key(view.shown.names[code])) if withheld else (False, -goal.still_needed)


def _reason(row: IndexRow, view: View) -> WithheldReason | None:
    """Return why it is not told how many answered; that nobody did may be told."""
    return view.shown.reason_of(row) if row.responses else None


def _goal(goal: SampleGoal, unit: ServedUnit, view: View) -> tuple[SheetCell, ...]:
    language, row = view.language, view.shown.rows[Key(goal.agency_code, OVERALL)]
    reason = _reason(row, view)
    shown = () if reason else unit.cautions
    cautions = "; ".join(word(UNIT_CAUTION_WORDS[caution], language) for caution in shown)
    return (
        agency_cell(goal.agency_code, view),
        count_cell(goal.population, language),
        withheld_cell(reason, language) if reason else count_cell(goal.collected, language),
        figure_cell(None if reason else unit.rate, language),
        count_cell(goal.official, language),
        count_cell(goal.correct, language),
        count_cell(None if reason else goal.still_needed, language),
        SheetCell(cautions, (" ".join(shown),)),
    )
