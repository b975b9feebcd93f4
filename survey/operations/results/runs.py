"""Compute the index of a round, publish it, and read what was published."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import chain

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.canonical import figures_text
from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.indices import compute_results, compute_rows
from survey.analysis.figures.pooling import Withheld
from survey.analysis.figures.results import Domain, IndexRow, RoundResults
from survey.analysis.pipeline import rows_above, told_by_shown
from survey.analysis.weights.weighted import weighted_rows
from survey.errors import RoundError, UnreadableRunError
from survey.fieldwork import SurveyRound
from survey.instrument import Instrument
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.counting.counting import CountedRound, count_round
from survey.operations.results.withholding import hidden_rows, read_reasons, withheld_agencies
from survey.operations.rounds.visits import visits_of
from survey.store.engine import Store
from survey.store.registry.agencies import find_round
from survey.store.results.heads import RunHead, RunKind
from survey.store.results.runs import StoredRun, latest_run, list_run_heads
from survey.tallies import Counted, Integers

PUBLISHED_BY = ("agency", "dimension")


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
    hidden: Mapping[IndexRow, WithheldReason]

    def withheld(self, row: IndexRow) -> bool:
        """Tell whether a row must not be shown."""
        return row in self.hidden


def compute_index(store: Store, round_code: str, *, by: Collection[str], weighted: bool = False) -> RoundResults:
    """Return the results of all responses stored in a round so far, down to the axes of `by`.

    `weighted` lets every response count for the visits it stands for; raises WeightingError where some have none.
    """
    with store.reading() as connection:
        found = count_round(connection, round_code)
        visits = visits_of(connection, found.survey_round) if weighted else None
    results = index_of(found, by=by)
    if visits is None:
        return results
    made = weighted_rows(found.counted, found.points, visits, found.instrument, by=by)
    return replace(results, rows=made.rows, weighting=made.weighting)


def index_of(found: CountedRound, *, by: Collection[str]) -> RoundResults:
    """Return the results of a counted round, down to the axes of `by`."""
    return compute_results(sum_by(found.counted, found.points, by=by), found.instrument, found.survey_round, by=by)


def figures_of(sums: DomainSums, instrument: Instrument, withheld: Withheld) -> str:
    """Return the canonical text of all figures of a run: every agency's, every block's and the total's parts.

    Those above agencies, and how alike answers are, tell of the agencies in `withheld` as the published figures do.
    """
    told = told_by_shown(sums, withheld)
    rows = [
        compute_rows(told, instrument, by=(*PUBLISHED_BY, "item")),
        *(rows_above(told, instrument, by=(*by, "dimension", "item"), withheld=withheld) for by in (("block",), ())),
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
    withheld = withheld_agencies(read_reasons(stored.withheld))
    sums, final = told_by_shown(read_sums(stored.sums), withheld), stored.kind == RunKind.FINAL
    results = compute_results(sums, instrument, survey_round, by=PUBLISHED_BY, final=final)
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
