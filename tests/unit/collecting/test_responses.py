"""The packed answer record and the three digests of a submission key."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import AnswerError
from survey.instrument import instrument_codes, load_instrument
from survey.responses import RECEIPT_ALPHABET, RECEIPT_PATTERN, AnswerRecord, SubmissionKey

FORM = load_instrument("sipas-2023")


def test_a_record_is_one_character_per_question_in_the_order_of_the_form():
    # A1 A2 A3, B1-B4, C1-C3, D1-D3, E1-E3, then two facts, the overall question and five of the profile: 24.
    record = AnswerRecord.pack(FORM, {"A1": "5", "B1": "4", "E3": "N", "harassment": "2", "occupation": "7"})
    assert record == "5.." + "4..." + "..." + "..." + "..N" + "2." + "." + "....7"


def test_nothing_answered_is_all_dots_and_nothing_comes_back():
    assert AnswerRecord.pack(FORM, {}) == "." * 24
    assert AnswerRecord.unpack(FORM, "." * 24) == {}


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({"Z9": "5"}, "Z9"),
        ({"A1": "6"}, "A1"),
        ({"A1": "0"}, "A1"),
        ({"A1": "N"}, "A1"),
        ({"A1": "."}, "A1"),
        ({"A1": "55"}, "A1"),
        ({"A1": "５"}, "A1"),
        ({"A1": frozenset({"5"})}, "A1"),
        ({"gender": "3"}, "gender"),
    ],
)
def test_what_is_not_offered_is_refused_by_the_name_of_its_question(answers, named):
    with pytest.raises(AnswerError, match=named) as refused:
        AnswerRecord.pack(FORM, answers)
    assert refused.value.question == named


@pytest.mark.parametrize("record", ["", "5" * 23, "5" * 25, "6" + "." * 23, "N" + "." * 23, " " * 24, "五" + "." * 23])
def test_a_record_of_another_questionnaire_is_refused(record):
    with pytest.raises(AnswerError):
        AnswerRecord.unpack(FORM, record)


def test_every_questionnaire_gives_back_every_answer_it_offers():
    for code in instrument_codes():
        form = load_instrument(code)
        for question in form.questions:
            for symbol in question.symbols:
                given_answer = {question.code: frozenset({symbol}) if question.multiple else symbol}
                assert AnswerRecord.unpack(form, AnswerRecord.pack(form, given_answer)) == given_answer


SOME = [question for question in FORM.questions if not question.multiple]


@given(st.fixed_dictionaries({}, optional={one.code: st.sampled_from(one.symbols) for one in SOME}))
def test_unpacking_undoes_packing(answers):
    record = AnswerRecord.pack(FORM, answers)
    assert len(record) == FORM.width
    assert AnswerRecord.unpack(FORM, record) == answers


def digests(key):
    """Return the digests as bytes; a receipt is its letters."""
    return {key.row, key.comment, key.receipt.replace("-", "").encode()}


def test_the_three_digests_have_nothing_in_common():
    keys = [SubmissionKey(number.to_bytes(16, "big")) for number in range(1_000)]
    everything = set.union(*(digests(key) for key in keys)) | {key.secret for key in keys}
    assert len(everything) == 4 * len(keys)
    for key in keys:
        for one, other in combinations((key.secret, key.row, key.comment), 2):
            assert one[:4] != other[:4]


def test_row_and_comment_keys_have_the_size_of_their_columns():
    key = SubmissionKey(bytes(16))
    assert (len(key.row), len(key.comment)) == (16, 16)


@given(st.binary(min_size=16, max_size=16))
def test_a_receipt_is_three_groups_of_four_letters_that_cannot_be_mistaken(secret):
    receipt = SubmissionKey(secret).receipt
    assert re.fullmatch(RECEIPT_PATTERN, receipt)
    assert not set("01IO") & set(receipt)
    assert SubmissionKey(secret).receipt == receipt


def test_receipts_use_the_whole_alphabet_evenly():
    # 2,000 receipts hold 24,000 letters: 750 of each of 32, give or take 27; six times that is 162.
    letters = "".join(SubmissionKey(number.to_bytes(16, "big")).receipt.replace("-", "") for number in range(2_000))
    counts = {letter: letters.count(letter) for letter in RECEIPT_ALPHABET}
    assert len(counts) == 32
    assert all(750 - 162 < count < 750 + 162 for count in counts.values())


def test_one_bit_of_the_key_changes_every_digest():
    first, second = SubmissionKey(bytes(16)), SubmissionKey(bytes(15) + b"\x01")
    assert not digests(first) & digests(second)
