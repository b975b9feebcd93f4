"""The poster studio offers and prints to everybody the counters of their own, in blocks or one by one."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from survey.operations.clock import today_in_vietnam
from survey.operations.posters.posters import PosterSize
from survey.store.staff.tables import poster_batch
from survey.store.subjects import ADDED
from survey.store.tables import service_point
from tests.integration.posters.studio import (
    BUSINESS,
    CENTRE,
    CIVIL_STATUS,
    COMMUNES,
    GUIDE,
    RETIRED,
    WARD,
    posted,
    shown,
)


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
