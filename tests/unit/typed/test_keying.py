"""How digits typed from paper become answers, and back."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.fieldwork import SurveyRound, asked_questions, default_asks
from survey.instrument import load_instrument
from survey.instrument.model import LocalText, Option
from survey.typed.keying import KeyedQuestion, KeyGroup, key_groups

INSTRUMENT = load_instrument("sipas-2023")
DAY = date(2026, 11, 2)


def groups_asking(**blocks):
    asks = default_asks(INSTRUMENT, **blocks)
    survey_round = SurveyRound("r", "Đợt r", INSTRUMENT.code, INSTRUMENT.digest, DAY, DAY, DAY, asks=asks)
    return key_groups(INSTRUMENT, asked_questions(survey_round, INSTRUMENT))


GROUPS = groups_asking()
A, B, C, D, E, OTHERS = GROUPS


def test_the_2023_form_is_eighteen_digits_in_the_order_of_the_form() -> None:
    assert [(group.letter, group.size) for group in GROUPS] == [
        ("A", 3),
        ("B", 4),
        ("C", 3),
        ("D", 3),
        ("E", 3),
        ("K", 2),
    ]
    assert [one.sign for group in GROUPS for one in group.questions][-3:] == ["E3", "K1", "K2"]


def test_digits_are_options_zero_is_no_answer_and_nine_not_applicable() -> None:
    assert A.read("521") == ({"A1": "5", "A2": "2", "A3": "1"}, [])
    assert A.read("0-4") == ({"A3": "4"}, [])
    assert E.read("995") == ({"E1": "N", "E2": "N", "E3": "5"}, [])
    assert OTHERS.read("13") == ({"harassment": "1", "unofficial_payment": "3"}, [])


def test_spaces_are_passed_over_and_full_width_digits_read() -> None:
    assert B.read(" 54 33 ")[0] == B.read("５４３３")[0] == {"B1": "5", "B2": "4", "B3": "3", "B4": "3"}


@pytest.mark.parametrize(
    ("group", "typed", "said"),
    [
        (B, "5943", ["Câu B2: chỉ nhận 1–5 hoặc 0, không nhận “9”."]),
        (
            E,
            "x56",
            [
                f"Câu {sign}: chỉ nhận 1–5, 9 hoặc 0, không nhận “{digit}”."
                for sign, digit in (("E1", "x"), ("E3", "6"))
            ],
        ),
        (OTHERS, "14", ["Câu K2: chỉ nhận 1–3 hoặc 0, không nhận “4”."]),
        (B, "543", ["Mục B: cần 4 chữ số, đã gõ 3."]),
        (B, "54333", ["Mục B: cần 4 chữ số, đã gõ 5."]),
        (A, "", ["Mục A: cần 3 chữ số, đã gõ 0."]),
        (A, "1" * 50_000, ["Mục A: cần 3 chữ số, đã gõ 50000."]),
        (A, "１²٣", ["Câu A3: chỉ nhận 1–5 hoặc 0, không nhận “٣”."]),
    ],
)
def test_what_cannot_be_is_said_place_by_place(group, typed, said) -> None:
    assert [one.in_language("vi") for one in group.read(typed)[1]] == said


def options(count):
    return tuple(Option("123456789abc"[place], LocalText(f"mức {place + 1}", "")) for place in range(count))


def made_of(count, **more):
    """Return a group of one question with `count` options, made from one of the form."""
    symbols = tuple("123456789abc"[:count])
    found = replace(INSTRUMENT.question("gender"), options=options(count), symbols=symbols, **more)
    return KeyGroup("keys-1", "K1", "", (KeyedQuestion("K1", found),))


def test_a_question_with_many_options_takes_the_number_of_one() -> None:
    group = made_of(12)
    assert group.size is None
    assert group.read(" 11 ") == ({"gender": "b"}, [])
    assert group.read("") == group.read("0") == ({}, [])
    assert [one.in_language("vi") for one in group.read("13")[1]] == ["Câu K1: chỉ nhận 1–12 hoặc 0, không nhận “13”."]
    assert [one.in_language("vi") for one in group.read("1 2")[1]] == ["Câu K1: chỉ nhận một số."]


def test_a_question_with_several_answers_takes_their_numbers() -> None:
    group = made_of(5, multiple=True, positions=tuple(range(5)))
    assert group.read("1, 3 5") == ({"gender": frozenset("135")}, [])
    assert group.write({"gender": frozenset("135")}) == "1 3 5"


def test_a_group_of_its_own_does_not_join_its_neighbours() -> None:
    wide = replace(INSTRUMENT.question("age"), options=options(9), symbols=tuple("123456789"))
    asked = [INSTRUMENT.question("harassment"), wide, INSTRUMENT.question("gender")]
    assert [(group.letter, group.size) for group in key_groups(INSTRUMENT, asked)] == [
        ("K1", 1),
        ("K2", None),
        ("K3", 1),
    ]


ALL_GROUPS = groups_asking(profile=True, overall=True)
ALL_ASKED = [one.question for group in ALL_GROUPS for one in group.questions]


@given(st.fixed_dictionaries({}, optional={one.code: st.sampled_from(one.symbols) for one in ALL_ASKED}))
def test_what_is_written_is_read_as_the_same_answers(answers) -> None:
    read = [group.read(group.write(answers)) for group in ALL_GROUPS]
    assert {code: answer for found, _ in read for code, answer in found.items()} == answers
    assert [fault for _, faults in read for fault in faults] == []
