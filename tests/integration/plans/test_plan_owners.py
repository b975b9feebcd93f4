"""Whoever leads a task reports on it, whoever's plan it stands in; and reaches nothing else there."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from survey.operations.clock import today_in_vietnam
from survey.operations.staff.rights import Role
from survey.store.plans.tables import plan_progress
from survey.store.subjects import ADDED
from survey.store.tables import agency
from tests.integration.plans.desk import (
    OTHER,
    PLANS,
    SMALL,
    TASK,
    WARD,
    Page,
    add,
    edit,
    end_agency,
    make,
    page,
    post,
    rows_of,
)
from tests.integration.plans.owners import CENTRE, FINANCE, HOME, OFFICE, TRADE, checked, owners
from tests.sign_in import admit, token_of

REPORT = {"version": "1", "percent": "40", "note": "Đã rà soát", "evidence": "Báo cáo số 5"}
GIVEN = "Nhiệm vụ giao cho cơ quan của ông/bà"


@pytest.fixture
def somebody(app, admitted, store):
    """Return how to sign somebody in: a role and an agency."""

    def sign_in(role: Role, code: str | None = None):
        made = app.test_client()
        admit(made, store, username=f"{role}.{code or 'all'}".lower(), role=role, agency=code)
        return made

    return sign_in


def report(client, task: str, **fields: str) -> int:
    """Send a report and return the status of the answer."""
    return post(client, task, **{**REPORT, **fields}).status_code


def put_below(store, code: str, above: str) -> None:
    with store.writing(ADDED) as connection:
        parent = connection.scalar(select(agency.c.id).where(agency.c.code == above))
        connection.execute(update(agency).where(agency.c.code == code).values(parent_id=parent))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CLERK])
@pytest.mark.parametrize("of", ["", OTHER])
def test_an_owner_reports_on_its_task_and_reaches_nothing_else_of_the_plan(admitted, store, somebody, role, of) -> None:
    plan = make(admitted, round="", agency=of)
    task, foreign = add(admitted, plan, owners=TRADE), add(admitted, plan, task="Việc của sở khác", owners=HOME)
    owner = somebody(role, TRADE)
    shown = page(owner, task).text
    assert "Niêm yết thủ tục" in shown
    assert "Kế hoạch năm 2026" in shown
    assert "Sở Công Thương" in shown
    assert "Gửi báo cáo" in shown
    assert "Sửa nhiệm vụ" not in shown
    assert report(owner, task) == 303
    assert "Đã rà soát" in page(admitted, task).text
    for path in (plan, f"{plan}/annex", f"{plan}/annex.csv", foreign):
        page(owner, path, status=404)
    assert report(owner, foreign) == 404
    refusal = 404 if role is Role.MANAGER else 403
    for path in (f"{plan}/edit", f"{plan}/copy", f"{plan}/remove", f"{plan}/tasks/new", f"{task}/edit"):
        page(owner, path, status=refusal)
    for path in (f"{task}/edit", f"{task}/remove", f"{task}/up", f"{plan}/findings", f"{plan}/tasks/new"):
        assert post(owner, path, **TASK, version="2", past="2").status_code == refusal
    assert rows_of(store, plan_progress) == 1


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CLERK])
def test_of_another_agency_nobody_sees_the_task_or_reports_on_it(admitted, store, somebody, role) -> None:
    task = add(admitted, make(admitted, round="", agency=""), owners=TRADE)
    stranger = somebody(role, HOME)
    page(stranger, task, status=404)
    assert report(stranger, task) == 404
    assert GIVEN not in page(stranger, PLANS).text
    assert "Niêm yết" not in page(stranger, f"{PLANS}/overdue").text
    assert rows_of(store, plan_progress) == 0


def test_a_report_needs_the_token_of_the_session(admitted, store, somebody) -> None:
    task = add(admitted, make(admitted, round="", agency=""), owners=TRADE)
    clerk = somebody(Role.CLERK, TRADE)
    page(clerk, task)
    assert clerk.post(task, data=REPORT).status_code == 403
    assert clerk.post(task, data={**REPORT, "token": token_of(admitted, PLANS)}).status_code == 403
    assert rows_of(store, plan_progress) == 0


def test_in_the_plan_of_the_own_agency_a_clerk_reports_on_what_is_nobody_elses(admitted, store, somebody) -> None:
    plan = make(admitted, round="")
    free, own = add(admitted, plan), add(admitted, plan, owners=[WARD, OTHER])
    others = add(admitted, plan, task="Việc của phường khác", owners=OTHER)
    clerk = somebody(Role.CLERK, WARD)
    assert [report(clerk, task) for task in (free, own)] == [303, 303]
    assert "Gửi báo cáo" not in page(clerk, others).text
    refused = post(clerk, others, **REPORT)
    assert refused.status_code == 403
    assert "do cơ quan khác báo cáo tiến độ" in Page(refused).text
    # The manager answers for the plan as a whole, the ward next door for its own tasks.
    assert report(somebody(Role.MANAGER, WARD), others) == 303
    next_door = somebody(Role.CLERK, OTHER)
    assert [report(next_door, task, version="2") for task in (free, own, others)] == [404, 303, 303]
    assert rows_of(store, plan_progress) == 5


@pytest.mark.parametrize(("role", "allowed"), [(Role.ADMINISTRATOR, 303), (Role.ANALYST, 303), (Role.AUDITOR, 403)])
def test_who_answers_for_all_agencies_reports_on_every_task_and_an_auditor_on_none(
    admitted, somebody, role, allowed
) -> None:
    task = add(admitted, make(admitted, round="", agency=""), owners=TRADE)
    asking = somebody(role)
    with_token = admitted if role is Role.AUDITOR else asking
    token = token_of(with_token, PLANS)
    assert asking.post(task, data={**REPORT, "token": token}).status_code == allowed


def test_a_manager_reports_for_an_agency_below_and_its_clerk_does_not_for_the_one_above(admitted, somebody) -> None:
    plan = make(admitted, round="", agency="")
    below, above = add(admitted, plan, owners=CENTRE), add(admitted, plan, owners=OFFICE)
    assert report(somebody(Role.MANAGER, OFFICE), below) == 303
    clerk = somebody(Role.CLERK, CENTRE)
    assert report(clerk, below, version="2") == 303
    page(clerk, above, status=404)


def test_the_tasks_of_an_agency_pass_to_whoever_takes_it_over(admitted, store, somebody) -> None:
    task = add(admitted, make(admitted, round="", agency="", year="2025"), owners=TRADE)
    heir = somebody(Role.CLERK, FINANCE)
    page(heir, task, status=404)
    end_agency(store, TRADE, successor=FINANCE)
    assert report(heir, task) == 303
    assert GIVEN in page(heir, PLANS).text
    # On the form an owner that is over stays ticked until somebody unticks it.
    assert checked(admitted, f"{task}/edit") == [TRADE]
    assert edit(admitted, task, owners=TRADE).status_code == 303
    assert owners(store, task) == (TRADE,)


def test_tasks_given_by_plans_of_others_are_listed_with_plan_deadline_and_progress(admitted, somebody) -> None:
    today = today_in_vietnam()
    late = today - timedelta(days=3)
    everybody, own = (
        make(admitted, round="", agency="", title="Kế hoạch của tỉnh"),
        make(admitted, round="", agency=TRADE),
    )
    task = add(admitted, everybody, owners=TRADE, task="Việc quá hạn", deadline=f"{late:%d/%m/%Y}")
    add(admitted, everybody, owners=TRADE, task="Việc thường xuyên", deadline="Thường xuyên")
    done = add(admitted, everybody, owners=TRADE, task="Việc đã xong", deadline="")
    add(admitted, own, owners=TRADE, task="Việc trong kế hoạch của mình", deadline=f"{late:%d/%m/%Y}")
    add(admitted, everybody, owners=HOME, task="Việc của sở khác", deadline=f"{late:%d/%m/%Y}")
    clerk = somebody(Role.CLERK, TRADE)
    report(clerk, task, percent="40")
    report(clerk, done, percent="100")
    shown = page(clerk, PLANS)
    of_province = "Kế hoạch của tỉnh Tất cả cơ quan"
    given = [row for row in shown.rows if of_province in row]
    deadline = f"{late:%d/%m/%Y}"
    assert given == [
        ["Việc quá hạn", of_province, deadline, "40% quá hạn 3 ngày"],
        ["Việc thường xuyên", of_province, "Thường xuyên", "0%"],
        ["Việc đã xong", of_province, "chưa ghi", f"Xong {today:%d/%m/%Y}"],
    ]
    assert GIVEN in shown.text
    assert "Việc của sở khác" not in shown.text
    listed = [row[0] for row in page(clerk, f"{PLANS}/overdue").rows[1:]]
    assert listed == ["Việc quá hạn", "Việc trong kế hoạch của mình"]
    assert "Kế hoạch: 2 nhiệm vụ quá hạn" in page(clerk, "/staff/").text
    # Whoever has all plans has no plans of others; limited to one agency, they see what it is given.
    assert GIVEN not in page(admitted, PLANS).text
    assert "Nhiệm vụ giao cho Sở Công Thương" in page(admitted, f"{PLANS}?agency={TRADE}").text
    assert "Kế hoạch: 3 nhiệm vụ quá hạn" in page(admitted, "/staff/").text


def test_without_plans_of_the_own_agency_the_tasks_given_are_listed_all_the_same(admitted, somebody) -> None:
    add(admitted, make(admitted, round="", agency="", year="2025"), owners=SMALL, deadline="Quý I")
    shown = page(somebody(Role.MANAGER, SMALL), PLANS).text
    assert GIVEN in shown
    assert "Chưa có kế hoạch nào" in shown
    assert "Nhiệm vụ quá hạn" in shown


def test_an_owner_that_is_taken_off_no_longer_sees_the_task(admitted, somebody) -> None:
    task = add(admitted, make(admitted, round="", agency=""), owners=TRADE)
    clerk = somebody(Role.CLERK, TRADE)
    page(clerk, task)
    edit(admitted, task, owners=HOME)
    page(clerk, task, status=404)
    assert report(clerk, task, version="2") == 404
