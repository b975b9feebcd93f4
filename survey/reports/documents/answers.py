"""The questions outside the index in a report: the share of every answer, with its range and base."""

from collections.abc import Iterable, Iterator

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.facts import FactLine
from survey.formatting import NO_FIGURE
from survey.reports.charts.drawing import WITHHELD
from survey.reports.documents.facts import NO_RESPONSES, Answers, Run
from survey.reports.documents.figures import base_note, count, percent
from survey.reports.documents.model import DocumentColumn, DocumentRow, DocumentTable, Element, Heading, Paragraph
from survey.reports.tables import span_text
from survey.reports.words import FACTS_NOTE, NOT_COUNTED_WORDS

SHARES = (
    DocumentColumn("Câu trả lời", 90, number=False),
    DocumentColumn("Tỷ lệ (%)", 20),
    DocumentColumn("Khoảng ước lượng 95%", 30),
    DocumentColumn("Số người trả lời", 20),
)
EVERYBODY = "Tất cả cơ quan"
WHOSE = DocumentColumn("Cơ quan", 60, number=False)


def answers_section(run: Run, answers: Answers, heading: str) -> Iterator[Element]:
    """Yield the section on the questions outside the index; nothing where a round asks none."""
    if answers.counted and not answers.lines:
        return
    yield Heading(heading, 2)
    if not answers.counted:
        yield Paragraph(NOT_COUNTED_WORDS)
        return
    for question in dict.fromkeys(line.question.code for line in answers.lines):
        own = [line for line in answers.lines if line.question.code == question]
        rows = tuple(row for line in own for row in _rows(line, several=len(own) > 1))
        yield DocumentTable(own[0].question.short.vi, SHARES, rows, (FACTS_NOTE, base_note(run)))


def answers_by_agency(run: Run, answers: Answers) -> Iterator[Element]:
    """Yield a table for every question, with a line for each agency; nothing where there is no question."""
    if answers.agencies:
        yield Heading("Các câu hỏi ngoài chỉ số", 2)
    for question in dict.fromkeys(line.question.code for line in answers.agencies):
        own = [line for line in answers.agencies if line.question.code == question]
        options = own[0].question.options
        width = (160 - WHOSE.width - 20) / len(options)
        columns = (
            WHOSE,
            *(DocumentColumn(f"{option.label.vi} (%)", width) for option in options),
            DocumentColumn("Số người trả lời", 20),
        )
        yield DocumentTable(own[0].question.short.vi, columns, tuple(map(_agency, own)), (FACTS_NOTE, base_note(run)))


def _rows(line: FactLine, *, several: bool) -> Iterable[DocumentRow]:
    """Yield the answers to a question, below the name of whose they are where there are several."""
    name = (line.domain.block or EVERYBODY) if several else line.question.short.vi
    if line.reason is not None:
        yield DocumentRow((name, _instead(line), NO_FIGURE, NO_FIGURE), strong=several)
        return
    if several:
        yield DocumentRow((name, "", "", ""), strong=True)
    for option, share in zip(line.question.options, line.shares, strict=True):
        ends = span_text(*line.range_of(share), 2, "vi")
        yield DocumentRow((option.label.vi, percent(share.index), ends, count(line.responses)))


def _instead(line: FactLine) -> str:
    return NO_RESPONSES if line.reason is WithheldReason.NO_RESPONSES else WITHHELD


def _agency(line: FactLine) -> DocumentRow:
    if line.reason is not None:
        rest = [NO_FIGURE] * len(line.shares)
        return DocumentRow((line.domain.agency, _instead(line), *rest))
    return DocumentRow((line.domain.agency, *(percent(share.index) for share in line.shares), count(line.responses)))
