"""Charts, read back from the SVG they make: what is drawn where, in which words, and what must not be there."""

import re
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from survey.analysis.comparing.comparison import Difference, Origin, Verdict
from survey.analysis.comparing.falls import Fall
from survey.analysis.comparing.series import Point, make_series
from survey.analysis.drivers.driver_places import Driver, Quadrant
from survey.analysis.drivers.drivers import Drivers
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.results import Domain, IndexRow
from survey.analysis.ranking.ranking import Ranking, RankRow, Unranked, rank_block
from survey.fieldwork import SamplingBasis
from survey.instrument import LocalText, load_instrument
from survey.reports.charts.charts import (
    Change,
    Chart,
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
from survey.reports.charts.items import COLOURS, ON_COLOURS

SIPAS = load_instrument("sipas-2023")
WALK_IN, DRAWN = SamplingBasis.SELF_SELECTED, SamplingBasis.PROBABILITY
SVG = "{http://www.w3.org/2000/svg}"
NAMES = {"SNV": "Sở Nội vụ", "SYT": "Sở Y tế", "STP": "Sở Tư pháp"}
ABOUT = {"subject": "Sở Nội vụ", "basis": WALK_IN, "language": "vi"}


def estimate(value: float | None, reach: float = 2.0, n: int = 200) -> Estimate:
    """Return a figure with a range that reaches as far to both sides."""
    low, upp = (None, None) if value is None else (value - reach, value + reach)
    return Estimate(value, reach / 2, low, upp, n, n, n, ClusterKind.RESPONDENT, 99, None, None)


def ranking_of(*rows: RankRow) -> Ranking:
    return Ranking("Sở", rows, ())


RANKING = ranking_of(
    RankRow("SYT", estimate(90.0), 1, rank_low=1, rank_upp=1),
    RankRow("SNV", estimate(82.665), 2, rank_low=2, rank_upp=3),
    RankRow("STP", estimate(71.0, n=29), unranked=Unranked.FEW_RESPONSES),
)


def index_row(part: str, value: float | None, n: int = 200, *, ranged: bool = True) -> IndexRow:
    label = LocalText(f"Phần {part}", f"Part {part}")
    found = estimate(value, n=n) if ranged else None
    return IndexRow(Domain("Sở", "SNV", "Sở Nội vụ"), part, label, value, value, value, n, n, 0, 0, estimate=found)


AGENCY = [index_row("overall", 82.66), index_row("access", 88.9), index_row("feedback", 70.2)]
BLOCK = [index_row("overall", 80.01), index_row("access", 84.0), index_row("feedback", 76.0)]
ITEMS = [
    Distribution("A1", LocalText("Biển hiệu", "Signs"), (4, 6, 15, 25, 50)),
    Distribution("A2", LocalText("Ghế ngồi", "Seats"), (20, 20, 20, 20, 20)),
]


def point(year: int, value: float | None, instrument: str = "sipas-2023", basis: SamplingBasis = DRAWN) -> Point:
    return Point(Origin(str(year), instrument, ("L1", "P1"), basis), date(year, 7, 1), estimate(value))


# Published national figures (docs/methodology.md, section 8); 87.16 is background.
OFFICIAL = {2020: 85.48, 2021: 87.16, 2022: 80.08, 2023: 82.66, 2024: 83.94}
SERIES = make_series(point(year, value, f"sipas-{2017 if year < 2022 else 2023}") for year, value in OFFICIAL.items())


def driver(part: str, importance: float, performance: float, quadrant: Quadrant, *, placed: bool) -> Driver:
    label = LocalText(f"Phần {part}", f"Part {part}")
    return Driver(part, label, importance, importance - 5, importance + 5, performance, quadrant, placed)


DRIVERS = Drivers(
    rows=(
        driver("access", 60.0, 75.0, Quadrant.STRONG_LOW, placed=True),
        driver("outcome", 40.0, 85.0, Quadrant.WEAK_HIGH, placed=False),
    ),
    r_squared=0.5,
    mean_importance=50.0,
    mean_performance=80.0,
    responses=300,
    cases=280,
    clusters=40,
    cluster_kind=ClusterKind.POINT_DAY,
    replicates=1000,
    seed=1,
    left_out=(),
    cautions=(),
)


def change(label: str, before: float, after: float, verdict: Verdict) -> Change:
    sides = estimate(before), estimate(after)
    return Change(LocalText(label, label), *sides, Difference(verdict, after - before))


CHANGES = [
    change("Kết quả", 84.0, 80.0, Verdict.FELL),
    change("Thủ tục", 80.0, 85.0, Verdict.ROSE),
    change("Tiếp cận", 81.0, 80.0, Verdict.NOT_BEYOND_CHANCE),
]

CHARTS: dict[str, Callable[[], Chart]] = {
    "ranking": lambda: ranking_chart(RANKING, NAMES, basis=WALK_IN, language="vi"),
    "dimensions": lambda: dimensions_chart(AGENCY, BLOCK, **ABOUT),
    "items": lambda: items_chart(ITEMS, SIPAS.scale, **ABOUT),
    "trend": lambda: trend_chart(SERIES, subject="Cả nước", language="vi"),
    "drivers": lambda: drivers_chart(DRIVERS, **ABOUT),
    "change": lambda: change_chart(CHANGES, **ABOUT),
}


def texts(chart: Chart) -> list[str]:
    """Return the texts of a picture in the order they are drawn; a no-break space counts as a space."""
    written = (" ".join(text.itertext()).replace("\u00a0", " ") for text in ET.fromstring(chart.svg).iter(f"{SVG}text"))
    return list(filter(None, written))


def said(chart: Chart) -> str:
    return " ".join(texts(chart))


def moves(element: ET.Element) -> list[float]:
    """Return the two numbers of an element's translation."""
    return [float(number) for number in re.findall(r"-?[\d.]+", element.get("transform", ""))][:2]


def circles(chart: Chart) -> list[ET.Element]:
    """Return the round points: closed paths of arcs with an edge."""
    return [path for path in ET.fromstring(chart.svg).iter(f"{SVG}path") if "A" in path.get("d", "")]


def spans(chart: Chart) -> list[tuple[float, float]]:
    """Return from where to where the half-transparent horizontal ranges reach, in pixels."""
    lines = [line for line in ET.fromstring(chart.svg).iter(f"{SVG}line") if line.get("opacity") == "0.45"]
    return [(moves(line)[0], moves(line)[0] + float(line.get("x2", "0"))) for line in lines]


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


def circle_count(chart: Chart) -> int:
    return len(circles(chart))


def test_nobody_answered_is_not_called_fewer_than_ten():
    row = RankRow("SXD", estimate(None, n=0), unranked=Unranked.NO_FIGURE)
    written = texts(ranking_chart(ranking_of(row), {}, basis=WALK_IN, language="vi"))
    assert "Không có phiếu hoặc không có câu trả lời hợp lệ nên chưa xếp hạng" in written
    assert "không công bố" not in written


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


# What a colour looks like without one kind of cone: Machado, Oliveira and Fernandes (2009), IEEE Transactions on
# Visualization and Computer Graphics 15, 1291-1298, severity 1, on linear RGB.
SIGHT = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
# sRGB to XYZ (IEC 61966-2-1), divided by the white point D65.
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / [[0.9505], [1.0], [1.089]]  # fmt: skip


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """Return CIELAB of linear RGB."""
    xyz = TO_XYZ @ light.clip(0, 1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT.values(), ids=SIGHT)
def test_the_colours_of_the_answers_stay_apart_for_the_colour_blind(sight):
    seen = [lab(np.array(sight) @ linear(colour)) for colour in COLOURS]
    # The five face colours as they are come as near as 9 (protanopia, neutral and satisfied).
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 20


def test_numbers_in_the_bars_have_the_contrast_of_wcag():
    def luminance(colour: str) -> float:
        return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour))

    for colour, on in zip(COLOURS, ON_COLOURS, strict=True):
        dark, light = sorted((luminance(colour), luminance(on)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def trend_lines(chart: Chart) -> list[list[tuple[float, float]]]:
    """Return the corners of the lines of the series, one list for each stroke of the pen."""
    paths = [path.get("d", "") for path in ET.fromstring(chart.svg).iter(f"{SVG}path") if not path.get("fill")]
    strokes = [stroke for path in paths if "L" in path for stroke in path.split("M") if stroke]
    drawn = [re.findall(r"(-?[\d.]+),(-?[\d.]+)", stroke) for stroke in strokes]
    return [[(float(x), float(y)) for x, y in corners] for corners in drawn]


def dashes(chart: Chart) -> list[float]:
    """Return where the upright dashed lines stand, in pixels from the left."""
    lines = ET.fromstring(chart.svg).iter(f"{SVG}line")
    return [moves(line)[0] for line in lines if line.get("stroke-dasharray")]


def test_no_line_of_a_trend_crosses_the_break():
    chart = CHARTS["trend"]()
    (at,) = dashes(chart)
    lines = trend_lines(chart)
    assert [len(line) for line in lines] == [2, 3]
    assert lines[0][-1][0] < at < lines[1][0][0]
    assert "Đổi mẫu phiếu: không so sánh được" in texts(chart)
    # From 78.08 to 89.16 the axis shows 75 to 90: 320 pixels, so 80.08 lies (90 - 80.08) / 15 of them down.
    assert lines[1][0][1] == pytest.approx(320 * (90 - 80.08) / 15, abs=0.01)


def test_each_break_says_why():
    asked = [("sipas-2022", DRAWN), ("sipas-2023", DRAWN), ("sipas-2023", WALK_IN)]
    series = make_series(point(2022 + n, 80.0, instrument, basis) for n, (instrument, basis) in enumerate(asked))
    written = texts(trend_chart(series, subject="Cả nước", language="vi"))
    assert [text for text in written if text.startswith("Đổi")] == [
        "Đổi mẫu phiếu: không so sánh được",
        "Đổi cách chọn người trả lời: không so sánh được",
    ]


def test_a_missing_round_interrupts_the_line():
    series = make_series(point(year, value) for year, value in {2021: 80.0, 2022: None, 2023: 82.0, 2024: 83.0}.items())
    chart = trend_chart(series, subject="Cả nước", language="vi")
    assert max(len(line) for line in trend_lines(chart)) == 2
    assert circle_count(chart) == 3


def test_many_rounds_keep_their_names_apart():
    series = make_series(point(1990 + n, 80.0 + n % 5) for n in range(36))
    svg = ET.fromstring(trend_chart(series, subject="Cả nước", language="vi").svg)
    names = [moves(text)[0] for text in svg.iter(f"{SVG}text") if re.fullmatch(r"20\d\d|199\d", text.text or "")]
    assert len(names) > 4
    assert np.diff(names).min() >= 60


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
