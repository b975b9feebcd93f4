"""Tasks of a plan: kept without losing a column, edited by two, reported on, listed when late, put on paper."""

import csv
import io
from html import unescape
from pathlib import Path

import pytest
from openpyxl import load_workbook

from survey.errors import UnknownCodeError
from survey.operations.clock import today_in_vietnam
from survey.operations.plans.annex import ANNEX_WORDS
from survey.operations.plans.plans import add_task, annex_of
from survey.reports.documents.annexes import PLAN
from survey.store.plans.plans import PlanTask
from survey.store.plans.tables import plan_progress, plan_task
from tests.integration.plans.desk import OTHER, PLANS, TASK, WARD, Page, add, edit, make, page, post, rows_of

FACTS = Path(__file__).parent / "data" / "plans.csv"


def facts(plan: str) -> list[dict[str, str]]:
    with FACTS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row.pop("plan") == plan]


@pytest.mark.parametrize(("plan", "tasks"), [("P0", 16), ("P1", 14), ("P2", 8), ("P3", 8), ("P4", 6)])
def test_the_tasks_of_five_real_plans_go_in_without_losing_a_column(admitted, plan, tasks) -> None:
    made, wanted = make(admitted, round=""), facts(plan)
    assert len(wanted) == tasks
    for row in wanted:
        add(admitted, made, **row)
    columns = ("finding", "task", "lead", "coordinating", "deadline", "product")
    printed, heading = [], ""
    for cells in page(admitted, f"{made}/annex").rows[1:]:
        if len(cells) == 1:
            heading = cells[0]
        else:
            printed.append({"heading": heading, **dict(zip(columns, cells[1:], strict=True))})
    assert printed == wanted


def test_two_people_editing_a_task_lose_nothing(admitted, store) -> None:
    plan = make(admitted, round="")
    task = add(admitted, plan)
    before = page(admitted, f"{task}/edit").values["version"]
    assert edit(admitted, task, lead="Thanh tra").status_code == 303
    late = post(admitted, f"{task}/edit", **{**TASK, "version": before, "lead": "Phòng Nội vụ"})
    assert late.status_code == 409
    shown = Page(late)
    assert ["Đơn vị chủ trì", "Thanh tra", "Phòng Nội vụ"] in shown.rows
    assert shown.values["lead"] == "Phòng Nội vụ"
    # Whoever saves again has seen what the other one saved.
    again = post(admitted, f"{task}/edit", **{**TASK, "version": shown.values["version"], "lead": "Phòng Nội vụ"})
    assert again.status_code == 303
    assert annex_of(store, 1)[0].lead == "Phòng Nội vụ"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"task": "  "}, "Hãy điền ô này"),
        ({"deadline": "khi nào xong"}, "Chưa hiểu thời hạn này"),
        ({"deadline": "31/2/2026"}, "Chưa hiểu thời hạn này"),
        ({"part": "Z9"}, "Lựa chọn này không có trong danh sách"),
        ({"task": "x" * 5001}, "Dài quá 5000 ký tự"),
        ({"heading": "x" * 501}, "Dài quá 500 ký tự"),
    ],
)
def test_a_wrong_task_is_refused_with_nothing_typed_lost(admitted, store, fields, told) -> None:
    plan = make(admitted, round="")
    refused = post(admitted, f"{plan}/tasks/new", **{**TASK, **fields})
    assert refused.status_code == 400
    assert told in Page(refused).text
    assert Page(refused).values["lead"] == "Văn phòng"
    assert rows_of(store, plan_task) == 0


def test_progress_is_reported_with_evidence_and_a_done_task_is_opened_again(admitted, store) -> None:
    task = add(admitted, make(admitted, round="", year="2025"))
    report = {"version": "1", "percent": "40", "note": "Đã rà soát", "evidence": "https://langson.gov.vn/bc5"}
    assert post(admitted, task, **report).status_code == 303
    shown = page(admitted, task)
    assert 'href="https://langson.gov.vn/bc5"' in admitted.get(task).text
    assert "quá hạn" in shown.text
    assert shown.values["percent"] == "40"
    # Somebody who looked before the first report is shown it before a second one counts.
    late = post(admitted, task, **{**report, "note": "Của người khác"})
    assert late.status_code == 409
    assert Page(late).values["note"] == "Của người khác"
    assert rows_of(store, plan_progress) == 1
    post(admitted, task, version="2", percent="100", note="Đã xong", evidence="")
    assert "quá hạn" not in page(admitted, task).text
    assert page(admitted, f"{PLANS}/overdue").text.count("Không có nhiệm vụ nào quá hạn") == 1
    assert (
        "đã được mở lại"
        in page(admitted, post(admitted, task, version="3", percent="90", note="Sai", evidence="").location).text
    )
    assert "quá hạn" in page(admitted, task).text
    assert rows_of(store, plan_progress) == 3


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"percent": "101"}, "Hãy ghi số nguyên từ 0 đến 100"),
        ({"percent": "-1"}, "Hãy ghi số nguyên từ 0 đến 100"),
        ({"percent": ""}, "Hãy điền ô này"),
        ({"note": " "}, "Hãy điền ô này"),
    ],
)
def test_a_wrong_report_is_refused(admitted, store, fields, told) -> None:
    task = add(admitted, make(admitted, round=""))
    refused = post(admitted, task, **{"version": "1", "percent": "10", "note": "Đang làm", "evidence": "x", **fields})
    assert refused.status_code == 400
    assert told in Page(refused).text
    assert rows_of(store, plan_progress) == 0


def test_evidence_that_is_no_address_of_a_page_is_no_link(admitted) -> None:
    task = add(admitted, make(admitted, round=""))
    evil = "javascript:alert(1) <script>alert(2)</script>"
    post(admitted, task, version="1", percent="10", note="<b>x</b>", evidence=evil)
    shown = admitted.get(task).text
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert evil in unescape(shown)


def test_what_is_late_is_listed_for_all_and_for_one_agency(admitted) -> None:
    ward, other = make(admitted, round="", year="2025"), make(admitted, round="", year="2025", agency=OTHER)
    add(admitted, ward, task="Việc của phường Đông Kinh", deadline="Quý I")
    add(admitted, ward, task="Việc thường xuyên", deadline="Thường xuyên")
    add(admitted, ward, task="Việc của năm sau", deadline=f"Năm {today_in_vietnam().year + 1}")
    add(admitted, other, task="Việc của phường Kỳ Lừa", deadline="Quý II")
    late = [row[0] for row in page(admitted, f"{PLANS}/overdue").rows[1:]]
    # The oldest first: the first quarter ended before the second.
    assert late == ["Việc của phường Đông Kinh", "Việc của phường Kỳ Lừa"]
    assert [row[0] for row in page(admitted, f"{PLANS}/overdue?agency={OTHER}").rows[1:]] == ["Việc của phường Kỳ Lừa"]
    assert "Việc của phường Kỳ Lừa" not in page(admitted, f"{PLANS}?agency={WARD}").text
    days = (today_in_vietnam() - today_in_vietnam().replace(2025, 3, 31)).days
    assert page(admitted, f"{PLANS}?agency={WARD}").rows[1][-1] == f"{days:,} ngày".replace(",", ".")
    page(admitted, f"{PLANS}?agency=NOBODY", status=404)


def test_a_task_of_a_plan_that_does_not_exist_is_refused(store) -> None:
    with pytest.raises(UnknownCodeError, match="999"):
        add_task(store, 999, PlanTask("", "", {}, "Niêm yết thủ tục"), staff="mai")


def test_a_task_of_several_lines_stands_on_one_line_in_lists(admitted) -> None:
    plan = make(admitted, round="", year="2025")
    tasks = {
        "- Niêm yết thủ tục.\n- Bố trí người hướng dẫn.": "Niêm yết thủ tục; Bố trí người hướng dẫn.",
        "Đầu tư trang thiết bị:\n+ Đủ chỗ ngồi;\n+ Dễ sử dụng.": "Đầu tư trang thiết bị: Đủ chỗ ngồi; Dễ sử dụng.",
        "-5% hồ sơ trễ hạn": "-5% hồ sơ trễ hạn",
    }
    for task in tasks:
        add(admitted, plan, task=task)
    for path in (PLANS, f"{PLANS}/overdue"):
        assert set(tasks.values()) <= {row[0] for row in page(admitted, path).rows if row}


def test_the_annex_of_a_plan_and_that_of_a_report_have_the_same_heads() -> None:
    assert list(ANNEX_WORDS.values()) == ["Đề mục", *(column.heading for column in PLAN)]
    assert (ANNEX_WORDS["lead"], ANNEX_WORDS["coordinating"]) == ("Cơ quan, đơn vị chủ trì", "Cơ quan, đơn vị phối hợp")


def test_the_annex_is_a_table_to_keep(admitted, app) -> None:
    plan = make(admitted, round="")
    add(admitted, plan, task="=1+1", lead="+84", heading="I. Chung")
    data = admitted.get(f"{plan}/annex.csv").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(data))
    assert (row["Nhiệm vụ, giải pháp"], row["Cơ quan, đơn vị chủ trì"], row["STT"]) == ("'=1+1", "'+84", "1")
    assert row["Thời hạn hoàn thành"] == "Quý II"
    sheet = load_workbook(io.BytesIO(admitted.get(f"{plan}/annex.xlsx").data))["Phụ lục"]
    assert [cell.value for cell in sheet[2]][:4] == ["I. Chung", 1, None, "=1+1"]
    assert sheet["D2"].data_type == "s"
    page(admitted, f"{plan}/annex.pdf", status=404)
    command = app.test_cli_runner().invoke(args=["plan", "export", "--plan", plan.rpartition("/")[2]])
    assert (command.exit_code, command.stdout_bytes.decode("utf-8-sig")) == (0, data)
    assert app.test_cli_runner().invoke(args=["plan", "export", "--plan", "999"]).exit_code == 1
