"""The index formulas against hand arithmetic, and what no index may do."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.figures.domains import sum_by
from survey.analysis.figures.indices import bundles_of, compute_rows, formulas_of, parts_of, percent
from survey.analysis.figures.results import OVERALL, Domain, IndexRow
from survey.instrument import Instrument, load_instrument
from survey.responses import AnswerRecord
from survey.tallies import SYMBOLS, Counted, Tally, empty_clusters, layout_of, tally

SIPAS = load_instrument("sipas-2023")
LAYOUT = layout_of(SIPAS)
DEFINITIONS = ("percent_satisfied", "mean_over_max", "mean_rescaled")
AGGREGATIONS = ("pooled_answers", "mean_of_items", "mean_of_dimensions")


def by_method(definition: str, aggregation: str) -> Instrument:
    return replace(SIPAS, method=replace(SIPAS.method, definition=definition, aggregation=aggregation))


def tally_of(responses: list[dict[str, str]], groups: list[int] | None = None, *, size: int = 1) -> Tally:
    records = "".join(AnswerRecord.pack(SIPAS, answers) for answers in responses).encode()
    return tally(records, LAYOUT, groups=np.array(groups or [0] * len(responses), np.int64), size=size)


def counted(tallied: Tally) -> Counted:
    """Return a tally with no service-point days beside it, so that every estimate rests on respondents."""
    return Counted(tallied, empty_clusters(LAYOUT, len(tallied.responses)))


def rows_of(responses: list[dict[str, str]], instrument: Instrument = SIPAS) -> dict[str, IndexRow]:
    """Return the rows of all responses together, by the code of their part."""
    sums = sum_by(counted(tally_of(responses)), [Domain()], by=())
    return {row.part: row for row in compute_rows(sums, instrument, by=("dimension", "item"))}


HUNDRED = [
    {"A1": str(point)} for point, times in zip((1, 2, 3, 4, 5), (2, 3, 10, 50, 35), strict=True) for _ in range(times)
]


def test_the_worked_example_of_the_methodology():
    # Σ points = 2 + 6 + 30 + 200 + 175 = 413 of 500: 82.60. Satisfied 50 + 35, dissatisfied 2 + 3, of 100.
    row = rows_of(HUNDRED)["A1"]
    assert (row.level, row.percent_satisfied, row.percent_dissatisfied) == (82.6, 85.0, 5.0)
    assert (row.responses, row.answers) == (100, 100)


@pytest.mark.parametrize(
    ("definition", "expected"),
    # (4.13 - 1) / (5 - 1) = 0.7825 for the rescaled mean.
    [("percent_satisfied", 85.0), ("mean_over_max", 82.6), ("mean_rescaled", 78.25)],
)
def test_the_index_is_what_the_method_says_and_its_companions_stay(definition: str, expected: float):
    row = rows_of(HUNDRED, by_method(definition, "pooled_answers"))["A1"]
    assert row.index == expected
    assert (row.level, row.percent_satisfied) == (82.6, 85.0)


def test_no_answer_and_not_applicable_leave_the_base():
    # E: 5, N, 5; then 2 alone; then N, N. Three valid answers with 12 of 15 points, two of them satisfied.
    row = rows_of([{"E1": "5", "E2": "N", "E3": "5"}, {"E1": "2"}, {"E1": "N", "E2": "N", "A1": "1"}])["feedback"]
    assert (row.level, row.percent_satisfied) == (80.0, 200 / 3)
    # Three items × three responses = 9 places: 3 answers, 3 N, 3 empty; the third response gave no valid answer.
    assert (row.responses, row.answers, row.not_applicable, row.missing) == (2, 3, 3, 3)


def test_a_part_nobody_answered_has_no_figure():
    row = rows_of([{"A1": "5"}])["outcome"]
    assert (row.index, row.percent_satisfied, row.level, row.percent_dissatisfied) == (None, None, None, None)
    assert (row.responses, row.answers, row.missing) == (0, 0, 3)


# A1: 5 5 5 5; A2: 2; B1: 3 4.
UNEVEN = [{"A1": "5", "A2": "2", "B1": "3"}, {"A1": "5", "B1": "4"}, {"A1": "5"}, {"A1": "5"}]


@pytest.mark.parametrize(
    ("definition", "aggregation", "expected"),
    [
        # Satisfied: A1 4/4, A2 0/1, B1 1/2; A together 4/5.
        ("percent_satisfied", "pooled_answers", 500 / 7),  # 5 of 7 answers
        ("percent_satisfied", "mean_of_items", 50.0),  # (100 + 0 + 50) / 3
        ("percent_satisfied", "mean_of_dimensions", 65.0),  # (80 + 50) / 2
        # Points: A1 20/20, A2 2/5, B1 7/10; A together 22/25.
        ("mean_over_max", "pooled_answers", 2900 / 35),  # 29 of 35 points
        ("mean_over_max", "mean_of_items", 70.0),  # (100 + 40 + 70) / 3
        ("mean_over_max", "mean_of_dimensions", 79.0),  # (88 + 70) / 2
        # Points above 1: A1 16/16, A2 1/4, B1 5/8; A together 17/20.
        ("mean_rescaled", "pooled_answers", 2200 / 28),  # 22 of 28
        ("mean_rescaled", "mean_of_items", 62.5),  # (100 + 25 + 62.5) / 3
        ("mean_rescaled", "mean_of_dimensions", 73.75),  # (85 + 62.5) / 2
    ],
)
def test_three_ways_to_bring_items_together_differ_as_hand_arithmetic_says(definition, aggregation, expected):
    row = rows_of(UNEVEN, by_method(definition, aggregation))[OVERALL]
    assert row.index == pytest.approx(expected, rel=1e-14)


def test_companion_figures_use_the_aggregation_of_the_index():
    row = rows_of(UNEVEN, by_method("mean_rescaled", "mean_of_dimensions"))[OVERALL]
    # Dissatisfied: the 2 of A2 is one of five answers in A, none of two in B: (20 + 0) / 2.
    figures = (row.index, row.percent_satisfied, row.level, row.percent_dissatisfied)
    assert figures == pytest.approx((73.75, 65.0, 79.0, 10.0), rel=1e-14)


def test_a_dimension_is_pooled_unless_items_weigh_equally():
    # A: 22 of 25 points pooled; A1 100 and A2 40 as items.
    levels = {way: rows_of(UNEVEN, by_method("mean_over_max", way))["access"].level for way in AGGREGATIONS}
    assert levels == {"pooled_answers": 88.0, "mean_of_items": 70.0, "mean_of_dimensions": 88.0}


def test_the_published_dimensions_of_2023_give_the_means_worked_out_in_the_methodology():
    # Published: A 83.00, B 83.02, C 83.12, D 83.03, E 82.27; service part 82.97 ± 0.01.
    # Every item has 100,000 answers, or 40,000 in E where people had nothing to report.
    published = {"access": 83.00, "procedures": 83.02, "officials": 83.12, "outcome": 83.03, "feedback": 82.27}
    counts = np.zeros((1, LAYOUT.width, LAYOUT.symbols), np.int64)
    for question in SIPAS.questions[:16]:
        answers = 40_000 if question.dimension == "feedback" else 100_000
        satisfied = round(published[question.dimension] * answers / 100)
        counts[0, question.positions[0], [SYMBOLS.index("4"), SYMBOLS.index("3")]] = satisfied, answers - satisfied
    overall = parts_of(SIPAS, by=())[-1]
    found = {way: percent("H1", counts, scale=SIPAS.scale, bundles=bundles_of(overall, way))[0] for way in AGGREGATIONS}
    assert found["mean_of_dimensions"] == pytest.approx(82.888, abs=1e-9)  # the five, added and divided by 5
    assert found["mean_of_items"] == pytest.approx(82.89625, abs=1e-9)  # (3A + 4B + 3C + 3D + 3E) / 16
    assert found["pooled_answers"] == pytest.approx(82.97, abs=0.01)  # only pooling comes to what was published


def test_formulas_are_named_as_the_methodology_names_them():
    assert formulas_of(SIPAS.method) == ("L1", "P1")
    assert formulas_of(load_instrument("sipas-2017").method) == ("H1", "P1")
    assert formulas_of(by_method("mean_rescaled", "mean_of_dimensions").method) == ("L2", "P3")


item_codes = st.sampled_from([item.code for item in SIPAS.items])
answered = st.dictionaries(item_codes, st.sampled_from("12345"), max_size=6)
methods = st.builds(by_method, st.sampled_from(DEFINITIONS), st.sampled_from(AGGREGATIONS))


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(answered, min_size=1, max_size=8), methods, st.integers(1, 5))
def test_responses_without_an_answer_change_no_figure(responses, instrument, silent):
    before, after = rows_of(responses, instrument), rows_of(responses + [{}] * silent, instrument)
    for part, row in before.items():
        assert replace(after[part], missing=row.missing) == row


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(answered, min_size=1, max_size=8), methods, st.randoms(use_true_random=False))
def test_the_order_of_respondents_changes_no_figure(responses, instrument, generator: random.Random):
    shuffled = generator.sample(responses, len(responses))
    assert rows_of(shuffled, instrument) == rows_of(responses, instrument)


@settings(max_examples=60)
@given(st.lists(answered, min_size=1, max_size=8), methods)
def test_every_figure_lies_in_its_range(responses, instrument):
    for row in rows_of(responses, instrument).values():
        if row.answers == 0:
            assert row.index is None
            continue
        assert 0 <= row.index <= 100 + 1e-12
        assert 20 - 1e-12 <= row.level <= 100 + 1e-12  # the worst answer has 1 of 5 points
        assert row.percent_satisfied + row.percent_dissatisfied <= 100 + 1e-12
        assert row.responses <= row.answers


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(answered, min_size=1, max_size=8))
def test_all_ways_agree_when_every_item_was_answered_by_everybody(responses):
    whole = [{code: answers.get(code, "3") for code in (item.code for item in SIPAS.items)} for answers in responses]
    pooled, items = (rows_of(whole, by_method("mean_over_max", way))[OVERALL].level for way in AGGREGATIONS[:2])
    assert pooled == pytest.approx(items, rel=1e-12)
