"""The code of a round is held to one rule, whoever makes the round; and all that is wrong with one is told at once."""

import pytest

from survey.errors import RefusedRoundError
from survey.operations.clock import today_in_vietnam
from survey.operations.rounds.codes import RESERVED
from survey.operations.rounds.rounds import NewRound, open_round
from survey.store.registry.agencies import list_rounds
from tests.integration.rounds.round_pages import draft, fault_of, send


def opened(store, code):
    today = today_in_vietnam()
    return open_round(store, NewRound(code, "Đợt", "sipas-2023", opens=today, closes=today))


@pytest.mark.parametrize(
    "code", ["feedback", "Feedback", "new", "preview", "2026 q4", "đợt-1", "", "a/b", "x" * 41, ".q4"]
)
def test_page_command_and_core_refuse_the_same_codes(admitted, app, store, sample_registry, code) -> None:
    with pytest.raises(RefusedRoundError):
        opened(store, code)
    answer = send(admitted, "/staff/rounds/new", draft(code=code))
    assert answer.status_code == 400
    assert fault_of(answer, "code")
    result = app.test_cli_runner().invoke(args=["round", "open", "--code", code, "--closes", "2099-01-01"])
    assert result.exit_code == 1
    with store.reading() as connection:
        assert list_rounds(connection) == {}


def test_every_word_that_stands_in_the_place_of_a_code_is_reserved(app) -> None:
    heads = ("/results/", "/staff/rounds/", "/api/v1/rounds/")
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    words = {rule.removeprefix(head).split("/")[0] for rule in rules for head in heads if rule.startswith(head)}
    assert {word for word in words if word and not word.startswith("<")} <= RESERVED


def test_what_is_wrong_with_a_round_is_told_in_one_wave(admitted, store, sample_registry) -> None:
    opened(store, "2026-q4")
    today = today_in_vietnam()
    sent = draft(code="2026-Q4", title="", opens=f"{today}", closes=f"{today}", everybody="some")
    answer = send(admitted, "/staff/rounds/new", sent)
    assert answer.status_code == 400
    told = {name: fault_of(answer, name) for name in ("title", "code", "opens", "agencies")}
    assert "Hãy điền ô này" in told["title"]
    assert "Đã có đợt khảo sát mang mã" in told["code"]
    assert "Trùng thời gian với đợt" in told["opens"]
    assert "Hãy chọn ít nhất một cơ quan" in told["agencies"]
