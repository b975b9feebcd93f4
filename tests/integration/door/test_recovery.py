"""Recovery codes, another telephone by oneself, and guesses at codes that end."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy import select

from survey.operations.keeping.deeds import detail_in_words
from survey.operations.staff.second_factor import reset_second_factor
from survey.store.staff.tables import recovery_code, sign_in_failure
from survey.store.subjects import ADDED
from tests.integration.staff.door import sign_in
from tests.integration.staff.second_lock import DOOR, admitted, beginning_of_a_step, signed_in_again
from tests.sign_in import PASSWORD, code_of, give_code, secret_on, set_up_second_factor, token_of
from tests.trail import deeds_of

ACCOUNT, TELEPHONE = "/staff/account", "/staff/account/telephone"


@pytest.fixture(autouse=True)
def at_the_beginning_of_a_step() -> Iterator[None]:
    """Turn the clock back to where a step of 30 seconds begins, so that a test ends in the same one."""
    with time_machine.travel(beginning_of_a_step(), tick=True):
        yield


def make_codes(client) -> list[str]:
    page = client.post("/staff/account/recovery", data={"token": token_of(client, ACCOUNT)}).text
    return re.findall(r'class="secret">([^<]+)<', page)


def forget_failures(store) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(sign_in_failure.delete())


def test_ten_codes_are_shown_once_and_none_is_kept(store, client, secret) -> None:
    codes = make_codes(client)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"(?:[2-9A-HJ-NP-Z]{4}-){2}[2-9A-HJ-NP-Z]{4}", code) for code in codes)
    with store.reading() as connection:
        rows = str(connection.execute(select(recovery_code)).all())
    assert not any(code in rows or code.replace("-", "") in rows for code in codes)
    page = client.get(ACCOUNT).text
    assert "Còn 10 mã chưa dùng" in page
    assert not any(code in page for code in codes)


def test_a_code_lets_its_owner_in_once(app, store, client, secret) -> None:
    first, second, *_ = make_codes(client)
    other = signed_in_again(app)
    assert give_code(other, first.lower().replace("-", " ")).status_code == 303
    assert admitted(other)
    assert give_code(signed_in_again(app), first).status_code == 403
    assert give_code(signed_in_again(app), second).status_code == 303
    assert "Còn 8 mã chưa dùng" in client.get(ACCOUNT).text
    assert "cách vào: mã khôi phục" in [detail_in_words(one) for one in deeds_of(store)]


def test_new_codes_and_a_reset_end_the_old_ones(app, store, client, secret) -> None:
    (old, *_), (new, *_) = make_codes(client), make_codes(client)
    assert give_code(signed_in_again(app), old).status_code == 403
    reset_second_factor(store, "lan")
    sign_in(client, PASSWORD)
    set_up_second_factor(client)
    assert give_code(signed_in_again(app), new).status_code == 403


def test_whoever_has_none_is_told_on_the_overview(client, secret) -> None:
    assert "Chưa có mã khôi phục cho tài khoản này" in client.get("/staff/").text
    make_codes(client)
    assert "Chưa có mã khôi phục" not in client.get("/staff/").text


def change_telephone(client, *, password=PASSWORD, code, new_code):
    sent = {"password": password, "code": code, "new_code": new_code, "token": token_of(client, TELEPHONE)}
    return client.post(TELEPHONE, data=sent)


def test_another_telephone_takes_password_and_a_code_of_the_old_one(app, client, secret) -> None:
    other = signed_in_again(app)
    assert give_code(other, code_of(secret, steps=-1)).status_code == 303
    new = secret_on(client.get(TELEPHONE).text)
    assert new != secret
    right = {"code": code_of(secret, steps=1), "new_code": code_of(new)}
    assert change_telephone(client, **right | {"password": "sai"}).status_code == 403
    assert change_telephone(client, **right | {"new_code": code_of(new, steps=7)}).status_code == 403
    assert change_telephone(client, **right | {"code": code_of(secret, steps=7)}).status_code == 403
    assert admitted(other), "nothing was changed so far"
    assert change_telephone(client, **right).location == "/staff/account?done=telephone"
    assert admitted(client)
    assert not admitted(other)
    assert give_code(signed_in_again(app), code_of(secret)).status_code == 403
    assert give_code(signed_in_again(app), code_of(new, steps=1)).status_code == 303


def test_another_telephone_takes_a_recovery_code_as_well(app, client, secret) -> None:
    code, *_ = make_codes(client)
    new = secret_on(client.get(TELEPHONE).text)
    assert change_telephone(client, code=code, new_code=code_of(new)).status_code == 303
    assert give_code(signed_in_again(app), code_of(new)).status_code == 403, "it counted when the telephone was set up"
    assert give_code(signed_in_again(app), code_of(new, steps=1)).status_code == 303


def test_guesses_end_after_twenty_in_a_row_until_an_administrator_resets(app, store, client, secret) -> None:
    guesser, wrong = signed_in_again(app), code_of(secret, steps=9)
    for number in range(20):
        refused = give_code(guesser, wrong)
        assert refused.status_code == 403, number
        forget_failures(store)  # the guesser waits, or comes from elsewhere
    assert "20 lần liền" in refused.text
    assert "20 lần liền" in give_code(signed_in_again(app), code_of(secret, steps=1)).text
    locked = [detail_in_words(one) for one in deeds_of(store) if one.act == "locked"]
    assert locked == ["tài khoản lan; lý do: sai mã xác thực nhiều lần liền"]
    assert "20 lần liền, cần cấp lại xác thực hai bước cho: lan" in client.get("/staff/").text
    reset_second_factor(store, "lan")
    sign_in(client, PASSWORD)
    set_up_second_factor(client)
    assert "có 20 lần nhập sai mã xác thực" in client.get("/staff/").text


def test_a_right_code_begins_the_count_anew_and_its_owner_is_told(app, store, secret) -> None:
    wrong = code_of(secret, steps=9)
    guesser = signed_in_again(app)
    for _ in range(4):
        give_code(guesser, wrong)
    owner = signed_in_again(app)
    assert give_code(owner, code_of(secret, steps=1)).status_code == 303
    assert "có 4 lần nhập sai mã xác thực" in owner.get("/staff/").text
    later = signed_in_again(app)
    assert give_code(later, code_of(secret, steps=-1)).status_code == 303
    assert "lần nhập sai mã" not in later.get("/staff/").text
    assert DOOR not in later.get("/staff/").text
