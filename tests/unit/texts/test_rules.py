"""Each rule for what people read refuses a made-up offender, and lets pass what is right."""

from dataclasses import replace

import pytest

from survey.operations.texts.catalogue import CatalogueText
from survey.operations.texts.rules import glossary, wrong_change, wrong_text, wrong_words

CITIZENS = ("templates/respond/form.html",)


def vietnamese(text: str) -> list[str]:
    return [told.in_language("vi") for told in wrong_words(text, "vi")]


def english(text: str) -> list[str]:
    return [told.in_language("vi") for told in wrong_words(text, "en")]


def of_citizens(source: str, said: str | None = None) -> list[str]:
    text = CatalogueText(source, source if said is None else said, "Any", CITIZENS)
    return [told.in_language("vi") for told in wrong_text(text, "vi")]


@pytest.mark.parametrize(
    ("offender", "word"),
    [
        ("Cả cơ quan im lặng", "im lặng"),
        ("Khoảng 95%: từ 80 đến 84", "Khoảng 95%"),
        ("Đợt đánh giá đã kết thúc", "Đợt đánh giá"),
        ("Việc làm", "Việc làm"),
    ],
)
def test_a_word_not_to_use_is_refused_with_the_one_to_use(offender: str, word: str) -> None:
    assert [told.split("; ")[0] for told in vietnamese(offender)] == [f"không dùng từ “{word}”"]


def test_a_word_is_known_by_its_borders():
    # “Việc làm” as a heading is the offender, not “việc làm” in a sentence; “lúc” stands in many words.
    assert vietnamese("Ý kiến của người dân và việc làm của cơ quan") == []
    assert vietnamese("Số liệu cập nhật lúc 8 giờ") == []


@pytest.mark.parametrize("code", ["L1", "P1", "H1", "C3", "5902c1cd5902c1cd"])
def test_a_code_where_people_read_is_refused(code: str) -> None:
    assert vietnamese(f"Cách tính {code}") == [f"có mã “{code}” ở chỗ người đọc; hãy ghi bằng chữ"]
    assert len(english(f"Formula {code}")) == 1


def test_signs_are_those_of_official_papers():
    assert vietnamese("Chọn «Lưu»") == ["hãy dùng dấu ngoặc kép cong “ ”"]
    assert vietnamese("Đạt 95 %") == vietnamese("Đạt {share} %") == ["không để khoảng trắng trước dấu %"]
    assert vietnamese("Chênh lệch (điểm %), đạt 95%") == []


def test_either_tongue_keeps_to_itself():
    assert vietnamese("Trang report này") == ["có từ không phải tiếng Việt: report"]
    assert vietnamese("Tải tệp XLSX về máy, mở bằng Excel") == []
    assert vietnamese("Đã lưu {staff}") == []
    assert english("Press Lưu") == ["có từ tiếng Việt trong câu tiếng Anh: Lưu"]
    assert english("Press “Lưu” (save) for {agency}") == []


def test_a_sentence_of_citizens_has_at_most_25_syllables():
    assert of_citizens("Xin " + "ông bà " * 12 + "đọc.") == ["câu dài 26 tiếng, tối đa 25"]
    assert of_citizens("Xin" + " ông bà" * 12 + ". Xin" + " ông bà" * 12 + ".") == []
    clerks = CatalogueText(
        "Hãy " + "xem lại " * 20, "Hãy " + "xem lại " * 20, "Any", ("templates/staff/posters/act.html",)
    )
    assert list(wrong_text(clerks, "vi")) == []


def changed(source: str, said: str) -> list[str]:
    before = CatalogueText(source, source, "Any", CITIZENS)
    return [told.in_language("vi") for told in wrong_change(before, replace(before, vietnamese=said), "vi")]


def test_values_and_marks_stay_those_of_the_code():
    assert changed("Còn {count} câu", "Còn vài câu") == ["thiếu giá trị {count}"]
    assert changed("Còn {count} câu", "Còn {count} câu của {agency}") == ["không có giá trị {agency}"]
    lost, added = "thẻ định dạng phải giữ như bản gốc", "không thêm dấu nhỏ hơn, ngoặc nhọn hay dấu ngoặc kép thẳng"
    assert changed("Xem <b>trước</b>", "Xem trước") == [lost]
    assert changed("Xem trước", "Xem <b>trước</b>") == [lost]
    assert changed("Xem trước", "Xem < trước") == changed("Xem trước", 'Xem "trước"') == [added]
    assert changed("Xem trước", "Xem {trước") == [added]
    assert changed("Xem <b>trước</b>", "Xem <b>lại</b>") == []


def test_the_glossary_has_a_word_in_both_languages_for_each_thing():
    assert len(glossary()) >= 33
    assert [one.thing for one in glossary() if not (one.thing and one.vietnamese and one.english)] == []
    # No word that is to be used is one not to use.
    said = {one.vietnamese: vietnamese(one.vietnamese) for one in glossary()}
    assert {word: told for word, told in said.items() if told} == {}
