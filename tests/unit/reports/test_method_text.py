"""What the documents claim of the method, held against the code."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from survey.analysis.disclosure.decide import THRESHOLD
from survey.analysis.drivers.drivers import needed_for
from survey.analysis.figures.results import IndexRow, Sampling, Weighting
from survey.fieldwork import SamplingBasis
from survey.instrument import load_instrument
from survey.instrument.library import instrument_codes
from survey.operations.keeping.retention import RESPONSES_KEPT
from survey.operations.publishing.extras import MOST_RESPONDENTS
from survey.reports.caveats import basis_in_words, questionnaire_caveats
from survey.reports.exports import PERCENTAGES
from survey.reports.tables import formulas_in_words, method_box, results_json
from survey.web.api.shapes import FiguresShape
from tests.unit.reports.test_tables import RESULTS

ROOT = Path(__file__).parents[3]
METHODOLOGY = (ROOT / "docs/methodology.md").read_text(encoding="utf-8")
OPENAPI = json.loads((ROOT / "survey/web/api/openapi.json").read_text(encoding="utf-8"))


def test_the_sentence_on_who_answered_is_the_one_that_is_printed():
    (quoted,) = re.findall(r"^> (Người trả lời tự nguyện.*)$", METHODOLOGY, re.MULTILINE)
    assert quoted == f"{basis_in_words(SamplingBasis.SELF_SELECTED, 'vi')}."


def test_what_the_formulas_mean_is_told_with_the_method():
    told = " ".join(text for _, text in method_box(RESULTS, "vi"))
    assert all(formulas_in_words((one,), "vi") in told for one in RESULTS.formulas)


@pytest.mark.parametrize("code", instrument_codes())
def test_every_questionnaire_says_what_is_not_certain_of_it(code):
    own = load_instrument(code)
    told = ". ".join(questionnaire_caveats(verified=own.verified, note=own.note, language="vi"))
    assert own.note.vi.removesuffix(".") in told
    # Of no formula the official text was read, so that each says that it was inferred.
    assert "suy ra từ" in told


def test_which_of_the_four_figures_stand_where():
    assert {"index", "percent_satisfied", "level", "percent_dissatisfied"} <= {one.name for one in fields(IndexRow)}
    assert FiguresShape.__annotations__.keys() == {"index", "percent_satisfied", "level", "percent_dissatisfied"}
    assert "percent_dissatisfied" not in PERCENTAGES
    assert "percent_dissatisfied" not in results_json(RESULTS)


def test_the_fields_of_the_json_are_those_of_the_document():
    (line,) = [one for one in (ROOT / "docs/files.md").read_text().splitlines() if one.startswith("`index compute --f")]
    content = json.loads(results_json(RESULTS))
    listed = re.findall(r'"(\w+)"', line.partition("`weighting` is")[0])
    assert listed == [*content, *content["rows"][0]]
    of_weighting, of_sampling = line.partition("`weighting` is")[2].split("`sampling` is")
    for told, kind in ((of_weighting, Weighting), (of_sampling, Sampling)):
        assert re.findall(r'"(\w+)"', told) == [one.name for one in fields(kind)]


def test_no_document_promises_to_tell_which_rule_withheld_a_figure():
    assert "says why" not in OPENAPI["info"]["description"]
    assert "which rule hid it is not told" in (ROOT / "docs/api.md").read_text(encoding="utf-8")


def test_numbers_of_the_text_are_those_of_the_code():
    assert f"rest on at most {MOST_RESPONDENTS:,} responses" in METHODOLOGY
    assert f"gained fewer than {THRESHOLD} responses keep the sums" in METHODOLOGY
    assert f"({RESPONSES_KEPT} months after the round)" in METHODOLOGY
    assert (needed_for(5), needed_for(16)) == (100, 160)
