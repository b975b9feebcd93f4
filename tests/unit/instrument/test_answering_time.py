"""The minutes a questionnaire takes are those its words take, in each language; nothing "
"is promised that is not kept."""

import tomllib
from pathlib import Path

import pytest

import survey.instrument as package
from survey.instrument import instrument_codes, load_instrument
from survey.instrument.answering_time import AnsweringTime, answering_time

SIPAS_2023 = Path(package.__file__).with_name("sipas-2023.toml")


def words_of_the_file() -> tuple[int, int]:
    """Return how many criteria the questionnaire of 2023 has and the Vietnamese words whoever answers them reads."""
    text = tomllib.loads(SIPAS_2023.read_text("utf-8"))
    items = [item for dimension in text["dimensions"] for item in dimension["items"]]
    unit = text["unit"]["vi"]
    read = [dimension["label"]["vi"] for dimension in text["dimensions"]]
    read += [item["wording"]["vi"].replace("{unit}", unit) for item in items]
    read += [option["label"]["vi"] for option in text["scale"]["options"]]
    return len(items), sum(len(one.split()) for one in read)


def test_the_minutes_follow_from_the_words_and_the_choices() -> None:
    items, words = words_of_the_file()
    # 405/238 + 16 × 3/60 = 1.70 + 0.80 = 2.50; 405/140 + 16 × 6/60 = 2.89 + 1.60 = 4.49; both are rounded up.
    assert (items, words) == (16, 405)
    own = load_instrument("sipas-2023")
    assert answering_time(own, own.questions[:items], "vi") == AnsweringTime(3, 5)


@pytest.mark.parametrize("code", instrument_codes())
def test_no_question_is_free(code: str) -> None:
    own = load_instrument(code)
    for language in ("vi", "en"):
        times = [answering_time(own, own.questions[:count], language) for count in range(1, len(own.questions) + 1)]
        pairs = [(one.least, one.most) for one in times]
        assert pairs == sorted(pairs)
        assert 1 <= pairs[0][0] <= pairs[0][1] < pairs[-1][1]


def test_it_is_said_in_both_languages() -> None:
    time = AnsweringTime(3, 5)
    assert (time.in_language("vi"), time.in_language("en"), f"{time} phút") == (
        "3 đến 5 phút",
        "3 to 5 min",
        "3–5 phút",
    )
    assert (AnsweringTime(2, 2).in_language("vi"), str(AnsweringTime(2, 2))) == ("2 phút", "2")
