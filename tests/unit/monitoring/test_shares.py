"""When a share is unusual, worked out by hand."""

import pytest

from survey.operations.monitoring.shares import Alike, ShareKind, find_shares, is_unusual


def week(*, modes, half_days=(), answers=()):
    return {
        ShareKind.MODE: [Alike(*one) for one in modes],
        ShareKind.HALF_DAY: [Alike(*one) for one in half_days],
        ShareKind.ANSWERS: [Alike(*one) for one in answers],
    }


@pytest.mark.parametrize(
    ("alike", "responses", "usual", "unusual"),
    [
        # 25 % of 100 are 25, with a standard deviation of √(100 × 0.25 × 0.75) = 4.33: above 46.7 and 50.
        (51, 100, 0.25, True),
        (50, 100, 0.25, False),
        # 5 % of 200 are 10, ± √9.5 = 3.08: above 10 + 15.4 = 25.4 and 20.
        (26, 200, 0.05, True),
        (25, 200, 0.05, False),
        (19, 19, 0.05, False),
        (100, 100, 0.5, False),
    ],
)
def test_an_unusual_share_is_twice_the_usual_and_five_deviations_above_it(alike, responses, usual, unusual):
    assert is_unusual(alike, responses, usual) is unusual


def test_assisted_answers_where_there_were_few_are_told():
    before = [Alike(1, "qr", 90), Alike(1, "assisted", 10)]
    found = find_shares(week(modes=[(1, "qr", 40), (1, "assisted", 60)]), before)[1]
    # Of 100 in the week 60 instead of 10.
    assert (found.kind, found.which, found.alike, found.responses, found.usual) == ("mode", "assisted", 60, 100, 0.1)
    assert find_shares(week(modes=[(1, "qr", 85), (1, "assisted", 15)]), before) == {}


def test_a_new_point_is_compared_with_the_others():
    modes = [(1, "kiosk", 40), (2, "qr", 95), (2, "kiosk", 5)]
    assert find_shares(week(modes=modes), [])[1].usual == 0.05
    assert find_shares(week(modes=modes[:1]), []) == {}, "alone it can be compared with nothing"


def test_one_half_day_with_most_of_a_week_is_told():
    modes = [(1, "qr", 60), (2, "qr", 60)]
    half_days = [(1, "2026-11-20am", 31), (1, "2026-11-19am", 29), (2, "2026-11-20am", 12)]
    found = find_shares(week(modes=modes, half_days=half_days), [])
    # A tenth of 60 are 6, ± √(60 × 0.1 × 0.9) = 2.3: above 6 + 11.6 = 17.6, and 20 at least.
    assert (found[1].kind, found[1].which) == ("half-day", "2026-11-20am")
    assert 2 not in found


def test_the_same_answers_again_and_again_are_told_where_others_are_various():
    modes = [(1, "qr", 80), (2, "qr", 200)]
    same, various = "1" * 16, "4" * 16
    answers = [(1, same, 50), (1, various, 12), (2, same, 2), (2, various, 30)]
    found = find_shares(week(modes=modes, answers=answers), [])
    assert found.keys() == {1}
    assert (found[1].kind, found[1].alike) == ("answers", 50)
    # What everybody answers is no sign: half of the others gave the very same.
    assert find_shares(week(modes=modes, answers=[(1, same, 50), (2, same, 100)]), []) == {}
