"""The shares of the fact questions as CSV: a line for every answer, without what is withheld."""

import csv
from collections.abc import Iterable
from typing import TextIO

from survey.analysis.facts import FactLine
from survey.formatting import spreadsheet_safe, to_nfc
from survey.reports.exports import BYTE_ORDER_MARK
from survey.wording import Language

COLUMNS = (
    *("block", "agency_code", "agency", "question", "question_label", "answer", "answer_label"),
    *("share", "low", "upp", "responses"),
)


def write_facts_csv(lines: Iterable[FactLine], stream: TextIO, *, language: Language = "vi") -> None:
    """Write the lines that may be shown: shares unrounded, ranges with two decimals, empty names for everybody."""
    stream.write(BYTE_ORDER_MARK)
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for line in lines:
        if line.reason is None:
            writer.writerows(_rows(line, language))


def _rows(line: FactLine, language: Language) -> Iterable[tuple[object, ...]]:
    own, question = line.domain, line.question
    whose = (own.block, own.agency_code, own.agency, question.code, question.short.in_language(language))
    for option, share in zip(question.options, line.shares, strict=True):
        texts = (*whose, option.symbol, option.label.in_language(language))
        safe = (spreadsheet_safe(to_nfc(text)) for text in texts)
        yield (*safe, share.index, *line.range_of(share), line.responses)
