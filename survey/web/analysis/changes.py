"""Differences as cells of a table: two figures, what lies between them, and whether it is more than chance."""

from collections.abc import Mapping

from survey.analysis.comparing.comparison import Difference, Verdict
from survey.analysis.comparing.falls import Falls
from survey.analysis.figures.estimates import Estimate
from survey.formatting import format_count
from survey.reports.words import BIG_FAMILY, VERDICTS
from survey.web.analysis.tables import SheetCell, SheetColumn, count_cell, figure_cell, p_cell, signed_cell, span_cell
from survey.web.analysis.view import View
from survey.wording import Language, mark, word

NO_CHANGE_TO_TELL = mark("Chưa có đợt trước đã công bố để so sánh.")
BESIDE_REST: Mapping[Verdict, str] = {
    Verdict.FELL: mark("Thấp hơn"),
    Verdict.ROSE: mark("Cao hơn"),
}


def change_columns(language: Language, *, own: bool = False) -> tuple[SheetColumn, ...]:
    """Return the columns of `change_cells`; `own` is for the differences of one agency tested by themselves."""
    return (
        SheetColumn(word("Trước", language), ("before",)),
        SheetColumn(word("Nay", language), ("after",)),
        *difference_columns(language, own=own),
        SheetColumn(word("Số phiếu trước", language), ("responses_before",)),
        SheetColumn(word("Số phiếu nay", language), ("responses_after",)),
    )


def change_cells(
    before: Estimate, after: Estimate, difference: Difference, language: Language
) -> tuple[SheetCell, ...]:
    """Return both figures, their difference with its test, and their bases."""
    return (
        figure_cell(before.value, language),
        figure_cell(after.value, language),
        *difference_cells(difference, word(VERDICTS[difference.verdict], language), language),
        count_cell(before.responses, language),
        count_cell(after.responses, language),
    )


def difference_columns(language: Language, *, own: bool = False) -> tuple[SheetColumn, ...]:
    """Return the columns of `difference_cells`: the p-value that decides, then Holm's."""
    decides = SheetColumn(word("p (theo thứ bậc)", language), ("p_order",))
    return (
        SheetColumn(word("Chênh lệch (điểm %)", language), ("difference",)),
        SheetColumn(word("Khoảng ước lượng 95%", language), ("low", "upp")),
        decides if own else SheetColumn(word("p (BH)", language), ("p_bh",)),
        SheetColumn(word("p (Holm)", language), ("p_holm",)),
        SheetColumn(word("Kết luận", language), ("verdict",), number=False),
    )


def difference_cells(difference: Difference, verdict: str, language: Language) -> tuple[SheetCell, ...]:
    """Return a difference with its range, adjusted p-values and verdict in words."""
    return (
        signed_cell(difference.value, language),
        span_cell(difference.low, difference.upp, language),
        p_cell(difference.p_bh if difference.p_order is None else difference.p_order, language),
        p_cell(difference.p_holm, language),
        SheetCell(verdict, (difference.verdict.value,)),
    )


def verdict_beside_rest(difference: Difference, language: Language) -> str:
    """Return the verdict on an agency beside the rest of its block."""
    return word(BESIDE_REST.get(difference.verdict, VERDICTS[difference.verdict]), language)


def comparison_told(falls: Falls | None, view: View, family: str = BIG_FAMILY) -> str:
    """Say what was compared with the round before and tested together, or why nothing was."""
    language = view.language
    if falls is None:
        return word(NO_CHANGE_TO_TELL, language)
    if falls.comparison.gap:
        names = {
            name: f"{origin.round_code}, {origin.instrument}"
            for name, origin in (("before", falls.comparison.gap.before), ("after", falls.comparison.gap.after))
        }
        sentence = word("Không so sánh được với đợt trước: phiếu hoặc cách tính đã đổi ({before} → {after}).", language)
        return sentence.format(**names)
    counted = word("Số mức giảm: {falls}, trong đó vượt quá dao động ngẫu nhiên: {beyond}.", language)
    sentence = f"{word(family, language)} {counted}"
    beyond = sum(fall.difference.beyond_chance for fall in falls.rows)
    counts = {"tests": falls.comparison.tests, "falls": len(falls.rows), "beyond": beyond}
    return sentence.format(**{name: format_count(count, language=language) for name, count in counts.items()})
