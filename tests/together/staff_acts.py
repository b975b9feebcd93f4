"""Acts on people: accounts, passwords, codes, rights and sessions, keys and tablets."""

import time
from functools import partial

from pyotp import TOTP

from survey.operations.collecting import kiosks
from survey.operations.exports.full_rows import export_full_rows
from survey.operations.keeping import secret_keys
from survey.operations.staff import accounts, api_keys, people, recovery, second_factor
from survey.operations.staff.accounts import make_attempt
from survey.operations.staff.people import Rights
from survey.operations.staff.rights import Role
from survey.operations.staff.second_factor import reset_second_factor
from survey.store.engine import Store
from survey.store.staff.accounts import Account, find_account
from tests.together.scenes import BY, KEY, OPEN, PASSWORD, TODAY, A, B, points
from tests.together.tries import EVERYTHING, Thunk, tries
from tests.turns import wait_for_room

# People, keys and tablets.


def account_of(store: Store, name: str) -> Account:
    with store.reading() as connection:
        found = find_account(connection, name)
    assert found
    return found


@tries("staff.accounts.add_staff")
def add_a_person(store: Store) -> Thunk:
    return partial(accounts.add_staff, store, "moi", role=Role.CLERK, agency_code=A)


@tries("staff.accounts.reset_staff")
def reset_by_command(store: Store) -> Thunk:
    return partial(accounts.reset_staff, store, "ma")


@tries("staff.accounts.disable_staff")
def disable_by_command(store: Store) -> Thunk:
    return partial(accounts.disable_staff, store, "ma")


@tries("staff.accounts._admitted")
def sign_in(store: Store) -> Thunk:
    attempt = make_attempt(KEY, username="ma", password=PASSWORD, address="127.0.0.1")
    return partial(accounts.sign_in, store, attempt)


@tries("staff.accounts.sign_out")
def sign_out(store: Store) -> Thunk:
    begun = sign_in(store)()
    return partial(accounts.sign_out, store, begun.signed_in)


@tries("staff.accounts._change_password")
def change_a_password(store: Store) -> Thunk:
    begun = sign_in(store)()
    attempt = make_attempt(KEY, username="ma", password=PASSWORD, address="127.0.0.1")
    new = "một mật khẩu khác hẳn"
    return partial(accounts.change_password, store, attempt, new=new, asking=begun.signed_in)


@tries("staff.second_factor.set_up")
def set_up_a_factor(store: Store) -> Thunk:
    begun = sign_in(store)().signed_in
    return partial(second_factor.set_up, store, KEY, begun, code=_code(second_factor.offer_secret(KEY, begun)))


@tries("staff.second_factor._prove")
def prove_a_code(store: Store) -> Thunk:
    begun = sign_in(store)().signed_in
    if begun.account.totp_secret is None:
        secret = second_factor.offer_secret(KEY, begun)
        second_factor.set_up(store, KEY, begun, code=_code(secret))
        _SECRETS["ma"] = secret
        begun = sign_in(store)().signed_in
    # The code of the step before this one has not been used.
    code = _code(_SECRETS["ma"], steps=-1)
    return partial(second_factor.prove, store, KEY, begun, code=code, address="127.0.0.1")


_SECRETS: dict[str, str] = {}


def _code(secret: str, *, steps: int = 0) -> str:
    # A code that is old when the act comes to it is another matter.
    wait_for_room(3, within=second_factor.STEP_SECONDS)
    totp = TOTP(secret, interval=second_factor.STEP_SECONDS)
    return totp.generate_otp(int(time.time()) // second_factor.STEP_SECONDS + steps)


@tries("staff.people.change_rights")
def take_rights_from_one(store: Store) -> Thunk:
    one = account_of(store, "admin")
    return partial(people.change_rights, store, one.id, Rights(Role.AUDITOR, None, one.version), by=BY)


@tries("staff.people.change_rights")
def move_a_manager(store: Store) -> Thunk:
    one = account_of(store, "ma")
    return partial(people.change_rights, store, one.id, Rights(Role.MANAGER, B, one.version), by=BY)


@tries("staff.people.disable_person")
def disable_the_other(store: Store) -> Thunk:
    return partial(people.disable_person, store, account_of(store, "boss").id, by=BY)


@tries("staff.people.disable_person")
def disable_a_person(store: Store) -> Thunk:
    return partial(people.disable_person, store, account_of(store, "ma").id, by=BY)


@tries("staff.people.enable_person")
def enable_a_person(store: Store) -> Thunk:
    return partial(people.enable_person, store, account_of(store, "ma").id, by=BY)


@tries("staff.people.give_new_password")
def give_a_password(store: Store) -> Thunk:
    return partial(people.give_new_password, store, account_of(store, "ma").id, by=BY)


@tries("staff.people.end_sessions")
def end_sessions(store: Store) -> Thunk:
    return partial(people.end_sessions, store, account_of(store, "ma").id, by=BY)


@tries("staff.people.end_other_sessions")
def end_other_sessions(store: Store) -> Thunk:
    return partial(people.end_other_sessions, store, sign_in(store)().signed_in)


@tries("staff.people.choose_language")
def choose_a_language(store: Store) -> Thunk:
    return partial(people.choose_language, store, account_of(store, "ma"), "en")


@tries("staff.second_factor.reset_second_factor")
def reset_a_factor(store: Store) -> Thunk:
    return partial(reset_second_factor, store, "ma")


@tries("exports.full_rows.export_full_rows")
def export_rows(store: Store) -> Thunk:
    return partial(export_full_rows, store, OPEN, staff="boss", reason="Kiểm tra số liệu")


@tries("staff.api_keys.add_key")
def add_a_key(store: Store) -> Thunk:
    return partial(api_keys.add_key, store, "Cổng dữ liệu", today=TODAY, agency_code=A)


@tries("staff.api_keys.revoke_key")
def revoke_a_key(store: Store) -> Thunk:
    made = api_keys.add_key(store, "Cổng cũ", today=TODAY)
    return partial(api_keys.revoke_key, store, made.number, today=TODAY)


@tries("collecting.kiosks.add_kiosk")
def add_a_tablet(store: Store) -> Thunk:
    new = kiosks.NewKiosk(points(store)[A], "Máy mới", "1234", 10)
    return partial(kiosks.add_kiosk, store, new, scope=EVERYTHING, by=BY, today=TODAY)


@tries("collecting.kiosks.revoke_kiosk")
def revoke_a_tablet(store: Store) -> Thunk:
    (one,) = kiosks.list_kiosks(store, EVERYTHING)
    return partial(kiosks.revoke_kiosk, store, one.id, scope=EVERYTHING, by=BY, today=TODAY)


@tries("staff.accounts._confirm")
def ask_for_a_password_again(store: Store) -> Thunk:
    attempt = make_attempt(KEY, username="ma", password=PASSWORD, address="127.0.0.1")
    return partial(accounts.confirm, store, attempt, asking=sign_in(store)().signed_in)


@tries("staff.recovery._keep")
def make_recovery_codes(store: Store) -> Thunk:
    return partial(recovery.make_codes, store, sign_in(store)().signed_in)


@tries("keeping.secret_keys.seal_anew")
def seal_with_another_key(store: Store) -> Thunk:
    return partial(secret_keys.seal_anew, store, (b"n" * 32, KEY))


@tries("keeping.secret_keys.note_key")
def begin_to_serve(store: Store) -> Thunk:
    return partial(secret_keys.note_key, store, (KEY,))
