"""The official report has the same numbers as the published run, and those are what the command computes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from survey.analysis.figures.results import OVERALL
from survey.instrument import load_instrument
from survey.operations.publishing.publishing import publish_run
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.reports.documents.model import Paragraph
from tests.integration.report.reading import (
    NEWLY,
    OTHER_WARD,
    TODAY,
    WARD,
    WARD_CODE,
    answer,
    cells_of,
    computed,
    shown,
    tables_of,
)

# Files of many pages on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


def expected(row) -> tuple[str, ...]:
    """Return what a report prints of a row of the JSON: figure, range, share satisfied and base."""
    ends = f"{shown(row['low'])}–{shown(row['upp'])}" if row["low"] is not None else "–"
    return shown(row["index"]), ends, shown(row["percent_satisfied"]), str(row["responses"])


def label_of(row) -> str:
    """Return the first cell of a row of the JSON in a table of a report."""
    instrument = load_instrument("sipas-2023")
    part = row.get("item") or row.get("dimension")
    letters = {one.code: one.letter for one in instrument.dimensions}
    return row["label"] if part == "overall" else f"{letters.get(part, part)}. {row['label']}"


def test_the_round_has_the_numbers_of_index_compute(app, store, compose) -> None:
    tables, published = tables_of(compose()), PublishedRuns(store).latest("r1").analysis
    # Published, the withheld agencies of a sum are one stratum: its range is made without their days.
    ends_of = {(one.domain.block, one.part): ends_in_words(one) for one in (*published.total, *published.blocks)}
    for caption, by in (
        ("Kết quả chung theo yếu tố, tính gộp mọi câu trả lời", "dimension"),
        ("Kết quả chung theo tiêu chí", "dimension,item"),
    ):
        rows = cells_of(tables[caption])
        found = computed(app, by)
        assert len(found) >= 6
        for row in found:
            figure, ends, satisfied, _dissatisfied, responses = rows[label_of(row)][1:]
            index, _alone, *others = expected(row)
            assert (figure, satisfied, responses) == (index, *others)
            assert ends == ends_of["", row.get("item") or row["dimension"]]
    blocks = cells_of(tables["Kết quả theo khối"])
    for row in computed(app, "block"):
        figure, _alone, _, responses = expected(row)
        assert blocks[row["block"]][1:4] == (figure, ends_of[row["block"], OVERALL], responses)


def published_ends(store) -> dict[tuple[str, str], str]:
    """Return the ranges of agencies as they are published: how alike answers are is told by the shown ones alone."""
    rows = PublishedRuns(store).latest("r1").analysis.results.rows
    return {(row.domain.agency_code, row.part): ends_in_words(row) for row in rows}


def ends_in_words(row) -> str:
    """Return the range of a published row as a report prints it."""
    found = row.estimate
    return f"{shown(found.low)}–{shown(found.upp)}" if found and found.low is not None else "–"


def test_every_agency_has_the_numbers_of_index_compute(app, store, compose) -> None:
    tables, ends_of, seen = tables_of(compose()), published_ends(store), 0
    for row in computed(app, "agency,dimension,item"):
        table = tables.get(f"Kết quả của {row['agency']}")
        if table is None or row["responses"] == 0:
            continue
        cells = cells_of(table)[label_of(row)]
        index, _alone, *others = expected(row)
        assert (cells[1], cells[3], cells[5]) == (index, *others)
        assert cells[2] == ends_of[row["agency_code"], row.get("item") or row["dimension"]]
        seen += 1
    # The second department is withheld with the first, which has too few responses: it would give that one away.
    assert seen == 2 * 22, "two wards: the whole, five dimensions, sixteen items"


def test_an_agency_has_the_numbers_of_index_compute_and_of_its_answers(app, store, compose) -> None:
    tables, ends_of = tables_of(compose(WARD_CODE)), published_ends(store)
    rows = {label_of(row): row for row in computed(app, "agency,dimension,item") if row["agency_code"] == WARD_CODE}
    for label, cells in cells_of(tables["Kết quả theo tiêu chí"]).items():
        index, _alone, *others = expected(rows[label])
        assert (cells[1], cells[3], cells[5]) == (index, *others)
        assert cells[2] == ends_of[WARD_CODE, rows[label].get("item") or rows[label]["dimension"]]
    dissatisfied = {label: cells[4] for label, cells in cells_of(tables["Kết quả theo tiêu chí"]).items()}
    for label, cells in cells_of(tables["Số câu trả lời theo mức độ hài lòng"]).items():
        counts = [int(cell.split("\n")[0]) for cell in cells[1:6]]
        assert sum(counts) == int(cells[6]) == rows[label]["answers"]
        mean = sum(points * number for points, number in enumerate(counts, start=1)) / sum(counts)
        assert shown(rows[label]["index"]) == shown(100 * mean / 5), "the mean score over five points"
        assert dissatisfied[label] == shown(100 * (counts[0] + counts[1]) / sum(counts))


def test_what_fell_is_the_difference_of_two_published_rounds(app, compose) -> None:
    table = tables_of(compose(WARD_CODE))["Các yếu tố, tiêu chí bị giảm"]
    now, before = (
        {
            label_of(row): row["index"]
            for row in computed(app, "agency,dimension,item", code)
            if row["agency_code"] == WARD_CODE
        }
        for code in ("r1", "r0")
    )
    assert len(table.rows) == 20, "five dimensions and sixteen items fell; the report names the first twenty"
    for row in table.rows:
        label, first, second, difference = row.cells[2:6]
        assert (first, second) == (shown(before[label]), shown(now[label]))
        assert difference.rstrip("*") == shown(now[label] - before[label]).replace("-", "−")
        assert difference.endswith("*"), "from 4,5 to 3,6 of five points with 120 responses is no chance"


def test_an_agency_without_figures_before_is_not_said_to_have_kept_them(store, two_rounds, compose) -> None:
    # Nobody spoke of the third ward in the round before; none of its five dimensions and sixteen items has a pair.
    spans = TODAY - timedelta(days=19), TODAY - timedelta(days=11)
    open_round(store, NewRound("r2", "Đợt sau", "sipas-2023", *spans, simulated=True, previous_code="r0"))
    for point, level in ((WARD, 4.9), (OTHER_WARD, 4.9), (NEWLY, 4.0)):
        answer(store, point, times=60, level=level, seed=9, code="r2")
    publish_run(store, "r2", today=TODAY)
    told = {
        agency: " ".join(one.text for one in compose(agency, code="r2").body if isinstance(one, Paragraph))
        for agency in (WARD_CODE, "P-TAMTHANH")
    }
    assert "nào giảm so với đợt “Đợt trước”, trong 21 nội dung so sánh được." in told[WARD_CODE]
    assert "Không so sánh được nội dung nào với đợt “Đợt trước”" in told["P-TAMTHANH"]
    whole = " ".join(one.text for one in compose(code="r2").body if isinstance(one, Paragraph))
    # Of the seventeen agencies of the time, with twenty-one parts each, two wards have both figures: 357 − 42 = 315.
    assert "trong 42 nội dung so sánh được. Có 315 nội dung không so sánh được" in whole


def test_the_points_of_the_reform_index_add_up_as_printed(compose) -> None:
    report = compose()
    (row,) = tables_of(report)["Quy đổi sang điểm chỉ số cải cách hành chính"].rows
    most, scored, lost = (Decimal(cell.replace(",", ".")) for cell in row.cells[1:])
    assert most == 10
    assert scored + lost == most
    overall = tables_of(report)["Kết quả chung theo tiêu chí"].rows[0].cells[1]
    assert abs(scored * 10 - Decimal(overall.replace(",", "."))) <= Decimal("0.05")
    told = " ".join(one.text for one in report.body if isinstance(one, Paragraph))
    assert "chỉ là tính thử, không phải điểm đã được chấm" in told


def test_every_table_of_figures_says_who_answered(compose) -> None:
    for caption, table in tables_of(compose()).items():
        if caption != "Thông tin về phương pháp":
            assert any("tự nguyện" in note for note in table.notes), caption
