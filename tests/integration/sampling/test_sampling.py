"""A declared design and given margins, from the file to the figure: by command, by page, and what is refused."""

import json
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from lxml import html
from openpyxl import Workbook, load_workbook

from survey.errors import ChangedMeanwhileError, DesignError, RefusedDataError, WeightingError
from survey.fieldwork import SamplingBasis
from survey.operations.collecting.responses import import_responses
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.sampling.designs import GivenFile, compute_by_design, find_design, give_design
from survey.operations.sampling.margin_files import LAYOUT
from survey.operations.sampling.weighing import WeighingWish, weigh
from survey.operations.staff.rights import Role
from survey.operations.uploads.tables import read_table
from tests.sign_in import admit, token_of
from tests.told import told
from tests.trail import told_of

GOLDEN = Path(__file__).parents[2] / "golden"
LAST = date(2026, 3, 31)
HEADER = "agency_code,population\n"
RIGHT = (GOLDEN / "door-design.csv").read_text()
MARGINS = (GOLDEN / "door-gender.csv").read_text()
CONFIDENCE = "khoảng tin cậy 95% (sai số chọn mẫu)"
MODEL = "khoảng dao động 95%"


def begin(store, basis):
    """Store the 160 responses of the golden file, of four agencies, in a round of a basis."""
    days = date(2026, 3, 1), LAST
    open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", *days, profile=True, basis=basis))
    data = (GOLDEN / "door-responses.csv").read_bytes()
    import_responses(store, data, name="x.csv", round_code="r1", today=LAST)


@pytest.fixture
def drawn(store, sample_registry):
    begin(store, SamplingBasis.PROBABILITY)


@pytest.fixture
def walked_in(store, sample_registry):
    begin(store, SamplingBasis.SELF_SELECTED)


def give(store, text, **more):
    new = GivenFile(text.encode(), "design.csv")
    return give_design(store, "r1", new, today=LAST, by="lan", **more)


def weighed(store, text=MARGINS, **how):
    wish = WeighingWish(GivenFile(text.encode(), "margins.csv"), **{"leave_out": True, **how})
    return weigh(store, "r1", wish)


# What a design file may not say.

WRONG = {
    "a stratum that is missing": (HEADER + "STC,410\nTTPVHCC,1260\nP-DONGKINH,300\n", "line 1: stratum 'P-KYLUA': 28"),
    "a population below the responses": (RIGHT.replace("KYLUA,95", "KYLUA,27"), "line 5: stratum 'P-KYLUA': 28 resp"),
    "an unknown code": (RIGHT + "NOBODY,10\n", "line 6: agency_code: .*NOBODY"),
    "a stratum twice": (RIGHT + "STC,410\n", "line 6: .*STC.* line 2"),
    "a population of none": (
        RIGHT.replace("KYLUA,95", "KYLUA,0"),
        "line 5: population: .*0.* not a whole number above 0",
    ),
    "a fraction": (RIGHT.replace("410", "410.5"), "line 2: population: "),
    "thousands with a point": (RIGHT.replace(",1260", ",1.260"), "line 3: population: "),
    "no population": ("agency_code\nSTC\n", "line 1: .*population"),
    "two kinds of strata": ("agency_code,block,population\nSTC,x,9\n", "line 1: exactly one .*agency_code"),
    "an unknown column": ("agency_code,population,n\nSTC,410,1\n", "line 1: unknown column.*n"),
    "nothing but a header": (HEADER, "line 1: .*no line"),
    "a row too short": (RIGHT + "STC\n", "line 6: "),
    "days for some only": (
        "agency_code,population,point_days\nSTC,410,38\nTTPVHCC,1260,\nP-DONGKINH,300,\nP-KYLUA,95,\n",
        "point_days",
    ),
    "fewer days than answers came on": (
        (GOLDEN / "door-days.csv").read_text().replace("P-KYLUA,95,10", "P-KYLUA,95,3"),
        r"line 5: stratum 'P-KYLUA': responses on \d+ service-point days out of 3",
    ),
    "no text": (b"\xff\xfe\x00".decode("latin-1"), "line 1: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_design_that_cannot_be_is_refused_line_by_line(store, drawn, name):
    text, told = WRONG[name]
    with pytest.raises(RefusedDataError, match=told):
        give(store, text)
    assert find_design(store, "r1").kept == ()


def test_every_bad_line_is_told_at_once_and_in_the_language_asked_for(store, drawn):
    with pytest.raises(RefusedDataError) as refused:
        give(store, RIGHT + "NOBODY,0\nSTC,-1\n")
    first, second = told(refused.value, "vi")
    assert (first.line, second.line) == (6, 7)
    assert "không có “NOBODY”" in first.reason
    assert "số nguyên lớn hơn 0" in first.reason
    assert "đã có ở dòng 2" in second.reason


def test_nobody_was_drawn_in_a_self_selected_round(store, walked_in):
    with pytest.raises(DesignError, match="self-selected: nobody was drawn"):
        give(store, RIGHT)
    with pytest.raises(DesignError, match="self-selected"):
        compute_by_design(store, "r1", by=("agency",))


# What is kept.


def test_every_file_is_kept_as_it_was_given_and_the_last_one_counts(store, drawn):
    give(store, RIGHT)
    give(store, RIGHT)  # The very same file again is nothing new.
    other = RIGHT.replace("410", "820")
    give(store, other, seen=1)
    kept = find_design(store, "r1").kept
    assert [(one.number, one.content) for one in kept] == [(2, other.encode()), (1, RIGHT.encode())]
    assert kept[0].digest == GivenFile(other.encode(), "").digest
    assert compute_by_design(store, "r1", by=()).sampling.file == kept[0].digest
    assert told_of(store, "design_given") == [
        f"đợt r1; thiết kế mẫu số: {one.number}; số tầng mẫu: 4; mã kiểm tra của tệp: {one.digest}"
        for one in reversed(kept)
    ]


def test_who_looked_at_another_design_is_told_instead_of_replacing_it(store, drawn):
    give(store, RIGHT)
    with pytest.raises(ChangedMeanwhileError):
        give(store, RIGHT.replace("410", "820"), seen=0)


def test_responses_that_came_later_and_contradict_the_design_stop_the_figure(store, drawn):
    give(store, RIGHT.replace("KYLUA,95", "KYLUA,28"))
    more = "collected_on,service_point_code,mode,A1\n2026-03-09,UED34VN,paper,4\n"
    import_responses(store, more.encode(), name="y.csv", round_code="r1", today=LAST)
    with pytest.raises(DesignError, match="'P-KYLUA': 29 responses out of a population of 28"):
        compute_by_design(store, "r1", by=())


# What a figure promises.


def test_without_population_sizes_there_is_a_figure_with_a_model_range_and_no_confidence_interval(app, store, drawn):
    run = app.test_cli_runner().invoke
    plain = run(args=["index", "compute", "--round", "r1", "--by", "dimension"]).stdout
    assert MODEL in plain
    assert "tin cậy" not in plain
    refused = run(args=["index", "compute", "--round", "r1", "--weights", "design"])
    assert refused.exit_code == 1
    assert "has no design yet, so no population and no confidence interval" in refused.stderr
    told = json.loads(run(args=["index", "weigh", *_file(store, app), "--format", "json", "--leave-out"]).stdout)
    assert (told["range"], told["design_file"]) == ("model_based", None)
    table = run(args=["index", "weigh", *_file(store, app), "--leave-out"]).stdout
    assert "không có hiệu chỉnh tổng thể hữu hạn, không có khoảng tin cậy" in table


def _file(store, app):
    path = Path(app.extensions["hai-long"].settings.instance) / "margins.csv"
    path.write_text(MARGINS, encoding="utf-8")
    return [str(path), "--round", "r1"]


def test_a_census_has_no_error_of_sampling_left(store, drawn):
    """Everybody of a stratum answered: f = 1, so its variance is 0, and the range keeps only what nobody said."""
    give(store, HEADER + "STC,41\nTTPVHCC,53\nP-DONGKINH,38\nP-KYLUA,28\n")
    (row,) = compute_by_design(store, "r1", by=()).rows
    assert row.estimate.se == pytest.approx(0, abs=1e-9)
    assert row.index == pytest.approx(compute_by_design(store, "r1", by=()).rows[0].level)


def test_strata_that_nobody_answered_and_single_draws_are_named(store, drawn):
    service_points = "3TKDZGS,9\nAULUCGJ,17\nL4E3SZF,31\n532JS8E,22\nP2MCN3E,20\nUKGBDA2,18\nUED34VN,28\nRMTKLJ7,55\n"
    give(store, "service_point_code,population\n" + service_points.replace("3TKDZGS,9", "3TKDZGS,24"))
    sampling = compute_by_design(store, "r1", by=()).sampling
    assert (sampling.axis, sampling.without_responses) == ("service_point", ("RMTKLJ7",))
    assert sampling.represented == pytest.approx(100 * 160 / 215)
    more = "collected_on,service_point_code,mode,A1\n2026-03-09,RMTKLJ7,paper,4\n"
    import_responses(store, more.encode(), name="y.csv", round_code="r1", today=LAST)
    results = compute_by_design(store, "r1", by=("agency",))
    assert results.sampling.lonely == ("RMTKLJ7",)
    # The one answer of that agency is not told.
    assert "SCT" not in {row.domain.agency_code for row in results.rows}
    assert results.sampling.withheld == 1


# Margins.

BAD_MARGINS = {
    "sums that differ": (
        MARGINS + "agency,STC,1\nagency,TTPVHCC,1\nagency,P-DONGKINH,1\nagency,P-KYLUA,1\n",
        "adds up to 4",
    ),
    "a category without a total": (
        "margin,category,total\ngender,1,980\n",
        "margin gender, category '2': responses, but no",
    ),
    "a total of none": (MARGINS.replace("1085", "0"), "margin gender, category '2': responses, but no total above 0"),
    "a total nobody answers for": (
        "margin,category,total\nagency,STC,9\nagency,SCT,9\n",
        "a total of 9 but no responses",
    ),
    "limits without room": (MARGINS, "widen the limits"),
}
BAD_LINES = {
    "an unknown margin": (MARGINS + "colour,1,5\n", "line 4: .*colour"),
    "an item of the index": (MARGINS + "A1,5,5\n", "line 4: .*A1"),
    "a category nobody offers": (MARGINS + "gender,9,5\n", "line 4: .*9"),
    "a category twice": (MARGINS + "gender,1,5\n", "line 4: .*1"),
    "a category joined and alone": (MARGINS + "gender,1+2,5\n", "line 4: "),
    "a negative total": (MARGINS.replace("980", "-980"), "line 2: total"),
    "thousands with a point": (MARGINS.replace("980", "1.980"), "line 2: total"),
    "no totals": ("margin,category\ngender,1\n", "line 1: .*total"),
}


@pytest.mark.parametrize("name", BAD_MARGINS)
def test_margins_that_no_weights_fit_are_refused_by_name(store, walked_in, name):
    text, told = BAD_MARGINS[name]
    limits = {"lower": 1.5, "upper": 2.0} if name == "limits without room" else {}
    with pytest.raises(WeightingError, match=told):
        weighed(store, text, **limits)


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_file_of_margins_is_refused_line_by_line(store, walked_in, name):
    text, reason = BAD_LINES[name]
    with pytest.raises(RefusedDataError, match=reason) as refused:
        weighed(store, text)
    (english,), (vietnamese,) = told(refused.value), told(refused.value, "vi")
    assert (english.line, english.reason) != (vietnamese.line, vietnamese.reason)
    assert english.line == vietnamese.line


def test_limits_the_wrong_way_round_are_refused(store, walked_in):
    with pytest.raises(WeightingError, match="0 <= lower < upper"):
        weighed(store, lower=3.0, upper=0.5)


def test_responses_without_an_answer_are_counted_and_never_passed_over(store, walked_in):
    rows = [line.split(",") for line in (GOLDEN / "door-responses.csv").read_text().splitlines()[1:]]
    silent = sum(row[-2] == "" for row in rows)
    assert silent > 0
    with pytest.raises(WeightingError, match=rf"gender: {silent} of 160.*--leave-out") as refused:
        weighed(store, leave_out=False)
    assert f"gender: {silent} trong 160 phiếu" in refused.value.in_language("vi")
    found = weighed(store)
    assert (found.left_out, found.used) == ({"gender": silent}, 160 - silent)


def test_weights_of_one_margin_are_those_of_hand_arithmetic(store, walked_in):
    """980 men and 1085 women over those who say so: every man weighs 980 / men."""
    rows = [line.split(",") for line in (GOLDEN / "door-responses.csv").read_text().splitlines()[1:]]
    men, women = (sum(row[-2] == one for row in rows) for one in "12")
    base, last = weighed(store).steps
    assert (base.kind, last.kind) == ("base", "post_stratified")
    found = sorted((980 / men, 1085 / women))
    assert (last.diagnostics.smallest, last.diagnostics.largest) == (pytest.approx(found[0]), pytest.approx(found[1]))
    squares = men * (980 / men) ** 2 + women * (1085 / women) ** 2
    assert last.diagnostics.effective == pytest.approx(2065**2 / squares)
    before, after = ((one.before, one.after) for one in last.diagnostics.moved)
    assert before == (pytest.approx(100 * men / (men + women)), pytest.approx(100 * 980 / 2065))
    assert after[1] == pytest.approx(100 * 1085 / 2065)


def test_a_crossed_margin_is_the_cells_of_both(store, walked_in):
    rows = [line.split(",") for line in (GOLDEN / "door-responses.csv").read_text().splitlines()[1:]]
    cells = "margin,category,total\n" + "".join(
        f"gender*agency,{gender}*{agency},{10 + place}\n"
        for place, (gender, agency) in enumerate(
            (gender, agency) for gender in "12" for agency in ("STC", "TTPVHCC", "P-DONGKINH", "P-KYLUA")
        )
    )
    found = weighed(store, cells)
    assert found.steps[-1].diagnostics.total == pytest.approx(sum(range(10, 18)))
    label = found.words["gender*agency", "1*STC"]
    assert (label.vi, label.en) == ("Nam × Sở Tài chính", "Male × Sở Tài chính")
    in_first = sum(row[-2] == "1" and row[1] in ("3TKDZGS", "AULUCGJ") for row in rows)
    assert found.steps[-1].diagnostics.moved[2].before == pytest.approx(100 * in_first / found.used)


def test_months_and_ways_of_answering_are_margins_too(store, walked_in):
    modes = "margin,category,total\nmode,qr,50\nmode,paper+assisted,70\nmonth,2026-03,120\n"
    found = weighed(store, modes)
    assert found.steps[-1].diagnostics.total == pytest.approx(120)
    assert found.left_out == {}


def test_all_who_agree_are_not_promised_to_be_known_exactly(store, sample_registry):
    begin_of = date(2026, 3, 1), LAST
    open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", *begin_of, profile=True))
    lines = "".join(f"2026-03-{2 + place % 9:02},UED34VN,paper,4,{1 + place % 2}\n" for place in range(40))
    data = f"collected_on,service_point_code,mode,A1,gender\n{lines}".encode()
    import_responses(store, data, name="x.csv", round_code="r1", today=LAST)
    found = weighed(store)
    overall = next(one for one in found.rows if one.row.part == "overall")
    assert overall.row.estimate.se == 0
    assert overall.row.estimate.upp - overall.row.estimate.low > 5
    assert "all_equal" in overall.row.estimate.cautions


def test_one_day_gives_a_figure_and_the_whole_scale_for_a_range(store, sample_registry):
    begin_of = date(2026, 3, 1), LAST
    open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", *begin_of, profile=True))
    lines = "".join(f"2026-03-02,UED34VN,paper,{1 + place % 5},{1 + place % 2}\n" for place in range(40))
    data = f"collected_on,service_point_code,mode,A1,gender\n{lines}".encode()
    import_responses(store, data, name="x.csv", round_code="r1", today=LAST)
    overall = next(one for one in weighed(store).rows if one.row.part == "overall")
    assert (overall.row.estimate.se, overall.row.estimate.low, overall.row.estimate.upp) == (None, 20, 100)
    assert "no_variance" in overall.row.estimate.cautions


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
