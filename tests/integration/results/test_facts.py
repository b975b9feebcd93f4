"""The fact questions: counted and protected as items are, shown on pages and in files, never part of an index."""

import csv
import io
import json
import secrets
from dataclasses import fields
from datetime import timedelta
from zipfile import ZipFile

import pytest
from docx import Document
from lxml import html

from survey.analysis.disclosure.breakdowns import Group
from survey.analysis.figures.results import OVERALL
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.counting.breakdowns import read_breakdown
from survey.operations.publishing.publishing import publish_run
from survey.operations.publishing.verifying import Recount, verify_run
from survey.operations.results.facts import broken_down_facts
from survey.operations.results.standing import PublishedRuns
from survey.operations.results.withholding import read_reasons
from survey.operations.staff.api_keys import add_key
from survey.operations.staff.rights import Role
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.results.runs import NewRun, find_runs, list_breakdowns, save_run
from survey.store.subjects import ADDED
from tests.beginnings import beginning
from tests.conftest import sample_round
from tests.sign_in import admit

SIPAS = load_instrument("sipas-2023")
ITEMS = [question.code for question in SIPAS.questions if question.kind == "item"]
WARD, OTHER, THIRD = "P-DONGKINH", "P-KYLUA", "P-TAMTHANH"


def answer(store, agency, **numbers):
    """Store responses of an agency: `none`, `some` and `many` people say so of harassment, `silent` say nothing.

    Everybody says that nobody had to pay, but for one in three who says that some had.
    """
    symbols = {"none": "1", "some": "2", "many": "3", "silent": ""}
    with store.writing(ADDED) as connection:
        round_id, own = find_round(connection, "r1")
        point = next(one.id for one in list_points(connection) if one.point.agency_code == agency)
        said = [symbols[kind] for kind, number in numbers.items() for _ in range(number)]
        rows = []
        for number, symbol in enumerate(said):
            answers = dict.fromkeys(ITEMS, "45235"[number % 5])
            if symbol:
                answers |= {"harassment": symbol, "unofficial_payment": "2" if number % 3 == 0 else "1"}
            key, day = SubmissionKey(secrets.token_bytes(16)).row, own.opens + timedelta(number % 12)
            rows.append(NewResponse(key, round_id, point, Mode.QR, day, None, AnswerRecord.pack(SIPAS, answers)))
        insert_responses(connection, rows)
    return own


def facts_of(store):
    return PublishedRuns(store).latest("r1").facts


def line_of(store, question="harassment", **whom):
    return next(one for one in facts_of(store).of(**whom) if one.question.code == question)


def shares(line):
    return [row.index for row in line.shares]


@beginning
def published(store):
    sample_round(store)
    answer(store, WARD, none=60, some=30, many=10, silent=20)
    answer(store, OTHER, none=45, some=5, many=10)
    publish_run(store, "r1", today=today_in_vietnam())


def test_shares_are_those_of_hand_arithmetic_with_a_range_around_each(published):
    line = line_of(published, agency_code=WARD)
    # 60, 30 and 10 of the 100 who answered the question; 20 gave no answer to it and are not in the base.
    assert (shares(line), line.responses, line.reason) == ([60, 30, 10], 100, None)
    assert [row.missing for row in line.shares] == [20] * 3
    for row in line.shares:
        assert row.estimate.low < row.index < row.estimate.upp
    # Everybody: 105, 35 and 20 of 160.
    assert shares(line_of(published)) == pytest.approx([100 * 105 / 160, 100 * 35 / 160, 100 * 20 / 160])


def test_the_range_of_a_share_is_that_of_an_item_with_the_same_answers(store, round_of_2023_form):
    """An item of which `satisfied` say 5 and the others 1 has the same share of the same people on the same days."""
    with store.writing(ADDED) as connection:
        round_id, own = find_round(connection, "r1")
        point = next(one.id for one in list_points(connection) if one.point.agency_code == WARD)
        rows = []
        for number in range(200):
            some = number * 7 % 20 < 6
            answers = dict.fromkeys(ITEMS, "3") | {"A1": "5" if some else "1", "harassment": "2" if some else "1"}
            key, day = SubmissionKey(secrets.token_bytes(16)).row, own.opens + timedelta(number % 16)
            rows.append(NewResponse(key, round_id, point, Mode.QR, day, None, AnswerRecord.pack(SIPAS, answers)))
        insert_responses(connection, rows)
    publish_run(store, "r1", today=today_in_vietnam())
    found = PublishedRuns(store).latest("r1")
    share = line_of(store, agency_code=WARD).shares[1]
    item = next(row for row in found.analysis.rows_of(WARD) if row.part == "A1")
    assert share.index == item.percent_satisfied == 30
    # The index of the item is its level, (60 × 5 + 140 × 1) / 1000; its spread is 4/5 of that of the share.
    assert item.index == pytest.approx(44)
    assert 0.8 * share.estimate.se == pytest.approx(item.estimate.se, rel=1e-9)


def test_facts_are_no_part_of_an_index(published):
    parts = {row.part for row in PublishedRuns(published).latest("r1").analysis.total}
    assert parts == {OVERALL, *(one.code for one in SIPAS.dimensions), *ITEMS}


def test_what_few_people_said_is_withheld_with_whatever_would_tell_it(store, round_of_2023_form):
    answer(store, WARD, none=60, some=30, many=10)
    answer(store, OTHER, none=30, some=20, many=12)
    answer(store, THIRD, none=3, some=1, many=1, silent=30)
    publish_run(store, "r1", today=today_in_vietnam())
    few = line_of(store, agency_code=THIRD)
    assert (few.responses, few.reason) == (5, "few")
    assert few.shares[0].domain.agency_code == THIRD
    # The ward is in the same block; with both others and the block shown, 5 people would follow by subtraction.
    shown = [line_of(store, agency_code=code).reason is None for code in (WARD, OTHER)]
    block = line_of(store, block=few.domain.block).reason is None
    assert sum(shown) + block < 3


def test_a_small_group_that_all_says_the_same_is_withheld(store, round_of_2023_form):
    answer(store, WARD, none=60, some=30, many=10)
    answer(store, OTHER, none=60, some=30, many=10)
    answer(store, THIRD, none=20)
    publish_run(store, "r1", today=today_in_vietnam())
    assert line_of(store, agency_code=THIRD).reason is not None


def test_nobody_s_facts_are_shown_whose_overall_figure_is_withheld(store, round_of_2023_form):
    answer(store, WARD, none=60, some=30, many=10)
    answer(store, OTHER, none=12, some=7, many=4)
    answer(store, THIRD, none=3, some=3, many=2)
    publish_run(store, "r1", today=today_in_vietnam())
    found = PublishedRuns(store).latest("r1")
    hidden = {row.domain for row in found.hidden if row.part == OVERALL and row.responses}
    assert hidden
    assert all(one.reason is not None for one in found.facts.lines if one.domain in hidden)


def test_few_newcomers_keep_the_facts_of_the_publication_before(published):
    answer(published, WARD, many=9)
    answer(published, OTHER, many=10)
    publish_run(published, "r1", today=today_in_vietnam())
    assert shares(line_of(published, agency_code=WARD)) == [60, 30, 10]
    # 45, 5 and 20 of 70, had the ten newcomers not all said the same; so the difference is withheld.
    assert line_of(published, agency_code=OTHER).responses == 70
    assert line_of(published, agency_code=OTHER).reason is not None


def test_a_run_with_facts_is_verified_from_its_sums_and_from_the_responses(published):
    head = PublishedRuns(published).latest("r1").head
    found = verify_run(published, head.id)
    assert (found.holds, found.recount) == (True, Recount.AGREES)
    with published.writing(ADDED) as connection:
        (stored,) = find_runs(connection, head.id)
        extras = json.loads(stored.extras)
        facts = json.loads(extras["facts"])
        extras["facts"] = json.dumps(facts | {"figures": facts["figures"].replace("60.000000", "61.000000")})
        kept = {field.name: getattr(stored, field.name, None) for field in fields(NewRun)}
        kept |= {"id": "0" * 64, "round_id": find_round(connection, "r1")[0], "extras": json.dumps(extras)}
        # The tables refuse any change, so what is written here is another run that never could have been made.
        save_run(connection, NewRun(**kept))
    assert not verify_run(published, "0" * 64).figures


def test_a_run_of_before_says_that_it_has_no_facts_and_stays_verifiable(store, round_of_2023_form, monkeypatch):
    answer(store, WARD, none=60, some=30, many=10, silent=20)
    answer(store, OTHER, none=45, some=5, many=10)
    with monkeypatch.context() as of_before:
        of_before.setattr("survey.operations.publishing.publishing.publish_facts", lambda *_: (None, {}))
        head = publish_run(store, "r1", today=today_in_vietnam())
    assert (facts_of(store).counted, facts_of(store).lines) == (False, ())
    assert verify_run(store, head.id).holds
    # Those who came since are few, so the agency keeps its figures of before, and has no facts beside them.
    answer(store, WARD, none=3, some=3)
    answer(store, OTHER, none=10, some=8, many=7)
    publish_run(store, "r1", today=today_in_vietnam())
    assert facts_of(store).of(agency_code=WARD) == ()
    assert line_of(store, agency_code=OTHER).responses == 85


def test_facts_of_the_final_run_are_broken_down_and_protected(store, round_of_2023_form):
    answer(store, WARD, none=60, some=40, many=20)
    answer(store, OTHER, none=60, some=30, many=10)
    own = answer(store, THIRD, none=50, some=30, many=15)
    publish_run(store, "r1", today=own.seals + timedelta(days=1))
    found = PublishedRuns(store).latest("r1")
    assert set(found.facts.axes) >= {"mode", "month", "service_point"}
    with store.reading() as connection:
        (kept,) = list_breakdowns(connection, found.head.id, "mode")
        (stored,) = find_runs(connection, found.head.id)
    reasons = read_reasons(stored.withheld)
    lines = broken_down_facts(read_breakdown(kept), found.facts.questions, SIPAS, reasons)
    (line,) = [one for group, one in lines if group.agency_code == WARD and one.question.code == "harassment"]
    assert shares(line) == pytest.approx([50, 100 / 3, 100 / 6])
    assert line.reason is None
    assert all(Group(WARD) != group for group, _ in lines)


def test_public_pages_show_the_shares_of_everybody_and_of_an_agency(client, published):
    for path, shown in (("", ("65,63", "21,88", "12,50")), (f"/{WARD}", ("60,00", "30,00", "10,00"))):
        page = html.fromstring(client.get(f"/results/r1{path}").text)
        (table,) = page.xpath("//section[@aria-labelledby='facts']//table")
        first = table.xpath("./tbody[1]/tr/td[1]")
        assert tuple(cell.text_content() for cell in first) == shown
        assert all(cell.text_content().startswith("từ ") for cell in table.xpath("./tbody[1]/tr/td[2]"))
    assert "Các câu hỏi ngoài chỉ số" in client.get(f"/results/r1/{WARD}").text


@pytest.mark.parametrize("path", ["r1", f"r1/agencies/{WARD}"])
def test_analysis_pages_show_them_and_hand_them_out_as_a_file(client, published, path):
    admit(client, published, username="lan", role=Role.ADMINISTRATOR)
    page = html.fromstring(client.get(f"/staff/analysis/{path}").text)
    assert page.xpath("//section[@aria-labelledby='facts']//table")
    rows = list(csv.DictReader(io.StringIO(client.get(f"/staff/analysis/{path}?csv=facts").text.lstrip("\ufeff"))))
    found = {
        (row.get("unit", WARD), row["question"], row["answer"]): float(row["share"]) for row in rows if row["share"]
    }
    whose, some = (WARD, 30.0) if path != "r1" else ("", 100 * 35 / 160)
    assert found[whose, "harassment", "2"] == pytest.approx(some)


def test_programs_read_them(client, published):
    key = add_key(published, "Cổng dữ liệu", today=today_in_vietnam(), agency_code=None).secret
    answer = client.get("/api/v1/rounds/r1/facts", headers={"Authorization": f"Bearer {key}"}).json
    found = {(row["agency_code"], row["question"]): row for row in answer["rows"]}
    row = found[WARD, "harassment"]
    assert (answer["counted"], row["responses"]) == (True, 100)
    assert [one["share"] for one in row["answers"]] == [60, 30, 10]
    assert all(one["low"] < one["share"] < one["upp"] for one in row["answers"])


def test_commands_and_reports_hold_them(app, published, tmp_path):
    run = app.test_cli_runner().invoke
    made = run(args=["export", "write", "--round", "r1", "--what", "facts", "--out", str(tmp_path / "facts.csv")])
    assert made.exit_code == 0, made.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "facts.csv").read_text("utf-8-sig"))))
    assert [float(row["share"]) for row in rows if row["agency_code"] == WARD][:3] == [60, 30, 10]
    packed = run(args=["export", "write", "--round", "r1", "--pack", "--out", str(tmp_path / "pack.zip")])
    assert packed.exit_code == 0, packed.output
    with ZipFile(tmp_path / "pack.zip") as archive:
        assert archive.read("facts.csv") == (tmp_path / "facts.csv").read_bytes()
    for agency in ([], ["--agency", WARD]):
        told = run(
            args=[
                "report",
                "write",
                "--round",
                "r1",
                *agency,
                "--format",
                "docx",
                "--out",
                str(tmp_path / "report.docx"),
            ]
        )
        assert told.exit_code == 0, told.output
        cells = [
            cell.text
            for table in Document(str(tmp_path / "report.docx")).tables
            for row in table.rows
            for cell in row.cells
        ]
        assert "Có một số công chức gây phiền hà, sách nhiễu" in cells
        assert ("30,00" if agency else "21,88") in cells


def test_after_an_earlier_publication_facts_are_not_broken_down_by_month(published):
    with published.reading() as connection:
        _, own = find_round(connection, "r1")
    answer(published, WARD, none=12, some=9, many=6)
    publish_run(published, "r1", today=own.seals + timedelta(days=1))
    axes = facts_of(published).axes
    assert "month" not in axes
    assert "mode" in axes
