"""Publish a round: freeze its sums, take them apart, and decide what of them may be shown."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np

from survey.analysis.breakdowns import Breakdown
from survey.analysis.disclosure import THRESHOLD
from survey.analysis.domains import DomainSums, sum_by
from survey.analysis.estimates import Flags
from survey.analysis.indices import compute_results
from survey.analysis.stored import write_extras
from survey.errors import RefusedRoundError
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
from survey.store.staff import Act, save_audit
from survey.tallies import ClusterSums, Counted, Integers, Tally


class Stage(StrEnum):
    """What publishing is about, one after the other."""

    COUNTING = "counting"
    PROTECTING = "protecting"
    COMPARING = "comparing"
    SAVING = "saving"
    DRAWING = "drawing"


@dataclass(frozen=True, slots=True)
class Order:
    """Who publishes on which day: `by` is written into the audit trail, `final` refuses what is not the last word."""

    today: date
    final: bool = False
    by: str = ""


def publish_run(store: Store, round_code: str, *, today: date, final: bool = False) -> PublishedRun:
    """Publish as `publish_stages` does, by command, and return the run."""
    for _ in publish_stages(store, round_code, Order(today, final)):
        pass
    return latest_published(store, round_code).run


def publish_stages(store: Store, round_code: str, order: Order) -> Iterator[Stage]:
    """Freeze the index of a round as a published run: its final one once the round is sealed. Yield every stage.

    An agency's sums are the new ones only when at least 10 responses have come since the last
    publication; otherwise they stay as they were, because two looks a few responses apart would give
    those responses away. A stage is yielded as it begins. All is stored in one transaction, in the stage SAVING;
    charts are drawn after it. Raises RefusedRoundError when nothing new can be published, or a `final` run is wanted
    too early.
    """
    yield Stage.COUNTING
    found = count_round(store, round_code)
    sums, made = _counted(store, found, order)
    with store.reading() as connection:
        earlier = read_decisions(runs_of(connection, round_code), found.instrument)
    carried = json.loads(made.method)["carried"]
    broken_down = _broken_down(store, found, carried) if made.kind == RunKind.FINAL else {}
    yield Stage.PROTECTING
    reasons = decide_run(sums, broken_down.values(), found.instrument, earlier)
    yield Stage.COMPARING
    extras = make_extras(store, found, sums, reasons)
    made = replace(made, extras=write_extras(extras), withheld=write_reasons(reasons))
    yield Stage.SAVING
    with store.writing() as connection:
        save_run(connection, made)
        save_breakdowns(connection, made.id, [write_breakdown(axis, one) for axis, one in broken_down.items()])
        if order.by:
            save_audit(connection, staff=order.by, act=Act.PUBLICATION, detail=f"round {round_code}, run {made.id}")
    yield Stage.DRAWING
    keep_charts(store, round_code)


def _counted(store: Store, found: CountedRound, order: Order) -> tuple[DomainSums, NewRun]:
    """Return the sums to be published and the run they make."""
    code = found.survey_round.code
    with store.reading() as connection:
        before = latest_run(connection, code)
    kind = _kind(found.survey_round, before, order)
    sums = sum_by(found.counted, found.points, by=PUBLISHED_BY)
    sums, carried = _carried_over(sums, read_sums(before.sums)) if before else (sums, ())
    if not sums.tally.responses.any():
        raise _refused(f"round {code} has no responses to publish yet", "Đợt này chưa có phiếu nào.")
    made = _new_run(found, sums, kind=kind, carried=carried, today=order.today)
    if before and before.id == made.id:
        english = f"no agency of round {code} has {THRESHOLD} responses more than in the last publication"
        raise _refused(english, NOTHING_NEW)
    return sums, made


NOTHING_NEW = (
    "Chưa cơ quan nào có thêm từ 10 phiếu kể từ lần công bố trước. "
    "Công bố sau từng ít phiếu sẽ làm lộ câu trả lời của từng người."
)


def _refused(english: str, vietnamese: str) -> RefusedRoundError:
    return RefusedRoundError([english], {"publication": vietnamese})


def _broken_down(store: Store, found: CountedRound, carried: Collection[str]) -> dict[str, Breakdown]:
    """Return the breakdowns by axis, which a round has once: two of them, some responses apart, would tell these.

    An agency that keeps an earlier publication's sums has none, for its categories would add up to other sums.
    """
    counted = count_breakdowns(store, found.id, found.survey_round, found.instrument, found.placed)
    return {axis: without_agencies(one, carried) for axis, one in counted.items()}


def _kind(survey_round: SurveyRound, before: StoredRun | None, order: Order) -> RunKind:
    sealed = survey_round.state_on(order.today) is RoundState.SEALED
    if before and before.kind == RunKind.FINAL:
        english = f"round {survey_round.code} has its final publication, number {before.number}"
        raise _refused(english, "Đợt này đã có kết quả chính thức; kết quả chính thức không thay đổi nữa.")
    if order.final and not sealed:
        english = (
            f"round {survey_round.code} takes answers until it is sealed after {survey_round.seals:%d/%m/%Y}; "
            "its final publication must wait until then"
        )
        vietnamese = f"Đợt này còn nhận phiếu đến hết ngày {survey_round.seals:%d/%m/%Y}; kết quả chính thức phải chờ."
        raise _refused(english, vietnamese)
    return RunKind.FINAL if sealed else RunKind.PRELIMINARY


def _new_run(found: CountedRound, sums: DomainSums, *, kind: RunKind, carried: Sequence[str], today: date) -> NewRun:
    final = kind is RunKind.FINAL
    results = compute_results(sums, found.instrument, found.survey_round, by=PUBLISHED_BY, final=final)
    method = {**asdict(results.method), "by": results.by, "filters": dict(results.filters), "carried": carried}
    method["draws"] = sums.strata.sums.clusters.rule
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


def _unchanged(new: DomainSums, old: DomainSums, before: Integers) -> Flags:
    """Tell which agencies have the very sums they had, as far as the old ones go; `before` is where these stand."""
    rule = old.strata.sums.clusters.rule
    pairs = zip(arrays_of(new, rule), arrays_of(old, rule), strict=True)
    same = [(array == earlier[before]).reshape(len(before), -1).all(axis=1) for array, earlier in pairs]
    return np.asarray(np.logical_and.reduce(same), np.bool_)


def _carried_over(new: DomainSums, old: DomainSums) -> tuple[DomainSums, tuple[str, ...]]:
    """Return the new sums, with the old ones of agencies that gained some responses but fewer than 10, and these.

    Old sums that were kept before agency-days and weeks were counted have days of service points in their place.
    """
    place = {domain.agency_code: number for number, domain in enumerate(old.domains)}
    before = np.array([place.get(domain.agency_code, -1) for domain in new.domains])
    gained = new.tally.responses - np.where(before >= 0, old.tally.responses[before], 0)
    keep = (before >= 0) & (gained < THRESHOLD) & ~((gained == 0) & _unchanged(new, old, before))
    arrays = (
        np.where(keep.reshape(-1, *[1] * (array.ndim - 1)), earlier[before], array)
        for array, earlier in zip(arrays_of(new), arrays_of(old), strict=True)
    )
    responses, counts, moments, clusters = arrays
    counted = Counted(Tally(responses, counts, moments), ClusterSums(clusters))
    carried = tuple(domain.agency_code for domain, kept in zip(new.domains, keep & (gained != 0), strict=True) if kept)
    return sum_by(counted, new.domains, by=PUBLISHED_BY), carried
