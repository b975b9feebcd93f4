"""The items that pull a dimension down: a gap taken apart by hand, and what must always add up."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.comparing.pulls import DimensionPulls, Pull, find_pulls
from survey.analysis.figures.indices import DEFINITIONS, bundles_of, parts_of, percent
from survey.instrument import Instrument, load_instrument
from survey.responses import AnswerRecord
from survey.tallies import Tally, layout_of, tally

SIPAS = load_instrument("sipas-2023")
LAYOUT = layout_of(SIPAS)
DEFINITION_NAMES = ("percent_satisfied", "mean_over_max", "mean_rescaled")
AGGREGATION_NAMES = ("pooled_answers", "mean_of_items", "mean_of_dimensions")


def by_method(definition: str, aggregation: str) -> Instrument:
    return replace(SIPAS, method=replace(SIPAS.method, definition=definition, aggregation=aggregation))


def tally_of(responses: list[dict[str, str]]) -> Tally:
    records = "".join(AnswerRecord.pack(SIPAS, answers) for answers in responses).encode()
    return tally(records, LAYOUT, groups=np.zeros(len(responses), np.int64), size=1)


def answered(**answers: str) -> Tally:
    """Return the tally of items answered with these symbols, one response for each symbol."""
    return tally_of([{code: symbol} for code, symbols in answers.items() for symbol in symbols])


def access(agency: Tally, rest: Tally, instrument: Instrument = SIPAS) -> DimensionPulls:
    return find_pulls(agency, agency + rest, instrument)[0]


def item(found: DimensionPulls, code: str) -> Pull:
    return next(pull for pull in found.items if pull.item == code)


# Points: A1 18 of 20, A2 5 of 10, A3 8 of 10, together 31 of 40. In the rest 10 of 10, 16 of 20, 10 of 10: 36 of 40.
AGENCY = answered(A1="5544", A2="23", A3="44")
REST = answered(A1="55", A2="4444", A3="55")


def test_the_gap_of_a_dimension_is_taken_apart_as_hand_arithmetic_does():
    found = access(AGENCY, REST)
    # 31/40 against 36/40.
    assert (found.figure, found.rest, found.gap) == (77.5, 90.0, -12.5)
    # Answer shares 4/8, 2/8, 2/8 times 90 − 100, 50 − 80, 80 − 100.
    assert {pull.item: pull.contribution for pull in found.items} == {"A1": -5.0, "A2": -7.5, "A3": -5.0}
    # A1, 100 in the rest, is answered more here (4/8 against 2/8), A2, 80 in the rest, less (2/8 against 4/8):
    # 0.25 · 100 − 0.25 · 80 = 5, and −17.5 + 5 = −12.5.
    assert found.mix == 5.0


def test_each_item_is_held_against_the_block_and_against_its_dimension():
    worst = access(AGENCY, REST).items[0]
    assert (worst.item, worst.label.en) == ("A2", SIPAS.items[1].short.en)
    assert (worst.figure, worst.rest, worst.gap, worst.share) == (50.0, 80.0, -30.0, 0.25)
    assert worst.others == pytest.approx(100 * 26 / 30)  # A1 and A3: 18 + 8 of 30 points
    assert worst.beside_others == pytest.approx(50 - 100 * 26 / 30)
    assert (worst.answers, worst.rest_answers) == (2, 4)


def test_the_worst_pull_comes_first_and_ties_go_by_the_place_in_the_dimension():
    # A1 and A3 both contribute −5; A1 is 90 beside 13/20, A3 80 beside 23/30.
    found = access(AGENCY, REST)
    assert [pull.item for pull in found.items] == ["A2", "A3", "A1"]
    assert found.down == found.items


@pytest.mark.parametrize(
    ("definition", "aggregation", "figures", "contributions", "mix"),
    [
        # Satisfied: agency 4/4, 0/2, 2/2, together 6/8; the rest everybody.
        ("percent_satisfied", "pooled_answers", (75, 100), (0, -25, 0), 0),
        # Points above 1: 14/16, 3/8, 6/8, together 23/32; the rest 8/8, 12/16, 8/8, together 28/32.
        ("mean_rescaled", "pooled_answers", (71.875, 87.5), (-6.25, -9.375, -6.25), 6.25),
        # Items alike: (90 + 50 + 80)/3 against (100 + 80 + 100)/3; a third of −10, −30, −20, and no mix.
        ("mean_over_max", "mean_of_items", (220 / 3, 280 / 3), (-10 / 3, -10, -20 / 3), 0),
        ("mean_over_max", "mean_of_dimensions", (77.5, 90), (-5, -7.5, -5), 5),
    ],
)
def test_the_figure_taken_apart_is_the_index_of_the_questionnaire(definition, aggregation, figures, contributions, mix):
    found = access(AGENCY, REST, by_method(definition, aggregation))
    assert (found.figure, found.rest) == pytest.approx(figures, rel=1e-12)
    assert [item(found, code).contribution for code in ("A1", "A2", "A3")] == pytest.approx(contributions, abs=1e-12)
    assert found.mix == pytest.approx(mix, abs=1e-12)


def test_only_what_lies_below_pulls_down():
    found = access(answered(A1="5", A2="3"), answered(A1="4", A2="4"))
    assert [pull.item for pull in found.down] == ["A2"]


def test_an_agency_alone_in_its_block_is_held_against_its_own_dimension():
    found = find_pulls(AGENCY, AGENCY, SIPAS)[0]
    assert (found.figure, found.rest, found.gap, found.mix) == (77.5, None, None, None)
    assert {pull.contribution for pull in found.items} == {None}
    # A2 50 beside 26/30; A3 80 beside 23/30; A1 90 beside 13/20.
    assert [pull.item for pull in found.items] == ["A2", "A3", "A1"]
    assert [pull.item for pull in found.down] == ["A2"]


def test_an_item_the_rest_did_not_answer_is_all_mix():
    found = access(answered(A1="44", A2="22"), answered(A1="5555"))
    # 12/20 against 20/20. A1: 1/2 · (80 − 100) = −10. A2 has nothing to be held against: −1/2 · 100 + 1/2 · 40 = −30.
    assert (found.gap, item(found, "A1").contribution, item(found, "A2").contribution) == (-40.0, -10.0, None)
    assert found.mix == -30.0
    assert [pull.item for pull in found.items] == ["A1", "A2", "A3"]


def test_an_item_the_agency_did_not_answer_is_all_mix():
    found = access(answered(A1="44"), answered(A1="44", A2="22"))
    # 80 against 12/20: A1 is equal, and A2, 40 in the rest, is missing here: 1/2 · 80 − 1/2 · 40 = 20.
    assert (found.gap, item(found, "A1").contribution, item(found, "A2").contribution) == (20.0, 0.0, None)
    assert (found.mix, item(found, "A2").figure, item(found, "A2").share) == (20.0, None, 0.0)


def test_a_dimension_nobody_answered_has_no_figure():
    outcome = find_pulls(AGENCY, AGENCY + REST, SIPAS)[3]
    assert (outcome.dimension, outcome.figure, outcome.rest, outcome.gap, outcome.mix) == ("outcome", *[None] * 4)
    assert [pull.item for pull in outcome.items] == ["D1", "D2", "D3"]
    assert outcome.down == ()


def test_an_agency_without_answers_has_no_gap():
    found = access(tally_of([{}]), REST)
    assert (found.figure, found.rest, found.gap, found.mix) == (None, 90.0, None, None)


def test_not_applicable_leaves_the_base():
    found = find_pulls(answered(E1="5N", E2="N"), answered(E1="5N", E2="NN", A1="1") + answered(E1="4"), SIPAS)[4]
    assert (found.figure, found.rest) == (100.0, 80.0)
    assert [pull.answers for pull in sorted(found.items, key=lambda pull: pull.item)] == [1, 0, 0]


def test_a_block_without_the_agency_is_refused():
    with pytest.raises(ValueError, match="every answer of the agency"):
        find_pulls(AGENCY, REST, SIPAS)


responses = st.lists(
    st.dictionaries(st.sampled_from([one.code for one in SIPAS.items]), st.sampled_from("12345"), max_size=8),
    max_size=8,
)
methods = st.builds(by_method, st.sampled_from(DEFINITION_NAMES), st.sampled_from(AGGREGATION_NAMES))


@settings(max_examples=150)
@given(responses, responses, methods)
def test_contributions_and_mix_always_add_up_to_the_gap(agency, rest, instrument):
    ours, theirs = tally_of(agency), tally_of(rest)
    for found in find_pulls(ours, ours + theirs, instrument):
        if found.gap is None:
            assert found.figure is None or found.rest is None
            continue
        parts = [pull.contribution for pull in found.items if pull.contribution is not None]
        assert sum(parts) + found.mix == pytest.approx(found.gap, abs=1e-9)


@settings(max_examples=60)
@given(responses, methods)
def test_both_sides_show_the_index_that_other_tables_show(agency, instrument):
    ours = tally_of(agency)
    parts = {part.code: part for part in parts_of(instrument, by=("dimension",))}
    for found in find_pulls(ours, ours + ours, instrument):
        bundles = bundles_of(parts[found.dimension], instrument.method.aggregation)
        index = percent(DEFINITIONS[instrument.method.definition], ours.counts, scale=SIPAS.scale, bundles=bundles)[0]
        figures = [np.nan if figure is None else figure for figure in (found.figure, found.rest)]
        assert figures == pytest.approx([index, index], nan_ok=True, abs=1e-9)
