"""Visits that nobody counted: never none, never passed over without a word."""

import json
import secrets
from datetime import date, timedelta

import pytest

from survey.errors import WeightingError
from survey.fieldwork import VisitCount
from survey.instrument import load_instrument
from survey.operations.results.runs import compute_index
from survey.operations.rounds.visits import list_denominators, visits_of
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.rounds.visits import save_visits
from survey.store.subjects import ADDED
from survey.store.tables import service_point

SIPAS = load_instrument("sipas-2023")
WARD, FIRST_COUNTER, SECOND_COUNTER = "P-DONGKINH", "P2MCN3E", "UKGBDA2"
OTHER_WARD, ELSEWHERE = "P-KYLUA", "UED34VN"


@pytest.fixture
def own(store, round_of_2023_form):
    """Give the ward ten answers of 5 at one counter and ten of 1 at the other, and another ward ten of 3."""
    said = [(FIRST_COUNTER, "5"), (SECOND_COUNTER, "1"), (ELSEWHERE, "3")]
    with store.writing(ADDED) as connection:
        round_id, survey_round = find_round(connection, "r1")
        ids = {one.point.code: one.id for one in list_points(connection)}
        keep = {ids[code] for code, _ in said}
        outside = service_point.c.id.not_in(keep)
        connection.execute(service_point.update().where(outside).values(valid_from=date(2099, 1, 1), valid_to=None))
        insert_responses(connection, [_response(round_id, ids[code], survey_round, answer, number)
                                      for code, answer in said for number in range(10)])  # fmt: skip
    return survey_round


def _response(round_id, point, survey_round, answer, number):
    key = SubmissionKey(secrets.token_bytes(16)).row
    day = survey_round.opens + timedelta(number % 3)
    return NewResponse(key, round_id, point, Mode.QR, day, None, AnswerRecord.pack(SIPAS, {"A1": answer}))


def count(store, own, *counts):
    """Store counts: (code, visits) of the whole round, or (code, visits, first day, last day) counted from 0."""
    length = (own.closes - own.opens).days
    rows = [(*one, 0, length) if len(one) == 2 else one for one in counts]
    with store.writing(ADDED) as connection:
        save_visits(
            connection,
            [
                VisitCount(
                    code if len(code) == 7 else "",
                    "" if len(code) == 7 else code,
                    own.opens + timedelta(first),
                    own.opens + timedelta(last),
                    visits,
                )
                for code, visits, first, last in rows
            ],
        )


def index_of(store, by=("agency",)):
    results = compute_index(store, "r1", by=by, weighted=True)
    found = {row.domain.agency_code: row.index for row in results.rows if row.part == "overall" and row.responses}
    return found, results.weighting


def test_all_counted_is_weighted_by_hand_arithmetic(store, own):
    count(store, own, (FIRST_COUNTER, 1000), (SECOND_COUNTER, 9000), (ELSEWHERE, 1000))
    rows, weighting = index_of(store)
    # (1000 × 5 + 9000 × 1) / (10,000 × 5) and, with the other ward, (14,000 + 1000 × 3) / (11,000 × 5).
    assert rows == {WARD: pytest.approx(28), OTHER_WARD: pytest.approx(60)}
    assert index_of(store, by=())[0] == {"": pytest.approx(100 * 17 / 55)}
    assert (weighting.represented, weighting.uncounted) == (pytest.approx(100), ())


def test_one_count_missing_of_two_is_refused_by_name(store, own, app):
    count(store, own, (FIRST_COUNTER, 1000), (ELSEWHERE, 1000))
    with pytest.raises(WeightingError, match=rf"^{SECOND_COUNTER} \(.*\): responses, but no visits counted"):
        index_of(store)
    asked = ["index", "compute", "--round", "r1", "--by", "agency", "--weights", "visits"]
    refused = app.test_cli_runner().invoke(args=asked)
    assert (refused.exit_code, SECOND_COUNTER in refused.output) == (1, True)
    # Nor do the counted thousand pass for the visits of the ward where its sample size is told.
    visits = {one.agency.code: one.unit.visits for one in list_denominators(store, "r1")}
    assert (visits[WARD], visits[OTHER_WARD]) == (None, 1000)


def test_a_period_that_is_missing_at_one_counter_is_refused_with_its_days(store, own):
    halves = [(FIRST_COUNTER, 500, 0, 3), (FIRST_COUNTER, 500, 4, 6), (SECOND_COUNTER, 4500, 0, 3)]
    count(store, own, *halves, (ELSEWHERE, 1000, 0, 6))
    first, last = (own.opens + timedelta(day) for day in (4, 6))
    with pytest.raises(WeightingError, match=rf"{SECOND_COUNTER} \({first:%d/%m/%Y}-{last:%d/%m/%Y}\)"):
        index_of(store)


def test_a_ward_that_was_counted_for_fewer_days_than_others_is_refused(store, own):
    count(store, own, (FIRST_COUNTER, 1000, 0, 3), (SECOND_COUNTER, 9000, 0, 3), (ELSEWHERE, 1000, 0, 6))
    with pytest.raises(WeightingError, match="responses, but no visits counted") as refused:
        index_of(store)
    assert all(code in str(refused.value) for code in (FIRST_COUNTER, SECOND_COUNTER))
    assert ELSEWHERE not in str(refused.value)


def test_a_counter_that_began_later_needs_no_count_of_the_days_before(store, own):
    begins = own.opens + timedelta(4)
    with store.writing(ADDED) as connection:
        later = service_point.c.code == SECOND_COUNTER
        connection.execute(service_point.update().where(later).values(valid_from=begins))
    count(store, own, (FIRST_COUNTER, 1000, 0, 6), (SECOND_COUNTER, 9000, 4, 6), (ELSEWHERE, 1000, 0, 6))
    assert index_of(store)[0][WARD] == pytest.approx(28)


def test_the_count_of_the_whole_agency_stands_for_a_counter_without_one(store, own):
    count(store, own, (WARD, 10_000), (FIRST_COUNTER, 1000), (ELSEWHERE, 1000))
    rows, weighting = index_of(store)
    # Every answer of the ward counts alike, since only its whole is known: (10 × 5 + 10 × 1) / (20 × 5).
    assert rows[WARD] == pytest.approx(60)
    assert weighting.represented == pytest.approx(100)
    # (10,000 × 3 + 1000 × 3) / (11,000 × 5).
    assert index_of(store, by=())[0] == {"": pytest.approx(60)}


def test_a_whole_agency_counted_for_a_part_of_the_time_does_not_stand_for_all_of_it(store, own):
    count(store, own, (WARD, 10_000, 0, 3), (FIRST_COUNTER, 1000, 0, 6), (ELSEWHERE, 1000, 0, 6))
    with pytest.raises(WeightingError, match=SECOND_COUNTER):
        index_of(store)
    with store.reading() as connection:
        assert WARD not in visits_of(connection, own).agencies


def test_a_silent_counter_without_a_count_is_named_and_lowers_what_is_represented(store, own, app):
    with store.writing(ADDED) as connection:
        (spare,) = connection.execute(service_point.select().where(service_point.c.code.not_in(
            [FIRST_COUNTER, SECOND_COUNTER, ELSEWHERE])).limit(1)).all()  # fmt: skip
        connection.execute(service_point.update().where(service_point.c.id == spare.id).values(valid_from=own.opens))
    count(store, own, (FIRST_COUNTER, 1000), (SECOND_COUNTER, 9000), (ELSEWHERE, 1000))
    rows, weighting = index_of(store)
    assert rows == {WARD: pytest.approx(28), OTHER_WARD: pytest.approx(60)}
    assert weighting.uncounted == (spare.code,)
    # No other service point of its agency was counted, so it is taken for the mean of all, 11,000 / 3.
    assert weighting.represented == pytest.approx(100 * 11_000 / (11_000 + 11_000 / 3))
    asked = ["index", "compute", "--round", "r1", "--by", "agency", "--weights", "visits", "--format", "json"]
    told = json.loads(app.test_cli_runner().invoke(args=asked).output)
    assert told["weighting"]["uncounted"] == [spare.code]


def test_an_agency_counted_as_a_whole_without_responses_is_not_represented(store, own):
    count(store, own, (FIRST_COUNTER, 1000), (SECOND_COUNTER, 9000), (ELSEWHERE, 1000))
    with store.writing(ADDED) as connection:
        silent = connection.execute(service_point.select().where(service_point.c.code.not_in(
            [FIRST_COUNTER, SECOND_COUNTER, ELSEWHERE]))).all()  # fmt: skip
        connection.execute(
            service_point.update().where(service_point.c.id == silent[0].id).values(valid_from=own.opens)
        )
        placed = {one.id: one.point for one in list_points(connection)}
    agency = placed[silent[0].id].agency_code
    count(store, own, (agency, 9000))
    _, weighting = index_of(store)
    assert agency in weighting.without_responses
    assert weighting.represented == pytest.approx(100 * 11 / 20)
