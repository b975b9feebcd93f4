"""Charts, read back from the SVG they make: what is drawn where, in which words, and what must not be there."""

import re
import struct
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from survey.analysis.comparing.comparison import Difference, Verdict
from survey.analysis.comparing.falls import Fall
from survey.analysis.comparing.series import make_series
from survey.analysis.ranking.ranking import RankRow, Unranked
from survey.instrument import LocalText
from survey.reports.charts.charts import (
    Distribution,
    change_chart,
    dimensions_chart,
    draw,
    drivers_chart,
    items_chart,
    png_of,
    ranking_chart,
    trend_chart,
)
from survey.reports.charts.items import COLOURS
from tests.unit.charts.pictures import (
    ABOUT,
    AGENCY,
    BLOCK,
    CHANGES,
    CHARTS,
    DRIVERS,
    ITEMS,
    NAMES,
    RANKING,
    SERIES,
    SIPAS,
    SVG,
    WALK_IN,
    circle_count,
    circles,
    estimate,
    index_row,
    moves,
    ranking_of,
    said,
    texts,
)


@pytest.mark.parametrize("make", CHARTS.values(), ids=CHARTS)
def test_a_picture_is_plain_svg_that_asks_for_nothing(make):
    svg = make().svg
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
    assert tags <= {"svg", "g", "path", "line", "rect", "text", "tspan", "defs", "clipPath"}
    assert not re.search(r"(?i)href|url\(|style=|\bon\w+=|@import|<!|data:", svg)
    assert 'fill="white"' in svg.split("/>", 1)[0], "without a background it could not be read on a dark page"


@pytest.mark.parametrize("make", CHARTS.values(), ids=CHARTS)
def test_the_same_values_give_the_same_bytes(make):
    assert make() == make()
    assert png_of(make()) == png_of(make())


@pytest.mark.parametrize("make", CHARTS.values(), ids=CHARTS)
def test_the_words_that_stand_in_for_a_picture_are_two_or_three_sentences_with_figures(make):
    alt = make().alt
    assert 2 <= len(re.findall(r"\.(?: |$)", alt)) <= 3
    assert re.search(r"\d", alt)


def test_png_is_the_same_picture_at_192_dots_per_inch():
    chart = CHARTS["ranking"]()
    png = png_of(chart)
    width = float(ET.fromstring(chart.svg).get("width", "0"))
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    # A pixel of SVG is taken for a point, 1/72 inch: width × 192 / 72.
    assert struct.unpack(">I", png[16:20])[0] == pytest.approx(width * 192 / 72, abs=1)
    assert draw(chart.spec, "svg").decode() == chart.svg


def test_loading_the_module_does_not_load_what_draws():
    probe = "import sys, survey.reports.charts.charts; print([m for m in ('altair', 'vl_convert') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", probe], text=True).strip() == "[]"


def test_a_figure_on_fewer_than_ten_responses_is_drawn_nowhere():
    few = ranking_of(*RANKING.rows, RankRow("SXD", estimate(61.23, n=9), unranked=Unranked.FEW_RESPONSES))
    charts = [
        ranking_chart(few, NAMES, basis=WALK_IN, language="vi"),
        dimensions_chart([*AGENCY, index_row("officials", 61.23, 9)], BLOCK, **ABOUT),
        dimensions_chart(AGENCY, [index_row("access", 61.23, 9)], **ABOUT),
        items_chart([*ITEMS, Distribution("B1", LocalText("Phí", "Fees"), (0, 0, 0, 4, 5))], SIPAS.scale, **ABOUT),
    ]
    assert all("61,23" not in chart.svg + chart.alt for chart in charts)
    # 61.23 would have pulled the axis down to 60 or below.
    assert [circle_count(chart) for chart in charts] == [3, 3, 3, 0]
    assert [text for text in texts(charts[3]) if text in ("9", "44", "56")] == []
    assert all("không công bố" in texts(chart) for chart in (charts[0], charts[1], charts[3]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: ranking_chart(ranking_of(), {}, basis=WALK_IN, language="vi"),
        lambda: dimensions_chart([], BLOCK, **ABOUT),
        lambda: items_chart([], SIPAS.scale, **ABOUT),
        lambda: trend_chart(make_series([]), subject="Cả nước", language="vi"),
        lambda: drivers_chart(replace(DRIVERS, rows=()), **ABOUT),
        lambda: change_chart([], **ABOUT),
    ],
)
def test_nothing_to_show_is_a_picture_that_says_so(make):
    chart = make()
    assert texts(chart)[0] in ("Chưa có số liệu để vẽ biểu đồ", "Không có đơn vị nào")
    assert circle_count(chart) == 0


def test_dimensions_show_the_figure_beside_that_of_the_block():
    written = texts(CHARTS["dimensions"]())
    place = written.index("82,66")
    assert {"82,66", "88,90", "70,20", "80,01", "84,00", "76,00"} <= set(written[place:])
    assert "Phần overall: 82,66%, cả khối: 80,01%." in CHARTS["dimensions"]().alt
    assert "Cao nhất: Phần access, 88,90%; thấp nhất: Phần feedback, 70,20%." in CHARTS["dimensions"]().alt


def test_bars_are_as_long_as_the_shares_and_write_them_from_five_per_cent_on():
    chart = CHARTS["items"]()
    filled = [path.get("d", "") for path in ET.fromstring(chart.svg).iter(f"{SVG}path") if path.get("fill") in COLOURS]
    # A bar is 20 pixels high, the squares of the legend are not.
    lengths = [float(bar.group(1)) for bar in (re.search(r"h([\d.]+)v20h", path) for path in filled) if bar]
    # 4 + 6 + 15 + 25 + 50 = 100 answers and five times 20: one per cent is 5.2 of 520 pixels.
    assert sorted(lengths) == pytest.approx(sorted(share * 5.2 for share in [4, 6, 15, 25, 50, 20, 20, 20, 20, 20]))
    assert [text for text in texts(chart) if text in ("4", "6", "15", "25", "50")] == ["6", "15", "25", "50"]
    assert texts(chart).count("100") == 2, "each bar has its number of answers"
    # 25 + 50 and 20 + 20.
    assert "cao nhất: Biển hiệu, 75,00%; thấp nhất: Ghế ngồi, 40,00%" in chart.alt


def test_answers_that_are_not_five_are_refused():
    with pytest.raises(ValueError, match="five"):
        items_chart([Distribution("A1", LocalText("", ""), (10, 10, 10))], SIPAS.scale, **ABOUT)


def test_drivers_are_hollow_where_their_place_may_be_chance_and_words_claim_no_cause():
    chart = CHARTS["drivers"]()
    assert [circle.get("fill") for circle in circles(chart)] == ["#b3261e", "#ffffff"]
    assert "không nói lên quan hệ nhân quả" in said(chart)
    assert {"1. Phần access", "2. Phần outcome"} <= set(texts(chart))
    # Performance reaches from 75 to 85, importance with its ranges from 35 to 65; the first lies left and above.
    assert "Trục ngang từ 75 đến 85%, trục dọc từ 35 đến 65%." in said(chart)
    first, second = (moves(circle) for circle in circles(chart))
    assert first[0] < second[0]
    # (60 - 40) of 30 per cent, 360 pixels.
    assert second[1] - first[1] == pytest.approx(360 * 20 / 30)
    assert "Nên xem xét trước: Phần access." in chart.alt


def test_changes_beyond_chance_are_filled_and_coloured_by_direction():
    chart = CHARTS["change"]()
    now = [circle.get("fill") for circle in circles(chart)][len(CHANGES) :]
    assert now == ["#b3261e", "#0b5d4b", "#ffffff"]
    assert {"−4,00", "+5,00", "−1,00"} <= set(texts(chart))
    assert "Giảm nhiều nhất: Kết quả, −4,00 điểm phần trăm." in chart.alt


def test_what_may_not_be_subtracted_is_neither_drawn_nor_joined():
    apart = replace(CHANGES[0], difference=Difference(Verdict.NOT_COMPARABLE))
    chart = change_chart([apart], **ABOUT)
    assert circle_count(chart) == 0
    assert "Không so sánh được" in texts(chart)
    assert "84,00" not in chart.svg


def test_falls_can_be_drawn_as_they_are():
    one = CHANGES[0]
    fall = Fall(None, None, one.label, one.before, one.after, one.difference)
    assert change_chart([fall], **ABOUT) == change_chart([one], **ABOUT)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ranking_chart(RANKING, NAMES, basis=WALK_IN, language="vi", simulated=True),
        lambda: dimensions_chart(AGENCY, BLOCK, **ABOUT, simulated=True),
        lambda: items_chart(ITEMS, SIPAS.scale, **ABOUT, simulated=True),
        lambda: trend_chart(SERIES, subject="Cả nước", language="vi", simulated=True),
        lambda: drivers_chart(DRIVERS, **ABOUT, simulated=True),
        lambda: change_chart(CHANGES, **ABOUT, simulated=True),
    ],
)
def test_a_picture_of_simulated_responses_says_so(make):
    assert "DỮ LIỆU MÔ PHỎNG" in said(make())
