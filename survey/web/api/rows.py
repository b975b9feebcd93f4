"""What a published run says, in plain values for JSON: nothing rounded, null where something is withheld."""

from dataclasses import dataclass
from itertools import chain

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.facts import FactLine
from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.results import OVERALL, Domain, IndexRow
from survey.analysis.ranking.ranking import RankRow
from survey.analysis.ranking.top_units import place_in_top
from survey.instrument.model import Option
from survey.operations.results.published import PublishedRun
from survey.tallies import SYMBOLS
from survey.web.api.shapes import (
    AnswersShape,
    BaseShape,
    DomainShape,
    FactShape,
    FiguresShape,
    IndexShape,
    PartKindWord,
    PartShape,
    RankShape,
    ShareShape,
    UncertaintyShape,
    WithheldWord,
)
from survey.web.api.words import plain_text


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """A unit of a block with so many ranked ones; `row` is None where the unit is withheld."""

    unit: str
    ranked_units: int
    row: RankRow | None = None


class PlainRun:
    """A published run as far as a key may read it: all of it, or one agency with its block and the total."""

    def __init__(self, published: PublishedRun, only_agency: str | None) -> None:
        analysis = published.analysis
        self._published, self._only = published, only_agency
        self._rows = {"agency": analysis.results.rows, "block": analysis.blocks, "total": analysis.total}
        self._overall = {row.domain: row for row in chain(*self._rows.values()) if row.part == OVERALL}
        self._place = {domain: number for number, domain in enumerate(published.sums.domains)}
        self._dimension = {
            item.code: dimension.code for dimension in published.instrument.dimensions for item in dimension.items
        }
        self._agencies = {
            domain.agency_code: domain
            for domain in self._overall
            if domain.agency_code and only_agency in (None, domain.agency_code)
        }

    def has_agency(self, code: str) -> bool:
        """Tell whether an agency is in the run and may be read."""
        return code in self._agencies

    def has_block(self, block: str) -> bool:
        """Tell whether a block is in the run and may be read."""
        return any(domain.block == block for domain in self._agencies.values())

    def select(self, *, by: str, part: str, agency: str = "") -> list[IndexRow]:
        """Return the rows of agencies, blocks or the total: dimensions and overall, items, or all of these."""
        items = {"dimension": (False,), "item": (True,), "all": (False, True)}[part]
        return [
            row
            for row in self._rows[by]
            if (row.part in self._dimension) in items
            and self._may_read(row.domain)
            and agency in ("", row.domain.agency_code)
        ]

    def ranked(self, *, block: str) -> list[PlacedUnit]:
        """Return the units of each block from the best on, then those without a rank, and withheld ones last.

        Why a unit is withheld shows neither in its row nor in its place: all withheld ones come alike, by code.
        """
        blocks = dict.fromkeys(domain.block for domain in self._overall if domain.agency_code)
        wanted = [one for one in blocks if block in ("", one)]
        return [placed for one in wanted for placed in self._placed(one) if self.has_agency(placed.unit)]

    def _placed(self, block: str) -> list[PlacedUnit]:
        ranking = next((candidate for candidate in self._published.rankings if candidate.block == block), None)
        own = {row.domain.agency_code: row for row in self._overall.values() if row.domain.block == block}
        hidden = {code for code, row in own.items() if code and row.responses and self._published.withheld(row)}
        ranked, rows = (len(ranking.ranked), ranking.rows) if ranking else (0, ())
        shown = (PlacedUnit(row.unit, ranked, row) for row in rows if row.unit not in hidden)
        return [*shown, *(PlacedUnit(code, ranked) for code in sorted(hidden))]

    def index(self, row: IndexRow) -> IndexShape:
        """Return one row of indices."""
        shown = self._is_shown(row)
        return {
            **_domain(row.domain),
            **self.part(row),
            **_figures(row if shown else None),
            **_uncertainty(row.estimate if shown else None),
            **self._base(row),
            "withheld": self._told(row),
        }

    def rank(self, placed: PlacedUnit) -> RankShape:
        """Return one row of rankings."""
        overall = self._overall[self._agencies[placed.unit]]
        row = placed.row if self._is_shown(overall) else None
        return {
            **_domain(overall.domain),
            "index": row.estimate.value if row else None,
            "rank": row.rank if row else None,
            "tied": row.tied if row else None,
            "rank_low": row.rank_low if row else None,
            "rank_upp": row.rank_upp if row else None,
            "joint_low": row.joint_low if row else None,
            "joint_upp": row.joint_upp if row else None,
            "below_official": row.below_official if row else None,
            "groups": list(row.groups) if row else None,
            "top_five": place_in_top(row, placed.ranked_units) if row else None,
            "unranked": row.unranked if row else None,
            "ranked_units": placed.ranked_units,
            "withheld": self._told(overall),
        }

    def answers(self, row: IndexRow) -> AnswersShape:
        """Return one row of distributions: how many of an agency gave each answer, by the symbol of the option."""
        question = self._published.instrument.question(row.part)
        held = self._published.sums.tally.counts[self._place[row.domain], question.positions[0]]
        counts = {option.symbol: int(held[SYMBOLS.index(option.symbol)]) for option in question.options}
        shown = self._is_shown(row)
        return {
            **_domain(row.domain),
            **self.part(row),
            **self._base(row),
            "counts": counts if shown else None,
            "withheld": self._told(row),
        }

    def facts(self, *, by: str, agency: str = "") -> list[FactLine]:
        """Return the fact questions of agencies, blocks or the total."""
        units = {row.domain for row in self._rows[by]}
        return [
            line
            for line in self._published.facts.lines
            if line.domain in units and self._may_read(line.domain) and agency in ("", line.domain.agency_code)
        ]

    def fact(self, line: FactLine) -> FactShape:
        """Return one question with the share of every answer, as they may be shown."""
        shown, base_shown = line.reason is None, line.reason in (None, WithheldReason.NO_RESPONSES)
        return {
            **_domain(line.domain),
            "question": line.question.code,
            "label": plain_text(line.question.short),
            "responses": line.responses if base_shown else None,
            "answers": [
                _share(option, share, line.range_of(share) if shown else None)
                for option, share in zip(line.question.options, line.shares, strict=True)
            ],
            "withheld": line.reason.told if line.reason else None,
        }

    def part(self, row: IndexRow) -> PartShape:
        """Return which part of the questionnaire a row is about; an item has a dimension."""
        dimension = self._dimension.get(row.part)
        kind: PartKindWord = "item" if dimension else "overall" if row.part == OVERALL else "dimension"
        return {"part": row.part, "part_kind": kind, "dimension": dimension, "label": plain_text(row.label)}

    def _may_read(self, domain: Domain) -> bool:
        if domain.agency_code:
            return self.has_agency(domain.agency_code)
        return not domain.block or self.has_block(domain.block)

    def _base(self, row: IndexRow) -> BaseShape:
        """Return what a row rests on.

        What left the base is told only where “overall” is shown: an item's answers, missing and not applicable
        ones together are the responses received, and those nearly tell the base of “overall”.
        """
        counted = self._reason(row) in (None, WithheldReason.NO_RESPONSES)
        aside = self._is_shown(row) and self._is_shown(self._overall[row.domain])
        return {
            "responses": row.responses if counted else None,
            "answers": row.answers if counted else None,
            "missing": row.missing if aside else None,
            "not_applicable": row.not_applicable if aside else None,
        }

    def _is_shown(self, row: IndexRow) -> bool:
        return self._reason(row) is None

    def _told(self, row: IndexRow) -> WithheldWord | None:
        reason = self._reason(row)
        return reason.told if reason else None

    def _reason(self, row: IndexRow) -> WithheldReason | None:
        """Return why a row has no figure; who has no responses at all is not among the cells decided on."""
        return self._published.hidden.get(row) or (None if row.responses else WithheldReason.NO_RESPONSES)


def _domain(domain: Domain) -> DomainShape:
    """Return whom a row is about; null everywhere means everybody."""
    return {"block": domain.block or None, "agency_code": domain.agency_code or None, "agency": domain.agency or None}


def _figures(row: IndexRow | None) -> FiguresShape:
    return {
        "index": row.index if row else None,
        "percent_satisfied": row.percent_satisfied if row else None,
        "level": row.level if row else None,
        "percent_dissatisfied": row.percent_dissatisfied if row else None,
    }


def _uncertainty(estimate: Estimate | None) -> UncertaintyShape:
    return {
        "se": estimate.se if estimate else None,
        "low": estimate.low if estimate else None,
        "upp": estimate.upp if estimate else None,
        "degrees": estimate.degrees if estimate else None,
        "clusters": estimate.clusters if estimate else None,
        "cluster_kind": estimate.cluster_kind if estimate else None,
        "design_effect": estimate.design_effect if estimate else None,
        "effective": estimate.effective if estimate else None,
        "cautions": list(estimate.cautions) if estimate else [],
    }


def _share(option: Option, share: IndexRow, ends: tuple[float | None, float | None] | None) -> ShareShape:
    return {
        "symbol": option.symbol,
        "label": plain_text(option.label),
        "share": share.index if ends else None,
        "low": ends[0] if ends else None,
        "upp": ends[1] if ends else None,
    }
