"""Accounts while two act at once: a reset, an end or a lock wins over whatever was checked before it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pyotp import TOTP
from sqlalchemy import select

from survey.errors import ChangedMeanwhileError
from survey.operations.staff import accounts, people, second_factor
from survey.operations.staff.accounts import NewSession, SignedIn, SignInFault, add_staff, make_attempt
from survey.operations.staff.passwords import is_password
from survey.operations.staff.second_factor import STEP_SECONDS, CodeFault
from survey.store.engine import Store
from survey.store.staff import accounts as staff
from survey.store.staff.accounts import Account
from survey.store.staff.tables import audit, staff_session
from survey.store.subjects import ADDED
from tests.holding import at_every_statement
from tests.sign_in import code_of
from tests.turns import wait_for_room

pytestmark = pytest.mark.slow

KEY = b"k" * 32
OLD, NEW, OTHER = "mật khẩu cũ rất dài", "mật khẩu mới rất dài", "một mật khẩu khác hẳn"


@dataclass(frozen=True, slots=True)
class Somebody:
    """An account of its own for one pair of acts, with its session and its secret."""

    store: Store
    session: SignedIn
    secret: str = ""

    @property
    def name(self) -> str:
        return self.session.account.username

    def account(self) -> Account:
        with self.store.reading() as connection:
            return accounts.known_account(connection, self.name)

    def open_sessions(self) -> list[bool]:
        """Return for every session of the account whether it is proved."""
        mine = select(staff_session.c.proved).where(staff_session.c.staff_id == self.session.account.id)
        with self.store.reading() as connection:
            return list(connection.scalars(mine.order_by(staff_session.c.proved)))

    def has(self, password: str) -> bool:
        return is_password(self.account().password_hash, password)

    def attempt(self, password: str = OLD) -> accounts.Attempt:
        # Each from a network of its own, so that the throttle has nothing to say.
        return make_attempt(KEY, username=self.name, password=password, address=f"2001:db8:{self.session.account.id}::")

    def sign_in(self, password: str = OLD) -> SignedIn:
        begun = accounts.sign_in(self.store, self.attempt(password))
        assert isinstance(begun, NewSession)
        return begun.signed_in

    # The acts that are held, by what they rest on.

    def change(self, new: str = NEW) -> Any:
        return accounts.change_password(self.store, self.attempt(), new=new, asking=self.session)

    def prove(self, session: SignedIn | None = None) -> Any:
        given = session or self.session
        address = f"2001:db8:{self.session.account.id}::"
        return second_factor.prove(self.store, KEY, given, code=code_of(self.secret), address=address)

    def set_up(self) -> Any:
        code = code_of(second_factor.offer_secret(KEY, self.session))
        return second_factor.set_up(self.store, KEY, self.session, code=code)


def make(store: Store, place: int) -> Somebody:
    """Make an account with the password OLD and one session."""
    name = f"lan{place}"
    one_time = add_staff(store, name)
    begun = accounts.sign_in(
        store, make_attempt(KEY, username=name, password=one_time, address=f"2001:db8:a:{place}::")
    )
    assert isinstance(begun, NewSession)
    attempt = make_attempt(KEY, username=name, password=one_time, address=f"2001:db8:b:{place}::")
    changed = accounts.change_password(store, attempt, new=OLD, asking=begun.signed_in)
    assert isinstance(changed, NewSession)
    return Somebody(store, changed.signed_in)


def make_with_secret(store: Store, place: int) -> Somebody:
    """Make an account with a second factor, whose code of this moment is not used, and a session that gave none."""
    made = make(store, place)
    secret = second_factor.offer_secret(KEY, made.session)
    code = TOTP(secret).at(second_factor.time.time() - STEP_SECONDS)
    assert isinstance(second_factor.set_up(store, KEY, made.session, code=code), NewSession)
    with store.writing(ADDED) as connection:
        staff.delete_sessions_of(connection, made.session.account.id)
    return replace(made, session=made.sign_in(), secret=secret)


# What somebody else does to the account.
ENDING: dict[str, Callable[[Somebody], Any]] = {
    "reset by command": lambda who: accounts.reset_staff(who.store, who.name),
    "reset on the page": lambda who: people.give_new_password(who.store, who.session.account.id, by="mai"),
    "second factor reset": lambda who: second_factor.reset_second_factor(who.store, who.name, by="mai"),
    "disabled": lambda who: accounts.disable_staff(who.store, who.name),
    "sessions ended": lambda who: people.end_sessions(who.store, who.session.account.id, by="mai"),
}
RESETS = ("reset by command", "reset on the page")


def refused(outcome: Any) -> bool:
    return isinstance(outcome, ChangedMeanwhileError | SignInFault | CodeFault)


def trials(
    store: Store,
    made: Callable[[Store, int], Somebody],
    held: Callable[[Somebody], Any],
    other: Callable[[Somebody], Any],
) -> Iterator[tuple[Somebody, Any, Any]]:
    """Yield an account after `held` was held before each of its statements, in turn, while `other` ran."""
    people_by_place: dict[int, Somebody] = {}

    def prepare(place: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
        who = people_by_place[place] = made(store, place)
        return lambda: held(who), lambda: other(who)

    for place, first, second in at_every_statement(prepare):
        yield people_by_place[place], first, second


@pytest.fixture
def in_one_step() -> None:
    """Begin early enough in a step of 30 seconds to end in it."""
    wait_for_room(12, within=STEP_SECONDS)


@pytest.mark.parametrize("ending", ENDING)
def test_a_changed_password_never_outlives_what_an_administrator_did(store, ending) -> None:
    places = 0
    for who, first, second in trials(store, make, Somebody.change, ENDING[ending]):
        places += 1
        assert who.open_sessions() == [], "whoever changed it is signed in"
        if ending in RESETS:
            assert who.has(second), "the one-time password the administrator was told is not the one that counts"
            assert who.account().must_change
        else:
            assert who.has(OLD if refused(first) else NEW)
    assert places >= 8


@pytest.mark.parametrize("ending", sorted(set(ENDING) - {"second factor reset", "sessions ended"}))
def test_nobody_is_signed_in_with_a_password_that_was_reset_or_at_a_disabled_account(store, ending) -> None:
    for who, first, second in trials(store, make, lambda who: accounts.sign_in(store, who.attempt()), ENDING[ending]):
        assert who.open_sessions() == []
        assert isinstance(first, NewSession) or first is SignInFault.WRONG
        assert who.account().disabled or who.has(second)


@pytest.mark.parametrize("ending", ENDING)
def test_a_proved_code_opens_nothing_after_what_an_administrator_did(store, in_one_step, ending) -> None:
    for who, _first, _second in trials(store, make_with_secret, Somebody.prove, ENDING[ending]):
        assert who.open_sessions() == []


@pytest.mark.parametrize("ending", ENDING)
def test_a_second_factor_set_up_opens_nothing_after_what_an_administrator_did(store, in_one_step, ending) -> None:
    for who, first, _second in trials(store, make, Somebody.set_up, ENDING[ending]):
        assert who.open_sessions() == []
        if refused(first):
            assert who.account().totp_secret is None, "a secret nobody was shown to be theirs is kept"


def test_ending_ones_other_sessions_ends_the_one_that_is_about_to_begin(store) -> None:
    def other(who: Somebody) -> Any:
        return people.end_other_sessions(who.store, who.session)

    for who, first, second in trials(store, make, lambda who: accounts.sign_in(store, who.attempt()), other):
        assert (isinstance(first, NewSession), second) == (True, None)
        assert len(who.open_sessions()) in (1, 2), "the sign-in came before the end, or after it"


def test_an_ended_session_does_not_end_the_others(store) -> None:
    who = make(store, 0)
    stranger = who.sign_in()
    with store.writing(ADDED) as connection:
        staff.delete_session(connection, stranger.session)
    with pytest.raises(ChangedMeanwhileError, match="sign in again"):
        people.end_other_sessions(store, stranger)
    assert len(who.open_sessions()) == 1


def test_of_two_changes_with_one_old_password_one_counts(store) -> None:
    for who, first, second in trials(store, make, Somebody.change, lambda who: who.change(OTHER)):
        assert refused(first) is not refused(second)
        assert who.has(OTHER if refused(first) else NEW)
        assert len(who.open_sessions()) == 1


def test_a_code_counts_once_for_two_sessions_at_once(store, in_one_step) -> None:
    def other(who: Somebody) -> Any:
        return who.prove(replace(who.session, session=who_else[who.name].session))

    who_else: dict[str, SignedIn] = {}

    def made(store: Store, place: int) -> Somebody:
        who = make_with_secret(store, place)
        who_else[who.name] = who.sign_in()
        return who

    for who, first, second in trials(store, made, Somebody.prove, other):
        assert {type(first), type(second)} == {NewSession, CodeFault}
        assert who.open_sessions() == [False, True]


def test_a_password_changed_from_an_ended_session_takes_nothing_over_from_it(store) -> None:
    who = make(store, 0)
    proved = replace(who.session, proved=True)
    people.end_sessions(store, who.session.account.id, by="mai")
    with pytest.raises(ChangedMeanwhileError, match="sign in again"):
        accounts.change_password(store, who.attempt(), new=NEW, asking=proved)
    assert (who.has(OLD), who.open_sessions()) == (True, [])


def test_a_refused_change_leaves_no_line_of_a_change_in_the_trail(store) -> None:
    who = make(store, 0)
    people.end_sessions(store, who.session.account.id, by="mai")
    with store.reading() as connection:
        before = connection.scalars(select(audit.c.act)).all()
    with pytest.raises(ChangedMeanwhileError):
        who.change()
    with store.reading() as connection:
        assert connection.scalars(select(audit.c.act)).all() == before
