"""The charts of results: one specification each, as SVG for pages and as PNG for documents.

Pages show `Chart.svg` with `<img>`, `Chart.alt` as its alternative text and the figures as a table below. Every
function is pure: the same values give the same bytes. What a chart is given is what it shows, so figures must have
passed the disclosure rules before; that nothing on fewer than 10 responses is drawn is only a last guard.
"""

from survey.reports.charts.change import Change, change_chart
from survey.reports.charts.dimensions import dimensions_chart
from survey.reports.charts.drawing import Chart, draw, png_of
from survey.reports.charts.drivers import drivers_chart
from survey.reports.charts.items import Distribution, items_chart
from survey.reports.charts.ranking import ranking_chart
from survey.reports.charts.trend import trend_chart

__all__ = [
    "Change",
    "Chart",
    "Distribution",
    "change_chart",
    "dimensions_chart",
    "draw",
    "drivers_chart",
    "items_chart",
    "png_of",
    "ranking_chart",
    "trend_chart",
]
