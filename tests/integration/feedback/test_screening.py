"""Comments are read by a person before anybody else sees them: when, by whom, and what is decided in which words."""

import re
from datetime import timedelta

import pytest

from survey.errors import ChangedMeanwhileError, RoundError
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.screening import decide
from survey.operations.staff.rights import Role
from survey.responses import HalfDay
from survey.store.collecting.settling import settle
from tests.integration.feedback.comments import CLOSES, PAGE, TODAY, answer, choices, kept, make_round, send
from tests.sign_in import admit, token_of
from tests.trail import told_of


def deeds(store):
    return told_of(store, "comments_screened")


# ---- When, and by whom.


def test_comments_open_all_at_once_when_the_round_is_sealed(client, store, sample_registry):
    today = today_in_vietnam()
    make_round(store, "r1", today - timedelta(days=7))  # it is sealed at the end of today
    (key,) = answer(store, "r1", ["Cán bộ tận tình"])
    admit(client, store)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert f"{today + timedelta(days=1):%d/%m/%Y}" in page.text
    assert "tận tình" not in page.text
    assert "trên 1 ý kiến" not in page.text  # A number that grows would tell when a comment came.
    form = {"token": token_of(client, "/staff/password"), f"s.{key.hex()}": "", f"d.{key.hex()}": "hide"}
    assert client.post(PAGE, data=form).status_code == 409
    with pytest.raises(RoundError):
        decide(store, "r1", {key: ""}, seen={}, today=today, by="lan")
    assert kept(store) == {}


def test_nothing_is_read_while_a_comment_waits_for_the_night(client, store, sealed):
    answer(store, "r1", ["Đã dọn"])
    answer(store, "r1", ["Chưa dọn"], settled=False)
    admit(client, store)
    waiting = client.get(PAGE).text
    assert "db settle" in waiting
    assert "Đã dọn" not in waiting
    assert "Chưa dọn" not in waiting
    settle(store, (TODAY, HalfDay.MORNING))
    assert "Đã xem 0 trên 2 ý kiến" in client.get(PAGE).text


@pytest.mark.parametrize("role", [Role.CLERK, Role.MANAGER, Role.AUDITOR])
def test_people_of_an_agency_and_auditors_never_read_comments(client, store, sealed, role):
    answer(store, "r1", ["Cán bộ tận tình"])
    admit(client, store, role=role, agency="SCT")
    assert client.get(PAGE).status_code == client.post(PAGE).status_code == 403
    if role != Role.AUDITOR:
        assert "/comments" not in client.get("/staff/rounds/r1").text


def test_an_analyst_finds_the_page_from_the_round_and_an_unknown_round_is_not_found(client, store, sealed):
    admit(client, store, role=Role.ANALYST)
    assert f'href="{PAGE}"' in client.get("/staff/rounds/r1").text
    assert "Đợt này chưa có ý kiến nào" in client.get(PAGE).text
    assert client.get("/staff/rounds/r9/comments").status_code == 404


# ---- Reading and deciding.


def test_what_is_decided_is_kept_counted_and_can_be_changed(client, store, sealed):
    kind, rude, later = answer(store, "r1", ["Cán bộ tận tình", "Chờ lâu, bực mình", "Nhà vệ sinh bẩn"])
    admit(client, store)
    done = send(client, {kind: "show", rude: "hide"})
    assert (done.status_code, kept(store)) == (303, {kind: "Cán bộ tận tình", rude: ""})
    told = client.get(done.location).text
    assert "Đã lưu: 1 ý kiến đăng, 1 ý kiến không đăng." in told
    assert "Đã xem 2 trên 3 ý kiến" in told
    assert "Nhà vệ sinh bẩn" in told
    assert "tận tình" not in told  # It was decided about; the list shows what waits.
    everything = f"{PAGE}?decision=all"
    send(client, {kind: "hide", rude: "hide", later: "show"}, everything)
    assert kept(store) == {kind: "", rude: "", later: "Nhà vệ sinh bẩn"}
    assert deeds(store) == ["đợt r1; số ý kiến đăng: 1; số ý kiến không đăng: 1"] * 2
    assert "Đã xem hết ý kiến" in client.get(PAGE).text


def test_saving_the_same_again_changes_nothing_and_is_not_written_down(client, store, sealed):
    (key,) = answer(store, "r1", ["Một\n\nhai 😀 “ba” <b>"])
    admit(client, store)
    form = choices(client)
    assert form[f"t.{key.hex()}"] == "Một\n\nhai 😀 “ba” &lt;b&gt;"
    typed = {f"t.{key.hex()}": "Một\r\n\r\nhai 😀 “ba” <b>"}  # as a browser sends it
    assert send(client, {key: "show"}, **typed).status_code == 303
    assert kept(store) == {key: "Một\n\nhai 😀 “ba” <b>"}
    again = send(client, {key: "show"}, f"{PAGE}?decision=shown", **typed)
    assert "Không có quyết định nào mới" in client.get(again.location).text
    assert len(deeds(store)) == 1


def test_words_may_be_left_out_and_a_name_covered(client, store, sealed):
    (key,) = answer(store, "r1", ["Cô Lan ở quầy 3 rất tận tình, nhưng phải chờ lâu"])
    admit(client, store)
    assert "“Cô Lan”" in client.get(PAGE).text
    send(client, {key: "show"}, **{f"t.{key.hex()}": "Cô [...] rất tận tình, [...]"})
    assert kept(store) == {key: "Cô […] rất tận tình, […]"}
    page = client.get(f"{PAGE}?decision=shown").text
    assert "Cô Lan ở quầy 3" in page, "the reader still sees what was written"
    assert ">Cô […] rất tận tình, […]</textarea>" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (" \u200b ", "Không còn chữ nào"),
        ("[…] […]", "Không còn chữ nào"),
        ("Chờ lâu" + "!" * 20, "không được dài hơn"),
        ("Chờ ít", "không thêm, sửa hay đảo"),
        ("lâu Chờ", "không thêm, sửa hay đảo"),
        ("Chờ lâu", "Nên ghi: “Chờ […] lâu”"),
    ],
)
def test_a_wrong_text_is_refused_and_nothing_typed_is_lost(client, store, sealed, typed, said):
    wrong, right = answer(store, "r1", ["Chờ rất lâu", "Nhanh"])
    admit(client, store)
    refused = send(client, {wrong: "show", right: "hide"}, **{f"t.{wrong.hex()}": typed})
    assert refused.status_code == 400
    assert said in refused.text
    assert f">{typed}</textarea>" in refused.text
    assert re.search(rf'name="d\.{right.hex()}" value="hide" checked', refused.text)
    assert kept(store) == {}
    assert deeds(store) == []


def test_what_nobody_touched_stays_folded_on_a_refused_page(client, store, sealed):
    wrong, lines = answer(store, "r1", ["Chờ rất lâu", "Một\n\nhai"])
    admit(client, store)
    assert "<details open" not in client.get(PAGE).text
    typed = {f"t.{wrong.hex()}": "khác", f"t.{lines.hex()}": "Một\r\n\r\nhai"}
    assert send(client, {wrong: "show"}, **typed).text.count("<details open") == 1


def test_an_edited_text_without_a_choice_is_not_dropped_in_silence(client, store, sealed):
    (key,) = answer(store, "r1", ["Chờ rất lâu"])
    admit(client, store)
    refused = send(client, {}, **{f"t.{key.hex()}": "Chờ lâu"})
    assert refused.status_code == 400
    assert "Hãy chọn “Đăng” hoặc “Không đăng”" in refused.text
    assert ">Chờ lâu</textarea>" in refused.text


def test_the_second_of_two_readers_is_told_what_the_first_decided(client, store, sealed):
    (key,) = answer(store, "r1", ["Chờ rất lâu"])
    admit(client, store)
    form = choices(client) | {f"d.{key.hex()}": "show", f"t.{key.hex()}": "Chờ […] lâu"}
    decide(store, "r1", {key: ""}, seen={key: ""}, today=TODAY, by="minh")
    told = client.post(PAGE, data=form)
    assert told.status_code == 409
    assert "Quyết định hiện nay: không đăng" in told.text
    assert ">Chờ […] lâu</textarea>" in told.text
    assert kept(store) == {key: ""}
    seen = re.search(rf'name="s\.{key.hex()}" value="([0-9a-f]+)"', told.text)[1]
    assert client.post(PAGE, data=form | {f"s.{key.hex()}": seen}).status_code == 303
    assert kept(store) == {key: "Chờ […] lâu"}


def test_two_who_decide_the_same_do_not_disturb_each_other(store, sealed):
    (key,) = answer(store, "r1", ["Chờ rất lâu"])
    assert decide(store, "r1", {key: ""}, seen={key: ""}, today=TODAY, by="minh") == (0, 1)
    assert decide(store, "r1", {key: ""}, seen={key: ""}, today=TODAY, by="lan") == (0, 0)
    with pytest.raises(ChangedMeanwhileError):
        decide(store, "r1", {key: "Chờ"}, seen={key: ""}, today=TODAY, by="lan")


def test_a_comment_of_another_round_or_still_in_the_inbox_is_out_of_reach(client, store, sealed):
    make_round(store, "r2", CLOSES - timedelta(days=60))
    (mine,), (other,) = answer(store, "r1", ["Một"]), answer(store, "r2", ["Hai"])
    (early,) = answer(store, "r2", ["Ba"], settled=False)
    admit(client, store)
    for key in (other, early, bytes(16)):
        fields = {f"s.{key.hex()}": "", f"d.{key.hex()}": "show", f"t.{key.hex()}": "x"}
        assert send(client, {mine: "hide"}, **fields).status_code == 404
    assert kept(store) == {}
    assert client.post(PAGE, data={"token": "x", f"s.{mine.hex()}": "", f"d.{mine.hex()}": "hide"}).status_code == 403


def test_bad_addresses_show_the_list_or_nothing(client, store, sealed):
    answer(store, "r1", ["Chờ rất lâu"])
    admit(client, store)
    for query in ("after=x", "after=SCT.xyz", "after=.", "decision=nonsense", "shown=²&hidden=1", "shown=1"):
        page = client.get(f"{PAGE}?{query}")
        assert page.status_code == 200
        assert "Chờ rất lâu" in page.text
    for agency in ("SNV", "x"):
        assert "Không có ý kiến nào khớp" in client.get(f"{PAGE}?agency={agency}&decision=all").text
