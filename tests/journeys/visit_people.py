"""The pages of accounts, of the own account, of the trail, and of the door for whoever comes back."""

import re

from survey.operations.staff.accounts import add_staff, digest_of
from survey.operations.staff.rights import Role
from survey.store.engine import Store
from survey.store.staff.tables import staff_session
from survey.store.subjects import ADDED
from tests.journeys.visits import PASSWORD, Visitor
from tests.sign_in import admit, give_code, set_up_second_factor

LIST, NEW, DOOR = "/staff/people", "/staff/people/new", "/staff/second-factor"


def visit(visitor: Visitor, store: Store) -> None:
    """Visit everything an administrator does with accounts, then come back after the session was over."""
    visit_people(visitor, store)
    visit_trail(visitor)
    visit_own_account(visitor, store)
    visit_door(visitor, store)


def visit_people(visitor: Visitor, store: Store) -> None:
    """Visit the list, a new account, one account and what is asked before something is done to it."""
    visitor.get("people, form", NEW)
    token = {"token": visitor.token(NEW)}
    wrong = {**token, "username": "Mai Lan", "role": "clerk"}
    visitor.post("people, form with faults", NEW, wrong, status=400)
    visitor.post("people, password", NEW, {**token, "username": "thu", "role": "auditor", "agency": ""}, status=200)
    add_staff(store, "tran.thi.huong.giang", role=Role.MANAGER, agency_code="TTPVHCC")
    visitor.get("people", LIST)
    visitor.get("people, none found", f"{LIST}?q=zzz")
    number = re.findall(rf'href="{LIST}/(\d+)">thu<', visitor.client.get(LIST).text)[0]
    page = f"{LIST}/{number}"
    visitor.get("person", page)
    visitor.get("person after a deed", f"{page}?done=rights")
    for name in ("password", "sessions", "second-factor", "disable", "enable"):
        visitor.get(f"person, {name}", f"{page}/{name}")
    stale = {**token, "role": "clerk", "agency": "SNV", "version": "0"}
    visitor.post("person, changed meanwhile", page, stale, status=409)
    visitor.post("person, with faults", page, {**stale, "agency": ""}, status=400)


def visit_trail(visitor: Visitor) -> None:
    """Visit the trail, full and empty."""
    visitor.get("trail", "/staff/audit")
    visitor.get("trail, none found", "/staff/audit?staff=nobody")
    visitor.get("trail, with faults", "/staff/audit?from=x", status=400)


def visit_own_account(visitor: Visitor, store: Store) -> None:
    """Visit the own account of the administrator and of a clerk, and what a clerk may not see."""
    visitor.get("own account", "/staff/account")
    clerk = Visitor(visitor.client.application)
    admit(clerk.client, store, "minh", Role.CLERK, "SNV")
    clerk.get("own account of a clerk", "/staff/account")
    clerk.get("no right", LIST, status=403)
    visitor.visits.extend(clerk.visits)


def visit_door(visitor: Visitor, store: Store) -> None:
    """Visit the way back in with a form that was typed before: password, code, going on."""
    other = Visitor(visitor.client.application)
    admit(other.client, store, "binh", Role.AUDITOR)
    set_up_second_factor(other.client)
    typed = {"kept-path": NEW, "kept.username": "mai", "kept-file.file": "agencies.csv"}
    with store.writing(ADDED) as connection:
        whose = staff_session.c.digest == digest_of_cookie(other)
        connection.execute(staff_session.delete().where(whose))
    other.post("sign-in, session over", "/staff/account/sessions", {"token": "x", "q": "y"}, status=403)
    again = {"username": "binh", "password": PASSWORD, **typed}
    other.post("second factor", "/staff/sign-in", again, status=200)
    other.keep("second factor, wrong", give_code(other.client, "000000"), address=DOOR, status=403)
    visitor.post("going on", "/staff/account/sessions", {"token": "another session's", "q": "y"}, status=403)
    visitor.visits.extend(other.visits)


def digest_of_cookie(visitor: Visitor) -> str:
    """Return the digest of the session a visitor is in."""
    return digest_of(visitor.client.get_cookie("hai_long").value)
