"""Drivers and reliability beside the sums of a run: they tell nothing of responses that are not published."""

import secrets
from datetime import timedelta
from random import Random

from sqlalchemy import delete, select

from survey.analysis.drivers.drivers import Drivers
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.counting.counting import count_round
from survey.operations.publishing.extras import sample_records
from survey.operations.publishing.publishing import publish_run
from survey.operations.publishing.verifying import verify_run
from survey.operations.registry.csv_import import import_registry
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store import tables
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.subjects import ADDED
from tests.beginnings import beginning
from tests.conftest import EXAMPLES

SIPAS = load_instrument("sipas-2023")
ITEMS = [question.code for question in SIPAS.questions if question.kind == "item"]


@beginning
def asking(store):
    """Open a round that asks how satisfied people are overall, with responses at two service points."""
    import_registry(store, EXAMPLES)
    opens = today_in_vietnam() - timedelta(days=20)
    asked = NewRound("r1", "Đợt r1", "sipas-2023", opens, opens + timedelta(days=40), profile=False, overall=True)
    open_round(store, asked)
    for seed, point in enumerate(two_points(store)):
        add(store, point, 103, seed=seed)


def two_points(store):
    """Return a service point each of two agencies."""
    with store.reading() as connection:
        by_agency = {one.point.agency_code: one for one in list_points(connection)}
    return list(by_agency.values())[:2]


def add(store, placed, number, *, seed, answer=None):
    """Add responses at a service point: whoever likes the items likes the whole, or everybody gives one answer."""
    random = Random(seed)
    with store.writing(ADDED) as connection:
        round_id, survey_round = find_round(connection, "r1")
        rows = []
        for _ in range(number):
            mood = random.choice((2, 3, 4))
            answers = {code: answer or str(mood + random.choice((-1, 0, 1))) for code in ITEMS}
            record = AnswerRecord.pack(SIPAS, answers | {"overall_satisfaction": answer or str(mood)})
            day, key = survey_round.opens + timedelta(random.randrange(15)), SubmissionKey(secrets.token_bytes(16)).row
            rows.append(NewResponse(key, round_id, placed.id, Mode.QR, day, None, record))
        insert_responses(connection, rows)


def test_a_few_newcomers_show_neither_in_performance_nor_in_counts(asking):
    # Two newcomers are not published with the second run; in the sample of drivers they used to show as 2 of 238.
    first, second = two_points(asking)
    publish_run(asking, "r1", today=today_in_vietnam())
    add(asking, first, 2, seed=7, answer="1")
    add(asking, second, 30, seed=8)
    made = publish_run(asking, "r1", today=today_in_vietnam())
    published = PublishedRuns(asking).latest("r1")
    levels = {row.part: row.level for row in published.analysis.total}
    drivers = published.extras.drivers
    assert isinstance(drivers, Drivers)
    assert {row.part: row.performance for row in drivers.rows} == {row.part: levels[row.part] for row in drivers.rows}
    # 133 responses of the agency whose new sums are published, in tens.
    assert (drivers.responses, drivers.cases) == (130, 130)
    assert {one.cases for one in published.extras.reliability} == {130}
    assert verify_run(asking, made.id).holds


def test_agencies_that_keep_earlier_sums_are_left_out_of_the_sample(asking):
    first, second = two_points(asking)
    with asking.reading() as connection:
        found = count_round(connection, "r1")
        whole, _ = sample_records(connection, found)
        rest, days = sample_records(connection, found, without=[first.point.agency_code])
    assert (len(whole), len(rest), len(days)) == (206, 103, 103)
    assert rest.tobytes() != whole.tobytes()[: rest.size] or second.id < first.id


def test_as_many_responses_that_are_others_keep_the_earlier_sums_by_name(asking):
    first, second = two_points(asking)
    publish_run(asking, "r1", today=today_in_vietnam())
    with asking.writing(ADDED) as connection:
        of_first = select(tables.response.c.key).where(tables.response.c.service_point_id == first.id).limit(1)
        connection.execute(delete(tables.response).where(tables.response.c.key == connection.scalar(of_first)))
    add(asking, first, 1, seed=9, answer="1")
    add(asking, second, 30, seed=10)
    found = verify_run(asking, publish_run(asking, "r1", today=today_in_vietnam()).id)
    assert (found.carried, found.holds) == ((first.point.agency_code,), True)
