"""Pages of improvement plans, as an administrator sees them."""

from survey.store.engine import Store
from tests.journeys.visits import AGENCY, Visitor

PLANS, NEW = "/staff/plans", "/staff/plans/new"
WORDS = {"title": "Kế hoạch nâng cao Chỉ số hài lòng năm 2025", "year": "2025", "document": "Kế hoạch số 12/KH-SCT"}
TASK = {"heading": "I. Tiếp cận dịch vụ", "part": "access", "task": "- Niêm yết thủ tục.\n- Bố trí ghế ngồi."}
TASK |= {"finding": "Trang thiết bị (trừ 0,3 điểm)", "lead": "Văn phòng Sở", "coordinating": "Các phòng thuộc Sở"}
TASK |= {"deadline": "Quý II/2025", "product": "100 % thủ tục được niêm yết"}


def visit(visitor: Visitor, _store: Store) -> None:
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
    visitor.post("task with faults", new, {**token, "task": "", "deadline": "sớm", "part": "Z9"}, status=400)
    added = visitor.client.post(new, data={**token, **TASK}).headers["Location"]
    visit_task(visitor, f"{plan}/tasks/{added.rpartition('-')[2]}", token)
    for name, path in (("plan", ""), ("annex", "/annex"), ("plan to edit", "/edit"), ("plan to copy", "/copy")):
        visitor.get(name, f"{plan}{path}")
    visitor.post("plan changed meanwhile", f"{plan}/edit", {**token, **WORDS, "version": "7"}, status=409)
    visitor.get("plan to remove", f"{plan}/remove")
    visitor.post("plan to remove, changed meanwhile", f"{plan}/remove", {**token, "seen": "other"}, status=409)
    visitor.get("plans", f"{PLANS}?agency={AGENCY}")
    visitor.get("plans not found", f"{PLANS}?q=khong-co")
    visitor.get("overdue tasks", f"{PLANS}/overdue")
    visitor.get("no such plan", f"{PLANS}/99999", status=404)


def visit_task(visitor: Visitor, task: str, token: dict[str, str]) -> None:
    """Visit a task before and after it is reported on."""
    visitor.get("task without reports", task)
    visitor.post("report with faults", task, {**token, "version": "1", "percent": "101", "note": ""}, status=400)
    report = {**token, "version": "1", "percent": "40", "note": "Đã rà soát 60 thủ tục", "evidence": "Báo cáo số 5"}
    visitor.client.post(task, data=report)
    visitor.post("report changed meanwhile", task, report, status=409)
    visitor.get("task", f"{task}?done=reported")
    visitor.client.post(task, data={**report, "version": "2", "percent": "100"})
    visitor.get("task that is done", f"{task}?done=finished")
    visitor.client.post(task, data={**report, "version": "3", "percent": "90"})
    visitor.get("task to edit", f"{task}/edit")
    visitor.post("task changed meanwhile", f"{task}/edit", {**token, **TASK, "version": "9"}, status=409)
    visitor.get("task to remove", f"{task}/remove")
    visitor.post("task to remove, changed meanwhile", f"{task}/remove", {**token, "version": "9"}, status=409)
