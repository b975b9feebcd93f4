"""Prove a published run: make its figures again from its sums, and its sums again from the responses."""

import json
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.indices import run_id
from survey.analysis.figures.pooling import NOTHING
from survey.analysis.stored import facts_in
from survey.errors import UnknownCodeError
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.counting.counting import CountedRound, count_round
from survey.operations.results.fact_sums import count_facts, facts_agree, read_facts
from survey.operations.results.runs import PUBLISHED_BY, arrays_of, figures_of, read_sums
from survey.operations.results.withholding import read_reasons, withheld_agencies
from survey.store.collecting.blocks import count_by_service_point
from survey.store.engine import Store
from survey.store.registry.agencies import find_round
from survey.store.results.heads import RunKind
from survey.store.results.runs import StoredRun, find_runs


class Recount(StrEnum):
    """What counting the responses again said of the sums."""

    AGREES = "agrees"
    DIFFERS = "differs"
    RESPONSES_DELETED = "responses deleted"
    ANSWERS_CAME_AFTER = "answers came after"


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a run: whether its identity and its figures follow from its sums, and its sums from responses.

    `differing` names the agencies whose sums differ, `carried` those that kept an earlier publication's sums
    because too few responses had come; these cannot be recounted. `rule` is the one its standard errors follow.
    """

    run: StoredRun
    identity: bool
    figures: bool
    recount: Recount
    differing: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    rule: int = 2

    @property
    def holds(self) -> bool:
        """Tell whether nothing speaks against the run."""
        return self.identity and self.figures and self.recount is not Recount.DIFFERS


def verify_run(store: Store, start: str) -> Verification:
    """Verify the run whose identity begins with `start`; raises UnknownCodeError unless there is exactly one.

    Raises RoundError when the instrument is not the one the round began with.
    """
    with store.reading() as connection:
        runs = find_runs(connection, start)
        if len(runs) != 1:
            raise UnknownCodeError("run" if not runs else "single run", start, [run.id for run in runs[:5]])
        (stored,) = runs
        round_id, survey_round = find_round(connection, stored.round_code)
        any_left = bool(count_by_service_point(connection, round_id))
        carried = json.loads(stored.method)["carried"]
        recount, differing = _recounted(connection, stored, any_left=any_left, carried=carried)
    instrument, sums = load_round_instrument(survey_round), read_sums(stored.sums)
    method, final = json.loads(stored.method), stored.kind == RunKind.FINAL
    rule = sums.strata.sums.clusters.rule
    # Figures published by the first rule were kept as they are without anything withheld.
    withheld = NOTHING if rule == 1 else withheld_agencies(read_reasons(stored.withheld))
    identity = run_id(sums, instrument, survey_round, by=PUBLISHED_BY, filters=method["filters"], final=final)
    return Verification(
        run=stored,
        identity=identity == stored.id,
        figures=figures_of(sums, instrument, withheld).encode() == stored.figures.encode()
        and facts_agree(facts_in(stored.extras), instrument),
        recount=recount,
        differing=differing,
        carried=tuple(carried),
        rule=rule,
    )


def _recounted(
    connection: Connection, stored: StoredRun, *, any_left: bool, carried: list[str]
) -> tuple[Recount, tuple[str, ...]]:
    if not any_left:
        return Recount.RESPONSES_DELETED, ()
    counted, published = count_round(connection, stored.round_code), read_sums(stored.sums)
    now = sum_by(counted.counted, counted.points, by=PUBLISHED_BY)
    # A run published when only days of service points were counted is compared in these.
    rule = published.strata.sums.clusters.rule
    kept, today = _by_agency(published, rule), _by_agency(now, rule)
    # Agencies that were gone before the round have no sums today; runs of before hold zeros of them.
    others = {code for code, sums in kept.items() if today.get(code, bytes(len(sums))) != sums}
    others |= _other_facts(connection, stored, counted)
    differing = tuple(code for code in kept if code not in carried and code in others)
    if not differing:
        return Recount.AGREES, ()
    # Until a round is sealed answers keep coming, so only a final run must be what is counted today.
    return (Recount.DIFFERS, differing) if stored.kind == RunKind.FINAL else (Recount.ANSWERS_CAME_AFTER, ())


def _other_facts(connection: Connection, stored: StoredRun, counted: CountedRound) -> set[str]:
    """Return the agencies whose answers to the fact questions add up to something else today."""
    published, now = read_facts(facts_in(stored.extras), counted.instrument), count_facts(connection, counted)
    if published is None or now is None:
        return set()
    rule = published.sums.strata.sums.clusters.rule
    kept, today = _by_agency(published.sums, rule), _by_agency(now.sums, rule)
    return {code for code, sums in kept.items() if today.get(code, bytes(len(sums))) != sums}


def _by_agency(sums: DomainSums, rule: int) -> dict[str, bytes]:
    arrays = arrays_of(sums, rule)
    return {
        domain.agency_code: b"".join(array[number].tobytes() for array in arrays)
        for number, domain in enumerate(sums.domains)
    }
