"""Who is surely among the five best of a block, who may be, and what is said of it."""

import json
import re

import numpy as np
import pytest
from scipy import stats

from survey.analysis.comparing.comparison import Key
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.results import OVERALL
from survey.analysis.ranking.rank_sets import QUANTILE, Ranges, rank_sets
from survey.analysis.ranking.ranking import Ranking, RankRow, rank_block
from survey.analysis.ranking.top_units import TopPlace, place_in_top
from survey.analysis.stored import Extras, read_extras, write_extras
from survey.reports.words import top_sentence


def of(value: float, arm: float = 1.0) -> Estimate:
    return Estimate(value, arm / 2, value - arm, value + arm, 99, 99, 99, ClusterKind.RESPONDENT, 98.0, 1.0, 99.0)


def places(values: list[float]) -> dict[str, TopPlace | None]:
    ranking = rank_block("Xã", {f"X{number}": of(value) for number, value in enumerate(values)}, draws=999)
    return {row.unit: place_in_top(row, len(ranking.ranked)) for row in ranking.rows}


def test_far_apart_the_first_five_are_certain_and_the_others_excluded():
    found = places([95, 85, 75, 65, 55, 45, 35])
    assert list(found.values()) == [TopPlace.CERTAIN] * 5 + [TopPlace.EXCLUDED] * 2


def test_two_units_alike_at_the_border_are_both_possible():
    # The fifth and the sixth are 0.2 apart with ranges of ± 1: either may be fifth.
    found = places([95, 85, 75, 65, 55.2, 55, 35])
    assert list(found.values()) == [TopPlace.CERTAIN] * 4 + [TopPlace.POSSIBLE] * 2 + [TopPlace.EXCLUDED]


@pytest.mark.parametrize(
    ("low", "upp", "expected"),
    # At most upp − 1 units are truly better, at least low − 1.
    [(1, 5, "certain"), (5, 5, "certain"), (1, 6, "possible"), (5, 9, "possible"), (6, 9, "excluded")],
)
def test_the_worst_rank_makes_certain_and_the_best_rank_possible(low: int, upp: int, expected: str):
    assert place_in_top(RankRow("A", of(80), 5, joint_low=low, joint_upp=upp), 9) == expected


def test_the_set_of_one_unit_alone_decides_nothing():
    row = RankRow("A", of(80), 3, rank_low=1, rank_upp=5, joint_low=1, joint_upp=7)
    assert place_in_top(row, 9) is TopPlace.POSSIBLE


def test_in_a_block_of_five_or_fewer_nothing_is_said():
    ranking = rank_block("Sở", {f"S{number}": of(90.0 - 10 * number) for number in range(5)}, draws=999)
    assert {place_in_top(row, len(ranking.ranked)) for row in ranking.rows} == {None}
    assert top_sentence(ranking, {}, "vi") == ""


def test_a_unit_without_a_rank_has_no_place_and_does_not_count():
    few = Estimate(99, 1, 98, 99.5, 12, 12, 12, ClusterKind.RESPONDENT, 11.0, 1.0, 12.0)
    ranking = rank_block("Sở", {f"S{number}": of(90.0 - 10 * number) for number in range(5)} | {"X": few}, draws=999)
    assert top_sentence(ranking, {}, "vi") == ""
    assert place_in_top(ranking.row_of("X"), 9) is None


def ranking_of(*bounds: tuple[int, int]) -> Ranking:
    rows = tuple(
        RankRow(f"X{place}", of(90 - place), place, joint_low=low, joint_upp=upp)
        for place, (low, upp) in enumerate(bounds, start=1)
    )
    return Ranking("Xã", rows, ())


def test_the_sentence_names_the_certain_and_counts_the_possible():
    told = top_sentence(ranking_of((1, 1), (2, 5), (2, 6), (2, 7), (3, 7), (3, 7), (6, 7)), {"X1": "Xã Một"}, "vi")
    assert told == (
        "Chắc chắn trong nhóm 5 đơn vị đầu (độ tin cậy 95%, xét cùng lúc mọi đơn vị của khối): Xã Một; X2."
        " Ngoài ra, số đơn vị có thể thuộc nhóm này: 4."
    )


def test_that_nobody_is_certain_is_said_in_one_sentence():
    told = top_sentence(ranking_of(*[(1, 7)] * 7), {}, "vi")
    assert told.startswith("Chưa đơn vị nào chắc chắn trong nhóm 5 đơn vị đầu")
    assert told.endswith("khối). Số đơn vị có thể thuộc nhóm này: 7.")
    english = top_sentence(ranking_of(*[(1, 7)] * 7), {}, "en")
    assert english.startswith("No unit")
    assert not re.search(r"[ăâđêôơưạảấầ]", english)


def test_certain_and_possible_are_right_together_in_95_of_100_rounds():
    # Eight tied units around the fifth place, four surely above and four below them: the hardest case for both.
    truth, rounds = np.array([3.0] * 4 + [0.0] * 8 + [-3.0] * 4), 400
    random, right = np.random.default_rng(11), 0
    best = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    for number in range(rounds):
        value = random.normal(truth, 0.5)
        arm = np.full(len(truth), QUANTILE * 0.5)
        sets = rank_sets(Ranges(value, value - arm, value + arm, np.full(16, np.inf), value), draws=399, seed=number)
        certain, possible = sets.joint.upp <= 5, sets.joint.low <= 5
        right += bool((best[certain] <= 5).all() and possible[best <= 5].all())
    assert right >= stats.binom.ppf(0.001, rounds, 0.95)


def test_a_ranking_kept_before_is_read_as_one_of_a_single_step():
    ranking = rank_block("Xã", {f"X{number}": of(90.0 - number) for number in range(7)}, draws=999)
    estimates = {Key(row.unit, OVERALL): row.estimate for row in ranking.rows}
    text = write_extras(Extras(rankings=(ranking,)))
    assert read_extras(text, estimates).rankings == (ranking,)
    earlier = json.loads(text)
    del earlier["rankings"][0]["stepwise"]
    (found,) = read_extras(json.dumps(earlier), estimates).rankings
    assert (found.stepwise, found.rows) == (False, ranking.rows)
