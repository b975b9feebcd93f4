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
    Draw,
    Misfit,
    Moment,
    clusters,
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


def count(*lines: str, points: tuple[int, ...] = (7, 9), owners: tuple[int, ...] | None = None) -> Counted:
    blocks = ["".join(lines).encode()] if lines else []
    days = FIRST, LAST
    return count_blocks(blocks, LAYOUT, service_points=points, point_digits=3, days=days, owners=owners)


def test_the_squares_of_two_days_worked_out_by_hand():
    third, fourth = FIRST + timedelta(2), FIRST + timedelta(3)
    found = count(
        line(7, third, {"A1": "5", "A2": "4"}),
        line(7, third, {"A1": "2"}),
        line(7, fourth, {"A1": "4"}),
        line(7, fourth, {"B1": "5"}),
    ).clusters.of(Draw.POINT_DAY)[0]
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
    found = count(*(line(*one) for one in answered), owners=(5, 5)).clusters
    for group, point in enumerate((7, 9)):
        mine = [(day, answers) for where, day, answers in answered if where == point]
        for draw, name in ((Draw.POINT_DAY, date.toordinal), (Draw.POINT_WEEK, date.isocalendar)):
            expected = squares(mine, lambda day, name=name: name(day)[:2] if name is date.isocalendar else name(day))
            assert found.of(draw)[group, WHOLE].tolist() == expected
    # The days of the agency stand at its first counter.
    everybody = [(day, answers) for _, day, answers in answered]
    assert found.of(Draw.AGENCY_DAY)[:, WHOLE].tolist() == [squares(everybody, date.toordinal), [0] * 6]


def squares(answered, draw_of) -> list[int]:
    expected = [0] * 6
    for _, of_draw in groupby(sorted(answered, key=lambda one: one[0]), key=lambda one: draw_of(one[0])):
        points = [int(value) for _, answers in of_draw for value in answers.values()]
        n, y, t = len(points), sum(value >= 4 for value in points), sum(points)
        expected = [a + b for a, b in zip(expected, (n > 0, n * n, y * y, y * n, t * t, t * n), strict=True)]
    return expected


def test_what_two_counters_share_of_a_day_and_one_of_a_week_worked_out_by_hand():
    # Monday the 2nd and Tuesday the 3rd are one ISO week, Sunday the 1st is of the week before.
    sunday, monday, tuesday = (FIRST + timedelta(day) for day in range(3))
    found = count(
        line(7, sunday, {"A1": "1"}),
        line(7, monday, {"A1": "5"}),
        line(7, tuesday, {"A1": "4"}),
        line(9, tuesday, {"A1": "3"}),
        owners=(0, 0),
    ).clusters
    # Counter 7: days n = 1, 1, 1 and t = 1, 5, 4; weeks n = 1, 2, y = 0, 2, t = 1, 9.
    assert found.of(Draw.POINT_DAY)[0, WHOLE].tolist() == [3, 3, 2, 2, 1 + 25 + 16, 1 + 5 + 4]
    assert found.of(Draw.POINT_WEEK)[0, WHOLE].tolist() == [2, 1 + 4, 4, 4, 1 + 81, 1 + 18]
    # The agency: days n = 1, 1, 2, y = 0, 1, 1, t = 1, 5, 7.
    assert found.of(Draw.AGENCY_DAY)[:, WHOLE].tolist() == [[3, 6, 2, 1 + 2, 1 + 25 + 49, 1 + 5 + 14], [0] * 6]
    # Each counter alone has its own days.
    alone = found.alone()
    assert np.array_equal(alone.of(Draw.AGENCY_DAY), found.of(Draw.POINT_DAY))
    assert np.array_equal(alone.of(Draw.POINT_WEEK), found.of(Draw.POINT_WEEK))


def test_many_agencies_of_every_size_are_counted_as_if_each_were_alone(monkeypatch):
    monkeypatch.setattr(clusters, "POINTS_AT_ONCE", 3)
    random = Random(7)
    points, owners = tuple(range(1, 15)), (4, 0, 4, 4, 4, 4, 1, 2, 1, 0, 9, 9, 3, 3)
    lines = [line(random.choice(points), FIRST + timedelta(random.randrange(31)), {"B1": "4"}) for _ in range(400)]
    found = count(*lines, points=points, owners=owners).clusters
    for owner in set(owners):
        own = tuple(point for point, other in zip(points, owners, strict=True) if other == owner)
        alone = count(*(one for one in lines if int(one[:3]) in own), points=own, owners=(0,) * len(own)).clusters
        places = [points.index(point) for point in own]
        assert np.array_equal(found.moments[places], alone.moments)


def test_sums_of_an_earlier_rule_are_read_and_written_as_they_were():
    plain = count(*(line(*one) for one in random_lines(5, 90)))
    earlier = Counted(plain.tally, plain.clusters.by_rule(1))
    assert earlier.clusters.rule == 1
    assert b"rule" not in earlier.to_bytes()
    assert b'"rule":2' in plain.to_bytes()
    again = Counted.from_bytes(earlier.to_bytes())
    assert again.to_bytes() == earlier.to_bytes()
    assert np.array_equal(again.clusters.moments, plain.clusters.of(Draw.POINT_DAY))
    # Where agency-days and weeks were not counted, days of counters stand for both.
    assert np.array_equal(again.clusters.by_rule(2).of(Draw.POINT_WEEK), plain.clusters.of(Draw.POINT_DAY))


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
    by_day, by_respondent = found.clusters.of(Draw.POINT_DAY)[0, WHOLE], found.tally.moments[0, WHOLE]
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
    assert joined([], LAYOUT).clusters.moments.shape == (0, 22, 18)


def test_sums_of_another_shape_are_not_read():
    with pytest.raises(ValueError, match="reshape"):
        Counted.from_bytes(count().to_bytes().replace(b"[2,22,18]", b"[3,22,18]"))
    with pytest.raises(ValueError, match="rule 3 cannot be read by this version"):
        Counted.from_bytes(count().to_bytes().replace(b'"rule":2', b'"rule":3'))
    with pytest.raises(ValueError, match="rule 2 cannot be read by this version"):
        Counted.from_bytes(count().to_bytes().replace(b"[2,22,18]", b"[2,22,6]"))
    assert isinstance(count().clusters, ClusterSums)


def test_a_day_with_more_responses_than_packed_numbers_hold_is_counted_all_the_same():
    most = 2**20 - 1
    counter = ClusterCounter(LAYOUT, points=2, first=FIRST, last=LAST)
    record = np.frombuffer(AnswerRecord.pack(SIPAS, {"A1": "5"}).encode(), np.uint8)
    where, when = np.zeros(most + 2, np.int64), np.full(most + 2, 20260331)
    where[-1] = 1
    counter.add(np.broadcast_to(record, (most + 2, len(record))), points=where, days=when)
    counter.add(np.broadcast_to(record, (most, len(record))), points=where[:most], days=when[:most])
    # Everybody gives 5 points: n and y are both the number of responses, t five times that.
    people = 2 * most + 1
    expected = [1, people**2, people**2, people**2, 25 * people**2, 5 * people**2]
    found = counter.sums()
    for draw in Draw:
        assert found.of(draw)[0, [ACCESS, WHOLE, FIRST_ITEM]].tolist() == [expected] * 3
        assert found.of(draw)[1, WHOLE].tolist() == [1, 1, 1, 1, 25, 5]
