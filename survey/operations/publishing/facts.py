"""The part of a publication that is about the fact questions."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from survey.analysis.disclosure.breakdowns import AxisKind, Breakdown
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.disclosure.tables import Name
from survey.analysis.stored import facts_in
from survey.operations.counting.counting import CountedRound
from survey.operations.publishing.deciding_facts import decide_facts, read_fact_decisions
from survey.operations.results.fact_sums import carry_facts, count_facts, read_facts, write_facts
from survey.store.results.runs import StoredRun


def publish_facts(
    connection: Connection,
    counted_round: CountedRound,
    carried: Collection[str],
    breakdowns: Mapping[str, Breakdown],
    reasons: Mapping[Name, WithheldReason],
    runs: Sequence[StoredRun],
) -> tuple[str, Mapping[Name, WithheldReason]]:
    """Return the facts as the run keeps them, and which of them are withheld; `carried` kept their earlier sums.

    `runs` are the earlier publications of the round, the first one first.

    Once facts of the round were published before, they are not broken down by month: the months up to that day would
    tell those of the few who came after.
    """
    before = [(run, facts_in(run.extras)) for run in runs]
    old = read_facts(before[-1][1], counted_round.instrument) if before else None
    facts = carry_facts(count_facts(connection, counted_round), old, carried)
    earlier = read_fact_decisions(before, counted_round.instrument)
    wanted = {
        axis: breakdown for axis, breakdown in breakdowns.items() if not (earlier and breakdown.kind is AxisKind.PERIOD)
    }
    return write_facts(facts, wanted), decide_facts(facts, wanted.values(), reasons, earlier, counted_round.instrument)
