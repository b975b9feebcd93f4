"""The JSON of results for programs: unrounded figures under the keys they rely on."""

import json
from dataclasses import replace

import pytest

from survey.reports.tables import results_json
from tests.unit.reports.test_tables import LONG_BIEN, RESULTS

JSON_ROWS = [
    {
        "agency_code": "SNV",
        "agency": "Sở Nội vụ",
        "block": "Sở",
        "dimension": "access",
        "label": "Tiếp cận dịch vụ",
        "index": 82.665,
        "se": 0.75,
        "low": 81.125,
        "upp": 84.104999,
        "design_effect": 1.5,
        "clusters": 40,
        "cluster_kind": "point_day",
        "percent_satisfied": 66.66666666666667,
        "level": 82.665,
        "responses": 1200,
        "answers": 3589,
        "missing": 11,
        "not_applicable": 0,
    },
    {
        "agency_code": "LB",
        "agency": "UBND phường Long Biên",
        "block": "Phường",
        "dimension": "overall",
        "label": "Sự phục vụ nói chung",
        "index": None,
        "se": None,
        "low": None,
        "upp": None,
        "design_effect": None,
        "clusters": None,
        "cluster_kind": None,
        "percent_satisfied": None,
        "level": None,
        "responses": 0,
        "answers": 0,
        "missing": 30,
        "not_applicable": 2,
    },
]


def test_json_holds_unrounded_figures_under_the_keys_programs_rely_on():
    content = json.loads(results_json(RESULTS))
    assert content == {
        "run": "ab12",
        "round": "2026-Q4",
        "instrument": "sipas-2023",
        "method": {
            "definition": "mean_over_max",
            "aggregation": "pooled_answers",
            "missing": "exclude",
            "decimals": 2,
        },
        "formulas": ["L1", "P1"],
        "basis": "self_selected",
        "simulated": False,
        "filters": {},
        "responses": 1234,
        "weighting": None,
        "sampling": None,
        "rows": JSON_ROWS,
    }
    assert list(content["rows"][0])[:4] == ["agency_code", "agency", "block", "dimension"]


def test_json_keeps_vietnamese_letters_as_they_are():
    assert '"Sở Nội vụ"' in results_json(RESULTS)


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ((), ["label"]),
        (("dimension",), ["dimension", "label"]),
        (("block", "item"), ["block", "item", "label"]),
        (("dimension", "item"), ["item", "label"]),
        (
            ("service_point", "item"),
            ["agency_code", "agency", "block", "service_point_code", "service_point", "item", "label"],
        ),
    ],
)
def test_json_rows_leave_out_the_axes_not_in_use(by, keys):
    row = replace(RESULTS.rows[0], domain=LONG_BIEN, part="A1")
    (found,) = json.loads(results_json(replace(RESULTS, by=by, rows=(row,))))["rows"]
    assert list(found)[: len(keys)] == keys
    assert list(found)[len(keys)] == "index"


def test_json_refuses_a_figure_that_is_not_a_number():
    broken = replace(RESULTS.rows[0], index=float("nan"))
    with pytest.raises(ValueError, match="nan"):
        results_json(replace(RESULTS, rows=(broken,)))
