"""The index of a round as it is counted now, and the sums that a published run keeps of it."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from itertools import chain

from survey.analysis.figures.canonical import figures_text
from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.indices import compute_results, compute_rows
from survey.analysis.figures.pooling import Withheld
from survey.analysis.figures.results import Domain, RoundResults
from survey.analysis.pipeline import rows_above, told_by_shown
from survey.analysis.weights.weighted import weighted_rows
from survey.errors import UnreadableRunError
from survey.instrument import Instrument
from survey.operations.counting.counting import CountedRound, count_round
from survey.operations.rounds.visits import visits_of
from survey.store.engine import Store
from survey.tallies import Counted, Integers

PUBLISHED_BY = ("agency", "dimension")


def compute_index(store: Store, round_code: str, *, by: Collection[str], weighted: bool = False) -> RoundResults:
    """Return the results of all responses stored in a round so far, down to the axes of `by`.

    `weighted` lets every response count for the visits it stands for; raises WeightingError where some have none.
    """
    with store.reading() as connection:
        counted_round = count_round(connection, round_code)
        visits = visits_of(connection, counted_round.survey_round) if weighted else None
    results = index_of(counted_round, by=by)
    if visits is None:
        return results
    weighed = weighted_rows(counted_round.counted, counted_round.points, visits, counted_round.instrument, by=by)
    return replace(results, rows=weighed.rows, weighting=weighed.weighting)


def index_of(found: CountedRound, *, by: Collection[str]) -> RoundResults:
    """Return the results of a counted round, down to the axes of `by`."""
    return compute_results(sum_by(found.counted, found.points, by=by), found.instrument, found.survey_round, by=by)


def figures_of(sums: DomainSums, instrument: Instrument, withheld: Withheld) -> str:
    """Return the canonical text of all figures of a run: every agency's, every block's and the total's parts.

    Those above agencies, and how alike answers are, tell of the agencies in `withheld` as the published figures do.
    """
    shown_sums = told_by_shown(sums, withheld)
    rows = [
        compute_rows(shown_sums, instrument, by=(*PUBLISHED_BY, "item")),
        *(
            rows_above(shown_sums, instrument, by=(*by, "dimension", "item"), withheld=withheld)
            for by in (("block",), ())
        ),
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
        units = tuple(Domain(**domain) for domain in json.loads(domains))
        return sum_by(Counted.from_bytes(counted.encode("ascii")), units, by=PUBLISHED_BY)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableRunError(f"the sums of a published run cannot be read: {error}") from error
