"""Sums over service-point days, against sums worked out by hand and in plain Python."""

from datetime import date, timedelta
from itertools import groupby
from random import Random

import numpy as np
import pytest

from survey.instrument import load_instrument
from survey.responses import AnswerRecord
from survey.tallies import (
    ClusterCounter,
    ClusterMoment,
    ClusterSums,
    Counted,
    Misfit,
    Moment,
    count_blocks,
    joined,
    layout_of,
    tally,
)

SIPAS = load_instrument("sipas-2023")
LAYOUT = layout_of(SIPAS)
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
ACCESS, WHOLE, FIRST_ITEM = 0, 5, 6


def line(point: int, day: date, answers: dict[str, str]) -> str:
    return f"{point:03}{day.isoformat()}{AnswerRecord.pack(SIPAS, answers)}"


def count(*lines: str, points: tuple[int, ...] = (7, 9), days: tuple[date, date] = (FIRST, LAST)) -> Counted:
    blocks = ["".join(lines).encode()] if lines else []
    return count_blocks(blocks, LAYOUT, service_points=points, point_digits=3, days=days)


def test_the_squares_of_two_days_worked_out_by_hand():
    third, fourth = FIRST + timedelta(2), FIRST + timedelta(3)
    found = count(
        line(7, third, {"A1": "5", "A2": "4"}),
        line(7, third, {"A1": "2"}),
        line(7, fourth, {"A1": "4"}),
        line(7, fourth, {"B1": "5"}),
    ).clusters.moments[0]
    # Access: on the third n = 3, y = 2, t = 5 + 4 + 2 = 11; on the fourth n = 1, y = 1, t = 4.
    assert found[ACCESS].tolist() == [2, 9 + 1, 4 + 1, 6 + 1, 121 + 16, 33 + 4]
    # Everything: on the third the same; on the fourth n = 2, y = 2, t = 9.
    assert found[WHOLE].tolist() == [2, 9 + 4, 4 + 4, 6 + 4, 121 + 81, 33 + 18]
    # A1 alone: on the third n = 2, y = 1, t = 7; on the fourth n = 1, y = 1, t = 4.
    assert found[FIRST_ITEM].tolist() == [2, 4 + 1, 1 + 1, 2 + 1, 49 + 16, 14 + 4]
    # B1 was answered on one day only.
    assert found[FIRST_ITEM + 3].tolist() == [1, 1, 1, 1, 25, 5]


def test_a_day_without_a_valid_answer_is_no_cluster():
    found = count(line(9, FIRST, {}), line(9, LAST, {"E1": "N"})).clusters.moments
    assert not found.any()


def random_lines(seed: int, number: int) -> list[tuple[int, date, dict[str, str]]]:
    random = Random(seed)
    codes = [question.code for question in SIPAS.questions if question.kind == "item"]
    return [
        (
            random.choice((7, 9)),
            FIRST + timedelta(random.randrange(31)),
            {code: random.choice("12345") for code in random.sample(codes, random.randrange(8))},
        )
        for _ in range(number)
    ]


def test_a_thousand_responses_against_plain_python():
    answered = random_lines(1, 1000)
    found = count(*(line(*one) for one in answered)).clusters.moments
    for group, point in enumerate((7, 9)):
        expected = [0] * 6
        mine = sorted(((day, answers) for where, day, answers in answered if where == point), key=lambda one: one[0])
        for _, of_day in groupby(mine, key=lambda one: one[0]):
            points = [int(value) for _, answers in of_day for value in answers.values()]
            n, y, t = len(points), sum(value >= 4 for value in points), sum(points)
            expected = [a + b for a, b in zip(expected, (n > 0, n * n, y * y, y * n, t * t, t * n), strict=True)]
        assert found[group, WHOLE].tolist() == expected


def test_cutting_the_responses_into_blocks_and_service_points_apart_changes_nothing():
    lines = [line(*one) for one in random_lines(2, 300)]
    whole = count(*lines)
    cut = count_blocks(
        [one.encode() for one in lines], LAYOUT, service_points=(7, 9), point_digits=3, days=(FIRST, LAST)
    )
    apart = [count(*(one for one in lines if int(one[:3]) == point), points=(point,)) for point in (7, 9)]
    for other in (cut, joined(apart, LAYOUT), Counted.from_bytes(whole.to_bytes())):
        assert whole.tally.equals(other.tally)
        assert np.array_equal(whole.clusters.moments, other.clusters.moments)


def test_the_tally_is_the_one_of_the_records_alone():
    answered = random_lines(3, 200)
    records = "".join(AnswerRecord.pack(SIPAS, answers) for _, _, answers in answered).encode()
    plain = tally(records, LAYOUT, groups=np.array([(7, 9).index(point) for point, _, _ in answered]), size=2)
    assert plain.equals(count(*(line(*one) for one in answered)).tally)


def test_with_one_response_a_day_clusters_are_respondents():
    lines = [line(7, FIRST + timedelta(day), {"A1": "5", "A3": "2", "C1": "4"}) for day in range(20)]
    found = count(*lines)
    by_day, by_respondent = found.clusters.moments[0, WHOLE], found.tally.moments[0, WHOLE]
    for name in ("NN", "YY", "YN", "TT", "TN"):
        assert by_day[ClusterMoment[name]] == by_respondent[Moment[name]]
    assert by_day[ClusterMoment.CLUSTERS] == by_respondent[Moment.RESPONSES] == 20


def test_sums_add_over_service_points_and_over_nothing_else():
    found = count(*(line(*one) for one in random_lines(4, 200))).clusters
    together = found.regrouped(np.array([0, 0]), 1)
    assert np.array_equal(together.moments[0], found.moments.sum(axis=0))
    assert np.array_equal((found + found).moments, 2 * found.moments)
    with pytest.raises(ValueError, match="same groups"):
        found + together


@pytest.mark.parametrize(
    ("point", "day", "why"),
    [
        (7, date(2026, 2, 28), Misfit.DAY),
        (7, date(2026, 4, 1), Misfit.DAY),
        (8, FIRST, Misfit.POINT),
        (11, FIRST, Misfit.POINT),
    ],
)
def test_a_day_outside_the_round_and_a_stranger_are_passed_by(point, day, why):
    right = [line(7, FIRST, {"A1": "4"}), line(9, LAST, {"B1": "2"})]
    found = count(right[0], line(point, day, {"A1": "5"}), right[1])
    assert found.to_bytes() == count(*right).to_bytes()
    assert found.misfits == {(why, int(f"{day:%Y%m%d}")): 1}


def test_a_counter_takes_no_day_outside():
    counter = ClusterCounter(LAYOUT, points=1, first=FIRST, last=LAST)
    record = np.frombuffer(AnswerRecord.pack(SIPAS, {}).encode(), np.uint8)[None]
    with pytest.raises(ValueError, match="outside its round"):
        counter.add(record, points=np.zeros(1, np.int64), days=np.array([20260401]))


def test_what_was_passed_by_adds_up_over_service_points():
    parts = [count(line(point, LAST + timedelta(1), {}), points=(point,)) for point in (7, 9)]
    assert joined(parts, LAYOUT).misfits == {(Misfit.DAY, 20260401): 2}


def test_nothing_counts_as_nothing():
    assert not count().clusters.moments.any()
    assert joined([], LAYOUT).clusters.moments.shape == (0, 22, 6)


def test_sums_of_another_shape_are_not_read():
    with pytest.raises(ValueError, match="reshape"):
        Counted.from_bytes(count().to_bytes().replace(b"[2,22,6]", b"[3,22,6]"))
    assert isinstance(count().clusters, ClusterSums)


def test_a_day_holds_as_many_responses_as_are_promised_and_one_more_is_refused():
    most = 2**20 - 1
    counter = ClusterCounter(LAYOUT, points=1, first=FIRST, last=LAST)
    record = np.frombuffer(AnswerRecord.pack(SIPAS, {"A1": "5"}).encode(), np.uint8)
    where, when = np.zeros(most, np.int64), np.full(most, 20260331)
    counter.add(np.broadcast_to(record, (most, len(record))), points=where, days=when)
    # Everybody gives 5 points: n and y are both the number of responses, t five times that.
    expected = [1, most**2, most**2, most**2, 25 * most**2, 5 * most**2]
    assert counter.sums().moments[0, [ACCESS, WHOLE, FIRST_ITEM]].tolist() == [expected] * 3
    counter.add(record[None], points=where[:1], days=when[:1])
    with pytest.raises(ValueError, match="more than 1048575 responses on one day"):
        counter.sums()
