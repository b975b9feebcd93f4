"""Acts on rounds: their days and agencies, goals, designs and visits."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from survey.operations.rounds import rounds
from survey.operations.rounds.rounds import NewRound
from survey.operations.rounds.visit_files import import_visits
from survey.operations.rounds.visits_page import (
    TypedVisits,
    VisitUnit,
    enter_visits,
    find_visit_sheet,
    load_visit_table,
)
from survey.operations.sampling import designs
from survey.store.engine import Store
from survey.store.rounds.rounds import find_held
from tests.together.scenes import BY, DAY, NEXT, OPEN, SEALED, TODAY, A, B, C
from tests.together.tries import EVERYTHING, Thunk, tries

PERIOD = TODAY - 5 * DAY, TODAY
LATER = TODAY - 3 * DAY, TODAY + DAY


# Rounds and visits.


def _round(code: str, first: int, last: int) -> NewRound:
    opens = TODAY + timedelta(days=first)
    return NewRound(code, f"Đợt {code}", "sipas-2023", opens, TODAY + timedelta(days=last))


@tries("rounds.rounds.open_round")
def open_a_round(store: Store) -> Thunk:
    return partial(rounds.open_round, store, _round("new", 50, 70), today=TODAY, by=BY)


@tries("rounds.rounds.open_round")
def open_another_round(store: Store) -> Thunk:
    return partial(rounds.open_round, store, _round("other", 60, 80), today=TODAY, by=BY)


def _edit_round(store: Store, code: str, wanted: NewRound) -> Thunk:
    with store.reading() as connection:
        version = find_held(connection, code).version
    return partial(rounds.change_round, store, wanted, version=version, today=TODAY, by=BY)


@tries("rounds.rounds.change_round")
def lengthen_a_round(store: Store) -> Thunk:
    return _edit_round(store, NEXT, _round(NEXT, 30, 55))


@tries("rounds.rounds.change_round")
def name_other_agencies(store: Store) -> Thunk:
    wanted = replace(_round(OPEN, -9, 20), agencies=frozenset({A, B, C}))
    return _edit_round(store, OPEN, wanted)


@tries("rounds.rounds.close_round")
def close_a_round(store: Store) -> Thunk:
    return partial(rounds.close_round, store, OPEN, today=TODAY, by=BY)


@tries("rounds.rounds.set_goals")
def set_a_goal(store: Store) -> Thunk:
    with store.reading() as connection:
        version = find_held(connection, OPEN).version
    return partial(rounds.set_goals, store, OPEN, {A: 50}, version=version, today=TODAY, by=BY)


def _design(store: Store, population: int) -> Thunk:
    seen = designs.find_design(store, SEALED).number
    new = designs.GivenFile(f"agency_code,population\n{A},{population}\n".encode(), "design.csv")
    return partial(designs.give_design, store, SEALED, new, today=TODAY, by=BY, seen=seen)


@tries("sampling.designs.give_design")
def give_a_design(store: Store) -> Thunk:
    return _design(store, 100)


@tries("sampling.designs.give_design")
def give_another_design(store: Store) -> Thunk:
    return _design(store, 200)


def _type(store: Store, period: tuple, visits: int) -> Thunk:
    unit = VisitUnit("", A, "Cơ quan A")
    return partial(enter_visits, store, TypedVisits(period, {unit: visits}, {}), by=BY)


@tries("rounds.visits_page.enter_visits")
def type_visits(store: Store) -> Thunk:
    return _type(store, PERIOD, 10)


@tries("rounds.visits_page.enter_visits")
def type_visits_of_other_days(store: Store) -> Thunk:
    return _type(store, LATER, 20)


def _visits(period: tuple) -> bytes:
    return f"service_point_code,agency_code,from,to,visits\n,{A},{period[0]},{period[1]},30\n".encode()


@tries("rounds.visit_files.import_visits")
def load_visits(store: Store) -> Thunk:
    return partial(import_visits, store, _visits(PERIOD), name="visits.csv")


@tries("rounds.visits_page.load_visit_table")
def upload_visits(store: Store) -> Thunk:
    sheet = find_visit_sheet(store, OPEN, EVERYTHING)
    return partial(load_visit_table, store, sheet, _visits(LATER), name="visits.csv", by=BY)
