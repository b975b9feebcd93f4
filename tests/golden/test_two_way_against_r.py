"""Standard errors over days and weeks, from the sums of a run, against R's survey package and the formulas in R."""

import csv
import io
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from survey.analysis.figures.domains import sum_by
from survey.analysis.figures.indices import compute_rows
from tests.conftest import need
from tests.unit.figures.test_two_way import SIPAS, counted

FOLDER = Path(__file__).parent
SAMPLE = FOLDER / "two-way-sample.csv"
Golden = dict[tuple[str, str], tuple[float, float, float]]


def read_golden(text: str) -> Golden:
    """Return R's value, standard error and degrees of freedom by part and agency, "" for everybody."""
    rows = csv.DictReader(io.StringIO(text))
    return {
        (row["part"], row["agency"]): (float(row["value"]), float(row["se"]), float(row["degrees"])) for row in rows
    }


GOLDEN = read_golden((FOLDER / "two-way.csv").read_text(encoding="ascii"))


def sample():
    """Return the agency, the counter, the day and the answers of everybody."""
    with SAMPLE.open(encoding="ascii", newline="") as stream:
        for row in csv.DictReader(stream):
            agency, point, day = row.pop("agency"), int(row.pop("point")[1:]), date.fromisoformat(row.pop("day"))
            yield agency, point, day, {item: given for item, given in row.items() if given}


@pytest.mark.parametrize("by", [("agency",), ()], ids=["each agency", "everybody"])
def test_standard_errors_are_those_of_r(by):
    found, points = counted(list(sample()))
    rows = compute_rows(sum_by(found, points, by=by), SIPAS, by=(*by, "dimension", "item"))
    ours = {(row.part, row.domain.agency_code): row.estimate for row in rows}
    wanted = {key: numbers for key, numbers in GOLDEN.items() if bool(key[1]) == bool(by)}
    assert len(wanted) == (21 if by else 3)
    for key, numbers in wanted.items():
        told = ours[key]
        assert (told.value, told.se, told.degrees) == pytest.approx(numbers, rel=1e-9), key


@pytest.mark.oracle
def test_r_still_gives_the_numbers_kept_here():
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian packages r-base-core, r-cran-survey)", "oracle")
    run = subprocess.run([program, FOLDER / "two-way.R", SAMPLE], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    again = read_golden(run.stdout)
    assert again.keys() == GOLDEN.keys()
    for key, numbers in GOLDEN.items():
        assert again[key] == pytest.approx(numbers, rel=1e-12), key
