"""The questionnaires are the official ones, and a record holds their answers where the codebook says."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import AnswerError
from survey.instrument import Fact, Instrument, LocalText, Option, Question, instrument_codes, load_instrument
from survey.instrument.model import number_questions
from survey.responses import AnswerRecord

CODES = ("sipas-2017", "sipas-2022", "sipas-2023")


def test_three_official_versions_are_shipped():
    assert instrument_codes() == CODES


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("sipas-2023", (3, 4, 3, 3, 3)),  # 16, the service part of the 39 criteria published for 2024
        ("sipas-2022", (4, 4, 5, 3, 3)),  # 19, the service part of the 33 criteria published for 2022
        ("sipas-2017", (4, 5, 6, 3, 4)),  # 22, from background knowledge
    ],
)
def test_each_version_has_the_official_number_of_criteria_per_dimension(code: str, counts: tuple[int, ...]):
    instrument = load_instrument(code)
    assert tuple(len(dimension.items) for dimension in instrument.dimensions) == counts
    assert len(instrument.items) == sum(counts)


@pytest.mark.parametrize("code", CODES)
def test_the_dimensions_have_the_same_codes_and_letters_in_every_version(code: str):
    found = {dimension.letter: dimension.code for dimension in load_instrument(code).dimensions}
    assert found == {"A": "access", "B": "procedures", "C": "officials", "D": "outcome", "E": "feedback"}


def test_the_label_of_a_dimension_is_that_of_its_version():
    labels = {code: load_instrument(code).dimensions[3].label.vi for code in CODES}
    assert labels == {"sipas-2017": "Kết quả dịch vụ", "sipas-2022": "Kết quả", "sipas-2023": "Kết quả"}


@pytest.mark.parametrize(
    ("instrument", "code", "vietnamese"),
    [
        ("sipas-2023", "A1", "{unit} có biển hiệu, hướng dẫn rõ ràng, giúp người dân dễ tìm, dễ thấy"),
        ("sipas-2023", "B4", "Thời hạn giải quyết thủ tục hành chính cho người dân đúng theo quy định"),
        ("sipas-2023", "D3", "Kết quả giải quyết thủ tục hành chính cho người dân đảm bảo tính công bằng"),
        ("sipas-2023", "E3", "{unit} thông báo kết quả xử lý phản ánh, kiến nghị cho người dân kịp thời"),
        ("sipas-2022", "A3", "Trụ sở cơ quan tiếp nhận hồ sơ, trả kết quả sạch sẽ, văn minh"),
        ("sipas-2022", "C5", "Công chức tận tình đối với người dân trong quá trình giải quyết công việc"),
        ("sipas-2017", "E2", "Ông/Bà dễ dàng thực hiện góp ý, phản ánh, kiến nghị"),
        ("sipas-2017", "apology", "Xin lỗi người dân, tổ chức khi trễ hẹn trả kết quả cung ứng dịch vụ công"),
        ("sipas-2017", "overall_satisfaction", "Nhìn chung, ông/bà hài lòng ở mức nào?"),
    ],
)
def test_the_wording_is_kept_to_the_letter(instrument: str, code: str, vietnamese: str):
    assert load_instrument(instrument).question(code).wording.vi == vietnamese


def test_the_receiving_point_takes_the_place_of_the_placeholder():
    text = load_instrument("sipas-2023").question("A1").wording
    assert text.in_language("vi", "Bộ phận Một cửa").startswith("Bộ phận Một cửa có biển hiệu, hướng dẫn rõ ràng")
    assert text.in_language("en", "the one-stop shop").startswith("The signs and directions at the one-stop shop are")


@pytest.mark.parametrize("code", CODES)
def test_both_languages_of_a_wording_name_the_receiving_point_or_neither_does(code: str):
    wordings = [question.wording for question in load_instrument(code).questions]
    assert [text for text in wordings if ("{unit}" in text.vi) != ("{unit}" in text.en)] == []


@pytest.mark.parametrize("code", CODES)
def test_no_two_questions_share_a_short_label(code: str):
    shorts = [question.short for question in load_instrument(code).questions]
    assert len({short.vi for short in shorts}) == len({short.en for short in shorts}) == len(shorts)


@pytest.mark.parametrize("code", CODES)
def test_the_scale_keeps_the_official_order_and_points(code: str):
    scale = load_instrument(code).scale
    official = ["Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng"]
    assert [option.label.vi for option in scale.options] == official
    assert [(option.symbol, option.points) for option in scale.options] == [*zip("12345", (1, 2, 3, 4, 5), strict=True)]
    assert (scale.satisfied_from, scale.highest) == (4, 5)


@pytest.mark.parametrize("code", CODES)
def test_who_had_no_complaint_can_say_so_in_the_feedback_dimension_and_nowhere_else(code: str):
    offering = {item.code for item in load_instrument(code).items if item.not_applicable}
    assert offering == {item.code for item in load_instrument(code).dimensions[4].items}


def test_the_items_carry_the_numbers_of_the_official_form():
    assert [item.number for item in load_instrument("sipas-2023").items] == [str(n) for n in range(24, 40)]
    assert [item.number for item in load_instrument("sipas-2022").items] == [str(n) for n in range(15, 34)]


def test_the_index_is_the_share_satisfied_until_2021_and_the_level_since():
    definitions = [load_instrument(code).method.definition for code in CODES]
    assert definitions == ["percent_satisfied", "mean_over_max", "mean_over_max"]


def test_only_the_wording_of_2017_is_marked_as_not_verified():
    assert [code for code in CODES if not load_instrument(code).verified] == ["sipas-2017"]


@pytest.mark.parametrize("code", CODES)
def test_profile_and_overall_question_are_asked_only_on_demand_and_ethnicity_is_sensitive(code: str):
    facts = load_instrument(code).facts
    assert not [fact.code for fact in facts if fact.kind != "fact" and fact.asked_by_default]
    assert [fact.code for fact in facts if fact.sensitive] == ["ethnicity"]


# Where the answers stand in the record.


def test_the_record_holds_the_items_first_then_facts_overall_question_and_profile():
    instrument = load_instrument("sipas-2023")
    places = {question.code: question.positions for question in instrument.questions}
    assert (places["A1"], places["B1"], places["E3"]) == ((0,), (3,), (15,))
    assert (places["harassment"], places["unofficial_payment"], places["overall_satisfaction"]) == ((16,), (17,), (18,))
    assert instrument.width == 24  # 16 items + 2 facts + 1 overall question + 5 of the profile


def test_a_record_reads_as_the_codebook_says():
    record = AnswerRecord.pack(load_instrument("sipas-2023"), {"A1": "5", "B1": "4", "E3": "N", "harassment": "1"})
    # Places count from 0: A1 at 0, B1 at 3, E3 at 15, harassment at 16, and 24 characters in all.
    assert record == "5..4" + "." * 11 + "N" + "1" + "." * 7


def test_a_multiple_choice_takes_one_place_per_option_ticked_or_not():
    instrument = with_channels(load_instrument("sipas-2023"))
    # The 24 places of the questionnaire are followed by one for each of the three options.
    assert instrument.questions[-1].positions == (24, 25, 26)
    assert AnswerRecord.pack(instrument, {"channels": frozenset("13")}) == "." * 24 + "121"


def with_channels(instrument: Instrument) -> Instrument:
    """Return `instrument` with a multiple-choice question after all others."""
    label = LocalText("Kênh thông tin", "Channels")
    options = tuple(Option(symbol, LocalText(symbol, symbol)) for symbol in "123")
    fact = Fact("channels", "fact", label, label, options, "ours", asked_by_default=True, multiple=True)
    questions = number_questions(instrument.dimensions, instrument.scale, (*instrument.facts, fact))
    return replace(instrument, facts=(*instrument.facts, fact), questions=questions)


def answer_to(question: Question) -> st.SearchStrategy[str | frozenset[str]]:
    symbol = st.sampled_from(question.symbols)
    return st.frozensets(symbol, min_size=1) if question.multiple else symbol


@pytest.mark.parametrize(
    "instrument",
    [*map(load_instrument, CODES), with_channels(load_instrument("sipas-2023"))],
    ids=[*CODES, "with a multiple choice"],
)
@given(data=st.data())
def test_answers_come_out_of_the_record_as_they_went_in(instrument: Instrument, data: st.DataObject):
    offered = {question.code: answer_to(question) for question in instrument.questions}
    answers = data.draw(st.fixed_dictionaries({}, optional=offered))
    record = AnswerRecord.pack(instrument, answers)
    assert re.fullmatch(r"[1-9a-zN.]*", record)
    assert len(record) == instrument.width
    assert AnswerRecord.unpack(instrument, record) == answers


def test_not_applicable_is_refused_where_it_is_not_offered():
    with pytest.raises(AnswerError, match="A1: 'N' is not offered; expected one of 1, 2, 3, 4, 5 or nothing"):
        AnswerRecord.pack(load_instrument("sipas-2023"), {"A1": "N"})
