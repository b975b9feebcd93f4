"""Compute the index of a round, publish it, and read what was published."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from survey.analysis.disclosure import THRESHOLD, withheld_rows
from survey.analysis.indices import DomainSums, compute_results, compute_rows, point_domains, sum_by
from survey.analysis.results import Domain, IndexRow, RoundResults
from survey.errors import RoundError
from survey.fieldwork import SurveyRound
from survey.instrument import Instrument
from survey.operations.responses import load_round_instrument
from survey.settings import VERSION
from survey.store.engine import Store
from survey.store.fieldwork import find_round, list_agencies, list_service_points
from survey.store.responses import POINT_DIGITS, iter_blocks
from survey.store.runs import StoredRun, latest_run, list_runs, save_run
from survey.tallies import Tally, layout_of, tally_blocks

PUBLISHED_BY = ("agency", "dimension")


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A publication: which round, when, its identity and its running number."""

    id: str
    round_code: str
    published_on: date
    number: int


@dataclass(frozen=True, slots=True)
class PublishedResults:
    """What a published run says: agencies by dimensions, the total, and what of it is withheld."""

    run: PublishedRun
    survey_round: SurveyRound
    instrument: Instrument
    results: RoundResults
    total: tuple[IndexRow, ...]
    hidden: frozenset[IndexRow]

    def withheld(self, row: IndexRow) -> bool:
        """Tell whether a row must not be shown."""
        return row in self.hidden


def compute_index(store: Store, round_code: str, *, by: Collection[str]) -> RoundResults:
    """Return the results of all responses stored in a round so far, down to the axes of `by`."""
    _, survey_round, instrument, points, tally = _count(store, round_code)
    return compute_results(sum_by(tally, points, by=by), instrument, survey_round, by=by)


def _count(store: Store, round_code: str) -> tuple[int, SurveyRound, Instrument, tuple[Domain, ...], Tally]:
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        instrument = load_round_instrument(survey_round)
        agencies = {one.code: one for one in list_agencies(connection).values()}
        placed = list_service_points(connection)
        points = point_domains([one.point for one in placed], agencies)
        blocks = iter_blocks(connection, round_id)
        ids = [one.id for one in placed]
        tally = tally_blocks(blocks, layout_of(instrument), service_points=ids, point_digits=POINT_DIGITS)
    return round_id, survey_round, instrument, points, tally


def publish_run(store: Store, round_code: str, *, today: date) -> PublishedRun:
    """Freeze the index of a round as a published run and return it.

    An agency's sums are the new ones only when at least 10 responses have come since the last
    publication; otherwise they stay as they were, because two looks a few responses apart would give
    those responses away. Raises RoundError when nothing new can be published.
    """
    round_id, survey_round, instrument, points, tally = _count(store, round_code)
    with store.reading() as connection:
        before = latest_run(connection, round_code)
    sums = sum_by(tally, points, by=PUBLISHED_BY)
    sums = _carried_over(sums, _read_sums(before.sums)) if before else sums
    if not sums.tally.responses.any():
        raise RoundError(f"round {round_code} has no responses to publish yet")
    results = compute_results(sums, instrument, survey_round, by=PUBLISHED_BY)
    if before and before.id == results.run:
        raise RoundError(f"no agency of round {round_code} has {THRESHOLD} responses more than in the last publication")
    with store.writing() as connection:
        save_run(
            connection,
            run_id=results.run,
            round_id=round_id,
            published_on=today,
            code_version=VERSION,
            sums=_write_sums(sums),
        )
    return latest_published(store, round_code).run


def _carried_over(new: DomainSums, old: DomainSums) -> DomainSums:
    """Return the new sums, with the old ones of every domain that gained fewer than 10 responses."""
    place = {domain.agency_code: number for number, domain in enumerate(old.domains)}
    before = np.array([place.get(domain.agency_code, -1) for domain in new.domains])
    gained = new.tally.responses - np.where(before >= 0, old.tally.responses[before], 0)
    keep = (before >= 0) & (gained < THRESHOLD)
    arrays = (
        np.where(keep.reshape(-1, *[1] * (array.ndim - 1)), earlier[before], array)
        for array, earlier in (
            (new.tally.responses, old.tally.responses),
            (new.tally.counts, old.tally.counts),
            (new.tally.moments, old.tally.moments),
        )
    )
    return DomainSums(new.domains, Tally(*arrays))


def _write_sums(sums: DomainSums) -> str:
    domains = json.dumps([asdict(domain) for domain in sums.domains], ensure_ascii=False, separators=(",", ":"))
    return f"{domains}\n{sums.tally.to_bytes().decode('ascii')}"


def _read_sums(text: str) -> DomainSums:
    domains, tally = text.split("\n")
    return DomainSums(
        tuple(Domain(**domain) for domain in json.loads(domains)), Tally.from_bytes(tally.encode("ascii"))
    )


def published_runs(store: Store) -> tuple[PublishedRun, ...]:
    """Return all publications, the latest first."""
    with store.reading() as connection:
        return tuple(_published(one) for one in list_runs(connection))


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
    sums = _read_sums(stored.sums)
    results = compute_results(sums, instrument, survey_round, by=PUBLISHED_BY)
    total = compute_rows(sum_by(sums.tally, sums.domains, by=("dimension",)), instrument, by=("dimension",))
    return PublishedResults(
        run=_published(stored),
        survey_round=survey_round,
        instrument=instrument,
        results=results,
        total=total,
        hidden=withheld_rows(results.rows, total),
    )


def _published(stored: StoredRun) -> PublishedRun:
    return PublishedRun(stored.id, stored.round_code, stored.published_on, stored.number)
