"""Receipts typed on a keyboard that is set to Vietnamese: what it made of them is looked through within one try."""

import time
import unicodedata

import pytest

from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import receipts
from survey.operations.feedback.receipts import SECRET_LETTERS, Receipt, follow_case
from survey.operations.feedback.typed_receipts import MOST_CODES, MOST_SECRETS, typed_codes, typed_secrets
from tests.integration.feedback.letters import TEXT, followed, put_in
from tests.turns import wait_for_room

CODE, SECRET = "K7MAA2Q4", "34EE-DDK7-2AW5"


@pytest.fixture
def case(store, sample_registry, monkeypatch):
    """Keep a case whose receipt was drawn with pairs that Telex turns into letters with marks."""
    monkeypatch.setattr(receipts, "receipt_of", lambda _key: Receipt(CODE, SECRET))
    return put_in(store, today=today_in_vietnam())


@pytest.mark.parametrize("code", [CODE, "k7mâ2q4", "K7MÂ-2Q4", "k7ma\u03022q4"])
@pytest.mark.parametrize("secret", [SECRET, "34ê-đk7-2ă5", "34Ê ĐK7 2Ă5", "34êđk72ă5"])
def test_a_receipt_opens_its_case_whatever_the_keyboard_made_of_it(client, case, code, secret):
    assert TEXT in followed(client, unicodedata.normalize("NFC", code), secret).text


def test_another_secret_opens_nothing(store, case):
    for secret in ("34ê-đk7-2ă6", "34ê-đk7-", "ê" * 12, "đ" * 40):
        assert follow_case(store, CODE, secret, today=today_in_vietnam()) is None


def test_all_that_may_have_been_meant_is_one_try(client, case):
    wait_for_room(10, within=60)
    tries = [client.post("/feedback/follow", data={"code": "k7mâ2q4", "secret": "34ê-đk7-2ă6"}) for _ in range(11)]
    assert [one.status_code for one in tries] == [404] * 10 + [429]


@pytest.mark.parametrize("typed", ["ẵ" * 9, "ẵ" * 10, "ậ" * 12, "ữ" * 11, "đ" * 6, "ÂÊÔĂƯĐ" * 2, "ồ-ồ-ồ", "ĂÂẪ" * 13])
def test_nothing_that_can_be_typed_takes_long_to_look_through(typed):
    before = time.process_time()
    assert len(typed_codes(typed)) <= 1 + MOST_CODES
    assert len(typed_secrets(typed, SECRET_LETTERS)) <= 1 + MOST_SECRETS
    # 50 ms for each, ten times that on a busy machine.
    assert time.process_time() - before < 1
