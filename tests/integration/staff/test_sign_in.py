"""No staff page without sign-in; what a session is, and how long it lasts."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from survey.app import create_app
from survey.operations.staff.accounts import disable_staff, reset_staff
from survey.operations.staff.rights import Permission
from survey.store.staff.accounts import utc_now
from survey.store.staff.acts import Act
from survey.store.staff.audit import save_audit
from survey.store.staff.tables import audit, staff, staff_session
from survey.store.subjects import ADDED
from survey.web.door.register import declared
from tests.holding import both
from tests.integration.staff.door import CHOSEN, change_password, sign_in, token_of

PUBLIC = {"/staff/sign-in"}


@pytest.fixture
def admitted(client, one_time):
    """Return a client signed in as `lan`, with the password CHOSEN."""
    sign_in(client, one_time)
    change_password(client, old=one_time, new=CHOSEN)
    return client


def acts(store) -> list[tuple[str, str]]:
    """Return who did what, in order."""
    with store.reading() as connection:
        return [(row.staff, row.act) for row in connection.execute(select(audit).order_by(audit.c.id))]


def moved_back(store, **columns: timedelta) -> None:
    """Make all sessions older."""
    with store.writing(ADDED) as connection:
        row = connection.execute(select(staff_session)).one()
        values = {name: getattr(row, name) - by for name, by in columns.items()}
        connection.execute(staff_session.update().values(**values))


def staff_rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff")]


def test_every_staff_route_declares_a_permission(app) -> None:
    rules = staff_rules(app)
    assert len(rules) >= 9
    undeclared = [rule.rule for rule in rules if app.view_functions[rule.endpoint] not in declared]
    assert undeclared == []
    public = {rule.rule for rule in rules if declared[app.view_functions[rule.endpoint]] is Permission.ANYONE}
    assert public == PUBLIC


def test_every_staff_page_sends_a_stranger_to_the_sign_in_page(app, client) -> None:
    for rule in staff_rules(app):
        if rule.rule in PUBLIC:
            continue
        path = re.sub(r"<[^>]*>", "csv", re.sub(r"<int[^>]*>", "1", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)))
        for method in rule.methods & {"GET", "POST"}:
            answer = client.open(path, method=method)
            assert "Set-Cookie" not in answer.headers
            if method == "GET":
                assert answer.status_code == 303, (method, path)
                assert answer.location.startswith("/staff/sign-in"), (method, path)
            else:
                assert answer.status_code == 403, (method, path)
                assert "<h1>Đăng nhập</h1>" in answer.text, (method, path)


def test_public_pages_set_no_cookie_and_do_not_vary_with_one(client, round_of_2023_form) -> None:
    for path in ("/results/", "/K/P2MCN3E", "/K/ABCDEFG", "/staff/sign-in", "/nowhere"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_chosen_password_opens_the_overview_and_the_one_time_one_is_spent(client, admitted, one_time, app) -> None:
    assert admitted.get("/staff/").status_code == 200
    other = app.test_client()
    assert sign_in(other, one_time).status_code == 403
    assert sign_in(other, CHOSEN).location == "/staff/"


def test_a_password_may_be_typed_composed_or_decomposed(app, admitted) -> None:
    decomposed = "mâ\u0323t khâ\u0309u đu\u0309 da\u0300i"
    assert decomposed != CHOSEN
    assert sign_in(app.test_client(), decomposed).status_code == 303


def test_the_database_holds_neither_cookie_nor_password(store, admitted, one_time) -> None:
    cookie = admitted.get_cookie("hai_long").value
    with store.reading() as connection:
        kept = "".join(str(row) for table in (staff, staff_session, audit) for row in connection.execute(select(table)))
    assert len(cookie) >= 43  # 256 bits are 43 characters of base 64
    assert "$argon2id$" in kept
    for secret in (cookie, CHOSEN, one_time):
        assert secret not in kept


def test_the_cookie_is_for_this_site_only_and_ends_with_the_browser(client, one_time) -> None:
    header = sign_in(client, one_time).headers["Set-Cookie"]
    assert re.fullmatch(r"hai_long=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", header)


def test_over_https_the_cookie_is_bound_to_the_host(store, database_url, tmp_path, one_time) -> None:
    overrides = {
        "HAI_LONG_INSTANCE": str(tmp_path / "other"),
        "DATABASE_URL": database_url,
        "PUBLIC_URL": "https://khaosat.example.gov.vn",
        "TRUSTED_PROXIES": "1",
        "SURVEY_OWNER": "Sở Nội vụ",
    }
    app = create_app(overrides)
    client = app.test_client()
    header = sign_in(client, one_time).headers["Set-Cookie"]
    app.extensions["hai-long"].store.close()
    assert re.fullmatch(r"__Host-hai_long=[\w-]{43}; Secure; HttpOnly; Path=/; SameSite=Lax", header)


def test_every_sign_in_begins_a_new_session_and_ends_the_one_before(store, admitted) -> None:
    before = admitted.get_cookie("hai_long").value
    sign_in(admitted, CHOSEN)
    assert admitted.get_cookie("hai_long").value != before
    admitted.set_cookie("hai_long", before)
    assert admitted.get("/staff/").status_code == 303


def test_a_cookie_chosen_by_somebody_else_never_becomes_a_session(client, one_time) -> None:
    client.set_cookie("hai_long", "x" * 43)
    sign_in(client, one_time)
    assert client.get_cookie("hai_long").value != "x" * 43


def test_changing_the_password_ends_all_other_sessions(app, admitted) -> None:
    other = app.test_client()
    sign_in(other, CHOSEN)
    change_password(admitted, old=CHOSEN, new="một mật khẩu khác nữa")
    assert other.get("/staff/").status_code == 303
    assert admitted.get("/staff/").status_code == 200


def test_signing_out_removes_the_session_row(store, admitted) -> None:
    cookie = admitted.get_cookie("hai_long").value
    assert admitted.post("/staff/sign-out", data={"token": token_of(admitted)}).location == "/staff/sign-in"
    assert admitted.get_cookie("hai_long") is None
    admitted.set_cookie("hai_long", cookie)
    assert admitted.get("/staff/").status_code == 303
    with store.reading() as connection:
        assert connection.execute(select(staff_session)).all() == []


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({"last_seen": timedelta(minutes=29)}, 200),
        ({"last_seen": timedelta(minutes=31)}, 303),
        ({"began": timedelta(hours=11, minutes=59)}, 200),
        ({"began": timedelta(hours=12, minutes=1)}, 303),
    ],
)
def test_a_session_ends_after_30_idle_minutes_and_after_12_hours(store, admitted, columns, status) -> None:
    moved_back(store, **columns)
    assert admitted.get("/staff/").status_code == status


def test_using_a_session_keeps_it_alive(store, admitted) -> None:
    moved_back(store, last_seen=timedelta(minutes=20))
    admitted.get("/staff/")
    moved_back(store, last_seen=timedelta(minutes=20))
    assert admitted.get("/staff/").status_code == 200


def test_a_disabled_account_loses_its_session_at_once_and_cannot_sign_in(app, store, admitted) -> None:
    disable_staff(store, "lan")
    with store.reading() as connection:
        assert connection.execute(select(staff_session)).all() == []
    assert admitted.get("/staff/").status_code == 303
    assert sign_in(app.test_client(), CHOSEN).status_code == 403
    assert sign_in(app.test_client(), reset_staff(store, "lan")).location == "/staff/password"


def test_a_session_begun_while_its_account_was_being_disabled_is_no_use(store, admitted) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(staff.update().values(disabled=True))
    assert admitted.get("/staff/").status_code == 303


@pytest.mark.parametrize("path", ["/staff/password", "/staff/sign-out", "/staff/account/sessions"])
def test_a_form_without_the_token_of_its_own_session_does_nothing(app, store, admitted, path) -> None:
    other = app.test_client()
    sign_in(other, CHOSEN)
    stolen = token_of(other)
    sent = {"old": CHOSEN, "new": "một mật khẩu khác nữa", "again": "một mật khẩu khác nữa"}
    before = acts(store)
    for token in ({}, {"token": stolen}, {"token": "ă"}):
        assert admitted.post(path, data={**sent, **token}).status_code in (400, 403)
    assert acts(store) == before
    assert admitted.get("/staff/").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/staff/",
        "/\\evil.example",
        "/staff/../K/ABCDEFG",
        "/staff//evil.example",
        "/staff/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/results/",
        "/staffx",
    ],
)
def test_next_leads_to_staff_pages_only(admitted, wanted) -> None:
    assert sign_in(admitted, CHOSEN, next=wanted).location == "/staff/"


def test_after_sign_in_the_page_that_was_asked_for_comes(app, admitted) -> None:
    other = app.test_client()
    asked = other.get("/staff/posters?agency=SNV&size=a5")
    page = other.get(asked.location).text
    wanted = re.search(r'name="next" value="([^"]+)"', page)[1].replace("&amp;", "&")
    assert sign_in(other, CHOSEN, next=wanted).location == "/staff/posters?agency=SNV&size=a5"


def test_a_reset_while_a_password_is_changed_leads_back_to_the_sign_in_page(app, store, admitted) -> None:
    new, token = "một mật khẩu khác nữa", token_of(admitted)
    sent = {"old": CHOSEN, "new": new, "again": new, "token": token}

    def change():
        return admitted.post("/staff/password", data=sent)

    page, one_time = both("staff.username =", change, lambda: reset_staff(store, "lan"), when="after")
    assert (page.status_code, "Hãy đăng nhập lại" in page.text) == (409, True)
    assert "Set-Cookie" not in page.headers
    other = app.test_client()
    assert sign_in(other, new).status_code == 403
    assert sign_in(other, one_time).location == "/staff/password"


def test_the_trail_tells_who_did_what_and_nobody_can_change_it(store, client, one_time) -> None:
    sign_in(client, one_time, username="mat-khau-go-nham")
    sign_in(client, "sai")
    sign_in(client, one_time)
    change_password(client, old=one_time, new=CHOSEN)
    client.post("/staff/sign-out", data={"token": token_of(client)})
    assert acts(store) == [
        ("command", "staff_added"),
        ("", "sign_in_failure"),
        ("lan", "sign_in_failure"),
        ("lan", "sign_in"),
        ("lan", "password_change"),
        ("lan", "sign_out"),
    ]
    for change in ("UPDATE audit SET staff = 'x'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="append-only"), store.writing(ADDED) as connection:
            connection.exec_driver_sql(change)


def test_audit_times_are_utc(store) -> None:
    with store.writing(ADDED) as connection:
        save_audit(connection, staff="lan", act=Act.SIGN_OUT)
    with store.reading() as connection:
        written = connection.execute(select(audit.c.at)).scalar_one()
    assert abs(utc_now() - written) < timedelta(minutes=1)


def test_commands_add_reset_and_disable_accounts(app, client) -> None:
    run = app.test_cli_runner().invoke
    added = run(args=["staff", "add", "lan"])
    password = re.search(r"one-time password: ((?:[2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4})\n", added.stdout)[1]
    assert sign_in(client, password).location == "/staff/password"
    again = run(args=["staff", "add", "lan"])
    assert (again.exit_code, again.stderr) == (
        1,
        "there is already an account lan; for a new password: staff reset lan\n",
    )
    assert run(args=["staff", "add", "Lan Anh"]).exit_code == 1
    assert run(args=["staff", "add", "command"]).exit_code == 1
    assert run(args=["staff", "disable", "nobody"]).exit_code == 1
    assert run(args=["staff", "disable", "lan"]).exit_code == 0
    assert client.get("/staff/password").status_code == 303
    assert run(args=["staff", "reset", "lan"]).exit_code == 0
