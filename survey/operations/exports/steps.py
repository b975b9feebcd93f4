"""Which rows of responses leave the house while answers still come.

Two files of one day must not differ by the answer of somebody who stood at the counter between them. So until a round
is sealed a file holds only days that the nightly work has settled, and an agency's rows grow by ten or more at a time,
as published figures do.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import TypeAlias

from sqlalchemy import Connection

from survey.analysis.disclosure.rules import THRESHOLD
from survey.fieldwork import RoundState, SurveyRound
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.counting.strays import Placing
from survey.store.collecting.blocks import iter_exported
from survey.store.collecting.given import RowsGiven, list_given, save_given
from survey.store.collecting.nights import last_night
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import find_round
from survey.store.subjects import GIVEN

# Responses of each agency (row number) by day, written "2026-11-21": those that have a place in the round.
DayCounts: TypeAlias = Mapping[int, Mapping[str, int]]


def give_rows(store: Store, round_code: str, *, today: date) -> dict[int, RowsGiven] | None:
    """Return what is given of each agency (row number) now, and remember it; None once the round is sealed: all.

    Raises UnknownCodeError.
    """
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        if survey_round.state_on(today) is RoundState.SEALED:
            return None
        night = last_night(connection)
        # Counting takes its time in a large round: nobody waits for that.
        counts = _count(connection, round_id, survey_round)
    before = (min(today, night.before) if night else today).isoformat()
    settled = {agency: {day: number for day, number in days.items() if day < before} for agency, days in counts.items()}
    return _given(store, round_code, round_id, settled)


@tried_again
def _given(store: Store, round_code: str, round_id: int, settled: DayCounts) -> dict[int, RowsGiven]:
    with store.writing(GIVEN.of(round_code)) as connection:
        known = list_given(connection, round_id)
        steps = {agency: _step(days, known.get(agency)) for agency, days in settled.items()}
        given = {agency: step for agency, step in steps.items() if step}
        if known | given != known:
            save_given(connection, round_id, known | given)
    return given


def _count(connection: Connection, round_id: int, survey_round: SurveyRound) -> DayCounts:
    has_place = Placing(survey_round, load_round_instrument(survey_round))
    counts: dict[int, Counter[str]] = {}
    for day, agency_id, mode, record in iter_exported(connection, round_id):
        if has_place(day, mode, record):
            counts.setdefault(agency_id, Counter())[day] += 1
    return counts


def _step(by_day: Mapping[str, int], before: RowsGiven | None) -> RowsGiven | None:
    """Return what is given of an agency: all there is where that is a step more, else the same as before.

    Where answers came late for days that were given, neither can be given until they are ten.

    >>> _step({"2026-11-02": 6, "2026-11-03": 4}, None), _step({"2026-11-02": 9}, None)
    (RowsGiven(last_day='2026-11-03', responses=10), None)
    >>> _step({"2026-11-02": 10, "2026-11-03": 9}, RowsGiven("2026-11-02", 10))
    RowsGiven(last_day='2026-11-02', responses=10)
    >>> _step({"2026-11-02": 11, "2026-11-03": 8}, RowsGiven("2026-11-02", 10))
    """
    there = RowsGiven(max(by_day, default=""), sum(by_day.values()))
    if there.responses - (before.responses if before else 0) >= THRESHOLD:
        return there
    return before if before and _up_to(by_day, before.last_day) == before.responses else None


def _up_to(by_day: Mapping[str, int], last_day: str) -> int:
    return sum(number for day, number in by_day.items() if day <= last_day)


def still_given(connection: Connection, round_code: str, given: Mapping[int, RowsGiven]) -> dict[int, str]:
    """Return the last day that is given of each agency, without those for which something came in since."""
    counts = _count(connection, *find_round(connection, round_code))
    return {
        agency: step.last_day
        for agency, step in given.items()
        if _up_to(counts.get(agency, {}), step.last_day) == step.responses
    }
