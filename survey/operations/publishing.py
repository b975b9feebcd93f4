"""Publish a round: freeze its sums, take them apart, and decide what of them may be shown."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date

import numpy as np

from survey.analysis.breakdowns import Breakdown
from survey.analysis.disclosure import THRESHOLD
from survey.analysis.domains import DomainSums, sum_by
from survey.analysis.indices import compute_results
from survey.analysis.stored import write_extras
from survey.errors import RoundError
from survey.fieldwork import RoundState, SurveyRound
from survey.operations.breakdowns import count_breakdowns, without_agencies, write_breakdown
from survey.operations.deciding import decide_run, read_decisions
from survey.operations.extras import make_extras
from survey.operations.run_charts import keep_charts
from survey.operations.runs import (
    PUBLISHED_BY,
    CountedRound,
    PublishedRun,
    RunKind,
    arrays_of,
    count_round,
    figures_of,
    latest_published,
    read_sums,
    write_sums,
)
from survey.operations.withholding import write_reasons
from survey.settings import VERSION
from survey.store.engine import Store
from survey.store.runs import (
    NewRun,
    StoredRun,
    latest_run,
    runs_of,
    save_breakdowns,
    save_run,
)
from survey.tallies import ClusterSums, Counted, Tally


def publish_run(store: Store, round_code: str, *, today: date, final: bool = False) -> PublishedRun:
    """Freeze the index of a round as a published run and return it: its final one once the round is sealed.

    An agency's sums are the new ones only when at least 10 responses have come since the last
    publication; otherwise they stay as they were, because two looks a few responses apart would give
    those responses away. Raises RoundError when nothing new can be published, or a `final` run is wanted too early.
    """
    found = count_round(store, round_code)
    with store.reading() as connection:
        before = latest_run(connection, round_code)
    kind = _kind(found.survey_round, before, today=today, final=final)
    sums = sum_by(found.counted, found.points, by=PUBLISHED_BY)
    sums, carried = _carried_over(sums, read_sums(before.sums)) if before else (sums, ())
    if not sums.tally.responses.any():
        raise RoundError(f"round {round_code} has no responses to publish yet")
    made = _new_run(found, sums, kind=kind, carried=carried, today=today)
    if before and before.id == made.id:
        raise RoundError(f"no agency of round {round_code} has {THRESHOLD} responses more than in the last publication")
    with store.reading() as connection:
        earlier = read_decisions(runs_of(connection, round_code), found.instrument)
    broken_down = _broken_down(store, found, carried) if kind is RunKind.FINAL else {}
    reasons = decide_run(sums, broken_down.values(), found.instrument, earlier)
    extras = make_extras(store, found, sums, reasons)
    made = replace(made, extras=write_extras(extras), withheld=write_reasons(reasons))
    with store.writing() as connection:
        save_run(connection, made)
        save_breakdowns(connection, made.id, [write_breakdown(axis, one) for axis, one in broken_down.items()])
    keep_charts(store, round_code)
    return latest_published(store, round_code).run


def _broken_down(store: Store, found: CountedRound, carried: Collection[str]) -> dict[str, Breakdown]:
    """Return the breakdowns by axis, which a round has once: two of them, some responses apart, would tell these.

    An agency that keeps an earlier publication's sums has none, for its categories would add up to other sums.
    """
    counted = count_breakdowns(store, found.id, found.survey_round, found.instrument, found.placed)
    return {axis: without_agencies(one, carried) for axis, one in counted.items()}


def _kind(survey_round: SurveyRound, before: StoredRun | None, *, today: date, final: bool) -> RunKind:
    sealed = survey_round.state_on(today) is RoundState.SEALED
    if before and before.kind == RunKind.FINAL:
        raise RoundError(f"round {survey_round.code} has its final publication, number {before.number}")
    if final and not sealed:
        raise RoundError(
            f"round {survey_round.code} takes answers until it is sealed after {survey_round.seals:%d/%m/%Y}; "
            "its final publication must wait until then"
        )
    return RunKind.FINAL if sealed else RunKind.PRELIMINARY


def _new_run(found: CountedRound, sums: DomainSums, *, kind: RunKind, carried: Sequence[str], today: date) -> NewRun:
    final = kind is RunKind.FINAL
    results = compute_results(sums, found.instrument, found.survey_round, by=PUBLISHED_BY, final=final)
    method = {**asdict(results.method), "by": results.by, "filters": dict(results.filters), "carried": carried}
    return NewRun(
        id=results.run,
        round_id=found.id,
        published_on=today,
        code_version=VERSION,
        kind=kind.value,
        method=json.dumps(method, sort_keys=True),
        sums=write_sums(sums),
        figures=figures_of(sums, found.instrument),
        extras="",
        withheld="",
    )


def _carried_over(new: DomainSums, old: DomainSums) -> tuple[DomainSums, tuple[str, ...]]:
    """Return the new sums, with the old ones of agencies that gained some responses but fewer than 10, and these."""
    place = {domain.agency_code: number for number, domain in enumerate(old.domains)}
    before = np.array([place.get(domain.agency_code, -1) for domain in new.domains])
    gained = new.tally.responses - np.where(before >= 0, old.tally.responses[before], 0)
    keep = (before >= 0) & (gained < THRESHOLD)
    arrays = (
        np.where(keep.reshape(-1, *[1] * (array.ndim - 1)), earlier[before], array)
        for array, earlier in zip(arrays_of(new), arrays_of(old), strict=True)
    )
    responses, counts, moments, clusters = arrays
    counted = Counted(Tally(responses, counts, moments), ClusterSums(clusters))
    carried = tuple(domain.agency_code for domain, kept in zip(new.domains, keep & (gained != 0), strict=True) if kept)
    return sum_by(counted, new.domains, by=PUBLISHED_BY), carried
