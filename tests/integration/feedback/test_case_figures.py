"""The clock of feedback and its figures: who is reminded of what, and what is counted and published."""

import json
from datetime import date, timedelta

import pytest
from lxml import html
from sqlalchemy import select

from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import desk as cases
from survey.operations.feedback.figures import (
    CaseFigures,
    SatisfactionPoints,
    case_figures,
    figures_of,
    published_cases,
    satisfaction_points,
)
from survey.operations.feedback.reminders import remind
from survey.operations.staff.rights import Role
from survey.store.staff.tables import staff
from tests.integration.feedback.letters import (
    AGENCY,
    DAY,
    DAYS,
    HOME,
    LONG_AGO,
    OTHER,
    PARENT,
    PARENT_NAME,
    TEXT,
    desk_of,
    desk_post,
    followed,
    put_in,
    rate,
    row_of,
)
from tests.sign_in import admit

# ---- What is sent today shows tomorrow.


def test_reminders_do_not_name_a_case_that_came_today(store):
    # With a limit of 15 working days and a reminder 20 before the last one, every open case is due soon.
    today = today_in_vietnam()
    old, _ = put_in(store, today=today - DAY), put_in(store, today=today)
    (reminder,) = remind(store, DAYS, today=today, days=20)
    assert reminder.due_soon == [old.code]


# ---- The clock, reminders, figures.


def test_reminders_name_what_is_due_and_escalate_each_case_once(app, store, client):
    today = today_in_vietnam()
    late, lone = put_in(store, today=LONG_AGO), put_in(store, today=LONG_AGO, agency=OTHER)
    put_in(store, today=today)
    runner = app.test_cli_runner()
    first = runner.invoke(args=["cases", "remind"])
    assert first.exit_code == 0
    assert f"Phản ánh quá hạn: {late.code}\n  Đã báo cơ quan cấp trên ({PARENT_NAME}): {late.code}" in first.output
    assert f"Phản ánh quá hạn: {lone.code}\n" in first.output
    second = runner.invoke(args=["cases", "remind"])
    assert second.exit_code == 0
    assert "đã báo" not in second.output
    assert row_of(store, late.code).escalated_on == today
    assert row_of(store, lone.code).escalated_on is None
    assert "đã được báo cáo cơ quan cấp trên" in followed(client, late.code, late.secret).text


def test_the_agency_above_sees_a_case_only_once_it_is_overdue(app, store):
    late = put_in(store, today=LONG_AGO)
    above = app.test_client()
    admit(above, store, username="thu", role=Role.CLERK, agency=PARENT)
    assert above.get(f"{HOME}/{late.code}").status_code == 404
    app.test_cli_runner().invoke(args=["cases", "remind"])
    page = above.get(HOME).text
    assert late.code in page
    assert "quá hạn" in page
    assert desk_post(above, f"{HOME}/{late.code}/answer", answer="Cấp trên trả lời.").status_code == 303
    assert figures_of(store, AGENCY) == CaseFigures(received=1, answered=1)


def test_what_is_due_soon_is_named_before_its_last_day(app, store):
    # 12 working days after it came, a case of 15 is due in 3.
    today, came = today_in_vietnam(), today_in_vietnam()
    while DAYS.after(came, 15) > DAYS.after(today, 3):
        came -= timedelta(days=1)
    soon = put_in(store, today=came)
    output = app.test_cli_runner().invoke(args=["cases", "remind"]).output
    assert f"Phản ánh sắp đến hạn: {soon.code}" in output


def test_figures_are_counted_as_on_paper(store):
    start = date(2026, 3, 2)
    receipts = [put_in(store, today=start) for _ in range(6)]
    due = DAYS.after(start, 15)
    for number, receipt in enumerate(receipts[:4]):
        # Three on the last day, one on the day after.
        day = due if number < 3 else due + timedelta(days=1)
        cases.answer(desk_of(store, today=day), receipt.code, "Xong.", seen=1)
    for receipt, satisfied in zip(receipts, (True, True, False), strict=False):
        rate(store, receipt, satisfied=satisfied, today=due)
    cases.refuse(desk_of(store, today=due), receipts[4].code, "Không phải.", seen=1)
    found = case_figures(store, today=due + timedelta(days=1))[AGENCY]
    # One of six is still open and overdue; 3 of 4 + 1 were on time: 60%.
    assert found == CaseFigures(6, open=1, overdue=1, answered=4, on_time=3, refused=1, satisfied=2, unsatisfied=1)
    assert (found.late, found.due, found.share_on_time) == (1, 5, 60.0)
    # 60% of 6 points; 2 of 3 of 6 points.
    assert satisfaction_points(found) == SatisfactionPoints(pytest.approx(3.6), pytest.approx(4.0))
    assert case_figures(store, today=due)[AGENCY].overdue == 0, "the last day itself is in time"
    assert case_figures(store, today=due, received=(start + timedelta(days=1), due)) == {}


def test_the_list_begins_with_the_words_and_is_narrowed_to_what_is_late_or_mine(client, store):
    admit(client, store, username="thu", role=Role.CLERK, agency=AGENCY)
    yesterday = today_in_vietnam() - timedelta(days=1)
    late, new = put_in(store, today=LONG_AGO), put_in(store, today=yesterday)
    page = client.get(HOME).text
    assert page.index(late.code) < page.index(new.code)
    assert TEXT in page
    assert (late.code in (found := client.get(f"{HOME}?state=overdue").text), new.code in found) == (True, False)
    assert "Không có phản ánh nào ở mục “Giao cho tôi”" in client.get(f"{HOME}?state=mine").text
    with store.reading() as connection:
        me = connection.scalar(select(staff.c.id).where(staff.c.username == "thu"))
    cases.assign(desk_of(store), new.code, me, seen=1)
    assert (late.code in (found := client.get(f"{HOME}?state=mine").text), new.code in found) == (False, True)


def test_the_desk_shows_a_quarter_with_its_points_of_the_own_agencies_only(client, app, store):
    start = date(2026, 3, 2)
    receipts = [put_in(store, today=start) for _ in range(4)]
    put_in(store, today=start, agency=OTHER)
    for receipt in receipts[:3]:
        cases.answer(desk_of(store, today=start + DAY), receipt.code, "Xong.", seen=1)
    rate(store, receipts[0], satisfied=True, today=start)
    rate(store, receipts[1], satisfied=False, today=start)
    admit(client, store, username="thu", role=Role.CLERK, agency=AGENCY)
    rows = html.fromstring(client.get(f"{HOME}/figures?year=2026&quarter=1").text).xpath("//tbody/tr")
    (told,) = [[" ".join(cell.text_content().split()) for cell in row.xpath("./td")] for row in rows]
    # 3 of 4 were on time, the fourth is overdue: 75% of 6 points; 1 of 2 is satisfied: 50% of 6.
    assert told == ["4", "3", "1 (quá hạn 1)", "0", "75,00 3/4", "4,50", "50,00 1/2", "3,00"]
    for query in ("year=2026&quarter=2", "year=99999&quarter=x", ""):
        assert "Không có phản ánh, kiến nghị nào trong kỳ này" in client.get(f"{HOME}/figures?{query}").text
    printed = app.test_cli_runner().invoke(args=["cases", "figures", "--from", "2026-01-01", "--to", "2026-03-31"])
    other, own = json.loads(printed.output)
    assert (own["agency_code"], own["received"], own["points_on_time"], own["points_satisfied"]) == (AGENCY, 4, 4.5, 3)
    assert (other["agency_code"], other["points_satisfied"]) == (OTHER, None)


def test_the_overview_reminds_of_what_waits(client, store):
    admit(client, store, username="thu", role=Role.CLERK, agency=AGENCY)
    assert "Đang chờ xử lý" not in client.get("/staff/").text
    put_in(store, today=LONG_AGO)
    put_in(store, today=today_in_vietnam() - DAY)
    put_in(store, today=today_in_vietnam())
    put_in(store, today=LONG_AGO, agency=OTHER)
    page = " ".join(client.get("/staff/").text.split())
    assert "Phản ánh, kiến nghị: 2 chưa trả lời</a>, <b>1 quá hạn</b>" in page


def test_nothing_is_nothing_and_no_hundred_per_cent():
    assert (CaseFigures().share_on_time, CaseFigures().share_satisfied) == (None, None)
    assert satisfaction_points(CaseFigures()) == SatisfactionPoints(None, None)
    assert CaseFigures(received=1, open=1, overdue=1).share_on_time == 0.0


def test_published_cases_hold_screened_words_and_nothing_that_opens_them(store):
    receipt = put_in(store, today=today_in_vietnam() - DAY)
    cases.answer(desk_of(store), receipt.code, "Riêng cho người gửi.", seen=1)
    assert published_cases(store, AGENCY) == ()
    cases.publish(desk_of(store), receipt.code, "Lời đã duyệt.", "Trả lời đã duyệt.", seen=2)
    (shown,) = published_cases(store, AGENCY, limit=5)
    assert (shown.text, shown.answer, shown.on_time) == ("Lời đã duyệt.", "Trả lời đã duyệt.", True)
    told = " ".join(str(getattr(shown, name)) for name in shown.__slots__)
    assert not any(word in told for word in (receipt.code, receipt.secret, TEXT, "Riêng"))
    assert published_cases(store, "khong-co") == ()


def test_public_figures_name_every_agency_with_a_case(client, store):
    put_in(store, today=LONG_AGO)
    page = client.get("/results/feedback").text
    assert "Trung tâm Phục vụ hành chính công" in page
    assert "0,00" in page
    assert client.get("/results/feedback?lang=en").status_code == 200
    assert client.get("/results/feedback/khong-co").status_code == 404


# ---- What is forgotten, and what must be there.
