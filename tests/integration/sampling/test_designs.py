"""A declared design: which files are refused, what is kept, and what a figure by it promises."""

import json
from pathlib import Path

import pytest

from survey.errors import ChangedMeanwhileError, DesignError, RefusedDataError
from survey.operations.collecting.responses import import_responses
from survey.operations.sampling.designs import GivenFile, compute_by_design, find_design
from tests.integration.sampling.golden_round import GOLDEN, HEADER, LAST, MARGINS, MODEL, RIGHT, give
from tests.told import told
from tests.trail import told_of

# What a design file may not say.

WRONG = {
    "a stratum that is missing": (HEADER + "STC,410\nTTPVHCC,1260\nP-DONGKINH,300\n", "line 1: stratum 'P-KYLUA': 28"),
    "a population below the responses": (RIGHT.replace("KYLUA,95", "KYLUA,27"), "line 5: stratum 'P-KYLUA': 28 resp"),
    "an unknown code": (RIGHT + "NOBODY,10\n", "line 6: agency_code: .*NOBODY"),
    "a stratum twice": (RIGHT + "STC,410\n", "line 6: .*STC.* line 2"),
    "a population of none": (
        RIGHT.replace("KYLUA,95", "KYLUA,0"),
        "line 5: population: .*0.* not a whole number above 0",
    ),
    "a fraction": (RIGHT.replace("410", "410.5"), "line 2: population: "),
    "thousands with a point": (RIGHT.replace(",1260", ",1.260"), "line 3: population: "),
    "no population": ("agency_code\nSTC\n", "line 1: .*population"),
    "two kinds of strata": ("agency_code,block,population\nSTC,x,9\n", "line 1: exactly one .*agency_code"),
    "an unknown column": ("agency_code,population,n\nSTC,410,1\n", "line 1: unknown column.*n"),
    "nothing but a header": (HEADER, "line 1: .*no line"),
    "a row too short": (RIGHT + "STC\n", "line 6: "),
    "days for some only": (
        "agency_code,population,point_days\nSTC,410,38\nTTPVHCC,1260,\nP-DONGKINH,300,\nP-KYLUA,95,\n",
        "point_days",
    ),
    "fewer days than answers came on": (
        (GOLDEN / "door-days.csv").read_text().replace("P-KYLUA,95,10", "P-KYLUA,95,3"),
        r"line 5: stratum 'P-KYLUA': responses on \d+ service-point days out of 3",
    ),
    "no text": (b"\xff\xfe\x00".decode("latin-1"), "line 1: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_design_that_cannot_be_is_refused_line_by_line(store, drawn, name):
    text, told = WRONG[name]
    with pytest.raises(RefusedDataError, match=told):
        give(store, text)
    assert find_design(store, "r1").kept == ()


def test_every_bad_line_is_told_at_once_and_in_the_language_asked_for(store, drawn):
    with pytest.raises(RefusedDataError) as refused:
        give(store, RIGHT + "NOBODY,0\nSTC,-1\n")
    first, second = told(refused.value, "vi")
    assert (first.line, second.line) == (6, 7)
    assert "không có “NOBODY”" in first.reason
    assert "số nguyên lớn hơn 0" in first.reason
    assert "đã có ở dòng 2" in second.reason


def test_nobody_was_drawn_in_a_self_selected_round(store, walked_in):
    with pytest.raises(DesignError, match="self-selected: nobody was drawn"):
        give(store, RIGHT)
    with pytest.raises(DesignError, match="self-selected"):
        compute_by_design(store, "r1", by=("agency",))


# What is kept.


def test_every_file_is_kept_as_it_was_given_and_the_last_one_counts(store, drawn):
    give(store, RIGHT)
    give(store, RIGHT)  # The very same file again is nothing new.
    other = RIGHT.replace("410", "820")
    give(store, other, seen=1)
    kept = find_design(store, "r1").kept
    assert [(one.number, one.content) for one in kept] == [(2, other.encode()), (1, RIGHT.encode())]
    assert kept[0].digest == GivenFile(other.encode(), "").digest
    assert compute_by_design(store, "r1", by=()).sampling.file == kept[0].digest
    assert told_of(store, "design_given") == [
        f"đợt r1; thiết kế mẫu số: {one.number}; số tầng mẫu: 4; mã kiểm tra của tệp: {one.digest}"
        for one in reversed(kept)
    ]


def test_who_looked_at_another_design_is_told_instead_of_replacing_it(store, drawn):
    give(store, RIGHT)
    with pytest.raises(ChangedMeanwhileError):
        give(store, RIGHT.replace("410", "820"), seen=0)


def test_responses_that_came_later_and_contradict_the_design_stop_the_figure(store, drawn):
    give(store, RIGHT.replace("KYLUA,95", "KYLUA,28"))
    more = "collected_on,service_point_code,mode,A1\n2026-03-09,UED34VN,paper,4\n"
    import_responses(store, more.encode(), name="y.csv", round_code="r1", today=LAST)
    with pytest.raises(DesignError, match="'P-KYLUA': 29 responses out of a population of 28"):
        compute_by_design(store, "r1", by=())


# What a figure promises.


def test_without_population_sizes_there_is_a_figure_with_a_model_range_and_no_confidence_interval(app, store, drawn):
    run = app.test_cli_runner().invoke
    plain = run(args=["index", "compute", "--round", "r1", "--by", "dimension"]).stdout
    assert MODEL in plain
    assert "tin cậy" not in plain
    refused = run(args=["index", "compute", "--round", "r1", "--weights", "design"])
    assert refused.exit_code == 1
    assert "has no design yet, so no population and no confidence interval" in refused.stderr
    told = json.loads(run(args=["index", "weigh", *_file(store, app), "--format", "json", "--leave-out"]).stdout)
    assert (told["range"], told["design_file"]) == ("model_based", None)
    table = run(args=["index", "weigh", *_file(store, app), "--leave-out"]).stdout
    assert "không có hiệu chỉnh tổng thể hữu hạn, không có khoảng tin cậy" in table


def _file(store, app):
    path = Path(app.extensions["hai-long"].settings.instance) / "margins.csv"
    path.write_text(MARGINS, encoding="utf-8")
    return [str(path), "--round", "r1"]


def test_a_census_has_no_error_of_sampling_left(store, drawn):
    """Everybody of a stratum answered: f = 1, so its variance is 0, and the range keeps only what nobody said."""
    give(store, HEADER + "STC,41\nTTPVHCC,53\nP-DONGKINH,38\nP-KYLUA,28\n")
    (row,) = compute_by_design(store, "r1", by=()).rows
    assert row.estimate.se == pytest.approx(0, abs=1e-9)
    assert row.index == pytest.approx(compute_by_design(store, "r1", by=()).rows[0].level)


def test_strata_that_nobody_answered_and_single_draws_are_named(store, drawn):
    service_points = "3TKDZGS,9\nAULUCGJ,17\nL4E3SZF,31\n532JS8E,22\nP2MCN3E,20\nUKGBDA2,18\nUED34VN,28\nRMTKLJ7,55\n"
    give(store, "service_point_code,population\n" + service_points.replace("3TKDZGS,9", "3TKDZGS,24"))
    sampling = compute_by_design(store, "r1", by=()).sampling
    assert (sampling.axis, sampling.without_responses) == ("service_point", ("RMTKLJ7",))
    assert sampling.represented == pytest.approx(100 * 160 / 215)
    more = "collected_on,service_point_code,mode,A1\n2026-03-09,RMTKLJ7,paper,4\n"
    import_responses(store, more.encode(), name="y.csv", round_code="r1", today=LAST)
    results = compute_by_design(store, "r1", by=("agency",))
    assert results.sampling.lonely == ("RMTKLJ7",)
    # The one answer of that agency is not told.
    assert "SCT" not in {row.domain.agency_code for row in results.rows}
    assert results.sampling.withheld == 1
