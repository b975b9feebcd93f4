"""What is not certain of the questionnaire, and whom people who chose to answer do not stand for: said everywhere."""

import io
from datetime import timedelta
from random import Random
from zipfile import ZipFile

import pytest
from docx import Document
from lxml import html

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.exports.files import indices_file
from survey.operations.exports.pack import pack_file
from survey.operations.publishing.publishing import publish_run
from survey.operations.staff.rights import Role
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.subjects import ADDED
from tests.beginnings import beginning
from tests.conftest import sample_round
from tests.sign_in import admit

SIPAS = load_instrument("sipas-2023")
ITEMS = [question.code for question in SIPAS.questions if question.kind == "item"]
AGENCY = "P-DONGKINH"
SAID = (
    "chưa đối chiếu với toàn văn Quyết định số 1001/QĐ-BNV",
    "công thức tính chỉ số được suy ra từ số liệu đã công bố",
    "tự nguyện tham gia, không do chọn mẫu ngẫu nhiên; không đại diện cho toàn bộ người dân, tổ chức",
    "không phải Chỉ số SIPAS do Bộ Nội vụ công bố",
)


@beginning
def published(store):
    sample_round(store)
    random = Random(3)
    with store.writing(ADDED) as connection:
        round_id, own = find_round(connection, "r1")
        points = [one.id for one in list_points(connection) if one.point.agency_code in (AGENCY, "P-KYLUA")]
        insert_responses(
            connection,
            [
                NewResponse(
                    SubmissionKey(random.randbytes(16)).row,
                    round_id,
                    random.choice(points),
                    Mode.QR,
                    own.opens + timedelta(random.randrange(7)),
                    None,
                    AnswerRecord.pack(SIPAS, {code: random.choice("2345") for code in ITEMS}),
                )
                for _ in range(160)
            ],
        )
    publish_run(store, "r1", today=today_in_vietnam())


def check(text: str) -> None:
    plain = " ".join(text.split())
    for sentence in SAID:
        assert sentence in plain, sentence


@pytest.mark.parametrize("path", ["/results/r1", f"/results/r1/{AGENCY}", f"/a/{AGENCY}"])
def test_public_pages_say_it(client, published, path):
    check(html.fromstring(client.get(path).text).text_content())


@pytest.mark.parametrize("page", ["", f"/agencies/{AGENCY}", "/ranking", "/drivers", "/breakdowns"])
def test_analysis_pages_say_it(client, published, page):
    admit(client, published, username="lan", role=Role.ADMINISTRATOR)
    check(html.fromstring(client.get(f"/staff/analysis/r1{page}").text).text_content())


@pytest.mark.parametrize("agency", [(), ("--agency", AGENCY)])
def test_reports_say_it(app, published, tmp_path, agency):
    """Word and PDF are written from the same values (`compose_report`)."""
    made = tmp_path / "report.docx"
    asked = ["report", "write", "--round", "r1", *agency, "--format", "docx", "--out", str(made)]
    assert app.test_cli_runner().invoke(args=asked).exit_code == 0
    check("\n".join(one.text for one in Document(str(made)).paragraphs))


def test_files_and_commands_say_it(app, published):
    with ZipFile(io.BytesIO(pack_file(published, "r1").data)) as archive:
        check(archive.read("README.txt").decode())
    check(app.test_cli_runner().invoke(args=["index", "compute", "--round", "r1", "--by", "block"]).output)
    described = indices_file(published, "r1", layout="ddi").data.decode()
    check(html.fromstring(described.encode()).text_content())
