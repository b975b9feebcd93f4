"""Compute the index of a round, publish it, and read what was published."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import chain, groupby

from sqlalchemy import Connection

from survey.analysis.canonical import figures_text
from survey.analysis.disclosure import Reason
from survey.analysis.domains import DomainSums, point_domains, sum_by
from survey.analysis.indices import compute_results, compute_rows
from survey.analysis.pipeline import rows_above
from survey.analysis.results import Domain, IndexRow, RoundResults
from survey.analysis.weighted import weighted_rows
from survey.errors import RoundError, UnreadableRunError
from survey.fieldwork import SurveyRound
from survey.instrument import Instrument
from survey.operations.denominators import visits_of
from survey.operations.responses import load_round_instrument
from survey.operations.rounds import works_within
from survey.operations.strays import log_strays
from survey.operations.withholding import hidden_rows, read_reasons, withheld_agencies
from survey.store.blocks import POINT_DIGITS, iter_blocks
from survey.store.engine import Store
from survey.store.fieldwork import PlacedPoint, find_round, list_agencies, list_service_points
from survey.store.responses import count_by_service_point
from survey.store.run_heads import RunHead
from survey.store.runs import StoredRun, latest_run, list_run_heads
from survey.tallies import Counted, Integers, count_blocks, joined, layout_of

PUBLISHED_BY = ("agency", "dimension")
# Service points × days that are counted at once: 66 MB for 22 items. A round of all 5,000 counters of a big
# province over a whole year is read in five passes.
MOST_CELLS = 375_000


class RunKind(StrEnum):
    """Whether answers could still come when a run was published."""

    PRELIMINARY = "preliminary"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A publication: which round, when, its identity, its number among all and among those of the round."""

    id: str
    round_code: str
    published_on: date
    number: int
    kind: RunKind
    of_round: int


@dataclass(frozen=True, slots=True)
class PublishedResults:
    """What a published run says: agencies by dimensions, the total, and what of it is withheld."""

    run: PublishedRun
    survey_round: SurveyRound
    instrument: Instrument
    results: RoundResults
    total: tuple[IndexRow, ...]
    hidden: Mapping[IndexRow, Reason]

    def withheld(self, row: IndexRow) -> bool:
        """Tell whether a row must not be shown."""
        return row in self.hidden


@dataclass(frozen=True, slots=True, eq=False)
class CountedRound:
    """A round with what its responses add up to; `counted` is group by group that of the service points.

    `placed` says by id what each of them belongs to.
    """

    id: int
    survey_round: SurveyRound
    instrument: Instrument
    placed: dict[int, Domain]
    counted: Counted

    @property
    def points(self) -> tuple[Domain, ...]:
        """Return what the service points belong to, in the order of the groups."""
        return tuple(self.placed.values())


def compute_index(store: Store, round_code: str, *, by: Collection[str], weighted: bool = False) -> RoundResults:
    """Return the results of all responses stored in a round so far, down to the axes of `by`.

    `weighted` lets every response count for the visits it stands for; raises WeightingError where some have none.
    """
    found = count_round(store, round_code)
    results = compute_results(sum_by(found.counted, found.points, by=by), found.instrument, found.survey_round, by=by)
    if not weighted:
        return results
    visits = visits_of(store, found.survey_round)
    made = weighted_rows(found.counted, found.points, visits, found.instrument, by=by)
    return replace(results, rows=made.rows, weighting=made.weighting)


def count_round(store: Store, round_code: str) -> CountedRound:
    """Count all responses that have a place in a round, and log the others; raises UnknownCodeError, RoundError."""
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        instrument = load_round_instrument(survey_round)
        agencies = {one.code: one for one in list_agencies(connection).values()}
        placed = _by_agency(_placed(connection, round_id, survey_round))
        points = point_domains([one.point for one in placed], agencies)
        days = (survey_round.opens, survey_round.closes)
        owner = {one.id: point.agency_code for one, point in zip(placed, points, strict=True)}
        number = {code: place for place, code in enumerate(dict.fromkeys(owner.values()))}
        parts = [
            count_blocks(
                iter_blocks(
                    connection,
                    round_id,
                    width=instrument.width,
                    points=ids if len(ids) < len(placed) else None,
                ),
                layout_of(instrument),
                service_points=ids,
                point_digits=POINT_DIGITS,
                days=days,
                owners=[number[owner[one]] for one in ids],
            )
            for ids in passes(owner, days)
        ]
    domains = {one.id: point for one, point in zip(placed, points, strict=True)}
    counted = joined(parts, layout_of(instrument))
    log_strays(round_code, counted.misfits)
    return CountedRound(round_id, survey_round, instrument, domains, counted)


def _placed(connection: Connection, round_id: int, survey_round: SurveyRound) -> list[PlacedPoint]:
    """Return the service points by row number, without those of agencies that were gone before the round or not there.

    Whoever has responses stays, however these came in.
    """
    agencies = list_agencies(connection)
    every = sorted(list_service_points(connection), key=lambda one: one.id)
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
    if lot:
        yield lot


def figures_of(sums: DomainSums, instrument: Instrument) -> str:
    """Return the canonical text of all figures of a run: every agency's, every block's and the total's parts."""
    rows = [
        compute_rows(sum_by(sums.strata.sums, sums.domains, by=by), instrument, by=(*by, "dimension", "item"))
        for by in (("agency",), ("block",), ())
    ]
    return figures_text(chain.from_iterable(rows))


def arrays_of(sums: DomainSums, rule: int = 2) -> tuple[Integers, ...]:
    """Return everything that is counted, the domain on the first axis of each, the draws as a rule keeps them."""
    tally, clusters = sums.tally, sums.strata.sums.clusters.by_rule(rule)
    return tally.responses, tally.counts, tally.moments, clusters.moments


def write_sums(sums: DomainSums) -> str:
    """Return the sums of agencies as a run keeps them."""
    domains = json.dumps([asdict(domain) for domain in sums.domains], ensure_ascii=False, separators=(",", ":"))
    return f"{domains}\n{sums.strata.sums.to_bytes().decode('ascii')}"


def read_sums(text: str) -> DomainSums:
    """Return the sums a run keeps, agency by agency; raises UnreadableRunError on what this version cannot read."""
    try:
        domains, counted = text.split("\n", 1)
        found = tuple(Domain(**domain) for domain in json.loads(domains))
        return sum_by(Counted.from_bytes(counted.encode("ascii")), found, by=PUBLISHED_BY)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableRunError(f"the sums of a published run cannot be read: {error}") from error


def published_runs(store: Store) -> tuple[PublishedRun, ...]:
    """Return all publications, the latest first."""
    with store.reading() as connection:
        return tuple(published_of(one) for one in list_run_heads(connection))


def latest_published(store: Store, round_code: str) -> PublishedResults:
    """Return the latest publication of a round; raises UnknownCodeError or RoundError when there is none."""
    found = find_published(store, round_code)
    if found is None:
        raise RoundError(f"nothing of round {round_code} is published yet; do: index publish --round {round_code}")
    return found


def find_published(store: Store, round_code: str) -> PublishedResults | None:
    """Return the latest publication of a round, if there is one; raises UnknownCodeError."""
    with store.reading() as connection:
        _, survey_round = find_round(connection, round_code)
        stored = latest_run(connection, round_code)
    return _results_of(stored, survey_round) if stored else None


def _results_of(stored: StoredRun, survey_round: SurveyRound) -> PublishedResults:
    instrument = load_round_instrument(survey_round)
    sums = read_sums(stored.sums)
    final = stored.kind == RunKind.FINAL
    results = compute_results(sums, instrument, survey_round, by=PUBLISHED_BY, final=final)
    withheld = withheld_agencies(read_reasons(stored.withheld))
    total = rows_above(sums, instrument, by=("dimension",), withheld=withheld)
    return PublishedResults(
        run=published_of(stored),
        survey_round=survey_round,
        instrument=instrument,
        results=results,
        total=total,
        hidden=hidden_rows(stored.withheld, (*results.rows, *total)),
    )


def published_of(stored: StoredRun | RunHead) -> PublishedRun:
    """Return what is told of a stored run."""
    kind = RunKind(stored.kind)
    return PublishedRun(stored.id, stored.round_code, stored.published_on, stored.number, kind, stored.of_round)
