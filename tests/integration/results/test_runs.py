"""Publications: preliminary until the round is sealed, then final; what is in them, and how they are counted."""

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import delete

from survey.analysis.figures.estimates import Caution
from survey.errors import RoundError
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.publishing.verifying import Recount, verify_run
from survey.operations.results.runs import PUBLISHED_BY, compute_index
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store import tables
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.results.heads import RunKind
from survey.store.subjects import ADDED
from tests.integration.results.answered_rounds import SIPAS, add_responses, sealed_day


def test_a_publication_while_answers_come_is_preliminary_and_verifies(filled):
    made = publish_run(filled, "r1", today=today_in_vietnam())
    found = verify_run(filled, made.id[:12])
    assert (made.kind, found.holds, found.recount) == (RunKind.PRELIMINARY, True, Recount.AGREES)
    add_responses(filled, 50, seed=2)
    later = verify_run(filled, made.id)
    assert (later.holds, later.recount) == (True, Recount.ANSWERS_CAME_AFTER)


def test_a_final_publication_waits_until_the_round_is_sealed(filled):
    with pytest.raises(RoundError, match="takes late answers until"):
        publish_run(filled, "r1", today=today_in_vietnam(), final=True)
    preliminary = publish_run(filled, "r1", today=today_in_vietnam())
    final = publish_run(filled, "r1", today=sealed_day(filled), final=True)
    assert (preliminary.kind, final.kind) == (RunKind.PRELIMINARY, RunKind.FINAL)
    assert preliminary.id != final.id
    assert PublishedRuns(filled).latest("r1").analysis.results.run == final.id
    with pytest.raises(RoundError, match="has its final publication, number 2"):
        publish_run(filled, "r1", today=sealed_day(filled))


def test_a_final_run_is_recounted_while_responses_are_kept_and_verified_after(filled):
    made = publish_run(filled, "r1", today=sealed_day(filled))
    assert verify_run(filled, made.id).recount is Recount.AGREES
    with filled.writing(ADDED) as connection:
        connection.execute(delete(tables.response))
    found = verify_run(filled, made.id)
    assert (found.holds, found.recount) == (True, Recount.RESPONSES_DELETED)


def test_a_response_too_many_after_the_final_run_is_told_with_the_agency(filled):
    made = publish_run(filled, "r1", today=sealed_day(filled))
    add_responses(filled, 1, seed=3, points=1)
    found = verify_run(filled, made.id)
    assert (found.holds, found.recount, len(found.differing)) == (False, Recount.DIFFERS, 1)


def test_agencies_that_gained_too_few_keep_their_sums_and_are_not_recounted(filled):
    publish_run(filled, "r1", today=today_in_vietnam())
    with filled.reading() as connection:
        first, last = (list_points(connection)[place].point.agency_code for place in (0, -1))
    assert first != last
    add_responses(filled, 30, seed=4, points=1)
    with filled.writing(ADDED) as connection:
        round_id, survey_round = find_round(connection, "r1")
        point = list_points(connection)[-1]
        record = AnswerRecord.pack(SIPAS, {"A1": "1"})
        key = SubmissionKey(secrets.token_bytes(16)).row
        one = NewResponse(key, round_id, point.id, Mode.QR, survey_round.opens, None, record)
        insert_responses(connection, [one])
    found = verify_run(filled, publish_run(filled, "r1", today=sealed_day(filled)).id)
    assert (found.carried, found.holds) == ((last,), True)


def test_standard_errors_rest_on_days_and_weeks_and_never_on_single_people(filled):
    rows = compute_index(filled, "r1", by=PUBLISHED_BY).rows
    assert {row.estimate.cluster_kind for row in rows} == {"day_and_week"}
    # Seven days of answers, on some of which not everywhere.
    assert all(4 <= row.estimate.clusters <= 7 for row in rows)
    assert {Caution.FEW_CLUSTERS in row.estimate.cautions for row in rows} == {True}


def test_a_published_run_is_analysed_in_full_and_kept(filled):
    made = publish_run(filled, "r1", today=today_in_vietnam())
    analyses = PublishedRuns(filled)
    found = analyses.latest("r1")
    assert found is analyses.latest("r1")
    assert found.head.id == made.id
    shown = compute_index(filled, "r1", by=PUBLISHED_BY)
    by_part = {(row.domain.agency_code, row.part): row.index for row in found.analysis.results.rows}
    for row in shown.rows:
        assert by_part[row.domain.agency_code, row.part] == row.index
    ranked = [row for ranking in found.extras.rankings for row in ranking.rows]
    assert {row.unit for row in ranked} == {row.domain.agency_code for row in shown.rows}
    assert found.extras.drivers.reason == "not_asked"
    assert [one.part for one in found.extras.reliability][-1] == "overall"
    agency = max(shown.rows, key=lambda row: row.responses).domain.agency_code
    assert {key.part for key in found.beside_rest(agency).differences} == {row.part for row in found.analysis.total}
    assert [one.dimension for one in found.pulls_of(agency)] == [dimension.code for dimension in SIPAS.dimensions]
    assert analyses.standing().falls_of(found) is None


def test_an_empty_round_has_rows_without_figures_and_cannot_be_published(store, round_of_2023_form):
    rows = compute_index(store, "r1", by=("agency", "dimension", "item")).rows
    assert {(row.index, row.estimate.low, row.responses) for row in rows} == {(None, None, 0)}
    with pytest.raises(RoundError, match="no responses to publish"):
        publish_run(store, "r1", today=today_in_vietnam())


def test_one_response_has_a_figure_and_the_whole_scale_for_a_range(store, round_of_2023_form):
    add_responses(store, 1, seed=9)
    (row,) = [one for one in compute_index(store, "r1", by=()).rows if one.part == "overall"]
    assert row.estimate.value == row.index
    assert row.estimate.se is None
    # The lowest answer is worth 1 of 5 points.
    assert (row.estimate.low, row.estimate.upp) == (20.0, 100.0)
    assert set(row.estimate.cautions) >= {"few_responses", "no_variance"}


def test_weights_by_visits_are_refused_until_visits_are_counted(filled, app):
    found = app.test_cli_runner().invoke(
        args=["index", "compute", "--round", "r1", "--by", "block", "--weights", "visits"]
    )
    assert found.exit_code == 1
    assert "responses, but no visits counted" in found.output


def test_publications_are_counted_round_by_round(filled, app):
    publish_run(filled, "r1", today=today_in_vietnam())
    add_responses(filled, 600, seed=11)
    publish_run(filled, "r1", today=today_in_vietnam())
    with filled.reading() as connection:
        _, own = find_round(connection, "r1")
    before = own.opens - timedelta(days=60)
    open_round(filled, NewRound("r0", "Đợt trước", SIPAS.code, before, before + timedelta(days=20)))
    add_responses(filled, 300, seed=12, code="r0")
    made = publish_run(filled, "r0", today=today_in_vietnam())
    # The third publication of all is the first one of its round.
    assert (made.number, made.of_round) == (3, 1)
    written = app.test_cli_runner().invoke(args=["index", "verify", made.id[:12]]).output
    assert "number 1 (final) of round r0" in written
    assert PublishedRuns(filled).latest("r1").head.of_round == 2


def test_an_agency_that_was_gone_before_the_round_is_not_in_it(filled):
    # The sample registry has two departments that ended on 28/02/2025 and a service point of one of them.
    with filled.reading() as connection:
        _, own = find_round(connection, "r1")
        placed = list_points(connection)
    ended = next(one.point.agency_code for one in placed)
    with filled.writing(ADDED) as connection:
        connection.execute(delete(tables.response).where(tables.response.c.service_point_id.in_(
            [one.id for one in placed if one.point.agency_code == ended])))  # fmt: skip
        gone = {"valid_from": None, "valid_to": own.opens - timedelta(days=1)}
        connection.execute(tables.agency.update().where(tables.agency.c.code == ended).values(**gone))
    made = publish_run(filled, "r1", today=today_in_vietnam())
    told = {row.domain.agency_code for row in PublishedRuns(filled).latest("r1").analysis.results.rows}
    assert ended not in told
    assert verify_run(filled, made.id).recount is Recount.AGREES


def test_a_run_of_before_that_holds_an_agency_gone_before_it_still_agrees(filled):
    with filled.reading() as connection:
        _, own = find_round(connection, "r1")
        placed = list_points(connection)
    ended = next(one.point.agency_code for one in placed)
    with filled.writing(ADDED) as connection:
        connection.execute(delete(tables.response).where(tables.response.c.service_point_id.in_(
            [one.id for one in placed if one.point.agency_code == ended])))  # fmt: skip
    made = publish_run(filled, "r1", today=today_in_vietnam())
    assert ended in {row.domain.agency_code for row in PublishedRuns(filled).latest("r1").analysis.results.rows}
    with filled.writing(ADDED) as connection:
        gone = {"valid_from": None, "valid_to": own.opens - timedelta(days=1)}
        connection.execute(tables.agency.update().where(tables.agency.c.code == ended).values(**gone))
    assert verify_run(filled, made.id).recount is Recount.AGREES
