"""Indices and the moments behind them against R's survey package, on the same small file of answers."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from survey.analysis.figures.domains import sum_by
from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.results import OVERALL, Domain, IndexRow
from survey.instrument import load_instrument
from survey.responses import AnswerRecord
from survey.tallies import Counted, Moment, empty_clusters, layout_of, tally
from tests.conftest import need

FOLDER = Path(__file__).parent
SIPAS = load_instrument("sipas-2023")
FIGURES = ("percent_satisfied", "percent_satisfied_se", "level", "level_se")

Golden = dict[tuple[str, str], dict[str, float]]


def read_golden(text: str) -> Golden:
    """Return R's figures by agency code (empty for everybody) and part of the questionnaire."""
    codes = {dimension.letter: dimension.code for dimension in SIPAS.dimensions} | {"overall": OVERALL}
    return {
        (row["agency"], codes[row["part"]]): {name: float(row[name]) for name in FIGURES}
        for row in csv.DictReader(io.StringIO(text))
    }


def tally_the_file() -> tuple[Counted, list[Domain]]:
    """Return the tally of the answers R read, a group for each agency."""
    answers = list(csv.DictReader(io.StringIO((FOLDER / "responses.csv").read_text(encoding="ascii"))))
    of_agency = [row.pop("agency") for row in answers]
    agencies = list(dict.fromkeys(of_agency))
    records = "".join(AnswerRecord.pack(SIPAS, row) for row in answers).encode()
    groups = np.array([agencies.index(agency) for agency in of_agency])
    counted = tally(records, layout_of(SIPAS), groups=groups, size=len(agencies))
    domains = [Domain(agency_code=agency) for agency in agencies]
    return Counted(counted, empty_clusters(layout_of(SIPAS), len(agencies))), domains


def our_rows() -> dict[tuple[str, str], IndexRow]:
    counted, agencies = tally_the_file()
    sums = [sum_by(counted, agencies, by=by) for by in ((), ("agency",))]
    rows = [row for each in sums for row in compute_rows(each, SIPAS, by=("dimension",))]
    return {(row.domain.agency_code, row.part): row for row in rows}


GOLDEN = read_golden((FOLDER / "indices.csv").read_text(encoding="ascii"))


def test_every_figure_of_ours_has_one_of_r():
    assert our_rows().keys() == GOLDEN.keys()
    assert len(GOLDEN) == (1 + 3) * (5 + 1)  # everybody and three agencies, five dimensions and overall


@pytest.mark.parametrize("cell", GOLDEN, ids=" ".join)
def test_percent_satisfied_and_level_are_those_of_r(cell):
    ours = our_rows()[cell]
    assert ours.percent_satisfied == pytest.approx(GOLDEN[cell]["percent_satisfied"], rel=1e-12)
    assert ours.level == pytest.approx(GOLDEN[cell]["level"], rel=1e-12)


def linearised_error(moments: np.ndarray, *, of: tuple[Moment, Moment, Moment], sample: int) -> float:
    """Return the standard error of Σy / Σn by Taylor linearisation, with replacement, from a row of moments.

    `of` names Σy, Σy² and Σyn; `sample` is the number of responses of the whole sample.
    """
    y, yy, yn = (float(moments[moment]) for moment in of)
    n, nn = float(moments[Moment.N]), float(moments[Moment.NN])
    ratio = y / n
    return float(np.sqrt(sample / (sample - 1) * (yy - 2 * ratio * yn + ratio * ratio * nn)) / n)


@pytest.mark.parametrize("cell", GOLDEN, ids=" ".join)
def test_the_moments_give_the_standard_errors_of_r(cell):
    counted, agencies = tally_the_file()
    agency, part = cell
    rows = [dimension.code for dimension in SIPAS.dimensions] + [OVERALL]
    inside = [group for group, domain in enumerate(agencies) if agency in ("", domain.agency_code)]
    moments = counted.tally.moments[inside, rows.index(part)].sum(axis=0)
    sample = int(counted.tally.responses.sum())
    satisfied = linearised_error(moments, of=(Moment.Y, Moment.YY, Moment.YN), sample=sample)
    points = linearised_error(moments, of=(Moment.T, Moment.TT, Moment.TN), sample=sample)
    assert 100 * satisfied == pytest.approx(GOLDEN[cell]["percent_satisfied_se"], rel=1e-12)
    assert 100 * points / 5 == pytest.approx(GOLDEN[cell]["level_se"], rel=1e-12)


@pytest.mark.oracle
def test_r_still_gives_the_numbers_kept_here():
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian packages r-base-core, r-cran-survey)", "oracle")
    run = subprocess.run(
        [program, "indices.R", "responses.csv"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    again = read_golden(run.stdout)
    assert again.keys() == GOLDEN.keys()
    for cell, figures in GOLDEN.items():
        assert again[cell] == pytest.approx(figures, rel=1e-12)
