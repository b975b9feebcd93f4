"""What is published at one moment, and everything made of it that is dear to make."""

import gc
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from survey.analysis.comparing.comparison import Comparison, Figures, Key
from survey.analysis.comparing.falls import Falls, what_fell
from survey.analysis.comparing.own_family import own_falls
from survey.analysis.comparing.series import Point, Series, make_series
from survey.analysis.disclosure.breakdowns import Breakdown, BreakdownCell
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.disclosure.tables import Name
from survey.analysis.figures.results import OVERALL
from survey.errors import RoundError, UnknownCodeError, UnreadableRunError
from survey.fieldwork import SurveyRound
from survey.operations.cache import Kept
from survey.operations.counting.breakdowns import read_breakdown
from survey.operations.results.published import PublishedRun, read_run
from survey.operations.results.withholding import read_reasons
from survey.store.engine import Store
from survey.store.registry.agencies import list_rounds
from survey.store.results.heads import RunHead, latest_heads
from survey.store.results.runs import find_runs, list_axes, list_breakdowns
from survey.watching.process import Fallback, passed_by

# What a series needs of a run, a breakdown or a comparison is small beside the run itself.
MOST_RUNS, MOST_SERIES, MOST_BREAKDOWNS, MOST_COMPARISONS = 6, 60, 8, 500


@dataclass(frozen=True, slots=True, eq=False)
class BrokenDown:
    """A breakdown of a run and why cells of it are not run."""

    breakdown: Breakdown
    reasons: Mapping[Name, WithheldReason]


@dataclass(frozen=True, slots=True, eq=False)
class _RoundFigures:
    """What a series needs of a run: the figures of the agencies that may be run."""

    opens: date
    figures: Figures


class PublishedRuns:
    """The published runs of a store; runs never change, so what was made of them is kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: Kept[str, PublishedRun] = Kept(MOST_RUNS)
        self._falls: Kept[tuple[str, str], Falls] = Kept(MOST_RUNS)
        self._figures: Kept[str, _RoundFigures] = Kept(MOST_SERIES)
        self._breakdowns: Kept[tuple[str, str], BrokenDown] = Kept(MOST_BREAKDOWNS)
        self._comparisons: Kept[tuple[str, str], Comparison] = Kept(MOST_COMPARISONS)

    def standing(self) -> "Standing":
        """Return what is published now."""
        with self._store.reading() as connection:
            rounds = {one.code: one for one in list_rounds(connection).values()}
            return Standing(self, rounds, {head.round_code: head for head in latest_heads(connection)})

    def latest(self, round_code: str) -> PublishedRun:
        """Return the latest run of a round; raises UnknownCodeError, or RoundError when nothing is published."""
        return self.standing().latest(round_code)

    def find(self, round_code: str) -> PublishedRun | None:
        """Return the latest run of a round, if there is one; raises UnknownCodeError."""
        return self.standing().find(round_code)

    def run(self, head: RunHead) -> PublishedRun:
        """Return a run."""
        return self._runs.get(head.id, lambda: self._read_run(head))

    def falls(self, before: RunHead, run: PublishedRun) -> Falls:
        """Return what fell since a run of the round before."""
        return self._falls.get((before.id, run.id), lambda: _falls(self.run(before), run))

    def figures(self, head: RunHead) -> _RoundFigures:
        """Return what a series needs of a run."""
        return self._figures.get(head.id, lambda: self._read_figures(head))

    def beside_rest(self, run: PublishedRun, agency_code: str) -> Comparison:
        """Return an agency less the rest of its block; raises UnknownCodeError."""
        key = (run.id, agency_code)
        return self._comparisons.get(key, lambda: run.beside_rest(agency_code))

    def axes_of(self, run: PublishedRun) -> tuple[str, ...]:
        """Return the axes a run is broken down by."""
        with self._store.reading() as connection:
            return list_axes(connection, run.id)

    def breakdown_of(self, run: PublishedRun, axis: str) -> BrokenDown:
        """Return a run broken down by one axis; raises UnknownCodeError."""
        return self._breakdowns.get((run.id, axis), lambda: self._read_breakdown(run.id, axis))

    def _read_run(self, head: RunHead) -> PublishedRun:
        with self._store.reading() as connection:
            (stored,) = find_runs(connection, head.id)
            run = read_run(connection, stored)
        # The rows of 500 agencies are half a million objects without a cycle among them. Looking for cycles in
        # them again and again stops every thread for half a second.
        gc.collect()
        gc.freeze()
        return run

    def _read_figures(self, head: RunHead) -> _RoundFigures:
        run = self.run(head)
        figures = run.analysis.figures(without=run.hidden)
        wanted = {OVERALL, *(dimension.code for dimension in run.instrument.dimensions)}
        light = {key: estimate for key, estimate in figures.estimates.items() if key.part in wanted}
        return _RoundFigures(run.survey_round.opens, replace(figures, estimates=light))

    def _read_breakdown(self, run_id: str, axis: str) -> BrokenDown:
        with self._store.reading() as connection:
            stored = list_breakdowns(connection, run_id, axis)
            (run,) = find_runs(connection, run_id)
        if not stored:
            raise UnknownCodeError("breakdown of the run", axis)
        breakdown = read_breakdown(stored[0])
        groups = frozenset(breakdown.groups)
        reasons = {cell: why for cell, why in read_reasons(run.withheld).items() if _group_of(cell) in groups}
        return BrokenDown(breakdown, MappingProxyType(reasons))


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What is published at one moment: the latest run of each round that has one. A page is made from one of these."""

    runs: PublishedRuns
    rounds: Mapping[str, SurveyRound]
    heads: Mapping[str, RunHead]

    def latest(self, round_code: str) -> PublishedRun:
        """Return the latest run of a round; raises UnknownCodeError, or RoundError when nothing is published."""
        found = self.find(round_code)
        if found is None:
            raise RoundError(f"nothing of round {round_code} is published yet; do: index publish --round {round_code}")
        return found

    def find(self, round_code: str) -> PublishedRun | None:
        """Return the latest run of a round, if there is one; raises UnknownCodeError."""
        if round_code not in self.rounds:
            raise UnknownCodeError("survey round", round_code, sorted(self.rounds))
        head = self.heads.get(round_code)
        return self.runs.run(head) if head else None

    def previous_of(self, run: PublishedRun) -> PublishedRun | None:
        """Return the latest run of the round before, if there is one and this version can read it."""
        head = self.heads.get(run.survey_round.previous_code or "")
        try:
            return self.runs.run(head) if head else None
        except UnreadableRunError:
            return None

    def falls_of(self, run: PublishedRun, agency_code: str | None = None) -> Falls | None:
        """Return what fell since the round before, None without an earlier round that is published.

        Of all agencies the differences are tested together; those of one agency are a family of their own.
        """
        head = self.heads.get(run.survey_round.previous_code or "")
        falls = self.runs.falls(head, run) if head and self.previous_of(run) else None
        return falls if falls is None or agency_code is None else own_falls(falls, agency_code, run.instrument)

    def series_of(self, run: PublishedRun, agency_code: str, part: str = OVERALL) -> Series:
        """Return the figures of an agency over the published rounds up to this one; simulated ones stay apart."""
        found = list(self._figures_of(self.heads_until(run)))
        known = ((one, one.figures.estimates.get(Key(agency_code, part))) for one in found)
        return make_series(Point(one.figures.origin, one.opens, value) for one, value in known if value is not None)

    def _figures_of(self, heads: Iterable[RunHead]) -> Iterator[_RoundFigures]:
        """Yield the figures of the runs this version can read."""
        for head in heads:
            with passed_by(Fallback.UNREADABLE_RUN, UnreadableRunError):
                yield self.runs.figures(head)

    def heads_until(self, run: PublishedRun) -> tuple[RunHead, ...]:
        """Return the runs that a series up to this one is made of."""
        own = run.survey_round
        rounds = ((self.rounds[code], head) for code, head in self.heads.items())
        return tuple(head for one, head in rounds if one.opens <= own.opens and one.simulated == own.simulated)

    def version_of_series(self, run: PublishedRun) -> str:
        """Return an identity of this run and all the runs it is compared with or stands in a series with."""
        before = self.heads.get(run.survey_round.previous_code or "")
        # The first word names the rule verdicts follow: pictures drawn by an earlier one are drawn again.
        until = sorted(head.id for head in self.heads_until(run))
        ids = ["own families", run.id, before.id if before else "", *until]
        return hashlib.sha256(" ".join(ids).encode("ascii")).hexdigest()


def _falls(previous: PublishedRun, current: PublishedRun) -> Falls:
    before, after = (one.analysis.figures(without=one.hidden) for one in (previous, current))
    return what_fell(before, after, instrument=current.instrument)


def _group_of(cell: Name) -> Name:
    return cell.group if isinstance(cell, BreakdownCell) else cell
