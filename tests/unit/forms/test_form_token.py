"""The signed token of the citizen's form."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.forms.form_token import FormTokens

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
