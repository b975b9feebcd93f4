"""All that a published run says, ready for pages, files and programs, and what of it may be shown."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from survey.analysis.comparing.comparison import Comparison, Figures, Key
from survey.analysis.comparing.pulls import DimensionPulls, find_pulls
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.domains import DomainSums, in_order
from survey.analysis.figures.indices import parts_of
from survey.analysis.figures.pooling import Withheld
from survey.analysis.figures.results import OVERALL, Domain, IndexRow, RoundResults
from survey.analysis.pipeline import RoundAnalysis, analyse_round, compare_agency_with_rest, told_by_shown
from survey.analysis.ranking.climbing import DimensionShare
from survey.analysis.ranking.ranking import Ranking, rank_block
from survey.analysis.stored import Extras, read_extras
from survey.errors import UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.instrument import Instrument
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.results.facts import NOT_COUNTED, PublishedFacts, published_facts
from survey.operations.results.runs import PUBLISHED_BY, read_sums
from survey.operations.results.withholding import hidden_rows, read_reasons, withheld_agencies
from survey.operations.rounds.visits import official_sizes
from survey.store.registry.agencies import find_round
from survey.store.results.heads import RunHead, RunKind
from survey.store.results.runs import StoredRun
from survey.tallies import Tally


@dataclass(frozen=True, slots=True, eq=False)
class PublishedRun:
    """A published run in full: every part for every agency, block and all together, and what of it is withheld.

    `hidden` tells of each row that is not shown why. `withheld_in` names the agencies that are withheld, by part:
    figures above agencies tell only what these have together. `rankings` leave out agencies whose overall figure is
    withheld, because their place would tell it; `extras` has them as they were made. `rows` holds the agencies' rows by
    code and part, `blocks` those of blocks by name and part, `total` everybody's by part; `agencies` and their `names`
    come by code, in the order of the run.
    """

    head: RunHead
    survey_round: SurveyRound
    instrument: Instrument
    sums: DomainSums
    analysis: RoundAnalysis
    hidden: Mapping[IndexRow, WithheldReason]
    extras: Extras
    withheld_in: Withheld
    rankings: tuple[Ranking, ...] = ()
    facts: PublishedFacts = NOT_COUNTED
    rows: Mapping[Key, IndexRow] = field(init=False)
    blocks: Mapping[Key, IndexRow] = field(init=False)
    total: Mapping[str, IndexRow] = field(init=False)
    agencies: Mapping[str, Domain] = field(init=False)
    names: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        analysis = self.analysis
        by_key: Mapping[str, object] = {
            "rows": {Key(row.domain.agency_code, row.part): row for row in analysis.results.rows},
            "blocks": {Key(row.domain.block, row.part): row for row in analysis.blocks},
            "total": {row.part: row for row in analysis.total},
            "names": {domain.agency_code: domain.agency for domain in analysis.agencies},
            "agencies": {domain.agency_code: domain for domain in analysis.agencies},
        }
        for name, value in by_key.items():
            object.__setattr__(self, name, value)

    @property
    def id(self) -> str:
        """The identity of the run."""
        return self.head.id

    def withheld(self, row: IndexRow) -> bool:
        """Tell whether a row must not be shown."""
        return row in self.hidden

    def reason_of(self, row: IndexRow) -> WithheldReason | None:
        """Return why a row has no figure to show."""
        return self.hidden.get(row)

    def shows(self, row: IndexRow | None) -> bool:
        """Tell whether a row may be shown."""
        return row is not None and row not in self.hidden

    def agency(self, code: str) -> Domain:
        """Return an agency; raises UnknownCodeError."""
        if code not in self.agencies:
            raise UnknownCodeError("agency of the run", code)
        return self.agencies[code]

    def ranking_of(self, block: str) -> Ranking:
        """Return the ranking of a block; raises UnknownCodeError."""
        found = next((one for one in self.rankings if one.block == block), None)
        if found is None:
            raise UnknownCodeError("block of the run", block)
        return found

    def shows_beside_rest(self, code: str, part: str) -> bool:
        """Tell whether an agency may be set beside the rest of its block: both it and the block must be shown."""
        block = self.agency(code).block
        return self.shows(self.rows.get(Key(code, part))) and self.shows(self.blocks.get(Key(block, part)))

    def total_figures(self, parts: Collection[str] | None = None) -> Figures:
        """Return everybody's figures that may be shown, of all parts or of some, to be set beside another run's."""
        rows = (row for part, row in self.total.items() if (parts is None or part in parts) and self.shows(row))
        origin = self.analysis.figures().origin
        return Figures(origin, {Key("", row.part): row.estimate for row in rows if row.estimate})

    def dimension_shares(self, code: str) -> dict[str, DimensionShare] | None:
        """Return an agency's dimensions with their weights, None unless they make the whole and all are shown."""
        instrument = self.instrument
        own_rows = [self.rows.get(Key(code, dimension.code)) for dimension in instrument.dimensions]
        if instrument.method.aggregation != "pooled_answers" or not all(map(self.shows, own_rows)):
            return None
        rows = (row for row in own_rows if row is not None)
        return {row.part: DimensionShare(row.index, row.answers) for row in rows if row.index is not None}

    def members(self, block: str) -> tuple[IndexRow, ...]:
        """Return the overall rows of a block's agencies."""
        inside = (code for code, domain in self.agencies.items() if domain.block == block)
        return tuple(self.rows[Key(code, OVERALL)] for code in inside)

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


def read_run(connection: Connection, stored: StoredRun) -> PublishedRun:
    """Return all that a stored run says; raises UnreadableRunError on what this version cannot read."""
    _, survey_round = find_round(connection, stored.round_code)
    run = analysed(stored, survey_round, load_round_instrument(survey_round))
    return replace(run, rankings=tuple(_without_hidden(run, connection)))


def analysed(stored: StoredRun, survey_round: SurveyRound, instrument: Instrument) -> PublishedRun:
    """Return what a stored run says, its rankings as they were made: what leaves the house is made of this."""
    withheld = withheld_agencies(read_reasons(stored.withheld))
    sums = told_by_shown(read_sums(stored.sums), withheld)
    analysis = analyse_round(sums, instrument, survey_round, final=stored.kind is RunKind.FINAL, withheld=withheld)
    # Its rows are more than the run's identity was made of, but they follow from the same sums.
    analysis = replace(analysis, results=replace(analysis.results, run=stored.id))
    extras = read_extras(stored.extras, analysis.figures().estimates)
    return PublishedRun(
        head=stored.head,
        survey_round=survey_round,
        instrument=instrument,
        sums=sums,
        analysis=analysis,
        hidden=hidden_rows(stored.withheld, (*analysis.results.rows, *analysis.blocks, *analysis.total)),
        extras=extras,
        rankings=extras.rankings,
        facts=published_facts(stored, instrument),
        withheld_in=withheld,
    )


def _without_hidden(run: PublishedRun, connection: Connection) -> Iterator[Ranking]:
    """Yield the rankings; one with a place of a withheld agency is made anew without it."""
    for ranking in run.extras.rankings:
        shown = {row.unit: row.estimate for row in ranking.rows if run.shows(run.rows[Key(row.unit, OVERALL)])}
        if all(row.unit in shown for row in ranking.ranked):
            yield replace(ranking, rows=tuple(row for row in ranking.rows if row.unit in shown))
        else:
            yield rank_block(ranking.block, shown, official_sizes=official_sizes(connection, run.survey_round))


def shown_results(published: PublishedRun, *, by: Collection[str] = PUBLISHED_BY) -> RoundResults:
    """Return what a publication says of agencies, blocks or all together, without the rows that have no figure to show.

    `by` is any of block, agency, dimension and item. What left the base is told only where “overall” is shown: with
    the answers it adds up to the responses received, which nearly tell the base of “overall”. Where the number of all
    responses would give a withheld row away, only those of the agencies that are shown count.
    """
    axes, analysis = in_order(by), published.analysis
    rows = analysis.results.rows if "agency" in axes else analysis.blocks if "block" in axes else analysis.total
    parts = {part.code for part in parts_of(published.instrument, by=axes)}
    wanted = (row for row in rows if row.part in parts and row.responses and not published.withheld(row))
    with_whole = {row.domain for row in rows if row.part == OVERALL and not published.withheld(row)}
    shown = tuple(
        row if row.domain in with_whole else replace(row, missing=None, not_applicable=None) for row in wanted
    )
    responses = shown_responses(published)
    return replace(analysis.results, run=published.id, by=axes, rows=shown, responses=responses)


def shown_responses(published: PublishedRun) -> int:
    """Return how many responses a publication rests on; only shown ones where that would tell of a withheld row."""
    analysis = published.analysis
    if not any(row.part == OVERALL and published.withheld(row) for row in analysis.total):
        return analysis.results.responses
    agencies = (row for row in analysis.results.rows if row.part == OVERALL and not published.withheld(row))
    return sum(row.responses for row in agencies)
