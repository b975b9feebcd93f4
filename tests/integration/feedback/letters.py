"""Messages as citizens send, follow and rate them on pages, and the desk that handles them."""

import re
import secrets
from datetime import date, timedelta

from sqlalchemy import select, update

from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.desk import FeedbackDesk
from survey.operations.feedback.receipts import CaseDesk, LetterKind, Message, follow_case, rate_answer, send_case
from survey.operations.feedback.working_days import load_working_days
from survey.operations.staff.rights import Scope
from survey.store.feedback.tables import feedback_case
from survey.store.subjects import ADDED

# One agency with another above it, and one without.
AGENCY, PARENT, OTHER = "TTPVHCC", "VPUBND", "SCT"
PARENT_NAME = "Văn phòng Ủy ban nhân dân tỉnh Lạng Sơn"
TEXT = "Quầy số 3 mở cửa muộn 40 phút."
HOME = "/staff/cases"
DAYS = load_working_days()
KEY = bytes(32)
LONG_AGO = date(2026, 3, 2)
DAY = timedelta(days=1)


def letter(client, agency=AGENCY):
    """Return what the form of an agency sends when somebody fills it in."""
    page = client.get(f"/feedback?agency={agency}").text
    token = re.search(r'name=token value="([^"]+)"', page)[1]
    return {"agency": agency, "kind": "complaint", "text": TEXT, "contact": "", "token": token}


def post(client, fields, path="/feedback"):
    """Send a form from a network of its own."""
    address = ".".join(str(part) for part in secrets.token_bytes(4))
    return client.post(path, data=fields, environ_base={"REMOTE_ADDR": address})


def receipt_on(page):
    """Return code and secret as the page shows them."""
    return re.findall(r"<p class=code>([^<]+)</p>", page)


def sent(client, **changed):
    """Send a message through the form and return code and secret."""
    answer = post(client, {**letter(client, changed.pop("agency", AGENCY)), **changed})
    assert answer.status_code == 201, answer.text
    code, secret = receipt_on(answer.text)
    return code, secret


def sent_yesterday(client, store, **changed):
    """Send a message through the form, as if it had been the day before, and return code and secret."""
    code, secret = sent(client, **changed)
    with store.writing(ADDED) as connection:
        mine = update(feedback_case).where(feedback_case.c.code == code)
        connection.execute(mine.values(received_on=today_in_vietnam() - DAY))
    return code, secret


def followed(client, code, secret):
    """Return the page of a case."""
    return post(client, {"code": code, "secret": secret}, "/feedback/follow")


def answer_mark_on(page):
    """Return what a page carries of the answer it shows."""
    found = re.search(r'name=answer value="([0-9a-f]*)"', page)
    return found[1] if found else ""


def rate(store, receipt, *, satisfied, today):
    """Rate the answer of a case as it stands."""
    found = follow_case(store, receipt.code, receipt.secret, today=today)
    return rate_answer(store, receipt, read=found.answer_mark, satisfied=satisfied, today=today)


def put_in(store, *, today, agency=AGENCY, text=TEXT):
    """Keep a case as if it had come on a day, and return its receipt."""
    desk = CaseDesk(store, KEY, DAYS, 15)
    message = Message(agency, LetterKind.COMPLAINT, text, "")
    return send_case(desk, message, key=secrets.token_bytes(16), today=today).receipt


def desk_of(store, *, today=None, agencies=None):
    """Return the desk of somebody who may touch some agencies, or all."""
    scope = Scope(None if agencies is None else frozenset(agencies))
    return FeedbackDesk(store, scope, "lan", today or today_in_vietnam(), DAYS)


def row_of(store, code):
    """Return the row of a case."""
    with store.reading() as connection:
        return connection.execute(select(feedback_case).where(feedback_case.c.code == code)).one()


def desk_post(client, path, **fields):
    """Send a form of the desk with the version its page shows."""
    page = client.get(path).text if "/assign" not in path and "/answer" not in path and "/note" not in path else ""
    page = page or client.get(path.rsplit("/", 1)[0]).text
    version = re.search(r'name="version"[^>]* value="(\d+)"', page)
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    seen = {"version": version[1]} if version else {}
    return client.post(path, data={"token": token, **seen, **fields})
