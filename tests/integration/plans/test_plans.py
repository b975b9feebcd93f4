"""Improvement plans: made, changed, copied for another year and removed, each by whom it concerns."""

from datetime import date

import pytest
from sqlalchemy import select

from survey.operations.plans.plans import annex_of
from survey.operations.staff.rights import Role
from survey.store.plans.plans import delete_plan, list_tasks
from survey.store.plans.tables import improvement_plan, plan_progress, plan_task
from survey.store.staff.tables import audit
from survey.store.tables import agency
from tests.integration.plans.desk import (
    NEW,
    OTHER,
    PLANS,
    TASK,
    WARD,
    WORDS,
    Page,
    add,
    end_agency,
    make,
    meanwhile,
    page,
    post,
    rows_of,
)
from tests.sign_in import admit, token_of


def due_days(store, plan: str) -> list[date | None]:
    """Return the last days of the tasks of a plan."""
    with store.reading() as connection:
        return [row.task.due_on for row in list_tasks(connection, int(plan.rpartition("/")[2]))]


def test_two_people_editing_a_plan_lose_nothing(admitted) -> None:
    plan = make(admitted, round="")
    assert post(admitted, f"{plan}/edit", **WORDS, version="1").status_code == 303
    late = post(admitted, f"{plan}/edit", **{**WORDS, "title": "Tên khác"}, version="1")
    assert late.status_code == 409
    assert ["Tên kế hoạch", "Kế hoạch năm 2026", "Tên khác"] in Page(late).rows


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": ""}, "Hãy điền ô này"),
        ({"year": "1999"}, "Hãy ghi số nguyên từ 2000 đến 2100"),
        ({"year": "9" * 30}, "Hãy ghi số nguyên từ 2000 đến 2100"),
        ({"places": "0"}, "Hãy ghi số nguyên từ 1 đến 99"),
        ({"places": "năm"}, "Hãy ghi số nguyên từ 1 đến 99"),
        ({"agency": "NOBODY"}, "Lựa chọn này không có trong danh sách"),
        ({"round": "nowhere"}, "Lựa chọn này không có trong danh sách"),
    ],
)
def test_a_wrong_plan_is_refused(admitted, store, fields, told) -> None:
    refused = post(admitted, NEW, **{"agency": WARD, "round": "", **WORDS, **fields})
    assert refused.status_code == 400
    assert told in Page(refused).text
    assert rows_of(store, improvement_plan) == 0


@pytest.mark.slow
def test_a_plan_is_copied_for_the_next_year_with_new_figures_and_deadlines(admitted, store, two_rounds) -> None:
    plan = make(admitted)
    number = int(plan.rpartition("/")[2])
    kept = add(admitted, plan, part="A1", finding="Trừ 0,3 điểm", deadline="Trong năm 2026", heading="")
    post(admitted, kept, version="1", percent="100", note="Xong", evidence="")
    copied = post(admitted, f"{plan}/copy", **{**WORDS, "title": "Kế hoạch năm 2027", "year": "2027", "round": "r1"})
    assert copied.status_code == 303
    made = annex_of(store, number + 1)
    # One task, and the 20 parts that fell and have none; the words stay, the figures are those of the round.
    assert len(made) == 21
    (row,) = [one for one in made if one.task]
    assert (row.deadline, row.heading) == ("Trong năm 2027", "I. Tiếp cận dịch vụ")
    assert row.finding.startswith("Trừ 0,3 điểm\nA1. ")
    assert "99,00% → 85,00%" in row.finding
    with store.reading() as connection:
        done = select(plan_task.c.done_on).where(plan_task.c.plan_id == number + 1, plan_task.c.task != "")
        assert connection.scalar(done) is None


def test_removal_is_asked_for_once_and_refused_when_something_changed(admitted, store) -> None:
    plan = make(admitted, round="")
    task = add(admitted, plan)
    post(admitted, task, version="1", percent="10", note="Đang làm", evidence="")
    asked = page(admitted, f"{plan}/remove")
    assert "1 nhiệm vụ và 1 báo cáo tiến độ sẽ bị xóa" in asked.text
    add(admitted, plan, task="Việc vừa thêm")
    assert post(admitted, f"{plan}/remove", seen=asked.values["seen"]).status_code == 409
    assert post(admitted, f"{task}/remove", version="1").status_code == 409
    assert rows_of(store, plan_task) == 2
    assert "1 báo cáo tiến độ" in page(admitted, f"{task}/remove").text
    assert post(admitted, f"{task}/remove", version="2").status_code == 303
    assert (rows_of(store, plan_task), rows_of(store, plan_progress)) == (1, 0)
    assert post(admitted, f"{plan}/remove", seen=page(admitted, f"{plan}/remove").values["seen"]).status_code == 303
    assert (rows_of(store, plan_task), rows_of(store, improvement_plan)) == (0, 0)
    with store.reading() as connection:
        acts = set(connection.scalars(select(audit.c.act)))
    assert {"plan_added", "plan_changed", "plan_removed", "plan_progress"} <= acts


def test_a_plan_removed_meanwhile_is_not_there(admitted, store) -> None:
    token = token_of(admitted, PLANS)
    for path, fields in (("tasks/new", TASK), ("findings", {}), ("copy", {**WORDS, "round": ""})):
        plan = make(admitted, round="")
        with meanwhile(store) as (connection, send, answers):
            delete_plan(connection, int(plan.rpartition("/")[2]), seen=1)
            send(admitted.post, f"{plan}/{path}", data={"token": token, **fields})
        assert (path, [one.status_code for one in answers]) == (path, [404])


def test_another_year_of_a_plan_moves_the_deadlines_that_name_none(admitted, store) -> None:
    plan = make(admitted, round="", year="2024")
    for deadline in ("Quý II", "Quý II/2024", "Thường xuyên", "", "Trước 29/2", "Trong năm"):
        add(admitted, plan, deadline=deadline)
    assert post(admitted, f"{plan}/edit", **{**WORDS, "year": "2025"}, version="1").status_code == 303
    moved = [date(2025, 6, 30), date(2024, 6, 30), None, None, date(2025, 2, 28), date(2025, 12, 31)]
    assert due_days(store, plan) == moved
    # The day that 2025 does not have is written as it is meant; every other text is what somebody wrote.
    texts = ["Quý II", "Quý II/2024", "Thường xuyên", "", "28/02/2025", "Trong năm"]
    assert [row.deadline for row in annex_of(store, int(plan.rpartition("/")[2]))] == texts


def test_a_refused_change_of_the_year_moves_no_deadline(admitted, store) -> None:
    plan = make(admitted, round="", year="2024")
    add(admitted, plan, deadline="Quý II")
    assert post(admitted, f"{plan}/edit", **{**WORDS, "year": "2025"}, version="7").status_code == 409
    assert due_days(store, plan) == [date(2024, 6, 30)]


def test_a_plan_of_an_agency_that_was_merged_is_copied_to_whoever_does_its_work(admitted, store) -> None:
    plan = make(admitted, round="")
    add(admitted, plan)
    end_agency(store, WARD, successor=OTHER)
    told = "Ủy ban nhân dân phường Đông Kinh đã kết thúc hoạt động; nhiệm vụ nay do Ủy ban nhân dân phường Kỳ Lừa"
    assert told in page(admitted, f"{plan}/copy").text
    copied = post(admitted, f"{plan}/copy", **{**WORDS, "year": "2027", "round": ""})
    assert copied.status_code == 303
    with store.reading() as connection:
        of_agency = select(agency.c.code).join(improvement_plan).order_by(improvement_plan.c.id)
        assert list(connection.scalars(of_agency)) == [WARD, OTHER]


def test_a_plan_of_an_agency_whose_work_nobody_does_is_not_copied(admitted, store) -> None:
    plan = make(admitted, round="")
    end_agency(store, WARD)
    told = "chưa xác định cơ quan tiếp nhận nên không chép được kế hoạch"
    asked = page(admitted, f"{plan}/copy", status=409)
    assert told in asked.text
    assert "title" not in asked.values
    refused = post(admitted, f"{plan}/copy", **{**WORDS, "round": ""})
    assert refused.status_code == 409
    assert told in Page(refused).text
    assert rows_of(store, improvement_plan) == 1


def test_a_manager_copies_no_plan_to_an_agency_of_somebody_else(app, admitted, store) -> None:
    plan = make(admitted, round="")
    end_agency(store, WARD, successor=OTHER)
    manager = app.test_client()
    admit(manager, store, username="mai", role=Role.MANAGER, agency=WARD)
    refused = post(manager, f"{plan}/copy", **{**WORDS, "round": ""})
    assert refused.status_code == 409
    assert "Đề nghị người phụ trách cơ quan đó hoặc chuyên viên phân tích chép kế hoạch" in Page(refused).text
    assert rows_of(store, improvement_plan) == 1


def test_a_plan_of_another_agency_is_not_there(app, admitted, store) -> None:
    plan, everybody = make(admitted, round="", agency=OTHER), make(admitted, round="", agency="")
    task = add(admitted, plan)
    manager = app.test_client()
    admit(manager, store, username="mai", role=Role.MANAGER, agency=WARD)
    paths = ("", "/edit", "/copy", "/remove", "/annex", "/annex.csv", "/tasks/new")
    for path in (*(f"{one}{path}" for one in (plan, everybody) for path in paths), task, f"{task}/edit"):
        page(manager, path, status=404)
    for path in (f"{plan}/edit", f"{plan}/findings", f"{plan}/remove", task, f"{task}/edit", f"{task}/remove"):
        assert post(manager, path, **TASK, version="1", percent="1", note="x", evidence="").status_code == 404
    assert "Chưa có kế hoạch nào" in page(manager, PLANS).text
    page(manager, f"{PLANS}?agency={OTHER}", status=404)
    refused = post(manager, NEW, **{"agency": OTHER, "round": "", **WORDS})
    assert refused.status_code == 400
    shown = manager.get(NEW).text
    assert WARD in shown
    assert OTHER not in shown
    own = make(manager, round="")
    # A task is reached through its own plan only.
    page(manager, f"{own}/tasks/{task.rpartition('/')[2]}", status=404)
    assert rows_of(store, improvement_plan) == 3


def test_a_clerk_reads_the_plan_of_the_own_agency_and_writes_nothing_but_progress(app, admitted, store) -> None:
    plan = make(admitted, round="")
    task = add(admitted, plan)
    clerk = app.test_client()
    admit(clerk, store, username="hoa", role=Role.CLERK, agency=WARD)
    assert "Niêm yết thủ tục" in page(clerk, plan).text
    for path in (NEW, f"{plan}/edit", f"{plan}/tasks/new", f"{task}/edit", f"{task}/remove"):
        page(clerk, path, status=403)
    for path in (NEW, f"{plan}/edit", f"{plan}/tasks/new", f"{plan}/findings", f"{task}/edit", f"{task}/remove"):
        assert post(clerk, path, **TASK, version="1").status_code == 403
    assert "Gửi báo cáo" in page(clerk, task).text
    assert post(clerk, task, version="1", percent="40", note="Đã rà soát", evidence="").status_code == 303
