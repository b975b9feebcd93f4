"""The fact questions on the analysis pages: how many chose each answer."""

from collections.abc import Iterable, Mapping

from survey.analysis.facts import FactLine
from survey.formatting import month_code
from survey.operations.results.facts import broken_down_facts
from survey.operations.results.standing import BrokenDown
from survey.reports.tables import span_text
from survey.reports.words import FACTS_TITLE, NOT_COUNTED_WORDS
from survey.web.analysis.tables import PageTable, SheetCell, SheetColumn, count_cell, figure_cell, withheld_cell
from survey.web.analysis.view import View
from survey.wording import word


def facts_sheet(view: View, lines: Iterable[FactLine], whom: tuple[str, str] | None = None) -> PageTable:
    """Return the shares of some lines; `whom`, heading and key, is a column that says whose they are."""
    named = tuple((_name(line, view), line) for line in lines)
    return _sheet(view, "facts", word(FACTS_TITLE, view.language), named, whom)


def facts_told(view: View) -> str:
    """Say why a run has no facts, nothing where it has some or none were asked."""
    return "" if view.shown.facts.counted else word(NOT_COUNTED_WORDS, view.language)


def category_code(axis: str, category: str) -> str:
    """Return the code of a category as files have it, which for a month is nothing a spreadsheet takes for a day."""
    return month_code(category) if axis == "month" else category


def facts_breakdown(
    view: View, code: str, axis: str, broken_down: BrokenDown, labels: Mapping[str, str], title: str
) -> PageTable:
    """Return the shares in every category of an agency."""
    published = view.shown
    every = broken_down_facts(
        broken_down.breakdown, published.facts.questions, published.instrument, broken_down.reasons
    )
    own = [(group.category, line) for group, line in every if group.agency_code == code]
    shown = own if axis in published.facts.axes else ()
    named = tuple((SheetCell(labels[category], (category_code(axis, category),)), line) for category, line in shown)
    return _sheet(view, "facts", word(FACTS_TITLE, view.language), named, (title, "category"))


def _name(line: FactLine, view: View) -> SheetCell:
    own = line.domain
    name = own.agency or own.block or word("Tất cả cơ quan", view.language)
    return SheetCell(name, (own.agency_code or own.block or None,))


def _sheet(
    view: View, name: str, title: str, lines: tuple[tuple[SheetCell, FactLine], ...], whom: tuple[str, str] | None
) -> PageTable:
    language = view.language
    columns = (
        *([SheetColumn(whom[0], (whom[1],), number=False)] if whom else []),
        SheetColumn(word("Câu hỏi", language), ("question", "question_label"), number=False),
        SheetColumn(word("Câu trả lời", language), ("answer", "answer_label"), number=False),
        SheetColumn(word("Tỷ lệ (%)", language), ("share",)),
        SheetColumn(word("Khoảng ước lượng 95%", language), ("low", "upp")),
        SheetColumn(word("Số người trả lời câu hỏi", language), ("responses",)),
    )
    rows = tuple((*([cell] if whom else []), *cells) for cell, line in lines for cells in _cells(line, view))
    return PageTable(name, title, columns, rows)


def _cells(line: FactLine, view: View) -> Iterable[tuple[SheetCell, ...]]:
    language, question = view.language, line.question
    label = question.short.in_language(language)
    for option, share in zip(question.options, line.shares, strict=True):
        answer = option.label.in_language(language)
        head = SheetCell(label, (question.code, label)), SheetCell(answer, (option.symbol, answer))
        if line.reason:
            yield (*head, withheld_cell(line.reason, language), SheetCell("–", (None, None)), SheetCell("–", (None,)))
        else:
            ends = line.range_of(share)
            figures = figure_cell(share.index, language), SheetCell(span_text(*ends, 2, language), ends)
            yield (*head, *figures, count_cell(line.responses, language))
