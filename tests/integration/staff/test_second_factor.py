"""The second factor: who needs it, what is let in before it, which codes count, and how it is lost and set up again."""

import base64
import re
import time
from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy import func, select

from survey.app import create_app
from survey.operations.keeping.deeds import detail_in_words
from survey.operations.staff.accounts import add_staff
from survey.operations.staff.rights import SECOND_FACTOR, Role
from survey.operations.staff.second_factor import STEP_SECONDS, draw_secret, reset_second_factor
from survey.store.staff.tables import audit, staff, staff_session, used_step
from survey.store.subjects import ADDED
from tests.holding import both
from tests.sign_in import PASSWORD, admit, code_of, give_code, secret_on, set_up_second_factor, token_of
from tests.trail import deeds_of

DOOR = "/staff/second-factor"
# RFC 6238, appendix B: SHA-1, the secret "12345678901234567890", the time 59 s, the last six of 94287082.
RFC_SECRET, RFC_TIME, RFC_CODE = base64.b32encode(b"12345678901234567890").decode(), 59, "287082"


@pytest.fixture(autouse=True)
def at_the_beginning_of_a_step() -> Iterator[None]:
    """Turn the clock back to where a step of 30 seconds begins, so that a test ends in the same one."""
    now = time.time()
    with time_machine.travel(now - now % STEP_SECONDS, tick=True):
        yield


@pytest.fixture
def secret(client, store) -> str:
    """Sign the client in as the administrator `lan`, and return the secret of the second factor."""
    one_time = add_staff(store, "lan")
    sign_in(client, one_time)
    change(client, one_time)
    return set_up_second_factor(client)


@pytest.fixture
def at_the_code(app, secret):
    """Return another client of `lan` that has given the password only."""
    other = app.test_client()
    sign_in(other, PASSWORD)
    return other


def sign_in(client, password: str, *, username: str = "lan"):
    return client.post("/staff/sign-in", data={"username": username, "password": password})


def change(client, old: str):
    new = {"old": old, "new": PASSWORD, "again": PASSWORD, "token": token_of(client, "/staff/password")}
    return client.post("/staff/password", data=new)


def kept(store) -> dict[str, object]:
    with store.reading() as connection:
        return dict(connection.execute(select(staff).where(staff.c.username == "lan")).one()._mapping)


def acts(store) -> list[tuple[str, str, str]]:
    return [(one.staff, one.act, detail_in_words(one)) for one in deeds_of(store)]


def admitted(client) -> bool:
    return client.get("/staff/account").status_code == 200


def test_codes_are_those_of_the_rfc() -> None:
    from survey.operations.staff.second_factor import TOTP

    assert TOTP(RFC_SECRET, interval=STEP_SECONDS).at(RFC_TIME) == RFC_CODE


def test_administrators_and_analysts_are_the_ones_who_need_it(app, store, sample_registry) -> None:
    assert {Role.ADMINISTRATOR, Role.ANALYST} == SECOND_FACTOR
    for role in Role:
        client, agency = app.test_client(), "SNV" if role in (Role.MANAGER, Role.CLERK) else None
        name = f"name.{role}"
        one_time = add_staff(store, name, role=role, agency_code=agency)
        assert sign_in(client, one_time, username=name).location == "/staff/password"
        assert change(client, one_time).location == (DOOR if role in SECOND_FACTOR else "/staff/?done=password")
        assert admitted(client) is (role not in SECOND_FACTOR)


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


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 303), (0, 303), (1, 303), (2, 403)])
def test_a_telephone_may_be_one_step_off(store, at_the_code, secret, steps, status) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(used_step.delete())
    assert give_code(at_the_code, code_of(secret, steps=steps)).status_code == status
    assert admitted(at_the_code) is (status == 303)


def test_a_code_counts_once(app, store, at_the_code, secret) -> None:
    used = give_code(at_the_code, code_of(secret))
    assert (used.status_code, "đã được dùng" in used.text) == (403, True)
    assert give_code(at_the_code, code_of(secret, steps=1)).status_code == 303
    third = app.test_client()
    sign_in(third, PASSWORD)
    assert give_code(third, code_of(secret, steps=1)).status_code == 403


def test_a_wrong_code_tells_the_time_of_the_server(at_the_code, secret) -> None:
    wrong = give_code(at_the_code, code_of(secret, steps=7))
    assert wrong.status_code == 403
    assert re.search(r"giờ của máy chủ là \d\d:\d\d:\d\d", wrong.text)


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}\u00a0{1} ", "{0}{1}\n"])
def test_a_code_may_be_typed_in_groups(at_the_code, secret, typed) -> None:
    code = code_of(secret, steps=1)
    assert give_code(at_the_code, typed.format(code[:3], code[3:])).status_code == 303


@pytest.mark.parametrize("typed", ["abcdef", "12345", "1234567", "12345a", "١٢٣٤٥٦", "１２３４５６", "", "0" * 10_000])
def test_what_is_no_code_is_refused_before_it_counts_as_a_guess(at_the_code, secret, typed) -> None:
    for _ in range(6):
        refused = give_code(at_the_code, typed)
        assert refused.status_code == 400
    assert ("6 chữ số" if typed else "Hãy điền ô này") in refused.text
    assert give_code(at_the_code, code_of(secret, steps=1)).status_code == 303


def test_after_five_wrong_codes_even_the_right_one_waits_and_the_password_does_not_help(app, at_the_code, secret):
    wrong = code_of(secret, steps=9)
    assert [give_code(at_the_code, wrong).status_code for _ in range(5)] == [403] * 5
    right = code_of(secret, steps=1)
    refused = give_code(at_the_code, right)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    other = app.test_client()
    sign_in(other, PASSWORD)
    assert give_code(other, right).status_code == 429


def test_wrong_codes_count_for_the_network_too(app, at_the_code, secret) -> None:
    for number in range(28):
        assert sign_in(app.test_client(), "sai", username=f"name{number}").status_code == 403
    wrong = code_of(secret, steps=9)
    assert [give_code(at_the_code, wrong).status_code for _ in range(3)] == [403, 403, 429]


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


def test_a_clock_that_was_a_day_ahead_and_is_put_right_locks_nobody_out(app, store, client) -> None:
    now = time.time()
    with time_machine.travel(now + 86_400, tick=True):
        sign_in(client, one_time := add_staff(store, "lan"))
        change(client, one_time)
        secret = set_up_second_factor(client)
        early = code_of(secret, steps=1)
        assert give_code(signed_in_again(app), early).status_code == 303
    for steps in (0, 1):
        other = signed_in_again(app)
        assert give_code(other, code_of(secret, steps=steps)).status_code == 303
        assert admitted(other)
        assert give_code(signed_in_again(app), code_of(secret, steps=steps)).status_code == 403, "counts once"
    # A day later the clock comes to the steps of then: what was used stays used.
    with time_machine.travel(now + 86_400, tick=True):
        late = signed_in_again(app)
        assert code_of(secret, steps=1) == early
        assert give_code(late, early).status_code == 403
        assert give_code(late, code_of(secret, steps=-1)).status_code == 303


def test_an_older_code_that_was_not_used_still_counts(app, at_the_code, secret) -> None:
    assert give_code(at_the_code, code_of(secret, steps=1)).status_code == 303
    assert give_code(signed_in_again(app), code_of(secret, steps=-1)).status_code == 303


def test_used_steps_are_forgotten_after_35_days(app, store, at_the_code, secret) -> None:
    def steps() -> int:
        with store.reading() as connection:
            return connection.scalar(select(func.count()).select_from(used_step))

    give_code(at_the_code, code_of(secret, steps=1))
    assert steps() == 2, "the one of the set-up and this one"
    now = time.time()
    # On the 34th day the two of today are there beside the new one, on the 36th only the one of the 34th.
    for days, there in ((34, 3), (36, 2)):
        with time_machine.travel(now + days * 86_400, tick=True):
            assert give_code(signed_in_again(app), code_of(secret)).status_code == 303
            assert steps() == there


def test_a_reset_while_a_code_is_checked_leads_back_to_the_sign_in_page(app, store, at_the_code, secret) -> None:
    code, token = code_of(secret, steps=1), token_of(at_the_code, DOOR)

    def prove():
        return at_the_code.post(DOOR, data={"code": code, "token": token})

    page, _ = both("count(", prove, lambda: reset_second_factor(store, "lan"))
    assert (page.status_code, "Hãy đăng nhập lại" in page.text) == (409, True)
    assert "Set-Cookie" not in page.headers


def signed_in_again(app):
    """Return another client of `lan` that has given the password only."""
    client = app.test_client()
    sign_in(client, PASSWORD)
    return client
