"""A publication taken apart by mode, month, service point and profile, and what of it is shown."""

import secrets
from collections import Counter
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from survey.analysis.disclosure.decide import WithheldReason
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.counting.breakdowns import count_breakdowns, read_breakdown, without_agencies, write_breakdown
from survey.operations.counting.counting import count_round
from survey.operations.publishing.publishing import publish_run
from survey.operations.results.withholding import read_reasons
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store import tables
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.results.runs import list_axes, list_breakdowns, runs_of
from survey.store.subjects import ADDED
from tests.counting import counted_round

SIPAS = load_instrument("sipas-2023")
ITEMS = [question.code for question in SIPAS.questions if question.kind == "item"]
AXES = ("age", "education", "gender", "mode", "month", "occupation", "service_point")


@pytest.fixture
def profiled(store, sample_registry):
    """Open a round of three months that asks the profile."""
    opens = today_in_vietnam() - timedelta(days=80)
    asked = NewRound("r1", "Đợt r1", "sipas-2023", opens, opens + timedelta(days=90), profile=True, overall=False)
    open_round(store, asked)
    return store


def add(store, number, *, seed, points=3):
    """Add random responses and return them as (service point, month, mode, gender)."""
    random, told = Random(seed), []
    with store.writing(ADDED) as connection:
        round_id, survey_round = find_round(connection, "r1")
        placed = list_points(connection)[:points]
        rows = []
        for _ in range(number):
            point, mode = random.choice(placed), random.choice((Mode.QR, Mode.QR, Mode.KIOSK))
            day = survey_round.opens + timedelta(random.randrange(80))
            answers = {code: random.choice("23445") for code in ITEMS}
            gender = random.choice(("1", "2", ""))
            record = AnswerRecord.pack(SIPAS, answers | ({"gender": gender} if gender else {}))
            key = SubmissionKey(secrets.token_bytes(16)).row
            rows.append(NewResponse(key, round_id, point.id, mode, day, None, record))
            told.append((point.point, f"{day:%Y%m}", mode.value, gender or "."))
        insert_responses(connection, rows)
    return told


def sealed_day(store):
    with store.reading() as connection:
        return find_round(connection, "r1")[1].seals + timedelta(days=1)


def counted(store):
    with store.reading() as connection:
        found = count_round(connection, "r1")
        return count_breakdowns(connection, found.id, found.survey_round, found.instrument, found.placed)


def test_every_axis_counts_every_response_once(profiled):
    told = add(profiled, 500, seed=1)
    found = counted(profiled)
    assert tuple(sorted(found)) == AXES
    expected = {
        "service_point": Counter((point.agency_code, point.code) for point, *_ in told),
        "month": Counter((point.agency_code, month) for point, month, *_ in told),
        "mode": Counter((point.agency_code, mode) for point, _, mode, _ in told),
        "gender": Counter((point.agency_code, gender) for point, *_, gender in told),
    }
    for axis, counts in expected.items():
        groups = [(group.agency_code, group.category) for group in found[axis].groups]
        assert dict(zip(groups, found[axis].tally.responses.tolist(), strict=True)) == counts
    whole = counted_round(profiled).counted.tally
    for one in found.values():
        assert np.array_equal(one.tally.counts.sum(axis=0), whole.counts.sum(axis=0))
        assert np.array_equal(one.tally.moments.sum(axis=0), whole.moments.sum(axis=0))


def test_a_kept_breakdown_reads_back(profiled):
    add(profiled, 60, seed=2)
    for axis, one in counted(profiled).items():
        again = read_breakdown(write_breakdown(axis, one))
        assert (again.kind, again.groups) == (one.kind, one.groups)
        assert again.tally.equals(one.tally)


def test_agencies_that_keep_earlier_sums_have_no_breakdown(profiled):
    add(profiled, 200, seed=3, points=9)
    found = counted(profiled)["mode"]
    left_out = found.groups[0].agency_code
    rest = without_agencies(found, [left_out])
    assert left_out not in {group.agency_code for group in rest.groups}
    assert {group.agency_code for group in found.groups} - {group.agency_code for group in rest.groups} == {left_out}


def test_only_the_final_publication_is_taken_apart(profiled):
    add(profiled, 400, seed=8)
    preliminary = publish_run(profiled, "r1", today=today_in_vietnam())
    final = publish_run(profiled, "r1", today=sealed_day(profiled))
    with profiled.reading() as connection:
        assert list_axes(connection, preliminary.id) == ()
        assert list_axes(connection, final.id) == AXES


def test_a_publication_keeps_its_breakdowns_and_what_is_withheld(profiled):
    add(profiled, 400, seed=5)
    add(profiled, 4, seed=6, points=1)
    with profiled.writing(ADDED) as connection:
        round_id, survey_round = find_round(connection, "r1")
        lonely = list_points(connection)[-1]
        record, day = AnswerRecord.pack(SIPAS, dict.fromkeys(ITEMS, "4")), survey_round.opens
        keys = [SubmissionKey(secrets.token_bytes(16)).row for _ in range(4)]
        rows = [NewResponse(key, round_id, lonely.id, Mode.QR, day, None, record) for key in keys]
        insert_responses(connection, rows)
    made = publish_run(profiled, "r1", today=sealed_day(profiled))
    with profiled.reading() as connection:
        assert list_axes(connection, made.id) == AXES
        (stored,) = runs_of(connection, "r1")
        (by_point,) = list_breakdowns(connection, made.id, "service_point")
    reasons = read_reasons(stored.withheld)
    few = {cell.group for cell, reason in reasons.items() if reason is WithheldReason.FEW and cell.part == "overall"}
    breakdown = read_breakdown(by_point)
    small = {
        group for group, number in zip(breakdown.groups, breakdown.tally.responses.tolist(), strict=True) if number < 10
    }
    assert small <= few
    assert lonely.point.agency_code in {group.agency_code for group in few if not group.axis}


@pytest.mark.parametrize("change", [update(tables.run_breakdown).values(sums="{}"), delete(tables.run_breakdown)])
def test_the_database_refuses_to_change_a_breakdown(profiled, change):
    add(profiled, 60, seed=7)
    publish_run(profiled, "r1", today=sealed_day(profiled))
    with pytest.raises(DBAPIError, match="append-only"), profiled.writing(ADDED) as connection:
        connection.execute(change)
