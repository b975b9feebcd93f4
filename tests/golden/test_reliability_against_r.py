"""Cronbach's alpha, McDonald's omega and item-rest correlations against base R, on the same file of answers."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest

from survey.analysis.figures.frames import unpack_records
from survey.analysis.figures.reliability import part_reliabilities
from survey.instrument import load_instrument
from survey.responses import AnswerRecord
from tests.conftest import need

FOLDER = Path(__file__).parent
SIPAS = load_instrument("sipas-2023")
FIGURES = ("cases", "alpha", "standardised", "omega", "item_rest", "alpha_without")
# factanal() stops where the likelihood no longer changes in its last digits, which leaves its loadings less exact.
CLOSE = {"omega": 1e-8}

Golden = dict[tuple[str, str], dict[str, float]]


def read_golden(text: str) -> Golden:
    """Return R's figures by part and item."""
    codes = {dimension.letter: dimension.code for dimension in SIPAS.dimensions}
    return {
        (codes.get(row["part"], row["part"]), row["item"]): {name: float(row[name]) for name in FIGURES}
        for row in csv.DictReader(io.StringIO(text))
    }


def ours() -> Golden:
    rows = csv.DictReader(io.StringIO((FOLDER / "drivers.responses.csv").read_text(encoding="ascii")))
    codes = [item.code for item in SIPAS.items]
    records = "".join(AnswerRecord.pack(SIPAS, {code: row[code] for code in codes}) for row in rows)
    parts = part_reliabilities(unpack_records(records.encode(), SIPAS), SIPAS)
    return {
        (part.part, item.code): dict(
            zip(
                FIGURES,
                (part.cases, part.alpha, part.standardised, part.omega, item.item_rest, item.alpha_without),
                strict=True,
            )
        )
        for part in parts
        for item in part.items
    }


GOLDEN = read_golden((FOLDER / "reliability.csv").read_text(encoding="ascii"))


def test_every_figure_of_ours_has_one_of_r():
    assert list(ours()) == list(GOLDEN)
    assert len(GOLDEN) == 16 + 16  # each item in its dimension and in the whole


@pytest.mark.parametrize("cell", GOLDEN, ids=" ".join)
def test_every_coefficient_is_that_of_r(cell):
    found = ours()[cell]
    for name in FIGURES:
        assert found[name] == pytest.approx(GOLDEN[cell][name], rel=CLOSE.get(name, 1e-12)), name


@pytest.mark.oracle
def test_r_still_gives_the_numbers_kept_here():
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian package r-base-core)", "oracle")
    run = subprocess.run(
        [program, "reliability.R", "drivers.responses.csv"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    again = read_golden(run.stdout)
    assert again.keys() == GOLDEN.keys()
    for cell, figures in GOLDEN.items():
        for name in FIGURES:
            assert again[cell][name] == pytest.approx(figures[name], rel=CLOSE.get(name, 1e-12)), name
