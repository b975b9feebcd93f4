"""Acts on what people write and what is done about it: cases, receipts and comments; plans and their tasks."""

from dataclasses import replace
from functools import partial

from sqlalchemy import select

from survey.operations.feedback import desk
from survey.operations.feedback.desk import FeedbackDesk
from survey.operations.feedback.receipts import follow_case, forget_contacts, rate_answer, receipt_of
from survey.operations.feedback.reminders import remind
from survey.operations.feedback.screening import decide
from survey.operations.plans import plans
from survey.operations.plans.findings import Fallen
from survey.operations.plans.order import Way, move_task
from survey.store.engine import Store
from survey.store.feedback.tables import feedback_case
from survey.store.plans.plans import Plan
from survey.store.plans.progress import TaskProgress
from tests.together.scenes import (
    BY,
    CASE_KEYS,
    DAY,
    DAYS,
    OLD,
    TODAY,
    A,
    B,
    C,
    task,
)
from tests.together.staff_acts import account_of
from tests.together.tries import EVERYTHING, Thunk, tries

# Feedback.


def _desk(store: Store) -> FeedbackDesk:
    return FeedbackDesk(store, EVERYTHING, BY, TODAY, DAYS)


def _case(store: Store) -> str:
    with store.reading() as connection:
        code: str = connection.scalar(select(feedback_case.c.code).order_by(feedback_case.c.code).limit(1))
    return code


@tries("feedback.desk.assign")
def assign_a_case(store: Store) -> Thunk:
    return partial(desk.assign, _desk(store), _case(store), account_of(store, "ma").id, seen=1)


@tries("feedback.desk.note")
def note_on_a_case(store: Store) -> Thunk:
    return partial(desk.note, _desk(store), _case(store), "đã gọi điện")


@tries("feedback.desk.answer")
def answer_a_case(store: Store) -> Thunk:
    return partial(desk.answer, _desk(store), _case(store), "Đã khắc phục.", seen=1)


@tries("feedback.desk.send_on")
def send_a_case_on(store: Store) -> Thunk:
    return partial(desk.send_on, _desk(store), _case(store), C, "không đúng thẩm quyền", seen=1)


@tries("feedback.desk.refuse")
def refuse_a_case(store: Store) -> Thunk:
    return partial(desk.refuse, _desk(store), _case(store), "không thuộc thẩm quyền", seen=1)


@tries("feedback.desk.publish")
def publish_a_case(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.is_open:
        answer_a_case(store)()
    return partial(desk.publish, _desk(store), _case(store), "Chờ lâu", "Đã khắc phục.", seen=2)


@tries("feedback.desk.withdraw")
def withdraw_a_case(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.published_on is None:
        publish_a_case(store)()
    return partial(desk.withdraw, _desk(store), _case(store), seen=3)


@tries("feedback.reminders.remind")
def remind_of_cases(store: Store) -> Thunk:
    return partial(remind, store, DAYS, today=TODAY, days=3)


@tries("feedback.screening.decide")
def screen_comments(store: Store) -> Thunk:
    shown = {bytes([9, 1] * 8): "Lời một"}
    return partial(decide, store, OLD, shown, seen={}, today=TODAY, by=BY)


@tries("feedback.receipts._forget_contacts", "feedback.receipts.forget_contacts")
def forget_all_contacts(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.is_open:
        answer_a_case(store)()
    return partial(forget_contacts, store, today=TODAY + 100 * DAY, days=90)


@tries("feedback.receipts.rate_answer")
def rate_an_answer(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.is_open:
        answer_a_case(store)()
    receipt = next(one for one in map(receipt_of, CASE_KEYS) if one.code == _case(store))
    found = follow_case(store, receipt.code, receipt.secret, today=TODAY)
    assert found
    return partial(rate_answer, store, receipt, read=found.answer_mark, satisfied=True, today=TODAY)


@tries("feedback.desk.answer")
def correct_an_answer(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.is_open:
        answer_a_case(store)()
    return partial(desk.answer, _desk(store), _case(store), "Đã sửa câu trả lời.", seen=2)


# Plans.


@tries("plans.plans.make_plan")
def make_a_plan(store: Store) -> Thunk:
    return partial(plans.make_plan, store, Plan(B, None, 2026, "Kế hoạch B"), Fallen(), today=TODAY, staff=BY)


@tries("plans.plans.copy_plan")
def copy_a_plan(store: Store) -> Thunk:
    new = Plan(A, None, 2027, "Kế hoạch 2027")
    return partial(plans.copy_plan, store, 1, new, Fallen(), today=TODAY, staff=BY)


@tries("plans.plans.change_plan")
def change_a_plan(store: Store) -> Thunk:
    return partial(plans.change_plan, store, 1, Plan(A, None, 2026, "Tên khác"), seen=1, staff=BY)


@tries("plans.plans.remove_plan")
def remove_a_plan(store: Store) -> Thunk:
    return partial(plans.remove_plan, store, 1, seen=plans.find_sheet(store, 1).digest, staff=BY)


@tries("plans.plans.take_findings")
def take_findings(store: Store) -> Thunk:
    return partial(plans.take_findings, store, 1, Fallen(), staff=BY)


@tries("plans.plans.add_task")
def add_a_task(store: Store) -> Thunk:
    return partial(plans.add_task, store, 1, replace(task("mới"), owners=(B,)), staff=BY)


@tries("plans.plans.change_task")
def change_a_task(store: Store) -> Thunk:
    return partial(plans.change_task, store, 1, 2, task("sửa"), seen=1, staff=BY)


@tries("plans.plans.remove_task")
def remove_a_task(store: Store) -> Thunk:
    return partial(plans.remove_task, store, 1, 2, seen=1, staff=BY)


@tries("plans.plans.report_progress")
def report_progress(store: Store) -> Thunk:
    kept = next(one.kept for one in plans.find_sheet(store, 1).tasks if one.kept.id == 2)
    return partial(plans.report_progress, store, 1, kept, TaskProgress(TODAY, BY, 100, "xong", ""), seen=1)


@tries("plans.order.move_task")
def move_a_task(store: Store) -> Thunk:
    return partial(move_task, store, 1, 2, Way.UP, seen=1, past=1, staff=BY)
