"""What fell: which rows there are, in which order, and what an empty list may mean."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.analysis.comparing.comparison import Figures, Key, Origin, Verdict
from survey.analysis.comparing.falls import Falls, PartKind, what_fell
from survey.analysis.figures.estimates import Caution, ClusterKind, Estimate
from survey.analysis.figures.results import OVERALL
from survey.errors import RoundError, UnknownCodeError
from survey.fieldwork import SamplingBasis
from survey.instrument import load_instrument

SIPAS = load_instrument("sipas-2023")
BEFORE = Origin("2024", SIPAS.code, ("L1", "P1"), SamplingBasis.SELF_SELECTED)
AFTER = replace(BEFORE, round_code="2025")


def estimate(value: float, se: float = 0.5, *cautions: Caution, n: int = 200) -> Estimate:
    return Estimate(
        value, se, value - 2 * se, value + 2 * se, n, n, n, ClusterKind.RESPONDENT, 199, None, None, cautions
    )


def fallen(before: dict[str, Estimate], after: dict[str, Estimate], *, unit: str = "SXD") -> Falls:
    """Return what fell at one agency, figures given by part."""
    rounds = zip((BEFORE, AFTER), (before, after), strict=True)
    first, second = (Figures(at, {Key(unit, part): found for part, found in of.items()}) for at, of in rounds)
    return what_fell(first, second, instrument=SIPAS)


def parts(found: Falls) -> list[str]:
    return [row.key.part for row in found.rows]


def test_falls_beyond_chance_come_first_and_then_the_largest():
    sure, unsure = 0.5, 8.0
    before = {part: estimate(80.0, sure) for part in ("access", "outcome", "A1", "C2")} | {"B1": estimate(80.0, unsure)}
    after = {
        "access": estimate(76.0, sure),
        "outcome": estimate(83.0, sure),
        "A1": estimate(71.0, sure),
        "C2": estimate(80.0, sure),
        "B1": estimate(68.0, unsure),
    }
    # B1 fell most, by 12, but its standard error is √128 = 11.3; A1 fell by 9 and access by 4 with 0.7.
    found = fallen(before, after)
    assert parts(found) == ["A1", "access", "B1"]
    verdicts = [row.difference.verdict for row in found.rows]
    assert verdicts == [Verdict.FELL, Verdict.FELL, Verdict.NOT_BEYOND_CHANCE]
    assert [row.difference.value for row in found.rows] == [-9.0, -4.0, -12.0]


def test_a_row_says_all_that_a_plan_needs():
    (row,) = fallen({"feedback": estimate(80.0, n=210)}, {"feedback": estimate(74.5, n=190)}).rows
    assert (row.kind, row.label.vi) == (PartKind.DIMENSION, SIPAS.dimensions[4].label.vi)
    assert (row.before.value, row.after.value, row.difference.value) == (80.0, 74.5, -5.5)
    assert (row.before.responses, row.after.responses) == (210, 190)
    # Both ranges reach 2 × 0.5 to either side, together √2 = 1.414.
    assert (row.difference.low, row.difference.upp) == pytest.approx((-6.914, -4.086), abs=0.001)
    assert row.difference.p_holm == row.difference.p_bh == row.difference.p < 0.05


def test_items_carry_their_short_label():
    (row,) = fallen({"E1": estimate(80.0)}, {"E1": estimate(70.0)}).rows
    assert (row.kind, row.label) == (PartKind.ITEM, SIPAS.dimensions[4].items[0].short)


def test_the_overall_figure_is_tested_with_the_others_and_gets_no_row():
    before = {OVERALL: estimate(80.0), "A1": estimate(80.0)}
    found = fallen(before, {OVERALL: estimate(70.0), "A1": estimate(79.0)})
    assert (parts(found), found.comparison.tests) == (["A1"], 2)


def test_equal_falls_stand_in_the_order_of_the_questionnaire():
    codes = ["E1", "outcome", "A1", "access", "B4"]
    found = fallen({code: estimate(80.0) for code in codes}, {code: estimate(70.0) for code in codes})
    assert parts(found) == ["access", "A1", "B4", "outcome", "E1"]


def test_nothing_fell_is_an_answer():
    found = fallen({"A1": estimate(80.0), "A2": estimate(75.0)}, {"A1": estimate(80.0), "A2": estimate(76.0)})
    assert (found.rows, found.comparison.tests, found.comparison.gap) == ((), 2, None)


def test_no_rows_across_questionnaires_but_the_reason():
    before = Figures(replace(BEFORE, instrument="sipas-2022"), {Key("SXD", "access"): estimate(90.0)})
    found = what_fell(before, Figures(AFTER, {Key("SXD", "access"): estimate(60.0)}), instrument=SIPAS)
    assert found.rows == ()
    assert found.comparison.gap.reasons == ("instrument",)
    assert found.comparison.differences[Key("SXD", "access")].verdict is Verdict.NOT_COMPARABLE


def test_a_fall_that_cannot_be_tested_is_listed_without_a_claim():
    equal = estimate(100.0, 0.0, Caution.ALL_EQUAL)
    (row,) = fallen({"A1": equal}, {"A1": estimate(90.0)}).rows
    assert (row.difference.verdict, row.difference.value, row.difference.p) == (Verdict.TOO_FEW, -10.0, None)


def test_a_withheld_figure_is_not_listed():
    found = fallen({"A1": estimate(100.0, n=9)}, {"A1": estimate(90.0)})
    assert found.rows == ()
    assert found.comparison.differences[Key("SXD", "A1")].verdict is Verdict.TOO_FEW


def test_what_rounding_leaves_is_no_fall():
    tenths = sum([0.1] * 10)  # 0.9999999999999999
    assert fallen({"A1": estimate(80.0)}, {"A1": estimate(80.0 * tenths)}).rows == ()


def test_an_item_that_one_round_lacks_is_named():
    found = fallen({"A1": estimate(80.0)}, {"A1": estimate(70.0), "A2": estimate(60.0)})
    assert parts(found) == ["A1"]
    assert found.comparison.unmatched == (Key("SXD", "A2"),)


def test_an_unknown_part_is_refused():
    with pytest.raises(UnknownCodeError, match="no part has the code 'Z9'"):
        fallen({"Z9": estimate(80.0)}, {"Z9": estimate(70.0)})


def test_labels_come_from_the_questionnaire_of_the_later_round():
    figures = Figures(AFTER, {Key("SXD", "access"): estimate(80.0)})
    with pytest.raises(RoundError, match="round 2025 asked sipas-2023, not sipas-2022"):
        what_fell(Figures(BEFORE, {}), figures, instrument=load_instrument("sipas-2022"))


codes = [dimension.code for dimension in SIPAS.dimensions] + [item.code for item in SIPAS.items]
rounds = st.dictionaries(st.sampled_from(codes), st.builds(estimate, st.floats(0, 100), st.floats(0.1, 20)))


@given(rounds, rounds)
def test_rows_are_exactly_the_falls_and_sorted(before, after):
    found = fallen(before, after)
    fell = {code for code in before.keys() & after.keys() if before[code].value - after[code].value > 1e-9}
    assert set(parts(found)) == fell
    keys = [(not row.difference.beyond_chance, row.difference.value) for row in found.rows]
    assert keys == sorted(keys)
    assert all((row.difference.verdict is Verdict.FELL) == row.difference.beyond_chance for row in found.rows)
