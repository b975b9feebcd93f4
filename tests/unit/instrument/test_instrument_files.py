"""How the files of questionnaires are read: a broken one is refused with its file, key and remedy."""

import hashlib
from pathlib import Path

import pytest

from survey.errors import InstrumentError, UnknownCodeError
from survey.instrument import library as shipped
from survey.instrument import load_instrument
from survey.instrument.library import read_instrument
from tests.unit.instrument.test_instrument import CODES

FILES = Path(shipped.__file__).parent
GOOD = (FILES / "sipas-2023.toml").read_text(encoding="utf-8")


# How the files are read.


@pytest.mark.parametrize("code", CODES)
def test_the_digest_is_the_sha256_of_the_file(code: str):
    assert load_instrument(code).digest == hashlib.sha256((FILES / f"{code}.toml").read_bytes()).hexdigest()


def test_the_name_of_the_file_is_the_code(tmp_path: Path):
    copy = tmp_path / "sipas-2031.toml"
    copy.write_text(GOOD, encoding="utf-8")
    assert read_instrument(copy).code == "sipas-2031"
    assert read_instrument(copy).questions == load_instrument("sipas-2023").questions


@pytest.mark.parametrize("code", ["sipas-1999", "../instrument/sipas-2023"])
def test_an_unknown_code_is_answered_with_the_known_ones(code: str):
    with pytest.raises(UnknownCodeError, match="known: sipas-2017, sipas-2022, sipas-2023"):
        load_instrument(code)


def fault_of(folder: Path, content: bytes) -> InstrumentError:
    """Return the error that reading `content` as broken.toml raises."""
    file = folder / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(InstrumentError) as caught:
        read_instrument(file)
    assert caught.value.file == "broken.toml"
    return caught.value


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(InstrumentError, match=r"nowhere\.toml: file: must be a readable file"):
        read_instrument(tmp_path / "nowhere.toml")


def test_broken_toml_is_refused_with_its_line(tmp_path: Path):
    fault = fault_of(tmp_path, b"verified = true\ntitle = \n")
    assert fault.key == "file"
    assert "must be TOML in UTF-8" in fault.expected
    assert "line 2" in fault.expected


def test_a_file_in_another_encoding_is_refused(tmp_path: Path):
    assert "must be TOML in UTF-8" in fault_of(tmp_path, GOOD.encode("utf-16")).expected


SHORT, AT_SHORT = 'short.en = "Result is fair"', "dimensions.outcome.items.D3.short.en"
LABEL, AT_LABEL = 'label.en = "Result"', "dimensions.outcome.label.en"
MALE = '{ symbol = "1", label.vi = "Nam", label.en = "Male" }'
A1, AT_A1 = "{unit} có biển hiệu", "dimensions.access.items.A1"

# The text of the good file, what stands there instead, the key named, words of the remedy.
FAULTS = [
    ("satisfied_from = 4\n", "", "scale.satisfied_from", "must be given"),
    (LABEL, "", AT_LABEL, "must be given"),
    ("decimals = 2", 'decimals = "2"', "method.decimals", "must be a whole number"),
    ("decimals = 2", "decimals = true", "method.decimals", "must be a whole number"),
    ("decimals = 2", "decimals = 9", "method.decimals", "must be from 0 to 6, not 9"),
    ('number = "24"', "number = 24", f"{AT_A1}.number", "must be a text"),
    ("verified = true", 'verified = "yes"', "verified", "must be true or false"),
    (MALE, '"Nam"', "facts.gender.options.1", "must be a table"),
    ("verified = true", "verified = true\ncolour = 1", "colour", "is not a key here; the keys are title"),
    ('number = "24"', 'nummer = "24"', f"{AT_A1}.nummer", "is not a key here; the keys are code"),
    (MALE, MALE.replace(",", ", points = 1,", 1), "facts.gender.options.1.points", "is not a key here"),
    ('code = "A2"', 'code = "A1"', "file", "must not repeat a question code: A1"),
    ('code = "age"', 'code = "gender"', "file", "must not repeat a question code: GENDER"),
    ('code = "age"', 'code = "a1"', "file", "must not repeat a question code: A1"),
    ('code = "age"', 'code = "tuổi"', "facts.tuổi.code", "must be a letter and"),
    ('code = "outcome"', 'code = "result"', "dimensions", "outcome (D)"),
    ('letter = "D"', 'letter = "F"', "dimensions.outcome", "codes begin with F, not D1, D2, D3"),
    ('code = "B2"', 'code = "C9"', "dimensions.procedures", "codes begin with B, not C9"),
    (SHORT, f'short.en = "{81 * "x"}"', AT_SHORT, "must have at most 80 characters, not 81"),
    (SHORT, 'short.en = "{unit}"', AT_SHORT, "must not hold braces"),
    (MALE, ", ".join([MALE] * 35), "facts.gender.options", "must have 2 to 35 entries, not 36"),
    (LABEL, 'label.en = "Re\u0301sultat"', AT_LABEL, "must be in Unicode normal form C"),
    (LABEL, r'label.en = "Re\nsult"', AT_LABEL, "must be one line of text"),
    (LABEL, 'label.en = ""', AT_LABEL, "must be one line of text"),
    ('symbol = "2", points', 'symbol = "1", points', "scale.options", "must not repeat a symbol: 1"),
    ('symbol = "1", points', 'symbol = "N", points', "scale.options.1.symbol", "not 'N'"),
    ("points = 2", "points = 1", "scale", "must not repeat points: 1"),
    ("satisfied_from = 4", "satisfied_from = 6", "scale", "among its points [1, 2, 3, 4, 5]"),
    ('"mean_over_max"', '"mean"', "method.definition", "must be one of percent_satisfied"),
    ('"pooled_answers"', '"pool"', "method.aggregation", "must be one of pooled_answers"),
    ('"exclude"', '"zero"', "method.missing", "must be one of exclude, not 'zero'"),
    ('"ours"', '"sure"', "facts.overall_satisfaction.confidence", "must be one of source"),
    ('"overall"', '"item"', "facts.overall_satisfaction.kind", "must be one of fact, profile, overall"),
    (A1, A1.replace("unit", "đơn vị"), f"{AT_A1}.wording.vi", "braces except the placeholder {unit}"),
    (A1, A1.replace("}", ""), f"{AT_A1}.wording.vi", "braces except the placeholder {unit}"),
]


@pytest.mark.parametrize(("good", "bad", "key", "remedy"), FAULTS)
def test_a_fault_is_refused_with_its_key_and_remedy(tmp_path: Path, good: str, bad: str, key: str, remedy: str):
    assert good in GOOD
    fault = fault_of(tmp_path, GOOD.replace(good, bad, 1).encode())
    assert fault.key == key
    assert remedy in fault.expected


def test_a_text_for_an_array_is_refused(tmp_path: Path):
    first = GOOD.index("[[facts]]")
    fault = fault_of(tmp_path, f'facts = "none"\n{GOOD[:first]}'.encode())
    assert (fault.key, fault.expected) == ("facts", "must be an array")


def test_a_file_without_questions_in_a_dimension_is_refused(tmp_path: Path):
    first, last = GOOD.index('[[dimensions.items]]\ncode = "D1"'), GOOD.index('[[dimensions]]\ncode = "feedback"')
    fault = fault_of(tmp_path, (GOOD[:first] + "items = []\n" + GOOD[last:]).encode())
    assert (fault.key, fault.expected) == ("dimensions.outcome.items", "must have 1 to 99 entries, not 0")


def test_dimensions_in_another_order_are_refused(tmp_path: Path):
    start, end = GOOD.index('[[dimensions]]\ncode = "outcome"'), GOOD.index('[[dimensions]]\ncode = "feedback"')
    facts = GOOD.index("[[facts]]")
    fault = fault_of(tmp_path, (GOOD[:start] + GOOD[end:facts] + GOOD[start:end] + GOOD[facts:]).encode())
    assert fault.key == "dimensions"
    assert "access (A), procedures (B), officials (C), outcome (D), feedback (E)" in fault.expected
