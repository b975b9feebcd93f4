"""The public page of one agency: its dimensions with their ranges beside its block, and its items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.analysis.figures.estimates import Caution
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.errors import UnknownCodeError
from survey.formatting import format_count, format_percent
from survey.instrument.model import Dimension
from survey.operations.results.published import PublishedRun
from survey.reports.words import CAUTION_WORDS
from survey.web.results.tables import range_in_words, why_withheld
from survey.wording import Language, word


@dataclass(frozen=True, slots=True)
class PartLine:
    """One figure: its range, its base and the figure of the block; a text that says why stands where it is not shown.

    `letter` is that of the dimension, empty for the overall figure.
    """

    letter: str
    label: str
    figure: str
    range: str
    responses: str
    withheld: str
    block: str
    block_withheld: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item: its index, by the same measure as the dimensions, the share of satisfied answers, and its base.

    `satisfied` is empty where the index is that share.
    """

    label: str
    figure: str
    satisfied: str
    responses: str
    withheld: str


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """The items of a dimension. `withheld` is set when none of them is shown."""

    dimension: Dimension
    lines: tuple[ItemLine, ...]
    withheld: str


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """What is shown of an agency: `responses` is its base, empty when that is not shown.

    `nothing` says why when there is no figure at all; `answered` whether anybody answered. `cautions` are sentences,
    which begin with the letters of the dimensions they are about unless they are about all.
    """

    code: str
    name: str
    block: str
    responses: str
    parts: tuple[PartLine, ...]
    items: tuple[ItemGroup, ...]
    cautions: tuple[str, ...]
    nothing: str
    answered: bool

    @property
    def withholds(self) -> bool:
        """Whether some of its figures, or of its block, are not published."""
        parts = any(part.withheld or part.block_withheld for part in self.parts)
        return parts or any(group.withheld or any(line.withheld for line in group.lines) for group in self.items)


def report_agency(published: PublishedRun, agency_code: str, language: Language) -> AgencyReport:
    """Return the figures of an agency in the order of the questionnaire, the overall one first.

    Raises UnknownCodeError when the run has no such agency.
    """
    rows = {row.part: row for row in published.analysis.rows_of(agency_code)}
    if not rows:
        raise UnknownCodeError("agency of the run", agency_code)
    domain, dimensions = rows[OVERALL].domain, published.instrument.dimensions
    blocks = {row.part: row for row in published.analysis.blocks if row.domain.block == domain.block}
    codes = [OVERALL, *(dimension.code for dimension in dimensions)]
    parts = tuple(_part_line(rows[code], blocks[code], published, language) for code in codes)
    return AgencyReport(
        code=agency_code,
        name=domain.agency,
        block=domain.block,
        responses=parts[0].responses,
        parts=parts,
        items=tuple(_item_group(dimension, rows, published, language) for dimension in dimensions),
        cautions=_cautions([rows[code] for code in codes], published, language),
        nothing=parts[0].withheld if all(part.withheld for part in parts) else "",
        answered=bool(rows[OVERALL].responses),
    )


def explain_range(language: Language) -> str:
    """Return one plain sentence on what a published 95% range says."""
    return word(
        "Nếu hỏi những người khác cũng đến làm thủ tục tại đây, kết quả thường nằm trong khoảng này (mức "
        "95%). Khoảng này không nói gì về những người không trả lời.",
        language,
    )


def _part_line(row: IndexRow, block: IndexRow, published: PublishedRun, language: Language) -> PartLine:
    why, block_why = (why_withheld(part_row, published, language) for part_row in (row, block))
    decimals = published.analysis.results.method.decimals
    letters = {dimension.code: dimension.letter for dimension in published.instrument.dimensions}
    return PartLine(
        letter=letters.get(row.part, ""),
        label=row.label.in_language(language),
        figure="" if why else format_percent(row.index, decimals, language=language),
        range="" if why else range_in_words(row.estimate, decimals, language),
        responses="" if why else format_count(row.responses, language=language),
        withheld=why,
        block="" if block_why else format_percent(block.index, decimals, language=language),
        block_withheld=block_why,
    )


def _item_group(
    dimension: Dimension, rows: Mapping[str, IndexRow], published: PublishedRun, language: Language
) -> ItemGroup:
    lines = tuple(_item_line(rows[item.code], published, language) for item in dimension.items)
    nothing = all(line.withheld for line in lines)
    why = why_withheld(rows[dimension.code], published, language) or lines[0].withheld
    return ItemGroup(dimension, lines, why if nothing else "")


def _item_line(row: IndexRow, published: PublishedRun, language: Language) -> ItemLine:
    why, method = why_withheld(row, published, language), published.analysis.results.method
    decimals, is_share = method.decimals, method.definition == "percent_satisfied"
    return ItemLine(
        label=row.label.in_language(language),
        figure="" if why else format_percent(row.index, decimals, language=language),
        satisfied="" if why or is_share else format_percent(row.percent_satisfied, decimals, language=language),
        responses="" if why else format_count(row.responses, language=language),
        withheld=why,
    )


def _cautions(rows: Sequence[IndexRow], published: PublishedRun, language: Language) -> tuple[str, ...]:
    """Return why the shown figures must be read with care."""
    shown = [row for row in rows if row.estimate and not why_withheld(row, published, language)]
    letters = {dimension.code: dimension.letter for dimension in published.instrument.dimensions}
    sentences: list[str] = []
    for caution in Caution:
        about = [row for row in shown if row.estimate and caution in row.estimate.cautions]
        named = ", ".join(letters.get(row.part) or word("Chung", language) for row in about)
        if about:
            text = word(CAUTION_WORDS[caution], language)
            sentences.append(f"{text}." if len(about) == len(shown) else f"{named}: {text}.")
    return tuple(sentences)
