"""All that a published run says, ready for pages, files and programs; computed once and kept by its identity."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from survey.analysis.comparing.comparison import Comparison
from survey.analysis.comparing.falls import Falls, what_fell
from survey.analysis.comparing.pulls import DimensionPulls, find_pulls
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.domains import DomainSums, in_order
from survey.analysis.figures.indices import parts_of
from survey.analysis.figures.pooling import Withheld
from survey.analysis.figures.results import OVERALL, IndexRow, RoundResults
from survey.analysis.pipeline import RoundAnalysis, analyse_round, compare_agency_with_rest, told_by_shown
from survey.analysis.ranking.ranking import Ranking, RankRow
from survey.analysis.stored import Extras, read_extras
from survey.errors import RoundError, UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.instrument import Instrument
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.results.facts import NOT_COUNTED, PublishedFacts, published_facts
from survey.operations.results.runs import PUBLISHED_BY, PublishedRun, published_of, read_sums
from survey.operations.results.withholding import hidden_rows, read_reasons, withheld_agencies
from survey.store.engine import Store
from survey.store.registry.agencies import find_round
from survey.store.results.heads import RunKind
from survey.store.results.runs import StoredRun, find_runs, latest_run_id
from survey.tallies import Tally

MOST_KEPT = 6


@dataclass(frozen=True, slots=True, eq=False)
class PublishedAnalysis:
    """A published run in full: every part for every agency, block and all together, and what of it is withheld.

    `withheld_in` names the agencies that are withheld, by part: figures above agencies tell only what these have
    together.
    """

    run: PublishedRun
    survey_round: SurveyRound
    instrument: Instrument
    sums: DomainSums
    analysis: RoundAnalysis
    hidden: Mapping[IndexRow, WithheldReason]
    extras: Extras
    withheld_in: Withheld
    facts: PublishedFacts = NOT_COUNTED

    def withheld(self, row: IndexRow) -> bool:
        """Tell whether a row must not be shown."""
        return row in self.hidden

    def ranking_of(self, block: str) -> Ranking | None:
        """Return the ranking of a block, if it has one."""
        return next((one for one in self.extras.rankings if one.block == block), None)

    def rank_row(self, agency_code: str) -> RankRow | None:
        """Return where an agency stands in its block."""
        rows = (row for ranking in self.extras.rankings for row in ranking.rows)
        return next((row for row in rows if row.unit == agency_code), None)

    def beside_rest(self, agency_code: str) -> Comparison:
        """Return the agency less the rest of its block, where both are shown; raises UnknownCodeError.

        A part that is withheld takes no part in the family of tests either: adjusted p-values would tell of it.
        """
        mine = {row.part: row for row in self.analysis.rows_of(agency_code)}
        block = next((row.domain.block for row in mine.values()), "")
        blocks = {row.part: row for row in self.analysis.blocks if row.domain.block == block}
        shown = {part for part, row in mine.items() if not (self.withheld(row) or self.withheld(blocks[part]))}
        return compare_agency_with_rest(self.sums, self.instrument, agency_code, parts=shown, withheld=self.withheld_in)

    def pulls_of(self, agency_code: str) -> tuple[DimensionPulls, ...]:
        """Return which items pull the agency's dimensions down; raises UnknownCodeError."""
        places = [place for place, domain in enumerate(self.sums.domains) if domain.agency_code == agency_code]
        if not places:
            raise UnknownCodeError("agency of the run", agency_code)
        block = self.sums.domains[places[0]].block
        inside = [place for place, domain in enumerate(self.sums.domains) if domain.block == block]
        return find_pulls(_part_of(self.sums.tally, places), _part_of(self.sums.tally, inside), self.instrument)


def _part_of(tally: Tally, places: list[int]) -> Tally:
    """Return the tally of some groups as one group."""
    return Tally(*(array[places].sum(axis=0)[None] for array in (tally.responses, tally.counts, tally.moments)))


class PublishedAnalyses:
    """Analyses of published runs. A run never changes, so what was computed of it may be kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: dict[str, PublishedAnalysis] = {}
        self._falls: dict[tuple[str, str], Falls] = {}

    def latest(self, round_code: str) -> PublishedAnalysis:
        """Return the latest publication of a round; raises UnknownCodeError, or RoundError when there is none."""
        found = self.find(round_code)
        if found is None:
            raise RoundError(f"nothing of round {round_code} is published yet; do: index publish --round {round_code}")
        return found

    def find(self, round_code: str) -> PublishedAnalysis | None:
        """Return the latest publication of a round, if there is one; raises UnknownCodeError."""
        with self._store.reading() as connection:
            find_round(connection, round_code)
            number = latest_run_id(connection, round_code)
        if number is None:
            return None
        return self._kept.get(number) or self._keep(number)

    def falls_of(self, published: PublishedAnalysis) -> Falls | None:
        """Return what fell since the round before, None without an earlier round that is published."""
        code = published.survey_round.previous_code
        previous = self.find(code) if code else None
        if previous is None:
            return None
        pair = (previous.run.id, published.run.id)
        if pair not in self._falls:
            self._falls[pair] = _falls(previous, published)
        return self._falls[pair]

    def _keep(self, number: str) -> PublishedAnalysis:
        with self._store.reading() as connection:
            (stored,) = find_runs(connection, number)
            _, survey_round = find_round(connection, stored.round_code)
        made = analysed(stored, survey_round, load_round_instrument(survey_round))
        with self._lock:
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
                self._falls.clear()
            self._kept[number] = made
        return made


def analysed(stored: StoredRun, survey_round: SurveyRound, instrument: Instrument) -> PublishedAnalysis:
    """Return all that a stored run says: what leaves the house is made of this."""
    withheld = withheld_agencies(read_reasons(stored.withheld))
    sums = told_by_shown(read_sums(stored.sums), withheld)
    analysis = analyse_round(sums, instrument, survey_round, final=stored.kind == RunKind.FINAL, withheld=withheld)
    # Its rows are more than the run's identity was made of, but they follow from the same sums.
    analysis = replace(analysis, results=replace(analysis.results, run=stored.id))
    return PublishedAnalysis(
        run=published_of(stored),
        survey_round=survey_round,
        instrument=instrument,
        sums=sums,
        analysis=analysis,
        hidden=hidden_rows(stored.withheld, (*analysis.results.rows, *analysis.blocks, *analysis.total)),
        extras=read_extras(stored.extras, analysis.figures().estimates),
        facts=published_facts(stored, instrument),
        withheld_in=withheld,
    )


def _falls(previous: PublishedAnalysis, current: PublishedAnalysis) -> Falls:
    before, after = (one.analysis.figures(without=one.hidden) for one in (previous, current))
    return what_fell(before, after, instrument=current.instrument)


def shown_results(published: PublishedAnalysis, *, by: Collection[str] = PUBLISHED_BY) -> RoundResults:
    """Return what a publication says of agencies, blocks or all together, without the rows that have no figure to show.

    `by` is any of block, agency, dimension and item. What left the base is told only where «overall» is shown: with
    the answers it adds up to the responses received, which nearly tell the base of «overall». Where the number of all
    responses would give a withheld row away, only those of the agencies that are shown count.
    """
    axes, analysis = in_order(by), published.analysis
    rows = analysis.results.rows if "agency" in axes else analysis.blocks if "block" in axes else analysis.total
    parts = {part.code for part in parts_of(published.instrument, by=axes)}
    wanted = (row for row in rows if row.part in parts and row.responses and not published.withheld(row))
    told = {row.domain for row in rows if row.part == OVERALL and not published.withheld(row)}
    shown = tuple(row if row.domain in told else replace(row, missing=None, not_applicable=None) for row in wanted)
    responses = shown_responses(published)
    return replace(analysis.results, run=published.run.id, by=axes, rows=shown, responses=responses)


def shown_responses(published: PublishedAnalysis) -> int:
    """Return how many responses a publication rests on; only shown ones where that would tell of a withheld row."""
    analysis = published.analysis
    if not any(row.part == OVERALL and published.withheld(row) for row in analysis.total):
        return analysis.results.responses
    agencies = (row for row in analysis.results.rows if row.part == OVERALL and not published.withheld(row))
    return sum(row.responses for row in agencies)
