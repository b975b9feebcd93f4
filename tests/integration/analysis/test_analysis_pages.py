"""The analysis for staff: figures by hand, nothing that is withheld, charts that are kept, tables as files."""

import csv
import io
import logging
import re
import secrets
from datetime import timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from survey.fieldwork import VisitCount
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.results import charts as run_charts
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round, list_agencies
from survey.store.registry.points import find_point, list_points
from survey.store.rounds.visits import save_visits
from survey.store.subjects import ADDED
from survey.store.tables import run_chart
from tests.sign_in import admit
from tests.trail import told_of

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

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


@pytest.fixture
def admitted(client, store):
    """Return a client signed in with a password of its own."""
    admit(client, store)
    return client


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


@pytest.fixture
def two_wards(store, round_of_2023_form):
    """Publish two wards: 60 people of one give 4, 20 give 5; 20 people of the other give 2, 20 give 3."""
    for point, times, symbol in ((IN_WARD, 60, "4"), (IN_WARD, 20, "5"), (IN_OTHER, 20, "2"), (IN_OTHER, 20, "3")):
        answer(store, point, times=times, symbol=symbol)
    return publish(store)


@pytest.fixture
def two_rounds(store, sample_registry):
    """Publish a round before, in which the ward had 100 answers of 5, and one of now with 60 of 4 and 20 of 5."""
    today = today_in_vietnam()
    old = NewRound("r0", "Đợt r0", "sipas-2023", today - timedelta(days=400), today - timedelta(days=6))
    open_round(store, old)
    new = NewRound(
        "r1", "Đợt r1", "sipas-2023", today - timedelta(days=5), today + timedelta(days=7), previous_code="r0"
    )
    open_round(store, new)
    answer(store, IN_WARD, times=95, symbol="5", code="r0")
    answer(store, IN_WARD, times=5, symbol="4", code="r0")
    publish(store, "r0")
    answer(store, IN_WARD, times=60, symbol="4")
    answer(store, IN_WARD, times=20, symbol="5")
    return publish(store)


@pytest.mark.parametrize("page", ["", *(f"r1{page}" for page in PAGES), "r1/charts/overview.vi.svg"])
def test_nobody_reads_the_analysis_without_sign_in(client, two_wards, page) -> None:
    found = client.get(f"/staff/analysis/{page}")
    assert found.status_code == 303
    assert "/staff/sign-in" in found.location


def test_without_a_publication_the_list_tells_the_next_step(admitted, round_of_2023_form) -> None:
    page = admitted.get("/staff/analysis/").text
    assert "Chưa có kết quả nào được công bố." in page
    assert "Công bố kết quả" in page


@pytest.mark.parametrize("page", PAGES)
def test_a_round_that_is_not_published_shows_nothing(admitted, store, round_of_2023_form, page) -> None:
    answer(store, IN_WARD, times=50, symbol="4")
    found = admitted.get(f"/staff/analysis/r1{page}")
    assert found.status_code == 404
    assert "chưa có kết quả được công bố" in found.text
    assert "80,00" not in found.text


@pytest.mark.parametrize(
    "path",
    [
        *("nowhere", "r1/agencies/NOBODY", "r1/ranking?block=Sao", "r1?csv=nothing", "r1/ranking?unit=NOBODY"),
        "r1/breakdowns?agency=NOBODY&axis=mode",
        *("r1/charts/portrait.vi.svg?run=1", "r1/charts/items.vi.svg?run=1", "r1/charts/overview-1.vi.svg?run=1"),
    ],
)
def test_what_is_not_there_is_not_found(admitted, two_wards, path) -> None:
    assert admitted.get(f"/staff/analysis/{path}").status_code == 404


def test_the_overview_gives_everybody_and_both_readings_of_a_block(admitted, two_wards) -> None:
    # All: (60×4 + 20×5 + 20×2 + 20×3) / (120×5) = 440/600; the wards: 340/400 = 85 and 100/200 = 50.
    total = table(admitted, "r1", "Tất cả cơ quan")
    assert total["Sự phục vụ nói chung"][0] == "73,33"
    assert total["Sự phục vụ nói chung"][2] == "120"
    low, upp = (float(end.replace(",", ".")) for end in total["Sự phục vụ nói chung"][1].split("–"))
    assert low < 73.33 < upp
    block = table(admitted, "r1", "Các khối")[BLOCK]
    assert (block[0], block[2], block[3], block[5]) == ("73,33", "120", "67,50", "2")


def test_every_page_names_basis_method_and_run(admitted, two_wards) -> None:
    for page in PAGES:
        text = admitted.get(f"/staff/analysis/r1{page}").text
        assert "không phải Chỉ số SIPAS do Bộ Nội vụ công bố" in text
        assert "khoảng dao động 95%" in text
        assert "sai số" not in text
        assert f"{two_wards[:8]}…" in text
        assert f">{two_wards}" not in text


def test_response_rates_and_sample_sizes_stand_where_visits_are_known(admitted, store, two_wards) -> None:
    day = today_in_vietnam()
    with store.writing(ADDED) as connection:
        save_visits(connection, [VisitCount("", WARD_CODE, day, day, 1000)])
    goals = table(admitted, "r1", "Cỡ mẫu và tỷ lệ trả lời")
    # 80 of 1 000 are 8%; 1000/(1 + 1000×0.0025) = 285.7, so 286, of which 206 are missing.
    assert goals[WARD][:6] == ["1.000", "80", "8,00", "286", "278", "206"]
    assert OTHER not in goals


def test_withheld_agencies_come_last_among_sample_sizes(admitted, store, round_of_2023_form) -> None:
    # By what is still needed the agency of 5 responses would come first: 100 000 visits ask for 398, so 393.
    with store.reading() as connection:
        third = next(one for one in list_points(connection) if one.point.agency_code.startswith("S")).point
        name = next(one.name for one in list_agencies(connection).values() if one.code == third.agency_code)
    for point, times in ((IN_WARD, 80), (IN_OTHER, 40), (third.code, 5)):
        answer(store, point, times=times // 5 * 3, symbol="4")
        answer(store, point, times=times // 5 * 2, symbol="2")
    publish(store)
    day, visits = today_in_vietnam(), ((WARD_CODE, 1000), (OTHER_CODE, 900), (third.agency_code, 100_000))
    with store.writing(ADDED) as connection:
        save_visits(connection, [VisitCount("", code, day, day, number) for code, number in visits])
    rows = list(table(admitted, "r1", "Cỡ mẫu và tỷ lệ trả lời").items())[1:]
    told = [cells[1] != "không công bố" for _, cells in rows]
    assert told == sorted(told, reverse=True)
    assert rows[-1][0] == name
    assert (told[-1], rows[-1][1][5]) == (False, "–")


def test_the_ranking_has_sets_groups_and_its_warning(admitted, two_wards) -> None:
    found = admitted.get(f"/staff/analysis/r1/ranking?block={BLOCK}")
    assert "không dùng riêng thứ tự này để bình xét" in found.text
    rows = Tables(found.text).found["Thứ hạng trong khối"]
    ward, other = (next(row for row in rows if row[0] == name) for name in (WARD, OTHER))
    # 85 against 50 on 80 and 40 responses: each has its place for certain, and a group of its own.
    assert (ward[1], ward[2], ward[5], ward[6], ward[7]) == ("1", "85,00", "1–1", "1–1", "1")
    assert (other[1], other[2], other[5], other[6], other[7]) == ("2", "50,00", "2–2", "2–2", "2")
    # An agency nobody answered for is listed with the reason.
    assert any("không có câu trả lời hợp lệ" in row[-1] or "không có phiếu" in row for row in rows)


@pytest.mark.parametrize(
    ("unit", "places", "words"),
    [
        (OTHER_CODE, "1", "Cần đạt 85,01% (tăng thêm 35,01 điểm phần trăm) để lên hạng 1"),
        (OTHER_CODE, "50", "để lên hạng 1"),
        (OTHER_CODE, "-3", "để lên hạng 1"),
        (OTHER_CODE, "²", "để lên hạng 1"),
        (WARD_CODE, "1", "Đang ở hạng cao nhất của khối"),
    ],
)
def test_what_it_takes_to_climb(admitted, two_wards, unit, places, words) -> None:
    query = {"block": BLOCK, "unit": unit, "k": places}
    found = admitted.get("/staff/analysis/r1/ranking", query_string=query)
    assert found.status_code == 200
    assert words in found.text


def test_an_agency_has_its_answers_counted_and_stands_beside_the_rest(admitted, two_wards) -> None:
    items = table(admitted, f"r1/agencies/{WARD_CODE}", "Câu trả lời theo tiêu chí")
    (first,) = [cells for name, cells in items.items() if name.startswith("A1.")]
    assert (first[0], first[2], first[3:]) == ("85,00", "80", ["0", "0", "0", "60", "20"])
    beside = table(admitted, f"r1/agencies/{WARD_CODE}", "So với phần còn lại của khối")
    # The rest of the block is the other ward: 85 - 50.
    assert (beside["Sự phục vụ nói chung"][1], beside["Sự phục vụ nói chung"][5]) == ("+35,00", "Cao hơn")
    beside = table(admitted, f"r1/agencies/{OTHER_CODE}", "So với phần còn lại của khối")
    assert (beside["Sự phục vụ nói chung"][1], beside["Sự phục vụ nói chung"][5]) == ("−35,00", "Thấp hơn")


def test_pulls_add_up_to_the_gap_of_their_dimension(admitted, two_wards) -> None:
    rows = lines(admitted, f"r1/agencies/{OTHER_CODE}?csv=pulls")
    access = [float(row["contribution"]) for row in rows if row["dimension"] == "access"]
    assert len(access) == 3
    # Everybody answers everything, so there is no mix, and the three items make up the 35 points.
    assert sum(access) == pytest.approx(-35)


def test_what_is_withheld_is_nowhere(admitted, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=60, symbol="4")
    answer(store, IN_WARD, times=20, symbol="5")
    answer(store, IN_OTHER, times=9, symbol="1")
    publish(store)
    other = table(admitted, f"r1/agencies/{OTHER_CODE}", "Chỉ số theo nội dung đánh giá")
    assert other["Sự phục vụ nói chung"][:4] == ["không công bố", "–", "–", "–"]
    # The block less the ward would be the nine, so the ward is withheld with them: no rest, no pull, no mean.
    beside = admitted.get(f"/staff/analysis/r1/agencies/{WARD_CODE}").text
    assert "So với phần còn lại của khối" not in Tables(beside).found
    assert "Tiêu chí làm giảm điểm của yếu tố" not in Tables(beside).found
    block = table(admitted, "r1", "Các khối")[BLOCK]
    # (60×4 + 20×5 + 9×1) / (89×5) = 78,43 is everybody; 85,00 would be the ward and 20,00 the nine.
    assert (block[0], block[3]) == ("78,43", "không công bố")
    ward = table(admitted, f"r1/agencies/{WARD_CODE}", "Chỉ số theo nội dung đánh giá")
    assert ward["Sự phục vụ nói chung"][0] == "không công bố"
    everything = [f"r1{page}" for page in PAGES] + [f"r1/agencies/{OTHER_CODE}", f"r1/ranking?block={BLOCK}"]
    for path in everything:
        page = admitted.get(f"/staff/analysis/{path}").text
        seen = [page, *(admitted.get(address).text for address in pictures(admitted, path).values())]
        assert not any(re.search(r"\b(85,00|20,00)\b", text) for text in seen), path
    for path in ("r1?csv=total", "r1?csv=blocks", "r1?csv=ends", f"r1/agencies/{OTHER_CODE}?csv=items"):
        assert all(row["index" if "index" in row else "pooled"] != "20.0" for row in lines(admitted, path))


def test_a_fall_since_the_round_before_is_told_with_its_verdict(admitted, two_rounds) -> None:
    # Before: (95×5 + 5×4)/500 = 99; now (60×4 + 20×5)/400 = 85.
    falls = lines(admitted, "r1?csv=falls")
    assert {row["agency_code"] for row in falls} == {WARD_CODE}
    assert {round(float(row["difference"]), 9) for row in falls} == {-14.0}
    assert {row["verdict"] for row in falls} == {"fell"}
    assert all(0 < float(row["p_bh"]) <= float(row["p_holm"]) < 0.05 for row in falls)
    page = admitted.get("/staff/analysis/r1").text
    shown = Tables(page).found["Giảm so với đợt trước"][1:]
    assert len(shown) == 10
    assert shown[0][2:5] == ["99,00", "85,00", "−14,00"]
    assert shown[0][-3] == "Giảm"
    assert f"tệp có đủ {len(falls)} dòng" in page
    changes = table(admitted, f"r1/agencies/{WARD_CODE}", "Thay đổi so với đợt trước")
    assert changes["Sự phục vụ nói chung"][:3] == ["99,00", "85,00", "−14,00"]


def test_a_series_joins_rounds_of_one_questionnaire_and_breaks_at_another(admitted, store, two_rounds) -> None:
    opens = today_in_vietnam() - timedelta(days=500)
    open_round(store, NewRound("r22", "Đợt r22", "sipas-2022", opens, opens + timedelta(days=30)))
    answer(store, IN_WARD, times=40, symbol="3", code="r22")
    publish(store, "r22")
    path = f"r1/agencies/{WARD_CODE}"
    trend = table(admitted, path, "Chỉ số chung qua các đợt")
    assert list(trend) == ["Đợt khảo sát", "r22", "r0", "r1"]
    assert (trend["r22"][1], trend["r0"][1], trend["r1"][1]) == ("60,00", "99,00", "85,00")
    assert (trend["r0"][4:], trend["r1"][4:]) == (["–", "Không so sánh được"], ["−14,00", "Giảm"])
    assert (
        "Thay đổi phiếu hoặc cách tính: trước là r22 (sipas-2022), sau là r0 (sipas-2023)"
        in admitted.get(f"/staff/analysis/{path}").text
    )


def test_a_round_without_one_before_says_so(admitted, two_wards) -> None:
    page = admitted.get("/staff/analysis/r1").text
    assert "Chưa có đợt trước đã công bố để so sánh." in page
    assert "falls" not in pictures(admitted, "r1")


def test_drivers_are_refused_with_the_reason_where_the_question_was_not_asked(admitted, two_wards) -> None:
    page = admitted.get("/staff/analysis/r1/drivers").text
    assert "không hỏi riêng mức hài lòng chung" in page
    assert "Độ tin cậy thang đo" in page


def test_a_breakdown_has_figures_by_hand_and_keeps_small_cells_back(admitted, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=40, symbol="4")
    answer(store, IN_WARD, times=40, symbol="2")
    answer(store, SECOND_IN_WARD, times=30, symbol="5", mode=Mode.PAPER)
    answer(store, SECOND_IN_WARD, times=30, symbol="4", mode=Mode.PAPER)
    answer(store, IN_WARD, times=4, symbol="1", mode=Mode.KIOSK)
    publish(store)
    assert "sau khi khóa sổ" in admitted.get("/staff/analysis/r1/breakdowns").text
    with store.reading() as connection:
        sealed = find_round(connection, "r1")[1].seals + timedelta(days=1)
    publish_run(store, "r1", today=sealed, final=True)
    path = f"r1/breakdowns?agency={WARD_CODE}&axis=mode"
    assert admitted.get(f"/staff/analysis/r1/breakdowns?agency={WARD_CODE}&axis=moon").status_code == 404
    modes = table(admitted, path, f"{WARD}: Hình thức trả lời")
    # By QR code: (40×4 + 40×2)/400 = 60; four at the kiosk are too few, and the 60 on paper go with them.
    assert modes["quét mã QR"][:3:2] == ["60,00", "80"]
    assert modes["máy tính bảng"][0] == "không công bố"
    assert modes["phiếu giấy"][0] == "không công bố"
    assert "4" not in {cell for cells in modes.values() for cell in cells}
    assert {row["category"]: row["index"] for row in lines(admitted, f"{path}&csv=breakdown")}["kiosk"] == ""


def test_a_chart_is_a_picture_that_may_do_nothing_and_be_kept_for_ever(admitted, two_wards) -> None:
    address = pictures(admitted, "r1")["overview"]
    found = admitted.get(address)
    assert (found.status_code, found.mimetype) == (200, "image/svg+xml")
    assert two_wards in address
    assert found.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert found.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    drawn = ElementTree.fromstring(found.text)
    assert [one.tag for one in drawn.iter() if one.tag.rpartition("}")[2] in ("script", "image", "foreignObject")] == []
    page = admitted.get("/staff/analysis/r1")
    assert page.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "73,33" in re.search(r'<img src="[^"]*overview[^"]*" alt="([^"]+)"', page.text)[1]


def test_the_address_of_a_chart_ends_with_the_next_publication(admitted, store, two_wards) -> None:
    address = pictures(admitted, "r1")["overview"]
    answer(store, IN_WARD, times=20, symbol="1")
    publish(store)
    assert admitted.get(address).status_code == 404
    assert admitted.get(address.partition("?")[0]).status_code == 404
    assert admitted.get(pictures(admitted, "r1")["overview"]).status_code == 200


def test_a_series_chart_gets_a_new_address_when_an_earlier_round_is_published_again(
    admitted, store, two_rounds
) -> None:
    path = f"r1/agencies/{WARD_CODE}"
    before = pictures(admitted, path)
    answer(store, IN_WARD, times=40, symbol="1", code="r0")
    publish(store, "r0")
    after = pictures(admitted, path)
    assert before["trend"] != after["trend"]
    assert before["change"] != after["change"]
    assert before["items"] == after["items"]


def kept_charts(store) -> dict[tuple[str, str], str]:
    """Return the charts in the store by name and language."""
    with store.reading() as connection:
        rows = connection.execute(select(run_chart.c.name, run_chart.c.language, run_chart.c.svg)).all()
    return {(row.name, row.language): row.svg for row in rows}


def test_charts_are_drawn_at_publication_and_those_of_agencies_when_somebody_looks(admitted, store, two_wards) -> None:
    first = kept_charts(store)
    assert {("overview", "vi"), ("ranking-0", "vi")} <= set(first)
    assert {language for _, language in first} == {"vi"}
    admitted.get(f"/staff/analysis/r1/agencies/{WARD_CODE}")
    then = kept_charts(store)
    assert {(f"items-{WARD_CODE}", "vi"), (f"dimensions-{WARD_CODE}", "vi")} <= set(then)
    admitted.get(f"/staff/analysis/r1/agencies/{WARD_CODE}?lang=en")
    assert (f"items-{WARD_CODE}", "en") in kept_charts(store)
    assert {name: then[name] for name in first} == first


def test_a_publication_by_command_draws_the_pages_of_agencies_so_that_no_request_does(
    admitted, store, round_of_2023_form, app, monkeypatch
) -> None:
    answer(store, IN_WARD, times=40, symbol="4")
    assert app.test_cli_runner().invoke(args=["index", "publish", "--round", "r1"]).exit_code == 0
    drawn = kept_charts(store)
    assert {(f"items-{WARD_CODE}", "vi"), (f"dimensions-{WARD_CODE}", "vi")} <= set(drawn)

    def fail(*_):
        raise AssertionError("a request must not draw")

    monkeypatch.setattr(run_charts, "draw_chart", fail)
    for page in ("", "/ranking", f"/agencies/{WARD_CODE}"):
        assert admitted.get(f"/staff/analysis/r1{page}").status_code == 200
    assert kept_charts(store) == drawn


def test_a_publication_is_not_lost_when_its_charts_cannot_be_drawn(
    admitted, store, round_of_2023_form, monkeypatch, caplog
) -> None:
    def fail(*_):
        raise OSError("no room for fonts")

    answer(store, IN_WARD, times=40, symbol="4")
    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(run_charts, "draw_chart", fail)
        run = publish(store)
    assert "could not be drawn" in caplog.text
    assert kept_charts(store) == {}
    assert run in pictures(admitted, "r1")["overview"]
    assert ("overview", "vi") in kept_charts(store)


def test_a_file_has_figures_unrounded_and_names_its_run(admitted, store, two_wards) -> None:
    rows = {row["part"]: row for row in lines(admitted, "r1?csv=total")}
    assert float(rows["overall"]["index"]) == pytest.approx(100 * 440 / 600, abs=1e-9)
    assert (rows["overall"]["run"], rows["overall"]["round"]) == (two_wards, "r1")
    assert (rows["overall"]["basis"], rows["overall"]["responses"]) == ("self_selected", "120")
    assert told_of(store, "download") == ["tệp phan-tich-r1-total.csv"]


def test_a_name_that_is_markup_or_a_formula_does_no_harm(admitted, store, sample_registry, round_of_2023_form) -> None:
    with store.writing(ADDED) as connection:
        name = '=cmd()&<script>alert("1")</script>'
        connection.exec_driver_sql(f"UPDATE agency SET name = '{name}' WHERE code = '{WARD_CODE}'")
    answer(store, IN_WARD, times=40, symbol="4")
    answer(store, IN_OTHER, times=40, symbol="2")
    publish(store)
    for path in ("r1", f"r1/ranking?block={BLOCK}", f"r1/agencies/{WARD_CODE}"):
        assert "<script" not in admitted.get(f"/staff/analysis/{path}").text
        for address in pictures(admitted, path).values():
            ElementTree.fromstring(admitted.get(address).text)
    ranked = lines(admitted, f"r1/ranking?block={BLOCK}&csv=ranking")
    assert f"'{name}" in {row["agency"] for row in ranked}


def test_the_pages_speak_english_too(admitted, two_wards) -> None:
    for page in PAGES:
        text = admitted.get(f"/staff/analysis/r1{page}?lang=en").text
        assert '<html lang="en">' in text
        assert "Respondents took part of their own accord" in text
        assert 'lang="vi">Tiếng Việt</button>' in text
    assert "73.33" in admitted.get("/staff/analysis/r1?lang=en").text
    assert ".en.svg?run=" in pictures(admitted, "r1?lang=en")["overview"]
