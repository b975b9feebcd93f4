"""Key drivers: what is refused and why, and what is found."""

import json
from dataclasses import replace

import numpy as np
import pytest

from survey.analysis.drivers.driver_places import Quadrant, level_margins
from survey.analysis.drivers.drivers import Drivers, DriversCaution, DriversRefusal, NoDrivers, find_drivers
from survey.analysis.figures.indices import parts_of
from survey.analysis.stored import Extras, read_extras, write_extras
from survey.instrument.model import number_questions
from survey.reports.words import (
    ADVICE_WORDS,
    ASSOCIATION,
    DRIVERS_CAUTION_WORDS,
    IMPORTANCE,
    NO_DRIVERS_WORDS,
    QUADRANT_WORDS,
    driver_words,
    refusal_words,
)
from tests.unit.drivers.simulated_rounds import ASKING, ITEMS, SILENT, SIPAS, found_in, records_of, simulated

FIRST = {"access": 0, "procedures": 3, "officials": 7, "outcome": 10, "feedback": 13}


def reason_of(items: np.ndarray, overall: np.ndarray, **options) -> NoDrivers:
    found = found_in(items, overall, **options)
    assert isinstance(found, DriversRefusal)
    return found.reason


# What is refused.


def test_a_round_that_did_not_ask_the_overall_question_has_no_drivers():
    found = find_drivers(records_of(*simulated(300)), SIPAS, SILENT)
    assert isinstance(found, DriversRefusal)
    assert found.reason is NoDrivers.NOT_ASKED
    assert "không thể lấy chỉ số để giải thích chính chỉ số đó" in refusal_words(found, "vi")


def test_a_questionnaire_without_the_overall_question_has_no_drivers():
    facts = tuple(fact for fact in SIPAS.facts if fact.kind != "overall")
    plain = replace(SIPAS, facts=facts, questions=number_questions(SIPAS.dimensions, SIPAS.scale, facts))
    found = find_drivers(b"5" * ITEMS + b"." * (plain.width - ITEMS), plain, ASKING)
    assert found == DriversRefusal(NoDrivers.NOT_ASKED)


@pytest.mark.parametrize(
    ("by", "count", "needed"), [("dimension", 99, 100), ("item", 159, 160), ("item", 10, 160), ("item", 0, 160)]
)
def test_too_few_complete_responses_are_refused_with_both_numbers(by, count, needed):
    items, overall = simulated(200)
    overall[count:] = 0
    found = found_in(items, overall, by=by)
    # Without any overall answer no item was answered beside one, and the least base is that of all rounds.
    assert found == DriversRefusal(NoDrivers.FEW_CASES, count, needed if count else 100)
    assert (
        refusal_words(found, "vi")
        == f"Cần ít nhất {needed if count else 100} phiếu trả lời đủ các yếu tố được xét, hiện có khoảng {count}"
    )


@pytest.mark.parametrize(("by", "count"), [("dimension", 100), ("item", 160)])
def test_the_least_base_is_enough(by, count):
    found = found_in(*simulated(count), by=by)
    assert isinstance(found, Drivers)
    assert found.cases == count


def test_responses_of_which_none_is_complete_are_refused():
    items, overall = simulated(300)
    items[::2, :3] = 0  # One half answered nothing about access, the other nothing about feedback.
    items[1::2, 13:] = 0
    assert found_in(items, overall) == DriversRefusal(NoDrivers.FEW_CASES, 0, 100)


def test_no_response_at_all_is_refused():
    assert find_drivers(b"", SIPAS, ASKING) == DriversRefusal(NoDrivers.FEW_CASES, 0, 100)


@pytest.mark.parametrize(("apart", "refused"), [(0, True), (9, True), (10, False)])
def test_overall_answers_that_are_nearly_all_the_same_are_refused(apart, refused):
    items = simulated(300)[0]
    overall = np.full(300, 5)
    worst = np.argsort(items.sum(axis=1), kind="stable")[:apart]
    overall[worst] = 1
    found = found_in(items, overall)
    assert isinstance(found, DriversRefusal) == refused
    if refused:
        assert found.reason is NoDrivers.TOO_ALIKE


def test_items_that_all_agree_leave_nothing_to_compare():
    overall = simulated(300)[1]
    assert reason_of(np.full((300, ITEMS), 5), overall) is NoDrivers.FEW_PREDICTORS
    assert reason_of(np.full((300, ITEMS), 5), np.full(300, 5)) is NoDrivers.TOO_ALIKE


def test_answers_that_have_nothing_to_do_with_the_overall_answer_are_refused():
    items, overall = simulated(300)
    assert reason_of(items, np.random.default_rng(8).permutation(overall)) is NoDrivers.NO_ASSOCIATION


def test_nothing_is_let_through_more_often_than_the_test_says():
    # Of 300 rounds without any association 5% may pass: 15, with a standard error of 3.8.
    passed = 0
    for seed in range(300):
        items, overall = simulated(120, seed=seed)
        shuffled = np.random.default_rng(seed + 1000).permutation(overall)
        passed += isinstance(found_in(items, shuffled, replicates=1), Drivers)
    assert 4 <= passed <= 27


def test_every_reason_and_caution_has_words_that_speak_of_no_cause():
    assert set(NO_DRIVERS_WORDS) == set(NoDrivers)
    assert set(DRIVERS_CAUTION_WORDS) == set(DriversCaution)
    assert set(QUADRANT_WORDS) == set(Quadrant)
    words = " ".join(
        [
            *QUADRANT_WORDS.values(),
            *ADVICE_WORDS.values(),
            *NO_DRIVERS_WORDS.values(),
            *DRIVERS_CAUTION_WORDS.values(),
            IMPORTANCE,
        ]
    )
    for causal in ("tác động", "ảnh hưởng", "gây", "nguyên nhân", "dẫn đến", "làm tăng", "quyết định"):
        assert causal not in words
    assert "liên quan" in IMPORTANCE
    assert "không nói lên quan hệ nhân quả" in ASSOCIATION


# What is found.


def test_the_part_that_goes_with_the_overall_answer_comes_out_first():
    found = found_in(*simulated(2000))
    assert [row.part for row in found.rows] == list(FIRST)
    assert max(found.rows, key=lambda row: row.importance).part == "officials"
    assert min(found.rows, key=lambda row: row.importance).part == "feedback"
    assert sum(row.importance for row in found.rows) == pytest.approx(100, rel=1e-12)
    assert all(row.low <= row.importance <= row.upp for row in found.rows)
    assert (found.responses, found.cases, found.left_out, found.cautions) == (2000, 2000, (), ())


def test_performance_is_the_level_of_all_valid_answers_complete_or_not():
    items, overall = simulated(200)
    items[:, :3] = 4
    items[:50, 0] = 2
    items[150:, 3:] = 0  # Fifty people answered access alone: they count in its level, not in its importance.
    found = found_in(items, overall)
    # Access: 600 answers, 50 of them 2 and the others 4: (100 + 2200) of 3,000 points.
    assert found.rows[0].performance == pytest.approx(100 * 2300 / 3000, rel=1e-12)
    assert (found.responses, found.cases) == (200, 150)


def test_quadrants_are_told_by_the_means_of_both_axes():
    items, overall = simulated(2000)
    items[:, 7:10] = np.maximum(items[:, 7:10] - 1, 1)  # officials: the strongest bond, and now the lowest level
    found = found_in(items, overall)
    assert found.mean_importance == 20
    assert found.mean_performance == pytest.approx(sum(row.performance for row in found.rows) / 5, rel=1e-12)
    for row in found.rows:
        strong, high = row.importance >= 20, row.performance >= found.mean_performance
        assert row.quadrant == f"{'strong' if strong else 'weak'}_{'high' if high else 'low'}"
        apart = abs(row.performance - found.mean_performance) > max(1, row.margin)
        assert row.placed == (apart and (row.upp < 20 or row.low > 20))
    officials = next(row for row in found.rows if row.part == "officials")
    assert (officials.quadrant, officials.placed) == (Quadrant.STRONG_LOW, True)


def test_a_level_that_differs_by_chance_or_by_less_than_a_point_is_not_to_be_looked_at_first():
    # Officials go most with the overall answer; all five levels come from the same distribution.
    urgent = 0
    for seed in range(200):
        found = found_in(*simulated(2000, seed=seed), replicates=100)
        urgent += any(row.is_urgent for row in found.rows)
        assert "nên xem xét trước" not in " ".join(driver_words(row, "vi") for row in found.rows if not row.is_urgent)
    # Chance alone may do so in at most 5% of rounds, half of them downwards: 10 of 200 is twice that.
    assert urgent <= 10
    # 60,000 answers a part make 0.3 points certain, and still they are too few to be looked at.
    items, overall = simulated(20_000)
    lower = np.arange(20_000) % 100 < 1
    items[:, 7:10] = np.where(lower[:, None], np.maximum(items[:, 7:10] - 1, 1), items[:, 7:10])
    officials = found_in(items, overall, replicates=100).rows[2]
    assert (officials.quadrant, officials.margin < 1, officials.placed) == (Quadrant.STRONG_LOW, True, False)


def test_the_margin_of_a_level_is_that_of_hand_arithmetic():
    # Two parts, four days of one response: access 5 5 1 1, procedures 1 5 5 1; their levels are 60 each.
    parts = [part for part in parts_of(SIPAS, by=("item",)) if part.code in {"A1", "B1"}]
    records = np.full((4, SIPAS.width), ord("."), np.uint8)
    records[:, 0], records[:, 3] = [ord(one) for one in "5511"], [ord(one) for one in "1551"]
    margins = level_margins(records, parts, SIPAS, clusters=np.arange(4))
    # Influences in points, 20/4 · (t − 3): A 10 10 −10 −10, B −10 10 10 −10; A less the mean: 10 0 −10 0.
    # se² = 4/3 · 200; Student's quantile of 1 − 0,05/4 with 3 degrees is 4.17653.
    assert margins == pytest.approx([4.17653 * np.sqrt(800 / 3)] * 2, rel=1e-5)
    # Two days of two responses are too few to say anything.
    assert level_margins(records, parts, SIPAS, clusters=np.array([0, 0, 1, 1])) == [np.inf] * 2


def test_people_of_one_day_who_are_alike_make_the_margin_wider():
    items, overall = simulated(100)
    alike = found_in(np.repeat(items, 20, axis=0), np.repeat(overall, 20), clusters=np.repeat(np.arange(100), 20))
    alone = found_in(items, overall, clusters=np.arange(100))
    assert [row.margin for row in alike.rows] == pytest.approx([row.margin for row in alone.rows], rel=1e-9)


def test_a_run_of_before_that_judged_importance_alone_tells_nothing_to_look_at_first():
    found = found_in(*simulated(300))
    rows = json.loads(write_extras(Extras(drivers=found)))
    for row in rows["drivers"]["rows"]:
        del row["margin"]
        row["placed"] = True
    assert not any(row.placed for row in read_extras(json.dumps(rows), {}).drivers.rows)


def test_a_part_that_does_not_vary_is_left_out_and_named():
    items, overall = simulated(400)
    items[:, 10:13] = 5
    found = found_in(items, overall)
    assert found.left_out == ("outcome",)
    assert [row.part for row in found.rows] == ["access", "procedures", "officials", "feedback"]
    assert found.mean_importance == 25
    assert found.rows[3].performance == pytest.approx(100 * items[:, 13:].sum() / (5 * 1200), rel=1e-12)


def test_a_part_nobody_answered_is_left_out_and_does_not_cost_the_others_their_cases():
    items, overall = simulated(400)
    items[:, 13:] = 0
    found = found_in(items, overall)
    assert (found.left_out, found.cases) == (("feedback",), 400)
    found = found_in(items, overall, by="item")
    assert (found.left_out, len(found.rows)) == (("E1", "E2", "E3"), 13)


def test_items_that_follow_from_one_another_are_weighed_alike_with_a_caution():
    items, overall = simulated(400)
    items[:, 1] = items[:, 0]
    found = found_in(items, overall, by="item")
    assert found.cautions == (DriversCaution.COLLINEAR,)
    assert found.rows[0].importance == pytest.approx(found.rows[1].importance, rel=1e-6)
    assert sum(row.importance for row in found.rows) == pytest.approx(100, rel=1e-12)


def test_an_overall_answer_that_repeats_one_item_is_told_by_it_wholly():
    items = simulated(400)[0]
    found = found_in(items, items[:, 0], by="item")
    assert found.r_squared == pytest.approx(1, rel=1e-12)
    assert max(found.rows, key=lambda row: row.importance).part == "A1"


def test_it_is_said_when_most_responses_were_incomplete():
    items, overall = simulated(400)
    items[:220, 13:] = 0
    found = found_in(items, overall)
    assert (found.cases, found.responses, found.cautions) == (180, 400, (DriversCaution.MANY_INCOMPLETE,))
    items, overall = simulated(400)
    items[:200, 13:] = 0
    assert found_in(items, overall).cautions == ()  # one half
