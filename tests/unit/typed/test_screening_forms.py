"""The words that may be shown for a comment, and the hints beside it. Pure: no database, no page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.typed import screening
from survey.typed.cleaning import clean_comment
from survey.typed.screening import (
    LONGER,
    NO_CHOICE,
    NOTHING_LEFT,
    OTHER_WORDS,
    SentDecision,
    find_doubts,
    read_choices,
    shown_words,
)


def told(fault):
    """Return what whoever reads Vietnamese is told, nothing when nothing is wrong."""
    return fault.in_language("vi") if fault else ""


def fault_of(shown, original):
    return told(screening.fault_of(shown, original))


SAID = "Chị An ở quầy 3 rất tận tình, nhưng phải chờ lâu."


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Chị […] rất tận tình", "Chị […] rất tận tình"),
        ("Chị [...] rất tận tình", "Chị […] rất tận tình"),
        ("Chị [ .. ] rất tận tình", "Chị […] rất tận tình"),
        ("Cha\u0323m la\u0323m", "Chạm lạm"),
        ("gọi 0912.345.678", "gọi [số đã ẩn]"),
    ],
)
def test_typed_words_are_composed_masked_and_marked_alike(typed, shown):
    assert shown_words(typed) == shown


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        (SAID, ""),
        ("[…] rất tận tình […]", ""),
        ("[…] Rất tận tình! […]", ""),  # A capital and a sign are no other words.
        ("[…] rất tận tình […] phải chờ lâu", ""),
        ("[…] […] rất tận tình […] phải chờ lâu", ""),
        ("[…] rất […] phải chờ lâu", ""),
        ("", NOTHING_LEFT),
        ("[…]", NOTHING_LEFT),
        ("[số đã ẩn]", NOTHING_LEFT),
        ("?!", NOTHING_LEFT),
        (SAID + "!", LONGER),
        ("không tận tình", OTHER_WORDS),
        ("tận tình rất", OTHER_WORDS),  # another order
        ("rất rất tận tình", OTHER_WORDS),  # said once
        ("tan tinh", OTHER_WORDS),
        ("[…] rất tận tình 👍 […]", OTHER_WORDS),
    ],
)
def test_words_may_be_left_out_but_not_added_changed_or_moved(shown, fault):
    assert fault_of(shown, SAID) == fault


@pytest.mark.parametrize(
    ("shown", "said", "fault"),
    [
        (
            "tôi hài lòng",
            "tôi không hài lòng",
            "Đã bỏ “không” mà chưa ghi […]: bỏ chữ nào thì ghi […] vào chỗ đó. Nên ghi: “tôi […] hài lòng”",
        ),
        (
            "rất tận tình",
            SAID,
            "Đã bỏ “Chị An ở quầy 3”, “nhưng phải chờ lâu” mà chưa ghi […]: bỏ chữ nào thì ghi […] vào chỗ đó. Nên ghi:"
            " “[…] rất tận tình, […].”",
        ),
        (
            "[…] rất tận tình",
            SAID,
            "Đã bỏ “nhưng phải chờ lâu” mà chưa ghi […]: bỏ chữ nào thì ghi […] vào chỗ đó. Nên ghi:"
            " “[…] rất tận tình, […].”",
        ),
        (
            "Tốt lắm",
            "Tốt lắm 🙄",
            "Đã bỏ “🙄” mà chưa ghi […]: bỏ chữ nào thì ghi […] vào chỗ đó. Nên ghi: “Tốt lắm […]”",
        ),
        (
            "gọi",
            "gọi [số đã ẩn]",
            "Đã bỏ “[số đã ẩn]” mà chưa ghi […]: bỏ chữ nào thì ghi […] vào chỗ đó. Nên ghi: “gọi […]”",
        ),
    ],
)
def test_words_left_out_without_a_mark_are_named_and_the_mark_is_put_in(shown, said, fault):
    assert fault_of(shown, said) == fault


def test_a_mark_where_nothing_is_left_out_is_refused():
    # It would say that something stood there.
    assert fault_of("tôi […] hài lòng", "tôi rất hài lòng") == ""
    assert fault_of("tôi […] rất hài […]", "tôi rất hài lòng") == (
        "Dấu […] phải đứng đúng chỗ có chữ bị bỏ. Nên ghi: “tôi rất hài […]”"
    )


def test_signs_stand_in_the_order_of_the_comment():
    said = "Nhanh 👍 nhưng xa 👎"
    assert fault_of("Nhanh 👍 […]", said) == ""
    assert fault_of("👎 Nhanh […]", said) == OTHER_WORDS
    assert fault_of("[…] xa 👎", said) == ""
    assert fault_of("Nhanh […] xa 👎", said) == ""


def test_a_word_that_stands_twice_may_be_kept_at_either_place():
    said = "tốt chờ lâu tốt xa"
    for shown in ("tốt […]", "[…] tốt xa", "[…] tốt […]", "tốt […] tốt […]"):
        assert fault_of(shown, said) == ""


@given(st.lists(st.sampled_from(("tôi", "không", "hài", "lòng,", "👍")), min_size=1, max_size=9), st.data())
def test_the_words_proposed_pass_and_no_gap_passes_without_a_mark(said, data):
    kept = data.draw(st.lists(st.sampled_from(range(len(said))), min_size=1, unique=True).map(sorted))
    shown, original = " ".join(said[place] for place in kept), " ".join(said)
    fault = fault_of(shown, original)
    if len(kept) == len(said):
        assert fault == ""
    elif fault != NOTHING_LEFT:
        proposed = re.search("Nên ghi: “(.*)”$", fault)[1]
        assert "[…]" in proposed
        assert fault_of(proposed, original) == ""


def test_a_mark_fits_in_the_place_of_the_shortest_name():
    assert len("Ý tốt") < len("[…] tốt")
    assert fault_of("[…] tốt", "Ý tốt") == ""


def test_a_comment_without_words_may_be_shown_as_it_is():
    assert fault_of("👍👍", "👍👍") == ""


@given(st.text(max_size=80))
def test_every_stored_comment_may_be_shown_unchanged(text):
    stored = clean_comment(text)
    # A browser sends each end of a line as two signs.
    assert fault_of(shown_words(stored.replace("\n", "\r\n")), stored) == ""


@given(st.text(alphabet="Cán bộ Lan[]…. \n12", max_size=40), st.text(alphabet="Cán bộ Lan[]…. \n12", max_size=40))
def test_what_passes_is_never_longer_and_never_holds_a_new_word(typed, said):
    shown, stored = shown_words(typed), clean_comment(said)
    if fault_of(shown, stored) == "":
        assert len(shown.replace("[…]", "…")) <= len(stored) or shown == stored
        without = shown.replace("[…]", " ").replace("[số đã ẩn]", " ")
        words = "".join(letter if letter.isalnum() else " " for letter in without).casefold().split()
        assert all(word in stored.casefold() for word in words)


@pytest.mark.parametrize(
    ("choice", "typed", "held", "fault"),
    [
        ("", SAID, None, ""),
        ("", "[…] rất tận tình […]", "[…] rất tận tình […]", ""),
        ("", "[…] rất tận tình […]", None, NO_CHOICE),
        ("hide", "whatever", None, ""),
        ("show", "whatever", None, OTHER_WORDS),
        ("nonsense", "rất tận tình", None, NO_CHOICE),
    ],
)
def test_nothing_typed_is_dropped_in_silence(choice, typed, held, fault):
    assert told(SentDecision(choice, typed, "").fault(SAID, held)) == fault


def test_fields_that_name_no_comment_are_left_alone():
    key = "0123456789abcdef" * 2
    sent = {f"s.{key}": "", f"t.{key}": SAID, f"d.{key}": "show", "s.x": "", f"s.{key}0": "", f"s.{key.upper()}": ""}
    assert read_choices(sent) == {bytes.fromhex(key): SentDecision("show", SAID, "")}


@pytest.mark.parametrize(
    ("said", "doubts"),
    [
        ("Ông Nam và bà Lê Thị Hoa", ("Ông Nam", "bà Lê")),
        ("anh chị Lan", ("chị Lan",)),
        ("dong chi Hung, chi Mai", ("dong chi Hung", "chi Mai")),
        ("hồ sơ 123.456, số 12345", ("123.456",)),
        ("đ/c A", ("đ/c A",)),
        ("ANH CHỊ LÀM CHẬM", ()),
        ("Ông bà già phải chờ, Anh Chị mệt", ()),
        ("bàn Nam, xong Nam", ()),
    ],
)
def test_hints_point_at_numbers_and_names_that_are_left(said, doubts):
    assert find_doubts(said) == doubts


def test_hints_come_fast_for_the_longest_comment():
    # Longer than any run of the regular expressions may take: 2,000 signs of the worst kinds.
    for said in ("1 " * 1_000, "ông " * 500, "đ" * 2_000, "ông" + " " * 1_997):
        assert len(find_doubts(said)) <= 1
