"""Adjusted p-values, Welch's test and differences of pooled levels against R, on the same small file of answers."""

import csv
import io
import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from survey.analysis.comparing.blocks import mean_of_agencies
from survey.analysis.comparing.comparison import compare_pairs
from survey.analysis.comparing.multiplicity import adjust_benjamini_hochberg, adjust_holm
from survey.analysis.figures.estimates import Form, RatioSums, estimate_ratios
from tests.conftest import need

FOLDER = Path(__file__).parent
AGENCIES = ("SXD", "STC", "PTT")
ADJUST = {"holm": adjust_holm, "BH": adjust_benjamini_hochberg}
# The lists R adjusted, as they stand in comparison.R.
P_VALUES = {
    "spread": [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216],
    "untidy": [0.03, np.nan, 1, 0.0004, 0.03, 0.7, np.nan, 0.012, 0.03],
    "single": [0.2],
    "tiny": [1e-300, 1e-12, 0.5],
}

Golden = dict[tuple[str, str], dict[str, float]]


def read_golden(text: str) -> Golden:
    """Return R's figures by what was computed and the case."""
    found: defaultdict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in csv.DictReader(io.StringIO(text)):
        found[row["what"], row["case"]][row["figure"]] = float(row["value"])
    return dict(found)


def read_answers() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((FOLDER / "responses.csv").read_text(encoding="ascii"))))


def sums_of(part: str) -> RatioSums:
    """Return points (y) and valid answers (n) of an item, or of the items of a letter, with a stratum per agency."""
    of_agency = defaultdict(list)
    for row in read_answers():
        points = [int(value) for item, value in row.items() if item.startswith(part) and value in tuple("12345")]
        if points:
            of_agency[row["agency"]].append((len(points), sum(points)))
    n_and_y = [np.array(of_agency[agency]).T for agency in AGENCIES]
    columns = [(len(n), n.sum(), y.sum(), n @ n, y @ y, y @ n, len(n), n.sum()) for n, y in n_and_y]
    return RatioSums(*np.transpose(columns), group=np.arange(len(AGENCIES)))


def levels_of(sums: RatioSums):
    return estimate_ratios(sums, groups=len(AGENCIES), most=5, form=Form.LEVEL)


GOLDEN = read_golden((FOLDER / "comparison.csv").read_text(encoding="ascii"))


def cases(what: str) -> pytest.MarkDecorator:
    """Run a test once for each case of one kind."""
    return pytest.mark.parametrize("case", [case for kind, case in GOLDEN if kind == what])


@pytest.mark.parametrize("method", ADJUST)
@cases("holm")
def test_adjusted_p_values_are_those_of_r(case, method):
    expected = [GOLDEN[method, case][str(place)] for place in range(len(P_VALUES[case]))]
    assert ADJUST[method](np.array(P_VALUES[case])) == pytest.approx(expected, rel=1e-14, nan_ok=True)


@cases("welch")
def test_one_item_of_two_agencies_gives_the_test_of_r(case):
    ours, other, _ = levels_of(sums_of(case))
    found = compare_pairs([other], [ours])[0]
    figures = {name: getattr(found, name) for name in GOLDEN["welch", case]}
    assert figures == pytest.approx(GOLDEN["welch", case], rel=1e-9)


@cases("agency")
def test_the_difference_of_two_agencies_over_several_items_is_that_of_r(case):
    ours, other, _ = levels_of(sums_of(case))
    found = compare_pairs([other], [ours])[0]
    assert {"value": found.value, "se": found.se} == pytest.approx(GOLDEN["agency", case], rel=1e-9)


@cases("rest")
def test_the_difference_to_the_rest_over_several_items_is_that_of_r(case):
    # As the pipeline does it: the strata of one agency are a group, all others of its block another.
    sums = sums_of(case)
    both = replace(sums, group=(sums.group != 0).astype(np.int64))
    ours, rest = estimate_ratios(both, groups=2, most=5, form=Form.LEVEL)
    found = compare_pairs([rest], [ours])[0]
    assert {"value": found.value, "se": found.se} == pytest.approx(GOLDEN["rest", case], rel=1e-9)


@cases("mean")
def test_the_mean_of_agencies_is_that_of_r(case):
    found = mean_of_agencies(levels_of(sums_of(case)))
    assert {"value": found.value, "se": found.se} == pytest.approx(GOLDEN["mean", case], rel=1e-9)


@pytest.mark.oracle
def test_r_still_gives_the_numbers_kept_here():
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian packages r-base-core, r-cran-survey)", "oracle")
    run = subprocess.run(
        [program, "comparison.R", "responses.csv"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    again = read_golden(run.stdout)
    assert again.keys() == GOLDEN.keys()
    for case, figures in GOLDEN.items():
        assert again[case] == pytest.approx(figures, rel=1e-12, nan_ok=True)
