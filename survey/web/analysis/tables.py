"""Tables of the analysis pages: built once, shown as a page and sent as a file with the figures unrounded."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.results import IndexRow
from survey.formatting import format_count, format_percent
from survey.operations.results.published import PublishedRun
from survey.reports.sheets import Sheet as FileSheet
from survey.reports.sheets import sheet_bytes
from survey.reports.tables import range_text, simulation_notice
from survey.reports.words import CAUTION_WORDS
from survey.wording import Language, mark, word

Value: TypeAlias = "str | float | int | None"

NO_RESPONSES, WITHHELD = mark("không có phiếu"), mark("không công bố")
TINY = 0.001


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column: its title on the page, and the columns it has in a file."""

    title: str
    keys: tuple[str, ...]
    number: bool = True


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell: its text on the page, its values in a file (one for each key of the column), and where it leads."""

    text: str
    values: tuple[Value, ...]
    href: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table. `left_out` rows stand in the file only; `empty` is said when there is no row."""

    name: str
    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[SheetCell, ...], ...]
    left_out: int = 0
    empty: str = ""


def text_cell(text: str) -> SheetCell:
    """Return words, which stand in a file as they are."""
    return SheetCell(text, (text,))


def count_cell(count: int | None, language: Language) -> SheetCell:
    """Return a whole number, a dash for none."""
    return SheetCell("–" if count is None else format_count(count, language=language), (count,))


def figure_cell(value: float | None, language: Language, decimals: int = 2) -> SheetCell:
    """Return a figure in per cent or in points, unrounded in a file."""
    return SheetCell(format_percent(value, decimals, language=language), (value,))


def signed_cell(value: float | None, language: Language) -> SheetCell:
    """Return a difference in percentage points with its sign."""
    text = format_percent(value, language=language).replace("-", "−")
    rises = value is not None and value > 0 and any(digit in "123456789" for digit in text)
    return SheetCell(f"+{text}" if rises else text, (value,))


def span_cell(low: float | None, upp: float | None, language: Language) -> SheetCell:
    """Return a range of differences."""
    if low is None or upp is None:
        return SheetCell("–", (low, upp))
    return SheetCell(" … ".join(signed_cell(end, language).text for end in (low, upp)), (low, upp))


def p_cell(value: float | None, language: Language) -> SheetCell:
    """Return a p-value with three decimals; what is smaller than that is said to be smaller, never 0."""
    if value is not None and value < TINY:
        return SheetCell(f"< {format_percent(TINY, 3, language=language)}", (value,))
    return figure_cell(value, language, 3)


def range_cell(estimate: Estimate | None, language: Language) -> SheetCell:
    """Return the 95% range of a figure."""
    low, upp = (estimate.low, estimate.upp) if estimate else (None, None)
    return SheetCell(range_text(estimate, 2, language), (low, upp))


def withheld_cell(reason: WithheldReason, language: Language) -> SheetCell:
    """Return why there is no figure; a file has nothing there."""
    return SheetCell(
        word(NO_RESPONSES if reason is WithheldReason.NO_RESPONSES else WITHHELD, language), (None,), quiet=True
    )


def figure_columns(index: str, language: Language) -> tuple[SheetColumn, ...]:
    """Return the columns of `figure_cells`; `index` is the heading of the figure."""
    return (
        SheetColumn(index, ("index",)),
        SheetColumn(word("Khoảng ước lượng 95%", language), ("low", "upp")),
        SheetColumn(word("Số phiếu", language), ("responses",)),
    )


def figure_cells(row: IndexRow, shown: PublishedRun, language: Language) -> tuple[SheetCell, ...]:
    """Return the figure, its range and its base, or why they are not shown."""
    return figures_or_reason(row, shown.reason_of(row), language)


def figures_or_reason(row: IndexRow, reason: WithheldReason | None, language: Language) -> tuple[SheetCell, ...]:
    """Return the figure, its range and its base, or the reason in place of the figure."""
    if reason:
        return withheld_cell(reason, language), SheetCell("–", (None, None)), SheetCell("–", (None,))
    figures = figure_cell(row.index, language), range_cell(row.estimate, language)
    return (*figures, count_cell(row.responses, language))


def caution_cell(rows: Iterable[IndexRow], language: Language) -> SheetCell:
    """Return what must be known about the figures of some rows."""
    found = dict.fromkeys(one for row in rows if row.estimate for one in row.estimate.cautions)
    return SheetCell(". ".join(word(CAUTION_WORDS[one], language) for one in found), (" ".join(found),))


def sheet_file(sheet: PageTable, shown: PublishedRun, language: Language, *, layout: str) -> bytes:
    """Return a table for people and programs in one of `SHEET_LAYOUTS`: figures unrounded, the run on every line."""
    published = shown
    simulated = published.survey_round.simulated
    about_run = {
        "round": published.survey_round.code,
        "run": published.head.id,
        "basis": published.survey_round.basis.value,
    }
    about_run |= {"notice": simulation_notice(language)} if simulated else {}
    keys = [key for column in sheet.columns for key in column.keys]
    rows = ([*(value for cell in row for value in cell.values), *about_run.values()] for row in sheet.rows)
    return sheet_bytes(FileSheet(sheet.name, [*keys, *about_run], rows), layout)
