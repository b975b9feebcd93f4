"""Shared tablets at the desk: who makes, sees and ends them, and where."""

import re

import pytest
from lxml import html

from survey.app import create_app
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting.kiosks import digest_of, hash_pin
from survey.operations.staff.rights import Role
from tests.integration.collecting.kiosks import OTHER, PIN, POINT, RETIRED, kiosk_rows, make
from tests.sign_in import admit, token_of
from tests.trail import told_of

OTHER_AGENCY = "P-DONGKINH"
HOME = "/staff/kiosks"
NEW = {"label": "Máy cạnh quầy số 2", "pin": PIN, "rest_seconds": "7"}


def test_a_tablet_is_made_shown_once_and_only_its_digests_are_kept(client, store, round_of_2023_form):
    admit(client, store)
    token = token_of(client, f"{HOME}/new/{POINT}")
    answer = client.post(f"{HOME}/new/{POINT}", data={**NEW, "token": token})
    assert answer.status_code == 201
    (secret,) = re.findall(r"/kiosk/([\w-]{22})<", answer.text)
    assert 'src="data:image/svg+xml;base64,' in answer.text
    (row,) = kiosk_rows(store)
    assert (row.digest, row.label, row.rest_seconds) == (digest_of(secret), NEW["label"], 7)
    assert row.pin_hash == hash_pin(PIN, bytes.fromhex(row.pin_salt))
    assert secret not in str(row)
    assert told_of(store, "kiosk_added") == [
        f"máy tính bảng số {row.id}; nhãn: {NEW['label']}; mã điểm phục vụ: {POINT}"
    ]
    listed = client.get(HOME).text
    assert NEW["label"] in listed
    assert secret not in listed
    assert client.get(f"/kiosk/{secret}").status_code == 200


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"label": "   "}, "Hãy điền ô này."),
        ({"label": "a" * 101}, "Dài quá 100 ký tự, hãy viết ngắn hơn."),
        ({"pin": "123"}, "Mã PIN gồm từ 4 đến 8 chữ số."),
        ({"pin": "123456789"}, "Mã PIN gồm từ 4 đến 8 chữ số."),
        ({"pin": "٢٥٨٠"}, "Mã PIN gồm từ 4 đến 8 chữ số."),
        ({"rest_seconds": "2"}, "Hãy nhập số giây từ 3 đến 300."),
        ({"rest_seconds": "301"}, "Hãy nhập số giây từ 3 đến 300."),
        ({"rest_seconds": "năm"}, "Hãy nhập số giây từ 3 đến 300."),
        ({"token": "khác"}, "Chưa lưu được."),
    ],
)
def test_a_form_filled_in_wrongly_makes_nothing_and_loses_nothing(client, store, sample_registry, change, fault):
    admit(client, store)
    token = token_of(client, f"{HOME}/new/{POINT}")
    answer = client.post(f"{HOME}/new/{POINT}", data={**NEW, "token": token, **change})
    assert answer.status_code == 400
    assert fault in answer.text
    kept = html.fromstring(answer.text).xpath("//main//form//input[@type!='hidden']/@value")
    sent = {**NEW, **change}
    assert kept == [" ".join(sent["label"].split()), sent["pin"], sent["rest_seconds"]]
    assert kiosk_rows(store) == []


def test_an_address_too_long_for_a_code_is_told_and_not_left_out_in_silence(
    store, round_of_2023_form, database_url, tmp_path
):
    # 7 signs of http://, 7 of /kiosk/ and 22 of the secret: with a host of 61 that is 97, and a code holds 86.
    settings = {"HAI_LONG_INSTANCE": str(tmp_path), "DATABASE_URL": database_url, "SURVEY_OWNER": "Sở Nội vụ"}
    long = create_app({**settings, "PUBLIC_URL": f"http://{'a' * 50}.langson.vn"})
    client = long.test_client()
    admit(client, store)
    page = client.post(f"{HOME}/new/{POINT}", data={**NEW, "token": token_of(client, f"{HOME}/new/{POINT}")})
    long.extensions["hai-long"].store.close()
    assert page.status_code == 201
    assert "Địa chỉ dài quá nên không vẽ được mã QR" in page.text
    assert "data:image/svg+xml" not in page.text


def test_revoking_asks_once_says_what_happens_and_is_written_down(client, store, round_of_2023_form):
    admit(client, store)
    secret = make(store)
    (row,) = kiosk_rows(store)
    path = f"{HOME}/{row.id}/revoke"
    asked = client.get(path).text
    assert "Phiếu còn chờ gửi trên máy sẽ không được nhận" in asked
    assert kiosk_rows(store)[0].revoked_on is None
    assert client.post(path, data={"token": "khác"}).status_code == 403
    token = token_of(client, path)
    assert client.post(path, data={"token": token}).location == f"{HOME}?done=revoked"
    assert kiosk_rows(store)[0].revoked_on == today_in_vietnam()
    # A second click changes nothing and is not written down again.
    client.post(path, data={"token": token})
    assert len(told_of(store, "kiosk_revoked")) == 1
    assert client.get(f"/kiosk/{secret}").status_code == 410


def test_a_manager_sees_and_touches_only_the_tablets_of_the_own_agency(client, store, round_of_2023_form):
    make(store, POINT)
    make(store, OTHER)
    foreign, own = kiosk_rows(store)
    admit(client, store, username="ha", role=Role.MANAGER, agency=OTHER_AGENCY)
    assert html.fromstring(client.get(HOME).text).xpath("//td//@href") == [f"{HOME}/{own.id}/revoke"]
    assert f"{HOME}/new/{POINT}" not in client.get(f"{HOME}/new?q={POINT}").text
    token = token_of(client, f"{HOME}/{own.id}/revoke")
    for path in (f"{HOME}/new/{POINT}", f"{HOME}/{foreign.id}/revoke"):
        assert client.get(path).status_code == 404
        assert client.post(path, data={**NEW, "token": token}).status_code == 404
    assert len(kiosk_rows(store)) == 2
    assert kiosk_rows(store)[0].revoked_on is None


@pytest.mark.parametrize("role", [Role.CLERK, Role.ANALYST, Role.AUDITOR])
def test_others_may_not_look(client, store, sample_registry, role):
    admit(client, store, role=role, agency=OTHER_AGENCY)
    for path in (HOME, f"{HOME}/new", f"{HOME}/new/{OTHER}"):
        assert client.get(path).status_code == 403


@pytest.mark.parametrize("code", [RETIRED, "AAAAAAA", "x"])
def test_no_tablet_is_put_where_nobody_is_served(client, store, sample_registry, code):
    admit(client, store)
    assert client.get(f"{HOME}/new/{code}").status_code == 404
