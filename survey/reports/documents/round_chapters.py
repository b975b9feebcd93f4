"""The results of a round: everybody together, the blocks, and the rankings with how little or much they mean."""

from collections.abc import Iterator, Mapping

from survey.analysis.figures.results import OVERALL
from survey.analysis.ranking.ranking import RankRow, rank_change
from survey.analysis.ranking.top_units import TopPlace, place_in_top
from survey.formatting import NO_FIGURE
from survey.reports.charts.drawing import WITHHELD
from survey.reports.documents.answers import answers_section
from survey.reports.documents.facts import Block, Ranked, RoundFacts
from survey.reports.documents.figures import (
    base_note,
    changes_table,
    count,
    index_name,
    items_table,
    main_parts_table,
    part_name,
    percent,
    range_cell,
)
from survey.reports.documents.model import DocumentColumn, DocumentRow, DocumentTable, Element, Heading, Paragraph
from survey.reports.documents.sentences import block_sentence, difference_in_words, ends_sentence, overall_sentence
from survey.reports.words import (
    BELOW_OFFICIAL_SIZE,
    MEAN_OF_AGENCIES,
    ORDER_WARNING,
    POOLED,
    UNRANKED_WORDS,
    top_sentence,
    word_rank_change,
)

EVERYBODY = "tất cả cơ quan"
NO_BLOCK = "khác (không thuộc khối nào)"
# A picture of more rows would not fit on a page; the table has them all.
MOST_DRAWN = 14
BLOCKS = (
    DocumentColumn("Khối", 36, number=False),
    DocumentColumn(POOLED, 20),
    DocumentColumn("Khoảng ước lượng 95%", 27),
    DocumentColumn("Số phiếu", 17),
    DocumentColumn(MEAN_OF_AGENCIES, 20),
    DocumentColumn("Khoảng ước lượng 95%", 27),
    DocumentColumn("Số cơ quan có phiếu", 13),
)
RANKING = (
    DocumentColumn("Hạng", 12),
    DocumentColumn("Cơ quan", 43, number=False),
    DocumentColumn("Chỉ số (%)", 15),
    DocumentColumn("Khoảng ước lượng 95%", 25),
    DocumentColumn("Số phiếu", 13),
    DocumentColumn("Khoảng thứ hạng 95%", 17),
    DocumentColumn("Nhóm", 14),
    DocumentColumn("So với đợt trước", 21, number=False),
)
TOP_NOTE = "Chắc chắn trong nhóm 5 đơn vị đầu của khối, với độ tin cậy 95%, xét cùng lúc mọi đơn vị của khối."
FEW_AGREE = "Chưa có từ hai cơ quan được xếp hạng nên không lập bảng thứ hạng."


def round_results(facts: RoundFacts) -> Iterator[Element]:
    """Yield the chapter on the results of a round."""
    yield Heading("III. KẾT QUẢ", 1)
    yield from _everybody(facts)
    yield Heading("2. Kết quả theo khối", 2)
    yield _blocks(facts)
    yield Heading("3. Thứ hạng trong từng khối", 2)
    yield from _rankings(facts)
    yield from answers_section(facts.run, facts.answers, "4. Các câu hỏi ngoài chỉ số")


def _everybody(facts: RoundFacts) -> Iterator[Element]:
    run, total = facts.run, facts.total
    yield Heading("1. Kết quả chung", 2)
    yield Paragraph(overall_sentence(index_name(run), EVERYBODY, total[OVERALL], run.basis))
    named = [(part_name(run, part, total[part].label), total[part].estimate) for part in run.parts[:-1]]
    ends = ends_sentence([(name, estimate) for name, estimate in named if estimate is not None])
    if ends:
        yield Paragraph(ends)
    yield main_parts_table(run, total, "Kết quả chung theo yếu tố, tính gộp mọi câu trả lời")
    if "overview" in facts.pictures:
        yield facts.pictures["overview"]
    yield from _changes(facts)
    yield items_table(run, total, "Kết quả chung theo tiêu chí")


def _changes(facts: RoundFacts) -> Iterator[Element]:
    """Yield how everybody's figures changed, where the rounds can be compared."""
    if OVERALL in facts.changes and facts.compared.previous:
        in_words = difference_in_words(facts.changes[OVERALL].difference)
        yield Paragraph(f"So với đợt “{facts.compared.previous}”, {index_name(facts.run)} chung {in_words}.")
    if facts.changes:
        names = (
            (part_name(facts.run, part, facts.total[part].label), change) for part, change in facts.changes.items()
        )
        note = "Các cơ quan và số phiếu của từng cơ quan trong hai đợt có thể khác nhau."
        yield changes_table(names, "Kết quả chung so với đợt trước", (base_note(facts.run), note))


def _blocks(facts: RoundFacts) -> DocumentTable:
    notes = (
        base_note(facts.run),
        "Hai cách tính cho kết quả khác nhau khi số phiếu của các cơ quan khác nhau: tính gộp thì cơ quan nhiều phiếu"
        " có trọng số lớn hơn, trung bình cộng thì các cơ quan có trọng số như nhau.",
    )
    return DocumentTable("Kết quả theo khối", BLOCKS, tuple(map(_block, facts.blocks)), notes)


def _block(block: Block) -> DocumentRow:
    name, row, mean = block.name or NO_BLOCK, block.line.row, block.mean
    pooled = (block.line.instead, NO_FIGURE, NO_FIGURE)
    if row:
        pooled = (percent(row.index), range_cell(row.estimate), count(row.responses))
    of_agencies = (WITHHELD, NO_FIGURE)
    if mean:
        ends = NO_FIGURE if mean.low is None else f"{percent(mean.low)}–{percent(mean.upp)}"
        of_agencies = percent(mean.value), ends
    return DocumentRow((name, *pooled, *of_agencies, count(block.agencies)))


def _rankings(facts: RoundFacts) -> Iterator[Element]:
    for place, ranked_block in enumerate(facts.rankings):
        ranked = ranked_block.ranking.ranked
        yield Heading(f"Khối: {ranked_block.ranking.block or NO_BLOCK}", 3)
        if len(ranked) < 2:
            yield Paragraph(FEW_AGREE)
            continue
        yield Paragraph(block_sentence(ranked, facts.names))
        if sentence := top_sentence(ranked_block.ranking, facts.names, "vi"):
            yield Paragraph(sentence)
        yield Paragraph(ORDER_WARNING)
        yield _ranking(ranked_block, facts)
        if f"ranking-{place}" in facts.pictures and len(ranked_block.ranking.rows) <= MOST_DRAWN:
            yield facts.pictures[f"ranking-{place}"]


def _ranking(one: Ranked, facts: RoundFacts) -> DocumentTable:
    hidden = (DocumentRow((NO_FIGURE, line.label, line.instead, *[NO_FIGURE] * 5)) for line in one.without_figure)
    rows = (*(_rank(row, one, facts.names) for row in one.ranking.rows), *hidden)
    return DocumentTable(
        f"Thứ hạng trong khối {one.ranking.block or NO_BLOCK}", RANKING, rows, (base_note(facts.run), *_notes(one))
    )


def _rank(row: RankRow, ranked: Ranked, names: Mapping[str, str]) -> DocumentRow:
    estimate, change = row.estimate, rank_change(ranked.before.get(row.unit), row.rank)
    return DocumentRow(
        (
            NO_FIGURE if row.rank is None else count(row.rank),
            names[row.unit] + _marks(row, len(ranked.ranking.ranked)),
            percent(estimate.value),
            range_cell(estimate),
            count(estimate.responses),
            NO_FIGURE if row.rank_low is None else f"{row.rank_low}–{row.rank_upp}",
            _groups(row.groups),
            NO_FIGURE if change is None else word_rank_change(change, "vi"),
        )
    )


def _groups(groups: tuple[int, ...]) -> str:
    """Return the groups of an agency; they follow one another, so the first and the last tell all."""
    if len(groups) < 2:
        return str(groups[0]) if groups else NO_FIGURE
    return f"{groups[0]}–{groups[-1]}"


def _marks(row: RankRow, ranked: int) -> str:
    """Return the signs that lead to the notes below the table."""
    certain = place_in_top(row, ranked) is TopPlace.CERTAIN
    return ("§" if certain else "") + ("†" if row.below_official else "") + ("‡" if row.unranked else "")


def _notes(ranked_block: Ranked) -> Iterator[str]:
    yield (
        "Khoảng thứ hạng 95% tính riêng cho từng cơ quan. Các cơ quan cùng một nhóm không phân biệt được hơn kém; một"
        " cơ quan có thể thuộc nhiều nhóm liền nhau."
    )
    ranked = ranked_block.ranking.ranked
    if any(place_in_top(row, len(ranked)) is TopPlace.CERTAIN for row in ranked):
        yield f"§ {TOP_NOTE}"
    if any(row.below_official for row in ranked_block.ranking.rows):
        yield f"† {BELOW_OFFICIAL_SIZE}."
    reasons = dict.fromkeys(row.unranked for row in ranked_block.ranking.rows if row.unranked)
    if reasons:
        yield "‡ " + "; ".join(UNRANKED_WORDS[reason] for reason in reasons) + "."
