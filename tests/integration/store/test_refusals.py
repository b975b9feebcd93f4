"""What somebody else's act refuses is a sentence with the way on: on every page 409, on every command exit 1."""

from datetime import timedelta

import pytest

from survey.errors import BusyError, ChangedMeanwhileError, UnknownCodeError
from survey.operations.clock import today_in_vietnam
from survey.operations.registry import agencies
from survey.operations.rounds import rounds
from survey.operations.rounds.rounds import NewRound, open_round
from survey.store.subjects import PUBLICATION, SETTLING
from tests.sign_in import token_of

FORM = "/staff/registry/agencies/new"
NEW_AGENCY = {"code": "MOI", "name": "Cơ quan mới", "short_name": "Mới", "block": "khối", "parent_code": ""}


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ChangedMeanwhileError("x"), 409, "có người khác thay đổi cùng nội dung"),
        (BusyError("x"), 409, "có người khác đang lưu thay đổi ở cùng chỗ"),
        (UnknownCodeError("agency", "x"), 404, "vừa được người khác xóa"),
    ],
)
def test_a_page_that_knows_no_such_refusal_says_it_and_keeps_what_was_typed(
    admitted, monkeypatch, error, status, words
) -> None:
    def refuse(*_args, **_options) -> None:
        raise error

    monkeypatch.setattr(agencies, "add_agency", refuse)
    sent = {**NEW_AGENCY, "token": token_of(admitted, FORM)}
    answer = admitted.post(FORM, data=sent, headers={"Referer": f"http://localhost{FORM}"})
    assert answer.status_code == status
    assert words in answer.text
    assert 'value="Cơ quan mới"' in answer.text
    assert f'action="{FORM}"' in answer.text
    assert f'<a href="{FORM}" target="_blank" rel="noopener">' in answer.text


def test_a_round_that_was_changed_after_it_was_looked_at_is_not_closed(admitted, store, round_of_2023_form) -> None:
    token, today = token_of(admitted, "/staff/rounds/r1/close"), today_in_vietnam()
    wanted = NewRound("r1", "Tên khác", "sipas-2023", today - timedelta(days=7), today + timedelta(days=20))
    rounds.change_round(store, wanted, version=1, today=today, by="mai")
    answer = admitted.post("/staff/rounds/r1/close", data={"token": token, "version": "1"})
    assert answer.status_code == 409
    assert "có người khác thay đổi" in answer.text
    with store.reading() as connection:
        assert rounds.find_held(connection, "r1").survey_round.closes == wanted.closes


@pytest.mark.parametrize(
    ("subject", "command"),
    [(SETTLING, ("db", "settle")), (SETTLING, ("retention", "apply"))],
)
def test_a_command_that_meets_its_like_says_so_in_one_line(app, store, subject, command) -> None:
    with store.holding(subject):
        result = app.test_cli_runner().invoke(args=command)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "somebody else is at work on this (nightly work)" in result.stderr


def test_a_publication_that_is_on_refuses_the_next_one_at_once(app, store, round_of_2023_form) -> None:
    with store.holding(PUBLICATION.of("r1")):
        result = app.test_cli_runner().invoke(args=("index", "publish", "--round", "r1"))
    assert result.exit_code == 1
    assert result.stderr == "round r1 is being published by somebody else; wait for it\n"


def test_a_round_lengthened_over_one_that_opens_tomorrow_is_refused_in_words(store, round_of_2023_form) -> None:
    today = today_in_vietnam()
    opens = today + timedelta(days=31)
    open_round(store, NewRound("r2", "Đợt sau", "sipas-2023", opens, opens + timedelta(days=5)))
    with store.reading() as connection:
        held = rounds.find_held(connection, "r1")
    longer = NewRound("r1", "Đợt r1", "sipas-2023", held.survey_round.opens, opens)
    with pytest.raises(rounds.RefusedRoundError, match="two rounds cannot run on one day"):
        rounds.change_round(store, longer, version=held.version, today=today, by="lan")
