"""From the sums of a round to all that is said of it: figures, blocks, ranks, comparisons."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.analysis.comparing.comparison import Comparison, Figures, Key, Origin, compare_with_rest
from survey.analysis.figures.domains import DomainSums, Strata, sum_by
from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.indices import bundles_of, compute_results, compute_rows, parts_of
from survey.analysis.figures.pooling import NOTHING, Withheld, pooled, pooled_by_part, without_days
from survey.analysis.figures.results import OVERALL, Domain, IndexRow, RoundResults
from survey.analysis.figures.uncertainty import estimate_part, part_sums, worth_of
from survey.analysis.ranking.ranking import Ranking, rank_block
from survey.errors import UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.instrument.model import Instrument

EVERY_PART = ("dimension", "item")
BY_AGENCY = ("agency", *EVERY_PART)


@dataclass(frozen=True, slots=True, eq=False)
class RoundAnalysis:
    """What a round says of its agencies, their blocks and all together, every part of the questionnaire."""

    results: RoundResults
    blocks: tuple[IndexRow, ...]
    total: tuple[IndexRow, ...]

    @property
    def agencies(self) -> tuple[Domain, ...]:
        """Return the agencies in the order of the run."""
        return tuple(dict.fromkeys(row.domain for row in self.results.rows))

    def rows_of(self, agency_code: str) -> tuple[IndexRow, ...]:
        """Return every part of one agency."""
        return tuple(row for row in self.results.rows if row.domain.agency_code == agency_code)

    def figures(self, *, without: Container[IndexRow] = ()) -> Figures:
        """Return the estimates of the agencies with where they come from, to be compared with another round's.

        `without` are the rows that are withheld: a difference would give them back.
        """
        results = self.results
        origin = Origin(results.round_code, results.instrument_code, results.formulas, results.basis)
        return Figures(origin, _estimates(row for row in results.rows if row not in without))


def analyse_round(
    sums: DomainSums,
    instrument: Instrument,
    survey_round: SurveyRound,
    *,
    final: bool = False,
    withheld: Withheld = NOTHING,
) -> RoundAnalysis:
    """Return the analysis of a round from the sums of its agencies, as a run keeps them.

    `withheld` are the agencies of which the figures of blocks and of all together tell only what they have together.
    """
    return RoundAnalysis(
        results=compute_results(sums, instrument, survey_round, by=BY_AGENCY, final=final),
        blocks=rows_above(sums, instrument, by=("block", *EVERY_PART), withheld=withheld),
        total=rows_above(sums, instrument, by=EVERY_PART, withheld=withheld),
    )


def told_by_shown(sums: DomainSums, withheld: Withheld) -> DomainSums:
    """Return the sums of agencies with the likeness of answers told by those of which nothing is withheld.

    The likeness is part of every standard error, so days and weeks of withheld agencies must not be in it.
    """
    hidden = frozenset[str]().union(*withheld.values())
    if not hidden:
        return sums
    group = sums.strata.group
    shown = [place for place, number in enumerate(group) if sums.domains[number].agency_code not in hidden]
    province = sums.strata.some(np.array(shown, np.int64), group[shown]).sums
    return replace(sums, strata=replace(sums.strata, province=province))


def rows_above(
    sums: DomainSums, instrument: Instrument, *, by: Collection[str], withheld: Withheld
) -> tuple[IndexRow, ...]:
    """Return the rows of blocks or of all together, as `by` asks, from the sums of agencies."""
    coarse = sum_by(sums.strata.sums, sums.domains, by=by)
    coarse = replace(coarse, strata=replace(coarse.strata, province=sums.strata.province))
    codes = [domain.agency_code for domain in sums.domains]
    return compute_rows(coarse, instrument, by=by, pooled=pooled_by_part(coarse.strata, codes, withheld))


def rank_blocks(rows: Iterable[IndexRow], sizes: Mapping[str, int]) -> tuple[Ranking, ...]:
    """Return the ranking of each block by the overall index; `sizes` are official sample sizes by agency code."""
    found: defaultdict[str, dict[str, Estimate]] = defaultdict(dict)
    for row in rows:
        if row.part == OVERALL and row.estimate:
            found[row.domain.block][row.domain.agency_code] = row.estimate
    return tuple(rank_block(block, estimates, official_sizes=sizes) for block, estimates in found.items())


def compare_agency_with_rest(
    sums: DomainSums,
    instrument: Instrument,
    agency_code: str,
    *,
    parts: Container[str] | None = None,
    withheld: Withheld = NOTHING,
) -> Comparison:
    """Return an agency less the rest of its block, for every part or for some, as one family of tests.

    What is `withheld` among the others shows only as what they have together. Raises UnknownCodeError when the run
    has no such agency. An agency alone in its block gives no difference.
    """
    codes = [domain.agency_code for domain in sums.domains]
    if agency_code not in codes:
        raise UnknownCodeError("agency of the run", agency_code)
    mine = codes.index(agency_code)
    inside = [place for place, domain in enumerate(sums.domains) if domain.block == sums.domains[mine].block]
    strata = _strata_of(sums.strata, inside, mine)
    compared = _pairs(strata, [codes[place] for place in inside], instrument, withheld)
    pairs = {Key(agency_code, part): both for part, both in compared if parts is None or part in parts}
    return compare_with_rest(
        {key: agency for key, (agency, _) in pairs.items()}, {key: rest for key, (_, rest) in pairs.items()}
    )


def _estimates(rows: Iterable[IndexRow]) -> dict[Key, Estimate]:
    return {Key(row.domain.agency_code, row.part): row.estimate for row in rows if row.estimate}


def _strata_of(strata: Strata, inside: Sequence[int], mine: int) -> Strata:
    """Return the strata of a block in two groups: 0 holds one agency's, 1 those of the others."""
    chosen = np.flatnonzero(np.isin(strata.group, inside))
    return strata.some(chosen, (strata.group[chosen] != mine).astype(np.int64))


def _pairs(
    strata: Strata, agencies: Sequence[str], instrument: Instrument, withheld: Withheld
) -> Iterator[tuple[str, list[Estimate]]]:
    """Yield the estimates of both groups for every part that has some."""
    worths = worth_of(instrument.method.definition, instrument.scale)
    for part in parts_of(instrument, by=EVERY_PART):
        if len(bundles_of(part, instrument.method.aggregation)) == 1:
            own = pooled(strata, agencies, withheld.get(part.code, frozenset()))
            kept = without_days(part_sums(own.strata, part.place, worths, instrument.scale), own)
            yield part.code, estimate_part(kept, worths, groups=2)
