"""The password is asked again before what matters much, and nothing typed is lost by it."""

import re
from datetime import timedelta

import pytest

from survey.store.staff.accounts import utc_now
from survey.store.staff.tables import staff, staff_session
from survey.store.subjects import ADDED
from tests.sign_in import PASSWORD, admit, token_of

NEW, CONFIRM = "/staff/people/new", "/staff/confirm"


@pytest.fixture
def lan(client, store, round_of_2023_form):
    """Return a client signed in as the administrator `lan`, who gave the password eleven minutes ago."""
    admit(client, store)
    with store.writing(ADDED) as connection:
        connection.execute(staff_session.update().values(confirmed=utc_now() - timedelta(minutes=11)))
    return client


def names(store) -> list[str]:
    with store.reading() as connection:
        return [row.username for row in connection.execute(staff.select().order_by(staff.c.id))]


def test_a_new_administrator_is_made_after_the_password_alone(store, lan) -> None:
    sent = {"username": "mai", "role": "administrator", "agency": "", "token": token_of(lan, "/staff/people")}
    asked = lan.post(NEW, data=sent)
    assert (asked.status_code, "Nhập lại mật khẩu" in asked.text, names(store)) == (403, True, ["lan"])
    kept = dict(re.findall(r'name="(kept[^"]+)" value="([^"]*)"', asked.text))
    wrong = lan.post(CONFIRM, data={"password": "sai", "token": token_of(lan, CONFIRM), **kept})
    assert (wrong.status_code, "kept.username" in wrong.text) == (403, True)
    resumed = lan.post(CONFIRM, data={"password": PASSWORD, "token": token_of(lan, CONFIRM), **kept}).text
    typed = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', resumed.partition("<main")[2]))
    assert typed["username"] == "mai"
    assert "Mật khẩu dùng một lần" in lan.post(NEW, data=typed).text
    assert names(store) == ["lan", "mai"]


@pytest.mark.parametrize(
    "path",
    [
        NEW,
        "/staff/people/1/password",
        "/staff/people/1/second-factor",
        "/staff/people/1/disable",
        "/staff/exports/responses.csv?round=r1",
    ],
)
def test_what_matters_much_leads_to_the_page_that_asks_and_on_from_there(lan, path) -> None:
    first = lan.get(path)
    assert first.location.startswith(f"{CONFIRM}?next=")
    wanted = re.search(r'name="next" value="([^"]+)"', lan.get(first.location).text)[1].replace("&amp;", "&")
    sent = {"password": PASSWORD, "token": token_of(lan, CONFIRM), "next": wanted}
    before = lan.get_cookie("hai_long").value
    assert lan.post(CONFIRM, data=sent).location == path
    assert lan.get_cookie("hai_long").value != before, "a password begins another session"
    assert lan.get(path).status_code == 200


def test_rights_and_recovery_codes_ask_as_well_and_a_new_session_does_not(app, store, lan) -> None:
    token = token_of(lan, "/staff/account")
    assert "Nhập lại mật khẩu" in lan.post("/staff/people/1", data={"role": "auditor", "token": token}).text
    assert "Nhập lại mật khẩu" in lan.post("/staff/account/recovery", data={"token": token}).text
    other = app.test_client()
    admit(other, store, "binh")
    assert other.get(NEW).status_code == 200


def test_guesses_at_the_page_are_throttled_like_those_at_the_door(lan) -> None:
    sent = {"password": "sai", "token": token_of(lan, CONFIRM)}
    codes = [lan.post(CONFIRM, data={**sent, "n": str(number)}).status_code for number in range(6)]
    assert codes == [403] * 5 + [429]
