"""The results of one agency: its figures beside its block's, its answers, its place, and its figures over time."""

from collections.abc import Iterator, Mapping
from itertools import chain

from survey.analysis.comparing.comparison import Difference
from survey.analysis.comparing.series import Point
from survey.analysis.figures.results import OVERALL
from survey.analysis.ranking.top_units import TopPlace, place_in_top
from survey.formatting import NO_FIGURE, format_date
from survey.reports.charts.change import signed
from survey.reports.documents.answers import answers_section
from survey.reports.documents.facts import AgencyFacts
from survey.reports.documents.figures import (
    BEYOND_NOTE,
    PART,
    base_note,
    changes_table,
    count,
    figure_notes,
    index_name,
    items_table,
    part_name,
    percent,
    range_cell,
)
from survey.reports.documents.model import DocumentColumn, DocumentRow, DocumentTable, Element, Heading, Paragraph
from survey.reports.documents.sentences import (
    beside_rest_sentence,
    difference_in_words,
    ends_sentence,
    overall_sentence,
    rank_sentence,
)
from survey.reports.words import BREAK, VERDICTS

AT_ONCE = "với độ tin cậy 95%, xét cùng lúc mọi đơn vị của khối"
TOP_SENTENCES = {
    TopPlace.CERTAIN: f"Cơ quan chắc chắn trong nhóm 5 đơn vị đầu của khối, {AT_ONCE}.",
    TopPlace.POSSIBLE: f"Cơ quan có thể thuộc nhóm 5 đơn vị đầu của khối nhưng chưa chắc chắn, {AT_ONCE}.",
    TopPlace.EXCLUDED: f"Cơ quan không thuộc nhóm 5 đơn vị đầu của khối, {AT_ONCE}.",
}
BESIDE = (
    DocumentColumn(PART.heading, 54, number=False),
    DocumentColumn("Chỉ số (%)", 18),
    DocumentColumn("Khoảng ước lượng 95%", 28),
    DocumentColumn("Số phiếu", 16),
    DocumentColumn("Cả khối (%)", 18),
    DocumentColumn("So với phần còn lại của khối (điểm %)", 26),
)
SERIES = (
    DocumentColumn("Đợt khảo sát", 40, number=False),
    DocumentColumn("Ngày mở", 23),
    DocumentColumn("Chỉ số (%)", 18),
    DocumentColumn("Khoảng ước lượng 95%", 29),
    DocumentColumn("Số phiếu", 16),
    DocumentColumn("Chênh lệch (điểm %)", 34),
)


def agency_results(facts: AgencyFacts) -> Iterator[Element]:
    """Yield the chapter on the results of an agency."""
    yield Heading("III. KẾT QUẢ", 1)
    yield from _dimensions(facts)
    yield from _items(facts)
    yield from _place(facts)
    yield from _changes(facts)
    yield from _series(facts)
    yield from answers_section(facts.run, facts.answers, "6. Các câu hỏi ngoài chỉ số")


def _dimensions(facts: AgencyFacts) -> Iterator[Element]:
    run, unit = facts.run, facts.unit
    yield Heading("1. Kết quả theo yếu tố", 2)
    yield Paragraph(overall_sentence(index_name(run), unit.name, unit.lines[OVERALL], run.basis))
    named = [(part_name(run, part, unit.lines[part].label), unit.lines[part].estimate) for part in run.parts[:-1]]
    ends = ends_sentence([(name, estimate) for name, estimate in named if estimate is not None])
    if ends:
        yield Paragraph(ends)
    if OVERALL in facts.rest:
        yield Paragraph(beside_rest_sentence(facts.rest[OVERALL], "Chỉ số chung"))
    yield _beside_block(facts)
    if "dimensions" in facts.pictures:
        yield facts.pictures["dimensions"]


def _beside_block(facts: AgencyFacts) -> DocumentTable:
    run, lines = facts.run, facts.unit.lines
    rows = tuple(_beside(facts, part) for part in run.parts)
    notes = (
        *figure_notes(run, (lines[part] for part in run.parts)),
        "Cả khối: tính gộp mọi câu trả lời của khối, kể cả cơ quan này.",
        BEYOND_NOTE,
    )
    return DocumentTable("Kết quả theo yếu tố, so với cả khối", BESIDE, rows, notes)


def _beside(facts: AgencyFacts, part: str) -> DocumentRow:
    line, block, difference = facts.unit.lines[part], facts.block[part], facts.rest.get(part)
    own = (line.instead, NO_FIGURE, NO_FIGURE)
    if line.row:
        own = (percent(line.row.index), range_cell(line.estimate), count(line.row.responses))
    beside = percent(block.row.index) if block.row else block.instead
    name = part_name(facts.run, part, line.label)
    return DocumentRow((name, *own, beside, _starred(difference)), strong=part == OVERALL)


def _starred(difference: Difference | None) -> str:
    if difference is None:
        return NO_FIGURE
    return signed(difference.value, "vi") + ("*" if difference.beyond_chance else "")


def _items(facts: AgencyFacts) -> Iterator[Element]:
    yield Heading("2. Kết quả theo tiêu chí", 2)
    yield items_table(facts.run, facts.unit.lines, "Kết quả theo tiêu chí")
    if facts.distributions:
        yield _answers(facts)
    if "items" in facts.pictures:
        yield facts.pictures["items"]


def _answers(facts: AgencyFacts) -> DocumentTable:
    """Return how often each answer was given to each item, and what share of the answers that is."""
    options = facts.run.instrument.scale.options
    width = 92 / len(options)
    columns = (
        DocumentColumn("Tiêu chí", 50, number=False),
        *(DocumentColumn(option.label.vi, width) for option in options),
        DocumentColumn("Số câu trả lời", 18),
    )
    rows = []
    for distribution in facts.distributions:
        whole = sum(distribution.counts)
        shares = (
            f"{count(number)}\n({percent(100 * number / whole)})" if whole else "0" for number in distribution.counts
        )
        rows.append(DocumentRow((f"{distribution.code}. {distribution.label.vi}", *shares, count(whole))))
    notes = ("Trong ngoặc: tỷ lệ phần trăm trên số câu trả lời của tiêu chí.", base_note(facts.run))
    return DocumentTable("Số câu trả lời theo mức độ hài lòng", columns, tuple(rows), notes)


def _place(facts: AgencyFacts) -> Iterator[Element]:
    yield Heading("3. Thứ hạng trong khối", 2)
    if facts.rank is None or facts.rank.rank is None or facts.ranked < 2:
        yield Paragraph(
            "Cơ quan chưa được xếp hạng: chưa đủ phiếu, số liệu không được công bố, hoặc trong khối chưa có từ hai cơ"
            " quan được xếp hạng."
        )
    else:
        yield Paragraph(rank_sentence(facts.rank, facts.ranked, facts.unit.block))
        if place := place_in_top(facts.rank, facts.ranked):
            yield Paragraph(TOP_SENTENCES[place])


def _changes(facts: AgencyFacts) -> Iterator[Element]:
    unit = facts.unit
    if not unit.changes:
        return
    yield Heading("4. So với đợt trước", 2)
    if OVERALL in unit.changes and facts.compared.previous:
        in_words = difference_in_words(unit.changes[OVERALL].difference)
        yield Paragraph(f"So với đợt “{facts.compared.previous}”, {index_name(facts.run)} chung {in_words}.")
    rows = ((part_name(facts.run, part, unit.lines[part].label), change) for part, change in unit.changes.items())
    yield changes_table(rows, "Thay đổi so với đợt trước", (base_note(facts.run),))
    if "change" in facts.pictures:
        yield facts.pictures["change"]


def _series(facts: AgencyFacts) -> Iterator[Element]:
    """Yield the index over the rounds, where there are several; nothing is subtracted across a break."""
    points = tuple(chain.from_iterable(facts.series.segments))
    if len(points) < 2:
        return
    yield Heading("5. Chỉ số chung qua các đợt", 2)
    steps = (None, *facts.series.steps)
    rows = tuple(_point(facts.titles, point, step) for point, step in zip(points, steps, strict=True))
    names = facts.titles
    breaks = (
        BREAK.format(before=f"“{names[gap.before.round_code]}”", after=f"“{names[gap.after.round_code]}”")
        for gap in facts.series.breaks
    )
    yield DocumentTable("Chỉ số chung qua các đợt", SERIES, rows, (base_note(facts.run), BEYOND_NOTE, *breaks))
    if "trend" in facts.pictures:
        yield facts.pictures["trend"]


def _point(titles: Mapping[str, str], point: Point, step: Difference | None) -> DocumentRow:
    one = point.estimate
    told = _starred(step) if step is None or step.value is not None else VERDICTS[step.verdict]
    cells = percent(one.value), range_cell(one), count(one.responses), told
    return DocumentRow((titles[point.origin.round_code], format_date(point.opens), *cells))
