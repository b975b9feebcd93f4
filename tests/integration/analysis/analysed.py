"""Two wards that were answered and published, and what the pages of the analysis say of them."""

import csv
import io
import re
import secrets
from datetime import timedelta
from html.parser import HTMLParser

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point

# Of the sample registry: two wards of the same block, with a service point of each.
WARD, WARD_CODE, IN_WARD = "Ủy ban nhân dân phường Đông Kinh", "P-DONGKINH", "P2MCN3E"
OTHER, OTHER_CODE, IN_OTHER = "Ủy ban nhân dân phường Kỳ Lừa", "P-KYLUA", "UED34VN"
SECOND_IN_WARD = "UKGBDA2"
BLOCK = "UBND cấp xã"
PAGES = ("", "/ranking", f"/agencies/{WARD_CODE}", "/drivers", "/breakdowns")


class Tables(HTMLParser):
    """Reads the tables of a page: for each caption the rows, each a list of texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found, self._caption, self._rows, self._into = {}, "", [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self._rows = []
        elif tag == "caption":
            self._caption, self._into = "", "caption"
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
            self._into = "cell"

    def handle_endtag(self, tag):
        if tag == "table":
            self.found[" ".join(self._caption.split())] = [
                [" ".join(cell.split()) for cell in row] for row in self._rows
            ]
        elif tag in ("caption", "td", "th"):
            self._into = None

    def handle_data(self, data):
        if self._into == "caption":
            self._caption += data
        elif self._into == "cell":
            self._rows[-1][-1] += data


def table(client, path: str, title: str) -> dict[str, list[str]]:
    """Return the cells of a table by the text of their row's heading."""
    answer = client.get(f"/staff/analysis/{path}")
    assert answer.status_code == 200
    return {row[0]: row[1:] for row in Tables(answer.text).found[title]}


def lines(client, path: str) -> list[dict[str, str]]:
    """Return the rows of a table as its file has them."""
    answer = client.get(f"/staff/analysis/{path}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def pictures(client, path: str) -> dict[str, str]:
    """Return the addresses of the charts of a page by the kind they begin with."""
    found = re.findall(r'<img src="([^"]+)"', client.get(f"/staff/analysis/{path}").text)
    return {re.search(r"charts/([a-z]+)", address)[1]: address.replace("&amp;", "&") for address in found}


def answer(store, point: str, *, times: int, symbol: str, code: str = "r1", mode: Mode = Mode.QR, without: str = ""):
    """Store responses that choose the same option for every item, but for the dimensions (letters) of `without`.

    They come all over the round: a range that rests on few days and weeks ranks nobody and calls no fall.
    """
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, code)
        placed = find_point(connection, point)
    instrument, length = load_instrument(survey_round.instrument), (survey_round.closes - survey_round.opens).days + 1
    chosen = {item.code: symbol for item in instrument.items if item.code[0] not in without}
    record = AnswerRecord.pack(instrument, chosen)
    rows = [
        NewResponse(
            secrets.token_bytes(16),
            round_id,
            placed.id,
            mode,
            survey_round.opens + timedelta(4 * one % length),
            None,
            record,
        )
        for one in range(times)
    ]
    save_responses(store, rows)


def publish(store, code: str = "r1") -> str:
    """Publish and return the identity of the run."""
    return publish_run(store, code, today=today_in_vietnam()).id
