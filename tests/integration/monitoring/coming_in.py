"""Answers that come in at two wards, and what the pages and notices of staff say of them."""

import secrets
from datetime import date, timedelta

from lxml import html
from sqlalchemy import insert, select

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.responses import AnswerRecord, Mode
from survey.store import tables
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from survey.store.subjects import ADDED

# Of the sample registry: the two service points of ward Đông Kinh, and one of another ward.
WARD, BUSINESS, CIVIL_STATUS = "P-DONGKINH", "P2MCN3E", "UKGBDA2"
OTHER_WARD, ELSEWHERE = "P-KYLUA", "UED34VN"
TODAY = today_in_vietnam


def ago(days: int) -> date:
    """Return a day before today."""
    return TODAY() - timedelta(days=days)


def answer(store, point: str, by_day: dict[int, int], *, mode: Mode = Mode.QR, round_code: str = "r1") -> None:
    """Store responses, so many on the days so many days ago."""
    instrument = load_instrument("sipas-2023")
    record = AnswerRecord.pack(instrument, {item.code: "4" for item in instrument.items})
    with store.reading() as connection:
        round_id, _ = find_round(connection, round_code)
        number = find_point(connection, point).id
    rows = [
        NewResponse(secrets.token_bytes(16), round_id, number, mode, ago(days), None, record)
        for days, times in by_day.items()
        for _ in range(times)
    ]
    save_responses(store, rows)


def words_of(client, path: str) -> str:
    """Return the text of a page with single spaces."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(html.fromstring(answer.text).xpath("string(//main)").split())


def rows_of(client, path: str, part: str = "//main") -> dict[str, list[str]]:
    """Return the cells of every table row by the first words of its heading."""
    found = {}
    for row in html.fromstring(client.get(path).text).xpath(f"{part}//tbody//tr[th]"):
        cells = [" ".join(cell.text_content().split()) for cell in row.xpath("th | td")]
        found[cells[0]] = cells[1:]
    return found


def kinds_of(client, path: str = "/staff/notices") -> list[str]:
    """Return the kinds of the notices on a page."""
    tree = html.fromstring(client.get(path).text)
    return [item.get("class").removeprefix("notice ") for item in tree.xpath("//li[starts-with(@class, 'notice ')]")]


def notice_of(client, kind: str) -> str:
    """Return the text of the only notice of a kind."""
    tree = html.fromstring(client.get(f"/staff/notices?kind={kind}").text)
    (found,) = tree.xpath("//li[starts-with(@class, 'notice ')]")
    return " ".join(found.text_content().split())


def count_anew(client) -> None:
    """Let the next page count again, as it does on the next day."""
    client.application.extensions["hai-long"].boards._live._kept._values.clear()


def point_ids(store) -> dict[str, int]:
    """Return the row numbers of the service points by code."""
    with store.reading() as connection:
        rows = connection.execute(select(tables.service_point.c.code, tables.service_point.c.id))
        return {row.code: row.id for row in rows}


def take_part(store, goals: dict[str, int | None]) -> None:
    """Let only these agencies take part in the round."""
    with store.writing(ADDED) as connection:
        round_id, _ = find_round(connection, "r1")
        numbers = dict(list(connection.execute(select(tables.agency.c.code, tables.agency.c.id))))
        rows = [{"round_id": round_id, "agency_id": numbers[code], "goal": goal} for code, goal in goals.items()]
        connection.execute(insert(tables.round_agency), rows)
