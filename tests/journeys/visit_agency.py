"""The page of an agency for everybody, and the points of the administrative reform index."""

from datetime import timedelta

from sqlalchemy import insert, select

from survey.operations.clock import today_in_vietnam
from survey.store.engine import Store
from survey.store.feedback.tables import feedback_case
from survey.store.subjects import ADDED
from survey.store.tables import agency
from tests.journeys.visits import AGENCY, GONE_AGENCY, Visitor


def visit(visitor: Visitor, store: Store) -> None:
    """Visit them all, signed in."""
    visit_points(visitor)
    visitor.get("agency for everybody, nothing said yet", f"/a/{AGENCY}")
    _answer_somebody(store)
    for language, query in (("vi", ""), ("en", "?lang=en")):
        visitor.get(f"agency for everybody ({language})", f"/a/{AGENCY}{query}", language=language)
        visitor.get(f"merged agency for everybody ({language})", f"/a/{GONE_AGENCY}{query}", language=language)
        visitor.get(f"agency nobody knows ({language})", f"/a/nobody{query}", status=404, language=language)


def visit_points(visitor: Visitor) -> None:
    """Visit the points in both languages, and with some that cannot be."""
    page = f"/staff/analysis/{visitor.published_round()}/par"
    for language, query in (("vi", ""), ("en", "?lang=en")):
        visitor.get(f"reform points ({language})", f"{page}{query}", language=language)
    typed = "p.direction=6,58&p.institutions=10,11&p.finance=99"
    visitor.get("reform points, with faults", f"{page}?agency={AGENCY}&{typed}")


def _answer_somebody(store: Store) -> None:
    """Store a case that was answered and published."""
    today = today_in_vietnam()
    with store.writing(ADDED) as connection:
        number = connection.scalar(select(agency.c.id).where(agency.c.code == AGENCY))
        text, answer = "Sáng thứ hai chỉ có một quầy làm việc.", "Nay sáng thứ hai có hai quầy cùng làm việc."
        came, due = today - timedelta(days=1), today + timedelta(days=20)
        days = {"received_on": came, "due_on": due, "answered_on": today, "published_on": today}
        about = {"agency_id": number, "kind": "suggestion", "state": "answered", "satisfied": True, **days}
        words = {"text": text, "public_text": text, "answer": answer, "public_answer": answer}
        connection.execute(insert(feedback_case).values(code="VISITAGENCY", secret_digest="0" * 64, **about, **words))
