"""Publications are verified years later from their sums: what was tampered with, and what cannot be read, is told."""

from dataclasses import fields, replace

import pytest

from survey.errors import UnknownCodeError, UnreadableRunError
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing import publishing
from survey.operations.publishing.publishing import publish_run
from survey.operations.publishing.verifying import Recount, verify_run
from survey.operations.results.standing import PublishedRuns
from survey.store.registry.agencies import find_round
from survey.store.results.runs import NewRun, find_runs, save_run
from survey.store.subjects import ADDED
from tests.integration.results.answered_rounds import add_responses, sealed_day


@pytest.mark.parametrize(
    ("part", "change", "told"),
    [
        ("figures", lambda text: text.replace(".", ".1", 1), "figures"),
        ("sums", lambda text: text.replace('"sums":[', '"sums":[1', 1), "identity"),
    ],
)
def test_what_was_tampered_with_is_told(filled, part, change, told):
    """The tables refuse any change, so what is written here is another run that never could have been made."""
    made = publish_run(filled, "r1", today=today_in_vietnam())
    with filled.writing(ADDED) as connection:
        (stored,) = find_runs(connection, made.id)
        kept = {field.name: getattr(stored, field.name, None) for field in fields(NewRun)}
        kept |= {"id": "f" * 64, "round_id": find_round(connection, "r1")[0], part: change(getattr(stored, part))}
        if part == "figures":
            kept["id"] = "0" * 64
        save_run(connection, NewRun(**kept))
    found = verify_run(filled, kept["id"])
    assert not found.holds
    assert not getattr(found, told)


def test_a_beginning_that_names_no_run_or_two_is_refused(filled):
    with pytest.raises(UnknownCodeError, match="no run has the code"):
        verify_run(filled, "abc")
    publish_run(filled, "r1", today=today_in_vietnam())
    add_responses(filled, 600, seed=5)
    publish_run(filled, "r1", today=today_in_vietnam())
    with pytest.raises(UnknownCodeError, match="no single run"):
        verify_run(filled, "")


def by_the_first_rule(monkeypatch):
    """Let a publication keep what versions before kept: days of service points and nothing else."""
    counting = publishing.count_round

    def count_round(store, code):
        found = counting(store, code)
        return replace(found, counted=replace(found.counted, clusters=found.counted.clusters.by_rule(1)))

    monkeypatch.setattr(publishing, "count_round", count_round)


def test_a_run_of_the_first_rule_verifies_and_says_by_which_it_was_made(filled, app, monkeypatch):
    with monkeypatch.context() as earlier:
        by_the_first_rule(earlier)
        made = publish_run(filled, "r1", today=sealed_day(filled))
    found = verify_run(filled, made.id)
    assert (found.holds, found.recount, found.rule) == (True, Recount.AGREES, 1)
    told = app.test_cli_runner().invoke(args=["index", "verify", made.id]).output
    assert "standard errors by the first rule: days of service points where there are 10, else respondents" in told
    kinds = {row.estimate.cluster_kind for row in PublishedRuns(filled).latest("r1").analysis.results.rows}
    assert kinds <= {"point_day", "respondent"}


def test_after_a_run_of_the_first_rule_the_next_one_is_made_by_the_new_one(filled, monkeypatch):
    with monkeypatch.context() as earlier:
        by_the_first_rule(earlier)
        first = publish_run(filled, "r1", today=today_in_vietnam())
    # One agency gains many responses, the others none or too few: they keep their sums.
    add_responses(filled, 40, seed=5, points=1)
    second = publish_run(filled, "r1", today=today_in_vietnam())
    assert first.id != second.id
    found = verify_run(filled, second.id)
    assert (found.holds, found.rule) == (True, 2)
    assert {row.estimate.cluster_kind for row in PublishedRuns(filled).latest("r1").analysis.results.rows} == {
        "day_and_week"
    }


def test_sums_that_cannot_be_read_are_told_and_not_a_fault_of_the_program(filled, app):
    made = publish_run(filled, "r1", today=today_in_vietnam())
    with filled.writing(ADDED) as connection:
        (stored,) = find_runs(connection, made.id)
        kept = {field.name: getattr(stored, field.name, None) for field in fields(NewRun)}
        sums = stored.sums.replace('"rule":2', '"rule":9')
        round_id = find_round(connection, "r1")[0]
        save_run(connection, NewRun(**kept | {"id": "f" * 64, "round_id": round_id, "sums": sums}))
    with pytest.raises(UnreadableRunError, match="rule 9 cannot be read by this version"):
        PublishedRuns(filled).latest("r1")
    told = app.test_cli_runner().invoke(args=["index", "verify", "f" * 64])
    assert (told.exit_code, "cannot be read" in told.output) == (1, True)
    assert "Traceback" not in told.output


def test_the_command_prints_the_verdict_and_fails_when_something_differs(filled, app):
    made = publish_run(filled, "r1", today=sealed_day(filled))
    runner = app.test_cli_runner()
    good = runner.invoke(args=["index", "verify", made.id[:10]])
    assert good.exit_code == 0
    assert "byte by byte: the same" in good.output
    add_responses(filled, 1, seed=6, points=1)
    bad = runner.invoke(args=["index", "verify", made.id[:10]])
    assert bad.exit_code == 1
    assert "sums from responses: differs: " in bad.output
