"""A session that ends in the middle of a form: nothing typed is lost, and no other site can make use of that."""

import io
import re

import pytest
from lxml import html
from sqlalchemy import select

from survey.operations.staff.accounts import add_staff
from survey.operations.staff.rights import Role
from survey.store.staff.tables import staff, staff_session
from survey.store.subjects import ADDED
from tests.sign_in import PASSWORD, admit, code_of, secret_on, set_up_second_factor, token_of

NEW = "/staff/people/new"
TYPED = {"username": "ngọc <b>&\"'", "role": "auditor", "agency": "", "note": "dòng một\r\ndòng hai", "pin": "1234"}
ELSEWHERE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def lan(client, store, sample_registry):
    """Return a client signed in as the administrator `lan`, and the secret of the second factor."""
    one_time = add_staff(store, "lan")
    client.post("/staff/sign-in", data={"username": "lan", "password": one_time})
    new = {"old": one_time, "new": PASSWORD, "again": PASSWORD, "token": token_of(client, "/staff/password")}
    client.post("/staff/password", data=new)
    return client, set_up_second_factor(client)


def end_sessions(store) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(staff_session.delete())


def fill_in(answer, **typed: str) -> tuple[str, dict[str, str | list[str]]]:
    """Return where the form of a page goes and what it sends, as a browser would, with `typed` in its boxes."""
    form = html.fromstring(answer.text).xpath("//main//form")[0]
    fields: dict[str, list[str]] = {}
    for box in form.xpath(".//input[not(@type='file')]"):
        fields.setdefault(box.get("name"), []).append(box.get("value") or "")
    return form.get("action"), {**fields, **{name: [value] for name, value in typed.items()}}


def send(client, filled, **options):
    address, fields = filled
    return client.post(address, data=fields, **options)


def heading(answer) -> str:
    return html.fromstring(answer.text).findtext(".//h1")


def test_a_form_survives_sign_in_and_second_factor(store, lan) -> None:
    client, secret = lan
    end_sessions(store)
    asked = client.post(NEW, data={**TYPED, "token": "old", "many": ["1", "2"]})
    assert (asked.status_code, heading(asked)) == (403, "Đăng nhập")
    assert "nội dung vừa nhập vẫn được giữ" in asked.text
    assert "<b>&" not in asked.text
    wrong = send(client, fill_in(asked, username="lan", password="sai"))
    code = send(client, fill_in(wrong, username="lan", password=PASSWORD))
    assert (code.status_code, heading(code)) == (200, "Nhập mã xác thực")
    refused = send(client, fill_in(code, code="abcdef"))
    go_on = send(client, fill_in(refused, code=code_of(secret, steps=1)))
    assert (go_on.status_code, heading(go_on)) == (200, "Tiếp tục thao tác đang làm")
    address, fields = fill_in(go_on)
    token = fields.pop("token")
    kept = {name: [value] for name, value in TYPED.items() if name != "pin"}
    assert (address, fields) == (NEW, {**kept, "note": ["dòng một\ndòng hai"], "many": ["1", "2"]})
    assert token != ["old"]
    again = client.post(address, data={**fields, "token": token})
    assert (again.status_code, "chữ thường không dấu" in again.text) == (400, True)
    done = client.post(address, data={**fields, "token": token, "username": "ngoc"})
    assert (done.status_code, heading(done)) == (200, "Đã thêm tài khoản ngoc")


def test_a_form_survives_a_forced_change_of_password(app, store, lan) -> None:
    from survey.operations.staff.accounts import reset_staff
    from survey.operations.staff.second_factor import reset_second_factor

    client, _ = lan
    one_time = reset_staff(store, "lan")
    reset_second_factor(store, "lan")
    asked = client.post(NEW, data={"username": "mai", "role": "auditor", "agency": ""})
    password = send(client, fill_in(asked, username="lan", password=one_time))
    assert heading(password) == "Đổi mật khẩu"
    other = "một mật khẩu khác nữa"
    set_up = send(client, fill_in(password, old=one_time, new=other, again=other))
    assert heading(set_up) == "Bật xác thực hai bước"
    go_on = send(client, fill_in(set_up, code=code_of(secret_on(set_up.text))))
    assert heading(go_on) == "Tiếp tục thao tác đang làm"
    assert heading(send(client, fill_in(go_on))) == "Đã thêm tài khoản mai"


def test_a_clerk_goes_on_right_after_the_password(app, store, sample_registry) -> None:
    client = app.test_client()
    admit(client, store, "minh", Role.CLERK, "SNV")
    end_sessions(store)
    asked = client.post("/staff/account/sessions?x=%C4%83", data={"token": "old", "x": "y"})
    go_on = send(client, fill_in(asked, username="minh", password=PASSWORD))
    address, fields = fill_in(go_on)
    assert (address, fields["x"]) == ("/staff/account/sessions?x=%C4%83", ["y"])
    assert send(client, (address, fields)).location == "/staff/account?done=sessions"


def test_files_are_named_to_be_chosen_again(store, lan) -> None:
    client, secret = lan
    end_sessions(store)
    file = (io.BytesIO(b"a,b"), "lượt <b>.csv")
    asked = client.post(NEW, data={"username": "mai", "file": file}, content_type="multipart/form-data")
    code = send(client, fill_in(asked, username="lan", password=PASSWORD))
    go_on = send(client, fill_in(code, code=code_of(secret, steps=1)))
    (box,) = html.fromstring(go_on.text).xpath("//form[@enctype='multipart/form-data']//input[@type='file']")
    assert box.get("name") == "file"
    assert "lượt &lt;b&gt;.csv" in go_on.text


def test_a_form_of_another_session_can_be_sent_again(app, store, lan) -> None:
    client, _ = lan
    answer = client.post(f"/staff/people/{number_of(store)}/sessions", data={"token": "another session's", "x": "y"})
    assert (answer.status_code, heading(answer)) == (403, "Tiếp tục thao tác đang làm")
    address, fields = fill_in(answer)
    assert (address, fields["x"]) == (f"/staff/people/{number_of(store)}/sessions", ["y"])
    assert send(client, (address, fields)).status_code == 303


def number_of(store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(staff.c.id))


def test_what_another_site_posts_is_never_carried(store, lan) -> None:
    client, _ = lan
    page = f"/staff/people/{number_of(store)}/sessions"
    refused = client.post(page, data={"x": "evil-words"}, headers=ELSEWHERE)
    assert (refused.status_code, "evil-words" in refused.text, "Tiếp tục" in refused.text) == (403, False, False)
    end_sessions(store)
    for headers in (ELSEWHERE, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        refused = client.post(NEW, data={"x": "evil-words"}, headers=headers)
        assert (refused.status_code, "evil-words" in refused.text) == (403, False)
        carried = {"kept-path": NEW, "kept.x": "evil-words", "username": "lan", "password": PASSWORD}
        refused = client.post("/staff/sign-in", data=carried, headers=headers)
        assert (refused.status_code, "evil-words" in refused.text) == (403, False)


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/staff/",
        "/K/P2MCN3E",
        "/staff/../K",
        "/staff/password",
        "/staff/sign-out",
    ],
)
def test_only_own_staff_pages_are_gone_back_to(store, app, sample_registry, path) -> None:
    client = app.test_client()
    admit(client, store, "minh", Role.CLERK, "SNV")
    carried = {"kept-path": path, "kept.x": "y", "username": "minh", "password": PASSWORD}
    assert client.post("/staff/sign-in", data=carried).location == "/staff/"


@pytest.mark.parametrize("path", ["/staff/password", "/staff/second-factor", "/staff/sign-out"])
def test_passwords_and_codes_are_not_kept(client, path) -> None:
    asked = client.post(path, data={"old": "bí mật nhé", "code": "123456", "token": "x"})
    assert (asked.status_code, heading(asked)) == (403, "Đăng nhập")
    assert "bí mật" not in asked.text
    assert "123456" not in asked.text
    assert not re.search(r'name="kept', asked.text)


def test_what_fitted_once_fits_through_the_door_and_what_never_did_does_not(app, store, sample_registry) -> None:
    client = app.test_client()
    admit(client, store, "minh", Role.CLERK, "SNV")
    end_sessions(store)
    many = {f"f{number:04d}": "v" for number in range(7_000)}  # 8 bytes each: 56,000 of 65,536
    asked = client.post("/staff/account/sessions", data=many)
    go_on = send(client, fill_in(asked, username="minh", password=PASSWORD))
    assert len(fill_in(go_on)[1]) == 7_001
    end_sessions(store)
    too_much = client.post("/staff/account/sessions", data={"x": "v" * 70_000})
    assert (too_much.status_code, heading(too_much)) == (403, "Đăng nhập")
    assert "chưa được thực hiện" in too_much.text
