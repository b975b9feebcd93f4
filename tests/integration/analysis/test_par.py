"""Points of the administrative reform index: made of the published index, and what somebody types is stored nowhere."""

import csv
import io
import json

import pytest
from lxml import html
from sqlalchemy import insert

from survey.operations.staff.rights import Role
from survey.store.subjects import ADDED
from survey.store.tables import agency
from tests.beginnings import beginning
from tests.conftest import sample_round
from tests.integration.results.public_pages import IN_OTHER_WARD, IN_WARD, OTHER_WARD, WARD, answer, publish
from tests.sign_in import admit

# Many pages on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

PAGE, WARD_CODE, OTHER_CODE = "/staff/analysis/r1/par", "P-DONGKINH", "P-KYLUA"
# What the plan of a provincial office printed, in tests/unit/par/test_par.py.
SCORED = {
    "direction": "6,58",
    "institutions": "10,11",
    "procedures": "14",
    "apparatus": "11,97",
    "service": "11.45",
    "finance": "11,24",
    "digital": "13,35",
}
TYPED = {f"p.{code}": points for code, points in SCORED.items()}


@beginning
def two_wards(store):
    """Publish a ward with 40 answers of 4 to everything, and another with 40 of 3."""
    sample_round(store)
    answer(store, IN_WARD, times=40, symbols=dict.fromkeys("ABCDE", "4"))
    answer(store, IN_OTHER_WARD, times=40, symbols=dict.fromkeys("ABCDE", "3"))
    return publish(store)


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of the table by the label of their row."""
    found = html.fromstring(page).xpath("//section[@aria-labelledby='par']//tbody/tr")
    return {row.find("th").text_content(): [cell.text_content() for cell in row.findall("td")] for row in found}


def told(page: str) -> str:
    """Return the sentences above the table."""
    (box,) = html.fromstring(page).xpath("//section[@aria-labelledby='par']//*[@role='status']")
    return " ".join(box.text_content().split())


def test_the_published_index_is_scored_and_said_to_be_an_if(client, store, two_wards) -> None:
    admit(client, store)
    page = client.get(PAGE, query_string={"agency": WARD_CODE}).text
    # 4 of 5 points are 80%, which bring 8 of 10; no other component is known, so neither is the total.
    table = rows(page)
    assert table["Tác động của CCHC đến người dân, tổ chức"] == ["10,00", "8,00", "2,00"]
    assert table["Cải cách thể chế"] == ["11,00", "chưa nhập", "–"]
    assert table["Tổng cộng"] == ["100,00", "–", "–"]
    said = told(page)
    assert said.startswith(
        "Nếu chỉ số 80,00% (40 phiếu) được lấy để chấm điểm thì được 8,00 trên 10 điểm, mất 2,00 điểm."
    )
    assert "Khoảng dao động 95%: từ " in said
    assert "không phải điểm chính thức" in said


def test_all_together_are_scored_by_the_rule_of_a_province(client, store, two_wards) -> None:
    admit(client, store)
    page = client.get(PAGE).text
    # Half 4, half 3: 70%.
    assert rows(page)["Khảo sát sự hài lòng của người dân, tổ chức"] == ["10,00", "7,00", "3,00"]
    assert "Bộ chỉ số này áp dụng cho cả tỉnh, thành phố;" in page
    chosen = "//select[@name='rule']/option[@selected]"
    assert html.fromstring(page).xpath(chosen) == [], "another agency chosen in the form brings its own rule"
    assert len(html.fromstring(client.get(PAGE, query_string={"rule": "tinh"}).text).xpath(chosen)) == 1


def test_one_agency_is_scored_by_the_rule_of_departments_which_says_so(client, store, two_wards) -> None:
    admit(client, store)
    page = client.get(PAGE, query_string={"agency": WARD_CODE}).text
    assert rows(page)["Tác động của CCHC đến người dân, tổ chức"] == ["10,00", "8,00", "2,00"]
    assert "Bộ chỉ số này áp dụng cho sở, ban, ngành cấp tỉnh; với cơ quan khác, điểm chỉ để tham khảo." in page
    asked = client.get(PAGE, query_string={"agency": WARD_CODE, "rule": "tinh"}).text
    assert "Bộ chỉ số này áp dụng cho cả tỉnh, thành phố;" in asked


def test_what_is_typed_is_added_up_and_kept_in_the_address_only(client, store, two_wards) -> None:
    admit(client, store)
    page = client.get(PAGE, query_string={"agency": WARD_CODE, **TYPED}).text
    table = rows(page)
    # 78,70 of the seven printed scores and 8,00 make 86,70.
    assert table["Công tác chỉ đạo điều hành"] == ["11,50", "6,58", "4,92"]
    assert table["Tổng cộng"] == ["100,00", "86,70", "13,30"]
    assert 'value="6,58"' in page
    assert "6,58" not in client.get(PAGE, query_string={"agency": WARD_CODE}).text


@pytest.mark.parametrize("typed", ["11,51", "-1", "1,234", "mười", "1e1", "nan", "<b>", "٣"])
def test_points_that_cannot_be_are_named_and_nothing_typed_is_lost(client, store, two_wards, typed) -> None:
    admit(client, store)
    answered = client.get(PAGE, query_string={**TYPED, "rule": "so-2023", "p.finance": typed})
    assert answered.status_code == 200
    (field,) = html.fromstring(answered.text).xpath("//input[@name='p.finance']")
    assert (field.get("value"), field.get("aria-invalid")) == (typed, "true")
    assert "Hãy ghi điểm từ 0 đến 11,50" in answered.text
    table = rows(answered.text)
    assert table["Cải cách tài chính công"] == ["11,50", "–", "–"]
    assert table["Cải cách công vụ"] == ["12,00", "11,45", "0,55"]
    assert table["Tổng cộng"] == ["100,00", "–", "–"]


def test_a_withheld_index_has_no_points(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=9, symbols=dict.fromkeys("ABCDE", "5"))
    publish(store)
    admit(client, store)
    for asked in ({"agency": WARD_CODE}, {"rule": "so-2023"}):
        page = client.get(PAGE, query_string=asked).text
        assert told(page) == "Chỉ số không được công bố nên không quy đổi được điểm."
        assert rows(page)["Tác động của CCHC đến người dân, tổ chức"] == ["10,00", "–", "–"]
        assert "100,00%" not in page


@pytest.mark.parametrize("asked", ["agency=NOBODY", "rule=bo", "csv=other"])
def test_what_is_not_there_is_not_found(client, store, two_wards, asked) -> None:
    admit(client, store)
    assert client.get(f"{PAGE}?{asked}").status_code == 404


def test_a_clerk_scores_the_own_agency_and_no_other(client, store, two_wards) -> None:
    admit(client, store, "hoa", Role.CLERK, WARD_CODE)
    page = client.get(PAGE).text
    assert told(page).startswith("Nếu chỉ số 80,00% (40 phiếu)")
    assert WARD in page
    assert OTHER_WARD not in page
    assert client.get(PAGE, query_string={"agency": OTHER_CODE}).status_code == 404


def test_a_clerk_of_an_agency_nobody_answered_for_sees_no_points(client, store, two_wards) -> None:
    admit(client, store, "hoa", Role.CLERK, "P-TAMTHANH")
    page = client.get(PAGE).text
    assert told(page) == "Chỉ số không được công bố nên không quy đổi được điểm."
    assert OTHER_WARD not in page


def test_a_clerk_of_an_agency_that_came_later_is_told_that_the_run_has_none(client, store, two_wards) -> None:
    with store.writing(ADDED) as connection:
        values = {
            "code": "P-MOI",
            "name": "Ủy ban nhân dân phường Mới",
            "short_name": "Phường Mới",
            "block": "UBND cấp xã",
        }
        connection.execute(insert(agency).values(**values))
    admit(client, store, "hoa", Role.CLERK, "P-MOI")
    page = client.get(PAGE).text
    assert "Lần công bố này không có cơ quan nào trong phạm vi phụ trách." in page
    assert "80,00" not in page


def test_the_table_comes_as_a_file_unrounded_with_the_run_on_every_line(client, store, two_wards) -> None:
    admit(client, store)
    text = client.get(PAGE, query_string={"agency": WARD_CODE, "csv": "par", **TYPED}).data.decode("utf-8-sig")
    found = {line["component"]: line for line in csv.DictReader(io.StringIO(text))}
    assert list(found) == [*SCORED, "satisfaction", "total"]
    assert {line["run"] for line in found.values()} == {two_wards}
    assert float(found["satisfaction"]["scored"]) == pytest.approx(8)
    assert float(found["total"]["lost"]) == pytest.approx(13.3)


def command(app, *arguments: str):
    """Run `index par`."""
    return app.test_cli_runner().invoke(args=["index", "par", *arguments])


def test_the_command_tells_programs_what_the_page_shows(app, store, two_wards) -> None:
    scores = [part for code, points in SCORED.items() for part in ("--score", f"{code}={points.replace(',', '.')}")]
    done = command(app, "--round", "r1", "--agency", WARD_CODE, "--format", "json", *scores)
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert (found["run"], found["agency_code"], found["rule"]) == (two_wards, WARD_CODE, "so-2023")
    assert (found["what_if"], found["basis"], found["responses"]) == (True, "self_selected", 40)
    assert found["index"] == pytest.approx(80)
    assert (found["scored"], found["lost"]) == (pytest.approx(86.7), pytest.approx(13.3))
    own = found["components"][-1]
    assert (own["code"], own["most"], own["scored"]) == ("satisfaction", 10, pytest.approx(8))
    low, upp = found["points_range"]
    assert low < 8 < upp


def test_the_command_writes_a_table_that_says_on_what_it_rests(app, store, two_wards) -> None:
    text = command(app, "--round", "r1").output
    assert "không phải Chỉ số SIPAS do Bộ Nội vụ công bố" in text
    assert "Nếu chỉ số 70,00% (80 phiếu)" in text
    (line,) = (line for line in text.splitlines() if line.startswith("Khảo sát sự hài lòng"))
    assert line.split()[-3:] == ["10,00", "7,00", "3,00"]
    assert "Bộ chỉ số này áp dụng cho cả tỉnh, thành phố; với cơ quan khác, điểm chỉ để tham khảo." in text
    own = command(app, "--round", "r1", "--agency", WARD_CODE).output
    assert "Bộ chỉ số này áp dụng cho sở, ban, ngành cấp tỉnh;" in own


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (
            ("--round", "r1", "--agency", WARD_CODE, "--score", "finance=99"),
            1,
            "finance: 99 points are not between 0 and 11.5",
        ),
        (("--round", "r1", "--score", "finances=9"), 1, "no component 'finances'"),
        (("--round", "r1", "--score", "finance"), 2, "is not COMPONENT=POINTS"),
        (("--round", "r1", "--rule", "bo"), 1, "so-2023"),
        (("--round", "r1", "--agency", "NOBODY"), 1, "NOBODY"),
        (("--round", "nowhere"), 1, "nowhere"),
    ],
)
def test_the_command_refuses_what_cannot_be_with_its_reason(app, store, two_wards, arguments, code, says) -> None:
    done = command(app, *arguments)
    assert (done.exit_code, says in done.output) == (code, True), done.output


def test_a_round_that_is_not_published_has_no_points(app, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=40, symbols=dict.fromkeys("ABCDE", "4"))
    done = command(app, "--round", "r1")
    assert (done.exit_code, "nothing of round r1 is published yet" in done.output) == (1, True)


def test_points_may_have_a_comma_but_no_component_comes_twice(app, two_wards) -> None:
    scores = [part for code, points in SCORED.items() for part in ("--score", f"{code}={points.replace('.', ',')}")]
    found = json.loads(command(app, "--round", "r1", "--agency", WARD_CODE, "--format", "json", *scores).output)
    assert found["scored"] == pytest.approx(86.7)
    twice = command(app, "--round", "r1", "--agency", WARD_CODE, "--score", "finance=11", "--score", "finance=12")
    assert (twice.exit_code, "finance is given twice" in twice.output) == (2, True)
