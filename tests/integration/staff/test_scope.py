"""Whose agencies somebody answers for: the own one, those it took over, and for a manager all below any of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from survey.operations.clock import today_in_vietnam
from survey.operations.staff.rights import Role, Scope, find_scope
from survey.store.staff.accounts import Account
from survey.store.subjects import ADDED
from survey.store.tables import agency

DAY = timedelta(days=1)
# The centre stands below the office; the other two stand alone.
OFFICE, CENTRE, TRADE, HEALTH = "VPUBND", "TTPVHCC", "SCT", "SYT"


@pytest.fixture(autouse=True)
def registry(sample_registry):
    """Bring in the sample registry."""


def taken_over(store, code, by, *, last_day):
    """Let an agency be taken over after its last day."""
    with store.writing(ADDED) as connection:
        heir = connection.scalar(select(agency.c.id).where(agency.c.code == by))
        gone = update(agency).where(agency.c.code == code)
        connection.execute(gone.values(valid_to=last_day, successor_id=heir))


def put_below(store, code, above):
    """Let an agency stand below another one."""
    with store.writing(ADDED) as connection:
        parent = connection.scalar(select(agency.c.id).where(agency.c.code == above))
        connection.execute(update(agency).where(agency.c.code == code).values(parent_id=parent))


def scope_of(store, code, role=Role.CLERK):
    """Return the agencies somebody of an agency may touch."""
    with store.reading() as connection:
        number = connection.scalar(select(agency.c.id).where(agency.c.code == code))
    fields = dict.fromkeys(Account.__dataclass_fields__)
    return find_scope(store, Account(**fields | {"agency_id": number, "role": role})).agencies


@pytest.mark.parametrize(("days", "expected"), [(-1, {TRADE, HEALTH}), (0, {HEALTH}), (30, {HEALTH})])
def test_an_agency_is_in_the_scope_of_its_successor_only_once_its_last_day_is_over(store, days, expected):
    taken_over(store, TRADE, HEALTH, last_day=today_in_vietnam() + days * DAY)
    assert scope_of(store, HEALTH) == expected
    assert scope_of(store, TRADE) == {TRADE}


def test_the_manager_of_whoever_took_over_an_agency_has_those_below_it_too(store):
    taken_over(store, OFFICE, TRADE, last_day=today_in_vietnam() - DAY)
    assert scope_of(store, TRADE, Role.MANAGER) == {TRADE, OFFICE, CENTRE}
    assert scope_of(store, TRADE, Role.CLERK) == {TRADE, OFFICE}


def test_takeovers_and_agencies_below_are_followed_alternately_to_their_end(store):
    # Health stands below the centre, which stands below the office, which trade took over; the ward was taken over by
    # health, and the culture department stands below the ward.
    yesterday = today_in_vietnam() - DAY
    put_below(store, HEALTH, CENTRE)
    put_below(store, "SVHTTDL", "P-KYLUA")
    taken_over(store, OFFICE, TRADE, last_day=yesterday)
    taken_over(store, "P-KYLUA", HEALTH, last_day=yesterday)
    assert scope_of(store, TRADE, Role.MANAGER) == {TRADE, OFFICE, CENTRE, HEALTH, "P-KYLUA", "SVHTTDL"}
    assert scope_of(store, HEALTH, Role.MANAGER) == {HEALTH, "P-KYLUA", "SVHTTDL"}


def test_links_that_lead_in_a_ring_end(store):
    put_below(store, OFFICE, CENTRE)
    assert scope_of(store, CENTRE, Role.MANAGER) == {OFFICE, CENTRE}


def test_without_an_agency_the_scope_is_everything(store):
    fields = dict.fromkeys(Account.__dataclass_fields__)
    assert find_scope(store, Account(**fields | {"role": Role.ADMINISTRATOR})) == Scope(None)
