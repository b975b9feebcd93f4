"""Pages tell people to do what they may do, and say what was done once."""

import re
from datetime import UTC, datetime

from lxml import html

from survey.operations.clock import local_time
from survey.operations.staff.rights import Role
from tests.integration.posters.studio import BUSINESS, WARD, posted, successor_of
from tests.sign_in import admit, token_of

# Of one page: the token of its form goes with the session it was made for.
SENT = ("token", "session")


def text_of(answer):
    return " ".join(html.fromstring(answer.text).text_content().split())


def test_nobody_is_told_to_press_what_is_not_there(app, store, round_of_2023_form) -> None:
    clerk, manager, administrator = (app.test_client() for _ in range(3))
    admit(clerk, store, username="hoa", role=Role.CLERK, agency=WARD)
    admit(manager, store, username="mai", role=Role.MANAGER, agency=WARD)
    admit(administrator, store)
    check = "/staff/check/ABCDEFG"
    assert "bấm “Thay mã”" in text_of(manager.get(check))
    assert "bấm “Thay mã”" not in text_of(clerk.get(check))
    assert "Nhờ người phụ trách cơ quan thay mã" in text_of(clerk.get(check))
    assert "PUBLIC_URL" in text_of(administrator.get("/staff/"))
    assert "PUBLIC_URL" not in text_of(clerk.get("/staff/"))
    assert "PUBLIC_URL" not in text_of(manager.get("/staff/"))
    assert "chọn “Công bố kết quả”" in text_of(administrator.get("/staff/analysis/"))
    assert "chọn “Công bố kết quả”" not in text_of(manager.get("/staff/analysis/"))


def test_a_second_tab_reads_that_the_code_was_replaced_and_by_which(client, store, sample_registry) -> None:
    admit(client, store, role=Role.MANAGER, agency=WARD)
    path = f"/staff/points/{BUSINESS}/replace"
    version = re.search(r'name="version"[^>]* value="(\d+)"', client.get(path).text)[1]
    new = successor_of(client, BUSINESS, "worn")
    answer = posted(client, path, version=version, reason="worn")
    assert answer.status_code == 409
    assert "bấm lần nữa" not in text_of(answer)
    assert f"Mã này đã được thay bằng mã {new}" in text_of(answer)
    assert html.fromstring(answer.text).xpath("//main//button") == []
    today = local_time(datetime.now(UTC)).date()
    assert f"Đã ngừng dùng từ ngày {today:%d/%m/%Y}" in text_of(client.get(f"/staff/points/{BUSINESS}"))


def test_after_an_assisted_entry_a_complaint_goes_to_the_agency_of_the_counter(
    client, store, round_of_2023_form
) -> None:
    admit(client, store, role=Role.CLERK, agency=WARD)
    page = f"/staff/entry/assisted/{BUSINESS}"
    shown = client.get(page).text
    fields = {name: re.search(rf'name={name}[^>]* value="([^"]+)"', shown)[1] for name in SENT}
    sent = client.post(page, data={**fields, "A1": "5"})
    assert sent.status_code == 303
    links = html.fromstring(client.get(sent.location).text).xpath("//a/@href")
    assert f"/feedback?agency={WARD}" in links


def test_what_was_done_is_taken_out_of_the_address_by_a_script_of_ours(client, store, sample_registry) -> None:
    admit(client, store)
    page = "/staff/registry/agencies/new"
    done = client.post(page, data={"token": token_of(client, page), "code": "SMOI", "name": "Sở mới"}).location
    (script,) = html.fromstring(client.get(done).text).xpath("//script/@src")
    with client.get(script) as answer:
        assert "replaceState" in answer.text
    assert html.fromstring(client.get(done.partition("?")[0]).text).xpath("//script/@src") == []


def test_the_form_on_paper_has_the_round_a_counter_and_room_to_write(client, store, round_of_2023_form) -> None:
    admit(client, store, role=Role.CLERK, agency=WARD)
    plain = html.fromstring(client.get("/staff/entry/form").text).xpath("//article")[0].text_content()
    assert "Đợt r1" in plain
    assert "Ý kiến thêm" in plain
    asked = client.get(f"/staff/entry/form?point={BUSINESS.lower()}")
    filled = html.fromstring(asked.text).xpath("//article")[0].text_content()
    assert BUSINESS in filled
    assert "Ủy ban nhân dân phường Đông Kinh" in filled
    assert client.get("/staff/entry/form?point=L4E3SZF").status_code == 404
