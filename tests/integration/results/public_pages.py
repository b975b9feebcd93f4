"""Responses of some wards, their publication, and what the public pages say of them."""

import secrets
from datetime import timedelta

from lxml import html

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point

WARD = "Ủy ban nhân dân phường Đông Kinh"
OTHER_WARD = "Ủy ban nhân dân phường Kỳ Lừa"
THIRD_WARD = "Ủy ban nhân dân phường Tam Thanh"
IN_WARD, IN_OTHER_WARD, IN_THIRD_WARD = "P2MCN3E", "UED34VN", "PM83ELJ"


def answer(store, service_point: str, *, times: int, symbols: dict[str, str], round_code: str = "r1") -> None:
    """Store responses that answer every item of a dimension (by its letter) with one symbol."""
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        point = find_point(connection, service_point)
    instrument = load_instrument(survey_round.instrument)
    chosen = {item.code: symbols[item.code[0]] for item in instrument.items if item.code[0] in symbols}
    record = AnswerRecord.pack(instrument, chosen)
    # On five days in turn: of one day no range could be told.
    days = (survey_round.opens + timedelta(one % 5) for one in range(times))
    rows = [NewResponse(secrets.token_bytes(16), round_id, point.id, Mode.QR, day, None, record) for day in days]
    save_responses(store, rows)


def publish(store, round_code: str = "r1") -> str:
    """Publish and return the identity of the run."""
    return publish_run(store, round_code, today=today_in_vietnam()).id


def table(client, measure: str, path: str = "/results/r1") -> dict[str, list[str]]:
    """Return the cells of one table by the name of the row, without the ranges."""
    tree = html.fromstring(client.get(path).text)
    for small in tree.find_class("range"):
        small.drop_tree()
    (found,) = tree.xpath(f"//section[@aria-labelledby='{measure}']//table")
    return {
        " ".join(row.find("th").text_content().split()): [
            " ".join(cell.text_content().split()) for cell in row.findall("td")
        ]
        for row in found.iter("tr")
    }


def words(client, path: str) -> str:
    """Return the text of a page with single spaces."""
    return " ".join(html.fromstring(client.get(path).text).text_content().split())


def answer_with_both(store, service_point: str, *, times: int) -> None:
    """Store responses of which one half says 4 and the other 2, everywhere: half satisfied, 60% of all points."""
    for symbol in "24":
        answer(store, service_point, times=times // 2, symbols=dict.fromkeys("ABCDE", symbol))
