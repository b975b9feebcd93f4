"""The second factor: who needs it, what is let in before it, and how it is set up, lost and set up again."""

import base64
import re
from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy import select

from survey.app import create_app
from survey.checked_settings import ROLES
from survey.errors import SettingError
from survey.operations.keeping.deeds import detail_in_words
from survey.operations.staff.accounts import add_staff
from survey.operations.staff.rights import SECOND_FACTOR, Role
from survey.operations.staff.second_factor import STEP_SECONDS, draw_secret, reset_second_factor
from survey.settings import load_settings
from survey.store.staff.tables import audit, staff, staff_session
from tests.holding import both
from tests.integration.staff.door import sign_in
from tests.integration.staff.second_lock import DOOR, admitted, beginning_of_a_step, change
from tests.sign_in import PASSWORD, admit, code_of, give_code, secret_on, set_up_second_factor, token_of
from tests.trail import deeds_of

# RFC 6238, appendix B: SHA-1, the secret "12345678901234567890", the time 59 s, the last six of 94287082.
RFC_SECRET, RFC_TIME, RFC_CODE = base64.b32encode(b"12345678901234567890").decode(), 59, "287082"


@pytest.fixture(autouse=True)
def at_the_beginning_of_a_step() -> Iterator[None]:
    """Turn the clock back to where a step of 30 seconds begins, so that a test ends in the same one."""
    with time_machine.travel(beginning_of_a_step(), tick=True):
        yield


def kept(store) -> dict[str, object]:
    with store.reading() as connection:
        return dict(connection.execute(select(staff).where(staff.c.username == "lan")).one()._mapping)


def acts(store) -> list[tuple[str, str, str]]:
    return [(one.staff, one.act, detail_in_words(one)) for one in deeds_of(store)]


def test_codes_are_those_of_the_rfc() -> None:
    from survey.operations.staff.second_factor import TOTP

    assert TOTP(RFC_SECRET, interval=STEP_SECONDS).at(RFC_TIME) == RFC_CODE


def test_administrators_analysts_and_managers_need_it_unless_a_setting_says_otherwise(app, store, sample_registry):
    assert {Role.ADMINISTRATOR, Role.ANALYST, Role.MANAGER} == SECOND_FACTOR
    assert app.extensions["hai-long"].settings.second_factor_roles == SECOND_FACTOR
    assert set(ROLES) == set(Role)
    for role in Role:
        client, agency = app.test_client(), "SNV" if role in (Role.MANAGER, Role.CLERK) else None
        name = f"name.{role}"
        one_time = add_staff(store, name, role=role, agency_code=agency)
        assert sign_in(client, one_time, username=name).location == "/staff/password"
        assert change(client, one_time).location == (DOOR if role in SECOND_FACTOR else "/staff/?done=password")
        assert admitted(client) is (role not in SECOND_FACTOR)


@pytest.mark.parametrize(
    ("given", "roles"),
    [("clerk, auditor", {"clerk", "auditor"}), ("none", set()), ("king", None), ("manager,king", None)],
)
def test_the_roles_that_need_it_are_a_setting(tmp_path, given, roles) -> None:
    settings = {"HAI_LONG_INSTANCE": str(tmp_path / "other"), "SECOND_FACTOR_ROLES": given}
    if roles is None:
        with pytest.raises(SettingError, match="SECOND_FACTOR_ROLES must be none or some of administrator"):
            load_settings(settings)
    else:
        assert load_settings(settings).second_factor_roles == roles


def test_before_the_code_nothing_opens_but_the_code_and_the_way_out(store, at_the_code) -> None:
    for path in ("/staff/", "/staff/account", "/staff/people", "/staff/audit", "/staff/analysis/"):
        assert at_the_code.get(path).location.startswith(f"{DOOR}?next="), path
    assert at_the_code.get("/staff/password").location == DOOR
    page = at_the_code.get(DOOR).text
    assert "/staff/people" not in page
    token = token_of(at_the_code, DOOR)
    tried = {"token": token, "username": "x", "role": "auditor"}
    assert at_the_code.post("/staff/people/new", data=tried).location == DOOR
    assert at_the_code.post("/staff/sign-out", data={"token": token}).location == "/staff/sign-in"
    with store.reading() as connection:
        assert connection.scalars(select(staff.c.username)).all() == ["lan"]


def test_a_password_alone_cannot_set_up_another_second_factor(store, at_the_code, secret) -> None:
    before = kept(store)["totp_secret"]
    page = at_the_code.get(DOOR).text
    assert 'class="secret"' not in page
    assert "<img" not in page
    assert give_code(at_the_code, code_of(secret, steps=1)).status_code == 303
    assert kept(store)["totp_secret"] == before


def test_the_set_up_page_shows_one_secret_as_text_and_as_picture_until_it_is_confirmed(client, store) -> None:
    one_time = add_staff(store, "lan")
    sign_in(client, one_time)
    change(client, one_time)
    page = client.get(DOOR).text
    secret = secret_on(page)
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    drawing = base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)[1]).decode()
    assert drawing == draw_secret(secret, "lan")
    assert give_code(client, code_of(secret, steps=5)).status_code == 403
    assert secret_on(client.get(DOOR).text) == secret
    assert kept(store)["totp_secret"] is None
    assert give_code(client, code_of(secret)).location == "/staff/"
    assert admitted(client)


def test_the_secret_is_kept_where_only_the_server_can_read_it(app, store, secret) -> None:
    with store.reading() as connection:
        rows = [str(row) for table in (staff, staff_session, audit) for row in connection.execute(select(table))]
    raw = base64.b32decode(secret)
    assert kept(store)["totp_secret"].startswith("gAAAA")  # the first byte of a Fernet token is 0x80
    assert not any(secret in row or repr(raw) in row or raw.hex() in row for row in rows)


def test_a_code_begins_a_new_session_that_is_proved(store, at_the_code, secret) -> None:
    before = at_the_code.get_cookie("hai_long").value
    give_code(at_the_code, code_of(secret, steps=1))
    assert at_the_code.get_cookie("hai_long").value != before
    at_the_code.set_cookie("hai_long", before)
    assert at_the_code.get("/staff/account").location.startswith("/staff/sign-in")


def test_changing_the_password_keeps_the_second_factor_given(client, secret) -> None:
    new = {"old": PASSWORD, "new": "một mật khẩu khác", "again": "một mật khẩu khác"}
    answer = client.post("/staff/password", data={**new, "token": token_of(client, "/staff/password")})
    assert answer.location == "/staff/?done=password"
    assert admitted(client)


def test_a_new_one_time_password_does_not_open_the_second_lock(app, store, secret) -> None:
    from survey.operations.staff.accounts import reset_staff

    other, one_time = app.test_client(), reset_staff(store, "lan")
    sign_in(other, one_time)
    assert change(other, one_time).location == DOOR
    assert 'class="secret"' not in other.get(DOOR).text


def test_a_lost_telephone_is_replaced_by_a_new_secret(app, store, client, secret) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["staff", "reset-second-factor", "nobody"]).exit_code == 1
    assert run(args=["staff", "reset-second-factor", "lan"]).exit_code == 0
    assert client.get("/staff/").location.startswith("/staff/sign-in")
    sign_in(client, PASSWORD)
    again = set_up_second_factor(client)
    assert again != secret
    assert admitted(client)


def test_a_server_with_another_key_says_so_and_lets_nobody_in(store, database_url, tmp_path, secret) -> None:
    settings = {"HAI_LONG_INSTANCE": str(tmp_path / "other"), "DATABASE_URL": database_url, "PUBLIC_URL": ""}
    app = create_app(settings)
    client = app.test_client()
    sign_in(client, PASSWORD)
    refused = give_code(client, code_of(secret, steps=1))
    assert (refused.status_code, "không đọc được khóa xác thực" in refused.text) == (403, True)
    assert not admitted(client)
    reset_second_factor(store, "lan")
    sign_in(client, PASSWORD)
    set_up_second_factor(client)
    assert admitted(client)
    app.extensions["hai-long"].store.close()


def test_a_clerk_may_switch_it_on_and_then_needs_it(app, client, store, sample_registry) -> None:
    admit(client, store, "minh", Role.CLERK, "SNV")
    assert DOOR in client.get("/staff/account").text
    secret = set_up_second_factor(client)
    assert "Đã bật" in client.get("/staff/account").text
    other = app.test_client()
    assert sign_in(other, PASSWORD, username="minh").location == DOOR
    assert not admitted(other)
    give_code(other, code_of(secret, steps=1))
    assert admitted(other)


def test_after_the_code_the_page_that_was_asked_for_comes(at_the_code, secret) -> None:
    wanted = at_the_code.get("/staff/audit?act=sign_in").location
    page = at_the_code.get(wanted).text
    asked = re.search(r'name="next" value="([^"]+)"', page)[1]
    sent = {"code": code_of(secret, steps=1), "token": token_of(at_the_code, DOOR), "next": asked}
    assert at_the_code.post(DOOR, data=sent).location == "/staff/audit?act=sign_in"


def test_the_trail_tells_of_it(store, client, at_the_code, secret) -> None:
    give_code(at_the_code, code_of(secret, steps=9))
    give_code(at_the_code, code_of(secret))
    give_code(at_the_code, code_of(secret, steps=1))
    assert [act for act in acts(store) if "second" in act[1] or "xác thực" in act[2]] + acts(store)[-3:-1] == [
        ("lan", "second_factor_set", ""),
        ("lan", "second_factor_failure", "lý do: mã không đúng"),
        ("lan", "second_factor_failure", "lý do: mã đã dùng"),
        ("lan", "sign_in", "cách vào: đã nhập mã xác thực"),
        ("lan", "second_factor_failure", "lý do: mã không đúng"),
        ("lan", "second_factor_failure", "lý do: mã đã dùng"),
    ]


def test_own_other_sessions_can_be_ended(app, client, at_the_code, secret) -> None:
    give_code(at_the_code, code_of(secret, steps=1))
    assert client.get("/staff/account").text.count("Phiên khác") == 1
    assert client.post("/staff/account/sessions", data={"token": token_of(client, "/staff/account")}).status_code == 303
    assert admitted(client)
    assert not admitted(at_the_code)


def test_a_reset_while_a_code_is_checked_leads_back_to_the_sign_in_page(app, store, at_the_code, secret) -> None:
    code, token = code_of(secret, steps=1), token_of(at_the_code, DOOR)

    def prove():
        return at_the_code.post(DOOR, data={"code": code, "token": token})

    page, _ = both("count(", prove, lambda: reset_second_factor(store, "lan"))
    assert (page.status_code, "Hãy đăng nhập lại" in page.text) == (409, True)
    assert "Set-Cookie" not in page.headers
