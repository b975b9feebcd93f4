"""The first five of a block where people read ranks: the analysis page and its table, the report, the file."""

import csv
import io
import secrets
from datetime import date, timedelta

import pytest

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.exports.files import indices_file
from survey.operations.publishing.publishing import publish_run
from survey.operations.report.report import Wanted, compose_report
from survey.operations.results.standing import PublishedRuns
from survey.reports.documents.model import DocumentTable, Letterhead, Paragraph
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round, list_agencies
from survey.store.registry.points import list_points
from tests.sign_in import admit

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

SIPAS = load_instrument("sipas-2023")
BLOCK = "UBND cấp xã"
# Of 200 people of each commune: how many choose which answer, 98, 90, 80, 70, 60, 50 and 40% of all points.
MIXES = (
    {"5": 180, "4": 20},
    {"5": 100, "4": 100},
    {"5": 10, "4": 180, "3": 10},
    {"4": 100, "3": 100},
    {"4": 10, "3": 180, "2": 10},
    {"3": 100, "2": 100},
    {"3": 10, "2": 180, "1": 10},
)


@pytest.fixture
def seven_communes(store, round_of_2023_form) -> list[str]:
    """Publish a round with the seven communes of the sample registry far apart; return their codes, best first."""
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, "r1")
        agencies = list_agencies(connection)
        points = {agencies[one.agency_id].code: one for one in list_points(connection)}
    communes = sorted(code for code in points if code.startswith(("P-", "X-")))[:7]
    for commune, mix in zip(communes, MIXES, strict=True):
        chosen = [symbol for symbol, times in mix.items() for _ in range(times)]
        save_responses(
            store,
            [
                NewResponse(
                    secrets.token_bytes(16),
                    round_id,
                    points[commune].id,
                    Mode.QR,
                    survey_round.opens + timedelta(number % 7 % 5),
                    None,
                    AnswerRecord.pack(SIPAS, {item.code: symbol for item in SIPAS.items}),
                )
                for number, symbol in enumerate(chosen)
            ],
        )
    publish_run(store, "r1", today=today_in_vietnam())
    return communes


def test_page_table_report_and_file_say_the_same(client, store, seven_communes) -> None:
    admit(client, store)
    page = client.get(f"/staff/analysis/r1/ranking?block={BLOCK}").text
    assert "Chắc chắn trong nhóm 5 đơn vị đầu (độ tin cậy 95%, xét cùng lúc mọi đơn vị của khối): " in page
    assert "Nhóm 5 đơn vị đầu" in page
    english = client.get(f"/staff/analysis/r1/ranking?block={BLOCK}&lang=en").text
    assert "Certain to be among the first 5" in english

    lines = client.get(f"/staff/analysis/r1/ranking?block={BLOCK}&csv=ranking").data.decode("utf-8-sig")
    told = {row["agency_code"]: row["top_five"] for row in csv.DictReader(io.StringIO(lines))}
    assert [told[code] for code in (seven_communes[0], seven_communes[-1])] == ["certain", "excluded"]

    made = indices_file(store, "r1", layout="csv").data.decode("utf-8-sig")
    rows = {row["agency_code"]: row for row in csv.DictReader(io.StringIO(made)) if row["dimension"] == "overall"}
    assert {code: rows[code]["top_five"] for code in seven_communes} == told

    report = compose_report(
        store,
        PublishedRuns(store),
        Wanted(
            "r1",
            Letterhead("Sở Nội vụ", date(2026, 11, 21), superior="UBND tỉnh", number="1/BC", place="Lạng Sơn"),
            None,
            None,
        ),
    )
    texts = [element.text for element in report.body if isinstance(element, Paragraph)]
    assert any(text.startswith("Chắc chắn trong nhóm 5 đơn vị đầu") for text in texts)
    table = next(
        one
        for one in report.body
        if isinstance(one, DocumentTable) and one.caption.endswith(f"Thứ hạng trong khối {BLOCK}")
    )
    marked = sum(row.cells[1].endswith("§") for row in table.rows)
    assert marked == list(told.values()).count("certain") > 0
