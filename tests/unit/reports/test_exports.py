"""The files for analysts: their columns, what stands in a cell, and who can be told apart in them."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.analysis.comparing.comparison import Key
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.results import Domain, IndexRow, RoundResults
from survey.analysis.ranking.top_units import TopPlace
from survey.errors import AnswerError, RefusedDataError
from survey.fieldwork import SamplingBasis
from survey.instrument import Fact, IndexMethod, Instrument, LocalText, Option, load_instrument
from survey.instrument.model import number_questions
from survey.reports.exports import (
    PublishedStanding,
    ResponseRow,
    protected_rows,
    write_indices_csv,
    write_indices_xlsx,
    write_responses_csv,
    write_responses_xlsx,
)
from survey.reports.workbooks import fitting_a_sheet
from survey.responses import AnswerRecord

# The row "indices" of design section 7, and what was added at its end.
INDICES_COLUMNS = (
    "round,agency_code,agency,block,dimension,label,index,se,low,upp,percent_satisfied,level,"
    "responses,answers,rank,rank_low,rank_upp,change,method,basis,missing,not_applicable,top_five"
)

RESULTS = RoundResults(
    run="ab12",
    round_code="2026-Q4",
    round_title="Quý IV năm 2026",
    instrument_code="sipas-2023",
    instrument_title=LocalText("Phiếu SIPAS năm 2023", "SIPAS form of 2023"),
    method=IndexMethod("mean_over_max", "pooled_answers", "exclude", 2),
    formulas=("L1", "P1"),
    basis=SamplingBasis.SELF_SELECTED,
    simulated=False,
    verified=True,
    responses=1234,
    by=("agency", "dimension"),
    rows=(
        IndexRow(
            domain=Domain("Sở", "SNV", "=HYPERLINK(A1)", "K7M2Q4D", "Quầy số 1"),
            part="access",
            label=LocalText("Tiếp cận dịch vụ", "Access to services"),
            index=82.665,
            percent_satisfied=200 / 3,
            level=None,
            responses=1200,
            answers=3589,
            missing=11,
            not_applicable=0,
            estimate=Estimate(
                value=82.665,
                se=0.75,
                low=81.125,
                upp=84.25,
                responses=1200,
                answers=3589,
                clusters=40,
                cluster_kind=ClusterKind.POINT_DAY,
                degrees=39.0,
                design_effect=1.5,
                effective=800.0,
            ),
        ),
    ),
)
STANDINGS = {
    Key("SNV", "access"): PublishedStanding(rank=2, rank_low=1, rank_upp=4, change=-1.25, top_five=TopPlace.CERTAIN)
}


def small_instrument() -> Instrument:
    """Return the 2023 scale with one item, a multiple choice and two profile questions of two and three options."""
    sipas = load_instrument("sipas-2023")
    access = replace(sipas.dimensions[0], items=sipas.dimensions[0].items[:1])
    facts = (
        fact("channels", "fact", "123", multiple=True),
        fact("gender", "profile", "12"),
        fact("age", "profile", "123"),
    )
    questions = number_questions((access,), sipas.scale, facts)
    return replace(sipas, dimensions=(access,), facts=facts, questions=questions)


def fact(code, kind, symbols, *, multiple=False) -> Fact:
    options = tuple(Option(symbol, LocalText(symbol, symbol)) for symbol in symbols)
    words = LocalText(code, code)
    return Fact(code, kind, words, words, options, "ours", asked_by_default=True, multiple=multiple)


SMALL = small_instrument()


def indices_lines(results: RoundResults, **options) -> list[str]:
    stream = io.StringIO(newline="")
    write_indices_csv(results, stream, **options)
    return stream.getvalue().split("\r\n")


def responses_lines(rows: Iterable[ResponseRow], *, notice: str = "") -> list[str]:
    stream = io.StringIO(newline="")
    write_responses_csv(rows, SMALL, stream, notice=notice)
    return stream.getvalue().split("\r\n")


def test_indices_have_the_promised_columns_unrounded_figures_and_empty_places_for_rank_and_change():
    header, row, end = indices_lines(RESULTS)
    assert header == "\ufeff" + INDICES_COLUMNS
    assert row == (
        "2026-Q4,SNV,'=HYPERLINK(A1),Sở,access,Tiếp cận dịch vụ,82.665,0.75,81.125,84.25,66.66666666666667,,"
        "1200,3589,,,,,L1+P1,self_selected,11,0,"
    )
    assert end == ""


def test_rank_and_change_of_a_publication_stand_beside_the_figure_they_belong_to():
    other = replace(RESULTS.rows[0], part="overall", estimate=None)
    _, first, second, _ = indices_lines(replace(RESULTS, rows=(*RESULTS.rows, other)), standings=STANDINGS)
    assert first.endswith(",1200,3589,2,1,4,-1.25,L1+P1,self_selected,11,0,certain")
    assert second.endswith(",82.665,,,,66.66666666666667,,1200,3589,,,,,L1+P1,self_selected,11,0,")


def test_equal_results_make_the_same_workbook_whenever_it_is_made():
    time_machine, files = pytest.importorskip("time_machine", reason="time-machine moves the clock"), []
    for moment in ("2026-11-01 08:00", "2027-03-01 17:30"):
        stream = io.BytesIO()
        with time_machine.travel(moment, tick=False):
            write_indices_xlsx(RESULTS, stream, standings=STANDINGS)
        files.append(stream.getvalue())
    assert files[0] == files[1]


def test_items_stand_in_the_place_of_dimensions():
    header = indices_lines(replace(RESULTS, by=("agency", "item")))[0]
    assert header == "\ufeff" + INDICES_COLUMNS.replace("dimension", "item")


def test_the_service_point_comes_after_the_columns_that_are_always_there():
    header, row, _ = indices_lines(replace(RESULTS, by=("service_point", "dimension")))
    assert header == "\ufeff" + INDICES_COLUMNS + ",service_point_code,service_point"
    assert row.endswith(",11,0,,K7M2Q4D,Quầy số 1")


def test_simulated_indices_say_so_on_every_line():
    header, row, _ = indices_lines(replace(RESULTS, simulated=True))
    assert header == "\ufeff" + INDICES_COLUMNS + ",notice"
    assert row.endswith(",DỮ LIỆU MÔ PHỎNG")


def test_a_response_has_one_column_per_question_and_one_per_option_of_a_multiple_choice():
    answers = {"A1": "5", "channels": frozenset("13"), "age": "2"}
    rows = [
        ("2026-M11", "SNV", "qr", AnswerRecord.pack(SMALL, answers)),
        ("2026-12", "@SUM", "paper", AnswerRecord.pack(SMALL, {})),
    ]
    assert responses_lines(rows) == [
        "\ufeffmonth,agency_code,mode,A1,channels_1,channels_2,channels_3,gender,age",
        "2026-M11,SNV,qr,5,1,2,1,,2",
        "2026-12,'@SUM,paper,,,,,,",
        "",
    ]


def test_not_applicable_is_written_as_n():
    sipas = load_instrument("sipas-2022")
    code = next(item.code for item in sipas.items if item.not_applicable)
    stream = io.StringIO(newline="")
    write_responses_csv([("2026-M11", "SNV", "qr", AnswerRecord.pack(sipas, {code: "N"}))], sipas, stream)
    stream.seek(1)
    (row,) = csv.DictReader(stream)
    assert {name: value for name, value in row.items() if value} == {
        "month": "2026-M11",
        "agency_code": "SNV",
        "mode": "qr",
        code: "N",
    }


def test_simulated_responses_say_so_on_every_line():
    header, row, _ = responses_lines([("2026-M11", "SNV", "qr", "5212..")], notice="DỮ LIỆU MÔ PHỎNG")
    assert header.endswith(",age,notice")
    assert row == "2026-M11,SNV,qr,5,2,1,2,,,DỮ LIỆU MÔ PHỎNG"


def test_each_response_is_written_before_the_next_is_asked_for():
    stream = io.StringIO(newline="")
    lengths = []

    def rows() -> Iterator[ResponseRow]:
        for _ in range(4):
            lengths.append(len(stream.getvalue()))
            yield ("2026-M11", "SNV", "qr", "521212")

    write_responses_csv(rows(), SMALL, stream)
    assert [after - before for before, after in pairwise(lengths)] == [len("2026-M11,SNV,qr,5,2,1,2,1,2\r\n")] * 3


def test_a_record_of_another_questionnaire_is_refused_and_no_sheet_is_left(tmp_path):
    wrong = [("2026-M11", "SNV", "qr", "521212"), ("2026-M11", "SNV", "qr", "5")]
    with pytest.raises(AnswerError, match="6 characters"):
        responses_lines(wrong)
    with pytest.raises(AnswerError, match="6 characters"):
        protected_rows(wrong, SMALL)
    with pytest.raises(AnswerError, match="6 characters"):
        write_responses_xlsx(wrong, SMALL, tmp_path / "responses.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_holds_1048575_rows_and_refuses_one_more():
    assert sum(fitting_a_sheet(repeat(1, 1_048_575))) == 1_048_575
    with pytest.raises(RefusedDataError, match=r"line 1048577: .*1,048,575 rows.*CSV"):
        sum(fitting_a_sheet(repeat(1, 1_048_576)))


def test_a_profile_shared_by_ten_responses_is_kept_and_one_shared_by_nine_is_blanked():
    # Places: A1, channels (3), gender, age. Ten in SNV and nine in LB are of gender 1 and age 2.
    rows = [*[("2026-M11", "SNV", "qr", "521212")] * 10, *[("2026-M11", "LB", "qr", "521212")] * 9]
    written = [record for *_, record in protected_rows(rows, SMALL)]
    assert written == ["521212"] * 10 + ["5212.."] * 9


def test_the_whole_profile_counts_not_each_question_alone():
    # Twelve men, but only six in each age group: both groups are too small.
    rows = [("2026-M11", "SNV", "qr", record) for record in ["521211", "521212"] * 6]
    assert {record for *_, record in protected_rows(rows, SMALL)} == {"5212.."}


def test_every_month_counts_towards_the_ten():
    rows = [(month, "SNV", "qr", "521212") for month in ["2026-M10", "2026-M11"] * 5]
    assert list(protected_rows(rows, SMALL)) == rows


def test_rows_that_can_be_gone_through_only_once_are_not_taken():
    with pytest.raises(TypeError, match="twice"):
        protected_rows(iter([("2026-M11", "SNV", "qr", "521212")]), SMALL)


RECORDS = st.builds("{}...{}{}".format, st.sampled_from("45"), st.sampled_from(".12"), st.sampled_from(".12"))
ROWS = st.lists(st.tuples(st.just("2026-M11"), st.sampled_from(["SNV", "LB"]), st.just("qr"), RECORDS), max_size=120)


@given(ROWS, st.integers(2, 12))
def test_no_profile_in_the_file_is_shared_by_fewer_than_the_threshold(rows, threshold):
    written = list(protected_rows(rows, SMALL, threshold=threshold))
    shown = Counter((agency, record[4:]) for _, agency, _, record in written)
    assert all(count >= threshold for (_, profile), count in shown.items() if profile != "..")


@given(ROWS, st.integers(2, 12))
def test_protection_changes_nothing_else_and_blanks_no_more_than_it_must(rows, threshold):
    written = list(protected_rows(rows, SMALL, threshold=threshold))
    given_counts = Counter((agency, record[4:]) for _, agency, _, record in rows)
    for before, after in zip(rows, written, strict=True):
        assert (*after[:3], after[3][:4]) == (*before[:3], before[3][:4])
        assert after == before or given_counts[before[1], before[3][4:]] < threshold
