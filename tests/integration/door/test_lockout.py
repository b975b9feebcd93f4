"""Nobody can keep somebody else out: what strangers use up, and what stays for the owner."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from survey.app import create_app
from survey.operations.keeping.deeds import detail_in_words
from survey.operations.staff.accounts import make_attempt, reset_staff
from survey.operations.staff.accounts import sign_in as try_to_sign_in
from survey.operations.staff.rights import Role
from survey.operations.staff.verifying import SignInFault
from survey.store.staff.tables import sign_in_failure
from survey.store.subjects import ADDED
from tests.integration.staff.door import CHOSEN, change_password, sign_in
from tests.sign_in import PASSWORD, admit
from tests.trail import deeds_of

KEY = b"k" * 32


def sign_in_from(client, address: str, password: str):
    sent = {"username": "lan", "password": password}
    return client.post("/staff/sign-in", data=sent, environ_overrides={"REMOTE_ADDR": address})


def locks(store) -> list[str]:
    return [detail_in_words(one) for one in deeds_of(store) if one.act == "locked"]


@pytest.fixture
def owner(client, one_time):
    """Return a browser that was fully signed in as `lan` and left again."""
    sign_in(client, one_time)
    change_password(client, old=one_time, new=CHOSEN)
    client.delete_cookie("hai_long")
    return client


def test_wrong_passwords_from_one_network_lock_nobody_elsewhere(app, one_time) -> None:
    stranger, elsewhere = app.test_client(), app.test_client()
    assert [sign_in(stranger, "sai").status_code for _ in range(6)] == [403] * 5 + [429]
    assert sign_in_from(elsewhere, "198.51.100.7", one_time).status_code == 303


def test_a_browser_that_was_signed_in_before_has_its_own_tries(app, owner) -> None:
    # Thirty wrong tries fill the network both stand in, five the account as tried from it.
    for number in range(31):
        sign_in(app.test_client(), "sai", username="lan" if number < 6 else f"name{number}")
    assert sign_in(app.test_client(), CHOSEN).status_code == 429
    assert sign_in(owner, CHOSEN).status_code == 303


def test_the_own_tries_of_a_browser_end_too(app, owner) -> None:
    assert [sign_in(owner, "sai").status_code for _ in range(6)] == [403] * 5 + [429]
    assert sign_in(app.test_client(), CHOSEN).status_code == 303, "another browser is another count"


def test_the_device_cookie_is_for_staff_pages_one_account_and_180_days(app, client, one_time) -> None:
    begun = sign_in(client, one_time)
    assert "hai_long_" not in str(begun.headers.getlist("Set-Cookie")), "a one-time password is no full sign-in"
    headers = change_password(client, old=one_time, new=CHOSEN).headers.getlist("Set-Cookie")
    (device,) = [one for one in headers if one.startswith("hai_long_")]
    # 180 days are 15,552,000 seconds.
    assert all(part in device for part in ("Max-Age=15552000", "HttpOnly", "Path=/staff;", "SameSite=Lax"))
    assert "lan" not in device.partition(";")[0].replace("hai_long", "")
    name, _, value = device.partition(";")[0].partition("=")
    assert value.count(".") == 2
    other = app.test_client()
    other.set_cookie(name, value[:-1] + ("A" if value[-1] != "A" else "B"), path="/staff")
    assert [sign_in(other, "sai").status_code for _ in range(5)] == [403] * 5
    assert sign_in(app.test_client(), CHOSEN).status_code == 429, "a forged one counts as no device at all"


def test_over_https_the_device_cookie_is_secure_and_no_citizen_page_sets_one(store, database_url, tmp_path, one_time):
    https = {"PUBLIC_URL": "https://khaosat.example.gov.vn", "TRUSTED_PROXIES": "1", "SURVEY_OWNER": "Sở Nội vụ"}
    app = create_app({"HAI_LONG_INSTANCE": str(tmp_path / "other"), "DATABASE_URL": database_url, **https})
    client = app.test_client()
    sign_in(client, one_time)
    page = client.get("/staff/password", base_url="https://khaosat.example.gov.vn")
    assert page.status_code == 303, "over https the cookie is sent to that host alone"
    app.extensions["hai-long"].store.close()


def test_many_networks_at_once_wait_longer_and_longer_and_the_known_device_does_not(store, owner) -> None:
    def guess(number: int, password: str = "sai") -> object:
        attempt = make_attempt(KEY, username="lan", password=password, address=f"2001:db8:{number:x}::")
        outcome = try_to_sign_in(store, attempt)
        return outcome if isinstance(outcome, SignInFault) else "in"

    # Twenty in a day cost nothing; the next waits a minute, and nobody waited here.
    assert Counter(guess(number) for number in range(40)) == {SignInFault.WRONG: 20, SignInFault.TOO_MANY: 20}
    assert guess(100, CHOSEN) is SignInFault.TOO_MANY
    assert sign_in(owner, CHOSEN).status_code == 303
    # A minute later there is one more try, from wherever, and the right password clears the count.
    with store.writing(ADDED) as connection:
        for row in connection.execute(select(sign_in_failure)).all():
            mine = sign_in_failure.c.id == row.id
            connection.execute(sign_in_failure.update().where(mine).values(at=row.at - timedelta(seconds=61)))
    assert guess(101) is SignInFault.WRONG
    assert guess(102) is SignInFault.TOO_MANY


def test_a_reset_ends_every_wait(app, store, one_time) -> None:
    for _ in range(6):
        sign_in(app.test_client(), "sai")
    assert sign_in(app.test_client(), one_time).status_code == 429
    assert sign_in(app.test_client(), reset_staff(store, "lan")).location == "/staff/password"


def test_a_reset_on_the_page_ends_every_wait_as_well(app, store, client, sample_registry) -> None:
    from survey.operations.staff.people import find_person, give_new_password

    admit(client, store)
    for _ in range(6):
        sign_in(app.test_client(), "sai")
    assert find_person(store, 1).account.username == "lan"
    password = give_new_password(store, 1, by="mai")
    assert sign_in(app.test_client(), password).location == "/staff/password"


def test_a_lock_is_one_line_of_the_trail_and_administrators_hear_of_it(app, store, client, one_time) -> None:
    for _ in range(8):
        sign_in(app.test_client(), "sai")
        sign_in(app.test_client(), "sai", username="ai-do")
    assert locks(store) == ["tài khoản lan; lý do: sai mật khẩu nhiều lần từ một mạng"]
    admit(client, store, "mai")
    assert "đăng nhập bị tạm khóa vì nhập sai nhiều lần ở các tài khoản: lan" in client.get("/staff/").text
    clerk = app.test_client()
    admit(clerk, store, "minh", Role.CLERK, "SNV")
    assert "tạm khóa" not in clerk.get("/staff/").text


def test_administrators_hear_that_there_is_only_one_of_them(app, store, client, sample_registry) -> None:
    admit(client, store)
    assert "Chỉ có một người quản trị hệ thống" in client.get("/staff/").text
    from survey.operations.staff.accounts import add_staff

    add_staff(store, "mai")
    assert "Chỉ một người quản trị hệ thống đăng nhập được đầy đủ (lan)" in client.get("/staff/").text
    reset_staff(store, "mai")
    other = app.test_client()
    admit(other, store, "binh")
    page = client.get("/staff/").text
    assert "một người quản trị hệ thống" not in page
    assert PASSWORD not in page
