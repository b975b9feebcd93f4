from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.fieldwork import CODE_ALPHABET, CODE_LENGTH, is_code, is_near, make_code, normalise_code
from survey.operations.registry.changes import new_code

codes = st.integers(min_value=0).map(lambda seed: make_code(Random(seed)))


def test_the_alphabet_has_32_symbols_and_none_that_is_mistaken_for_another_digit_or_letter():
    assert len(CODE_ALPHABET) == len(set(CODE_ALPHABET)) == 32
    assert not set("0O1I") & set(CODE_ALPHABET)
    assert CODE_ALPHABET.upper() == CODE_ALPHABET


@pytest.mark.parametrize(
    "code",
    [
        # Values are places in the alphabet: "2" is 0, "3" is 1, "4" is 2, "C" is 10. The check symbol makes
        # the weighted sum zero, with the weights x⁶ … x, 1 and x⁵ = x² + 1.
        "2222234",  # 1·x = 2
        "322222C",  # x⁶ = x·x⁵ = x³ + x = 8 + 2 = 10
        "322223A",  # x⁶ + x = 10 xor 2 = 8, which is "A"
    ],
)
def test_a_code_worked_out_by_hand_is_accepted(code):
    assert is_code(code)


@given(codes)
def test_a_made_code_is_a_code(code):
    assert len(code) == CODE_LENGTH
    assert is_code(code)


def test_each_six_symbols_have_exactly_one_check_character():
    random = Random(7)
    for _ in range(200):
        start = "".join(random.choices(CODE_ALPHABET, k=CODE_LENGTH - 1))
        assert sum(is_code(start + last) for last in CODE_ALPHABET) == 1


@given(codes)
def test_every_single_wrong_character_is_caught(code):
    for place in range(CODE_LENGTH):
        for symbol in set(CODE_ALPHABET) - {code[place]}:
            assert not is_code(code[:place] + symbol + code[place + 1 :])


@given(codes)
def test_every_swap_of_two_neighbours_is_caught(code):
    for left, right in pairwise(range(CODE_LENGTH)):
        if code[left] != code[right]:
            assert not is_code(code[:left] + code[right] + code[left] + code[right + 1 :])


def test_every_pair_of_neighbours_in_every_place_is_told_from_its_swap():
    # The code is linear, so a swap of a and b at one place is caught or not whatever stands around it:
    # all 31 · 32 ordered pairs at the six places are all cases there are.
    filler = "".join(Random(3).choices(CODE_ALPHABET, k=CODE_LENGTH))
    completed = {pair: _completed(filler, pair) for pair in range(CODE_LENGTH - 1)}
    for place, complete in completed.items():
        for a in CODE_ALPHABET:
            for b in set(CODE_ALPHABET) - {a}:
                code = complete(a, b)
                assert is_code(code)
                assert not is_code(code[:place] + b + a + code[place + 2 :])


def _completed(filler, place):
    free = 0 if place else CODE_LENGTH - 1

    def complete(a, b):
        tried = filler[:place] + a + b + filler[place + 2 :]
        return next(code for symbol in CODE_ALPHABET if is_code(code := tried[:free] + symbol + tried[free + 1 :]))

    return complete


def test_a_seed_makes_the_same_codes_every_time():
    assert [make_code(Random(2025)) for _ in range(3)] == ["KNH72ZA"] * 3


def test_draws_spread_over_the_whole_alphabet():
    random = Random(11)
    drawn = "".join(make_code(random) for _ in range(1000))
    # 7 000 symbols over 32 are about 219 each (standard deviation under 15): 120 is far outside chance.
    assert min(drawn.count(symbol) for symbol in CODE_ALPHABET) > 120


@pytest.mark.parametrize(
    "typed",
    [
        "knh72za",
        " KNH 72ZA ",
        "knh-72za",
        "KNH–72ZA",
        "KNH\u00a072ZA",
        "ＫＮＨ７２ＺＡ",
        "KNH72ZA.",
        "(KNH72ZA)",
        "KNH72ZA/",
        "“KNH72ZA”,",
    ],
)
def test_a_typed_code_is_normalised(typed):
    assert normalise_code(typed) == "KNH72ZA"
    assert is_code(normalise_code(typed))


@pytest.mark.parametrize("text", ["", "KNH72Z", "KNH72ZAA", "knh72za", "KNH72Z0", "0000000", "KNH72ZÀ", "KNH72Z\n"])
def test_what_is_not_written_like_a_code_is_none(text):
    assert not is_code(text)


@pytest.mark.parametrize("lookalike", "0O1I")
def test_a_lookalike_is_refused_and_not_guessed(lookalike):
    typed = f"KNH72Z{lookalike}"
    assert normalise_code(typed) == typed
    assert not is_code(typed)


def test_a_code_near_a_taken_one_is_one_that_differs_in_two_symbols():
    code = make_code(Random(17))
    # Two symbols wrong at two places, and the check still right: for each wrong first one there is one second one.
    near = [
        other
        for first in range(CODE_LENGTH - 1)
        for second in range(first + 1, CODE_LENGTH)
        for a in CODE_ALPHABET
        for b in CODE_ALPHABET
        if a != code[first]
        and is_code(other := code[:first] + a + code[first + 1 : second] + b + code[second + 1 :])
        and other != code
    ]
    assert len(near) == 21 * 31  # 7·6/2 pairs of places, 31 wrong symbols at the first
    assert all(is_near(one, {code}) for one in [code, *near])
    far = (make_code(Random(seed)) for seed in range(300))
    assert not any(is_near(one, {code}) for one in far if sum(map(str.__ne__, one, code)) > 2)


def test_no_two_new_codes_are_within_two_symbols_of_each_other():
    taken = set()
    for _ in range(3000):
        taken.add(new_code(taken))
    # Two codes within two symbols agree once those two places are left out.
    for first in range(CODE_LENGTH):
        for second in range(first):
            rest = {code[:second] + code[second + 1 : first] + code[first + 1 :] for code in taken}
            assert len(rest) == len(taken)
