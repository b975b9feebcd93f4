"""One-time passwords: written so that they can be copied, good for 72 hours, shown once on a slip."""

import re
from datetime import timedelta

import pytest

from survey.fieldwork import CODE_ALPHABET
from survey.operations.keeping.deeds import detail_in_words
from survey.operations.staff.passwords import make_one_time
from survey.store.staff.accounts import utc_now
from survey.store.staff.tables import staff
from survey.store.subjects import ADDED
from tests.integration.staff.door import CHOSEN, change_password, sign_in
from tests.sign_in import admit, token_of
from tests.trail import deeds_of

NEW = "/staff/people/new"


def made_until(store, **ago: float) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(staff.update().values(one_time_until=utc_now() - timedelta(**ago)))


def test_it_has_symbols_one_can_write_in_groups_of_four() -> None:
    made = [make_one_time() for _ in range(200)]
    assert all(re.fullmatch(r"(?:\w{4}-){3}\w{4}", one) for one in made)
    assert set("".join(made)) - {"-"} <= set(CODE_ALPHABET)
    assert not set("Il1O0_") & set("".join(made))
    assert len(set(made)) == 200


@pytest.mark.parametrize("typed", ["{0}", "{1}", "{2}", " {3} "])
def test_it_may_be_copied_in_small_letters_and_other_groups(client, one_time, typed) -> None:
    bare = one_time.replace("-", "")
    forms = (one_time.lower(), bare, one_time.replace("-", " "), f"{bare[:8]}–{bare[8:]}".lower())
    assert sign_in(client, typed.format(*forms)).location == "/staff/password"


def test_it_is_good_for_72_hours(store, client, one_time) -> None:
    made_until(store, hours=-1)
    assert sign_in(client, one_time).location == "/staff/password"
    made_until(store, hours=1)
    late = sign_in(client, one_time)
    assert (late.status_code, "đã hết hạn" in late.text) == (403, True)
    assert detail_in_words(deeds_of(store)[-1]) == "lý do: mật khẩu dùng một lần đã hết hạn"
    assert "đã hết hạn" not in sign_in(client, "sai").text, "only who has the right one hears of it"


def test_a_new_one_is_made_for_72_hours_from_now(store, one_time) -> None:
    with store.reading() as connection:
        until = connection.execute(staff.select()).one().one_time_until
    assert timedelta(hours=71, minutes=59) < until - utc_now() <= timedelta(hours=72)


def test_a_second_sign_in_ends_the_first_and_after_the_change_there_is_none(app, client, one_time) -> None:
    sign_in(client, one_time)
    other = app.test_client()
    assert sign_in(other, one_time).location == "/staff/password"
    assert client.get("/staff/password").location.startswith("/staff/sign-in")
    change_password(other, old=one_time, new=CHOSEN)
    assert sign_in(app.test_client(), one_time).status_code == 403


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("123456789012", "Nhiều người dùng mật khẩu này"),
        ("fghijkl 98765 asdfghj", "liền nhau trên bàn phím"),
        ("password1234", "Nhiều người dùng mật khẩu này"),
        ("lanlanlanlan", "chỉ lặp lại vài ký tự"),
        (" " * 12, "khoảng trắng liền nhau chỉ tính là một"),
        ("a" + " " * 12 + "b", "khoảng trắng liền nhau chỉ tính là một"),
        ("khaosat lan 99", "Hãy thêm những từ không liên quan"),
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(client, one_time, new, message) -> None:
    sign_in(client, one_time)
    refused = change_password(client, old=one_time, new=new)
    assert (refused.status_code, message in refused.text) == (400, True)


def test_the_slip_says_where_who_what_and_until_when(store, client, sample_registry) -> None:
    admit(client, store)
    sent = {"username": "mai", "role": "analyst", "agency": "", "token": token_of(client, NEW)}
    slip = re.search(r'<section class="slip".*?</section>', client.post(NEW, data=sent).text, re.DOTALL)[0]
    assert "/staff/</code>" in slip
    assert ">mai<" in slip
    assert re.search(r'class="secret">(?:[2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}<', slip)
    assert re.search(r"Dùng được đến</dt><dd>\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", slip)


def test_a_slip_loaded_anew_says_that_the_account_is_there_and_how_to_get_another_password(app, store, client) -> None:
    admit(client, store)
    sent = {"username": "mai", "role": "analyst", "agency": ""}
    client.post(NEW, data={**sent, "token": token_of(client, NEW)})
    # A minute later the browser's «send again» is an act of its own.
    again = client.post(NEW, data={**sent, "token": token_of(client, NEW)})
    assert re.fullmatch(r"/staff/people/\d+\?done=added", again.location)
    page = client.get(again.location).text
    assert "không hiện lại được" in page
    assert "Cấp mật khẩu dùng một lần" in page
    other = {**sent, "role": "auditor", "token": token_of(client, NEW)}
    assert "Đã có tài khoản mang tên này" in client.post(NEW, data=other).text
