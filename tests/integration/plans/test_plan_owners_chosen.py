"""The owners of a task are chosen, kept with it from year to year, and go with it."""

import re
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import inspect, text

from survey.errors import UnknownCodeError
from survey.fieldwork import Agency
from survey.operations.clock import today_in_vietnam
from survey.operations.plans.plans import add_task, find_sheet
from survey.operations.registry.agencies import add_agency
from survey.store import schema
from survey.store.plans.plans import PlanTask
from survey.store.plans.tables import plan_task_owner
from tests.integration.plans.desk import OTHER, TASK, WORDS, Page, add, edit, end_agency, make, page, post, rows_of
from tests.integration.plans.owners import CENTRE, FINANCE, HOME, TRADE, checked, owners


def test_without_a_choice_the_lead_units_own_the_task_and_the_page_says_so(admitted, store) -> None:
    plan = make(admitted, round="", agency="")
    added = post(admitted, f"{plan}/tasks/new", **{**TASK, "lead": "Sở Công Thương; Sở Nội vụ"})
    task = f"{plan}/tasks/{added.location.rpartition('-')[2]}"
    assert owners(store, task) == (TRADE, HOME)
    told = page(admitted, added.location.partition("#")[0]).text
    assert "lấy theo tên ghi ở ô “Đơn vị chủ trì”: Sở Công Thương; Sở Nội vụ" in told
    assert checked(admitted, f"{task}/edit") == [TRADE, HOME]
    # What was chosen stays whatever the lead units are, and nothing is said of them.
    changed = edit(admitted, task, lead="Sở Tài chính", owners=HOME)
    assert owners(store, task) == (HOME,)
    assert "lấy theo tên ghi" not in page(admitted, changed.location.partition("#")[0]).text
    # Nobody chosen: the lead units are asked again.
    more = edit(admitted, task, lead="Sở Tài chính")
    assert owners(store, task) == (FINANCE,)
    assert "named=" in more.location
    # Whoever goes on to another task is told too; lead units that name no agency own nothing.
    follow = post(admitted, f"{plan}/tasks/new", **{**TASK, "lead": "Sở Tài chính"}, more="1").location
    assert "“Đơn vị chủ trì”: Sở Tài chính" in page(admitted, follow).text
    assert owners(store, add(admitted, plan, lead="Văn phòng; các phòng chuyên môn")) == ()


@pytest.mark.parametrize("chosen", [["NOBODY"], [TRADE, "x' OR 1=1 --"], [f"N{number}" for number in range(5000)]])
def test_an_agency_there_is_none_of_is_refused_with_nothing_typed_lost(admitted, store, chosen) -> None:
    plan = make(admitted, round="")
    refused = post(admitted, f"{plan}/tasks/new", **TASK, owners=chosen)
    assert refused.status_code == 400
    assert "Lựa chọn này không có trong danh sách" in Page(refused).text
    assert Page(refused).values["lead"] == "Văn phòng"
    assert rows_of(store, plan_task_owner) == 0


def test_an_agency_chosen_five_thousand_times_is_one_owner(admitted, store) -> None:
    task = add(admitted, make(admitted, round=""), owners=[TRADE] * 5000)
    assert owners(store, task) == (TRADE,)


def test_an_agency_that_does_not_work_yet_or_any_more_is_not_offered(admitted, store) -> None:
    later = today_in_vietnam() + timedelta(days=9)
    add_agency(store, Agency("LATER", "Sở Du lịch", "", "Sở", valid_from=later), staff="mai")
    end_agency(store, TRADE)
    new = f"{make(admitted, round='')}/tasks/new"
    shown = admitted.get(new).text
    assert f'value="{HOME}"' in shown
    for code in ("LATER", TRADE):
        assert f'value="{code}"' not in shown
        assert post(admitted, new, **TASK, owners=code).status_code == 400


def test_boxes_stand_block_by_block_and_a_block_with_a_choice_is_open(admitted) -> None:
    plan = make(admitted, round="")
    shown = re.findall(r"<details( open)?>\s*<summary>([^<]+) <", admitted.get(f"{plan}/tasks/new").text)
    assert shown == [("", "Sở, ban, ngành"), ("", "UBND cấp xã")]
    task = add(admitted, plan, owners=OTHER)
    shown = re.findall(r"<details( open)?>\s*<summary>([^<]+) <", admitted.get(f"{task}/edit").text)
    assert shown == [("", "Sở, ban, ngành"), (" open", "UBND cấp xã")]


def test_two_people_choosing_owners_are_shown_both_choices(admitted, store) -> None:
    task = add(admitted, make(admitted, round=""), owners=TRADE)
    assert edit(admitted, task, owners=HOME).status_code == 303
    late = post(admitted, f"{task}/edit", **TASK, version="1", owners=FINANCE)
    assert late.status_code == 409
    assert ["Cơ quan báo cáo tiến độ", "Sở Nội vụ", "Sở Tài chính"] in Page(late).rows
    assert owners(store, task) == (HOME,)


def test_a_copied_plan_keeps_its_owners_or_names_their_successors(admitted, store) -> None:
    plan = make(admitted, round="", agency="")
    add(admitted, plan, owners=[TRADE, HOME], task="Một")
    add(admitted, plan, owners=CENTRE, task="Hai", lead="Sở Nội vụ")
    end_agency(store, TRADE, successor=FINANCE)
    end_agency(store, CENTRE)
    copied = post(admitted, f"{plan}/copy", **{**WORDS, "year": "2027", "round": ""})
    number = int(copied.location.partition("?")[0].rpartition("/")[2])
    tasks = {one.kept.task.task: one.kept.task.owners for one in find_sheet(store, number).tasks}
    # Nobody does the work of the centre, so the lead unit reports.
    assert tasks == {"Một": (HOME, FINANCE), "Hai": (HOME,)}
    assert owners(store, f"{plan}/tasks/1") == (TRADE, HOME)


def test_owners_go_with_their_task_and_their_plan(admitted, store) -> None:
    plan = make(admitted, round="")
    task = add(admitted, plan, owners=[TRADE, HOME])
    add(admitted, plan, owners=TRADE)
    assert post(admitted, f"{task}/remove", version="1").status_code == 303
    assert rows_of(store, plan_task_owner) == 1
    seen = page(admitted, f"{plan}/remove").values["seen"]
    assert post(admitted, f"{plan}/remove", seen=seen).status_code == 303
    assert rows_of(store, plan_task_owner) == 0


def test_a_changed_year_and_new_figures_leave_the_owners_alone(admitted, store) -> None:
    plan = make(admitted, round="", year="2024")
    task = add(admitted, plan, owners=TRADE, deadline="Quý II")
    assert post(admitted, f"{plan}/edit", **{**WORDS, "year": "2025"}, version="1").status_code == 303
    assert post(admitted, f"{plan}/findings").status_code == 303
    assert owners(store, task) == (TRADE,)


def test_an_owner_that_is_no_agency_is_refused_below_the_forms_too(admitted, store) -> None:
    make(admitted, round="")
    with pytest.raises(UnknownCodeError, match="NOBODY"):
        add_task(store, 1, PlanTask("", "", {}, "Việc", owners=("NOBODY",)), staff="mai")
    assert find_sheet(store, 1).tasks == ()


def move_schema(store, change, revision: str) -> None:
    with store.engine.connect() as connection:
        change(schema._config(connection), revision)
        connection.commit()


def test_tasks_of_before_have_no_owners_and_the_way_back_keeps_the_tasks(admitted, store) -> None:
    plan = make(admitted, round="")
    task = add(admitted, plan, owners=TRADE)
    move_schema(store, command.downgrade, "0004")
    with store.engine.connect() as connection:
        assert "plan_task_owner" not in inspect(connection).get_table_names()
        assert connection.scalar(text("SELECT task FROM plan_task")) == "Niêm yết thủ tục"
    move_schema(store, command.upgrade, "head")
    assert owners(store, task) == ()
    assert "Niêm yết thủ tục" in page(admitted, task).text
    assert edit(admitted, task, owners=TRADE).status_code == 303
    assert owners(store, task) == (TRADE,)
