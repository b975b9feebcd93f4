"""The people who sign in, as administrators see and change them. Every act is written down with who did it."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection

from survey.errors import AccountError, ChangedMeanwhileError, UnknownCodeError
from survey.fieldwork import Agency
from survey.operations.staff.accounts import SignedIn, agency_of_role, give_password, is_over, shut_out
from survey.operations.staff.passwords import hash_password, make_one_time
from survey.operations.staff.rights import Role
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_agencies
from survey.store.staff import accounts as staff
from survey.store.staff.accounts import Account, StaffSession
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import ACCOUNTS, REGISTRY
from survey.wording import Language


@dataclass(frozen=True, slots=True)
class Person:
    """An account with its agency and the number of its open sessions."""

    account: Account
    agency: Agency | None
    sessions: int


@dataclass(frozen=True, slots=True)
class Rights:
    """A role, and the agency by code where the role has one; `seen` is the version they were read from."""

    role: Role
    agency_code: str | None
    seen: int


def list_people(store: Store) -> list[Person]:
    """Return everybody in the order of their names."""
    with store.reading() as connection:
        agencies, now = list_agencies(connection), staff.utc_now()
        live = [session for session in staff.list_sessions(connection) if not is_over(session, now=now)]
        accounts = staff.list_accounts(connection)
    sessions = Counter(session.account.id for session in live)
    return [Person(account, _agency(agencies, account), sessions[account.id]) for account in accounts]


def find_person(store: Store, number: int) -> Person:
    """Return the person with this row number; raises UnknownCodeError."""
    with store.reading() as connection:
        account = _known(connection, number)
        agencies = list_agencies(connection)
    return Person(account, _agency(agencies, account), len(open_sessions(store, account)))


def open_sessions(store: Store, account: Account) -> list[StaffSession]:
    """Return the sessions of an account that are not over, the one used last first."""
    now = staff.utc_now()
    with store.reading() as connection:
        return [one for one in staff.list_sessions(connection, account_id=account.id) if not is_over(one, now=now)]


@tried_again
def change_rights(store: Store, number: int, rights: Rights, *, by: str) -> None:
    """Give somebody another role or agency, which counts from the next request on.

    Raises ChangedMeanwhileError when somebody else changed the account since, AccountError when nobody would be
    left to administer, UnknownCodeError for an unknown account or agency.
    """
    with store.writing(REGISTRY.read(), ACCOUNTS) as connection:
        account = _known(connection, number)
        if rights.role is not Role.ADMINISTRATOR:
            _spare_the_last(connection, account)
        agency_id = agency_of_role(connection, rights.role, rights.agency_code)
        had = _agency(list_agencies(connection), account)
        staff.set_rights(connection, number, role=rights.role, agency_id=agency_id, seen=rights.seen)
        before = {"role": account.role, "agency_code": had.code if had else None}
        after = {"role": rights.role.value, "agency_code": rights.agency_code}
        about = Kind.ACCOUNT.named(account.username)
        save_audit(connection, staff=by, act=Act.STAFF_CHANGED, about=about, before=before, after=after)


@tried_again
def give_new_password(store: Store, number: int, *, by: str) -> str:
    """Return a new one-time password for somebody and end the sessions; raises UnknownCodeError."""
    password = make_one_time()
    hashed = hash_password(password)
    with store.writing(ACCOUNTS.of(number)) as connection:
        give_password(connection, _known(connection, number), hashed, by=by)
    return password


@tried_again
def disable_person(store: Store, number: int, *, by: str) -> None:
    """Keep somebody from signing in, at once; raises AccountError for the last administrator, UnknownCodeError."""
    with store.writing(ACCOUNTS) as connection:
        account = _known(connection, number)
        _spare_the_last(connection, account)
        shut_out(connection, account, by=by)


@tried_again
def enable_person(store: Store, number: int, *, by: str) -> None:
    """Let somebody sign in again with the password and second factor of before; raises UnknownCodeError."""
    with store.writing(ACCOUNTS.of(number)) as connection:
        account = _known(connection, number)
        staff.set_disabled(connection, number, disabled=False)
        flags = {"before": {"disabled": account.disabled}, "after": {"disabled": False}}
        about = Kind.ACCOUNT.named(account.username)
        save_audit(connection, staff=by, act=Act.STAFF_CHANGED, about=about, **flags)


@tried_again
def end_sessions(store: Store, number: int, *, by: str) -> None:
    """End every session of somebody; raises UnknownCodeError."""
    with store.writing(ACCOUNTS.of(number)) as connection:
        account = _known(connection, number)
        ended = staff.delete_sessions_of(connection, number)
        _note_ended(connection, account, ended, by=by)


@tried_again
def end_other_sessions(store: Store, signed_in: SignedIn) -> None:
    """End the sessions of the person at the other end but the one that asks for it.

    Raises ChangedMeanwhileError when that one was ended meanwhile.
    """
    account = signed_in.account
    with store.writing(ACCOUNTS.of(account.id)) as connection:
        if staff.find_session(connection, signed_in.session) is None:
            raise ChangedMeanwhileError(f"a session of {account.username} was ended meanwhile; sign in again")
        ended = staff.delete_sessions_of(connection, account.id, but=signed_in.session)
        _note_ended(connection, account, ended, by=account.username)


@tried_again
def choose_language(store: Store, account: Account, language: Language) -> None:
    """Keep the language in which the person at the other end reads the staff pages."""
    with store.writing(ACCOUNTS.of(account.id)) as connection:
        staff.set_language(connection, account.id, language)


def _note_ended(connection: Connection, account: Account, sessions: int, *, by: str) -> None:
    about = Kind.ACCOUNT.named(account.username)
    save_audit(connection, staff=by, act=Act.SESSIONS_ENDED, about=about, before={"sessions": sessions})


def _spare_the_last(connection: Connection, account: Account) -> None:
    """Refuse to take the rights of the only administrator who may sign in."""
    if staff.lock_administrators(connection) == {account.id}:
        raise AccountError(f"{account.username} is the last administrator who may sign in")


def _known(connection: Connection, number: int) -> Account:
    account = staff.find_account_by_id(connection, number)
    if account is None:
        raise UnknownCodeError("staff account", str(number))
    return account


def _agency(agencies: dict[int, Agency], account: Account) -> Agency | None:
    return agencies[account.agency_id] if account.agency_id is not None else None
