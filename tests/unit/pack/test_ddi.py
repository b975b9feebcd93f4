"""The codebook as DDI-Codebook 2.5: valid against the official schema, and what it says."""

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lxml import etree

from survey.fieldwork import SamplingBasis, SurveyRound
from survey.instrument import LocalText, load_instrument
from survey.instrument.library import instrument_codes
from survey.reports.codebook import response_variables
from survey.reports.ddi import Study, write_ddi
from survey.reports.pack.pack import RESPONSES_FILES

SIPAS = load_instrument("sipas-2023")
ROUND = SurveyRound(
    code="2026-Q4",
    title="Quý IV <năm> & “2026”\x01",
    instrument=SIPAS.code,
    instrument_digest=SIPAS.digest,
    opens=date(2026, 10, 1),
    closes=date(2026, 12, 31),
    seals=date(2027, 1, 7),
)
DDI = {"d": "ddi:codebook:2_5"}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

SCHEMA = Path(__file__).parents[2] / "vendor" / "ddi-codebook-2.5" / "codebook.xsd"
SCHEMA_DIGEST = "816a685b9b3b27367167681cf105b4158d2a837f9e3f6da1eea0f0c3aaf74b69"


def written(instrument=SIPAS, survey_round=ROUND) -> bytes:
    study = Study(survey_round, instrument, responses=1234, run="ab12")
    variables = response_variables(instrument, simulated=survey_round.simulated)
    return write_ddi(study, variables, RESPONSES_FILES)


def texts(found, path: str) -> list[str]:
    return [element.text for element in found.findall(path, DDI)]


@pytest.fixture(scope="module")
def codebook():
    return ElementTree.fromstring(written())


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(SCHEMA))


def test_the_schema_is_the_version_its_readme_names():
    assert hashlib.sha256(SCHEMA.read_bytes()).hexdigest() == SCHEMA_DIGEST
    assert SCHEMA_DIGEST in SCHEMA.with_name("README.md").read_text(encoding="utf-8")


def test_the_schema_refuses_what_is_no_codebook(schema):
    assert not schema.validate(etree.fromstring(written().replace(b"stdyInfo", b"studyInfo")))


@pytest.mark.parametrize("code", instrument_codes())
@pytest.mark.parametrize("simulated", [False, True])
@pytest.mark.parametrize("basis", SamplingBasis)
def test_the_schema_accepts_it(schema, code, simulated, basis):
    made = written(load_instrument(code), replace(ROUND, simulated=simulated, basis=basis))
    schema.assertValid(etree.fromstring(made))


def test_the_study_says_what_when_and_how(codebook):
    assert codebook.get("version") == "2.5"
    assert texts(codebook, "d:stdyDscr/d:citation/d:titlStmt/d:titl") == ["Quý IV <năm> & “2026” (2026-Q4)"]
    assert texts(codebook, "d:stdyDscr/d:citation/d:verStmt/d:version") == ["ab12"]
    dates = {one.get("event"): one.get("date") for one in codebook.iterfind(".//d:collDate", DDI)}
    assert dates == {"start": "2026-10-01", "end": "2026-12-31"}
    self_selected, _ = texts(codebook, ".//d:sampProc")
    assert "không phải Chỉ số SIPAS" in self_selected
    assert texts(codebook, "d:stdyDscr/d:method/d:notes")[0].startswith("L1 – ")


def test_every_file_is_named_with_its_size_and_every_variable_points_to_it(codebook):
    assert texts(codebook, ".//d:fileName") == list(RESPONSES_FILES)
    assert set(texts(codebook, ".//d:caseQnty")) == {"1234"}
    files = [one.get("ID") for one in codebook.iterfind("d:fileDscr", DDI)]
    assert {variable.get("files") for variable in codebook.iterfind(".//d:var", DDI)} == {" ".join(files)}


def test_a_variable_has_its_question_in_both_languages_its_answers_and_what_is_none(codebook):
    (item,) = [one for one in codebook.iterfind(".//d:var", DDI) if one.get("name") == "E1"]
    questions = {one.get(LANGUAGE): one.text for one in item.iterfind("d:qstn/d:qstnLit", DDI)}
    assert questions["vi"].startswith("Điểm phục vụ hành chính công bố trí")
    assert questions["en"].startswith("There are ways at the public service point")
    categories = [
        (one.get("missing"), *texts(one, "d:catValu"), texts(one, "d:labl")[0])
        for one in item.iterfind("d:catgry", DDI)
    ]
    assert categories == [
        ("N", "1", "Rất không hài lòng"),
        ("N", "2", "Không hài lòng"),
        ("N", "3", "Bình thường"),
        ("N", "4", "Hài lòng"),
        ("N", "5", "Rất hài lòng"),
        ("Y", "N", "Không áp dụng: Tôi không có phản ánh, kiến nghị"),
        ("Y", ".", "Không trả lời"),
    ]
    assert [one.get("VALUE") for one in item.iterfind("d:invalrng/d:item", DDI)] == ["N", "."]


def test_simulated_data_and_an_unverified_wording_are_said():
    old = load_instrument("sipas-2017")
    found = ElementTree.fromstring(written(old, replace(ROUND, simulated=True)))
    notes = texts(found, "d:stdyDscr/d:stdyInfo/d:notes")
    assert "DỮ LIỆU MÔ PHỎNG" in notes
    assert any("chưa được đối chiếu" in note for note in notes)


def test_equal_studies_make_equal_bytes():
    assert written() == written()


def test_labels_of_the_codebook_are_whole():
    long = "Trung tâm Phục vụ hành chính công " * 20
    variables = [replace(one, label=LocalText(long, long)) for one in response_variables(SIPAS)]
    found = ElementTree.fromstring(write_ddi(Study(ROUND, SIPAS, 1), variables, {}))
    assert set(texts(found, ".//d:var/d:labl")) == {long}
