"""Accounts on pages: who may manage them, what is shown once, and what counts at once."""

import re

import pytest
from sqlalchemy import select

from survey.operations.keeping.deeds import detail_in_words
from survey.operations.staff.accounts import add_staff
from survey.operations.staff.rights import Role
from survey.store.staff.tables import staff, staff_session
from tests.sign_in import PASSWORD, admit, set_up_second_factor, token_of
from tests.trail import deeds_of

NEW = "/staff/people/new"


@pytest.fixture
def lan(client, store, sample_registry):
    """Return a client signed in as the administrator `lan`."""
    admit(client, store)
    return client


@pytest.fixture
def minh(app, store, lan):
    """Return a client signed in as `minh`, a clerk of SNV."""
    client = app.test_client()
    admit(client, store, "minh", Role.CLERK, "SNV")
    return client


def row(store, username: str):
    with store.reading() as connection:
        return connection.execute(select(staff).where(staff.c.username == username)).one()


def page_of(store, username: str) -> str:
    return f"/staff/people/{row(store, username).id}"


def add(client, **fields: str):
    sent = {"username": "mai", "role": "analyst", "agency": "", "token": token_of(client, NEW)}
    return client.post(NEW, data={**sent, **fields})


def change(client, store, username: str, role: str, agency: str = "", *, seen: int | None = None):
    page = page_of(store, username)
    version = row(store, username).version if seen is None else seen
    return client.post(page, data={"role": role, "agency": agency, "version": version, "token": token_of(client, page)})


def do(client, store, username: str, name: str):
    page = f"{page_of(store, username)}/{name}"
    return client.post(page, data={"token": token_of(client, page)})


CHANGE = "tài khoản minh; vai trò: Quản trị hệ thống → Cán bộ một cửa; mã cơ quan: không có → P-KYLUA"
ENABLED = "tài khoản minh; tài khoản bị khóa: có → không"


def acts(store) -> list[tuple[str, str, str]]:
    return [(one.staff, one.act, detail_in_words(one)) for one in deeds_of(store)]


def test_a_new_account_shows_its_password_once_and_it_works(app, store, lan) -> None:
    page = add(lan, username="mai", role="manager", agency="P-KYLUA")
    password = re.search(r'class="secret">([^<]+)<', page.text)[1]
    assert page.headers["Cache-Control"] == "no-store"
    assert password not in lan.get(page_of(store, "mai")).text + lan.get("/staff/people").text
    found = app.test_client().post("/staff/sign-in", data={"username": "mai", "password": password})
    assert found.location == "/staff/password"
    assert ("lan", "staff_added", "tài khoản mai; vai trò: Phụ trách cơ quan; mã cơ quan: P-KYLUA") in acts(store)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"username": "lan"}, "Đã có tài khoản mang tên này"),
        ({"username": "command"}, "Đã có tài khoản mang tên này"),
        ({"username": "Mai Lan"}, "chữ thường không dấu"),
        ({"username": "mai\n"}, None),
        ({"username": "a" * 61}, "quá 60 ký tự"),
        ({"username": ""}, "Hãy điền ô này"),
        ({"role": "king"}, "vai trò trong danh sách"),
        ({"role": "manager"}, "cần một cơ quan"),
        ({"role": "clerk", "agency": "NOWHERE"}, "Không có cơ quan này"),
        ({"role": "clerk", "agency": "SKHDT"}, "Không có cơ quan này"),  # merged away in 2025
        ({"role": "auditor", "agency": "SNV"}, "làm việc với mọi cơ quan"),
    ],
)
def test_what_cannot_be_an_account_is_refused_and_stays_typed(store, lan, fields, message) -> None:
    answer = add(lan, **fields)
    if message is None:
        assert answer.status_code == 200
        return
    assert (answer.status_code, message in answer.text) == (400, True)
    typed = fields.get("username", "mai")
    assert f'name="username" type="text" value="{typed}"' in answer.text
    with store.reading() as connection:
        assert connection.scalars(select(staff.c.username)).all() == ["lan"]


def test_the_list_is_searched_and_sorted(store, lan) -> None:
    add(lan, username="mai", role="manager", agency="P-KYLUA")
    add(lan, username="binh", role="auditor")

    def names(query: str) -> list[str]:
        return re.findall(r'scope="row"><a[^>]*>([^<]+)<', lan.get(f"/staff/people{query}").text)

    assert names("") == ["binh", "lan", "mai"]
    assert names("?sort=-name") == ["mai", "lan", "binh"]
    assert names("?q=ky+lua") == ["mai"]
    assert "Không có tài khoản nào khớp" in lan.get("/staff/people?q=zzz").text


def test_rights_count_at_the_next_request(store, lan, minh) -> None:
    assert minh.get("/staff/people").status_code == 403
    assert change(lan, store, "minh", "auditor").status_code == 303
    assert minh.get("/staff/audit").status_code == 200
    assert minh.get("/staff/").location == "/staff/audit"
    assert change(lan, store, "minh", "administrator").status_code == 303
    assert minh.get("/staff/people").location.startswith("/staff/second-factor")
    set_up_second_factor(minh)
    assert minh.get("/staff/people").status_code == 200
    assert change(lan, store, "minh", "clerk", "P-KYLUA").status_code == 303
    assert minh.get("/staff/people").status_code == 403
    assert ("lan", "staff_changed", CHANGE) in acts(store)


def test_an_agency_counts_at_the_next_request(app, store, lan, minh) -> None:
    from survey.web.door.register import own_scope

    def scope(client) -> frozenset[str]:
        cookie = client.get_cookie("hai_long").value
        with app.test_request_context(headers={"Cookie": f"hai_long={cookie}"}):
            return own_scope().agencies

    assert scope(minh) == {"SNV"}
    change(lan, store, "minh", "manager", "VPUBND")
    assert scope(minh) == {"VPUBND", "TTPVHCC"}


def test_two_people_at_one_account_do_not_overwrite_each_other(app, store, lan, minh) -> None:
    seen = row(store, "minh").version
    assert change(lan, store, "minh", "auditor", seen=seen).status_code == 303
    late = change(lan, store, "minh", "clerk", "P-KYLUA", seen=seen)
    assert late.status_code == 409
    assert "Kiểm tra, giám sát" in late.text
    assert '<option value="P-KYLUA" selected>' in late.text
    assert row(store, "minh").role == "auditor"
    again = re.search(r'name="version" value="(\d+)"', late.text)[1]
    assert change(lan, store, "minh", "clerk", "P-KYLUA", seen=int(again)).status_code == 303


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "9" * 40])
def test_a_version_that_is_none_changes_nothing(store, lan, minh, version) -> None:
    assert change(lan, store, "minh", "auditor", seen=version).status_code == 409
    assert row(store, "minh").role == "clerk"


def test_a_new_password_ends_the_old_one_and_its_sessions(app, store, lan, minh) -> None:
    page = do(lan, store, "minh", "password")
    password = re.search(r'class="secret">([^<]+)<', page.text)[1]
    assert minh.get("/staff/").location.startswith("/staff/sign-in")
    other = app.test_client()
    assert other.post("/staff/sign-in", data={"username": "minh", "password": PASSWORD}).status_code == 403
    given = {"username": "minh", "password": password}
    assert other.post("/staff/sign-in", data=given).location == "/staff/password"
    assert ("lan", "staff_reset", "tài khoản minh") in acts(store)


def test_sessions_end_and_the_password_stays(app, store, lan, minh) -> None:
    assert do(lan, store, "minh", "sessions").status_code == 303
    assert minh.get("/staff/").location.startswith("/staff/sign-in")
    found = minh.post("/staff/sign-in", data={"username": "minh", "password": PASSWORD})
    assert found.location == "/staff/"
    assert ("lan", "sessions_ended", "tài khoản minh; số phiên làm việc đã kết thúc trước đó: 1") in acts(store)


def test_a_disabled_person_is_out_at_once_and_comes_back_with_the_same_password(app, store, lan, minh) -> None:
    assert do(lan, store, "minh", "disable").status_code == 303
    assert minh.get("/staff/").location.startswith("/staff/sign-in")
    given = {"username": "minh", "password": PASSWORD}
    assert minh.post("/staff/sign-in", data=given).status_code == 403
    do(lan, store, "minh", "password")
    assert row(store, "minh").disabled
    assert do(lan, store, "minh", "enable").status_code == 303
    assert not row(store, "minh").disabled
    assert {("lan", "staff_disabled", "tài khoản minh"), ("lan", "staff_changed", ENABLED)} <= set(acts(store))


def test_the_second_factor_is_reset_on_the_page_of_a_person(store, lan, minh) -> None:
    set_up_second_factor(minh)
    assert "/second-factor" in lan.get(page_of(store, "minh")).text
    assert do(lan, store, "minh", "second-factor").status_code == 303
    assert row(store, "minh").totp_secret is None
    assert ("lan", "second_factor_reset", "tài khoản minh") in acts(store)


def test_the_last_administrator_stays(app, store, lan) -> None:
    refused = change(lan, store, "lan", "auditor")
    assert (refused.status_code, "người quản trị hệ thống cuối cùng" in refused.text) == (409, True)
    refused = do(lan, store, "lan", "disable")
    assert (refused.status_code, "người quản trị hệ thống cuối cùng" in refused.text) == (409, True)
    add_staff(store, "mai")
    assert do(lan, store, "mai", "disable").status_code == 303
    assert do(lan, store, "lan", "disable").status_code == 409
    do(lan, store, "mai", "enable")
    assert change(lan, store, "lan", "auditor").status_code == 303
    assert lan.get("/staff/people").status_code == 403


def test_asking_changes_nothing(store, lan, minh) -> None:
    before = row(store, "minh"), acts(store)
    for name in ("password", "second-factor", "sessions", "disable", "enable"):
        assert lan.get(f"{page_of(store, 'minh')}/{name}").status_code == 200
    assert (row(store, "minh"), acts(store)) == before


@pytest.mark.parametrize("path", ["999", "0", "2147483647", "99999999999999999999", "x", "1/explode"])
def test_nobody_has_no_page(lan, path) -> None:
    assert lan.get(f"/staff/people/{path}").status_code == 404


def test_only_administrators_manage_people_and_others_are_written_down(store, lan, minh) -> None:
    page = page_of(store, "lan")
    for path in ("/staff/people", NEW, page, f"{page}/disable"):
        refused = minh.get(path)
        assert (refused.status_code, "không có quyền" in refused.text) == (403, True)
    sent = {"token": token_of(minh, "/staff/account")}
    assert minh.post(f"{page}/disable", data=sent).status_code == 403
    assert not row(store, "lan").disabled
    assert [act for act in acts(store) if act[1] == "refused"][-1] == ("minh", "refused", f"POST {page}/disable")


def test_an_act_without_the_token_does_nothing(store, lan, minh) -> None:
    page = page_of(store, "minh")
    for name in ("password", "second-factor", "sessions", "disable", "enable"):
        assert lan.post(f"{page}/{name}", data={"token": "x"}).status_code == 403
    assert lan.post(page, data={"role": "auditor", "version": "1"}).status_code == 400
    assert row(store, "minh").role == "clerk"
    with store.reading() as connection:
        assert len(connection.execute(select(staff_session)).all()) == 2


def test_the_command_makes_every_role(app, store, sample_registry) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["staff", "add", "mai", "--role", "manager", "--agency", "P-KYLUA"]).exit_code == 0
    assert run(args=["staff", "add", "binh", "--role", "auditor"]).exit_code == 0
    assert (row(store, "mai").role, row(store, "binh").role) == ("manager", "auditor")
    for wrong in (["--role", "clerk"], ["--role", "clerk", "--agency", "X"], ["--agency", "SNV"]):
        assert run(args=["staff", "add", "an", *wrong]).exit_code == 1
    assert run(args=["staff", "add", "an", "--role", "king"]).exit_code == 2
