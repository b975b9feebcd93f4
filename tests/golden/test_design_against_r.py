"""Estimates under six sampling designs against R's survey package, on the same small file of answers."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from survey.analysis.figures.estimates import Estimate, Form, RatioSums, estimate_ratios
from survey.analysis.figures.intervals import logit_t, t_quantiles
from survey.analysis.sampling.design import SampleDesign
from survey.fieldwork import SamplingBasis
from tests.conftest import need

FOLDER = Path(__file__).parent
SAMPLE = list(csv.DictReader(io.StringIO((FOLDER / "design-sample.csv").read_text(encoding="ascii"))))
DESIGNS = ("simple", "clusters", "strata", "weights", "finite", "lonely")
SHARE = {"most": 1, "form": Form.SHARE}
LEVEL = {"least": 1, "most": 5, "form": Form.LEVEL}

Golden = dict[tuple[str, str, str], tuple[float, ...]]


def read_golden(text: str) -> Golden:
    """Return value, standard error, design effect (0 where R gave none) and degrees by design, figure and agency."""
    return {
        (row["design"], row["figure"], row["agency"]): tuple(
            float(row[name] or 0) for name in ("value", "se", "design_effect", "degrees")
        )
        for row in csv.DictReader(io.StringIO(text))
    }


GOLDEN = read_golden((FOLDER / "design.csv").read_text(encoding="ascii"))


def rows_of(design: str) -> list[dict[str, str]]:
    return [row for row in SAMPLE if design == "lonely" or row["stratum"] != "D"]


def column(design: str, name: str) -> np.ndarray:
    values = np.array([row[name] for row in rows_of(design)])
    return values if name in ("stratum", "agency") else values.astype(float)


def design_of(name: str) -> SampleDesign:
    strata, clusters, size = column(name, "stratum"), column(name, "cluster"), len(rows_of(name))
    weights = column(name, "weight") if name in ("weights", "finite", "lonely") else np.ones(size)
    if name == "simple":
        return SampleDesign.simple(size)
    if name == "clusters":
        labels = np.array([f"{stratum} {cluster:.0f}" for stratum, cluster in zip(strata, clusters, strict=True)])
        return SampleDesign(np.zeros(size), labels, weights)
    if name == "finite":
        population = dict(zip(strata.tolist(), column(name, "population").tolist(), strict=True))
        return SampleDesign(strata, clusters, weights, population, SamplingBasis.PROBABILITY)
    return SampleDesign(strata, clusters, weights)


def ours(name: str, figure: str, agency: str) -> Estimate:
    by = column(name, "agency") if agency else None
    worth, scale = ("y", SHARE) if figure == "share" else ("points", LEVEL)
    return design_of(name).ratio(column(name, worth), column(name, "n"), by=by, **scale)[agency or None]


RATIOS = [cell for cell in GOLDEN if cell[1] in ("share", "level")]


def test_r_gave_every_figure_of_every_design():
    # Six designs: two ratios for everybody and three agencies, a total, a mean and a share of people.
    assert len(GOLDEN) == 6 * (2 * 4 + 3)
    assert {design for design, _, _ in GOLDEN} == set(DESIGNS)


@pytest.mark.parametrize("cell", RATIOS, ids=" ".join)
def test_ratios_errors_design_effects_and_degrees_are_those_of_r(cell):
    found = ours(*cell)
    assert (found.value, found.se, found.design_effect, found.degrees) == pytest.approx(GOLDEN[cell], rel=1e-12)
    assert found.effective == pytest.approx(found.responses / GOLDEN[cell][2], rel=1e-12)


@pytest.mark.parametrize("figure", ["total", "mean"])
@pytest.mark.parametrize("name", DESIGNS)
def test_totals_and_means_are_those_of_r(name, figure):
    found = getattr(design_of(name), figure)(column(name, "points"))
    value, error, _, degrees = GOLDEN[name, figure, ""]
    assert (found.value, found.se, found.degrees) == pytest.approx((value, error, degrees), rel=1e-12)


@pytest.mark.parametrize("name", DESIGNS)
def test_logit_limits_are_those_of_r(name):
    # R fits them by an iteration that stops at about 1e-8.
    found = design_of(name).ratio(column(name, "first"), np.ones(len(rows_of(name))), **SHARE)[None]
    place, variance = np.array([found.value / 100]), (found.se / 100) ** 2
    limits = logit_t(place, place * (1 - place) / variance, t_quantiles(np.array([found.degrees])))
    assert [100 * limit[0] for limit in limits] == pytest.approx(GOLDEN[name, "first", ""][:2], rel=1e-6)


def sums_by_hand(name: str) -> RatioSums:
    """Add the file up cluster by cluster in plain Python; without weights, since tallies have none."""
    strata: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for row in rows_of(name):
        stratum = row["stratum"] if name in ("strata", "lonely") else ""
        draw = str(len(strata.get("", {}))) if name == "simple" else row["stratum"] + row["cluster"]
        strata.setdefault(stratum, {}).setdefault(draw, []).append((float(row["n"]), float(row["y"])))
    lines = []
    for draws in strata.values():
        sums = [tuple(map(sum, zip(*answers, strict=True))) for answers in draws.values()]
        n, y = np.array(sums).T
        people = sum(map(len, draws.values()))
        lines.append((len(draws), n.sum(), y.sum(), n @ n, y @ y, y @ n, people, n.sum()))
    columns = np.array(lines).T
    group = np.zeros(len(lines), np.int64)
    return RatioSums(*columns, group)


@pytest.mark.parametrize("name", ["simple", "clusters", "strata"])
def test_the_route_from_sums_gives_the_same_as_r(name):
    sums = sums_by_hand(name)
    found = estimate_ratios(sums, groups=1, **SHARE)[0]
    value, error, _, degrees = GOLDEN[name, "share", ""]
    assert (found.value, found.se, found.degrees) == pytest.approx((value, error, degrees), rel=1e-12)


@pytest.mark.oracle
def test_r_still_gives_the_numbers_kept_here():
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian packages r-base-core, r-cran-survey)", "oracle")
    run = subprocess.run(
        [program, "design.R", "design-sample.csv"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    again = read_golden(run.stdout)
    assert again.keys() == GOLDEN.keys()
    for cell, figures in GOLDEN.items():
        assert again[cell] == pytest.approx(figures, rel=1e-12)
