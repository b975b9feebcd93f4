"""Pages of improvement plans, as an administrator sees them."""

from survey.operations.staff.rights import Role
from survey.store.engine import Store
from tests.journeys.visits import AGENCY, Visitor
from tests.sign_in import admit

PLANS, NEW = "/staff/plans", "/staff/plans/new"
WORDS = {"title": "Kế hoạch nâng cao Chỉ số hài lòng năm 2025", "year": "2025", "document": "Kế hoạch số 12/KH-SCT"}
TASK = {"heading": "I. Tiếp cận dịch vụ", "part": "access", "task": "- Niêm yết thủ tục.\n- Bố trí ghế ngồi."}
TASK |= {
    "finding": "Trang thiết bị (trừ 0,3 điểm)",
    "lead": "Sở Công Thương; Sở Nội vụ",
    "coordinating": "Các phòng thuộc Sở",
}
TASK |= {"deadline": "Quý II/2025", "product": "100% thủ tục được niêm yết"}


def visit(visitor: Visitor, store: Store) -> None:
    """Visit the plans, one of them with its tasks, annex and forms, and what is late."""
    visitor.get("no plans", PLANS)
    visitor.get("new plan", NEW)
    token = {"token": visitor.token(NEW)}
    visitor.post("plan with faults", NEW, {**token, "title": "", "year": "1", "places": "x"}, status=400)
    made = {**WORDS, "agency": AGENCY, "round": visitor.published_round(), "places": "5"}
    plan = visitor.client.post(NEW, data={**token, **made}).headers["Location"].partition("?")[0]
    visitor.get("plan without tasks", plan)
    new = f"{plan}/tasks/new"
    visitor.get("new task", new)
    faults = {"task": "", "deadline": "sớm", "part": "Z9", "owners": "?"}
    visitor.post("task with faults", new, {**token, **faults}, status=400)
    task = visit_added(visitor, plan, token)
    visit_task(visitor, task, token)
    for name, path in (("plan", ""), ("annex", "/annex"), ("plan to edit", "/edit"), ("plan to copy", "/copy")):
        visitor.get(name, f"{plan}{path}")
    visitor.post("plan changed meanwhile", f"{plan}/edit", {**token, **WORDS, "version": "7"}, status=409)
    visitor.get("plan to remove", f"{plan}/remove")
    visitor.post("plan to remove, changed meanwhile", f"{plan}/remove", {**token, "seen": "other"}, status=409)
    visitor.get("plans", f"{PLANS}?agency={AGENCY}")
    visitor.get("plans not found", f"{PLANS}?q=khong-co")
    visit_given(visitor, store, token)
    visitor.get("overdue tasks", f"{PLANS}/overdue")
    visitor.get("no such plan", f"{PLANS}/99999", status=404)


def visit_added(visitor: Visitor, plan: str, token: dict[str, str]) -> str:
    """Visit a plan that gets two tasks owned by their lead units, and return the address of the first one."""
    new = f"{plan}/tasks/new"
    # The same task twice, each from a page opened anew: the same page sent twice would add one.
    tasks = ({"token": visitor.token(new), **TASK} for _ in range(2))
    added = [visitor.client.post(new, data=task).headers["Location"] for task in tasks]
    first, second = (one.rpartition("-")[2] for one in added)
    visitor.get("plan with owners of a task", added[0].partition("#")[0])
    step = {**token, "version": "9", "past": first}
    visitor.post("plan in another order meanwhile", f"{plan}/tasks/{second}/up", step, status=409)
    return f"{plan}/tasks/{first}"


def visit_given(visitor: Visitor, store: Store, token: dict[str, str]) -> None:
    """Visit a task of a plan of all agencies as an owner sees it, and the list it stands in."""
    made = visitor.client.post(NEW, data={**token, **WORDS, "agency": "", "round": ""}).headers["Location"]
    plan = made.partition("?")[0]
    added = visitor.client.post(f"{plan}/tasks/new", data={**token, **TASK, "part": ""}).headers["Location"]
    owner = visitor.client.application.test_client()
    admit(owner, store, "mot.cua", Role.CLERK, AGENCY)
    for name, path in (("task given", f"{plan}/tasks/{added.rpartition('-')[2]}"), ("plans and tasks given", PLANS)):
        visitor.keep(name, owner.get(path), address=path)
    visitor.get("plans and tasks given to an agency", f"{PLANS}?agency={AGENCY}")


def visit_task(visitor: Visitor, task: str, token: dict[str, str]) -> None:
    """Visit a task before and after it is reported on."""
    visitor.get("task without reports", task)
    visitor.post("report with faults", task, {**token, "version": "1", "percent": "101", "note": ""}, status=400)
    report = {**token, "version": "1", "percent": "40", "note": "Đã rà soát 60 thủ tục", "evidence": "Báo cáo số 5"}
    visitor.client.post(task, data=report)
    visitor.post("report changed meanwhile", task, {**report, "token": visitor.token(task)}, status=409)
    visitor.get("task", f"{task}?done=reported")
    visitor.client.post(task, data={**report, "version": "2", "percent": "100"})
    visitor.get("task that is done", f"{task}?done=finished")
    visitor.client.post(task, data={**report, "version": "3", "percent": "90"})
    visitor.get("task to edit", f"{task}/edit")
    visitor.post("task changed meanwhile", f"{task}/edit", {**token, **TASK, "version": "9"}, status=409)
    visitor.get("task to remove", f"{task}/remove")
    visitor.post("task to remove, changed meanwhile", f"{task}/remove", {**token, "version": "9"}, status=409)
