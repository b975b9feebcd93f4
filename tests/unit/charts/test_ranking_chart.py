"""The chart of a block's ranks: points, ranges and sets where the figures are, and names as they are written."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from survey.analysis.ranking.ranking import RankRow, Unranked, rank_block
from survey.reports.charts.charts import dimensions_chart, ranking_chart
from tests.unit.charts.pictures import (
    ABOUT,
    BLOCK,
    CHARTS,
    DRAWN,
    NAMES,
    RANKING,
    WALK_IN,
    circle_count,
    circles,
    estimate,
    index_row,
    moves,
    ranking_of,
    said,
    spans,
    texts,
)


def test_ranking_lists_units_by_rank_with_the_set_of_their_rank_and_the_others_after():
    written = texts(CHARTS["ranking"]())
    assert [name for name in written if name in NAMES.values()] == ["Sở Y tế", "Sở Nội vụ", "Sở Tư pháp"]
    assert [rank for rank in written if "(" in rank and "–" in rank] == ["1 (1–1)", "2 (2–3)"]
    assert written.count("Chưa xếp hạng") == 1


def test_ranking_draws_point_and_range_where_the_figures_are():
    chart = CHARTS["ranking"]()
    # The figures reach from 69 to 92, so the axis goes from 65 to 95: 520 pixels for 30 per cent.
    assert "Trục từ 65 đến 95%." in said(chart)
    pixels = 520 / 30
    assert [moves(circle)[0] for circle in circles(chart)] == pytest.approx(
        [(value - 65) * pixels for value in (90.0, 82.665, 71.0)]
    )
    assert spans(chart)[0] == pytest.approx(((88 - 65) * pixels, (92 - 65) * pixels))


def test_a_unit_without_a_rank_is_grey():
    fills = [circle.get("fill") for circle in circles(CHARTS["ranking"]())]
    assert fills == ["#0b5d4b", "#0b5d4b", "#8290a3"]


def test_figures_round_half_up_with_the_comma_or_point_of_the_language():
    assert "82,67" in texts(CHARTS["ranking"]())
    assert "82.67" in texts(ranking_chart(RANKING, NAMES, basis=WALK_IN, language="en"))


def test_no_published_range_is_called_an_error_of_sampling():
    """It rests on days and weeks, whoever answered; only a declared design knows how people were drawn."""
    walk_in, drawn = (said(ranking_chart(RANKING, NAMES, basis=basis, language="vi")) for basis in (WALK_IN, DRAWN))
    assert "Mẫu xác suất." in drawn
    for text in (walk_in, drawn):
        assert "khoảng dao động 95%" in text
        assert "sai số" not in text


def test_names_with_markup_and_control_characters_stay_text():
    names = {"SYT": """<script>alert("1")</script> & 'x'\x00\x1b[2J\ud800""", "SNV": "</svg>", "STP": "{0} %s"}
    chart = ranking_chart(RANKING, names, basis=WALK_IN, language="vi")
    assert """<script>alert("1")</script> & 'x'  [2J """.rstrip() in "".join(texts(chart))
    assert {"</svg>", "{0} %s"} <= set(texts(chart))
    assert "<script" not in chart.svg


def test_a_long_name_is_cut_in_the_picture_and_whole_in_the_words():
    name = "Trung tâm Phục vụ hành chính công " * 9
    chart = ranking_chart(RANKING, {**NAMES, "SYT": name}, basis=WALK_IN, language="vi")
    cut = next(text for text in texts(chart) if text.startswith("Trung tâm"))
    assert cut.endswith("…")
    assert 20 < len(cut) < 60
    assert name in chart.alt
    assert float(ET.fromstring(chart.svg).get("width", "0")) < 560


def test_names_are_written_with_composed_letters():
    chart = ranking_chart(RANKING, {"SYT": "So\u031b\u0309 Y te\u0302\u0301"}, basis=WALK_IN, language="vi")
    assert "Sở Y tế" in texts(chart)


def test_nobody_answered_is_not_called_fewer_than_ten():
    row = RankRow("SXD", estimate(None, n=0), unranked=Unranked.NO_FIGURE)
    written = texts(ranking_chart(ranking_of(row), {}, basis=WALK_IN, language="vi"))
    assert "Không có phiếu hoặc không có câu trả lời hợp lệ nên chưa xếp hạng" in written
    assert "không công bố" not in written


def test_one_unit_all_unranked_and_figures_that_are_no_numbers_make_pictures():
    alone = rank_block("Sở", {"SNV": estimate(100.0, 0.0)})
    assert "Không có đơn vị nào được xếp hạng." in ranking_chart(alone, NAMES, basis=WALK_IN, language="vi").alt
    one = ranking_chart(ranking_of(RANKING.rows[0]), NAMES, basis=WALK_IN, language="vi")
    assert "Chỉ có một đơn vị được xếp hạng: Sở Y tế 90,00%, hạng 1 (1–1)." in one.alt
    broken = [index_row("overall", None), index_row("access", float("nan")), index_row("outcome", 80.0, ranged=False)]
    assert circle_count(dimensions_chart(broken, BLOCK, **ABOUT)) == 1


def test_a_block_of_a_hundred_units_is_taller_not_denser():
    ranking = ranking_of(
        *(RankRow(f"{n:03}", estimate(90 - n / 10), n, rank_low=1, rank_upp=100) for n in range(1, 101))
    )
    chart = ranking_chart(ranking, {}, basis=WALK_IN, language="vi")
    heights = sorted(moves(circle)[1] for circle in circles(chart))
    assert len(heights) == 100
    assert np.diff(heights).min() >= 40
