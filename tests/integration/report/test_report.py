"""The official report: the same numbers as the published run, in Word and in PDF; nothing that is withheld."""

import io
import json
import os
import re
import secrets
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random

import docx
import pytest
from sqlalchemy import insert

from survey.analysis.figures.results import OVERALL
from survey.errors import RoundError, UnknownCodeError
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.jobs.files import remove_made
from survey.operations.plans.findings import Fallen, PlanFinding, to_stored
from survey.operations.plans.plans import add_task, make_plan
from survey.operations.publishing.publishing import publish_run
from survey.operations.report.jobs import KEPT_FOR
from survey.operations.report.report import ReportFormat, Wanted, compose_report, write_report
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff.rights import Role
from survey.reports import documents
from survey.reports.documents.model import DocumentPicture, DocumentTable, Letterhead, Paragraph
from survey.reports.documents.paper import write_pdf
from survey.reports.documents.word.word import write_word
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.feedback.tables import comment_screening, feedback_case
from survey.store.plans.plans import Plan, PlanTask
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from survey.store.subjects import ADDED
from survey.store.tables import agency as agencies
from tests.batches import wait_until_made
from tests.conftest import need
from tests.sign_in import admit, token_of
from tests.trail import told_of

# Files of many pages on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

FONTS = Path(documents.__file__).parent / "fonts"
TODAY = today_in_vietnam()
# Of the sample registry: two wards of a block, a department, and a second department with too few responses.
WARD, OTHER_WARD, DEPARTMENT, FEW = "P2MCN3E", "UED34VN", "L4E3SZF", "RMTKLJ7"
# A counter of the ward P-TAMTHANH, about which nobody answers in either of the two rounds.
NEWLY = "PM83ELJ"
WARD_CODE = "P-DONGKINH"
HEAD = Letterhead("Sở Nội vụ", date(2026, 11, 21), superior="UBND tỉnh", number="12/BC-SNV", place="Lạng Sơn")
NUMBER = re.compile(r"[−+]?\d[\d.]*(?:,\d+)?\*?")
COMMENT = "Chờ lâu <b> & *nhanh lên*"


def answer(store, point: str, *, times: int, level: float, seed: int, code: str = "r1") -> None:
    """Store responses whose answers scatter about a level, with some left open."""
    random = Random(seed)
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, code)
        placed = find_point(connection, point)
    instrument = load_instrument(survey_round.instrument)
    rows = []
    for _ in range(times):
        mood = random.gauss(level, 0.7)
        chosen = {
            item.code: str(min(5, max(1, round(random.gauss(mood, 0.5)))))
            for item in instrument.items
            if random.random() < 0.9
        }
        day = survey_round.opens + timedelta(days=random.randrange(5))
        record = AnswerRecord.pack(instrument, chosen)
        rows.append(NewResponse(secrets.token_bytes(16), round_id, placed.id, Mode.QR, day, None, record))
    save_responses(store, rows)


@pytest.fixture
def two_rounds(store, sample_registry) -> None:
    """Publish a round before and one of now, in which a ward fell and a department has too few responses."""
    spans = (("r0", "Đợt trước", 40, 20, None), ("r1", "Đợt này", 10, -20, "r0"))
    for code, title, opened, closes, previous in spans:
        days = TODAY - timedelta(days=opened), TODAY - timedelta(days=closes)
        open_round(store, NewRound(code, title, "sipas-2023", *days, simulated=True, previous_code=previous))
    for code, level in (("r0", 4.5), ("r1", 3.6)):
        answer(store, WARD, times=120, level=level, seed=1, code=code)
        answer(store, OTHER_WARD, times=70, level=4.2, seed=2, code=code)
        answer(store, DEPARTMENT, times=60, level=4.0, seed=3, code=code)
        answer(store, FEW, times=6, level=3.0, seed=4, code=code)
        publish_run(store, code, today=TODAY)


@pytest.fixture
def compose(store, two_rounds):
    """Return a function that composes a report of the round of now."""
    runs = PublishedRuns(store)

    def composed(agency: str | None = None, plan: int | None = None, code: str = "r1"):
        return compose_report(store, runs, Wanted(code, HEAD, agency, plan))

    return composed


@pytest.fixture
def plan(store, two_rounds) -> int:
    """Screen a comment of the ward, let it handle 12 cases, make its plan with one task, and return its number."""
    made = make_plan(store, Plan(WARD_CODE, "r1", 2026, "Kế hoạch"), Fallen(), today=TODAY, staff="lan")
    words = {"task": "Bố trí ghế", "lead": "Văn phòng", "coordinating": "Các phòng", "product": "Ghế"}
    finding = to_stored(PlanFinding("Ghế ngồi"))
    add_task(store, made, PlanTask("I. Tiếp cận dịch vụ", "", finding, **words, deadline="Quý II"), staff="lan")
    late, on_time = TODAY - timedelta(days=2), TODAY + timedelta(days=20)
    closed = [(on_time, True)] * 5 + [(on_time, False)] * 2 + [(on_time, None)] * 2 + [(late, None)]
    with store.writing(ADDED) as connection:
        round_id = find_round(connection, "r1")[0]
        agency_id = find_point(connection, WARD).agency_id
        own = {"round_id": round_id, "agency_id": agency_id, "decided_on": TODAY, "staff": "lan"}
        connection.execute(insert(comment_screening).values(comment_key=bytes(16), text=COMMENT, **own))
        # 12 received: 10 answered, 9 of them in time; 2 open, one of them for too long.
        for number, (due, satisfied) in enumerate([*closed, (late, None), (on_time, None)]):
            said = {"code": f"{number:08}", "secret_digest": "0" * 64, "kind": "complaint", "text": "Chờ lâu"}
            days = {"received_on": TODAY - timedelta(days=5), "due_on": due, "agency_id": agency_id}
            answered = {"answer": "Đã sửa", "answered_on": TODAY} if number < len(closed) else {}
            state = {"state": "answered" if answered else "received", "satisfied": satisfied}
            connection.execute(insert(feedback_case).values(**said, **days, **answered, **state))
    return made


def find_agency(store, point: str) -> str:
    with store.reading() as connection:
        return find_point(connection, point).point.agency_code


def tables_of(report) -> dict[str, DocumentTable]:
    """Return all tables of a report by caption without number."""
    elements = [*report.body, *(one for annex in report.annexes for one in annex.elements)]
    return {one.caption.split(". ", 1)[1]: one for one in elements if isinstance(one, DocumentTable)}


def cells_of(table: DocumentTable, column: int = 0) -> dict[str, tuple[str, ...]]:
    """Return the rows of a table by the text of a column."""
    return {row.cells[column]: row.cells for row in table.rows}


def word_rows(word) -> list[list[str]]:
    """Return the texts of every row of every table of a Word file."""
    return [[cell.text for cell in row.cells] for table in word.tables for row in table.rows]


def shown(figure: float | None) -> str:
    """Write a figure of the JSON as people read it: two decimals, half up, decimal comma."""
    if figure is None:
        return "–"
    return str(Decimal(repr(figure)).quantize(Decimal("0.01"), ROUND_HALF_UP)).replace(".", ",")


def expected(row) -> tuple[str, ...]:
    """Return what a report prints of a row of the JSON: figure, range, share satisfied and base."""
    ends = f"{shown(row['low'])}–{shown(row['upp'])}" if row["low"] is not None else "–"
    return shown(row["index"]), ends, shown(row["percent_satisfied"]), str(row["responses"])


def computed(app, by: str, code: str = "r1") -> list[dict[str, object]]:
    """Return the rows of `index compute --format json`."""
    arguments = ["index", "compute", "--round", code, "--by", by, "--format", "json"]
    answered = app.test_cli_runner().invoke(args=arguments)
    assert answered.exit_code == 0
    return json.loads(answered.output)["rows"]


def label_of(row) -> str:
    """Return the first cell of a row of the JSON in a table of a report."""
    instrument = load_instrument("sipas-2023")
    part = row.get("item") or row.get("dimension")
    letters = {one.code: one.letter for one in instrument.dimensions}
    return row["label"] if part == "overall" else f"{letters.get(part, part)}. {row['label']}"


def test_the_round_has_the_numbers_of_index_compute(app, store, compose) -> None:
    tables, published = tables_of(compose()), PublishedRuns(store).latest("r1").analysis
    # Published, the withheld agencies of a sum are one stratum: its range is made without their days.
    ends_of = {(one.domain.block, one.part): ends_in_words(one) for one in (*published.total, *published.blocks)}
    for caption, by in (
        ("Kết quả chung theo yếu tố, tính gộp mọi câu trả lời", "dimension"),
        ("Kết quả chung theo tiêu chí", "dimension,item"),
    ):
        rows = cells_of(tables[caption])
        found = computed(app, by)
        assert len(found) >= 6
        for row in found:
            figure, ends, satisfied, _dissatisfied, responses = rows[label_of(row)][1:]
            index, _alone, *others = expected(row)
            assert (figure, satisfied, responses) == (index, *others)
            assert ends == ends_of["", row.get("item") or row["dimension"]]
    blocks = cells_of(tables["Kết quả theo khối"])
    for row in computed(app, "block"):
        figure, _alone, _, responses = expected(row)
        assert blocks[row["block"]][1:4] == (figure, ends_of[row["block"], OVERALL], responses)


def published_ends(store) -> dict[tuple[str, str], str]:
    """Return the ranges of agencies as they are published: how alike answers are is told by the shown ones alone."""
    rows = PublishedRuns(store).latest("r1").analysis.results.rows
    return {(row.domain.agency_code, row.part): ends_in_words(row) for row in rows}


def ends_in_words(row) -> str:
    """Return the range of a published row as a report prints it."""
    found = row.estimate
    return f"{shown(found.low)}–{shown(found.upp)}" if found and found.low is not None else "–"


def test_every_agency_has_the_numbers_of_index_compute(app, store, compose) -> None:
    tables, ends_of, seen = tables_of(compose()), published_ends(store), 0
    for row in computed(app, "agency,dimension,item"):
        table = tables.get(f"Kết quả của {row['agency']}")
        if table is None or row["responses"] == 0:
            continue
        cells = cells_of(table)[label_of(row)]
        index, _alone, *others = expected(row)
        assert (cells[1], cells[3], cells[5]) == (index, *others)
        assert cells[2] == ends_of[row["agency_code"], row.get("item") or row["dimension"]]
        seen += 1
    # The second department is withheld with the first, which has too few responses: it would give that one away.
    assert seen == 2 * 22, "two wards: the whole, five dimensions, sixteen items"


def test_an_agency_has_the_numbers_of_index_compute_and_of_its_answers(app, store, compose) -> None:
    tables, ends_of = tables_of(compose(WARD_CODE)), published_ends(store)
    rows = {label_of(row): row for row in computed(app, "agency,dimension,item") if row["agency_code"] == WARD_CODE}
    for label, cells in cells_of(tables["Kết quả theo tiêu chí"]).items():
        index, _alone, *others = expected(rows[label])
        assert (cells[1], cells[3], cells[5]) == (index, *others)
        assert cells[2] == ends_of[WARD_CODE, rows[label].get("item") or rows[label]["dimension"]]
    dissatisfied = {label: cells[4] for label, cells in cells_of(tables["Kết quả theo tiêu chí"]).items()}
    for label, cells in cells_of(tables["Số câu trả lời theo mức độ hài lòng"]).items():
        counts = [int(cell.split("\n")[0]) for cell in cells[1:6]]
        assert sum(counts) == int(cells[6]) == rows[label]["answers"]
        mean = sum(points * number for points, number in enumerate(counts, start=1)) / sum(counts)
        assert shown(rows[label]["index"]) == shown(100 * mean / 5), "the mean score over five points"
        assert dissatisfied[label] == shown(100 * (counts[0] + counts[1]) / sum(counts))


def test_what_fell_is_the_difference_of_two_published_rounds(app, compose) -> None:
    table = tables_of(compose(WARD_CODE))["Các yếu tố, tiêu chí bị giảm"]
    now, before = (
        {
            label_of(row): row["index"]
            for row in computed(app, "agency,dimension,item", code)
            if row["agency_code"] == WARD_CODE
        }
        for code in ("r1", "r0")
    )
    assert len(table.rows) == 20, "five dimensions and sixteen items fell; the report names the first twenty"
    for row in table.rows:
        label, first, second, difference = row.cells[2:6]
        assert (first, second) == (shown(before[label]), shown(now[label]))
        assert difference.rstrip("*") == shown(now[label] - before[label]).replace("-", "−")
        assert difference.endswith("*"), "from 4,5 to 3,6 of five points with 120 responses is no chance"


def test_an_agency_without_figures_before_is_not_said_to_have_kept_them(store, two_rounds, compose) -> None:
    # Nobody spoke of the third ward in the round before; none of its five dimensions and sixteen items has a pair.
    spans = TODAY - timedelta(days=19), TODAY - timedelta(days=11)
    open_round(store, NewRound("r2", "Đợt sau", "sipas-2023", *spans, simulated=True, previous_code="r0"))
    for point, level in ((WARD, 4.9), (OTHER_WARD, 4.9), (NEWLY, 4.0)):
        answer(store, point, times=60, level=level, seed=9, code="r2")
    publish_run(store, "r2", today=TODAY)
    told = {
        agency: " ".join(one.text for one in compose(agency, code="r2").body if isinstance(one, Paragraph))
        for agency in (WARD_CODE, "P-TAMTHANH")
    }
    assert "nào giảm so với đợt “Đợt trước”, trong 21 nội dung so sánh được." in told[WARD_CODE]
    assert "Không so sánh được nội dung nào với đợt “Đợt trước”" in told["P-TAMTHANH"]
    whole = " ".join(one.text for one in compose(code="r2").body if isinstance(one, Paragraph))
    # Of the seventeen agencies of the time, with twenty-one parts each, two wards have both figures: 357 − 42 = 315.
    assert "trong 42 nội dung so sánh được. Có 315 nội dung không so sánh được" in whole


def test_the_points_of_the_reform_index_add_up_as_printed(compose) -> None:
    report = compose()
    (row,) = tables_of(report)["Quy đổi sang điểm chỉ số cải cách hành chính"].rows
    most, scored, lost = (Decimal(cell.replace(",", ".")) for cell in row.cells[1:])
    assert most == 10
    assert scored + lost == most
    overall = tables_of(report)["Kết quả chung theo tiêu chí"].rows[0].cells[1]
    assert abs(scored * 10 - Decimal(overall.replace(",", "."))) <= Decimal("0.05")
    told = " ".join(one.text for one in report.body if isinstance(one, Paragraph))
    assert "chỉ là tính thử, không phải điểm đã được chấm" in told


def test_feedback_comments_and_the_plan_are_printed(compose, plan) -> None:
    report = compose(WARD_CODE, plan)
    told = [one.text for one in report.body if isinstance(one, Paragraph)]
    assert COMMENT in told
    rows = [row.cells[1:] for row in tables_of(report)["Tiếp nhận, xử lý phản ánh, kiến nghị"].rows]
    # 10 of 12; 9 of 11 that were due; 5 of 7 who said whether they are satisfied.
    assert rows == [("12", "–"), ("10", "83,33"), ("9", "81,82"), ("5", "71,43")]
    (annex,) = report.annexes
    assert annex.landscape
    assert [row.cells for row in annex.elements[0].rows] == [
        ("", "I. Tiếp cận dịch vụ", "", "", "", "", ""),
        ("1", "Ghế ngồi", "Bố trí ghế", "Văn phòng", "Các phòng", "Quý II", "Ghế"),
    ]
    everybody = compose()
    assert COMMENT in [one.text for one in everybody.body if isinstance(one, Paragraph)]
    assert len(everybody.annexes) == 2


def test_feedback_is_that_of_the_agencies_and_the_days_of_the_round(store, compose, plan) -> None:
    # An agency that came after the publication has a case too, from the days of the round.
    with store.writing(ADDED) as connection:
        names = {"code": "P-MOI", "name": "UBND phường Mới", "short_name": "Phường Mới", "block": "UBND cấp xã"}
        made = connection.execute(insert(agencies).values(**names)).inserted_primary_key[0]
        said = {"code": "99999999", "secret_digest": "0" * 64, "kind": "complaint", "text": "Chờ lâu"}
        days = {"received_on": TODAY - timedelta(days=5), "due_on": TODAY + timedelta(days=20)}
        connection.execute(insert(feedback_case).values(**said, **days, agency_id=made, state="received"))
    table = tables_of(compose())["Tiếp nhận, xử lý phản ánh, kiến nghị"]
    assert table.rows[0].cells[1] == "12"
    first, last = TODAY - timedelta(days=10), TODAY + timedelta(days=20)
    assert table.notes[1] == (
        f"Phản ánh, kiến nghị được tiếp nhận trong thời gian của đợt ({first:%d/%m/%Y} – {last:%d/%m/%Y}) về các cơ"
        f" quan có trong kết quả được công bố; số liệu tính đến ngày {today_in_vietnam():%d/%m/%Y}."
    )


def test_without_them_the_report_says_so(compose) -> None:
    report = compose()
    told = " ".join(one.text for one in report.body if isinstance(one, Paragraph))
    assert "Báo cáo chưa trích dẫn ý kiến của người dân" in told
    assert "Tiếp nhận, xử lý phản ánh, kiến nghị" not in tables_of(report)


def test_another_agency_s_words_cases_and_plan_stay_out(store, compose, plan) -> None:
    other = find_agency(store, OTHER_WARD)
    report = compose(other)
    assert COMMENT not in [getattr(one, "text", "") for one in report.body]
    assert "Tiếp nhận, xử lý phản ánh, kiến nghị" not in tables_of(report)
    # A plan of one agency belongs to no other report, nor to that of all.
    for whose in (other, None):
        with pytest.raises(UnknownCodeError, match="plan"):
            compose(whose, plan)
    with pytest.raises(UnknownCodeError):
        compose(None, 999)


def test_what_is_withheld_stands_in_no_table(app, compose) -> None:
    report = compose()
    hidden = {row["agency"]: row for row in computed(app, "agency") if row["responses"] == 6}
    ((name, row),) = hidden.items()
    for table in tables_of(report).values():
        for cells in (one.cells for one in table.rows if name in one.cells):
            assert shown(row["index"]) not in cells
            assert "6" not in cells
    assert f"Kết quả của {name}" not in tables_of(report)
    told = [one.text for one in report.annexes[1].elements if isinstance(one, Paragraph)]
    assert f"Không công bố mức độ hài lòng chung của {name} để bảo vệ người trả lời." in told
    mean = cells_of(tables_of(report)["Kết quả theo khối"])[row["block"]][4] if "block" in row else "không công bố"
    assert mean == "không công bố", "the mean of the block would give the figure back"


def test_an_agency_without_a_figure_has_no_report(app, compose) -> None:
    code = next(row["agency_code"] for row in computed(app, "agency") if row["responses"] == 6)
    with pytest.raises(RoundError, match="may be shown"):
        compose(code)


def test_a_self_selected_round_is_never_called_the_index_of_a_province(compose) -> None:
    for report in (compose(), compose(WARD_CODE)):
        texts = [getattr(one, "text", "") for one in report.body] + [report.subject]
        texts += [note for table in tables_of(report).values() for note in table.notes]
        texts += [cell for table in tables_of(report).values() for row in table.rows for cell in row.cells]
        said = [text for text in texts if re.search(r"[Cc]hỉ số SIPAS", text)]
        assert said
        assert all("không phải Chỉ số SIPAS" in text for text in said)
        assert not any("sai số chọn mẫu" in text for text in texts)


def test_every_table_of_figures_says_who_answered(compose) -> None:
    for caption, table in tables_of(compose()).items():
        if caption != "Thông tin về phương pháp":
            assert any("tự nguyện" in note for note in table.notes), caption


def test_both_files_have_the_same_numbers(compose, plan, tmp_path) -> None:
    """Charts are left out: in the PDF their numbers are text, in the Word file part of a picture."""
    if shutil.which("pdftotext") is None:
        need("pdftotext (Debian package poppler-utils)", "paper")
    for agency, annex in ((None, None), (WARD_CODE, plan)):
        report = compose(agency, annex)
        report = replace(
            report, body=tuple(one for one in report.body if not isinstance(one, DocumentPicture)), notice=""
        )
        path = tmp_path / "report.pdf"
        path.write_bytes(write_pdf(report))
        text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
        word = docx.Document(io.BytesIO(write_word(report)))
        tables = [row.cells for table in tables_of(report).values() for row in table.rows]
        in_word = [tuple(row) for row in word_rows(word)]
        assert all(in_word.count(cells) >= tables.count(cells) for cells in tables)
        numbers = Counter(number for cells in tables for cell in cells for number in NUMBER.findall(cell))
        assert numbers - Counter(NUMBER.findall(text)) == Counter()
        assert sum(numbers.values()) > 200


def like_times_new_roman(folder: Path) -> Path:
    """Return a setting that gives a program letters as wide as those of Times New Roman, which few servers have."""
    config = folder / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{FONTS}</dir><cachedir>{folder / 'cache'}</cachedir><alias binding='same'>"
        "<family>Times New Roman</family><prefer><family>Tinos</family></prefer></alias></fontconfig>"
    )
    return config


def test_libreoffice_opens_the_word_file_and_reads_the_same_words(compose, plan, tmp_path) -> None:
    program = shutil.which("soffice")
    if program is None or not (Path(program).resolve().parent / "libswlo.so").exists():
        need("LibreOffice Writer (Debian package libreoffice-writer-nogui)", "paper")
    report = compose(WARD_CODE, plan)
    path = tmp_path / "report.docx"
    path.write_bytes(write_word(report))
    home = f"-env:UserInstallation=file://{tmp_path / 'home'}"
    command = [program, "--headless", home, "--convert-to", "pdf", "--outdir", tmp_path, path]
    letters = {**os.environ, "FONTCONFIG_FILE": str(like_times_new_roman(tmp_path))}
    subprocess.run(command, check=True, capture_output=True, timeout=180, env=letters)
    pdf = tmp_path / "report.pdf"
    read = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    word = docx.Document(path)
    told = " ".join([*(one.text for one in word.paragraphs), *(" ".join(row) for row in word_rows(word))])
    # A line may end after a slash or a dash, so words are compared without what joins them.
    pieces = re.compile(r"[\w,.%*()“”]+")
    assert Counter(pieces.findall(told)) - Counter(pieces.findall(read)) == Counter()


def test_reports_of_what_is_not_published_are_refused(store, compose) -> None:
    open_round(
        store,
        NewRound("r9", "Đợt sau", "sipas-2023", TODAY + timedelta(days=60), TODAY + timedelta(days=90), simulated=True),
    )
    with pytest.raises(RoundError, match="nothing of round r9 is published"):
        compose(code="r9")
    with pytest.raises(UnknownCodeError):
        compose(code="nowhere")
    with pytest.raises(UnknownCodeError):
        compose("NOBODY")


def test_rounds_of_other_questionnaires_are_not_compared(store, sample_registry) -> None:
    for code, form, opened, closes, previous in (("a", "sipas-2022", 40, 20, None), ("b", "sipas-2023", 10, -5, "a")):
        days = TODAY - timedelta(days=opened), TODAY - timedelta(days=closes)
        open_round(store, NewRound(code, f"Đợt {code}", form, *days, previous_code=previous))
        answer(store, WARD, times=40, level=4.0, seed=1, code=code)
        answer(store, OTHER_WARD, times=40, level=4.0, seed=2, code=code)
        publish_run(store, code, today=TODAY)
    report = compose_report(store, PublishedRuns(store), Wanted("b", HEAD))
    told = " ".join(one.text for one in report.body if isinstance(one, Paragraph))
    assert "Không so sánh được với đợt “Đợt a” vì mẫu phiếu" in told
    assert "Các yếu tố, tiêu chí bị giảm" not in tables_of(report)
    assert report.notice == "", "these responses are no simulated ones"


@pytest.mark.parametrize("layout", list(ReportFormat))
def test_the_command_writes_a_file_and_refuses_plainly(app, two_rounds, tmp_path, layout) -> None:
    runner, path = app.test_cli_runner(), tmp_path / f"report.{layout}"
    arguments = ["report", "write", "--round", "r1", "--format", layout.value, "--out", str(path)]
    done = runner.invoke(args=[*arguments, "--number", "12/BC-SNV", "--date", "05/02/2026"])
    assert (done.exit_code, done.output) == (0, "")
    assert path.read_bytes()[:4] == {ReportFormat.DOCX: b"PK\x03\x04", ReportFormat.PDF: b"%PDF"}[layout]
    refused = runner.invoke(args=["report", "write", "--round", "x", "--format", layout.value, "--out", str(path)])
    assert (refused.exit_code, refused.stderr) == (1, "no survey round has the code 'x'; known: r0, r1\n")


def test_the_page_sends_the_file_and_writes_it_down(client, store, two_rounds) -> None:
    admit(client, store)
    path = "/staff/rounds/r1/report"
    assert f'<option value="{WARD_CODE}">' in client.get(path).text
    asked = {"token": token_of(client, path), "agency": WARD_CODE, "layout": "docx", "day": "2026-02-05"}
    begun = client.post(path, data={**asked, "issuer": "Sở Nội vụ", "number": "7/BC-SNV"})
    assert begun.status_code == 303
    wait_until_made(client, begun.location)
    assert "Báo cáo đã sẵn sàng" in client.get(begun.location).text
    sent = client.get(f"{begun.location}/file")
    assert sent.status_code == 200
    assert sent.headers["Content-Disposition"] == f"attachment; filename=bao-cao-r1-{WARD_CODE}.docx"
    rows = word_rows(docx.Document(io.BytesIO(sent.data)))
    assert ["Số: 7/BC-SNV", "……………, ngày 05 tháng 02 năm 2026"] in rows
    assert told_of(store, "download") == [f"tệp bao-cao-r1-{WARD_CODE}.docx"]


def test_nobody_fetches_the_report_of_somebody_else(app, client, store, two_rounds) -> None:
    admit(client, store)
    path = "/staff/rounds/r1/report"
    asked = {"token": token_of(client, path), "agency": "*", "layout": "pdf", "day": "2026-02-05"}
    begun = client.post(path, data=asked).location
    wait_until_made(client, begun)
    other = app.test_client()
    admit(other, store, "mai")
    # The other round has no such report, and the other person none at all.
    assert client.get(begun.replace("/r1/", "/r0/")).status_code == 404
    assert [other.get(address).status_code for address in (begun, f"{begun}/file")] == [404, 404]


def test_a_report_is_kept_for_a_week_and_can_be_made_again(app, client, store, two_rounds) -> None:
    admit(client, store)
    path = "/staff/rounds/r1/report"
    asked = {"agency": WARD_CODE, "layout": "docx", "day": "2026-02-05"}
    begun = client.post(path, data={**asked, "token": token_of(client, path)}).location
    wait_until_made(client, begun)
    settings = app.extensions["hai-long"].settings
    remove_made(settings, "report-*", kept_for=KEPT_FOR, now=datetime.now(UTC) + timedelta(days=6))
    assert client.get(f"{begun}/file").status_code == 200
    remove_made(settings, "report-*", kept_for=KEPT_FOR, now=datetime.now(UTC) + timedelta(days=8))
    assert "nay đã xóa" in client.get(begun).text
    assert client.get(f"{begun}/file").status_code == 404
    assert client.post(path, data={**asked, "token": token_of(client, path)}).location == begun
    wait_until_made(client, begun)
    assert client.get(f"{begun}/file").status_code == 200


def test_a_report_of_nothing_says_so(app, client, store, two_rounds) -> None:
    code = next(row["agency_code"] for row in computed(app, "agency") if row["responses"] == 6)
    admit(client, store)
    path = "/staff/rounds/r1/report"
    asked = {"token": token_of(client, path), "agency": code, "layout": "docx", "day": "2026-02-05"}
    begun = client.post(path, data=asked).location
    wait_until_made(client, begun)
    assert "không lập được báo cáo" in client.get(begun).text
    assert client.get(f"{begun}/file").status_code == 404


def test_the_page_keeps_what_was_typed_when_something_is_wrong(client, store, two_rounds) -> None:
    admit(client, store)
    path = "/staff/rounds/r1/report"
    asked = {"token": token_of(client, path), "agency": "*", "layout": "pdf", "day": "2026-02-05"}
    for wrong, said in (
        ({"day": "hôm nay"}, "Hãy ghi ngày theo dạng"),
        ({"number": "9" * 41}, "Dài quá 40 ký tự"),
        ({"layout": "odt"}, "Hãy chọn Word hoặc PDF"),
        ({"agency": "NOBODY"}, "Không có cơ quan này"),
    ):
        answered = client.post(path, data={**asked, "place": "Lạng Sơn", **wrong})
        assert answered.status_code == 400
        assert said in answered.text
        assert 'value="Lạng Sơn"' in answered.text


def test_the_page_says_that_nothing_is_published_yet(client, store, round_of_2023_form) -> None:
    admit(client, store)
    answered = client.get("/staff/rounds/r1/report")
    assert answered.status_code == 409
    assert "chưa được công bố" in answered.text
    assert client.get("/staff/rounds/nowhere/report").status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CLERK, Role.AUDITOR])
def test_whoever_may_not_export_gets_no_report(client, store, two_rounds, role) -> None:
    admit(client, store, role=role, agency=WARD_CODE)
    assert client.get("/staff/rounds/r1/report").status_code == 403


def test_odd_signs_of_names_stay_text_in_both_files(store, compose) -> None:
    odd = Letterhead("Sở <b>&amp; #[x] *y* $z$ \\ @a", date(2026, 1, 1), place="_x_ 😀", signer="=1+1")
    runs = PublishedRuns(store)
    made = {one: write_report(store, runs, Wanted("r1", odd, WARD_CODE), one) for one in ReportFormat}
    word = docx.Document(io.BytesIO(made[ReportFormat.DOCX]))
    assert "SỞ <B>&AMP; #[X] *Y* $Z$ \\ @A" in word.tables[0].rows[0].cells[0].text.replace("\n", " ")
    assert made[ReportFormat.PDF].startswith(b"%PDF")
