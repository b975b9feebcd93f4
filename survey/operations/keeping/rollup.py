"""Keep the rollup equal to the responses, and read tallies from it by adding.

Weeks belong to no month as a whole, so there are no months here: a month is counted from the responses.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from survey.errors import SurveyError
from survey.fieldwork import SurveyRound
from survey.operations.collecting.responses import load_round_instrument
from survey.store.collecting import rollup
from survey.store.collecting.rollup import Counting, RollupGroup
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import find_round, list_rounds, list_service_points
from survey.store.subjects import ROLLUP
from survey.tallies import Tally, layout_of

AXES = ("agency", "service_point", "week", "mode")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was counted again of a round."""

    round_code: str
    weeks: int
    responses: int


@dataclass(frozen=True, slots=True)
class RollupDomain:
    """What a tally counts: each axis that was asked for is set, the others are empty; `week` is its Monday."""

    agency_code: str = ""
    service_point_code: str = ""
    week: date | None = None
    mode: str = ""


def refresh_all(store: Store, *, round_code: str | None = None, everything: bool = False) -> tuple[Refreshed, ...]:
    """Bring the rollup of one round, or of all of them, up to date; arguments and errors are those of `refresh`."""
    with store.reading() as connection:
        codes = [round_code] if round_code else [one.code for one in list_rounds(connection).values()]
    return tuple(refresh(store, code, everything=everything) for code in codes)


@tried_again
def refresh(store: Store, round_code: str, *, everything: bool = False) -> Refreshed:
    """Count again the weeks of a round that gained or lost responses, or all of them, in one transaction.

    A response is never changed, so a week with the same number of responses holds the same ones. Raises
    UnknownCodeError for the round, RoundError when its instrument is not the one it began with.
    """
    with store.writing(ROLLUP) as connection:
        round_id, survey_round = find_round(connection, round_code)
        counting = counting_of(round_id, survey_round)
        there, held = rollup.count_weeks(connection, counting), rollup.rolled_weeks(connection, round_id)
        weeks = [week for week in there.keys() | held.keys() if everything or there.get(week) != held.get(week)]
        rollup.delete_weeks(connection, round_id, weeks)
        responses = 0
        for counted in rollup.iter_counted(connection, counting, weeks=weeks):
            rollup.save_counted(connection, round_id, counted)
            responses += int(counted.tally.responses.sum())
    return Refreshed(round_code, len(weeks), responses)


def counting_of(round_id: int, survey_round: SurveyRound) -> Counting:
    """Return what of a round is counted; raises RoundError when its instrument is not the one it began with."""
    days = survey_round.opens, survey_round.closes
    return Counting(round_id, days, layout_of(load_round_instrument(survey_round)))


def read_rollup(store: Store, round_code: str, *, by: Collection[str]) -> tuple[tuple[RollupDomain, ...], Tally]:
    """Return the domains of a round by any of `AXES`, in their order, and the tally with one group for each.

    The tally is as of the last refresh; without an axis there is one domain, the whole round, unless nothing
    is counted yet. Raises SurveyError on an unknown axis, UnknownCodeError and RoundError as `refresh` does.
    """
    if unknown := set(by) - set(AXES):
        raise SurveyError(f"the rollup has no axis {', '.join(sorted(unknown))}; it has {', '.join(AXES)}")
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        layout = layout_of(load_round_instrument(survey_round))
        points = {placed.id: placed.point for placed in list_service_points(connection)}

        def domain_of(group: RollupGroup) -> RollupDomain:
            point = points[group.service_point_id]
            return RollupDomain(
                agency_code=point.agency_code if "agency" in by else "",
                service_point_code=point.code if "service_point" in by else "",
                week=group.week if "week" in by else None,
                mode=group.mode if "mode" in by else "",
            )

        return rollup.add_up(rollup.iter_rolled(connection, round_id), domain_of, layout)
