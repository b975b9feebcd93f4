"""A declared design and given margins by command and by page, from the file to the figure."""

from io import BytesIO

import pytest
from lxml import html
from openpyxl import Workbook, load_workbook

from survey.fieldwork import SamplingBasis
from survey.operations.sampling.designs import GivenFile, compute_by_design, find_design
from survey.operations.sampling.margin_files import LAYOUT
from survey.operations.staff.rights import Role
from survey.operations.uploads.tables import read_table
from tests.integration.sampling.golden_round import CONFIDENCE, GOLDEN, MARGINS, MODEL, RIGHT, weighed
from tests.sign_in import admit, token_of

# Commands.


def test_commands_keep_tell_and_give_back_the_design(app, store, drawn, tmp_path):
    run, file, out = app.test_cli_runner().invoke, tmp_path / "design.csv", tmp_path / "out.csv"
    file.write_text(RIGHT, encoding="utf-8")
    assert run(args=["round", "design", "--round", "r1"]).stderr == "round r1 has no design\n"
    given = run(args=["round", "design", str(file), "--round", "r1"])
    assert given.stdout.startswith("4 strata, 160 responses\ndesign 1, given on ")
    assert run(args=["round", "design", "--round", "r1", "--out", str(out)]).exit_code == 0
    assert out.read_bytes() == RIGHT.encode()
    table = run(args=["index", "compute", "--round", "r1", "--weights", "design", "--by", "agency"]).stdout
    assert CONFIDENCE in table
    assert "tệp SHA-256 " + GivenFile(RIGHT.encode(), "").digest in table
    file.write_text(RIGHT + "NOBODY,10\n", encoding="utf-8")
    refused = run(args=["round", "design", str(file), "--round", "r1"])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("design.csv: line 6: ")


def test_a_round_can_be_opened_as_one_that_was_drawn(app, store, sample_registry):
    opened = ["round", "open", "--code", "p1", "--closes", "2099-12-31", "--basis", "probability"]
    assert app.test_cli_runner().invoke(args=opened).exit_code == 0
    assert find_design(store, "p1").survey_round.basis is SamplingBasis.PROBABILITY


def test_the_table_of_weights_tells_what_they_cost_in_both_languages(app, store, walked_in):
    run, asked = app.test_cli_runner().invoke, ["index", "weigh", str(GOLDEN / "door-margins.csv"), "--round", "r1"]
    more = ["--leave-out", "--lower", "0.27", "--upper", "3"]
    told = run(args=[*asked, *more]).stdout
    for words in (MODEL, "Hiệu ứng trọng số", "Số trọng số bị giới hạn", "Khớp mọi tổng có", "50-60 + Trên 60"):
        assert words in told
    english = run(args=[*asked, *more, "--lang", "en"]).stdout
    for words in (
        "model-based 95% interval",
        "Weighting effect",
        "Weights put on a limit",
        "All totals hold yes",
        "50-60 + Over 60",
    ):
        assert words in english


# Pages.


def sent(client, path, **fields):
    return client.post(path, data={"token": token_of(client, path), **fields}, content_type="multipart/form-data")


def upload(text, name="tep.csv"):
    return (BytesIO(text.encode()), name)


def text_of(answer):
    return " ".join(html.fromstring(answer.text).text_content().split())


def test_the_page_shows_a_design_before_it_keeps_it_and_then_its_figures(client, store, drawn):
    admit(client, store, role=Role.ANALYST)
    path = "/staff/rounds/r1/design"
    assert "chưa biết tổng thể của từng tầng" in text_of(client.get(path))
    shown = sent(client, path, file=upload(RIGHT))
    assert shown.status_code == 200
    assert "Số tầng: 4. Đơn vị mẫu là người" in text_of(shown)
    assert find_design(store, "r1").kept == ()
    fields = {one.name: one.value for one in html.fromstring(shown.text).forms[-1].inputs if one.name}
    kept = client.post(path, data=fields)
    assert (kept.status_code, kept.location) == (303, "/staff/rounds/r1/design?done=kept")
    assert find_design(store, "r1").kept[0].content == RIGHT.encode()
    page = text_of(client.get(path))
    assert CONFIDENCE in page
    assert "Số tính để làm việc, không phải kết quả đã công bố" in page
    row = next(one for one in compute_by_design(store, "r1", by=()).rows if one.part == "overall")
    assert f"{row.index:.2f}".replace(".", ",") in page
    assert client.get(f"{path}/given").data == RIGHT.encode()


def test_the_page_refuses_a_design_line_by_line(client, store, drawn):
    admit(client, store, role=Role.ANALYST)
    refused = sent(client, "/staff/rounds/r1/design", file=upload(RIGHT.replace("KYLUA,95", "KYLUA,27") + "X,1\n"))
    assert refused.status_code == 400
    assert "Dòng 6: agency_code: không có “X” trong đợt này." in text_of(refused)
    refused = sent(client, "/staff/rounds/r1/design", file=upload(RIGHT.replace("KYLUA,95", "KYLUA,27")))
    assert "Dòng 5: tầng “P-KYLUA”: có 28 phiếu, nhiều hơn tổng thể 27." in text_of(refused)


def test_the_table_to_fill_in_has_the_agencies(client, store, drawn):
    admit(client, store, role=Role.ANALYST)
    lines = client.get("/staff/rounds/r1/design/template.csv").data.decode("utf-8-sig").splitlines()
    assert lines[0] == "agency_code,population"
    assert {"STC,", "P-KYLUA,"} < {*lines}


def test_the_workbook_to_fill_in_is_taken_as_it_is_filled_in(client, store, drawn):
    admit(client, store, role=Role.ANALYST)
    book = load_workbook(BytesIO(client.get("/staff/rounds/r1/design/template.xlsx").data))
    for row in book.active.iter_rows(min_row=2):
        row[1].value = 900
    filled = BytesIO()
    book.save(filled)
    filled.seek(0)
    page = sent(client, "/staff/rounds/r1/design", file=(filled, "mau.xlsx"))
    assert page.status_code == 200
    assert "900" in text_of(page)
    book.active["B2"] = "=1+1"
    odd = BytesIO()
    book.save(odd)
    odd.seek(0)
    assert "Dòng 2: ô population: ô chứa công thức" in text_of(
        sent(client, "/staff/rounds/r1/design", file=(odd, "mau.xlsx"))
    )


def test_a_workbook_of_margins_is_read_as_the_csv_file_is():
    book = Workbook()
    for row in (("margin", "category", "total"), ("gender", 1, 980.0), ("age", "1+2", 765)):
        book.active.append(row)
    kept = BytesIO()
    book.save(kept)
    text = b"margin,category,total\ngender,1,980\nage,1+2,765\n"
    one, other = (read_table(data, LAYOUT, name="x").rows for data in (kept.getvalue(), text))
    assert [(row.line, row.cells, row.faults) for row in one] == [(row.line, row.cells, row.faults) for row in other]


def test_the_page_of_a_self_selected_round_says_why_it_has_no_design(client, store, walked_in):
    admit(client, store, role=Role.ANALYST)
    page = client.get("/staff/rounds/r1/design")
    assert "không ai được chọn ngẫu nhiên" in text_of(page)
    assert "/staff/rounds/r1/design" not in client.get("/staff/rounds/r1").text


def test_the_page_weighs_by_a_file_and_keeps_nothing(client, store, walked_in):
    admit(client, store, role=Role.ANALYST)
    path = "/staff/rounds/r1/weights"
    refused = sent(client, path, file=upload(MARGINS))
    assert refused.status_code == 400
    assert "có phiếu không trả lời câu hỏi dùng để chia nhóm" in text_of(refused).lower()
    found = sent(client, path, file=upload(MARGINS), leave_out="y", lower="0,5", upper="2")
    assert found.status_code == 200
    page, row = text_of(found), weighed(store, lower=0.5, upper=2.0).rows[-1]
    for words in (MODEL, "Hậu phân tầng".lower(), "Hiệu ứng trọng số", "Nam", "Khớp mọi tổng"):
        assert words.lower() in page.lower()
    for figure in (row.unweighted, row.row.index):
        assert f"{figure:.2f}".replace(".", ",") in page
    wrong = sent(client, path, file=upload(MARGINS), upper="ba")
    assert (wrong.status_code, "Hãy ghi số lần" in text_of(wrong)) == (400, True)
    assert "Hãy chọn tệp .xlsx hoặc .csv" in text_of(sent(client, path, leave_out="y"))
    sums = MARGINS + "agency,STC,1\nagency,TTPVHCC,1\nagency,P-DONGKINH,1\nagency,P-KYLUA,1\n"
    assert "mọi tiêu thức phải cộng lại bằng nhau" in text_of(sent(client, path, file=upload(sums), leave_out="y"))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CLERK, Role.AUDITOR])
def test_nobody_but_analysts_and_administrators_sees_working_figures(client, store, drawn, role):
    admit(client, store, role=role, agency="STC")
    for path in ("/staff/rounds/r1/design", "/staff/rounds/r1/design/template.csv", "/staff/rounds/r1/weights"):
        assert client.get(path).status_code == 403
