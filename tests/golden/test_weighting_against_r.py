"""Post-stratified, raked and bounded weights, and ratios with them, against R's survey package."""

import csv
import io
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from survey.analysis.sampling.calibration import Limits, post_stratify, rake, trim
from survey.analysis.sampling.margins import Margin
from survey.analysis.weights.weighting import Weights, start_weights
from tests.conftest import need
from tests.ratios import calibrated_ratio

FOLDER = Path(__file__).parent
Key = tuple[str, ...]

ROWS = list(csv.DictReader(io.StringIO((FOLDER / "weighting-responses.csv").read_text(encoding="ascii"))))
BASES = {"all_equal": [10.0] * len(ROWS), "weight": [float(row["weight"]) for row in ROWS]}
# The same totals as at the head of weighting.R.
TOTALS = {
    "sex": {"f": 640, "m": 560},
    "age": {"middle": 470, "old": 180, "young": 550},
    "area": {"rural": 520, "urban": 680},
}
MARGINS = [Margin(name, [row[name] for row in ROWS], totals) for name, totals in TOTALS.items()]
CELLS = Margin(
    "sex and area",
    [f"{row['sex']} {row['area']}" for row in ROWS],
    {"f rural": 290, "f urban": 350, "m rural": 230, "m urban": 330},
)
# Which margins each method fits, and how.
METHODS = {
    "post_stratified": (MARGINS[:1], lambda start: post_stratify(start, MARGINS[0])),
    "post_stratified_cells": ([CELLS], lambda start: post_stratify(start, CELLS)),
    "raked": (MARGINS, lambda start: rake(start, MARGINS)),
    "bounded": (MARGINS, lambda start: trim(rake(start, MARGINS), MARGINS, limits=Limits(5, 20))),
}
CLOSED = 1e-12
FITTED = 1e-9  # Our rounds end when every total holds to 1e-10.


def read_golden(text: str) -> dict[Key, list[float]]:
    """Return R's numbers by method, base weights, draws and kind."""
    found: defaultdict[Key, list[float]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        found[row["method"], row["base"], row["draws"], row["kind"]].append(float(row["value"]))
    return dict(found)


GOLDEN = read_golden((FOLDER / "weighting.csv").read_text(encoding="ascii"))
# R's rake() sweeps plain means out of the residuals, where the definition and its calibrate() sweep means with the
# base weights. Only with equal base weights are they the same; docs/method/weighting.md.
PLAIN_SWEEPS = {key for key in GOLDEN if key[0] == "raked" and key[1] == "weight" and key[3] == "package"}


def tolerance(method: str) -> float:
    return CLOSED if method.startswith("post") else FITTED


def fitted(method: str, base: str) -> Weights:
    return METHODS[method][1](start_weights(BASES[base]))


def figures(method: str, base: str, draws: str) -> list[float]:
    """Return the ratio and its error for everybody and for the old, as R lists them."""
    weights, found = fitted(method, base), []
    clusters = [row["cluster"] for row in ROWS] if draws == "cluster" else None
    for domain in (np.ones(len(ROWS)), np.array([row["age"] == "old" for row in ROWS])):
        y, n = (domain * np.array([float(row[name]) for row in ROWS]) for name in ("y", "n"))
        ratio = calibrated_ratio(y, n, weights=weights, margins=METHODS[method][0], clusters=clusters)
        found += [ratio.value, ratio.se]
    return found


def test_the_file_of_r_holds_all_that_is_compared():
    # 4 methods × 2 bases of weights; for 2 kinds of draws 3 figures of the package and 2 from the definition each.
    assert len(GOLDEN) == 4 * 2 + 2 * 2 * (3 + 2)
    assert len(PLAIN_SWEEPS) == 2


@pytest.mark.parametrize("key", [key for key in GOLDEN if key[3] == "weights"], ids=" ".join)
def test_every_weight_is_that_of_r(key):
    assert fitted(*key[:2]).values == pytest.approx(GOLDEN[key], rel=tolerance(key[0]))


RATIOS = [key for key in GOLDEN if key[3] != "weights" and key not in PLAIN_SWEEPS]


@pytest.mark.parametrize("key", RATIOS, ids=" ".join)
def test_ratios_and_their_errors_are_those_of_r(key):
    assert figures(*key[:3]) == pytest.approx(GOLDEN[key], rel=tolerance(key[0]))


@pytest.mark.parametrize("key", sorted(PLAIN_SWEEPS), ids=" ".join)
def test_where_r_sweeps_plain_means_only_the_errors_differ(key):
    ours, theirs = figures(*key[:3]), GOLDEN[key]
    assert ours[::2] == pytest.approx(theirs[::2], rel=FITTED)
    assert ours[1::2] != pytest.approx(theirs[1::2], rel=1e-4)


@pytest.mark.oracle
def test_r_still_gives_the_numbers_kept_here():
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian packages r-base-core, r-cran-survey)", "oracle")
    run = subprocess.run(
        [program, "weighting.R", "weighting-responses.csv"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    again = read_golden(run.stdout)
    assert again.keys() == GOLDEN.keys()
    for key, numbers in GOLDEN.items():
        assert again[key] == pytest.approx(numbers, rel=1e-10)
