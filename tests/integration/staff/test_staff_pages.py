"""What somebody signed in sees and takes away: counts, posters, codes and files."""

import csv
import io
import re
import secrets
from datetime import timedelta

import pytest
from lxml import html
from openpyxl import load_workbook

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, HalfDay, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from tests.integration.monitoring.coming_in import count_anew
from tests.sign_in import admit
from tests.trail import deeds_of

# Of the sample registry: two service points of ward Đông Kinh, and one that is no longer in use.
BUSINESS, CIVIL_STATUS = "P2MCN3E", "UKGBDA2"


@pytest.fixture
def admitted(client, store):
    """Return a client signed in with a password of its own."""
    admit(client, store)
    return client


def answer_all(store, round_code: str, service_point: str, *, times: int, symbol: str = "4") -> None:
    """Store responses that choose the same option everywhere."""
    instrument = load_instrument("sipas-2023")
    record = AnswerRecord.pack(instrument, {item.code: symbol for item in instrument.items})
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        point = find_point(connection, service_point)
    day = survey_round.opens
    rows = [
        NewResponse(secrets.token_bytes(16), round_id, point.id, Mode.QR, day, HalfDay.MORNING, record)
        for _ in range(times)
    ]
    save_responses(store, rows)


def rows_of(page: str) -> dict[str, str]:
    """Return the text of every table row by its heading, with single spaces."""
    tree = html.fromstring(page)
    return {
        " ".join(row.find("th").text_content().split()): " ".join(row.text_content().split()) for row in tree.iter("tr")
    }


def downloads(store) -> list[str]:
    """Return what the audit trail says was downloaded."""
    return [one.subject for one in deeds_of(store, "download")]


def test_an_empty_house_is_told_what_comes_first(admitted) -> None:
    page = admitted.get("/staff/").text
    for address in ("/staff/registry/import", "/staff/rounds/new", "/staff/studio"):
        assert f"<a href='{address}'>" in page
    assert "<table" not in page


def test_a_registry_without_a_round_already_offers_its_posters(admitted, sample_registry) -> None:
    page = admitted.get("/staff/").text
    assert "<a href='/staff/registry/import'>" not in page
    assert "<a href='/staff/rounds/new'>" in page
    assert "<a href='/staff/studio'>" in page


def test_a_round_without_responses_says_that_posters_come_next(admitted, store, round_of_2023_form) -> None:
    page = admitted.get("/staff/").text
    assert "Việc tiếp theo" in page
    assert "<a href='/staff/studio'>In áp phích</a>" in page
    assert "Công bố kết quả…" not in page
    answer_all(store, "r1", BUSINESS, times=1)
    count_anew(admitted)
    assert "Việc tiếp theo" not in admitted.get("/staff/").text


def test_the_overview_tells_the_round_in_words(admitted, round_of_2023_form) -> None:
    text = " ".join(html.fromstring(admitted.get("/staff/").text).text_content().split())
    opens = today_in_vietnam() - timedelta(days=7)
    closes = opens + timedelta(days=30)
    assert f"{opens:%d/%m/%Y} – {closes:%d/%m/%Y}" in text
    assert "Đợt r1 Đang mở" in text
    assert "sipas-2023" in text
    assert "không phải Chỉ số SIPAS do Bộ Nội vụ công bố" in text
    assert "MÔ PHỎNG" not in text


def test_responses_are_counted_per_service_point_and_agency(admitted, store, round_of_2023_form) -> None:
    answer_all(store, "r1", BUSINESS, times=3)
    answer_all(store, "r1", CIVIL_STATUS, times=1201)
    # 3 + 1 201 = 1 204, written with a point in Vietnamese.
    rows = rows_of(admitted.get("/staff/monitoring").text)
    assert rows["Ủy ban nhân dân phường Đông Kinh"].startswith("Ủy ban nhân dân phường Đông Kinh 1.204")
    rows = rows_of(admitted.get("/staff/monitoring/P-DONGKINH").text)
    name = f"Quầy Hộ kinh doanh – Bộ phận một cửa phường Đông Kinh {BUSINESS}"
    assert rows[name].startswith(f"{name} 3 ")


def test_the_overview_shows_no_score_before_or_after_publication(admitted, store, round_of_2023_form) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    publish_run(store, "r1", today=today_in_vietnam())
    # All answers are 4 of 5: an index of 80,00 and 100,00% satisfied.
    for score in ("80,00", "100,00", "80.0"):
        assert score not in admitted.get("/staff/").text


def test_simulated_rounds_are_marked(admitted, store, sample_registry) -> None:
    today = today_in_vietnam()
    new = NewRound(
        code="gia",
        title="Đợt giả",
        instrument="sipas-2023",
        opens=today,
        closes=today + timedelta(days=9),
        simulated=True,
    )
    open_round(store, new)
    assert html.fromstring(admitted.get("/staff/").text).xpath("string(//p[@class='simulated'])") == "DỮ LIỆU MÔ PHỎNG"


def test_retired_service_points_stay_only_where_they_have_responses(admitted, store, round_of_2023_form) -> None:
    with store.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT service_point.code, agency.code FROM service_point JOIN agency ON agency.id = agency_id "
            "WHERE service_point.valid_to < '2026-01-01' AND agency.valid_to IS NULL"
        )
        (code, agency), *_ = sorted(map(tuple, found))
    page = f"/staff/monitoring/{agency}"
    assert code not in admitted.get(page).text
    answer_all(store, "r1", code, times=1)
    count_anew(admitted)
    assert code in admitted.get(page).text
    assert "(đã ngừng)" in admitted.get(page).text


@pytest.mark.parametrize(
    "query", ["agency=P-DONGKINH&size=a5", "size=sticker", f"point={BUSINESS}&size=tent", "size=a4"]
)
def test_posters_come_as_one_pdf(admitted, store, sample_registry, query) -> None:
    answer = admitted.get(f"/staff/posters?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert downloads(store) == [re.search(r"filename=(\S+)", answer.headers["Content-Disposition"])[1]]


@pytest.mark.parametrize("query", ["agency=NOBODY&size=a4", "size=a3", "point=ABCDEFG"])
def test_posters_of_nothing_are_not_found(admitted, sample_registry, query) -> None:
    assert admitted.get(f"/staff/posters?{query}").status_code == 404


def test_single_codes_come_as_svg_and_png(admitted, sample_registry) -> None:
    svg, png = admitted.get(f"/staff/codes/{BUSINESS}.svg"), admitted.get(f"/staff/codes/{BUSINESS}.png")
    assert svg.mimetype == "image/svg+xml"
    assert f"/K/{BUSINESS}" in svg.text
    assert png.data.startswith(b"\x89PNG\r\n")
    assert admitted.get("/staff/codes/ABCDEFG.svg").status_code == 404


def test_indices_come_as_files_once_published(admitted, store, round_of_2023_form) -> None:
    # Everybody is satisfied, which may only be said of 30 or more.
    answer_all(store, "r1", BUSINESS, times=30)
    assert admitted.get("/staff/exports/indices.csv?round=r1").status_code == 409
    publish_run(store, "r1", today=today_in_vietnam())
    answer = admitted.get("/staff/exports/indices.csv?round=r1")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    # Every answer is 4 of 5 points: 100 × 4/5 = 80.
    assert {float(row["index"]) for row in rows} == {80.0}
    sheet = load_workbook(io.BytesIO(admitted.get("/staff/exports/indices.xlsx?round=r1").data)).worksheets[0]
    assert sheet.max_row == len(rows) + 1
    assert downloads(store) == ["chi-so-r1.csv", "chi-so-r1.xlsx"]


def test_responses_come_as_files_without_day_and_service_point(admitted, store, round_of_2023_form) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    text = admitted.get("/staff/exports/responses.csv?round=r1").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["A1"] for row in rows] == ["4"] * 12
    assert BUSINESS not in text
    assert list(rows[0])[:3] == ["month", "agency_code", "mode"]
    assert load_workbook(io.BytesIO(admitted.get("/staff/exports/responses.xlsx?round=r1").data)).worksheets


@pytest.mark.parametrize("path", ["indices.csv?round=nowhere", "responses.xlsx", "indices.sav?round=r1"])
def test_files_of_nothing_are_not_found(admitted, round_of_2023_form, path) -> None:
    assert admitted.get(f"/staff/exports/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/staff/", "/staff/password"])
def test_staff_pages_have_one_heading_labels_and_no_inline_style_or_script(admitted, round_of_2023_form, path) -> None:
    answer = admitted.get(path)
    tree = html.fromstring(answer.text)
    assert tree.get("lang") == "vi"
    assert len(tree.xpath("//h1")) == 1
    assert tree.xpath("//style | //script | //*[@style] | //*[@onclick]") == []
    labelled = set(tree.xpath("//label/@for"))
    assert [
        field.get("id")
        for field in tree.xpath("//input[not(@type='hidden' or @aria-hidden)]")
        if field.get("id") not in labelled
    ] == []
    assert "style-src 'self';" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_stylesheet_is_served_under_an_address_that_may_be_kept_for_ever(client) -> None:
    address = html.fromstring(client.get("/staff/sign-in").text).xpath("string(//link[@rel='stylesheet']/@href)")
    answer = client.get(address)
    assert re.fullmatch(r"/static/site\.[0-9a-f]{12}\.css", address)
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()
