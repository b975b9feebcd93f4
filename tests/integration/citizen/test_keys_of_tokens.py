"""A form's token is good for its key and a few that follow, each once: whoever draws keys sends nothing."""

import secrets

import pytest

from survey.forms.form_token import following_key
from survey.operations.clock import today_in_vietnam
from survey.responses import HalfDay
from tests.integration.citizen.counters import DAY, SCRIPT, TOKEN
from tests.keys import key_in


def test_of_three_hundred_answers_of_one_token_six_are_stored(counter):
    token = counter.token()
    own = [following_key(key_in(token), number).secret.hex() for number in range(100)]
    drawn = [secrets.token_hex(16) for _ in range(200)]
    replies = [counter.send({"A1": "1", "token": token, "key": key}, headers=SCRIPT) for key in (*own, *drawn)]
    # The key it carries and five more.
    assert [reply.status_code for reply in replies] == [201] * 6 + [403] * 294
    assert {reply.json["error"] for reply in replies[6:]} == {"token"}
    assert len(counter.rows()) == 6
    again = counter.send({"A1": "1", "token": token, "key": own[5]}, headers=SCRIPT)
    assert again.json == replies[5].json, "the same key again gets its receipt"
    assert len(counter.rows()) == 6


def test_a_drawn_key_loses_nothing_that_was_typed(counter):
    fields = {"A1": "2", "comment": "Chờ lâu", "token": counter.token()}
    page = counter.send({**fields, "key": secrets.token_hex(16)})
    assert page.status_code == 403
    assert "name=A1 value=2 checked" in page.text
    assert "Chờ lâu</textarea>" in page.text
    assert counter.send({**fields, "token": TOKEN.search(page.text)[1]}).status_code == 303


@pytest.mark.parametrize(("days_ago", "counts"), [(0, True), (3, True), (4, False), (6, False)])
def test_an_answer_counts_at_most_three_days_back(counter, days_ago, counts):
    day = today_in_vietnam() - days_ago * DAY
    sent = {"A1": "5", "given": f"{day}am", "token": counter.token(days_ago=6)}
    assert counter.send(sent).status_code == 303
    ((stored, half, _),) = counter.rows()
    assert stored == (day if counts else today_in_vietnam())
    assert half in tuple(HalfDay)


def test_the_pages_script_names_its_key_by_number(counter):
    token = counter.token()
    sent = {"A1": "5", "token": token}
    replies = [counter.send({**sent, "key": str(number)}, headers=SCRIPT) for number in (0, 1, 5, 6, 9999, 1)]
    assert [reply.status_code for reply in replies] == [201, 201, 201, 403, 403, 201]
    keys = [following_key(key_in(token), number) for number in (0, 1, 5)]
    assert [reply.json["receipt"] for reply in replies[:3]] == [key.receipt for key in keys]
    assert replies[5].json == replies[1].json
    for odd in ("00001", "-1", "1 ", "٣", "x" * 40):
        assert counter.send({**sent, "key": odd}, headers=SCRIPT).json == replies[0].json, "what is none is the first"
    assert len(counter.rows()) == 3
