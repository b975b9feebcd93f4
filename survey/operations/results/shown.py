"""A published run the way staff look at it: only what may be shown, found by unit and part."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from survey.analysis.comparing.comparison import Figures, Key
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.results import OVERALL, Domain, IndexRow
from survey.analysis.ranking.climbing import DimensionShare
from survey.analysis.ranking.ranking import Ranking, rank_block
from survey.errors import UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.operations.results.published import PublishedAnalysis
from survey.operations.rounds.visits import official_sizes
from survey.store.engine import Store


@dataclass(frozen=True, slots=True, eq=False)
class ShownRun:
    """A published run as it may be shown.

    `rows` holds the agencies' rows by code and part, `blocks` those of blocks by name and part, `total` everybody's
    by part; `reasons` tells, by domain and part, why a row is not shown. `agencies` and their `names` come by code, in
    the order of the run. `rankings` leave out agencies whose overall figure is withheld, because their place would
    tell it.
    """

    published: PublishedAnalysis
    rankings: tuple[Ranking, ...]
    rows: Mapping[Key, IndexRow]
    blocks: Mapping[Key, IndexRow]
    total: Mapping[str, IndexRow]
    reasons: Mapping[tuple[Domain, str], WithheldReason]
    agencies: Mapping[str, Domain]
    names: Mapping[str, str]

    @property
    def id(self) -> str:
        """The identity of the run."""
        return self.published.run.id

    @property
    def survey_round(self) -> SurveyRound:
        """The round of the run."""
        return self.published.survey_round

    def reason_of(self, row: IndexRow) -> WithheldReason | None:
        """Return why a row has no figure to show."""
        return self.reasons.get((row.domain, row.part))

    def shows(self, row: IndexRow | None) -> bool:
        """Tell whether a row may be shown."""
        return row is not None and (row.domain, row.part) not in self.reasons

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
        origin = self.published.analysis.figures().origin
        return Figures(origin, {Key("", row.part): row.estimate for row in rows if row.estimate})

    def dimension_shares(self, code: str) -> dict[str, DimensionShare] | None:
        """Return an agency's dimensions with their weights, None unless they make the whole and all are shown."""
        instrument = self.published.instrument
        found = [self.rows.get(Key(code, dimension.code)) for dimension in instrument.dimensions]
        if instrument.method.aggregation != "pooled_answers" or not all(map(self.shows, found)):
            return None
        rows = (row for row in found if row is not None)
        return {row.part: DimensionShare(row.index, row.answers) for row in rows if row.index is not None}

    def members(self, block: str) -> tuple[IndexRow, ...]:
        """Return the overall rows of a block's agencies."""
        inside = (code for code, domain in self.agencies.items() if domain.block == block)
        return tuple(self.rows[Key(code, OVERALL)] for code in inside)


def shown_run(published: PublishedAnalysis, store: Store) -> ShownRun:
    """Return a published run as it may be shown."""
    analysis = published.analysis
    agencies = {domain.agency_code: domain for domain in analysis.agencies}
    return ShownRun(
        published=published,
        rankings=tuple(_without_hidden(published, store)),
        rows={Key(row.domain.agency_code, row.part): row for row in analysis.results.rows},
        blocks={Key(row.domain.block, row.part): row for row in analysis.blocks},
        total={row.part: row for row in analysis.total},
        reasons={(row.domain, row.part): reason for row, reason in published.hidden.items()},
        agencies=agencies,
        names={code: domain.agency for code, domain in agencies.items()},
    )


def _without_hidden(published: PublishedAnalysis, store: Store) -> Iterator[Ranking]:
    """Yield the rankings; one with a place of a withheld agency is made anew without it."""
    overall = {row.domain.agency_code: row for row in published.analysis.results.rows if row.part == OVERALL}
    for ranking in published.extras.rankings:
        shown = {row.unit: row.estimate for row in ranking.rows if not published.withheld(overall[row.unit])}
        if all(row.unit in shown for row in ranking.ranked):
            yield replace(ranking, rows=tuple(row for row in ranking.rows if row.unit in shown))
        else:
            with store.reading() as connection:
                sizes = official_sizes(connection, published.survey_round)
            yield rank_block(ranking.block, shown, official_sizes=sizes)
