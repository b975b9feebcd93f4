"""What else stands in the report: feedback, comments, the plan; and what is withheld or not to be compared."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert

from survey.errors import RoundError, UnknownCodeError
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.report.report import Wanted, compose_report
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.reports.documents.model import Paragraph
from survey.store.feedback.tables import feedback_case
from survey.store.registry.points import find_point
from survey.store.subjects import ADDED
from survey.store.tables import agency as agencies
from tests.integration.report.reading import (
    COMMENT,
    HEAD,
    OTHER_WARD,
    TODAY,
    WARD,
    WARD_CODE,
    answer,
    cells_of,
    computed,
    shown,
    tables_of,
)

# Files of many pages on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


def find_agency(store, point: str) -> str:
    with store.reading() as connection:
        return find_point(connection, point).point.agency_code


def test_feedback_comments_and_the_plan_are_printed(compose, plan) -> None:
    report = compose(WARD_CODE, plan)
    told = [one.text for one in report.body if isinstance(one, Paragraph)]
    assert COMMENT in told
    rows = [row.cells[1:] for row in tables_of(report)["Tiếp nhận, xử lý phản ánh, kiến nghị"].rows]
    # 10 of 12; 9 of 11 that were due; 5 of 7 who said whether they are satisfied.
    assert rows == [("12", "–"), ("10", "83,33"), ("9", "81,82"), ("5", "71,43")]
    (annex,) = report.annexes
    assert annex.landscape
    assert [row.cells for row in annex.elements[0].rows] == [
        ("", "I. Tiếp cận dịch vụ", "", "", "", "", ""),
        ("1", "Ghế ngồi", "Bố trí ghế", "Văn phòng", "Các phòng", "Quý II", "Ghế"),
    ]
    everybody = compose()
    assert COMMENT in [one.text for one in everybody.body if isinstance(one, Paragraph)]
    assert len(everybody.annexes) == 2


def test_feedback_is_that_of_the_agencies_and_the_days_of_the_round(store, compose, plan) -> None:
    # An agency that came after the publication has a case too, from the days of the round.
    with store.writing(ADDED) as connection:
        names = {"code": "P-MOI", "name": "UBND phường Mới", "short_name": "Phường Mới", "block": "UBND cấp xã"}
        made = connection.execute(insert(agencies).values(**names)).inserted_primary_key[0]
        said = {"code": "99999999", "secret_digest": "0" * 64, "kind": "complaint", "text": "Chờ lâu"}
        days = {"received_on": TODAY - timedelta(days=5), "due_on": TODAY + timedelta(days=20)}
        connection.execute(insert(feedback_case).values(**said, **days, agency_id=made, state="received"))
    table = tables_of(compose())["Tiếp nhận, xử lý phản ánh, kiến nghị"]
    assert table.rows[0].cells[1] == "12"
    first, last = TODAY - timedelta(days=10), TODAY + timedelta(days=20)
    assert table.notes[1] == (
        f"Phản ánh, kiến nghị được tiếp nhận trong thời gian của đợt ({first:%d/%m/%Y} – {last:%d/%m/%Y}) về các cơ"
        f" quan có trong kết quả được công bố; số liệu tính đến ngày {today_in_vietnam():%d/%m/%Y}."
    )


def test_without_them_the_report_says_so(compose) -> None:
    report = compose()
    told = " ".join(one.text for one in report.body if isinstance(one, Paragraph))
    assert "Báo cáo chưa trích dẫn ý kiến của người dân" in told
    assert "Tiếp nhận, xử lý phản ánh, kiến nghị" not in tables_of(report)


def test_another_agency_s_words_cases_and_plan_stay_out(store, compose, plan) -> None:
    other = find_agency(store, OTHER_WARD)
    report = compose(other)
    assert COMMENT not in [getattr(one, "text", "") for one in report.body]
    assert "Tiếp nhận, xử lý phản ánh, kiến nghị" not in tables_of(report)
    # A plan of one agency belongs to no other report, nor to that of all.
    for whose in (other, None):
        with pytest.raises(UnknownCodeError, match="plan"):
            compose(whose, plan)
    with pytest.raises(UnknownCodeError):
        compose(None, 999)


def test_what_is_withheld_stands_in_no_table(app, compose) -> None:
    report = compose()
    hidden = {row["agency"]: row for row in computed(app, "agency") if row["responses"] == 6}
    ((name, row),) = hidden.items()
    for table in tables_of(report).values():
        for cells in (one.cells for one in table.rows if name in one.cells):
            assert shown(row["index"]) not in cells
            assert "6" not in cells
    assert f"Kết quả của {name}" not in tables_of(report)
    told = [one.text for one in report.annexes[1].elements if isinstance(one, Paragraph)]
    assert f"Không công bố mức độ hài lòng chung của {name} để bảo vệ người trả lời." in told
    mean = cells_of(tables_of(report)["Kết quả theo khối"])[row["block"]][4] if "block" in row else "không công bố"
    assert mean == "không công bố", "the mean of the block would give the figure back"


def test_an_agency_without_a_figure_has_no_report(app, compose) -> None:
    code = next(row["agency_code"] for row in computed(app, "agency") if row["responses"] == 6)
    with pytest.raises(RoundError, match="may be shown"):
        compose(code)


def test_a_self_selected_round_is_never_called_the_index_of_a_province(compose) -> None:
    for report in (compose(), compose(WARD_CODE)):
        texts = [getattr(one, "text", "") for one in report.body] + [report.subject]
        texts += [note for table in tables_of(report).values() for note in table.notes]
        texts += [cell for table in tables_of(report).values() for row in table.rows for cell in row.cells]
        said = [text for text in texts if re.search(r"[Cc]hỉ số SIPAS", text)]
        assert said
        assert all("không phải Chỉ số SIPAS" in text for text in said)
        assert not any("sai số chọn mẫu" in text for text in texts)


def test_reports_of_what_is_not_published_are_refused(store, compose) -> None:
    open_round(
        store,
        NewRound("r9", "Đợt sau", "sipas-2023", TODAY + timedelta(days=60), TODAY + timedelta(days=90), simulated=True),
    )
    with pytest.raises(RoundError, match="nothing of round r9 is published"):
        compose(code="r9")
    with pytest.raises(UnknownCodeError):
        compose(code="nowhere")
    with pytest.raises(UnknownCodeError):
        compose("NOBODY")


def test_rounds_of_other_questionnaires_are_not_compared(store, sample_registry) -> None:
    for code, form, opened, closes, previous in (("a", "sipas-2022", 40, 20, None), ("b", "sipas-2023", 10, -5, "a")):
        days = TODAY - timedelta(days=opened), TODAY - timedelta(days=closes)
        open_round(store, NewRound(code, f"Đợt {code}", form, *days, previous_code=previous))
        answer(store, WARD, times=40, level=4.0, seed=1, code=code)
        answer(store, OTHER_WARD, times=40, level=4.0, seed=2, code=code)
        publish_run(store, code, today=TODAY)
    report = compose_report(store, PublishedRuns(store), Wanted("b", HEAD))
    told = " ".join(one.text for one in report.body if isinstance(one, Paragraph))
    assert "Không so sánh được với đợt “Đợt a” vì mẫu phiếu" in told
    assert "Các yếu tố, tiêu chí bị giảm" not in tables_of(report)
    assert report.notice == "", "these responses are no simulated ones"
