"""The trail on its page: who reads it, how it is searched, and that nobody changes it."""

import csv
import io
import json
import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from survey.operations.keeping.deeds import (
    ACT_WORDS,
    KIND_WORDS,
    NAMES,
    OLD_DETAILS,
    VALUE_WORDS,
    act_in_words,
    detail_in_words,
)
from survey.operations.staff.rights import Role
from survey.store.staff import audit as trail
from survey.store.staff.accounts import utc_now
from survey.store.staff.acts import Act, Detail, Kind
from survey.store.staff.audit import Deed, TrailQuery, read_all, read_page, save_audit
from survey.store.staff.tables import audit
from survey.store.subjects import ADDED
from survey.wording import word
from tests.sign_in import admit, token_of
from tests.trail import deeds_of

BEGIN = datetime.fromisoformat("2026-01-01T00:00:00")


@pytest.fixture
def lan(client, store):
    """Return a client signed in as the administrator `lan`."""
    admit(client, store)
    return client


def write(store, times: int, *, staff: str = "mai", act: str = "download", every: timedelta = timedelta(hours=1)):
    """Write lines down from the beginning of 2026 (UTC) on, one every hour."""
    rows = [
        {"at": BEGIN + number * every, "staff": staff, "act": act, "detail": f"n{number}"} for number in range(times)
    ]
    with store.writing(ADDED) as connection:
        connection.execute(insert(audit), rows)


def lines(page) -> list[list[str]]:
    """Return the cells of every line on the page."""
    body = re.search(r"<tbody.*?</tbody>", page.text, re.DOTALL)
    found = re.findall(r"<tr.*?</tr>", body[0], re.DOTALL) if body else []
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", line) for line in found]


def test_every_act_has_vietnamese_words() -> None:
    assert set(Act) - set(ACT_WORDS) == set()
    assert len(set(ACT_WORDS.values())) == len(ACT_WORDS)


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 200), (Role.ADMINISTRATOR, 200), (Role.ANALYST, 403)])
def test_those_who_check_read_it(client, store, role, status) -> None:
    admit(client, store, role=role)
    assert client.get("/staff/audit").status_code == status
    assert client.get("/staff/audit.csv").status_code == status


def test_an_auditor_comes_home_to_the_trail_and_reaches_nothing_else(client, store) -> None:
    admit(client, store, role=Role.AUDITOR)
    assert client.get("/staff/").location == "/staff/audit"
    closed = ["/staff/posters", "/staff/analysis/", "/staff/people"]
    for path in reversed(closed):
        assert client.get(path).status_code == 403
    refused = lines(client.get("/staff/audit?act=refused"))
    assert [line[1:] for line in refused] == [
        ["lan", "Bị từ chối truy cập", f"GET {path}"]
        for path in ("/staff/posters", "/staff/analysis/", "/staff/people")
    ]


def test_every_kind_and_every_fact_has_vietnamese_words() -> None:
    assert set(Kind) - set(KIND_WORDS) == set(Detail) - set(NAMES) == set()


def test_every_word_of_the_trail_has_english_of_its_own() -> None:
    values = {word for some in VALUE_WORDS.values() for word in some.values()}
    known = {*ACT_WORDS.values(), *KIND_WORDS.values(), *NAMES.values(), *OLD_DETAILS.values(), *values} - {"{name}"}
    assert {one for one in known if word(one, "en") == one} == set()


MOVED = {
    "staff": "mai",
    "act": Act.CODE_MOVED,
    "about": Kind.CODE.named("P2MCN3E"),
    "before": {"name": "Quầy “A”, <b>"},
    "after": {"name": "Quầy; tên: B", "hangs_from": date(2026, 2, 3)},
}


def test_a_line_is_data_and_is_worded_once_for_the_page_in_both_languages(store, lan) -> None:
    with store.writing(ADDED) as connection:
        save_audit(connection, **MOVED)
    (deed,) = deeds_of(store, "code_moved")
    assert (deed.kind, deed.subject, deed.detail) == ("code", "P2MCN3E", "")
    assert (deed.before, deed.after) == (MOVED["before"], {"name": "Quầy; tên: B", "hangs_from": "2026-02-03"})
    assert detail_in_words(deed) == "mã P2MCN3E; tên: Quầy “A”, <b> → Quầy; tên: B; treo ở đó từ ngày: 03/02/2026"
    assert (
        detail_in_words(deed, "en")
        == "code P2MCN3E; name: Quầy “A”, <b> → Quầy; tên: B; hangs there from: 3 February 2026"
    )
    assert lines(lan.get("/staff/audit"))[0][2:] == [
        "Chuyển mã",
        "mã P2MCN3E; tên: Quầy “A”, &lt;b&gt; → Quầy; tên: B; treo ở đó từ ngày: 03/02/2026",
    ]


def test_the_file_has_each_line_in_words_and_as_data(store, lan) -> None:
    with store.writing(ADDED) as connection:
        save_audit(connection, **MOVED)
    file = lan.get("/staff/audit.csv?staff=mai").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(file))
    assert list(row) == [
        "Thời điểm",
        "Người thực hiện",
        "Mã thao tác",
        "Thao tác",
        "Chi tiết",
        *("kind", "subject", "before", "after"),
    ]
    assert (row["kind"], row["subject"], json.loads(row["before"])) == ("code", "P2MCN3E", MOVED["before"])
    assert json.loads(row["after"]) == {"name": "Quầy; tên: B", "hangs_from": "2026-02-03"}


def test_what_a_later_version_wrote_is_shown_as_it_is() -> None:
    later = Deed(
        1, BEGIN, "mai", "flown", kind="ship", subject="7", before={"sail": None}, after={"sail": "up", "n": 2}
    )
    assert (act_in_words(later.act), detail_in_words(later)) == ("flown", "ship 7; sail: không có → up; n: 2")


def test_a_fact_without_a_name_is_not_written(store) -> None:
    with pytest.raises(ValueError, match="answers"), store.writing(ADDED) as connection:
        save_audit(connection, staff="mai", act=Act.SIGN_IN, after={"answers": "5"})
    assert deeds_of(store) == []


def test_the_newest_line_comes_first_in_words_and_in_the_time_of_vietnam(store, lan) -> None:
    with store.writing(ADDED) as connection:
        at = datetime.fromisoformat("2026-11-20T17:30:05")
        values = {"at": at, "staff": "command", "act": "staff_added", "detail": "<b>"}
        connection.execute(insert(audit).values(**values))
    page = lan.get("/staff/audit")
    assert lines(page)[0] == ["21/11/2026 00:30:05", "lệnh trên máy chủ", "Thêm tài khoản", "&lt;b&gt;"]
    assert lines(page)[1][1:3] == ["lan", "Đăng nhập"] or lines(page)[1][1:3] == ["lan", "Bật xác thực hai bước"]


def test_pages_join_without_a_gap_or_a_double(store, lan) -> None:
    write(store, 250)
    page, found = lan.get("/staff/audit?staff=mai"), []
    while True:
        found += [line[3] for line in lines(page)]
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        if not older:
            break
        page = lan.get("/staff/audit" + older[1].replace("&amp;", "&"))
    assert found == [f"n{number}" for number in reversed(range(250))]


def test_it_is_asked_by_person_act_and_days_of_vietnam(store, lan) -> None:
    write(store, 100, staff="mai")
    write(store, 3, staff="binh", act="publication")
    assert [line[3] for line in lines(lan.get("/staff/audit?staff=binh"))] == ["n2", "n1", "n0"]
    assert [line[3] for line in lines(lan.get("/staff/audit?act=publication&staff=mai"))] == []
    # 2 January in Vietnam is from 17:00 on 1 January to 17:00 on 2 January, UTC: hours 17 to 40.
    day = lines(lan.get("/staff/audit?staff=mai&from=2026-01-02&to=2026-01-02"))
    assert [line[3] for line in day] == [f"n{number}" for number in reversed(range(17, 41))]
    assert "Không có dòng nào khớp" in lan.get("/staff/audit?from=2031-01-01").text
    assert "Không có dòng nào khớp" in lan.get("/staff/audit?to=2020-01-01").text


@pytest.mark.parametrize("query", ["from=32/13/2026", "to=x", "from=0001-01-01", "to=9999-12-31", "from=%00"])
def test_a_day_that_is_none_is_told(lan, query) -> None:
    page = lan.get(f"/staff/audit?{query}")
    assert (page.status_code, "Hãy ghi ngày theo dạng" in page.text) == (400, True)
    assert lan.get(f"/staff/audit.csv?{query}").status_code == 400


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=9" + "9" * 30, "act=nothing", "staff=%27%3B--"])
def test_nonsense_in_the_address_does_no_harm(lan, query) -> None:
    assert lan.get(f"/staff/audit?{query}").status_code == 200


def test_the_file_has_what_the_page_has_and_is_written_down(store, lan) -> None:
    write(store, 1_203)
    with store.writing(ADDED) as connection:
        connection.execute(insert(audit).values(at=utc_now(), staff="mai", act="download", detail="=1+1"))
    answer = lan.get("/staff/audit.csv?staff=mai")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["Chi tiết"] for row in rows] == ["'=1+1", *(f"n{number}" for number in reversed(range(1_203)))]
    assert rows[1]["Thời điểm"] == f"{BEGIN + timedelta(hours=1202 + 7):%d/%m/%Y %H:%M:%S}"
    assert (rows[1]["Mã thao tác"], rows[1]["Thao tác"]) == ("download", "Tải tệp")
    assert lines(lan.get("/staff/audit"))[0][1:] == ["lan", "Tải tệp", "tệp nhat-ky.csv; người thực hiện: mai"]


def test_a_search_looks_through_a_bounded_number_of_lines_and_says_so(store, lan, monkeypatch) -> None:
    write(store, 1, staff="binh")
    write(store, 30)
    monkeypatch.setattr(trail, "LOOKED_THROUGH", 10)
    page, asked = lan.get("/staff/audit?staff=binh"), 1
    while not lines(page):
        assert "Hãy tìm tiếp" in page.text
        page = lan.get("/staff/audit" + re.search(r'rel="next" href="([^"]+)"', page.text)[1].replace("&amp;", "&"))
        asked += 1
    assert (lines(page)[0][1], asked) == ("binh", 4)
    with store.reading() as connection:
        assert [deed.detail for deed in read_all(connection, TrailQuery(staff="binh"))] == ["n0"]


def test_days_are_found_as_by_looking_at_every_line(store) -> None:
    write(store, 500, every=timedelta(minutes=97))
    with store.reading() as connection:
        every = connection.execute(select(audit).order_by(audit.c.id.desc())).all()
        for since, until in ((0, 1), (3, 9), (-5, 2), (30, 99), (99, 120), (-9, -1)):
            asked = TrailQuery(since=BEGIN + timedelta(days=since), until=BEGIN + timedelta(days=until))
            expected = [row.id for row in every if asked.since <= row.at < asked.until][:100]
            assert [deed.id for deed in read_page(connection, asked, before=None, most=100).deeds] == expected


def test_a_line_written_while_the_clock_was_wrong_is_found_on_the_day_it_says(store) -> None:
    write(store, 300)
    wrong = datetime.fromisoformat("2020-05-05T03:00:00")
    with store.writing(ADDED) as connection:
        connection.execute(insert(audit).values(at=wrong, staff="binh", act="download", detail="behind"))
    write(store, 300, staff="hoa")
    asked = TrailQuery(since=wrong - timedelta(days=1), until=wrong + timedelta(days=1))
    with store.reading() as connection:
        assert [deed.detail for deed in read_page(connection, asked, before=None, most=100).deeds] == ["behind"]


def test_an_empty_trail_is_read_too(store) -> None:
    with store.reading() as connection:
        assert read_page(connection, TrailQuery(), before=None, most=100) == trail.TrailPage((), None)


@pytest.mark.parametrize("change", ["UPDATE audit SET staff = 'x'", "DELETE FROM audit", "UPDATE audit SET at = at"])
def test_nobody_changes_it(store, lan, change) -> None:
    with store.reading() as connection:
        before = connection.execute(select(audit)).all()
    with pytest.raises(DBAPIError, match="append-only"), store.writing(ADDED) as connection:
        connection.exec_driver_sql(change)
    with store.reading() as connection:
        assert connection.execute(select(audit)).all() == before
    for method in ("post", "put", "patch", "delete"):
        assert getattr(lan, method)("/staff/audit", data={"token": token_of(lan, "/staff/password")}).status_code == 405
