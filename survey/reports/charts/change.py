"""What changed against an earlier round: both figures of each part, joined where they may be subtracted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from survey.analysis.comparing.comparison import Difference, Verdict, is_figure
from survey.analysis.comparing.falls import Fall
from survey.analysis.figures.estimates import Estimate
from survey.fieldwork import SamplingBasis
from survey.formatting import format_percent
from survey.instrument.model import LocalText
from survey.reports.charts.drawing import EDGE, JADE, RED, Chart, empty_chart, finished, who_answered
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
from survey.reports.words import VERDICTS
from survey.wording import Language, mark, word

TITLE = mark("Thay đổi chỉ số (%) so với đợt trước: {subject}")
NOTE = mark("Chấm nhỏ: đợt trước. Chấm tô kín: thay đổi vượt quá dao động ngẫu nhiên.")
COUNTS_TOLD = mark(
    "Giảm vượt quá dao động ngẫu nhiên: {fell}; tăng: {rose}; chưa vượt quá hoặc chưa so sánh được: {rest}."
)
FALL_TOLD = mark("Giảm nhiều nhất: {part}, {value} điểm phần trăm.")
COLOURS = {Verdict.FELL: RED, Verdict.ROSE: JADE}


@dataclass(frozen=True, slots=True)
class Change:
    """One dimension or item in two rounds, risen or fallen: a `Fall` has the same figures."""

    label: LocalText
    before: Estimate
    after: Estimate
    difference: Difference


Changed: TypeAlias = Change | Fall


def change_chart(
    changes: Sequence[Changed],
    *,
    subject: str,
    basis: SamplingBasis,
    language: Language,
    simulated: bool = False,
) -> Chart:
    """Return one row a part, in their order: figure before, figure now, and the points between.

    Those beyond chance are filled, red for a fall and green for a rise. Where a difference has no value both figures
    are left out, with the verdict in their place. No part makes a picture that says so.
    """
    title = word(TITLE, language).format(subject=subject)
    if not changes:
        return empty_chart("change", title, language=language)
    rows = [_row(change, language) for change in changes]
    drawn = [(change, marks_at(place)) for place, change in enumerate(changes) if _is_drawn(change)]
    before = [_before(change, y) for change, y in drawn]
    after = [_after(change, y) for change, y in drawn]
    axis, height = axis_for([*before, *after]), height_of(rows)
    columns = [TextColumn(word(name, language), 70) for name in (mark("Trước"), mark("Nay"), mark("Chênh lệch"))]
    marks = [ranges(after, axis, height=height), points(before, axis, height=height, size=40)]
    marks.append(points(after, axis, height=height))
    picture = row_picture(rows, word("Nội dung đánh giá", language), columns, marks)
    notes = (*who_answered([basis], language, simulated=simulated), word(NOTE, language), axis.note(language))
    return finished("change", picture, title, notes, text=f"{title}. {_told(changes, language)}")


def _is_drawn(change: Changed) -> bool:
    figures = change.before.value, change.after.value, change.difference.value
    return all(map(is_figure, figures))


def _row(change: Changed, language: Language) -> ChartRow:
    label = change.label.in_language(language)
    if not _is_drawn(change):
        return ChartRow(label, ("–", "–", "–"), word(VERDICTS[change.difference.verdict], language))
    before, after = (format_percent(side.value, language=language) for side in (change.before, change.after))
    return ChartRow(label, (before, after, signed(change.difference.value, language)))


def signed(value: float | None, language: Language) -> str:
    """Write a difference in percentage points with its sign, which is a minus and no hyphen.

    >>> signed(-2.58, "vi"), signed(1.284, "en"), signed(0.001, "vi"), signed(None, "vi")
    ('−2,58', '+1.28', '0,00', '–')
    """
    text = format_percent(value, language=language)
    rises = value is not None and any(digit in "123456789" for digit in text) and value > 0
    return f"+{text}" if rises else text.replace("-", "−")


def _before(change: Changed, y: float) -> Dot:
    return Dot(y, change.before.value, colour=EDGE, fill=EDGE)


def _after(change: Changed, y: float) -> Dot:
    """Return the figure now, its range being the way from the figure before."""
    first, second = change.before.value or 0.0, change.after.value or 0.0
    colour = COLOURS.get(change.difference.verdict, EDGE)
    fill = colour if change.difference.beyond_chance else "#ffffff"
    return Dot(y, second, min(first, second), max(first, second), colour, fill)


def _told(changes: Sequence[Changed], language: Language) -> str:
    """Return how many parts fell and rose beyond chance, and the largest such fall, in words."""
    verdicts = [change.difference.verdict for change in changes]
    fell, rose = verdicts.count(Verdict.FELL), verdicts.count(Verdict.ROSE)
    counts = word(COUNTS_TOLD, language).format(fell=fell, rose=rose, rest=len(changes) - fell - rose)
    fallen = [change for change in changes if change.difference.verdict is Verdict.FELL and _is_drawn(change)]
    if not fallen:
        return counts
    worst = min(fallen, key=_value)
    value = signed(worst.difference.value, language)
    return f"{counts} {word(FALL_TOLD, language).format(part=worst.label.in_language(language), value=value)}"


def _value(change: Changed) -> float:
    return change.difference.value or 0.0
