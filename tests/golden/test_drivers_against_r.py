"""Relative weights and their ranges against base R, on the same file of answers."""

import csv
import io
import shutil
import subprocess
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from survey.analysis.drivers.drivers import Driver, Drivers, find_drivers
from survey.analysis.drivers.relative_weights import relative_weights
from survey.analysis.figures.estimates import ClusterKind
from survey.analysis.figures.frames import dimension_scores, unpack_records
from survey.fieldwork import SurveyRound
from survey.instrument import load_instrument
from survey.responses import AnswerRecord
from tests.conftest import need

FOLDER = Path(__file__).parent
SIPAS = load_instrument("sipas-2023")
ASKING = SurveyRound(
    "R",
    "R",
    SIPAS.code,
    SIPAS.digest,
    date(2026, 1, 1),
    date(2026, 2, 1),
    date(2026, 2, 8),
    asks=("overall_satisfaction",),
)
EXACT = ("cases", "r_squared", "raw", "importance")
ENDS = ("low", "upp", "cluster_low", "cluster_upp")

Golden = dict[tuple[str, str], dict[str, float]]


def read_golden(text: str) -> Golden:
    """Return R's figures by kind of predictor and part."""
    codes = {dimension.letter: dimension.code for dimension in SIPAS.dimensions}
    return {
        (row["by"], codes.get(row["part"], row["part"])): {name: float(row[name]) for name in (*EXACT, *ENDS)}
        for row in csv.DictReader(io.StringIO(text))
    }


def read_answers() -> tuple[bytes, np.ndarray]:
    """Return the records R read, and the number of each one's cluster."""
    rows = list(csv.DictReader(io.StringIO((FOLDER / "drivers.responses.csv").read_text(encoding="ascii"))))
    clusters = [row.pop("cluster") for row in rows]
    answers = ({"overall_satisfaction": row.pop("overall"), **row} for row in rows)
    records = "".join(AnswerRecord.pack(SIPAS, answer) for answer in answers).encode()
    return records, np.unique(clusters, return_inverse=True)[1]


@cache
def ours(by: str, *, clustered: bool = False) -> Drivers:
    records, clusters = read_answers()
    found = find_drivers(records, SIPAS, ASKING, by=by, clusters=clusters if clustered else None, replicates=4000)
    assert isinstance(found, Drivers)
    return found


def row_of(cell: tuple[str, str], *, clustered: bool = False) -> Driver:
    return next(row for row in ours(cell[0], clustered=clustered).rows if row.part == cell[1])


GOLDEN = read_golden((FOLDER / "drivers.csv").read_text(encoding="ascii"))


def test_every_figure_of_ours_has_one_of_r():
    assert [(by, row.part) for by in ("dimension", "item") for row in ours(by).rows] == list(GOLDEN)
    assert len(GOLDEN) == 5 + 16


@pytest.mark.parametrize("cell", GOLDEN, ids=" ".join)
def test_importance_cases_and_r_squared_are_those_of_r(cell):
    found = ours(cell[0])
    assert row_of(cell).importance == pytest.approx(GOLDEN[cell]["importance"], rel=1e-9)
    assert found.cases == GOLDEN[cell]["cases"]
    assert found.r_squared == pytest.approx(GOLDEN[cell]["r_squared"], rel=1e-9)


@pytest.mark.parametrize("by", ["dimension", "item"])
def test_raw_weights_are_those_of_r(by):
    frames = unpack_records(read_answers()[0], SIPAS)
    parts = dimension_scores(frames.items, SIPAS) if by == "dimension" else frames.items
    values = np.column_stack([parts, frames.overall])
    raw = relative_weights(np.corrcoef(values[np.isfinite(values).all(axis=1)], rowvar=False))
    expected = [figures["raw"] for (kind, _), figures in GOLDEN.items() if kind == by]
    assert raw == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("cell", GOLDEN, ids=" ".join)
def test_ranges_are_those_of_r_but_for_the_drawing_of_lots(cell):
    # Both sides draw 4,000 samples of their own; an end of a range of width w then has a standard error near
    # 0.011 w, so that 0.08 w is five standard errors of the difference of two.
    for clustered, ends in ((False, ENDS[:2]), (True, ENDS[2:])):
        low, upp = (GOLDEN[cell][end] for end in ends)
        row = row_of(cell, clustered=clustered)
        assert (row.low, row.upp) == pytest.approx((low, upp), abs=0.08 * (upp - low))


def test_the_ranges_name_what_they_rest_on():
    assert (ours("dimension").cluster_kind, ours("dimension").clusters) == (ClusterKind.RESPONDENT, 228)
    by_day = ours("dimension", clustered=True)
    assert (by_day.cluster_kind, by_day.clusters) == (ClusterKind.POINT_DAY, 30)  # six service points, five days


@pytest.mark.oracle
def test_r_still_gives_the_numbers_kept_here():
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian package r-base-core)", "oracle")
    run = subprocess.run(
        [program, "drivers.R", "drivers.responses.csv"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    again = read_golden(run.stdout)
    assert again.keys() == GOLDEN.keys()
    for cell, figures in GOLDEN.items():
        assert again[cell] == pytest.approx(figures, rel=1e-9)
