"""The life of a code: replaced, revoked, moved elsewhere, and all of it undone on the same day."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from survey.errors import RegistryError
from survey.operations.clock import today_in_vietnam
from survey.operations.registry import codes
from survey.operations.registry.codes import Acting
from survey.operations.staff.rights import Role
from survey.store.registry.code_events import list_code_events
from survey.store.subjects import ADDED
from survey.store.tables import response, service_point
from tests.integration.posters.studio import (
    BUSINESS,
    CIVIL_STATUS,
    GUIDE,
    WARD,
    posted,
    pressed,
    row_of,
    successor_of,
    trail_of,
)
from tests.scans import forget_scans
from tests.sign_in import admit


def events_of(store, code):
    """Return what was done with a code, the latest first: act, new code, reason, and what its row said before."""
    with store.reading() as connection:
        return [
            (one.act, one.new_code, one.reason, one.valid_from, one.valid_to, one.successor_code)
            for one in list_code_events(connection, code)
        ]


def answer_at(client, code):
    """Answer the form of a service point as a citizen."""
    token = re.search(r'name="?token"?[^>]* value="([^"]+)"', client.get(f"/K/{code}").text)[1]
    assert client.post(f"/K/{code}", data={"token": token, "A1": "4"}).status_code == 303


# The life of a code.


@pytest.fixture
def fresh(app):
    """Return a citizen's client that is not told what a code led to two seconds ago."""

    def client():
        forget_scans(app)
        return app.test_client()

    return client


def test_a_worn_poster_leads_on_to_the_new_code(manager, store, fresh) -> None:
    new = successor_of(manager, BUSINESS, "worn")
    old, made = row_of(store, BUSINESS), row_of(store, new)
    assert old.valid_to == today_in_vietnam() - timedelta(days=1)
    assert (old.successor_id, made.name, made.agency_id) == (made.id, old.name, old.agency_id)
    answer = fresh().get(f"/K/{BUSINESS}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/K/{new}")
    answer_at(fresh(), new)
    assert events_of(store, BUSINESS) == [("replaced", new, "worn", date(2025, 7, 1), None, None)]
    assert f"Cấp mã này thay cho mã {BUSINESS}: áp phích hỏng, mờ" in manager.get(f"/staff/points/{new}").text


def test_a_tampered_poster_is_dead_and_does_not_lead_on(manager, store, fresh) -> None:
    new = successor_of(manager, BUSINESS, "tampered")
    assert row_of(store, BUSINESS).successor_id is None
    answer = fresh().get(f"/K/{BUSINESS}")
    assert answer.status_code == 200
    assert "Mã này không còn dùng" in answer.text
    assert new not in answer.text
    assert f"Thay bằng mã {new}: áp phích bị dán đè" in manager.get(f"/staff/points/{BUSINESS}").text


def test_a_worn_poster_leads_past_a_code_that_was_tampered_with_later(manager, store, fresh) -> None:
    second = successor_of(manager, BUSINESS, "worn")
    third = successor_of(manager, second, "tampered")
    assert fresh().get(f"/K/{BUSINESS}").headers["Location"] == f"/K/{third}"
    assert fresh().get(f"/K/{second}").status_code == 200
    assert pressed(manager, f"/staff/points/{second}/undo").status_code == 303
    assert fresh().get(f"/K/{BUSINESS}").headers["Location"] == f"/K/{second}"


def test_answers_to_a_form_opened_before_the_replacement_still_count(manager, store, fresh) -> None:
    citizen = fresh()
    token = re.search(r'name="?token"?[^>]* value="([^"]+)"', citizen.get(f"/K/{BUSINESS}").text)[1]
    successor_of(manager, BUSINESS, "lost")
    assert fresh().post(f"/K/{BUSINESS}", data={"token": token, "A1": "4"}).status_code == 303
    with store.reading() as connection:
        (found,) = connection.execute(select(response.c.service_point_id, response.c.day)).all()
    assert found == (row_of(store, BUSINESS).id, today_in_vietnam())


@pytest.mark.parametrize("reason", ["worn", "tampered"])
def test_a_replacement_can_be_undone_today(manager, store, fresh, reason) -> None:
    before = row_of(store, BUSINESS)
    new = successor_of(manager, BUSINESS, reason)
    assert pressed(manager, f"/staff/points/{BUSINESS}/undo").status_code == 303
    after = row_of(store, BUSINESS)
    assert (after.valid_from, after.valid_to, after.successor_id) == (before.valid_from, None, None)
    assert fresh().get(f"/K/{BUSINESS}").status_code == 200
    # A poster printed with the new code in between still works.
    assert fresh().get(f"/K/{new}").headers["Location"] == f"/K/{BUSINESS}"
    assert manager.get(f"/staff/points/{BUSINESS}/undo").text.count("Hôm nay không có thao tác nào") == 1


def test_a_replacement_is_not_undone_once_somebody_answered_at_the_new_code(manager, store, fresh) -> None:
    new = successor_of(manager, BUSINESS, "lost")
    answer_at(fresh(), new)
    answer = pressed(manager, f"/staff/points/{BUSINESS}/undo")
    assert answer.status_code == 400
    assert f"ở mã mới {new}, nên không hoàn tác được" in answer.text
    assert row_of(store, BUSINESS).valid_to is not None


def test_a_replacement_is_not_undone_tomorrow(manager, store) -> None:
    successor_of(manager, BUSINESS, "lost")
    row = row_of(store, BUSINESS)
    tomorrow = today_in_vietnam() + timedelta(days=1)
    with pytest.raises(RegistryError, match="nothing of today to undo"):
        codes.undo_ending(store, Acting("hoa", BUSINESS, row.version, tomorrow))


def test_a_code_revoked_with_an_end_in_sight_gets_that_end_back(manager, store, fresh) -> None:
    end = today_in_vietnam() + timedelta(days=90)
    guide = row_of(store, CIVIL_STATUS)
    with store.writing(ADDED) as connection:
        planned = {"valid_to": end, "successor_id": guide.id}
        connection.execute(update(service_point).where(service_point.c.code == BUSINESS).values(**planned))
    assert pressed(manager, f"/staff/points/{BUSINESS}/revoke").status_code == 303
    answer = fresh().get(f"/K/{BUSINESS}")
    assert (answer.status_code, "Mã này không còn dùng" in answer.text) == (200, True)
    assert row_of(store, BUSINESS).successor_id is None
    assert pressed(manager, f"/staff/points/{BUSINESS}/undo").status_code == 303
    row = row_of(store, BUSINESS)
    assert (row.valid_to, row.successor_id) == (end, guide.id)
    assert events_of(store, BUSINESS) == [
        ("undone", None, None, None, None, None),
        ("revoked", None, None, date(2025, 7, 1), end, CIVIL_STATUS),
    ]
    assert events_of(store, CIVIL_STATUS) == []


def test_an_end_set_for_the_new_code_meanwhile_is_the_old_ones_after_undoing(manager, store) -> None:
    new, end = successor_of(manager, BUSINESS, "worn"), today_in_vietnam() + timedelta(days=9)
    follower = row_of(store, CIVIL_STATUS).id
    with store.writing(ADDED) as connection:
        planned = {"valid_to": end, "successor_id": follower}
        connection.execute(update(service_point).where(service_point.c.code == new).values(**planned))
    assert pressed(manager, f"/staff/points/{BUSINESS}/undo").status_code == 303
    row = row_of(store, BUSINESS)
    assert (row.valid_to, row.successor_id) == (end, follower)


def test_a_code_made_today_can_be_replaced_today(manager, store, fresh) -> None:
    first = successor_of(manager, BUSINESS, "lost")
    second = successor_of(manager, first, "lost")
    assert "Mã mới" in pressed(manager, f"/staff/points/{BUSINESS}/undo").text
    assert fresh().get(f"/K/{BUSINESS}").headers["Location"] == f"/K/{second}"
    assert pressed(manager, f"/staff/points/{first}/undo").status_code == 303
    assert row_of(store, first).valid_from == today_in_vietnam()


def test_a_code_hangs_elsewhere_under_the_name_of_the_new_place(manager, store, fresh) -> None:
    day = today_in_vietnam() - timedelta(days=2)
    move = f"/staff/points/{BUSINESS}/move"
    old = row_of(store, BUSINESS).name
    answer = pressed(manager, move, place="same", name="  Quầy 7 –  tầng 2 ", day=str(day))
    assert answer.status_code == 303
    assert row_of(store, BUSINESS).name == "Quầy 7 – tầng 2"
    assert "Quầy 7 – tầng 2" in fresh().get(f"/K/{BUSINESS}").text
    assert [one[0] for one in events_of(store, BUSINESS)] == ["moved"]
    moved = f"mã {BUSINESS}; tên: {old} → Quầy 7 – tầng 2; treo ở đó từ ngày: {day:%d/%m/%Y}"
    assert trail_of(store, "code_moved") == [moved]
    assert (
        f"Chuyển từ “{old}” sang “Quầy 7 – tầng 2” từ ngày {day:%d/%m/%Y}"
        in manager.get(f"/staff/points/{BUSINESS}").text
    )


def test_a_move_that_cannot_be_is_refused_with_everything_typed(manager, store) -> None:
    move = f"/staff/points/{BUSINESS}/move"
    today = today_in_vietnam()
    for fields, said in (
        ({"place": "other", "name": "Quầy 7", "day": str(today)}, "mã không chuyển sang cơ quan khác được"),
        ({"place": "same", "name": "Quầy 7", "day": str(today + timedelta(days=1))}, "không thể sau hôm nay"),
        ({"place": "same", "name": "Quầy 7" * 50, "day": str(today)}, "Dài quá 200 ký tự"),
        ({"place": "same", "name": "Quầy 7", "day": "hôm qua"}, "Quầy 7"),
    ):
        answer = pressed(manager, move, **fields)
        assert answer.status_code == 400
        assert said in answer.text
        assert fields["name"] in answer.text
    assert "Quầy 7" not in row_of(store, BUSINESS).name


def test_of_two_who_act_on_one_code_the_second_is_told(manager, store) -> None:
    path = f"/staff/points/{BUSINESS}/replace"
    seen = re.search(r'name="version"[^>]* value="(\d+)"', manager.get(path).text)[1]
    pressed(manager, f"/staff/points/{BUSINESS}/move", place="same", name="Quầy 7", day=str(today_in_vietnam()))
    answer = posted(manager, path, version=seen, reason="tampered")
    assert answer.status_code == 409
    assert "người khác vừa thay đổi nội dung này" in answer.text
    assert "Quầy 7" in answer.text
    assert re.search(r'value="tampered"[^>]* checked', answer.text)
    version = re.search(r'name="version"[^>]* value="(\d+)"', answer.text)[1]
    assert posted(manager, path, version=version, reason="tampered").status_code == 303


def test_an_ended_code_takes_no_further_acts(manager, store) -> None:
    successor_of(manager, BUSINESS, "worn")
    version = row_of(store, BUSINESS).version
    for act in ("replace", "revoke"):
        answer = posted(manager, f"/staff/points/{BUSINESS}/{act}", version=version, reason="worn")
        assert (answer.status_code, "đã ngừng dùng nên không đổi" in answer.text) == (400, True)


def test_without_a_reason_nothing_is_replaced(manager, store) -> None:
    answer = pressed(manager, f"/staff/points/{BUSINESS}/replace")
    assert (answer.status_code, "Hãy chọn một lý do" in answer.text) == (400, True)
    assert row_of(store, BUSINESS).valid_to is None


@pytest.mark.parametrize("act", ["replace", "revoke", "move", "undo"])
def test_codes_of_others_and_forms_of_others_change_nothing(app, manager, store, act) -> None:
    fields = {"version": "1", "reason": "lost", "place": "same", "name": "Quầy 7", "day": str(today_in_vietnam())}
    before = row_of(store, GUIDE), row_of(store, BUSINESS)
    assert manager.get(f"/staff/points/{GUIDE}/{act}").status_code == 404
    assert posted(manager, f"/staff/points/{GUIDE}/{act}", **fields).status_code == 404
    assert manager.post(f"/staff/points/{BUSINESS}/{act}", data={"token": "x", **fields}).status_code == 403
    clerk = app.test_client()
    admit(clerk, store, "mai", Role.CLERK, WARD)
    assert posted(clerk, f"/staff/points/{BUSINESS}/{act}", **fields).status_code == 403
    assert (row_of(store, GUIDE), row_of(store, BUSINESS)) == before
