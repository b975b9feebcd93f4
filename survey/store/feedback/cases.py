"""Feedback cases in the database: written by citizens, changed by the desk, counted for everybody.

A case is found by its random code. Nothing here knows rounds, service points or responses.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from survey.errors import UnknownCodeError
from survey.fieldwork import CODE_ALPHABET
from survey.store.changing import change
from survey.store.feedback.tables import case_event, feedback_case
from survey.store.staff.tables import staff

RECEIVED, ASSIGNED, ANSWERED, REFUSED = "received", "assigned", "answered", "refused"
OPEN = (RECEIVED, ASSIGNED)

CODE_LETTERS = 8

LONGEST_OPENING = 100
_row = feedback_case.c


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as it arrives; `contact` is encrypted, `secret_digest` hexadecimal."""

    code: str
    secret_digest: str
    agency_id: int
    kind: str
    text: str
    contact: bytes | None
    received_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What a list shows of a case: `opening` is how its text begins, `assignee` the account it is assigned to."""

    code: str
    agency_id: int
    kind: str
    opening: str
    received_on: date
    due_on: date
    escalated_on: date | None
    state: str
    assignee: str | None
    answered_on: date | None
    published_on: date | None
    satisfied: bool | None

    @property
    def is_open(self) -> bool:
        """Tell whether the citizen still waits for an answer."""
        return self.state in OPEN

    def is_overdue_on(self, day: date) -> bool:
        """Tell whether the last day for an answer is over."""
        return self.is_open and self.due_on < day


@dataclass(frozen=True, slots=True)
class Case(CaseHead):
    """A whole case; `contact` is encrypted, `version` counts the changes."""

    text: str
    contact: bytes | None
    assigned_to: int | None
    answer: str | None
    public_text: str | None
    public_answer: str | None
    version: int


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """What was done to a case, on which day and by whom."""

    happened_on: date
    what: str
    staff: str
    detail: str


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How many cases of one agency there are, by what became of them."""

    agency_id: int
    received: int
    open: int
    overdue: int
    answered: int
    on_time: int
    refused: int
    satisfied: int
    unsatisfied: int


def save_case(connection: Connection, new: NewCase) -> bool:
    """Add a case; False when its code is taken."""
    values = asdict(new)
    try:
        with connection.begin_nested():
            connection.execute(insert(feedback_case).values(**values, state=RECEIVED))
    except IntegrityError:
        if find_secret_digest(connection, new.code) is None:
            raise
        return False
    return True


def find_secret_digest(connection: Connection, code: str) -> str | None:
    """Return the digest of the secret that opens a case, or None when there is no such case."""
    found: str | None = connection.scalar(select(_row.secret_digest).where(_row.code == code))
    return found


def is_case_code(text: str) -> bool:
    """Tell whether a text can be the code of a case; only then may a database be asked for it.

    >>> is_case_code("4VXTECAB"), is_case_code("4VXTECA\\x00"), is_case_code("")
    (True, False, False)
    """
    return len(text) == CODE_LETTERS and set(text) <= set(CODE_ALPHABET)


def find_case(connection: Connection, code: str) -> Case:
    """Return a case; raises UnknownCodeError."""
    row = connection.execute(_select(Case).where(_row.code == code)).first() if is_case_code(code) else None
    if row is None:
        raise UnknownCodeError("feedback case", code)
    return Case(*row)


def list_heads(connection: Connection, states: Collection[str]) -> tuple[CaseHead, ...]:
    """Return the cases in some states, in the order of their codes."""
    wanted = _select(CaseHead).where(_row.state.in_(states)).order_by(_row.code)
    return tuple(CaseHead(*row) for row in connection.execute(wanted))


def list_due(connection: Connection, until: date, *, today: date) -> tuple[CaseHead, ...]:
    """Return the open cases from before today whose last day is not after `until`, the longest due first."""
    due = (_row.state.in_(OPEN), _row.due_on <= until, _row.received_on < today)
    wanted = _select(CaseHead).where(*due).order_by(_row.due_on, _row.code)
    return tuple(CaseHead(*row) for row in connection.execute(wanted))


def list_published(connection: Connection, agency_id: int, *, most: int) -> tuple[Case, ...]:
    """Return the published cases of an agency, those answered last first."""
    shown = (_row.agency_id == agency_id) & _row.published_on.is_not(None)
    order = (_row.answered_on.desc(), _row.code)
    wanted = _select(Case).where(shown).order_by(*order).limit(most)
    return tuple(Case(*row) for row in connection.execute(wanted))


def count_cases(
    connection: Connection,
    *,
    today: date,
    agencies: Collection[int] | None = None,
    received: tuple[date, date] | None = None,
) -> tuple[CaseCounts, ...]:
    """Return the counts of every agency that has a case, or of some; of cases received between two days, if given.

    Cases count from the day after they came: a figure that grows at once would tell when somebody sent one.
    """
    is_open, answered = _row.state.in_(OPEN), _row.state == ANSWERED
    counted = select(
        _row.agency_id,
        func.count().label("received"),
        _count(is_open).label("open"),
        _count(is_open & (_row.due_on < today)).label("overdue"),
        _count(answered).label("answered"),
        _count(answered & (_row.answered_on <= _row.due_on)).label("on_time"),
        _count(_row.state == REFUSED).label("refused"),
        _count(answered & _row.satisfied.is_(True)).label("satisfied"),
        _count(answered & _row.satisfied.is_(False)).label("unsatisfied"),
    ).group_by(_row.agency_id)
    statement = counted.where(_row.received_on < today)
    narrowed = statement if agencies is None else statement.where(_row.agency_id.in_(agencies))
    wanted = narrowed if received is None else narrowed.where(_row.received_on.between(*received))
    return tuple(CaseCounts(**row._mapping) for row in connection.execute(wanted))


def _count(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((wanted, 1), else_=0))


def change_case(connection: Connection, code: str, *, seen: int, **values: object) -> None:
    """Set columns of a case whose version is still `seen`; raises ChangedMeanwhileError."""
    change(connection, feedback_case, _row.code == code, seen=seen, **values)


def escalate(connection: Connection, code: str, *, on: date) -> bool:
    """Note that an open case was brought before the parent; False when it was before."""
    fresh = (_row.code == code) & _row.escalated_on.is_(None) & _row.state.in_(OPEN)
    values = {"escalated_on": on, "version": _row.version + 1}
    return connection.execute(update(feedback_case).where(fresh).values(values)).rowcount == 1


def rate(connection: Connection, code: str, *, answer: str, satisfied: bool) -> bool:
    """Keep what the citizen says of an answer; False when the case is not, or no longer, answered in these words."""
    answered = (_row.code == code) & (_row.state == ANSWERED) & (_row.answer == answer)
    values = {"satisfied": satisfied, "version": _row.version + 1}
    return connection.execute(update(feedback_case).where(answered).values(values)).rowcount == 1


def add_event(connection: Connection, case_code: str, event: CaseEvent) -> None:
    """Write down what somebody did to a case."""
    connection.execute(insert(case_event).values(case_code=case_code, **asdict(event)))


def list_events(connection: Connection, case_code: str) -> tuple[CaseEvent, ...]:
    """Return what was done to a case, the first act first."""
    wanted = select(case_event).where(case_event.c.case_code == case_code).order_by(case_event.c.id)
    return tuple(CaseEvent(row.happened_on, row.what, row.staff, row.detail) for row in connection.execute(wanted))


def count_contacts(connection: Connection, *, answered_before: date) -> int:
    """Return how many contacts of cases answered before a day are still kept."""
    return connection.execute(select(func.count()).where(_finished(answered_before))).scalar_one()


def list_sealed_contacts(connection: Connection) -> list[tuple[str, bytes]]:
    """Return every contact, encrypted, with the code of its case, in the order of codes, which tells nothing."""
    kept = select(_row.code, _row.contact).where(_row.contact.is_not(None)).order_by(_row.code)
    return [(row.code, bytes(row.contact)) for row in connection.execute(kept)]


def save_sealed_contact(connection: Connection, code: str, sealed: bytes) -> None:
    """Keep the same contact encrypted under another key."""
    connection.execute(update(feedback_case).where(_row.code == code).values(contact=sealed))


def delete_contacts(connection: Connection, *, answered_before: date) -> int:
    """Forget the contacts of cases answered before a day, and return how many there were."""
    return connection.execute(update(feedback_case).where(_finished(answered_before)).values(contact=None)).rowcount


def _finished(day: date) -> ColumnElement[bool]:
    return and_(_row.contact.is_not(None), _row.answered_on < day)


def list_assignable(connection: Connection, *, own: Collection[int], above: Collection[int]) -> dict[int, str]:
    """Return the accounts that may handle cases of an agency, by row number: its own, and managers `above` it."""
    inside = or_(staff.c.agency_id.in_(own), staff.c.agency_id.in_(above) & (staff.c.role == "manager"))
    wanted = select(staff.c.id, staff.c.username).where(inside, staff.c.disabled.is_(False))
    return {row.id: row.username for row in connection.execute(wanted.order_by(staff.c.username))}


def _select(shape: type[CaseHead]) -> Select[Any]:
    """Return the columns of a shape in the order of its fields."""
    made = {"assignee": staff.c.username, "opening": func.substr(_row.text, 1, LONGEST_OPENING)}
    columns = [made[one.name].label(one.name) if one.name in made else _row[one.name] for one in fields(shape)]
    return select(*columns).select_from(feedback_case.outerjoin(staff, staff.c.id == _row.assigned_to))
