"""The desk of an agency: a case is assigned, noted on, answered, sent on, refused; published once somebody read it.

An act raises UnknownCodeError for a case that is not this desk's, ChangedMeanwhileError when somebody else changed it
after it was shown, and CaseError (in Vietnamese) for what its state does not allow. Each is written down twice: for
the desk with its words, in the audit trail without them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from survey.errors import CaseError, UnknownCodeError
from survey.fieldwork import Agency
from survey.operations.feedback.working_days import WorkingDays
from survey.operations.registry.acting import CaseAgencies, read_agencies
from survey.operations.staff.rights import Scope
from survey.store.changing import require_unchanged
from survey.store.engine import Store
from survey.store.feedback import cases
from survey.store.feedback.cases import ANSWERED, ASSIGNED, RECEIVED, REFUSED, Case, CaseEvent, CaseHead
from survey.store.refusals import tried_again
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import ACCOUNTS, CASES, REGISTRY
from survey.wording import mark

EVENT_WORDS = {
    "assigned": mark("Phân công"),
    "noted": mark("Ghi chú"),
    "answered": mark("Trả lời"),
    "amended": mark("Sửa trả lời"),
    "sent-on": mark("Chuyển cơ quan khác"),
    "refused": mark("Không thuộc thẩm quyền"),
    "published": mark("Đăng công khai"),
    "withdrawn": mark("Gỡ khỏi trang công khai"),
    "escalated": mark("Báo cơ quan cấp trên vì quá hạn"),
}
CLOSED = mark("Phản ánh này đã được trả lời hoặc đã kết thúc xử lý, nên không thực hiện được thao tác đó nữa.")
# The history of a case is kept in Vietnamese, as its other words are.
BEFORE = mark("Trả lời trước khi sửa: {answer}")
NOT_ANSWERED = mark("Chỉ đăng được phản ánh đã trả lời.")


@dataclass(frozen=True, slots=True)
class FeedbackDesk:
    """Who works at the desk, for which agencies, on which day."""

    store: Store
    scope: Scope
    staff: str
    today: date
    working_days: WorkingDays

    def sees(self, case: CaseHead, agencies: CaseAgencies) -> bool:
        """Tell whether a case is this desk's: its agency is, or it is overdue and the agency above is.

        A case shows on the day after it came: whoever watches the desk must not learn when it was sent.
        """
        if case.received_on >= self.today:
            return False
        agency = agencies.answering(case)
        above = agencies.parent_of(agency) if case.escalated_on else None
        return self.scope.holds(agency.code) or (above is not None and self.scope.holds(above.code))


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the list: its agency, and how many working days are left of an open one."""

    case: CaseHead
    agency: Agency
    days_left: int | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is known of a case, who may take it on (row number → name), and what was done to it."""

    line: CaseLine
    case: Case
    parent: Agency | None
    colleagues: Mapping[int, str]
    events: tuple[CaseEvent, ...]


def list_cases(desk: FeedbackDesk, states: Collection[str]) -> list[CaseLine]:
    """Return the cases of the desk in some states: open ones first, by their last day; then those closed last."""
    with desk.store.reading() as connection:
        agencies = read_agencies(connection, desk.today)
        heads = [head for head in cases.list_heads(connection, states) if desk.sees(head, agencies)]
    # Thousands of cases have a few hundred last days between them.
    left = {day: desk.working_days.until(desk.today, day) for day in {head.due_on for head in heads if head.is_open}}
    return sorted((_line(desk, head, agencies, left) for head in heads), key=_order)


def _order(line: CaseLine) -> tuple[bool, int, str]:
    case = line.case
    return not case.is_open, case.due_on.toordinal() if case.is_open else -_closed_on(case).toordinal(), case.code


def _closed_on(case: CaseHead) -> date:
    return case.answered_on or case.received_on


def _line(desk: FeedbackDesk, case: CaseHead, agencies: CaseAgencies, left: Mapping[date, int]) -> CaseLine:
    days = left.get(case.due_on) if case.is_open else None
    return CaseLine(case, agencies.answering(case), days, case.is_overdue_on(desk.today))


def find_case(desk: FeedbackDesk, code: str) -> CaseFile:
    """Return all about a case."""
    with desk.store.reading() as connection:
        case, agencies = _find(connection, desk, code)
        left = {case.due_on: desk.working_days.until(desk.today, case.due_on)}
        line = _line(desk, case, agencies, left)
        colleagues = _colleagues(connection, line.agency, agencies)
        events = cases.list_events(connection, code)
    return CaseFile(line, case, agencies.parent_of(line.agency), colleagues, events)


def offered_agencies(store: Store, today: date) -> tuple[Agency, ...]:
    """Return the agencies a case can be sent to: all that work today."""
    with store.reading() as connection:
        return read_agencies(connection, today).offered()


@tried_again
def assign(desk: FeedbackDesk, code: str, to: int, *, seen: int) -> None:
    """Give an open case to somebody of its agency, or to a manager above it."""
    with desk.store.writing(REGISTRY.read(), ACCOUNTS.read(), CASES.of(code)) as connection:
        case, agencies = _find_open(connection, desk, code, seen)
        name = _colleagues(connection, agencies.answering(case), agencies).get(to)
        if name is None:
            raise CaseError(mark("Hãy chọn một người trong danh sách."))
        _keep(connection, desk, case, "assigned", name, state=ASSIGNED, assigned_to=to)


@tried_again
def note(desk: FeedbackDesk, code: str, text: str) -> None:
    """Write something down for the desk; the citizen never sees it."""
    with desk.store.writing(REGISTRY.read(), CASES.of(code)) as connection:
        found, _ = _find(connection, desk, code)
        _tell(connection, desk, found.code, "noted", text)


@tried_again
def answer(desk: FeedbackDesk, code: str, text: str, *, seen: int) -> None:
    """Answer a case, or correct an answer that is neither rated nor published yet; its day stays the first one's."""
    with desk.store.writing(REGISTRY.read(), CASES.of(code)) as connection:
        case, agencies = _find_seen(connection, desk, code, seen)
        if case.is_open:
            values = {"state": ANSWERED, "answered_on": desk.today, **_acting(case, agencies)}
            _keep(connection, desk, case, "answered", "", answer=text, **values)
        elif may_amend(case):
            _keep(connection, desk, case, "amended", BEFORE.format(answer=case.answer), answer=text)
        else:
            raise CaseError(CLOSED)


def may_amend(case: Case) -> bool:
    """Tell whether an answer can still be corrected: once the citizen or the public judged it, it stands."""
    return case.state == ANSWERED and case.satisfied is None and case.published_on is None


@tried_again
def send_on(desk: FeedbackDesk, code: str, agency_code: str, reason: str, *, seen: int) -> None:
    """Send an open case to another agency; the days the citizen was promised go on."""
    with desk.store.writing(REGISTRY.read(), CASES.of(code)) as connection:
        case, agencies = _find_open(connection, desk, code, seen)
        here = agencies.answering(case)
        there = next((agency for agency in agencies.offered() if agency.code == agency_code), None)
        if there is None or there.code == here.code:
            raise CaseError(mark("Hãy chọn một cơ quan khác đang hoạt động."))
        values = {"agency_id": agencies.ids[there.code], "assigned_to": None, "escalated_on": None}
        detail = f"{here.name} → {there.name}: {reason}"
        _keep(connection, desk, case, "sent-on", detail, state=RECEIVED, **values)


@tried_again
def refuse(desk: FeedbackDesk, code: str, reason: str, *, seen: int) -> None:
    """Close a case that is nobody's here to answer; the citizen reads the reason."""
    with desk.store.writing(REGISTRY.read(), CASES.of(code)) as connection:
        found, agencies = _find_open(connection, desk, code, seen)
        values = {"state": REFUSED, "answered_on": desk.today, **_acting(found, agencies)}
        _keep(connection, desk, found, "refused", "", answer=reason, **values)


@tried_again
def publish(desk: FeedbackDesk, code: str, text: str, answer_text: str, *, seen: int) -> None:
    """Show an answered case to everybody, in words somebody read and may have changed."""
    with desk.store.writing(REGISTRY.read(), CASES.of(code)) as connection:
        case, _ = _find_seen(connection, desk, code, seen)
        if case.state != ANSWERED:
            raise CaseError(NOT_ANSWERED)
        values = {"public_text": text, "public_answer": answer_text, "published_on": desk.today}
        _keep(connection, desk, case, "published", "", **values)


@tried_again
def withdraw(desk: FeedbackDesk, code: str, *, seen: int) -> None:
    """Take a case off the public page; its screened words are kept for the next time."""
    with desk.store.writing(REGISTRY.read(), CASES.of(code)) as connection:
        found, _ = _find_seen(connection, desk, code, seen)
        if found.published_on is None:
            raise CaseError(mark("Phản ánh này không có trên trang công khai."))
        _keep(connection, desk, found, "withdrawn", "", published_on=None)


def _find(connection: Connection, desk: FeedbackDesk, code: str) -> tuple[Case, CaseAgencies]:
    found, agencies = cases.find_case(connection, code), read_agencies(connection, desk.today)
    if not desk.sees(found, agencies):
        raise UnknownCodeError("feedback case", code)
    return found, agencies


def _find_seen(connection: Connection, desk: FeedbackDesk, code: str, seen: int) -> tuple[Case, CaseAgencies]:
    found, agencies = _find(connection, desk, code)
    require_unchanged(f"case {code}", found.version, seen)
    return found, agencies


def _find_open(connection: Connection, desk: FeedbackDesk, code: str, seen: int) -> tuple[Case, CaseAgencies]:
    found, agencies = _find_seen(connection, desk, code, seen)
    if not found.is_open:
        raise CaseError(CLOSED)
    return found, agencies


def _acting(case: Case, agencies: CaseAgencies) -> dict[str, int]:
    """Return who closes a case: of an agency that was taken over, the one that took over."""
    return {"agency_id": agencies.ids[agencies.answering(case).code]}


def _colleagues(connection: Connection, agency: Agency, agencies: CaseAgencies) -> dict[int, str]:
    above, parent = dict[str, int](), agencies.parent_of(agency)
    while parent and parent.code not in above:
        above[parent.code] = agencies.ids[parent.code]
        parent = agencies.parent_of(parent)
    return cases.list_assignable(connection, own=[agencies.ids[agency.code]], above=list(above.values()))


def _keep(connection: Connection, desk: FeedbackDesk, case: Case, what: str, detail: str, **values: object) -> None:
    cases.change_case(connection, case.code, seen=case.version, **values)
    _tell(connection, desk, case.code, what, detail)


def _tell(connection: Connection, desk: FeedbackDesk, code: str, what: str, detail: str) -> None:
    cases.add_event(connection, code, CaseEvent(desk.today, what, desk.staff, detail))
    about = Kind.CASE.named(code)
    save_audit(connection, staff=desk.staff, act=Act.CASE_HANDLED, about=about, after={"done": what})
