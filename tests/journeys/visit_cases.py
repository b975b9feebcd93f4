"""Every page about feedback, of citizens and of the desk."""

import re

from survey.store.engine import Store
from tests.journeys.visits import Visitor, days_later

AGENCY = "TTPVHCC"
TEXT = "Quầy số 3 mở cửa muộn 40 phút, nhiều người phải chờ ngoài nắng."
ANSWER = "Trung tâm đã nhắc nhở và bố trí người trực thay. Xin cảm ơn ông/bà."


def visit(visitor: Visitor, _store: Store) -> None:
    """Send a message, follow it, handle it to its publication, and look at every page on the way."""
    _visit_before(visitor)
    # What is sent today stands at the desk tomorrow.
    with days_later(-1):
        code, secret = _send(visitor)
    receipt = {"code": code, "secret": secret}
    visitor.post("feedback followed", "/feedback/follow", receipt, status=200)
    with days_later(60):
        visitor.post("feedback overdue", "/feedback/follow", receipt, status=200)
    _visit_desk(visitor, code)
    visitor.post("feedback answered", "/feedback/follow", receipt, status=200)
    unread = {**receipt, "satisfied": "yes", "answer": "0" * 16}
    visitor.post("feedback answered otherwise", "/feedback/rate", unread, status=409)
    page = visitor.client.post("/feedback/follow", data=receipt).text
    shown = re.findall(r'name=answer value="([0-9a-f]{16})"', page)[0]
    visitor.post("feedback rated", "/feedback/rate", {**unread, "answer": shown}, status=200)
    for language in ("vi", "en"):
        query = "?lang=en" if language == "en" else ""
        visitor.get(f"public feedback ({language})", f"/results/feedback{query}", language=language)
        visitor.get(
            f"public feedback of an agency ({language})", f"/results/feedback/{AGENCY}{query}", language=language
        )
    _visit_refused(visitor)


def _visit_before(visitor: Visitor) -> None:
    visitor.get("feedback", "/feedback")
    visitor.get("feedback, agencies found", "/feedback?q=so")
    visitor.get("feedback, no agency found", "/feedback?q=khong-co")
    visitor.get("feedback, unknown agency", "/feedback?agency=khong-co", status=404)
    visitor.get("feedback form", f"/feedback?agency={AGENCY}")
    visitor.get("feedback form (en)", f"/feedback?agency={AGENCY}&lang=en", language="en")
    visitor.get("follow feedback", "/feedback/follow")
    visitor.post("follow feedback, wrong", "/feedback/follow", {"code": "A", "secret": "B"}, status=404)
    visitor.get("public feedback, none yet", "/results/feedback")
    visitor.get("cases, none yet", "/staff/cases")


def _token(visitor: Visitor) -> str:
    page = visitor.client.get(f"/feedback?agency={AGENCY}").text
    return re.search(r'name=token value="([^"]+)"', page)[1]  # type: ignore[index]


def _send(visitor: Visitor) -> tuple[str, str]:
    token = _token(visitor)
    fields = {"agency": AGENCY, "kind": "complaint", "text": TEXT, "contact": "Tổ 5", "token": token}
    visitor.post("feedback form with faults", "/feedback", {**fields, "text": "", "kind": ""}, status=400)
    visitor.post("feedback sent", "/feedback", fields, status=201)
    code, secret = re.findall(r"<p class=code>([^<]+)</p>", visitor.visits[-1].body.decode())
    visitor.post("feedback sent before", "/feedback", {**fields, "text": "Một việc khác"}, status=409)
    visitor.get("follow this feedback", f"/feedback/{code}")
    return code, secret


def _visit_desk(visitor: Visitor, code: str) -> None:
    path = f"/staff/cases/{code}"
    token = {"token": visitor.token(path)}
    visitor.get("cases", "/staff/cases")
    visitor.get("cases, none found", "/staff/cases?q=khong-co")
    visitor.get("case figures", "/staff/cases/figures")
    visitor.get("case figures, none", "/staff/cases/figures?year=2021&quarter=1")
    visitor.get("case", path)
    for name in ("send-on", "refuse"):
        visitor.get(f"case to {name}", f"{path}/{name}")
        fields = {**token, "version": "1", "reason": "", "agency": ""}
        visitor.post(f"case to {name}, with faults", f"{path}/{name}", fields, status=400)
    visitor.post("case with faults", f"{path}/answer", {**token, "version": "1", "answer": ""}, status=400)
    visitor.client.post(f"{path}/answer", data={**token, "version": "1", "answer": ANSWER})
    late = {**token, "version": "1", "answer": "Câu trả lời của người thứ hai"}
    visitor.post("case answered meanwhile", f"{path}/answer", late, status=409)
    visitor.get("case answered", f"{path}?done=answered")
    visitor.get("case to publish", f"{path}/publish")
    unread = {**token, "version": "2", "text": TEXT, "answer": ANSWER}
    visitor.post("case to publish, not read", f"{path}/publish", unread, status=400)
    visitor.client.post(f"{path}/publish", data={**unread, "read": "y"})
    visitor.get("case published", f"{path}?done=published")
    visitor.get("case to withdraw", f"{path}/withdraw")
    visitor.get("cases published", "/staff/cases?state=published")


def _visit_refused(visitor: Visitor) -> None:
    with days_later(-1):
        fields = {"agency": AGENCY, "kind": "suggestion", "text": "Xin mở thêm ghế chờ.", "token": _token(visitor)}
        page = visitor.client.post("/feedback", data=fields).text
    code, secret = re.findall(r"<p class=code>([^<]+)</p>", page)
    token, reason = visitor.token(f"/staff/cases/{code}"), "Việc của cơ quan khác."
    data = {"token": token, "version": "1", "reason": reason}
    visitor.client.post(f"/staff/cases/{code}/refuse", data=data)
    visitor.get("case refused", f"/staff/cases/{code}")
    visitor.post("feedback refused", "/feedback/follow", {"code": code, "secret": secret}, status=200)
