"""Who may do what: a role gives permissions, an agency gives a scope, and both are looked up at every request."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto

from survey.fieldwork import Agency
from survey.operations.clock import today_in_vietnam
from survey.store.engine import Store
from survey.store.registry.agencies import list_agencies
from survey.store.staff.accounts import Account
from survey.wording import mark


class Role(StrEnum):
    """What somebody is to the survey; a manager has an agency and all below it, a clerk one agency."""

    ADMINISTRATOR = "administrator"
    ANALYST = "analyst"
    MANAGER = "manager"
    CLERK = "clerk"
    AUDITOR = "auditor"


ROLE_WORDS = {
    Role.ADMINISTRATOR: mark("Quản trị hệ thống"),
    Role.ANALYST: mark("Chuyên viên phân tích"),
    Role.MANAGER: mark("Phụ trách cơ quan"),
    Role.CLERK: mark("Cán bộ một cửa"),
    Role.AUDITOR: mark("Kiểm tra, giám sát"),
}
OF_AN_AGENCY = frozenset({Role.MANAGER, Role.CLERK})
# Who needs a second factor unless a setting says otherwise.
SECOND_FACTOR = frozenset({Role.ADMINISTRATOR, Role.ANALYST, Role.MANAGER})


class Permission(Enum):
    """What a staff route lets somebody do; `ANYONE` marks the door itself, `ADMISSION` the way through it."""

    ANYONE = auto()
    ADMISSION = auto()
    OWN_ACCOUNT = auto()
    SEE_FIELDWORK = auto()
    PRINT = auto()
    MANAGE_CODES = auto()
    ENTER_RESPONSES = auto()
    MANAGE_KIOSKS = auto()
    MANAGE_POINTS = auto()
    MANAGE_REGISTRY = auto()
    ENTER_VISITS = auto()
    MANAGE_ROUNDS = auto()
    READ_ANALYSIS = auto()
    EXPORT = auto()
    MANAGE_PLANS = auto()
    REPORT_PROGRESS = auto()
    HANDLE_CASES = auto()
    PUBLISH = auto()
    MANAGE_STAFF = auto()
    READ_AUDIT = auto()


# What somebody may do before the one-time password is changed and the second factor given.
BEFORE_ADMITTED = frozenset({Permission.ANYONE, Permission.ADMISSION})
_EVERYBODY = BEFORE_ADMITTED | {Permission.OWN_ACCOUNT}
_CLERK = _EVERYBODY | {
    Permission.SEE_FIELDWORK,
    Permission.PRINT,
    Permission.ENTER_RESPONSES,
    Permission.READ_ANALYSIS,
    Permission.REPORT_PROGRESS,
    Permission.HANDLE_CASES,
}
_MANAGER = _CLERK | {
    Permission.MANAGE_CODES,
    Permission.MANAGE_KIOSKS,
    Permission.MANAGE_POINTS,
    Permission.ENTER_VISITS,
    Permission.MANAGE_PLANS,
}
_ANALYST = _EVERYBODY | {
    Permission.SEE_FIELDWORK,
    Permission.ENTER_VISITS,
    Permission.READ_ANALYSIS,
    Permission.EXPORT,
    Permission.PUBLISH,
    Permission.MANAGE_PLANS,
    Permission.REPORT_PROGRESS,
}
PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.ANALYST: _ANALYST,
    Role.MANAGER: _MANAGER,
    Role.CLERK: _CLERK,
    Role.AUDITOR: _EVERYBODY | {Permission.READ_AUDIT},
}


def needs_second_factor(account: Account, roles: Collection[str] = SECOND_FACTOR) -> bool:
    """Tell whether a password alone does not admit: the role is one of `roles` that need more, or the person does."""
    return account.role in roles or account.totp_secret is not None


@dataclass(frozen=True, slots=True)
class Scope:
    """The agencies somebody's acts may touch, by code; None stands for all of them."""

    agencies: frozenset[str] | None

    def holds(self, agency_code: str) -> bool:
        """Tell whether an agency is among them.

        >>> Scope(None).holds("SNV"), Scope(frozenset({"SCT"})).holds("SNV")
        (True, False)
        """
        return self.agencies is None or agency_code in self.agencies


def find_scope(store: Store, account: Account) -> Scope:
    """Return the scope of an account as the registry is today.

    Whoever answers for an agency answers for those whose work it took over too, so that their past stays readable;
    a manager also for all below any of these.
    """
    if account.agency_id is None:
        return Scope(None)
    with store.reading() as connection:
        agencies = list_agencies(connection)
    links = [_taken_over_by(agencies.values(), today_in_vietnam())]
    if account.role == Role.MANAGER:
        links.append({agency.code: agency.parent_code for agency in agencies.values()})
    return Scope(_reached(agencies[account.agency_id].code, links))


def _taken_over_by(agencies: Iterable[Agency], today: date) -> Mapping[str, str | None]:
    """Return who has the work of an agency that is over; a takeover planned for later gives nobody anything yet."""
    return {one.code: one.successor_code for one in agencies if one.valid_to and one.valid_to < today}


def _reached(code: str, links: Iterable[Mapping[str, str | None]]) -> frozenset[str]:
    """Return an agency and all from which links of any kind, taken in any order, lead to it."""
    found, new = {code}, {code}
    while new:
        new = {one for link in links for one, to in link.items() if to in new} - found
        found |= new
    return frozenset(found)
