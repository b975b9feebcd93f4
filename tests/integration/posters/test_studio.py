"""The poster studio: who may print what, batches in the background, the life of a code, and the check of a poster."""

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from qr.posters import make_posters
from survey.errors import RegistryError
from survey.fieldwork import make_code
from survey.operations.clock import today_in_vietnam
from survey.operations.jobs import jobs
from survey.operations.jobs.jobs import JobKind, find_job
from survey.operations.posters import batches as printing
from survey.operations.posters import checking
from survey.operations.posters import posters as paper
from survey.operations.posters.checking import CodeVerdict
from survey.operations.posters.posters import PosterSize
from survey.operations.registry import codes
from survey.operations.registry.codes import Acting
from survey.operations.staff.rights import Role, Scope
from survey.services import EXTENSION
from survey.settings import load_settings
from survey.store.file_locks import take_lock
from survey.store.jobs.jobs import job
from survey.store.registry.code_events import list_code_events
from survey.store.staff.tables import poster_batch
from survey.store.subjects import ADDED
from survey.store.tables import response, service_point
from tests.batches import wait_until_set
from tests.sign_in import admit, token_of
from tests.trail import told_of

# Of the sample registry: two service points of ward Đông Kinh, and two of the provincial service centre.
BUSINESS, CIVIL_STATUS, WARD = "P2MCN3E", "UKGBDA2", "P-DONGKINH"
GUIDE, DESK, CENTRE = "L4E3SZF", "532JS8E", "TTPVHCC"
COMMUNES = "UBND cấp xã"
RETIRED = "WACDS29"


@pytest.fixture
def settings(app):
    """Return the settings of the application."""
    return app.extensions[EXTENSION].settings


@pytest.fixture
def administrator(client, store, sample_registry):
    """Return a client signed in as administrator."""
    admit(client, store)
    return client


@pytest.fixture
def clerk(client, store, sample_registry):
    """Return a client signed in as clerk of the ward."""
    admit(client, store, "mai", Role.CLERK, WARD)
    return client


@pytest.fixture
def manager(client, store, round_of_2023_form):
    """Return a client signed in as manager of the ward, while a round is open."""
    admit(client, store, "hoa", Role.MANAGER, WARD)
    return client


def posted(client, path, **fields):
    """Send a form with the token of the session."""
    return client.post(path, data={"token": token_of(client, "/staff/password"), **fields})


def pressed(client, path, **fields):
    """Open the page of an act and press its button."""
    version = re.search(r'name="version"[^>]* value="(\d+)"', client.get(path).text)[1]
    return posted(client, path, version=version, **fields)


def ordered(client, **fields):
    """Press “Tạo tệp in”, wait for the batch, and return its address."""
    answer = posted(client, "/staff/studio/batches", **{"size": "a4", **fields})
    assert answer.status_code == 303
    wait_until_set(client, answer.headers["Location"])
    return answer.headers["Location"]


def row_of(store, code):
    """Return the row of a service point."""
    with store.reading() as connection:
        return connection.execute(select(service_point).where(service_point.c.code == code)).one()


def trail_of(store, act):
    """Return what the audit trail says of one act."""
    return told_of(store, act)


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


def shown(page):
    """Return the codes a page speaks of."""
    return {code for code in (BUSINESS, CIVIL_STATUS, GUIDE, DESK) if code in page}


# Whose posters.


def test_a_clerk_is_offered_the_counters_of_the_own_agency_only(clerk) -> None:
    assert shown(clerk.get("/staff/studio").text) == {BUSINESS, CIVIL_STATUS}
    assert shown(clerk.get("/staff/studio/print").text) == {BUSINESS, CIVIL_STATUS}


@pytest.mark.parametrize(
    "path",
    [
        f"/staff/studio?agency={CENTRE}",
        f"/staff/studio/print?agency={CENTRE}",
        f"/staff/studio/print?point={GUIDE}",
        f"/staff/studio/print?point={BUSINESS}&point={GUIDE}",
        f"/staff/studio/print?agency={WARD}&point={GUIDE}",
        "/staff/studio/print?block=S%E1%BB%9F%2C+ban%2C+ng%C3%A0nh",
        f"/staff/studio/preview.png?size=a4&point={GUIDE}",
        f"/staff/posters?agency={CENTRE}",
        f"/staff/posters?point={GUIDE}",
        f"/staff/codes/{GUIDE}.svg",
        f"/staff/codes/{GUIDE}.png",
        f"/staff/points/{GUIDE}",
        "/staff/points/%00",
        "/staff/codes/%00.svg",
        "/staff/studio/print?point=%00",
        "/staff/studio/batches/99999999999999999999",
    ],
)
def test_what_is_not_a_clerks_own_is_not_there(clerk, path) -> None:
    assert clerk.get(path).status_code == 404


@pytest.mark.parametrize("fields", [{"agency": CENTRE}, {"point": GUIDE}, {"point": [BUSINESS, GUIDE]}])
def test_a_clerk_cannot_order_what_is_not_the_own(clerk, store, fields) -> None:
    assert posted(clerk, "/staff/studio/batches", size="a4", **fields).status_code == 404
    with store.reading() as connection:
        assert connection.execute(select(poster_batch)).all() == []


def test_the_quick_way_prints_all_that_is_in_scope(clerk) -> None:
    answer = clerk.get("/staff/posters?size=a5")
    titles = re.findall(rb"/Title\s?<FEFF([0-9A-F]+)>", answer.data)
    text = " ".join(bytes.fromhex(title.decode()).decode("utf-16-be") for title in titles)
    assert "Đông Kinh" in text
    assert "Trung tâm" not in text


def test_blocks_and_single_counters_can_be_chosen(administrator) -> None:
    page = administrator.get("/staff/studio").text
    assert "Tất cả điểm phục vụ của khối UBND cấp xã" in page
    block = administrator.get("/staff/studio/print", query_string={"block": COMMUNES}).text
    assert f"<b>Khối {COMMUNES}</b>" in block
    one = administrator.get(f"/staff/studio/print?agency={WARD}&point={BUSINESS}").text
    assert shown(one) == {BUSINESS}
    none = administrator.get(f"/staff/studio/print?agency={WARD}&only=1")
    assert (none.status_code, "Chưa đánh dấu điểm phục vụ nào" in none.text) == (400, True)


def test_a_retired_code_is_not_printed_and_one_of_next_week_is(administrator, store) -> None:
    assert administrator.get(f"/staff/studio/print?point={RETIRED}").status_code == 404
    with store.writing(ADDED) as connection:
        soon = today_in_vietnam() + timedelta(days=7)
        connection.execute(update(service_point).where(service_point.c.code == GUIDE).values(valid_from=soon))
    assert f"sớm nhất từ {soon:%d/%m/%Y}" in administrator.get(f"/staff/studio/print?point={GUIDE}").text


def test_pictures_are_drawn_of_every_design_and_of_the_first_poster(clerk) -> None:
    for size in PosterSize:
        for path in (f"designs/{size.value}.png?", f"preview.png?point={BUSINESS}&size={size.value}"):
            answer = clerk.get(f"/staff/studio/{path}")
            assert answer.data.startswith(b"\x89PNG")
            assert len(answer.data) < 400_000


# Batches.


def test_a_batch_is_the_same_paper_as_setting_it_at_once(clerk, store, settings) -> None:
    address = ordered(clerk, size="sticker", agency=WARD)
    made = clerk.get(f"{address}/posters-1.pdf").data
    posters = paper.list_posters(store, settings, today=today_in_vietnam(), agency_code=WARD)
    assert made == make_posters(posters, PosterSize.STICKER)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert b"/StructTreeRoot" in made
    assert trail_of(store, "posters_made") == ["lô áp phích số 1; khổ: sticker; số áp phích: 2"]
    assert trail_of(store, "download") == ["tệp ap-phich-1-1.pdf"]


def test_a_batch_with_the_address_of_the_results_keeps_it_when_it_is_set_again(clerk, store, settings) -> None:
    address = ordered(clerk, size="a5", agency=WARD, results="1")
    first = clerk.get(f"{address}/posters-1.pdf").data
    posters = paper.list_posters(store, settings, today=today_in_vietnam(), agency_code=WARD, with_results=True)
    assert {poster.results_address for poster in posters} == {f"127.0.0.1:8000/a/{WARD}"}
    assert first == make_posters(posters, PosterSize.A5)
    assert first != make_posters([replace(poster, results_address="") for poster in posters], PosterSize.A5)
    assert "kèm địa chỉ trang kết quả" in clerk.get(address).text
    printing.remove_old_files(settings, now=datetime.now(UTC) + timedelta(days=31))
    posted(clerk, f"{address}/again")
    wait_until_set(clerk, address)
    assert clerk.get(f"{address}/posters-1.pdf").data == first


def test_a_sticker_never_carries_the_address_of_the_results(app, clerk, store, settings) -> None:
    assert "không đủ chỗ" in clerk.get(f"/staff/studio/print?agency={WARD}&size=sticker&results=1").text
    address = ordered(clerk, size="sticker", agency=WARD, results="1")
    assert "kèm địa chỉ trang kết quả" not in clerk.get(address).text
    refused = app.test_cli_runner().invoke(
        args=["posters", "make", "--all", "--size", "sticker", "--with-results", "--out", "-"]
    )
    assert (refused.exit_code, "no room" in refused.output) == (2, True)


def test_the_command_prints_the_address_of_the_results_when_asked(
    app, sample_registry, store, settings, tmp_path
) -> None:
    out = tmp_path / "posters.pdf"
    arguments = ["posters", "make", "--agency", WARD, "--with-results", "--out", str(out)]
    assert app.test_cli_runner().invoke(args=arguments).exit_code == 0
    posters = paper.list_posters(store, settings, today=today_in_vietnam(), agency_code=WARD, with_results=True)
    assert out.read_bytes() == make_posters(posters, PosterSize.A4)


def test_the_first_sheet_is_looked_at_with_and_without_the_address(clerk) -> None:
    plain, told = (f"/staff/studio/preview.png?point={BUSINESS}&size=a5{more}" for more in ("", "&results=1"))
    assert clerk.get(plain).data != clerk.get(told).data
    page = clerk.get(f"/staff/studio/print?agency={WARD}&size=a5&results=1").text
    assert "&amp;size=a5&amp;results=1" in page
    assert re.search(r'name="results" value="1" checked', page)
    assert "size=tent&amp;agency=P-DONGKINH&amp;results=1" in page


def test_the_page_of_a_batch_and_of_its_counters_name_the_serials(clerk) -> None:
    address = ordered(clerk)
    serial = f"{BUSINESS}-{today_in_vietnam():%y%m%d}"
    assert serial in clerk.get(address).text
    assert serial in clerk.get(f"/staff/points/{BUSINESS}").text


def test_only_we_can_read_the_files(clerk, settings) -> None:
    ordered(clerk)
    (file,) = (settings.instance / "made").iterdir()
    assert file.name == "posters-1-1.pdf"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_long_batch_becomes_several_files_whose_posters_are_counted_as_they_get_ready(
    administrator, store, settings, monkeypatch
) -> None:
    address = ordered(administrator, size="a5", agency=CENTRE)
    monkeypatch.setitem(printing.MOST_IN_A_FILE, PosterSize.A5, 2)
    steps = list(printing.set_batch(store, settings, find_job(store, settings, JobKind.POSTERS, "1")))
    page = administrator.get(address).text
    files = printing.files_of(settings, 1)
    assert steps == [f"file {number}" for number in range(1, len(files) + 1)]
    whole = len(re.findall(r'class="mono">\w{7}-\d{6}<', page))
    assert len(files) == -(-whole // 2) > 1
    pages = [len(re.findall(rb"/Type\s?/Page\b", file.read_bytes())) for file in files]
    assert sum(pages) == whole
    assert administrator.get(f"{address}/posters-{len(files)}.pdf").status_code == 200
    assert administrator.get(f"{address}/posters-{len(files) + 1}.pdf").status_code == 404


def test_a_batch_that_died_with_its_worker_is_set_again_by_who_looks(clerk, store, settings) -> None:
    address = ordered(clerk)
    first = clerk.get(f"{address}/posters-1.pdf").data
    for file in printing.files_of(settings, 1):
        file.unlink()
    with store.writing(ADDED) as connection:
        connection.execute(update(poster_batch).values(state="waiting", done=0))
        connection.execute(update(job).values(state="running", ended=None))
    assert clerk.get(address).headers["Refresh"] == "3"
    wait_until_set(clerk, address)
    assert clerk.get(f"{address}/posters-1.pdf").data == first


def test_a_batch_in_work_says_so_and_is_not_set_twice(clerk, store, settings) -> None:
    address = ordered(clerk)
    with store.writing(ADDED) as connection:
        connection.execute(update(poster_batch).values(state="waiting", done=0))
        connection.execute(update(job).values(state="running", ended=None))
    lock = take_lock(jobs._lock_path(settings, JobKind.POSTERS, "1"))
    answer = clerk.get(address)
    assert answer.headers["Refresh"] == "3"
    assert "Đang tạo tệp in: đã xong 0 / 2 tờ" in answer.text
    assert printing.start_setting(store, settings, 1, username="lan") is False
    os.close(lock)


def test_a_name_that_cannot_be_printed_is_named_and_printed_once_mended(clerk, store) -> None:
    name = service_point.c.code == BUSINESS
    with store.writing(ADDED) as connection:
        connection.execute(update(service_point).where(name).values(name="Quầy ①"))
    assert "ký tự “①”" in clerk.get(f"/staff/studio/print?point={BUSINESS}").text
    address = ordered(clerk)
    page = clerk.get(address).text
    assert "Chưa tạo được tệp in" in page
    assert f"Tên điểm phục vụ “Quầy ①” (mã {BUSINESS}) có ký tự “①”" in page
    with store.writing(ADDED) as connection:
        connection.execute(update(service_point).where(name).values(name="Quầy 1"))
    posted(clerk, f"{address}/again")
    wait_until_set(clerk, address)
    assert "Tệp in đã sẵn sàng: 2 tờ" in clerk.get(address).text


def test_files_go_after_a_month_and_the_batch_keeps_its_print_date(clerk, store, settings) -> None:
    address = ordered(clerk)
    first = clerk.get(f"{address}/posters-1.pdf").data
    printing.remove_old_files(settings, now=datetime.now(UTC) + timedelta(days=29))
    assert "Tải tệp PDF" in clerk.get(address).text
    printing.remove_old_files(settings, now=datetime.now(UTC) + timedelta(days=31))
    assert "nay đã xóa" in clerk.get(address).text
    posted(clerk, f"{address}/again")
    wait_until_set(clerk, address)
    assert clerk.get(f"{address}/posters-1.pdf").data == first


def test_a_batch_set_again_leaves_out_the_codes_that_ended_since(clerk, store, settings) -> None:
    address = ordered(clerk)
    printing.remove_old_files(settings, now=datetime.now(UTC) + timedelta(days=31))
    version = row_of(store, BUSINESS).version
    codes.revoke_code(store, Acting("lan", BUSINESS, version, today_in_vietnam()))
    posted(clerk, f"{address}/again")
    wait_until_set(clerk, address)
    page = clerk.get(address).text
    assert "Tệp in đã sẵn sàng: 1 tờ" in page
    assert "1 điểm phục vụ của lần in này đã ngừng dùng mã" in page


def test_of_a_batch_of_several_agencies_a_clerk_sees_the_own_part_and_no_file(app, administrator, store) -> None:
    both = ordered(administrator, point=[BUSINESS, GUIDE])
    foreign = ordered(administrator, agency=CENTRE)
    clerk = app.test_client()
    admit(clerk, store, "mai", Role.CLERK, WARD)
    listed = clerk.get("/staff/studio/batches").text
    assert both in listed
    assert foreign not in listed
    assert shown(clerk.get(both).text) == {BUSINESS}
    assert clerk.get(f"{both}/posters-1.pdf").status_code == 404
    assert posted(clerk, f"{both}/again").status_code == 404
    assert clerk.get(foreign).status_code == 404


# The life of a code.


def successor_of(manager, code, reason):
    """Replace a code and return the new one."""
    answer = pressed(manager, f"/staff/points/{code}/replace", reason=reason)
    assert answer.status_code == 303
    return re.search(r"/staff/points/(\w{7})\?", answer.headers["Location"])[1]


@pytest.fixture
def fresh(app):
    """Return a citizen's client that is not told what a code led to two seconds ago."""
    invitations = app.extensions[EXTENSION].invitations

    def client():
        invitations._kept._values.clear()
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


# The check of a poster.


def test_a_right_code_is_told_with_its_place_and_its_print_date(clerk) -> None:
    ordered(clerk)
    for path in (f"/staff/check?code={BUSINESS}", f"/staff/check/{BUSINESS.lower()}"):
        page = clerk.get(path).text
        assert "ĐÚNG MÃ" in page
        assert "Ủy ban nhân dân phường Đông Kinh" in page
        assert f"in ngày {today_in_vietnam():%d/%m/%Y}" in page


def test_another_agencys_code_is_told_without_names(clerk) -> None:
    page = clerk.get(f"/staff/check/{GUIDE}").text
    assert "MÃ CỦA CƠ QUAN KHÁC" in page
    assert "Trung tâm Phục vụ" not in page


HTTPS = {"PUBLIC_URL": "https://khaosat.example.vn", "TRUSTED_PROXIES": "1", "SURVEY_OWNER": "Sở Nội vụ"}
NEVER_MADE = make_code(Random(7))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (BUSINESS, CodeVerdict.RIGHT),
        (f" {BUSINESS[:3].lower()}-{BUSINESS[3:]} ", CodeVerdict.RIGHT),
        (f"HTTPS://KHAOSAT.EXAMPLE.VN/K/{BUSINESS}", CodeVerdict.RIGHT),
        (f"https://khaosat.example.vn:443/k/{BUSINESS}?lang=en", CodeVerdict.RIGHT),
        (f"khaosat.example.vn/k/{BUSINESS}", CodeVerdict.RIGHT),
        (GUIDE, CodeVerdict.OTHER_AGENCY),
        (NEVER_MADE, CodeVerdict.UNKNOWN),
        (f"{BUSINESS[:-1]}A", CodeVerdict.MISTYPED),
        (f"http://khaosat.example.vn/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khaosat.example.vn.evil.example/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khaosat.example.vn@evil.example/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://evil.example\\@khaosat.example.vn/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://evil.example/?https://khaosat.example.vn/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khaosat.example.vn:8443/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khaosat.example.vn/login/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khаosat.example.vn/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),  # a Cyrillic letter
        ("javascript:alert(1)", CodeVerdict.WRONG_ADDRESS),
    ],
)
def test_a_scanned_address_is_judged_by_its_host_first(store, sample_registry, tmp_path, text, verdict) -> None:
    settings = load_settings({**HTTPS, "HAI_LONG_INSTANCE": str(tmp_path)})
    scope = Scope(frozenset({WARD}))
    assert checking.check(store, settings, text, scope=scope, today=today_in_vietnam()).verdict is verdict


def test_an_ended_code_is_told_with_what_took_its_place(manager, store) -> None:
    new = successor_of(manager, BUSINESS, "tampered")
    page = manager.get(f"/staff/check/{BUSINESS}").text
    assert "MÃ ĐÃ THAY" in page
    assert "bị dán đè hoặc làm giả" in page
    assert f"/staff/points/{new}" in page
    pressed(manager, f"/staff/points/{CIVIL_STATUS}/revoke")
    assert "MÃ ĐÃ NGỪNG DÙNG" in manager.get(f"/staff/check/{CIVIL_STATUS}").text


def test_markup_in_what_was_scanned_stays_text(clerk) -> None:
    page = clerk.get("/staff/check?code=%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page
    assert "KHÔNG PHẢI" in page
