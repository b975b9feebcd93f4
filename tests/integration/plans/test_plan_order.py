"""Tasks of a plan are put in another order inside their headings, one step at a time, and nobody's step is undone."""

import re

import pytest
from sqlalchemy import select

from survey.operations.plans.plans import annex_of
from survey.operations.staff.rights import Role
from survey.store.plans.plans import swap_tasks
from survey.store.plans.tables import plan_task
from tests.integration.plans.desk import PLANS, WARD, Page, add, edit, make, meanwhile, page, post
from tests.sign_in import admit, token_of
from tests.trail import told_of

ONE, TWO = {"heading": "I. Một"}, {"heading": "II. Hai"}


@pytest.fixture
def plan(admitted):
    """Return a plan with a, b and c under one heading and x under another, added in the order a, x, b, c."""
    made = make(admitted, round="")
    for task, heading in (("a", ONE), ("x", TWO), ("b", ONE), ("c", ONE)):
        add(admitted, made, task=task, **heading)
    return made


def order(store, plan: str) -> str:
    """Return the tasks of the annex in their order."""
    return "".join(row.task for row in annex_of(store, int(plan.rpartition("/")[2])))


def buttons(client, plan: str) -> dict[tuple[str, str], dict[str, str]]:
    """Return what each button of the page sends, by the task and the way of it."""
    form = r'<form method="post" action="{plan}/tasks/\d+/(up|down)">(.*?)</form>'
    found = re.findall(form.replace("{plan}", plan), client.get(plan).text, flags=re.DOTALL)
    told = {way: re.search(r'aria-label="Chuyển (?:lên|xuống): ([^"]+)"', body) for way, body in found}
    assert all(told.values())
    return {
        (re.search(r': ([^"]+)">', body)[1], way): dict(re.findall(r'name="(\w+)" value="([^"]*)"', body))
        for way, body in found
    }


def number_of(store, task: str) -> int:
    with store.reading() as connection:
        return connection.scalar(select(plan_task.c.id).where(plan_task.c.task == task))


def move(client, store, plan: str, task: str, way: str, **fields: str):
    """Press a button of the page."""
    sent = {**buttons(client, plan)[task, way], **fields}
    return client.post(f"{plan}/tasks/{number_of(store, task)}/{way}", data=sent)


def test_a_task_moves_inside_its_heading_and_the_annex_follows(admitted, store, plan) -> None:
    assert order(store, plan) == "abcx"
    moved = move(admitted, store, plan, "c", "up")
    assert moved.status_code == 303
    assert moved.location.endswith(f"#task-{number_of(store, 'c')}")
    assert order(store, plan) == "acbx"
    assert move(admitted, store, plan, "a", "down").status_code == 303
    assert order(store, plan) == "cabx"
    printed = [row[2] for row in page(admitted, f"{plan}/annex").rows[1:] if len(row) > 1]
    assert printed == ["c", "a", "b", "x"]
    table = admitted.get(f"{plan}/annex.csv").data.decode("utf-8-sig")
    assert [line.split(",")[3] for line in table.splitlines()[1:]] == ["c", "a", "b", "x"]
    a, c = number_of(store, "a"), number_of(store, "c")
    moved = [one for one in told_of(store, "plan_changed") if "chuyển" in one]
    told = "kế hoạch số 1; nhiệm vụ số: {task}; thao tác đã làm: chuyển {way}"
    assert moved == [told.format(task=c, way="lên"), told.format(task=a, way="xuống")]


def test_a_task_has_a_button_only_where_there_is_a_place_to_go(admitted, plan) -> None:
    assert set(buttons(admitted, plan)) == {("a", "down"), ("b", "up"), ("b", "down"), ("c", "up")}


def test_two_people_moving_the_same_task_move_it_once(admitted, store, plan) -> None:
    seen = buttons(admitted, plan)["c", "up"]
    path = f"{plan}/tasks/{number_of(store, 'c')}/up"
    assert admitted.post(path, data=seen).status_code == 303
    late = admitted.post(path, data={**seen, "token": token_of(admitted, plan)})
    assert late.status_code == 409
    assert "người khác vừa thay đổi nội dung này" in Page(late).text
    assert order(store, plan) == "acbx"


def test_a_step_past_a_task_that_has_moved_away_is_refused(admitted, store, plan) -> None:
    seen = buttons(admitted, plan)
    move(admitted, store, plan, "c", "up")
    # Whoever wanted b above a would now put it above c.
    late = admitted.post(f"{plan}/tasks/{number_of(store, 'b')}/up", data=seen["b", "up"])
    assert (late.status_code, order(store, plan)) == (409, "acbx")


def test_a_step_of_a_task_that_was_changed_meanwhile_is_refused(admitted, store, plan) -> None:
    seen = buttons(admitted, plan)["b", "up"]
    edit(admitted, f"{plan}/tasks/{number_of(store, 'b')}", product="Sản phẩm khác")
    late = admitted.post(f"{plan}/tasks/{number_of(store, 'b')}/up", data=seen)
    assert (late.status_code, order(store, plan)) == (409, "abcx")
    # Whoever saves a task is not in the way of whoever has moved it.
    before = page(admitted, f"{plan}/tasks/{number_of(store, 'a')}/edit").values
    move(admitted, store, plan, "a", "down")
    kept = ("version", "heading", "task", "lead", "coordinating", "deadline", "product", "finding", "part")
    fields = {name: before.get(name, "") for name in kept}
    assert post(admitted, f"{plan}/tasks/{number_of(store, 'a')}/edit", **fields).status_code == 303


def test_two_moves_at_the_same_moment_come_one_after_the_other(admitted, store, plan) -> None:
    seen = buttons(admitted, plan)
    b, c = number_of(store, "b"), number_of(store, "c")
    with meanwhile(store) as (connection, send, answers):
        lock = select(plan_task.c.id).where(plan_task.c.id.in_((b, c))).with_for_update()
        connection.execute(lock)
        swap_tasks(connection, c, b)
        send(admitted.post, f"{plan}/tasks/{b}/down", data=seen["b", "down"])
    # The other one waits for the rows and then finds c elsewhere.
    assert [one.status_code for one in answers] == [409]
    assert order(store, plan) == "acbx"
    with store.reading() as connection:
        places = list(connection.scalars(select(plan_task.c.position).order_by(plan_task.c.position)))
    assert places == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"token": ""}, 403),
        ({"token": "x"}, 403),
        ({"version": "9"}, 409),
        ({"version": "x"}, 400),
        ({"past": ""}, 400),
        ({"past": "0"}, 400),
        ({"past": "999"}, 409),
        ({"past": "9" * 30}, 400),
    ],
)
def test_a_step_nobody_offered_is_refused(admitted, store, plan, fields, status) -> None:
    assert move(admitted, store, plan, "b", "up", **fields).status_code == status
    assert order(store, plan) == "abcx"


def test_a_task_does_not_leave_its_heading_or_its_plan(admitted, store, plan) -> None:
    sent = {"token": token_of(admitted, PLANS), "version": "1"}
    x, a, c = (number_of(store, one) for one in "xac")
    assert admitted.post(f"{plan}/tasks/{c}/down", data={**sent, "past": str(x)}).status_code == 409
    assert admitted.post(f"{plan}/tasks/{a}/up", data={**sent, "past": str(c)}).status_code == 409
    other = make(admitted, round="")
    assert admitted.post(f"{other}/tasks/{a}/down", data={**sent, "past": str(c)}).status_code == 404
    assert admitted.post(f"{plan}/tasks/999/down", data={**sent, "past": str(c)}).status_code == 404
    assert admitted.post(f"{plan}/tasks/{a}/sideways", data={**sent, "past": str(c)}).status_code == 404
    assert order(store, plan) == "abcx"


def test_only_whoever_manages_the_plan_puts_it_in_order(app, admitted, store, plan) -> None:
    clerk, manager = app.test_client(), app.test_client()
    admit(clerk, store, username="hoa", role=Role.CLERK, agency=WARD)
    admit(manager, store, username="mai", role=Role.MANAGER, agency=WARD)
    assert buttons(clerk, plan) == {}
    seen = buttons(manager, plan)["b", "up"]
    path = f"{plan}/tasks/{number_of(store, 'b')}/up"
    assert clerk.post(path, data={**seen, "token": token_of(clerk, PLANS)}).status_code == 403
    assert manager.post(path, data=seen).status_code == 303
    assert order(store, plan) == "bacx"
