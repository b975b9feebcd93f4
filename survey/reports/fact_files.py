"""The shares of the fact questions as a table: a line for every answer, without what is withheld."""

from collections.abc import Iterable, Iterator
from itertools import chain

from survey.analysis.facts import FactLine
from survey.reports.sheets import Sheet
from survey.reports.workbooks import Cell
from survey.wording import Language, mark

COLUMNS = (
    *("block", "agency_code", "agency", "question", "question_label", "answer", "answer_label"),
    *("share", "low", "upp", "responses"),
)


def facts_sheet(lines: Iterable[FactLine], *, language: Language = "vi") -> Sheet:
    """Return the lines that may be shown: shares unrounded, ranges with two decimals, empty names for everybody."""
    shown = (line for line in lines if line.reason is None)
    rows = chain.from_iterable(_rows(line, language) for line in shown)
    return Sheet(mark("Câu hỏi ngoài chỉ số"), COLUMNS, rows, dict.fromkeys(("share", "low", "upp"), 2))


def _rows(line: FactLine, language: Language) -> Iterator[tuple[Cell, ...]]:
    own, question = line.domain, line.question
    whose = (own.block, own.agency_code, own.agency, question.code, question.short.in_language(language))
    for option, share in zip(question.options, line.shares, strict=True):
        texts = (*whose, option.symbol, option.label.in_language(language))
        yield (*texts, share.index, *line.range_of(share), line.responses)
