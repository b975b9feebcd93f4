"""A form sent twice by a double click is carried out once, and both senders get the first one's answer."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from sqlalchemy import select, update

from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.receipts import CaseDesk, LetterKind, Message, send_case
from survey.operations.feedback.working_days import load_working_days
from survey.operations.staff import sent_forms
from survey.operations.staff.rights import Role
from survey.store.feedback.tables import case_event
from survey.store.plans.tables import improvement_plan, plan_task
from survey.store.staff.tables import audit, poster_batch, sent_form, staff_session
from survey.store.subjects import ADDED
from survey.store.tables import response, service_point
from tests.batches import wait_until_set
from tests.holding import at_every_statement
from tests.integration.staff.double_clicks import (
    ACTS,
    TASK,
    WARD,
    alike,
    count,
    filled,
    forget,
    moved,
    newest,
    over_http,
    post,
    pressed_twice,
    seen,
)
from tests.servers import running_server
from tests.sign_in import PASSWORD, admit, token_of


@pytest.fixture
def admitted(client, store, sample_registry):
    """Return a client signed in as administrator, to whom no form that was sent is known."""
    admit(client, store)
    forget(store)
    return client


@pytest.fixture
def places(admitted, store) -> dict[str, str]:
    """Make what the acts need: a plan with a task and a case, by the names they have in addresses."""
    post(admitted, "/staff/plans/new", agency=WARD, round="", title="Kế hoạch năm", year="2026", document="", places="")
    plan = f"/staff/plans/{newest(store, improvement_plan.c.id)}"
    post(admitted, f"{plan}/tasks/new", **TASK)
    came = date(2026, 3, 2)
    desk = CaseDesk(store, bytes(32), load_working_days(year=today_in_vietnam().year), 15)
    kept = send_case(desk, Message(WARD, LetterKind.COMPLAINT, "Chờ lâu.", ""), key=bytes(16), today=came)
    forget(store)
    return {"plan": plan, "task": f"{plan}/tasks/{newest(store, plan_task.c.id)}", "case": kept.receipt.code}


@pytest.mark.parametrize("name", ACTS)
def test_a_double_click_stores_one_thing_and_both_answers_are_the_same(admitted, store, places, name) -> None:
    act = ACTS[name]
    path, form = filled(admitted, act, places)
    before = count(store, act.counted)
    first, second = pressed_twice(lambda: alike(admitted).post(path, data=form))
    assert seen(first) == seen(second)
    assert first.status_code < 400, first.text
    assert count(store, act.counted) == before + 1
    if act.counted is poster_batch:
        wait_until_set(admitted, str(first.location))
    # A third press within the minute does nothing more.
    assert seen(alike(admitted).post(path, data=form)) == seen(first)
    assert count(store, act.counted) == before + 1


def test_the_second_press_at_every_statement_of_the_first_stores_nothing(admitted, store) -> None:
    act, forms = ACTS["add a service point"], []

    def prepare(place: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
        path, form = filled(admitted, act, {})
        forms.append({**form, "name": f"Quầy {place}"})
        return (lambda: alike(admitted).post(path, data=forms[-1]),) * 2

    before, number = count(store, service_point), 0
    for place, first, second in at_every_statement(prepare):
        number += 1
        assert seen(first) == seen(second), place
        assert first.status_code == 303
        assert count(store, service_point) == before + number
    assert number >= 12


def test_the_same_act_meant_once_more_comes_from_the_page_loaded_anew(admitted, store, places) -> None:
    for number in (1, 2):
        path, form = filled(admitted, ACTS["note on a case"], places)
        assert admitted.post(path, data=form).status_code == 303
        assert count(store, case_event) == number


def test_every_page_carries_another_token_and_each_is_good(admitted) -> None:
    pages = [admitted.get("/staff/account").text for _ in range(3)]
    tokens = [set(re.findall(r'name="token" value="([^"]+)"', page)) for page in pages]
    assert [len(found) for found in tokens] == [1, 1, 1], "one for all forms of a page"
    assert len(set.union(*tokens)) == 3
    for (token,) in tokens:
        assert admitted.post("/staff/account/sessions", data={"token": token}).status_code == 303
    page, _, signature = tokens[0].pop().partition(".")
    for wrong in (signature, f".{signature}", f"{page}x.{signature}", f"{page}.", page, "é.é"):
        assert admitted.post("/staff/account/sessions", data={"token": wrong}).status_code == 403


def test_what_was_refused_is_looked_at_anew(admitted, store) -> None:
    path, form = filled(admitted, ACTS["add a service point"], {})
    wrong = {**form, "name": ""}
    first, second = pressed_twice(lambda: alike(admitted).post(path, data=wrong))
    assert (first.status_code, second.status_code) == (400, 400)
    assert count(store, sent_form) == 0
    assert admitted.post(path, data=form).status_code == 303


def test_what_failed_is_looked_at_anew(app, admitted, store, monkeypatch) -> None:
    path, form = filled(admitted, ACTS["add a service point"], {})
    with monkeypatch.context() as patch:
        patch.setattr("survey.operations.registry.agencies.add_point", None)
        assert admitted.post(path, data=form).status_code == 500
    assert count(store, sent_form) == 0
    assert admitted.post(path, data=form).status_code == 303


def test_the_database_alone_does_not_open_what_is_shown_once(app, admitted, store) -> None:
    path, form = filled(admitted, ACTS["add a person"], {})
    password = re.search(r'class="secret">([^<]+)<', admitted.post(path, data=form).text)[1]
    with store.reading() as connection:
        row = connection.execute(select(sent_form)).one()
    assert password.encode() not in bytes(row.answer)
    known = (bytes.fromhex(row.digest), app.config["SECRET_KEY"], row.digest.encode())
    for purpose in ("sent form: answer", "sent form: find"):
        for key in known:
            with pytest.raises(InvalidToken):
                sent_forms.make_sealer(key, purpose).decrypt(bytes(row.answer))


@pytest.mark.parametrize("aside", [timedelta(seconds=-61), timedelta(days=1)])
def test_a_minute_later_or_before_a_clock_was_put_right_it_is_another_act_and_old_rows_go(
    admitted, store, places, aside
) -> None:
    path, form = filled(admitted, ACTS["note on a case"], places)
    for number in (1, 2):
        assert admitted.post(path, data=form).status_code == 303
        assert (count(store, case_event), count(store, sent_form)) == (number, 1)
        moved(store, aside)


@pytest.mark.parametrize("answer", [None, b""])
def test_whose_worker_died_or_whose_answer_was_not_kept_is_told_so_in_words(
    admitted, store, places, monkeypatch, answer
) -> None:
    monkeypatch.setattr(sent_forms, "LONGEST_WAIT", 0.3)
    path, form = filled(admitted, ACTS["note on a case"], places)
    admitted.post(path, data=form)
    with store.writing(ADDED) as connection:
        connection.execute(update(sent_form).values(answer=answer))
    page = admitted.post(path, data=form)
    words = "còn đang được thực hiện" if answer is None else "đã thực hiện xong"
    assert (page.status_code, words in page.text) == (409, True)
    assert count(store, case_event) == 1
    moved(store, timedelta(seconds=-61))
    assert admitted.post(path, data=form).status_code == 303


def test_an_answer_that_is_too_long_is_not_kept(admitted, store, monkeypatch) -> None:
    assert sent_forms.MOST_ANSWER == 1_048_576
    monkeypatch.setattr(sent_forms, "MOST_ANSWER", 100)
    path, form = filled(admitted, ACTS["add a person"], {})
    assert admitted.post(path, data=form).status_code == 200
    assert admitted.post(path, data=form).status_code == 409
    with store.reading() as connection:
        assert bytes(connection.scalar(select(sent_form.c.answer))) == b""


def test_files_are_the_same_whatever_boundary_the_browser_draws(admitted, store, tmp_path) -> None:
    sheet = admitted.get("/staff/registry/current/agencies.xlsx").data
    token = token_of(admitted, "/staff/registry/import")

    def send(content: bytes, boundary: str) -> Any:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n--{boundary}\r\n'
        head += 'Content-Disposition: form-data; name="agencies"; filename="a.xlsx"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return admitted.post("/staff/registry/import", input_stream=io.BytesIO(body), content_type=kind)

    first, second = send(sheet, "one"), send(sheet, "two")
    assert seen(first) == seen(second)
    assert first.status_code == 303, first.text
    assert len(list((tmp_path / "instance" / "uploads").iterdir())) == 1
    other = admitted.get("/staff/registry/templates/agencies.xlsx").data
    assert seen(send(other, "three")) != seen(first)


def test_a_double_click_on_a_new_password_begins_one_session(app, client, store, sample_registry) -> None:
    admit(client, store, "minh", Role.CLERK, "SNV")
    token, new = token_of(client, "/staff/password"), "một mật khẩu khác nữa"
    form = {"old": PASSWORD, "new": new, "again": new, "token": token}
    first, second = pressed_twice(lambda: alike(client).post("/staff/password", data=form))
    assert seen(first) == seen(second)
    # One cookie of the session, one of the device.
    assert (first.status_code, len(first.headers.getlist("Set-Cookie"))) == (303, 2)
    assert count(store, staff_session) == 1


def test_a_double_click_at_the_door_begins_one_session_and_ends_it_once(app, client, store, sample_registry) -> None:
    admit(client, store, "minh", Role.CLERK, "SNV")
    client.post("/staff/sign-out", data={"token": token_of(client, "/staff/account")})
    before, stranger = acts(store), app.test_client()
    form = {"username": "minh", "password": PASSWORD, "token": token_of(stranger, "/staff/sign-in")}
    first, second = pressed_twice(lambda: app.test_client().post("/staff/sign-in", data=form))
    assert seen(first) == seen(second)
    assert (first.status_code, count(store, staff_session)) == (303, 1)
    stranger.post("/staff/sign-in", data=form)
    out = {"token": token_of(stranger, "/staff/account")}
    first, second = pressed_twice(lambda: alike(stranger).post("/staff/sign-out", data=out))
    assert seen(first) == seen(second)
    assert (first.location, acts(store)) == ("/staff/sign-in", [*before, "sign_in", "sign_out"])


def test_an_ended_session_has_the_answer_to_what_it_sent_and_nothing_else(app, admitted, store, places) -> None:
    path, form = filled(admitted, ACTS["note on a case"], places)
    sent = admitted.post(path, data=form)
    with store.writing(ADDED) as connection:
        connection.execute(staff_session.delete())
    assert seen(admitted.post(path, data=form)) == seen(sent)
    other = admitted.post(path, data={**form, "note": "Khác"})
    assert (other.status_code, "<h1>Đăng nhập</h1>" in other.text) == (403, True)
    assert (count(store, case_event), count(store, sent_form)) == (1, 1)


def test_strangers_and_people_without_the_right_leave_no_row(app, admitted, store) -> None:
    path, form = filled(admitted, ACTS["add a person"], {})
    assert app.test_client().post(path, data=form).status_code == 403
    clerk = app.test_client()
    admit(clerk, store, "minh", Role.CLERK, "SNV")
    forget(store)
    assert clerk.post(path, data={**form, "token": token_of(clerk, "/staff/account")}).status_code == 403
    assert count(store, sent_form) == 0


def test_an_answering_entered_for_somebody_leaves_no_row_with_a_time(
    app, client, store, round_of_2023_form, monkeypatch
) -> None:
    admit(client, store, "minh", Role.CLERK, "TTPVHCC")
    forget(store)
    path = "/staff/entry/assisted/L4E3SZF"
    page = client.get(path).text
    form = dict(re.findall(r"<input type=hidden name=(\w+)[^>]* value=\"([^\"]+)\"", page)) | {"A1": "5"}
    answers = [client.post(path, data=form) for _ in range(2)]
    assert {one.status_code for one in answers} == {303}
    assert answers[0].location == answers[1].location
    assert (count(store, response), count(store, sent_form)) == (1, 0)


@pytest.mark.slow
def test_two_workers_carry_out_a_form_once(app, admitted, store, places, database_url, tmp_path) -> None:
    environment = {
        "HAI_LONG_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "PUBLIC_URL": "",
    }
    cookie = admitted.get_cookie("hai_long").value
    with running_server(environment, tmp_path) as server:
        for name, act in ACTS.items():
            path, form = filled(admitted, act, places)
            before = count(store, act.counted)
            first, second = pressed_twice(lambda: over_http(server.port, path, form, cookie))  # noqa: B023
            assert first == second, name
            assert first[0] < 400, first
            assert count(store, act.counted) == before + 1, name
        assert "Traceback" not in server.output.read_text()


def acts(store) -> list[str]:
    with store.reading() as connection:
        return list(connection.scalars(select(audit.c.act).order_by(audit.c.id)))
