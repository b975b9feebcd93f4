"""SPSS, Stata and Parquet files read back: the same answers, labels, missing values, and equal bytes every time."""

import io
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyreadstat
import pytest

from survey.errors import AnswerError, SurveyError
from survey.instrument import Fact, LocalText, Option, load_instrument
from survey.instrument.model import number_questions
from survey.reports.datasets import Dataset, responses_dataset
from survey.reports.exports import protected_rows
from survey.reports.statistics_files import write_dta, write_parquet, write_sav
from survey.responses import AnswerRecord
from tests.conftest import need

ROOT = Path(__file__).parents[3]
SIPAS = load_instrument("sipas-2023")
NOT_APPLICABLE = "Không áp dụng: Tôi không có phản ánh, kiến nghị"
ANSWERS = (
    {"A1": "5", "B2": "1", "E1": "N", "harassment": "1"},
    {"A1": "1", "E1": "3", "E2": "N"},
    {},
)
CODES = ("=1+1", unicodedata.normalize("NFD", "Đắk-R'lấp"), "@SUM")
LONG = "Chi nhánh Trung tâm Phục vụ hành chính công số 1, phường Hoàn Kiếm, thành phố Hà Nội; "


def dataset(answers=ANSWERS, instrument=SIPAS, title="Quý IV năm 2026", notice="") -> Dataset:
    records = (AnswerRecord.pack(instrument, one) for one in answers)
    rows = [("2026-M11", code, "qr", record) for code, record in zip(CODES, records, strict=False)]
    return responses_dataset(rows, instrument, title=title, notice=notice)


@pytest.fixture
def read(tmp_path):
    """Return a reader of a made .sav or .dta with its user-missing values as they are declared."""

    def reading(made: bytes, ending: str, *, user_missing: bool = True):
        path = tmp_path / f"made.{ending}"
        path.write_bytes(made)
        read_back = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}[ending]
        return read_back(path, user_missing=user_missing)

    return reading


def test_what_is_no_answer_is_system_missing_in_spss_however_the_file_is_read(read):
    for user_missing in (True, False):
        frame, about = read(write_sav(dataset()), "sav", user_missing=user_missing)
        answered = frame[["A1", "B2", "E1", "E2", "harassment"]]
        assert answered.astype(object).where(answered.notna(), None).to_numpy().tolist() == [
            [5, 1, None, None, 1],
            [1, None, 3, None, None],
            [None, None, None, None, None],
        ]
        assert about.missing_ranges == {}
        # A1: 5 and 1, mean 3; E1: 3 alone. A code for no answer would have raised both.
        assert frame[["A1", "E1"]].mean().tolist() == [3.0, 3.0]


def test_spss_has_a_column_that_tells_what_was_not_applicable(read):
    frame, about = read(write_sav(dataset()), "sav")
    assert frame[["E1_not_applicable", "E2_not_applicable"]].to_numpy().tolist() == [[1, 0], [0, 1], [0, 0]]
    assert "A1_not_applicable" not in frame
    # It stands beside its question.
    assert list(frame).index("E1_not_applicable") == list(frame).index("E1") + 1
    assert about.column_names_to_labels["E1_not_applicable"].endswith(": không áp dụng")
    assert about.variable_value_labels["E1_not_applicable"] == {0: "Không", 1: "Có"}


def test_stata_has_extended_missing_values(read):
    frame, about = read(write_dta(dataset()), "dta")
    assert frame[["A1", "B2", "E1", "E2", "harassment"]].to_numpy().tolist() == [
        [5, 1, "a", "b", 1],
        [1, "b", 3, "a", "b"],
        ["b", "b", "b", "b", "b"],
    ]
    assert about.missing_user_values["E1"] == ["a", "b"]
    plain, _ = read(write_dta(dataset()), "dta", user_missing=False)
    assert plain[["A1", "E1"]].mean().tolist() == [3.0, 3.0]


def test_labels_are_vietnamese_and_whole(read):
    options = {1: "Rất không hài lòng", 2: "Không hài lòng", 3: "Bình thường", 4: "Hài lòng", 5: "Rất hài lòng"}
    for ending, made, none in (("sav", write_sav, ()), ("dta", write_dta, ("a", "b"))):
        _, about = read(made(dataset()), ending)
        labels = about.column_names_to_labels
        assert labels["A1"] == "Biển hiệu, hướng dẫn rõ ràng, dễ tìm, dễ thấy"
        assert labels["agency_code"] == "Mã cơ quan"
        assert about.file_label == "Quý IV năm 2026"
        aside = dict(zip(none, (NOT_APPLICABLE, "Không trả lời"), strict=False))
        assert about.variable_value_labels["E1"] == options | aside


def test_codes_of_agencies_stay_as_they_are_and_are_composed(read):
    composed = [unicodedata.normalize("NFC", code) for code in CODES]
    assert read(write_sav(dataset()), "sav")[0]["agency_code"].tolist() == composed
    assert read(write_dta(dataset()), "dta")[0]["agency_code"].tolist() == composed
    assert pq.read_table(io.BytesIO(write_parquet(dataset())))["agency_code"].to_pylist() == composed


def test_parquet_has_nulls_that_no_mean_counts_and_tells_which_were_not_applicable():
    table = pq.read_table(io.BytesIO(write_parquet(dataset())))
    assert table["A1"].to_pylist() == [5, 1, None]
    assert table["E1"].to_pylist() == [None, 3, None]
    assert table["E1_not_applicable"].to_pylist() == [True, False, False]
    assert "A1_not_applicable" not in table.column_names
    about = table.schema.field("E1").metadata
    assert about[b"label"].decode() == SIPAS.question("E1").short.vi
    assert about[b"value 5"].decode() == "Rất hài lòng"
    assert table.schema.metadata[b"title"].decode() == "Quý IV năm 2026"


def with_long_labels():
    """Return the form with a question whose labels no format holds: 300 and 400 characters."""
    texts = [LocalText(text, text) for text in (LONG * 4, LONG * 5)]
    return with_question("verbose", texts)


def with_question(code, texts):
    """Return the form with one question more, of one option."""
    fact = Fact(code, "fact", texts[0], texts[0], (Option("1", texts[1]),), "ours", asked_by_default=True)
    facts = (*SIPAS.facts, fact)
    return replace(SIPAS, facts=facts, questions=number_questions(SIPAS.dimensions, SIPAS.scale, facts))


def test_labels_longer_than_a_format_allows_end_in_an_ellipsis(read):
    _, about = read(write_sav(dataset(instrument=with_long_labels(), title=LONG)), "sav")
    cut = (about.column_names_to_labels["verbose"], about.variable_value_labels["verbose"][1], about.file_label)
    for text, limit in zip(cut, (255, 120, 64), strict=True):
        assert text.endswith("…")
        assert (LONG * 5).startswith(text[:-1])
        # Not a byte is lost that would have fitted: a Vietnamese letter has three at most, and a space may go.
        assert limit - 4 <= len(text.encode()) <= limit
    _, about = read(write_dta(dataset(instrument=with_long_labels(), title=LONG)), "dta")
    assert about.column_names_to_labels["verbose"] == LONG[:79].rstrip() + "…"
    assert about.file_label == LONG[:79].rstrip() + "…"
    assert about.variable_value_labels["verbose"][1] == (LONG * 5).rstrip()


@pytest.mark.parametrize("write", [write_sav, write_dta, write_parquet])
def test_equal_data_make_equal_bytes_and_no_moment_is_told(write):
    made = write(dataset())
    assert made == write(dataset())
    assert re.findall(rb"\d\d [A-Z][a-z]{2} (?:19|20)?(\d\d)", made) in ([b"80"], [])


@pytest.mark.parametrize("answers", [(), ({},), ({},) * 3], ids=["none", "one empty", "all empty"])
def test_no_answer_at_all_makes_files_that_can_be_read(answers, read):
    made = dataset(answers)
    for ending, write in (("sav", write_sav), ("dta", write_dta)):
        frame, about = read(write(made), ending, user_missing=False)
        assert len(frame) == len(answers)
        assert frame[[question.code for question in SIPAS.questions]].isna().all(axis=None)
        assert about.variable_value_labels["A1"][5] == "Rất hài lòng"
    assert pq.read_table(io.BytesIO(write_parquet(made))).num_rows == len(answers)


def test_simulated_data_say_so_in_every_row(read):
    made = dataset(notice="DỮ LIỆU MÔ PHỎNG")
    for ending, write in (("sav", write_sav), ("dta", write_dta)):
        assert set(read(write(made), ending)[0]["notice"]) == {"DỮ LIỆU MÔ PHỎNG"}


@pytest.mark.parametrize("write", [write_sav, write_dta])
def test_a_name_the_format_keeps_for_itself_is_refused_in_words(write):
    # LONG is a type of Stata's, WITH a word of SPSS's.
    text = LocalText("Lời", "Words")
    with pytest.raises(SurveyError, match="reserved word"):
        write(dataset(instrument=with_question({write_sav: "WITH", write_dta: "long"}[write], [text, text])))


def test_a_record_of_another_questionnaire_is_refused():
    with pytest.raises(AnswerError, match="characters"):
        responses_dataset(tuple(protected_rows([("2026-M11", "A", "qr", "5")], SIPAS)), SIPAS, title="")


R_READS = """
suppressPackageStartupMessages(library(haven))
options(digits = 15)
for (name in c("made.sav", "made.dta")) {
  found <- if (grepl("sav$", name)) read_sav(name, user_na = TRUE) else read_dta(name)
  tags <- if (grepl("sav$", name)) unclass(found$E1) else ifelse(is.na(found$E1), na_tag(found$E1), found$E1)
  cat(enc2utf8(c(found$agency_code, as.character(tags), attr(found$A1, "label"),
      names(attr(found$E1, "labels")), is.na(found$E1), mean(found$A1[!is.na(found$A1)]))), sep = "|"); cat("\\n")
}
suppressWarnings(old <- foreign::read.spss("made.sav", to.data.frame = TRUE, use.value.labels = FALSE, reencode = NA))
cat(enc2utf8(attr(old, "variable.labels")[["A1"]]), old$A1, old$E1, sep = "|"); cat("\\n")
"""


@pytest.mark.oracle
def test_r_reads_the_same_labels_and_missing_values(tmp_path):
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian package r-base-core)", "oracle")
    present = "quit(status = !all(sapply(c('haven', 'foreign'), requireNamespace, quietly = TRUE)))"
    if subprocess.run([program, "-e", present], check=False, capture_output=True).returncode:
        need("haven and foreign of R (Debian packages r-cran-haven, r-cran-foreign)", "oracle")
    (tmp_path / "made.sav").write_bytes(write_sav(dataset()))
    (tmp_path / "made.dta").write_bytes(write_dta(dataset()))
    settings = os.environ | {"LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        [program, "-e", R_READS], cwd=tmp_path, env=settings, check=True, capture_output=True, text=True, timeout=120
    )
    spss, stata, old = ran.stdout.splitlines()
    agencies = [unicodedata.normalize("NFC", code) for code in CODES]
    label = "Biển hiệu, hướng dẫn rõ ràng, dễ tìm, dễ thấy"
    options = ["Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng"]
    none, which = [NOT_APPLICABLE, "Không trả lời"], ["TRUE", "FALSE", "TRUE"]
    assert spss.split("|") == [*agencies, "NA", "3", "NA", label, *options, *which, "3"]
    assert stata.split("|") == [*agencies, "a", "3", "b", label, *options, *none, *which, "3"]
    assert old.split("|") == [label, "5", "1", "NA", "NA", "3", "NA"]


@pytest.mark.slow
def test_a_server_does_not_load_what_only_files_need():
    program = "import sys, survey.app; print(sorted({'pyreadstat', 'pyarrow'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_million_answers_of_one_question_are_looked_up_not_looped_over():
    # The codes are an array of small integers, one column a question, whatever the number of rows.
    made = dataset()
    assert {column.dtype for column in made.columns[3:] if isinstance(column, np.ndarray)} == {np.dtype("int8")}
