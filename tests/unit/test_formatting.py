"""How figures, dates and names are written, against what a person writes by hand."""

import unicodedata
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.formatting import (
    fold,
    format_count,
    format_date,
    format_month,
    format_percent,
    spreadsheet_safe,
    to_nfc,
    vietnamese_key,
)

# Written by hand, and equal to what PostgreSQL 15 gives with COLLATE "vi-x-icu".
IN_ORDER = [
    "An Bình",
    "Anh",
    "Ăn",
    "Ân Thi",
    "ba",
    "Ba",
    "Bà",
    "Bả",
    "Bã",
    "Bá",
    "Bạ",
    "Bà Rịa",
    "Bá Thước",
    "Ba Vì",
    "Bạc Liêu",
    "Dầu Tiếng",
    "Đà Nẵng",
    "Đăk",
    "Em",
    "Êm",
    "o",
    "Ô",
    "ổ",
    "ơ",
    "Phường 10",
    "Phường 2",
    "u",
    "ư",
    "Ý Yên",
    "Yên",
]


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (82.6, 2, "82,60"),
        (82.66, 2, "82,66"),
        (100.0, 2, "100,00"),
        (0.0, 2, "0,00"),
        # In binary both lie below the half; the figure a person sees is the half itself, and goes up.
        (82.665, 2, "82,67"),
        (1.005, 2, "1,01"),
        (0.125, 2, "0,13"),
        # Rounded once: 82,6649… is below the half, though at three places it would become 82,665.
        (82.6649, 2, "82,66"),
        (-1.005, 2, "-1,01"),
        (-0.001, 2, "0,00"),
        (1e-7, 2, "0,00"),
        (66.66666666666667, 0, "67"),
        (66.66666666666667, 4, "66,6667"),
        (None, 2, "–"),
    ],
)
def test_a_percentage_is_rounded_once_half_up_with_a_decimal_comma(value, decimals, written):
    assert format_percent(value, decimals) == written


def test_english_has_a_decimal_point_and_commas_between_thousands():
    assert format_percent(82.665, language="en") == "82.67"
    assert format_count(1234567, language="en") == "1,234,567"


@pytest.mark.parametrize(
    ("count", "written"), [(0, "0"), (999, "999"), (1000, "1.000"), (1234567, "1.234.567"), (-1000, "-1.000")]
)
def test_thousands_are_set_apart_by_points(count, written):
    assert format_count(count) == written


def test_dates_have_two_digits_for_day_and_month():
    assert format_date(date(2025, 7, 1)) == "01/07/2025"
    assert format_month(date(2026, 11, 21)) == "11/2026"


def test_decomposed_vietnamese_is_composed():
    assert to_nfc(unicodedata.normalize("NFD", "Huyện Đắk R'lấp")) == "Huyện Đắk R'lấp"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_come_in_vietnamese_alphabetical_order(form):
    names = [unicodedata.normalize(form, name) for name in IN_ORDER]
    shuffled = Random(3).sample(names, len(names))
    assert sorted(shuffled, key=vietnamese_key) == names


def test_letters_come_in_the_order_of_the_alphabet_and_tones_in_theirs():
    # The 29 letters, with f, j, w and z of foreign names where the Latin alphabet has them.
    letters = list("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")
    tones = list("aàảãáạ") + list("ăằẳẵắặ") + list("âầẩẫấậ")
    assert sorted(Random(3).sample(letters, 33), key=vietnamese_key) == letters
    assert sorted(Random(3).sample(tones, 18), key=vietnamese_key) == tones


def test_a_later_letter_outweighs_an_earlier_tone_and_a_tone_outweighs_a_capital():
    assert vietnamese_key("bạa") < vietnamese_key("bab")
    assert vietnamese_key("Ba") < vietnamese_key("bà")


def test_the_empty_name_comes_first_and_unknown_characters_last():
    assert sorted(["東京", "z", "", "1"], key=vietnamese_key) == ["", "1", "z", "東京"]


@pytest.mark.parametrize("text", ["=1+1", "+84 912", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert spreadsheet_safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Sở Nội vụ", "5", "1-2", "A=B", "'trích'", "–"])
def test_ordinary_text_stays_as_it_is(text):
    assert spreadsheet_safe(text) == text


@given(st.text(alphabet="'=+-@\t\rab"), st.text(alphabet="'=+-@\t\rab"))
def test_neutralising_keeps_different_texts_different_and_leaves_nothing_to_run(one, other):
    assert (spreadsheet_safe(one) == spreadsheet_safe(other)) == (one == other)
    assert spreadsheet_safe(one)[:1] not in {*"=+-@\t\r"}


def test_a_capital_that_looks_like_a_vietnamese_d_sorts_and_is_found_as_one():
    names = ["Em", "\u00d0à Nẵng", "Dầu Tiếng", "Đăk"]
    assert sorted(names, key=vietnamese_key) == ["Dầu Tiếng", "\u00d0à Nẵng", "Đăk", "Em"]
    assert fold("\u00d0ông Kinh") == fold("Đông Kinh") == "dong kinh"
