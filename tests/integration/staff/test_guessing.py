"""How guessing passwords is stopped, what a new password must be, and that no other site signs anybody in."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from survey.store.staff.accounts import utc_now
from survey.store.staff.tables import sign_in_failure, staff_session
from survey.store.subjects import ADDED
from tests.integration.staff.door import CHOSEN, change_password, sign_in


def test_the_one_time_password_opens_nothing_but_its_own_change(client, one_time) -> None:
    assert sign_in(client, one_time).location == "/staff/password"
    assert client.get("/staff/").location == "/staff/password?next=%2Fstaff%2F"
    assert client.get("/staff/posters?size=a4").location.startswith("/staff/password?next=%2Fstaff%2Fposters")
    assert client.get("/staff/account").location.startswith("/staff/password?")
    assert client.get("/staff/second-factor").location == "/staff/password"
    assert client.get("/staff/password").status_code == 200


@pytest.mark.parametrize(
    ("new", "again", "message"),
    [
        ("mười một ký", None, "ít nhất 12 ký tự"),
        ("x" * 201, None, "quá 200 ký tự"),
        ("một mật khẩu mới", "một mật khẩu khác", "không giống nhau"),
    ],
)
def test_a_new_password_has_12_to_200_characters_typed_twice(client, one_time, new, again, message) -> None:
    sign_in(client, one_time)
    answer = change_password(client, old=one_time, new=new, again=again)
    assert answer.status_code == 400
    assert message in answer.text


def test_the_old_password_is_no_new_one_and_a_wrong_old_one_changes_nothing(app, client, one_time) -> None:
    sign_in(client, one_time)
    assert "phải khác mật khẩu cũ" in change_password(client, old="", new=one_time.lower()).text
    change_password(client, old="", new=CHOSEN)
    assert "phải khác mật khẩu cũ" in change_password(client, old=CHOSEN, new=CHOSEN).text
    assert change_password(client, old="không phải", new="một mật khẩu khác nữa").status_code == 403
    assert sign_in(app.test_client(), CHOSEN).location == "/staff/"


def test_a_one_time_password_given_a_moment_ago_is_not_asked_for_again(store, client, one_time) -> None:
    sign_in(client, one_time)
    assert "Mật khẩu hiện nay" not in client.get("/staff/password").text
    with store.writing(ADDED) as connection:
        connection.execute(staff_session.update().values(confirmed=utc_now() - timedelta(minutes=11)))
    assert "Mật khẩu hiện nay" in client.get("/staff/password").text
    assert change_password(client, old="không phải", new=CHOSEN).status_code == 403
    assert change_password(client, old=one_time, new=CHOSEN).status_code == 303


def test_after_five_failures_even_the_right_password_waits_15_minutes(client, one_time) -> None:
    assert [sign_in(client, "sai").status_code for _ in range(5)] == [403] * 5
    refused = sign_in(client, one_time)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    assert "15 phút" in refused.text
    assert "Set-Cookie" not in refused.headers


def test_guesses_at_the_same_moment_are_no_more_than_one_after_the_other(app, one_time) -> None:
    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(lambda _: sign_in(app.test_client(), "sai").status_code, range(24)))
    assert codes.count(403) <= 5
    assert codes.count(403) + codes.count(429) == 24


def test_failures_older_than_15_minutes_are_forgotten(store, client, one_time) -> None:
    for _ in range(5):
        sign_in(client, "sai")
    with store.writing(ADDED) as connection:
        at = connection.execute(select(sign_in_failure.c.at).limit(1)).scalar_one()
        connection.execute(sign_in_failure.update().values(at=at - timedelta(minutes=16)))
    assert sign_in(client, one_time).status_code == 303


def test_a_right_password_clears_the_failures_of_its_account(client, one_time) -> None:
    for _ in range(3):
        assert [sign_in(client, "sai").status_code for _ in range(4)] == [403] * 4
        assert sign_in(client, one_time).status_code == 303


def test_one_network_gets_30_guesses_over_all_names_and_others_are_not_stopped(client, one_time) -> None:
    codes = [sign_in(client, "sai", username=f"name{number}").status_code for number in range(31)]
    assert codes == [403] * 30 + [429]
    assert sign_in(client, one_time).status_code == 429
    elsewhere = {"username": "lan", "password": one_time}
    answer = client.post("/staff/sign-in", data=elsewhere, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})
    assert answer.status_code == 303


def test_an_unknown_name_is_answered_like_a_wrong_password(client, one_time) -> None:
    known, unknown = sign_in(client, "sai"), sign_in(client, "sai", username="ai-do")
    assert known.status_code == unknown.status_code
    # Each page has a mark of its own.
    pages = [re.sub(r'name="token" value="[^"]+"', "", page.text) for page in (known, unknown)]
    assert pages[0].replace('value="lan"', "") == pages[1].replace('value="ai-do"', "")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_sign_somebody_in(client, one_time, headers) -> None:
    answer = sign_in(client, one_time, headers=headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}])
def test_our_own_page_signs_in(client, one_time, headers) -> None:
    assert sign_in(client, one_time, headers=headers).status_code == 303
