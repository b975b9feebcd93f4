"""Agencies that merge or split on a day: codes lead on, the past stays where it was, results add up both ways."""

import json
import re
import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select, text, update

from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.results import OVERALL, Domain
from survey.analysis.pipeline import analyse_round
from survey.analysis.regrouping import Regrouping, regrouped
from survey.errors import ChangedMeanwhileError, RegistryError
from survey.fieldwork import Agency
from survey.operations.cache import Kept
from survey.operations.clock import VIETNAM
from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import export_registry, import_registry
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.operations.registry.mergers import ENDS, MergerWish, plan_takeover, take_over
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff.rights import Role
from survey.services import EXTENSION
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import find_point, list_points
from survey.store.registry.succession import find_line
from survey.store.subjects import ADDED
from survey.store.tables import agency, response, service_point
from tests.sign_in import admit, token_of
from tests.trail import deeds_of

time_machine = pytest.importorskip("time_machine", reason="time-machine moves the clock")
html = pytest.importorskip("lxml.html", reason="lxml reads the pages")

DAY = timedelta(days=1)
OPENS = date(2026, 11, 2)
MERGED_ON = OPENS + 10 * DAY
# Of the sample registry: three wards with two service points each.
A, B, N = "P-DONGKINH", "P-KYLUA", "P-TAMTHANH"
AT_A, ALSO_AT_A, AT_B, ALSO_AT_B, AT_N = "P2MCN3E", "UKGBDA2", "UED34VN", "BTXXFK6", "PM83ELJ"
NAMES = {
    A: "Ủy ban nhân dân phường Đông Kinh",
    B: "Ủy ban nhân dân phường Kỳ Lừa",
    N: "Ủy ban nhân dân phường Tam Thanh",
}
TOKEN = re.compile(r'name="?token"?[^>]* value="([^"]+)"')


@pytest.fixture
def clock(app):
    """Yield a clock that stands at nine in the morning of the round's first day, and can be moved."""
    # Two seconds of real time say nothing about days that pass in a moment.
    app.extensions[EXTENSION].invitations._kept = Kept(1, seconds=0.0)
    with time_machine.travel(morning_of(OPENS), tick=True) as moved:
        yield moved


@pytest.fixture
def in_round(clock, store, sample_registry):
    """Open a round of thirty days."""
    open_round(store, NewRound("r1", "Đợt r1", "sipas-2023", opens=OPENS, closes=OPENS + 30 * DAY))


def morning_of(day: date) -> datetime:
    """Return nine o'clock in Vietnam."""
    return datetime.combine(day, time(9), VIETNAM).astimezone(UTC)


def opened(client, code: str) -> tuple[str, str]:
    """Scan a code and return the address and the token of the form it leads to."""
    page = client.get(f"/K/{code}", follow_redirects=True)
    assert page.status_code == 200
    return page.request.path, TOKEN.search(page.text)[1]


def answered(client, code: str, answers: str) -> None:
    """Let one person for each digit give it as the answer to A1, each on a form of their own."""
    for digit in answers:
        address, token = opened(client, code)
        assert client.post(address, data={"token": token, "A1": digit}).status_code == 303


def wish(day: date = MERGED_ON, **changed) -> MergerWish:
    """Return the merger of A and B into N."""
    asked = {"sources": (A, B), "targets": (N,), "new": (), "fates": {}}
    return MergerWish(day=day, **{**asked, **changed})


def carry_out(store, asked: MergerWish, *, today: date = OPENS) -> None:
    """Look at a plan and do it."""
    seen = plan_takeover(store, asked, today=today).digest
    take_over(store, asked, seen=seen, today=today, by="lan")


def points(store) -> dict[str, tuple[str, str, date | None, date | None]]:
    """Return agency, name and days of every service point by code."""
    with store.reading() as connection:
        placed = [one.point for one in list_points(connection)]
    return {one.code: (one.agency_code, one.name, one.valid_from, one.valid_to) for one in placed}


def agencies(store) -> dict[str, Agency]:
    """Return the agencies by code."""
    with store.reading() as connection:
        return {one.code: one for one in list_agencies(connection).values()}


def following(store, code: str) -> str:
    """Return the code that goes on in the place of one."""
    following_point = service_point.alias()
    with store.reading() as connection:
        return connection.scalar(
            select(following_point.c.code)
            .select_from(service_point)
            .join(following_point, following_point.c.id == service_point.c.successor_id)
            .where(service_point.c.code == code)
        )


def days_of(store, code: str) -> set[date]:
    """Return the days a service point has responses on."""
    with store.reading() as connection:
        placed = find_point(connection, code)
        return set(connection.scalars(select(response.c.day).where(response.c.service_point_id == placed.id)))


def access(client, path: str) -> dict[str, list[str]]:
    """Return, by agency, the figure and its base in the first table's first column and in its last."""
    tree = html.fromstring(client.get(path).text)
    for small in tree.find_class("range"):
        small.drop_tree()
    found = {}
    for row in tree.xpath("//section[@aria-labelledby='index']//tbody/tr[td]"):
        cells = [" ".join(cell.text_content().split()) for cell in row.findall("td")]
        found[" ".join(row.find("th").text_content().split())] = [cells[0], cells[-1]]
    return found


def words(page) -> str:
    """Return the text of a page with single spaces."""
    return " ".join(html.fromstring(page.text).text_content().split())


def merge_fields(client, **changed) -> dict[str, object]:
    """Return what the form of A's merger with B into N sends."""
    fields = {"token": token_of(client, "/staff/"), "day": MERGED_ON.isoformat(), "target": N, "others": [B]}
    return {**fields, **changed}


def seen_on(page) -> str:
    """Return the digest of the plan on a preview."""
    return re.search(r'name="seen" value="([0-9a-f]+)"', page.text)[1]


# Nobody but the first criterion of dimension A is answered, so that “A” and “Chung” are the same figure, and there
# are two kinds of answers everywhere, since a small group that says one thing is not shown.
#
#   asked for          answers                  sum  of        index             satisfied
#   A   until D-1      6 × 5, 6 × 3     (12)     48  12·5=60   48/60 = 80,00      6/12
#   B   until D-1      9 × 4, 6 × 2     (15)     48  15·5=75   48/75 = 64,00      9/15
#   N   until D-1      5 × 4, 5 × 1     (10)     25
#   N   from D, AT_A's new code 6 × 5, 5 × 2 (11) 40
#   N   as it was                       (21)     65  21·5=105  65/105 = 61,90    11/21
#   N   as it is now: 12 + 15 + 21 =    (48)    161  48·5=240  161/240 = 67,08   26/48 = 54,17
def test_a_merger_in_the_middle_of_a_round(app, client, store, clock, in_round) -> None:
    admit(client, store)
    answered(client, AT_A, "5555553333")
    answered(client, ALSO_AT_A, "3")
    answered(client, AT_B, "444444444222222")
    answered(client, AT_N, "4444411111")
    before = points(store)
    merged_by_hand(client)
    new = following(store, AT_A)
    every_point_goes_on(store, before, new)
    late = nothing_changes_before_the_day(client, clock, new)
    old_posters_lead_on(client, store, clock, new, late)
    answered(client, AT_A, "55555522222")
    assert days_of(store, new) == {MERGED_ON}
    publish_run(store, "r1", today=MERGED_ON)
    both_views_are_shown(client)
    the_command_knows_both(app)


def merged_by_hand(client) -> None:
    """Ask for the merger, read what it would do, and do it."""
    preview = client.post(f"/staff/agencies/{A}/merge", data=merge_fields(client))
    assert preview.status_code == 200
    told = words(preview)
    assert "ngày cuối cùng là 11/11/2026" in told
    assert "Từ ngày 12/11/2026, Ủy ban nhân dân phường Tam Thanh tiếp nhận nhiệm vụ" in told
    # Two points of A and two of B are in use; the third of B ended last year.
    assert "4 điểm phục vụ được cấp mã mới" in told
    assert "ngừng hẳn" not in told
    assert "WACDS29" not in told
    fields = merge_fields(client, act="do", seen=seen_on(preview))
    done = client.post(f"/staff/agencies/{A}/merge", data=fields)
    assert (done.status_code, done.location) == (303, f"/staff/agencies/{A}/merge?done=done")
    assert f"/staff/studio?agency={N}" in client.get(done.location).text


def every_point_goes_on(store, before, new: str) -> None:
    held = points(store)
    assert len(held) == len(before) + 4
    assert held[new] == (N, before[AT_A][1], MERGED_ON, None)
    assert held[AT_A] == (*before[AT_A][:3], MERGED_ON - DAY)
    assert {code: held[code] for code in before if before[code][0] not in (A, B)} == {
        code: point for code, point in before.items() if point[0] not in (A, B)
    }
    assert (agencies(store)[A].valid_to, agencies(store)[B].successor_code) == (MERGED_ON - DAY, N)
    (told,) = deeds_of(store, "agencies_merged")
    assert (told.staff, told.kind, told.subject) == ("lan", "agency", f"{A}, {B}")
    assert told.after == {"goes_to": [N], "day": "2026-11-12", "points_going_on": 4, "points_ending": 0}


def nothing_changes_before_the_day(client, clock, new: str) -> str:
    """Return the token of a form that was opened on the last day at the old code."""
    # A new poster that hangs too early leads to the old code.
    clock.move_to(morning_of(MERGED_ON - DAY))
    assert client.get(f"/K/{AT_A}").status_code == 200
    assert client.get(f"/K/{new}?lang=en").location == f"/K/{AT_A}?lang=en"
    address, late = opened(client, ALSO_AT_A)
    assert address == f"/K/{ALSO_AT_A}"
    return late


def old_posters_lead_on(client, store, clock, new: str, late: str) -> None:
    # Whatever the phone sends with the address.
    clock.move_to(morning_of(MERGED_ON))
    for path, target in ((f"/K/{AT_A}", ""), (f"/k/{AT_A}?lang=en&a=1%202", "?lang=en&a=1%202")):
        led = client.get(path)
        assert (led.status_code, led.location) == (303, f"/K/{new}{target}")
        assert "no-cache" in led.headers["Cache-Control"]
    assert client.get(f"/K/{AT_A[:3]}-{AT_A[3:]}").location == f"/K/{new}"
    assert client.head(f"/K/{AT_A}").status_code == 303
    assert "name=A1" in client.get(f"/K/{AT_A}", follow_redirects=True).text.replace('"', "")
    # A form that was open on the last day counts for the old code, on that day.
    assert client.post(f"/K/{ALSO_AT_A}", data={"token": late, "A1": "3"}).status_code == 303
    assert days_of(store, ALSO_AT_A) == {OPENS, MERGED_ON - DAY}
    # What no token of ours comes with is not taken, and the way to today's form is shown.
    stale = client.post(f"/K/{AT_A}", data={"token": "old", "A1": "3"})
    assert stale.status_code == 410
    assert f'href="/K/{new}"' in stale.text
    assert opened(client, AT_A)[0] == f"/K/{new}"


def both_views_are_shown(client) -> None:
    then, now = access(client, "/results/r1"), access(client, "/results/r1?agencies=now")
    assert then[NAMES[A]] == ["80,00 12 phiếu", "80,00 12 phiếu"]
    assert then[NAMES[B]] == ["64,00 15 phiếu", "64,00 15 phiếu"]
    assert then[NAMES[N]] == ["61,90 21 phiếu", "61,90 21 phiếu"]
    assert now[NAMES[N]] == ["67,08 48 phiếu", "67,08 48 phiếu"]
    assert NAMES[A] not in now
    assert now["Tất cả cơ quan"] == then["Tất cả cơ quan"] == ["67,08 48 phiếu", "67,08 48 phiếu"]
    page = client.get("/results/r1?agencies=now")
    (made_of,) = re.findall(rf"{NAMES[N]}: gồm phiếu của (.+?)\.", words(page))
    assert set(made_of.split("; ")) == set(NAMES.values())
    assert "Theo cơ quan tại thời điểm khảo sát" in page.text
    assert "Theo cơ quan hiện nay" in client.get("/results/r1").text


def the_command_knows_both(app) -> None:
    run = app.test_cli_runner().invoke(args=["index", "compute", "--round", "r1", "--agencies", "now", *AS_JSON])
    rows = {row["agency_code"]: row for row in json.loads(run.output)["rows"] if row["dimension"] == OVERALL}
    assert set(rows) == {N}
    assert rows[N]["index"] == pytest.approx(100 * 161 / 240, rel=1e-12)
    assert rows[N]["percent_satisfied"] == pytest.approx(100 * 26 / 48, rel=1e-12)
    assert rows[N]["responses"] == 48
    run = app.test_cli_runner().invoke(args=["index", "compute", "--round", "r1", *AS_JSON])
    rows = {row["agency_code"]: row for row in json.loads(run.output)["rows"] if row["dimension"] == OVERALL}
    assert {code: rows[code]["responses"] for code in (A, B, N)} == {A: 12, B: 15, N: 21}


AS_JSON = ("--format", "json")


def test_before_the_day_results_have_one_view_only(client, store, clock, in_round) -> None:
    answered(client, AT_A, "555555333333")
    answered(client, AT_N, "4444411111")
    carry_out(store, wish())
    publish_run(store, "r1", today=OPENS)
    assert "agencies=now" not in client.get("/results/r1").text
    assert access(client, "/results/r1?agencies=now") == access(client, "/results/r1")
    clock.move_to(morning_of(MERGED_ON))
    assert "agencies=now" in client.get("/results/r1").text


def test_a_sum_with_a_hidden_part_is_hidden(app, client, store, clock, in_round) -> None:
    # 22 − 12 − 10 would tell that five people answered at B, and then what they said.
    answered(client, AT_A, "555555333333")
    answered(client, AT_B, "44222")
    answered(client, AT_N, "4444411111")
    carry_out(store, wish())
    clock.move_to(morning_of(MERGED_ON))
    publish_run(store, "r1", today=MERGED_ON)
    assert access(client, "/results/r1")[NAMES[B]] == ["không công bố"] * 2
    assert access(client, "/results/r1?agencies=now")[NAMES[N]] == ["không công bố"] * 2
    run = app.test_cli_runner().invoke(args=["index", "compute", "--round", "r1", "--agencies", "now", *AS_JSON])
    assert run.exit_code == 0
    assert json.loads(run.output)["rows"] == []


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--weights", "visits"], 2, "leave --weights out"),
        (["--by", "service_point"], 1, "breakdown"),
        ([], 1, "publish"),
    ],
)
def test_the_command_says_what_it_cannot_regroup(app, store, clock, in_round, options, code, told) -> None:
    run = app.test_cli_runner().invoke(args=["index", "compute", "--round", "r1", "--agencies", "now", *options])
    assert run.exit_code == code
    assert told in run.output


def test_agencies_of_today_have_the_ranges_of_a_block_made_of_them(client, store, clock, in_round) -> None:
    # A block is the sum of its agencies with these as strata; if all of them became one agency, it is that agency.
    for day in range(3):
        clock.move_to(morning_of(OPENS + day * DAY))
        answered(client, AT_A, "5555553332124")
        answered(client, AT_B, "444444444222222")
        answered(client, AT_N, "4444411111")
    publish_run(store, "r1", today=OPENS + 2 * DAY)
    published = PublishedRuns(store).latest("r1")
    block = agencies(store)[A].block
    one = {each.agency_code: Domain(block, N, NAMES[N]) for each in published.sums.domains if each.block == block}
    now = {each.agency_code: one.get(each.agency_code, each) for each in published.sums.domains}
    sums = regrouped(published.sums, Regrouping(now, {}), by=("agency", "dimension"))
    made = {
        row.part: row
        for row in compute_rows(sums, published.instrument, by=("agency", "dimension"))
        if row.domain.agency_code == N
    }
    blocks = analyse_round(published.sums, published.instrument, published.survey_round).blocks
    for row in (row for row in blocks if row.domain.block == block and row.part in made):
        assert (made[row.part].index, made[row.part].estimate) == (row.index, row.estimate)
    assert made[OVERALL].estimate.se > 0


def test_a_merger_can_be_undone_until_its_day(client, store, clock, in_round) -> None:
    admit(client, store)
    before, registry = points(store), agencies(store)
    with store.writing(ADDED) as connection:
        connection.execute(
            update(service_point).where(service_point.c.code == AT_B).values(valid_to=MERGED_ON + 90 * DAY)
        )
    carry_out(store, wish(fates={ALSO_AT_B: ENDS}))
    new, of_b = following(store, AT_A), following(store, AT_B)
    assert points(store)[of_b][3] == MERGED_ON + 90 * DAY
    assert following(store, ALSO_AT_B) is None
    # B's page shows the same merger as A's; on the day itself it can still be undone.
    clock.move_to(morning_of(MERGED_ON))
    admit(client, store, username="mai")
    page = client.get(f"/staff/agencies/{B}/merge/undo")
    assert "3 mã mới ngừng dùng" in words(page)
    fields = {"token": token_of(client, "/staff/"), "seen": seen_on(page), "reopen": [ALSO_AT_B]}
    assert client.post(f"/staff/agencies/{B}/merge/undo", data=fields).status_code == 303
    assert agencies(store) == registry
    after = points(store)
    assert after[AT_B] == (*before[AT_B][:3], MERGED_ON + 90 * DAY)
    assert {code: after[code] for code in before if code != AT_B} == {
        code: point for code, point in before.items() if code != AT_B
    }
    # The new code may be on paper: it is kept, never given again, and leads back.
    assert after[new][3] == MERGED_ON - DAY
    assert client.get(f"/K/{new}").location == f"/K/{AT_A}"
    assert client.get(f"/K/{AT_A}").status_code == 200
    # Whoever presses later, on a page loaded anew, finds nothing to undo any more.
    fields["token"] = token_of(client, "/staff/")
    assert client.post(f"/staff/agencies/{B}/merge/undo", data=fields).status_code in (404, 409)
    # The same merger can be planned again, and a poster of the first plan leads to the second one.
    carry_out(store, wish(MERGED_ON + 2 * DAY), today=MERGED_ON)
    clock.move_to(morning_of(MERGED_ON + 2 * DAY))
    again = following(store, AT_A)
    assert again != new
    assert client.get(f"/K/{new}").location == client.get(f"/K/{AT_A}").location == f"/K/{again}"


def test_a_merger_with_answers_at_its_new_codes_stays(client, store, clock, in_round) -> None:
    carry_out(store, wish())
    clock.move_to(morning_of(MERGED_ON))
    admit(client, store)
    answered(client, AT_A, "5")
    page = client.get(f"/staff/agencies/{A}/merge/undo")
    assert page.status_code == 409
    assert "Đã có 1 phiếu gửi tại các mã mới" in words(page)
    seen = find_takeover(store, A).digest
    fields = {"token": token_of(client, "/staff/"), "seen": seen}
    assert client.post(f"/staff/agencies/{A}/merge/undo", data=fields).status_code == 409
    assert agencies(store)[A].successor_code == N


def test_a_merger_stays_once_its_day_is_over(store, clock, in_round) -> None:
    carry_out(store, wish())
    found = find_takeover(store, A)
    with pytest.raises(RegistryError, match="until the end of 12/11/2026"):
        undo_takeover(store, A, reopened=(), seen=found.digest, today=MERGED_ON + DAY, by="lan")


def test_a_day_that_has_passed_is_taken_only_without_answers_since(client, store, clock, in_round) -> None:
    clock.move_to(morning_of(MERGED_ON))
    answered(client, AT_A, "553")
    with pytest.raises(RegistryError, match="since 12/11/2026: 3"):
        plan_takeover(store, wish(), today=MERGED_ON + DAY)
    with pytest.raises(RegistryError, match="since 11/11/2026: 3"):
        plan_takeover(store, wish(MERGED_ON - DAY), today=MERGED_ON)
    # From today on it may be, with answers of this morning; and from the day after them it may have been.
    assert plan_takeover(store, wish(), today=MERGED_ON).day == MERGED_ON
    carry_out(store, wish(MERGED_ON + DAY), today=MERGED_ON + 3 * DAY)
    assert days_of(store, AT_A) == {MERGED_ON}


def test_a_new_agency_is_made_in_the_same_step(client, store, clock, in_round) -> None:
    admit(client, store)
    new = {
        "new-code": "P-KYCUNG",
        "new-name": "  Ủy ban nhân dân   phường Kỳ Cùng ",
        "new-block": "UBND cấp xã",
        "new-parent": "VPUBND",
    }
    preview = client.post(f"/staff/agencies/{A}/merge", data=merge_fields(client, target="+", **new))
    assert "Thêm cơ quan mới Ủy ban nhân dân phường Kỳ Cùng" in words(preview)
    assert "P-KYCUNG" not in agencies(store)
    # One point is not to go on. Changing that shows the plan again before anything is done.
    fates = {f"to-{code}": "P-KYCUNG" for code in (AT_A, ALSO_AT_A, AT_B)} | {f"to-{ALSO_AT_B}": ENDS}
    fields = merge_fields(client, target="+", act="do", seen=seen_on(preview), **new, **fates)
    again = client.post(f"/staff/agencies/{A}/merge", data=fields)
    assert again.status_code == 409
    assert "1 điểm phục vụ ngừng hẳn" in words(again)
    assert "P-KYCUNG" not in agencies(store)
    fields["seen"] = seen_on(again)
    assert client.post(f"/staff/agencies/{A}/merge", data=fields).status_code == 303
    name = "Ủy ban nhân dân phường Kỳ Cùng"
    assert agencies(store)["P-KYCUNG"] == Agency(
        "P-KYCUNG", name, name, "UBND cấp xã", parent_code="VPUBND", valid_from=MERGED_ON
    )
    # The same press once more, from a page loaded anew, changes nothing.
    held, fields["token"] = points(store), token_of(client, "/staff/")
    assert client.post(f"/staff/agencies/{A}/merge", data=fields).status_code == 409
    assert points(store) == held
    clock.move_to(morning_of(MERGED_ON))
    ended = client.get(f"/K/{ALSO_AT_B}")
    assert "Mã này không còn dùng" in ended.text
    assert f"nay do {name} đảm nhiệm" in words(ended)


FAULTS = {
    "no such day": ({"day": "31/02/2026"}, "Hãy ghi ngày theo dạng"),
    "a year mistyped": ({"day": "0226-11-12"}, "Hãy xem lại năm"),
    "no target": ({"target": ""}, "Hãy chọn cơ quan tiếp nhận"),
    "a new one without a name": ({"target": "+", "new-code": "MOI"}, "Hãy ghi tên cơ quan mới"),
    "a new one without anything": ({"target": "+"}, "Hãy ghi mã và tên của cơ quan mới"),
    "a code with marks": ({"target": "+", "new-code": "Mã mới", "new-name": "X"}, "Mã chỉ được có chữ cái không dấu"),
    "a code that is taken": ({"target": "+", "new-code": "SNV", "new-name": "X"}, "Mã SNV đã là của Sở Nội vụ"),
    "a parent that is none": (
        {"target": "+", "new-code": "M", "new-name": "X", "new-parent": "KHONG"},
        "Không có cơ quan cấp trên nào mang mã KHONG",
    ),
    "itself": ({"target": B}, "không thể vừa kết thúc vừa tiếp nhận"),
    "one that has ended": ({"target": "SKHDT"}, "nên không tiếp nhận được"),
    "before it began": ({"day": "2025-07-01"}, "hoạt động từ ngày 01/07/2025"),
    "a name too long": ({"target": "+", "new-code": "M", "new-name": "x" * 301}, "Dài quá 300 ký tự"),
}


def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(client, store, clock, in_round) -> None:
    admit(client, store)
    before, found = (points(store), agencies(store)), {}
    for fault, (changed, told) in FAULTS.items():
        typed = {"new-short_name": "Tên <b>ngắn"} if "new-code" in changed else {}
        page = client.post(f"/staff/agencies/{A}/merge", data=merge_fields(client, **changed, **typed))
        tree = html.fromstring(page.text)
        kept = tree.xpath("//input[@name='others'][@checked]/@value | //input[@name='new-short_name']/@value")
        found[fault] = page.status_code, told in words(page), sorted(kept)
    wanted = {name: sorted([B, "Tên <b>ngắn" if "new-code" in sent else ""]) for name, (sent, _) in FAULTS.items()}
    assert found == {fault: (400, True, kept) for fault, kept in wanted.items()}
    assert (points(store), agencies(store)) == before


def test_a_split_gives_every_point_to_somebody(client, store, clock, in_round) -> None:
    admit(client, store)
    answered(client, AT_A, "555555")
    answered(client, ALSO_AT_A, "333333")
    address = f"/staff/agencies/{A}/split"
    fields = {"token": token_of(client, "/staff/"), "day": "12/11/2026", "targets": [N]}
    alone = client.post(address, data=fields)
    assert alone.status_code == 400
    assert "Chia tách cần ít nhất hai cơ quan tiếp nhận" in words(alone)
    fields |= {"new-0-code": "P-MOI", "new-0-name": "Phường Mới"}
    preview = client.post(address, data=fields)
    assert "2 điểm phục vụ chưa chọn nơi tiếp nhận" in words(preview)
    fields |= {"act": "do", "seen": seen_on(preview), f"to-{AT_A}": N}
    unfinished = client.post(address, data=fields)
    assert unfinished.status_code == 400
    assert "Còn 1 điểm phục vụ chưa chọn" in words(unfinished)
    fields |= {f"to-{ALSO_AT_A}": "P-MOI"}
    fields["seen"] = seen_on(client.post(address, data={**fields, "act": "preview"}))
    assert client.post(address, data=fields).status_code == 303
    assert (agencies(store)[A].valid_to, agencies(store)[A].successor_code) == (MERGED_ON - DAY, None)
    new = {code: following(store, code) for code in (AT_A, ALSO_AT_A)}
    assert [points(store)[code][0] for code in new.values()] == [N, "P-MOI"]
    assert "chia tách từ ngày 12/11/2026" in words(client.get(f"/staff/agencies/{A}/merge"))

    # B merges into N on the same day: then N of today is B and N, and A stays under its own name.
    answered(client, AT_B, "444444444222222")
    answered(client, AT_N, "4444411111")
    carry_out(store, wish(sources=(B,)))
    clock.move_to(morning_of(MERGED_ON))
    for old, code in new.items():
        assert client.get(f"/K/{old}").location == f"/K/{code}"
    publish_run(store, "r1", today=MERGED_ON)
    now = access(client, "/results/r1?agencies=now")
    # A: 6·5 + 6·3 = 48 of 60. N: 48 of B and 25 of its own, of (15 + 10)·5 = 125: 73/125 = 58,40.
    assert now[NAMES[A]][0] == "80,00 12 phiếu"
    assert now[NAMES[N]][0] == "58,40 25 phiếu"
    page = words(client.get("/results/r1?agencies=now"))
    assert f"{NAMES[A]} đã chia tách" in page
    assert "Phường Mới" in page

    # A split is undone as a merger is, here too late.
    assert "Chỉ hoàn tác được đến hết ngày" not in words(client.get(f"/staff/agencies/{A}/merge"))


def test_a_split_can_be_undone(store, clock, in_round) -> None:
    before = points(store), agencies(store)
    carry_out(store, MergerWish(MERGED_ON, (A,), (B, N), (), {AT_A: B, ALSO_AT_A: N}, is_split=True))
    found = find_takeover(store, A)
    assert [one.code for one in found.takers] == [B, N]
    undo_takeover(store, A, reopened=(), seen=found.digest, today=OPENS, by="lan")
    after = points(store)
    assert ({code: after[code] for code in before[0]}, agencies(store)) == before


def test_an_agency_that_took_over_can_be_taken_over(client, store, clock, in_round) -> None:
    carry_out(store, wish(sources=(A,), targets=(B,)))
    carry_out(store, wish(MERGED_ON + 5 * DAY, sources=(B,)))
    middle, last = (following(store, AT_A), following(store, following(store, AT_A)))
    assert [client.get(f"/K/{code}").status_code for code in (AT_A, middle, last)] == [200, 303, 303]
    for day, there in ((MERGED_ON, middle), (MERGED_ON + 4 * DAY, middle), (MERGED_ON + 5 * DAY, last)):
        clock.move_to(morning_of(day))
        others = {AT_A, middle, last} - {there}
        assert {client.get(f"/K/{code}").location for code in others} == {f"/K/{there}"}
        assert client.get(f"/K/{there}").status_code == 200
    with pytest.raises(RegistryError, match="has the last day"):
        plan_takeover(store, wish(sources=(A,)), today=OPENS)


def test_nobody_is_led_in_a_circle(client, store, clock, in_round) -> None:
    # Nothing of ours makes a circle, but a database can be edited by hand.
    with store.writing(ADDED) as connection:
        ids = {code: find_point(connection, code).id for code in (AT_A, AT_B)}
        for code, other in ((AT_A, AT_B), (AT_B, AT_A)):
            values = {"successor_id": ids[other], "valid_to": OPENS - DAY}
            connection.execute(update(service_point).where(service_point.c.code == code).values(**values))
    for code in (AT_A, AT_B):
        page = client.get(f"/K/{code}")
        assert page.status_code == 200
        assert "Mã này không còn dùng" in page.text
    with store.reading() as connection:
        assert [one.code for one in find_line(connection, ids[AT_A])] == [AT_B]


def test_two_people_at_once_merge_once(store, clock, in_round) -> None:
    seen = plan_takeover(store, wish(), today=OPENS).digest
    outcomes, start = [], threading.Barrier(2)

    def press(name: str) -> None:
        start.wait()
        try:
            take_over(store, wish(), seen=seen, today=OPENS, by=name)
            outcomes.append("done")
        except (ChangedMeanwhileError, RegistryError) as error:
            outcomes.append(type(error).__name__)

    pressing = [threading.Thread(target=press, args=(name,)) for name in ("lan", "mai")]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert sorted(outcomes)[-1] == "done"
    assert outcomes.count("done") == 1
    assert sum(1 for owner, *_ in points(store).values() if owner == N) == 2 + 4


def test_what_changed_after_the_preview_is_shown_again(client, store, clock, in_round) -> None:
    admit(client, store)
    preview = client.post(f"/staff/agencies/{A}/merge", data=merge_fields(client))
    with store.writing(ADDED) as connection:
        connection.execute(update(agency).where(agency.c.code == B).values(name="Tên khác", version=2))
    fields = merge_fields(client, act="do", seen=seen_on(preview))
    page = client.post(f"/staff/agencies/{A}/merge", data=fields)
    assert page.status_code == 409
    assert "Tên khác" in words(page)
    assert agencies(store)[A].valid_to is None


def test_agencies_that_take_over_take_part_where_their_predecessors_do(store, clock, in_round) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(
            text(
                "INSERT INTO round_agency (round_id, agency_id) SELECT r.id, a.id FROM survey_round r, agency a"
                " WHERE a.code IN ('P-DONGKINH', 'SNV')"
            )
        )
    assert list(plan_takeover(store, wish(), today=OPENS).rounds.values()) == ["Đợt r1"]
    carry_out(store, wish())
    with store.reading() as connection:
        found = connection.execute(text("SELECT a.code FROM round_agency ra JOIN agency a ON a.id = ra.agency_id"))
        assert sorted(found.scalars()) == [A, N, "SNV"]


@pytest.mark.parametrize("page", ["merge", "split", "merge/undo"])
def test_only_administrators_and_only_agencies_there_are(app, store, clock, in_round, page) -> None:
    clerk, lan = app.test_client(), app.test_client()
    admit(clerk, store, username="mai", role=Role.MANAGER, agency=A)
    admit(lan, store)
    assert clerk.get(f"/staff/agencies/{A}/{page}").status_code == 403
    assert clerk.post(f"/staff/agencies/{A}/{page}", data={"token": "x"}).status_code == 403
    assert lan.get(f"/staff/agencies/KHONGCO/{page}").status_code == 404
    assert lan.post(f"/staff/agencies/KHONGCO/{page}", data=merge_fields(lan)).status_code == 404
    before = points(store), agencies(store)
    if page != "merge/undo":
        guessed = merge_fields(lan, target="KHONGCO", targets=["KHONGCO", N], others=["KHONGCO"])
        assert lan.post(f"/staff/agencies/{A}/{page}", data=guessed).status_code == 404
        other_session = merge_fields(lan, token=token_of(clerk, "/staff/"))
        assert lan.post(f"/staff/agencies/{A}/{page}", data=other_session).status_code == 400
    assert (points(store), agencies(store)) == before


def test_a_registry_with_a_merger_goes_out_and_comes_in_again(store, clock, in_round, tmp_path) -> None:
    carry_out(store, wish())
    before, held, line = points(store), agencies(store), following(store, AT_A)
    export_registry(store, tmp_path)
    import_registry(store, tmp_path)
    assert (points(store), agencies(store)) == (before, held)
    # The file does not say which code went on for which; what is known of that stays.
    assert following(store, AT_A) == line
