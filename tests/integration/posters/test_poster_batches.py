"""Batches of posters are set in the background, kept for a month, and set again as the registry then stands."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from qr.posters import make_posters
from survey.operations.clock import today_in_vietnam
from survey.operations.jobs import jobs
from survey.operations.jobs.jobs import JobKind, find_job
from survey.operations.posters import batches as printing
from survey.operations.posters import posters as paper
from survey.operations.posters.posters import PosterSize
from survey.operations.registry import codes
from survey.operations.registry.codes import Acting
from survey.operations.staff.rights import Role
from survey.services import EXTENSION
from survey.store.file_locks import take_lock
from survey.store.jobs.jobs import job
from survey.store.staff.tables import poster_batch
from survey.store.subjects import ADDED
from survey.store.tables import service_point
from tests.batches import wait_until_set
from tests.integration.posters.studio import BUSINESS, CENTRE, GUIDE, WARD, ordered, posted, row_of, shown, trail_of
from tests.sign_in import admit

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(app):
    """Return the settings of the application."""
    return app.extensions[EXTENSION].settings


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
