"""Publish a round: freeze its sums, take them apart, and decide what of them may be shown."""

import json
from collections.abc import Collection, Generator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection

from survey.analysis.disclosure.breakdowns import Breakdown
from survey.analysis.disclosure.decide import THRESHOLD
from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.estimates import Flags
from survey.analysis.figures.indices import compute_results
from survey.analysis.stored import write_extras
from survey.errors import BusyError, ChangedMeanwhileError, RefusedRoundError
from survey.fieldwork import RoundState, SurveyRound
from survey.operations.counting.breakdowns import count_breakdowns, without_agencies, write_breakdown
from survey.operations.counting.counting import CountedRound, count_round
from survey.operations.publishing.deciding import decide_run
from survey.operations.publishing.extras import make_extras
from survey.operations.publishing.facts import publish_facts
from survey.operations.results.charts import keep_charts
from survey.operations.results.runs import (
    PUBLISHED_BY,
    arrays_of,
    figures_of,
    read_sums,
    write_sums,
)
from survey.operations.results.withholding import withheld_agencies, write_reasons
from survey.settings import VERSION
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.results.heads import RunHead, RunKind
from survey.store.results.runs import (
    NewRun,
    StoredBreakdown,
    StoredRun,
    count_round_responses,
    find_runs,
    list_run_ids,
    runs_of,
    save_breakdowns,
    save_run,
)
from survey.store.staff.acts import BY_COMMAND, Act, Kind
from survey.store.staff.audit import Facts, save_audit
from survey.store.subjects import PUBLICATION, RUNS, Subject
from survey.tallies import ClusterSums, Counted, Integers, Tally
from survey.wording import Phrase, mark, phrase


class Stage(StrEnum):
    """What publishing is about, one after the other."""

    COUNTING = "counting"
    PROTECTING = "protecting"
    COMPARING = "comparing"
    SAVING = "saving"
    DRAWING = "drawing"


@dataclass(frozen=True, slots=True)
class Order:
    """Who publishes on which day: `by` is written into the audit trail, `final` refuses what is not the last word.

    `draws_all` draws the charts of every agency too, so that nobody waits for them at the first look.
    """

    today: date
    final: bool = False
    by: str = BY_COMMAND
    draws_all: bool = False


def publish_run(store: Store, round_code: str, *, today: date, final: bool = False, draws_all: bool = False) -> RunHead:
    """Publish as `publish_stages` does, by command, and return the run that came out."""
    made = _last_word(publish_stages(store, round_code, Order(today, final, BY_COMMAND, draws_all)))
    with store.reading() as connection:
        (stored,) = find_runs(connection, made)
    return stored.head


def _last_word(stages: Generator[Stage, None, str]) -> str:
    while True:
        try:
            next(stages)
        except StopIteration as end:
            return str(end.value)


def publish_stages(store: Store, round_code: str, order: Order) -> Generator[Stage, None, str]:
    """Freeze the index of a round as a published run: its final one once the round is sealed. Yield every stage.

    An agency's sums are the new ones only when at least 10 responses have come since the last
    publication; otherwise they stay as they were, because two looks a few responses apart would give
    those responses away. A stage is yielded as it begins; the identity of the run is returned. It is decided and
    stored while nobody else publishes the round; all is stored in one transaction, in the stage SAVING; charts are
    drawn after it. Raises RefusedRoundError when nothing new can be published, somebody else is publishing the round,
    or a `final` run is wanted too early.
    """
    with ExitStack() as holds:
        try:
            publication = holds.enter_context(store.holding(PUBLICATION.of(round_code), seconds=PATIENCE))
        except BusyError as error:
            raise _refused(Phrase(BEING_PUBLISHED, {"code": round_code})) from error
        for _ in range(MOST_COUNTS):
            identity = yield from _made(store, round_code, order, publication)
            if identity:
                break
        else:
            raise BusyError(f"answers of round {round_code}")
    yield Stage.DRAWING
    keep_charts(store, round_code, agencies=order.draws_all)
    return identity


def _made(store: Store, round_code: str, order: Order, publication: Subject) -> Generator[Stage, None, str | None]:
    """Count, protect, compare and save; None when answers came in that the last word would leave out.

    All that a publication tells is counted in one reading, so that its parts are of the same answers.
    """
    with store.reading() as connection:
        decided = yield from _decided(connection, round_code, order, publication)
    yield Stage.SAVING
    return decided.run.id if _save(store, decided, order, round_code=round_code) else None


def _decided(
    connection: Connection, round_code: str, order: Order, publication: Subject
) -> Generator[Stage, None, "DecidedRun"]:
    yield Stage.COUNTING
    stored = count_round_responses(connection, round_code)
    before = runs_of(connection, round_code)
    counted_round = count_round(connection, round_code)
    sums, run = _counted(counted_round, order, before[-1] if before else None)
    carried = json.loads(run.method)["carried"]
    final = run.kind == RunKind.FINAL
    broken_down = _broken_down(connection, counted_round, carried) if final else {}
    yield Stage.PROTECTING
    decided = decide_run(sums, broken_down, counted_round.instrument, before)
    facts, withheld = publish_facts(connection, counted_round, carried, decided.breakdowns, decided.reasons, before)
    yield Stage.COMPARING
    extras = replace(make_extras(connection, counted_round, sums, decided.reasons, carried), facts=facts)
    reasons = {**decided.reasons, **withheld}
    figures = figures_of(sums, counted_round.instrument, withheld_agencies(reasons))
    run = replace(run, figures=figures, extras=write_extras(extras), withheld=write_reasons(reasons))
    breakdowns = tuple(write_breakdown(axis, breakdown) for axis, breakdown in decided.breakdowns.items())
    return DecidedRun(run, breakdowns, Ground(publication, len(before), stored if final else None))


class Ground(NamedTuple):
    """What a publication was decided on: how many there were before, and, for a last word, how many responses."""

    publication: Subject
    runs: int
    responses: int | None


class DecidedRun(NamedTuple):
    """A run to be stored with its breakdowns, and what it was decided on."""

    run: NewRun
    breakdowns: tuple[StoredBreakdown, ...]
    ground: Ground


@tried_again
def _save(store: Store, decided: DecidedRun, order: Order, *, round_code: str) -> bool:
    """Store a run under the next number; False, and nothing, when its responses are not all any more."""
    run, breakdowns, ground = decided
    with store.writing(ground.publication, RUNS) as connection:
        if len(list_run_ids(connection, round_code)) != ground.runs:
            raise ChangedMeanwhileError(f"round {round_code} was published meanwhile; nothing was stored")
        if ground.responses not in (None, count_round_responses(connection, round_code)):
            return False
        number = save_run(connection, run)
        save_breakdowns(connection, run.id, breakdowns)
        published: Facts = {"publication": number, "run": run.id}
        about = Kind.ROUND.named(round_code)
        save_audit(connection, staff=order.by, act=Act.PUBLICATION, about=about, after=published)
    return True


def _counted(counted_round: CountedRound, order: Order, before: StoredRun | None) -> tuple[DomainSums, NewRun]:
    """Return the sums to be published and the run they make, with the publication `before` in view."""
    code = counted_round.survey_round.code
    kind = _kind(counted_round.survey_round, before, order)
    sums = sum_by(counted_round.counted, counted_round.points, by=PUBLISHED_BY)
    sums, carried = _carried_over(sums, read_sums(before.sums)) if before else (sums, ())
    if not sums.tally.responses.any():
        raise _refused(phrase("Đợt này chưa có phiếu nào.", code=code))
    run = _new_run(counted_round, sums, kind=kind, carried=carried, today=order.today)
    if before and before.id == run.id:
        raise _refused(Phrase(NOTHING_NEW, {"code": code, "most": THRESHOLD}))
    return sums, run


# Whoever holds a publication is at it for seconds or a minute: who comes meanwhile is told at once.
PATIENCE = 0.5
# A sealed round takes no answers; those that were on their way at midnight come in within a second.
MOST_COUNTS = 5
BEING_PUBLISHED = mark("Có người đang công bố đợt này. Hãy chờ xong rồi xem kết quả; chỉ công bố tiếp nếu vẫn cần.")
NOTHING_NEW = mark(
    "Chưa cơ quan nào có thêm từ {most} phiếu kể từ lần công bố trước. "
    "Nếu công bố khi mới có thêm ít phiếu thì có thể làm lộ câu trả lời của từng người. Hãy chờ thêm phiếu."
)


def _refused(told: Phrase) -> RefusedRoundError:
    return RefusedRoundError(("publication", told))


def _broken_down(connection: Connection, found: CountedRound, carried: Collection[str]) -> dict[str, Breakdown]:
    """Return the breakdowns by axis, which a round has once: two of them, some responses apart, would tell these.

    An agency that keeps an earlier publication's sums has none, for its categories would add up to other sums.
    """
    counted = count_breakdowns(connection, found.id, found.survey_round, found.instrument, found.placed)
    return {axis: without_agencies(one, carried) for axis, one in counted.items()}


def _kind(survey_round: SurveyRound, before: StoredRun | None, order: Order) -> RunKind:
    sealed = survey_round.state_on(order.today) is RoundState.SEALED
    if before and before.kind == RunKind.FINAL:
        reason = phrase(
            "Đợt này đã có kết quả chính thức; kết quả chính thức không thay đổi nữa.",
            code=survey_round.code,
            number=before.of_round,
        )
        raise _refused(reason)
    if order.final and not sealed:
        reason = phrase(
            "Đợt này còn nhận phiếu đến hết ngày {seals}; kết quả chính thức phải chờ.",
            code=survey_round.code,
            seals=survey_round.seals,
        )
        raise _refused(reason)
    return RunKind.FINAL if sealed else RunKind.PRELIMINARY


def _new_run(
    counted_round: CountedRound, sums: DomainSums, *, kind: RunKind, carried: Sequence[str], today: date
) -> NewRun:
    final = kind is RunKind.FINAL
    results = compute_results(sums, counted_round.instrument, counted_round.survey_round, by=PUBLISHED_BY, final=final)
    method = {**asdict(results.method), "by": results.by, "filters": dict(results.filters), "carried": carried}
    method["draws"] = sums.strata.sums.clusters.rule
    return NewRun(
        id=results.run,
        round_id=counted_round.id,
        published_on=today,
        code_version=VERSION,
        kind=kind.value,
        method=json.dumps(method, sort_keys=True),
        sums=write_sums(sums),
        figures="",
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
    # As many responses may be others: one that was struck out and one that came.
    keep = (before >= 0) & (gained < THRESHOLD) & ~_unchanged(new, old, before)
    arrays = (
        np.where(keep.reshape(-1, *[1] * (array.ndim - 1)), earlier[before], array)
        for array, earlier in zip(arrays_of(new), arrays_of(old), strict=True)
    )
    responses, counts, moments, clusters = arrays
    counted = Counted(Tally(responses, counts, moments), ClusterSums(clusters))
    carried = tuple(new.domains[place].agency_code for place in np.flatnonzero(keep).tolist())
    return sum_by(counted, new.domains, by=PUBLISHED_BY), carried
