"""Count the responses of a round, service point by service point, whole agencies at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby

from sqlalchemy import Connection

from survey.analysis.figures.domains import point_domains
from survey.analysis.figures.results import Domain
from survey.fieldwork import SurveyRound
from survey.instrument import Instrument
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.counting.strays import log_strays
from survey.operations.rounds.rounds import works_within
from survey.store.collecting.blocks import POINT_DIGITS, count_by_service_point, iter_blocks
from survey.store.registry.agencies import find_round, list_agencies
from survey.store.registry.points import PlacedPoint, list_points
from survey.tallies import Counted, RecordLayout, count_blocks, joined, layout_of

# Service points × days that are counted at once: 66 MB for 22 items. A round of all 5,000 counters of a big
# province over a whole year is read in five passes.
MOST_CELLS = 375_000


@dataclass(frozen=True, slots=True, eq=False)
class PlacedRound:
    """A round with the service points its responses may be about; `placed` says by id what each belongs to."""

    id: int
    survey_round: SurveyRound
    instrument: Instrument
    placed: dict[int, Domain]

    @property
    def points(self) -> tuple[Domain, ...]:
        """Return what the service points belong to, in the order of the groups."""
        return tuple(self.placed.values())


@dataclass(frozen=True, slots=True, eq=False)
class CountedRound(PlacedRound):
    """A round with what its responses add up to; `counted` is group by group that of the service points."""

    counted: Counted


def place_round(connection: Connection, round_code: str) -> PlacedRound:
    """Return a round and its service points; raises UnknownCodeError, RoundError."""
    round_id, survey_round = find_round(connection, round_code)
    instrument = load_round_instrument(survey_round)
    agencies = {agency.code: agency for agency in list_agencies(connection).values()}
    placed = _by_agency(_placed(connection, round_id, survey_round))
    points = point_domains([placed_point.point for placed_point in placed], agencies)
    domains = {placed_point.id: point for placed_point, point in zip(placed, points, strict=True)}
    return PlacedRound(round_id, survey_round, instrument, domains)


def count_round(connection: Connection, round_code: str) -> CountedRound:
    """Count all responses that have a place in a round, and log the others; raises UnknownCodeError, RoundError."""
    found = place_round(connection, round_code)
    counted = count_points(connection, found, layout_of(found.instrument))
    log_strays(round_code, counted.misfits)
    return CountedRound(found.id, found.survey_round, found.instrument, found.placed, counted)


def _placed(connection: Connection, round_id: int, survey_round: SurveyRound) -> list[PlacedPoint]:
    """Return the service points by row number, without those of agencies that were gone before the round or not there.

    Whoever has responses stays, however these came in.
    """
    agencies = list_agencies(connection)
    every = sorted(list_points(connection), key=lambda one: one.id)
    gone = {one.id for one in every if not works_within(agencies[one.agency_id], survey_round)}
    answered = count_by_service_point(connection, round_id) if gone else {}
    return [one for one in every if one.id not in gone or answered.get(one.id)]


def _by_agency(points: Iterable[PlacedPoint]) -> list[PlacedPoint]:
    """Return service points agency by agency, whose counters share its days and are counted in one pass."""
    placed = sorted(points, key=lambda one: one.id)
    first: dict[str, int] = {}
    for one in placed:
        first.setdefault(one.point.agency_code, one.id)
    return sorted(placed, key=lambda one: (first[one.point.agency_code], one.id))


def count_points(
    connection: Connection,
    placed_round: PlacedRound,
    layout: RecordLayout,
    *,
    read: Callable[[Iterator[bytes]], Iterator[bytes]] = iter,
) -> Counted:
    """Return what all responses of a round add up to, service point by service point.

    They are in the order of `placed_round.placed`. Whole agencies are counted at once, as many as keep the sums of
    their days in memory; the last pass meets all that belongs to no service point. `read` turns blocks as they are
    stored into blocks of `layout`.
    """
    owner = {point: domain.agency_code for point, domain in placed_round.placed.items()}
    number = {code: place for place, code in enumerate(dict.fromkeys(owner.values()))}
    days = placed_round.survey_round.opens, placed_round.survey_round.closes
    lots = list(passes(owner, days))
    parts = []
    for place, ids in enumerate(lots, 1):
        some = {"points": ids} if place < len(lots) else {"but": [*chain.from_iterable(lots[:-1])]}
        blocks = iter_blocks(connection, placed_round.id, width=placed_round.instrument.width, **some)
        owners = [number[owner[point]] for point in ids]
        parts.append(
            count_blocks(
                read(blocks),
                layout,
                service_points=ids,
                point_digits=POINT_DIGITS,
                days=days,
                owners=owners,
            )
        )
    return joined(parts, layout)


def passes(owner: Mapping[int, str], days: tuple[date, date]) -> Iterator[Sequence[int]]:
    """Yield the service points, whole agencies, in as many lots as keep the sums of their days in memory."""
    most = max(1, MOST_CELLS // ((days[1] - days[0]).days + 1))
    lot: list[int] = []
    for _, ids in groupby(owner, key=owner.__getitem__):
        own = list(ids)
        if lot and len(lot) + len(own) > most:
            yield lot
            lot = []
        lot += own
    yield lot
