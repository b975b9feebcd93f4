"""The rating of an answer to feedback counts for the words that were read, and then the answer stands."""

import pytest

from survey.errors import ChangedMeanwhileError
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import desk as cases
from survey.operations.feedback.receipts import Receipt, follow_case, rate_answer
from tests.holding import at_every_statement
from tests.integration.feedback.letters import (
    DAY,
    TEXT,
    answer_mark_on,
    desk_of,
    followed,
    post,
    put_in,
    rate,
    row_of,
    sent_yesterday,
)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_rating_counts_for_the_words_that_were_read(client, store, language):
    code, secret = sent_yesterday(client, store)
    cases.answer(desk_of(store), code, "Đã nhắc nhở.", seen=1)
    mark = answer_mark_on(followed(client, code, secret).text)
    cases.answer(desk_of(store), code, "Đã nhắc nhở và xin lỗi.", seen=2)
    said = {"code": code, "secret": secret, "satisfied": "no", "answer": mark, "language": language}
    late = post(client, said, "/feedback/rate")
    assert late.status_code == 409
    assert "Đã nhắc nhở và xin lỗi." in late.text
    assert {"vi": "Lựa chọn “Không hài lòng” của ông/bà chưa được ghi", "en": "“Dissatisfied”"}[language] in late.text
    assert row_of(store, code).satisfied is None
    # The page that says so carries the corrected answer: the same buttons count now.
    again = post(client, {**said, "answer": answer_mark_on(late.text)}, "/feedback/rate")
    assert (again.status_code, row_of(store, code).satisfied) == (200, False)


@pytest.mark.parametrize("mark", ["", "0" * 16, "é", "\x00", "a" * 5_000])
def test_a_rating_of_no_answer_that_was_shown_does_not_count(client, store, mark):
    code, secret = sent_yesterday(client, store)
    said = {"code": code, "secret": secret, "satisfied": "yes", "answer": mark}
    assert post(client, said, "/feedback/rate").status_code == 409, "there is no answer yet"
    cases.answer(desk_of(store), code, "Xong.", seen=1)
    assert post(client, said, "/feedback/rate").status_code == 409
    assert row_of(store, code).satisfied is None


def test_publishing_an_answer_leaves_the_words_a_citizen_reads_and_the_rating_counts(client, store):
    code, secret = sent_yesterday(client, store)
    cases.answer(desk_of(store), code, "Xong.", seen=1)
    mark = answer_mark_on(followed(client, code, secret).text)
    cases.publish(desk_of(store), code, TEXT, "Xong.", seen=2)
    said = {"code": code, "secret": secret, "satisfied": "yes", "answer": mark}
    assert post(client, said, "/feedback/rate").status_code == 200
    assert row_of(store, code).satisfied is True


def test_an_answer_is_corrected_or_rated_whichever_comes_first_at_every_statement_of_a_rating(store):
    receipts = {}

    def prepare(place):
        receipt = receipts[place] = put_in(store, today=today_in_vietnam() - DAY)
        cases.answer(desk_of(store), receipt.code, "Cũ.", seen=1)
        read = follow_case(store, receipt.code, receipt.secret, today=today_in_vietnam()).answer_mark

        def held():
            return rate_answer(store, receipt, read=read, satisfied=True, today=today_in_vietnam())

        return held, lambda: cases.answer(desk_of(store), receipt.code, "Mới.", seen=2)

    places = 0
    for place, rating, corrected in at_every_statement(prepare):
        kept, places = row_of(store, receipts[place].code), places + 1
        assert (kept.answer, kept.satisfied) in (("Cũ.", True), ("Mới.", None)), "rated words nobody read"
        assert rating.counted is (kept.satisfied is True)
        assert isinstance(corrected, ChangedMeanwhileError) is (kept.answer == "Cũ.")
    assert places >= 5


def test_an_answer_the_citizen_judged_stands(client, store):
    code, secret = sent_yesterday(client, store)
    cases.answer(desk_of(store), code, "Xong.", seen=1)
    assert rate(store, Receipt(code, secret), satisfied=True, today=today_in_vietnam()).counted
    with pytest.raises(cases.CaseError, match="đã được trả lời"):
        cases.answer(desk_of(store), code, "Khác.", seen=row_of(store, code).version)
