"""The signed token of the citizen's form."""

import re
from base64 import urlsafe_b64encode
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer

from survey.forms.form_token import FormTokens, following_key
from survey.responses import Mode, SubmissionKey

SECRET = b"k" * 64
POINT = "L4E3SZF"
TODAY = date(2026, 11, 20)
TOKENS = FormTokens(SECRET)


def test_a_token_tells_the_day_and_carries_a_key():
    read = TOKENS.read(POINT, TOKENS.make(POINT, TODAY))
    assert read.issued_on == TODAY
    assert len(read.key.secret) == 16


def test_a_token_is_sixty_characters_that_need_no_escaping():
    # 6 digits of the day, 22 characters of 16 bytes, 27 of a SHA-1 signature (160 bits), 2 dots: 57, at most 60.
    token = TOKENS.make(POINT, TODAY)
    assert re.fullmatch(r"[A-Za-z0-9_.-]{50,60}", token)


def test_every_token_carries_another_key():
    keys = {TOKENS.read(POINT, TOKENS.make(POINT, TODAY)).key for _ in range(1_000)}
    assert len(keys) == 1_000


def test_two_processes_with_one_secret_read_each_others_tokens():
    assert FormTokens(SECRET).read(POINT, TOKENS.make(POINT, TODAY)) is not None


def test_a_token_of_another_service_point_is_refused():
    assert TOKENS.read("KNH72ZA", TOKENS.make(POINT, TODAY)) is None


def test_a_token_made_with_another_secret_is_refused():
    assert TOKENS.read(POINT, FormTokens(b"j" * 64).make(POINT, TODAY)) is None


def test_another_day_under_the_same_signature_is_refused():
    day, key, signature = TOKENS.make(POINT, TODAY).split(".")
    assert TOKENS.read(POINT, f"{int(day) + 1}.{key}.{signature}") is None


def test_another_key_under_the_same_signature_is_refused():
    first, second = TOKENS.make(POINT, TODAY).split("."), TOKENS.make(POINT, TODAY).split(".")
    assert TOKENS.read(POINT, f"{first[0]}.{second[1]}.{first[2]}") is None


def test_no_single_character_can_be_changed():
    token = TOKENS.make(POINT, TODAY)
    for place, letter in enumerate(token):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        read = TOKENS.read(POINT, changed)
        # The last character of the signature carries two bits that base64 throws away.
        assert read is None or (place == len(token) - 1 and read == TOKENS.read(POINT, token))


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "...", "x", "1.2.3", "739940..", "\x00", "ê.ê.ê", "²³.aa.bb", "9" * 100_000, "." * 100_000],
)
def test_nonsense_is_refused_without_an_error(text):
    assert TOKENS.read(POINT, text) is None


def test_more_after_a_good_token_is_refused():
    token = TOKENS.make(POINT, TODAY)
    for more in ("A", ".", ".A", " ", "\n", "A" * 10_000):
        assert TOKENS.read(POINT, token + more) is None


@given(st.text())
def test_no_text_is_an_error(text):
    assert TOKENS.read(POINT, text) is None


# ---- The keys a token is good for.


def keys_taken(token, keys):
    return [token.takes(key) for key in keys]


@pytest.mark.parametrize(("mode", "following"), [(Mode.QR, 5), (Mode.KIOSK, 1_000), (Mode.ASSISTED, 0)])
def test_a_token_is_good_for_its_key_and_a_few_that_follow(mode, following):
    token = TOKENS.read(POINT, TOKENS.make(POINT, TODAY, mode=mode), mode=mode)
    chain = [following_key(token.key, number) for number in range(following + 2)]
    assert keys_taken(token, chain) == [True] * (following + 1) + [False]
    assert len(set(chain)) == following + 2


def test_no_key_somebody_draws_is_taken():
    token, random = TOKENS.read(POINT, TOKENS.make(POINT, TODAY)), Random(13)
    assert not any(keys_taken(token, [SubmissionKey(random.randbytes(16)) for _ in range(10_000)]))
    # Nor one that differs from the token's in one bit, but for the bits that count to five: 1, 2 and 4.
    flipped = [SubmissionKey((int.from_bytes(token.key.secret) ^ 1 << bit).to_bytes(16)) for bit in range(128)]
    assert [bit for bit, taken in enumerate(keys_taken(token, flipped)) if taken] == [0, 1, 2]


def test_what_is_stored_and_shown_of_following_keys_has_nothing_in_common():
    first = TOKENS.read(POINT, TOKENS.make(POINT, TODAY)).key
    digests = [(key.row, key.comment, key.receipt) for key in (following_key(first, number) for number in range(1_001))]
    for some in zip(*digests, strict=True):
        assert len(set(some)) == 1_001
    bits = [int.from_bytes(row) for row, _, _ in digests]
    # Two unrelated digests of 128 bits differ in 64 bits with a standard deviation of √128 / 2 = 5.7; the mean of a
    # thousand pairs in 64 ± 0.18.
    assert abs(sum((one ^ other).bit_count() for one, other in pairwise(bits)) / 1_000 - 64) < 1


def token_of_before(day):
    """Return a token as it was made before keys followed from it."""
    key = urlsafe_b64encode(bytes(range(16))).rstrip(b"=").decode()
    signed = Signer(SECRET, salt="form-token", sep=".").get_signature(f"{POINT}.{day.toordinal()}.{key}")
    return f"{day.toordinal()}.{key}.{signed.decode()}"


def test_a_form_that_was_opened_before_the_upgrade_is_taken_for_fourteen_days():
    token = TOKENS.read(POINT, token_of_before(TODAY))
    assert token.takes(SubmissionKey(bytes(16))), "its page drew a key of its own"
    assert [token.is_over_on(TODAY + timedelta(days=days)) for days in (0, 14, 15)] == [False, False, True]
    assert not TOKENS.read(POINT, TOKENS.make(POINT, TODAY)).is_over_on(TODAY + timedelta(days=300))
