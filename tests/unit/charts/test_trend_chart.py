"""The chart of a series: no line crosses a break or a missing round, and each break says why."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from survey.analysis.comparing.series import make_series
from survey.reports.charts.charts import Chart, trend_chart
from tests.unit.charts.pictures import CHARTS, DRAWN, SVG, WALK_IN, circle_count, moves, point, texts


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
