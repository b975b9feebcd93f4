"""A verdict on an agency does not depend on who else took part, and is wrong in one province of twenty at most."""

import numpy as np
import pytest
from scipy import special

from survey.analysis.comparing.comparison import Comparison, Difference, Figures, Key, Origin, Verdict
from survey.analysis.comparing.falls import Falls, what_fell
from survey.analysis.comparing.multiplicity import adjust_holm, adjust_in_graph
from survey.analysis.comparing.own_family import own_falls
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.results import OVERALL
from survey.fieldwork import SamplingBasis
from survey.instrument import load_instrument

SIPAS = load_instrument("sipas-2023")
PARTS = [OVERALL] + [code for one in SIPAS.dimensions for code in (one.code, *(item.code for item in one.items))]


def estimate(value: float, se: float = 2.0) -> Estimate:
    return Estimate(value, se, value - 2 * se, value + 2 * se, 300, 300, 60, ClusterKind.DAY_AND_WEEK, 60.0, 1.0, 300.0)


def figures(round_code: str, values: dict[Key, float]) -> Figures:
    origin = Origin(round_code, "sipas-2023", ("L1", "P1"), SamplingBasis.SELF_SELECTED)
    return Figures(origin, {key: estimate(value) for key, value in values.items()})


def a_fall_of_one_item_among(agencies: int) -> Falls:
    """X falls by 11.9 points in B1, whose range is far from 0; nobody else changes beyond chance."""
    generator = np.random.default_rng(agencies)
    keys = [Key(unit, part) for unit in ("X", *(f"N{place}" for place in range(agencies - 1))) for part in PARTS]
    before = dict.fromkeys(keys, 82.0)
    after = {key: 82.0 + (generator.normal(0, 1) if key.unit != "X" else 0) for key in keys}
    after[Key("X", "B1")] = 82.0 - 11.9
    return what_fell(figures("2025", before), figures("2026", after), instrument=SIPAS)


@pytest.mark.parametrize("agencies", [1, 2, 17, 200, 1000])
def test_a_fall_far_from_nothing_is_called_a_fall_however_many_agencies_took_part(agencies):
    own = own_falls(a_fall_of_one_item_among(agencies), "X", SIPAS)
    fall = own.rows[0]
    assert (fall.key, fall.difference.verdict) == (Key("X", "B1"), Verdict.FELL)
    assert fall.difference.upp < 0
    assert own.comparison.tests == 22
    assert {key.unit for key in own.comparison.differences} == {"X"}
    # The verdict, and every number it rests on, is the one it would be if nobody else had been asked.
    assert own.comparison.differences == own_falls(a_fall_of_one_item_among(1), "X", SIPAS).comparison.differences


def test_in_the_list_of_all_agencies_the_family_is_everybody():
    falls = a_fall_of_one_item_among(200)
    assert falls.comparison.tests == 200 * 22
    assert falls.comparison.differences[Key("X", "B1")].p_order is None


def verdicts(p_values: dict[str, float]) -> dict[str, Verdict]:
    differences = {Key("X", part): Difference(Verdict.NOT_BEYOND_CHANCE, -3.0, p=p) for part, p in p_values.items()}
    own = own_falls(Falls((), Comparison(differences)), "X", SIPAS)
    return {key.part: one.verdict for key, one in own.comparison.differences.items()}


def test_what_the_overall_figure_shows_makes_its_dimensions_and_their_items_easier_to_call():
    nothing = dict.fromkeys(PARTS, 0.9)
    # Five dimensions begin with 0.05 / 3 / 5 = 0.0033 each and have 0.0067 once the overall figure fell.
    assert verdicts(nothing | {"access": 0.005})["access"] is Verdict.NOT_BEYOND_CHANCE
    assert verdicts(nothing | {OVERALL: 0.01, "access": 0.005})["access"] is Verdict.FELL
    # An item of three begins with 0.05 / 3 / 16 = 0.001; its dimension hands it a third of its 0.0067 more.
    item = SIPAS.dimensions[0].items[0].code
    assert verdicts(nothing | {item: 0.003})[item] is Verdict.NOT_BEYOND_CHANCE
    assert verdicts(nothing | {OVERALL: 0.01, "access": 0.005, item: 0.003})[item] is Verdict.FELL


def test_parts_without_a_test_take_no_part():
    found = verdicts({"access": 0.01})
    # Alone it has the whole error; with an untested overall figure beside it, too.
    assert found["access"] is Verdict.FELL
    untested = {
        Key("X", OVERALL): Difference(Verdict.TOO_FEW),
        Key("X", "access"): Difference(Verdict.FELL, -3, p=0.04),
    }
    own = own_falls(Falls((), Comparison(untested)), "X", SIPAS).comparison.differences
    assert own[Key("X", OVERALL)].verdict is Verdict.TOO_FEW
    assert own[Key("X", "access")].verdict is Verdict.FELL


def test_the_graph_of_equal_shares_is_holm():
    p = np.array([0.001, 0.2, 0.011, 0.04, 0.5])
    equal = (1 - np.eye(5)) / 4
    assert adjust_in_graph(p, np.full(5, 0.2), equal) == pytest.approx(adjust_holm(p), rel=1e-12)


def test_the_graph_against_an_example_worked_out_by_hand():
    # Two primary ends share α, each hands half of it to the other and half to its own secondary end.
    p = np.array([0.01, 0.04, 0.02, 0.03])
    passing = np.array([[0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5], [0, 1, 0, 0], [1, 0, 0, 0]])
    found = adjust_in_graph(p, np.array([0.5, 0.5, 0, 0]), passing)
    # First 0.01 / 0.5 = 0.02. Then the other primary end has 3/4: 0.04 / 0.75 = 0.0533; the first's secondary end
    # has 1/4: 0.02 / 0.25 = 0.08, more. After both, the secondary ends have 1/2 each: 0.04 and 0.06, then 0.03 of
    # all; an adjusted value is never below those before it.
    assert found[:2].tolist() == pytest.approx([0.02, 0.04 / 0.75])
    assert found[2:].tolist() == pytest.approx([0.04 / 0.75] * 2)


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
def test_where_nothing_changed_an_agency_is_called_wrongly_in_one_of_twenty_at_most(alike):
    generator = np.random.default_rng([11, round(10 * alike)])
    wrong = 0
    for _ in range(1000):
        z = np.sqrt(alike) * generator.standard_normal() + np.sqrt(1 - alike) * generator.standard_normal(len(PARTS))
        p = 2 * special.ndtr(-np.abs(z))
        wrong += any(one is Verdict.FELL for one in verdicts(dict(zip(PARTS, p, strict=True))).values())
    # 5% of 1,000 and three of its standard deviations of 6.9.
    assert wrong <= 50 + 21
