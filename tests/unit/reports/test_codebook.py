"""The codebook: what stands in each column, with which codes, and how labels are made to fit."""

import csv
import io
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.analysis.figures.results import RoundResults
from survey.fieldwork import SamplingBasis
from survey.instrument import Fact, LocalText, Option, load_instrument
from survey.instrument.library import instrument_codes
from survey.instrument.model import Instrument, number_questions
from survey.reports.codebook import VariableKind, codebook_sheet, index_variables, response_variables, shortened
from survey.reports.exports import response_columns
from survey.reports.sheets import sheet_bytes

SIPAS = load_instrument("sipas-2023")


def with_fact(fact: Fact) -> Instrument:
    """Return the form of 2023 with one question more at its end."""
    facts = (*SIPAS.facts, fact)
    return replace(SIPAS, facts=facts, questions=number_questions(SIPAS.dimensions, SIPAS.scale, facts))


CHANNELS = Fact(
    code="channels",
    kind="fact",
    wording=LocalText("Ông/bà biết {unit} qua đâu?", "How did you learn about {unit}?"),
    short=LocalText("Nguồn thông tin", "Source"),
    options=(Option("1", LocalText("Họ hàng", "Family")), Option("a", LocalText("=Báo", "=Press"))),
    confidence="ours",
    asked_by_default=True,
    multiple=True,
)


def lines(instrument: Instrument) -> list[dict[str, str]]:
    made = sheet_bytes(codebook_sheet(response_variables(instrument)), "csv").decode("utf-8")
    assert made.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(made[1:])))


@pytest.mark.parametrize("code", instrument_codes())
@pytest.mark.parametrize("notice", ["", "DỮ LIỆU MÔ PHỎNG"])
def test_every_column_of_the_responses_file_is_described_in_its_order(code, notice):
    instrument = load_instrument(code)
    described = response_variables(instrument, simulated=bool(notice))
    assert tuple(variable.name for variable in described) == response_columns(instrument, notice)


@pytest.mark.parametrize(
    "by", [("agency", "dimension"), ("agency", "item"), ("service_point", "dimension"), ("block",)]
)
def test_every_column_of_the_indices_file_has_a_label(by):
    results = RoundResults(
        run="ab",
        round_code="r1",
        round_title="Đợt 1",
        instrument_code=SIPAS.code,
        instrument_title=SIPAS.title,
        method=SIPAS.method,
        formulas=("L1", "P1"),
        basis=SamplingBasis.SELF_SELECTED,
        simulated=True,
        verified=True,
        responses=0,
        by=by,
        rows=(),
    )
    variables = {variable.name: variable for variable in index_variables(results)}
    assert all(variable.label.vi and variable.label.en for variable in variables.values())
    kinds = [variables[name].kind for name in ("agency_code", "index", "responses")]
    assert kinds == [VariableKind.TEXT, VariableKind.FIGURE, VariableKind.COUNT]


def test_an_item_has_its_options_its_codes_for_no_answer_and_what_they_are_worth():
    found = [row for row in lines(SIPAS) if row["variable"] == "E1"]
    assert [(row["value"], row["code"], row["stata"], row["missing"], row["worth"]) for row in found] == [
        ("1", "1", "1", "0", "1"),
        ("2", "2", "2", "0", "2"),
        ("3", "3", "3", "0", "3"),
        ("4", "4", "4", "0", "4"),
        ("5", "5", "5", "0", "5"),
        ("N", "", ".a", "1", ""),
        ("", "", ".b", "1", ""),
    ]
    assert [row["value_label"] for row in found][3:] == [
        *("Hài lòng", "Rất hài lòng"),
        *("Không áp dụng: Tôi không có phản ánh, kiến nghị", "Không trả lời"),
    ]
    assert {row["dimension"] for row in found} == {"feedback"}
    assert found[0]["question"].startswith("Điểm phục vụ hành chính công bố trí")


def test_only_items_count_and_only_what_is_offered_can_be_not_applicable():
    found = lines(SIPAS)
    assert {row["variable"] for row in found if row["worth"]} == {item.code for item in SIPAS.items}
    assert {row["variable"] for row in found if row["value"] == "N"} == {"E1", "E2", "E3"}


def test_percent_satisfied_counts_an_answer_as_one_or_nothing():
    # sipas-2017: satisfied from 4 of 5 points.
    worths = [row["worth"] for row in lines(load_instrument("sipas-2017")) if row["variable"] == "A1" and row["worth"]]
    assert worths == ["0", "0", "0", "1", "1"]


def test_a_profile_without_an_answer_may_have_been_hidden_and_says_so():
    (hidden,) = [row for row in lines(SIPAS) if (row["variable"], row["stata"]) == ("gender", ".b")]
    assert "dưới 10 phiếu" in hidden["value_label"]


def test_a_multiple_choice_has_a_variable_for_each_option():
    found = [row for row in lines(with_fact(CHANNELS)) if row["variable"].startswith("channels")]
    assert [(row["variable"], row["label"], row["code"], row["value_label"]) for row in found] == [
        ("channels_1", "Nguồn thông tin: Họ hàng", "1", "Có chọn"),
        ("channels_1", "Nguồn thông tin: Họ hàng", "2", "Không chọn"),
        ("channels_1", "Nguồn thông tin: Họ hàng", "", "Không trả lời"),
        ("channels_a", "Nguồn thông tin: =Báo", "1", "Có chọn"),
        ("channels_a", "Nguồn thông tin: =Báo", "2", "Không chọn"),
        ("channels_a", "Nguồn thông tin: =Báo", "", "Không trả lời"),
    ]
    assert {row["question"] for row in found} == {"Ông/bà biết Điểm phục vụ hành chính công qua đâu?"}


def test_a_tenth_option_has_the_code_after_the_ninth_and_none_runs_as_a_formula():
    found = [row for row in lines(with_fact(replace(CHANNELS, multiple=False))) if row["variable"] == "channels"]
    assert [(row["value"], row["code"]) for row in found] == [("1", "1"), ("a", "10"), ("", "")]
    assert found[1]["value_label"] == "'=Báo"


def test_a_decomposed_label_is_composed_and_a_long_one_is_whole():
    long = unicodedata.normalize("NFD", "Trung tâm Phục vụ hành chính công " * 9).strip()
    found = lines(with_fact(replace(CHANNELS, short=LocalText(long, long))))
    label = next(row["label"] for row in found if row["variable"] == "channels_1")
    assert label == unicodedata.normalize("NFC", long) + ": Họ hàng"


@given(st.text(max_size=60), st.integers(3, 40))
def test_a_shortened_text_fits_and_tells_that_it_was_cut(text, limit):
    text = text.encode("utf-8", "ignore").decode()
    whole = unicodedata.normalize("NFC", text)
    for kept, size in (
        (shortened(text, characters=limit), len),
        (shortened(text, octets=limit), lambda t: len(t.encode())),
    ):
        assert size(kept) <= limit
        assert kept == whole if size(whole) <= limit else kept.endswith("…") and whole.startswith(kept[:-1])
