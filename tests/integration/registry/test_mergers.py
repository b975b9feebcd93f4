"""Agencies that merge in a round: codes lead on, the past stays where it was, results add up both ways."""

import json
import re

import pytest

from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.results import OVERALL, Domain
from survey.analysis.pipeline import analyse_round
from survey.analysis.regrouping import Regrouping, regrouped
from survey.operations.publishing.publishing import publish_run
from survey.operations.results.standing import PublishedRuns
from tests.integration.registry.merging import (
    ALSO_AT_A,
    AT_A,
    AT_B,
    AT_N,
    DAY,
    MERGED_ON,
    NAMES,
    OPENS,
    A,
    B,
    N,
    access,
    agencies,
    answered,
    carry_out,
    days_of,
    following,
    merge_fields,
    morning_of,
    opened,
    points,
    seen_on,
    wish,
    words,
)
from tests.sign_in import admit
from tests.trail import deeds_of


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
    assert client.get(f"/K/{AT_A[:3]}-{AT_A[3:]}", follow_redirects=True).request.path == f"/K/{new}"
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
