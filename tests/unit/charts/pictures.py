"""Charts of a few figures, and what is read back from the SVG they make."""

import re
from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree as ET

from survey.analysis.comparing.comparison import Difference, Origin, Verdict
from survey.analysis.comparing.series import Point, make_series
from survey.analysis.drivers.driver_places import Driver, Quadrant
from survey.analysis.drivers.drivers import Drivers
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.results import Domain, IndexRow
from survey.analysis.ranking.ranking import Ranking, RankRow, Unranked
from survey.fieldwork import SamplingBasis
from survey.instrument import LocalText, load_instrument
from survey.reports.charts.charts import (
    Change,
    Chart,
    Distribution,
    change_chart,
    dimensions_chart,
    drivers_chart,
    items_chart,
    ranking_chart,
    trend_chart,
)

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


def circle_count(chart: Chart) -> int:
    return len(circles(chart))
