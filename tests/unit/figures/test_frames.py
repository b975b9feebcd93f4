"""Frames of respondents say what the packed records say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from survey.analysis.figures.frames import dimension_scores, overall_question, unpack_records
from survey.errors import AnswerError
from survey.instrument import Fact, Instrument, load_instrument
from survey.instrument.model import number_questions
from survey.responses import AnswerRecord

SIPAS = load_instrument("sipas-2023")


def packed(*responses: dict[str, str | frozenset[str]], instrument=SIPAS) -> bytes:
    return "".join(AnswerRecord.pack(instrument, answers) for answers in responses).encode()


def with_facts(facts: tuple[Fact, ...]) -> Instrument:
    return replace(SIPAS, facts=facts, questions=number_questions(SIPAS.dimensions, SIPAS.scale, facts))


ANSWERS = (
    {"A1": "5", "A2": "3", "E1": "N", "E2": "4", "overall_satisfaction": "4", "gender": "2", "age": "5"},
    {"A1": "1", "B1": "2", "harassment": "1"},
    {},
)


def test_a_row_is_a_response_and_a_column_a_question():
    frames = unpack_records(packed(*ANSWERS), SIPAS)
    assert list(frames.items) == [item.code for item in SIPAS.items]
    assert frames.items["A1"].tolist() == pytest.approx([5, 1, np.nan], nan_ok=True)
    assert frames.items["E1"].isna().all()  # not applicable, not answered, not answered
    assert frames.items["E2"].tolist() == pytest.approx([4, np.nan, np.nan], nan_ok=True)
    assert frames.overall.tolist() == pytest.approx([4, np.nan, np.nan], nan_ok=True)
    assert len(frames.items) == len(frames.facts) == len(frames.overall) == 3


def test_facts_are_categories_in_the_order_of_the_form():
    facts = unpack_records(packed(*ANSWERS), SIPAS).facts
    assert list(facts) == [fact.code for fact in SIPAS.facts if fact.kind != "overall"]
    assert list(facts["age"].cat.categories) == ["1", "2", "3", "4", "5"]
    assert [None if pd.isna(value) else value for value in facts["gender"]] == ["2", None, None]
    assert [None if pd.isna(value) else value for value in facts["harassment"]] == [None, "1", None]


def test_a_multiple_choice_has_a_column_for_each_option():
    channels = replace(next(fact for fact in SIPAS.facts if fact.code == "age"), code="channels", multiple=True)
    ticking = with_facts((*SIPAS.facts, channels))
    facts = unpack_records(packed({"channels": frozenset("13")}, {}, instrument=ticking), ticking).facts
    columns = ["channels_1", "channels_2", "channels_3", "channels_4", "channels_5"]
    assert list(facts)[-5:] == columns
    assert facts.loc[0, columns].tolist() == [1.0, 0.0, 1.0, 0.0, 0.0]
    assert facts.loc[1, columns].isna().all()


def test_every_answer_comes_back_as_unpack_gives_it():
    random = np.random.default_rng(5)
    responses = [
        {question.code: str(random.choice(question.symbols)) for question in SIPAS.questions if random.random() < 0.7}
        for _ in range(40)
    ]
    frames = unpack_records(packed(*responses), SIPAS)
    points = {option.symbol: option.points for option in SIPAS.scale.options}
    for row, answers in enumerate(responses):
        items = frames.items.loc[row].dropna().to_dict()
        assert items == {
            item.code: points[answers[item.code]] for item in SIPAS.items if answers.get(item.code, "N") != "N"
        }
        facts = frames.facts.loc[row].dropna().to_dict()
        assert facts == {code: answer for code, answer in answers.items() if code in frames.facts}


def test_dimension_scores_are_means_of_the_answers_given():
    frames = unpack_records(packed(*ANSWERS), SIPAS)
    scores = dimension_scores(frames.items, SIPAS)
    assert list(scores) == ["access", "procedures", "officials", "outcome", "feedback"]
    # A: (5 + 3) / 2, then the 1 alone; E: the N does not count, so the 4 alone.
    assert scores["access"].tolist() == pytest.approx([4, 1, np.nan], nan_ok=True)
    assert scores["feedback"].tolist() == pytest.approx([4, np.nan, np.nan], nan_ok=True)
    assert scores["officials"].isna().all()


def test_without_an_overall_question_there_is_no_overall_column():
    plain = with_facts(tuple(fact for fact in SIPAS.facts if fact.kind != "overall"))
    assert overall_question(plain) is None
    assert unpack_records(packed({"A1": "5"}, instrument=plain), plain).overall is None


def test_no_record_at_all_gives_empty_frames_with_their_columns():
    frames = unpack_records(b"", SIPAS)
    assert (len(frames.items), len(frames.facts), len(frames.overall)) == (0, 0, 0)
    assert list(frames.items) == [item.code for item in SIPAS.items]
    assert dimension_scores(frames.items, SIPAS).shape == (0, 5)


def test_a_matrix_of_characters_reads_as_its_bytes_do():
    records = packed(*ANSWERS)
    matrix = np.frombuffer(records, np.uint8).reshape(3, -1)
    pd.testing.assert_frame_equal(unpack_records(matrix, SIPAS).items, unpack_records(records, SIPAS).items)


@pytest.mark.parametrize("records", [b"5", packed({}) + b".", np.zeros((2, 3), np.uint8), np.zeros(4, np.uint8)])
def test_records_of_another_width_are_refused(records):
    with pytest.raises(ValueError, match=f"{SIPAS.width} characters wide"):
        unpack_records(records, SIPAS)


@pytest.mark.parametrize(("place", "wrong", "question"), [(0, "N", "A1"), (1, "6", "A2"), (2, "\xff", "A3")])
def test_a_character_its_position_cannot_hold_is_refused_with_those_it_can(place, wrong, question):
    record = "." * place + wrong + "." * (SIPAS.width - place - 1)
    with pytest.raises(AnswerError, match=f"^{question}: .* expected one of 1, 2, 3, 4, 5 or nothing"):
        unpack_records(packed({}) + record.encode("latin-1"), SIPAS)
