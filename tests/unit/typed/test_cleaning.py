"""What is done to free text before it is stored."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from survey.typed.cleaning import clean_comment, clean_text
from survey.typed.masking import HIDDEN_ADDRESS, HIDDEN_NUMBER, mask_personal


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, ""),
        ("", ""),
        ("  Phục vụ tốt \r\n", "Phục vụ tốt"),
        ("một\r\nhai\rba", "một\nhai\nba"),
        ("một\n\n\n\n\nhai", "một\n\nhai"),
        ("nhanh\x00\x07 gọn\x7f", "nhanh gọn"),
        ("nhanh\u200b\u200d\ufeff\u2060 gọn", "nhanh gọn"),
        ("nhanh\u202e gọn\u2066\u200f", "nhanh gọn"),
        ("nhanh\ue000 gọn\ue001", "nhanh gọn"),
        ("\ud800nhanh", "nhanh"),
        ("Cán bộ 👍🏽 rất tốt", "Cán bộ 👍🏽 rất tốt"),
        ("<b>đậm</b> & 'nháy'", "<b>đậm</b> & 'nháy'"),
    ],
)
def test_text_is_trimmed_and_freed_of_what_cannot_be_seen(sent, kept):
    assert clean_text(sent) == kept


def test_decomposed_vietnamese_is_composed():
    written = "Hài lòng với Bộ phận một cửa phường Đông Kinh, thủ tục nhanh gọn"
    assert clean_text(unicodedata.normalize("NFD", written)) == written


def test_an_invisible_character_between_a_letter_and_its_accent_does_not_keep_them_apart():
    assert clean_text("ha\u200b\u0300i lo\u00ad\u0300ng") == "hài lòng"


@given(st.text())
@example("a\u200b\u0300")
def test_cleaning_twice_changes_nothing_more(text):
    once = clean_text(text)
    assert clean_text(once) == once
    assert "\r" not in once
    assert "\x00" not in once


@pytest.mark.parametrize(
    "number",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "091-234-5678",
        "+84 912 345 678",
        "+84912345678",
        "84.912.345.678",
        "024 3825 1234",
        "0205.3812.345",
        "001085012345",
        "001 085 012 345",
        "123456789",
        "123 456 789",
        "１２３４５６７８９",
    ],
)
def test_telephone_and_identity_numbers_are_hidden_however_they_are_grouped(number):
    assert mask_personal(f"Gọi {number} nhé.") == f"Gọi {HIDDEN_NUMBER} nhé."


@pytest.mark.parametrize("address", ["an@example.vn", "nguyen.van-an+1@mail.example.com.vn", "a_b@sub.example.org"])
def test_addresses_are_hidden(address):
    assert mask_personal(f"thư: {address}, cảm ơn") == f"thư: {HIDDEN_ADDRESS}, cảm ơn"


@pytest.mark.parametrize(
    "harmless",
    [
        "Tôi chờ 45 phút, từ 8h15 đến 9h00 ngày 20/11/2026.",
        "Lệ phí 150.000 đồng, thu 1.500.000 đồng.",
        "Quầy số 3, phiếu 0127, năm 2026.",
        "Nghị định 61/2018/NĐ-CP và Quyết định 1001/QĐ-BNV",
        "@ mọi người: rất tốt",
    ],
)
def test_what_names_nobody_is_left_alone(harmless):
    assert mask_personal(harmless) == harmless


def test_a_number_split_by_invisible_characters_is_hidden_too():
    assert clean_comment("0912\u200b345\u200b678") == HIDDEN_NUMBER


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u202f", "\t", "–", " – ", "—", "\u2011"])
def test_a_number_split_by_the_spaces_and_dashes_of_word_processors_is_hidden_too(space):
    assert clean_comment(space.join(("0912", "345", "678"))) == HIDDEN_NUMBER


def test_the_digits_of_a_number_with_its_area_in_brackets_are_hidden():
    assert not any(digit.isdigit() for digit in mask_personal("(024) 3825 1234"))


def test_many_digits_take_no_long_time():
    # A pattern that tries every way to group would not come back from this.
    assert mask_personal("1 " * 20_000 + "x") == f"{HIDDEN_NUMBER} x"
    assert mask_personal("a@" * 20_000).endswith("@")
