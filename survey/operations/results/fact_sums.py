"""Count the fact questions of a round as its index is counted, keep them with the run, and read them again."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from itertools import chain
from typing import TypeVar, cast

import numpy as np
from sqlalchemy import Connection

from survey.analysis.facts import blocks_of_facts, facts_asked, instrument_of_facts
from survey.analysis.figures.canonical import figures_text
from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.pooling import NOTHING, Withheld
from survey.analysis.figures.results import IndexRow
from survey.analysis.pipeline import rows_above, told_by_shown
from survey.instrument.model import Instrument, Question
from survey.operations.counting.counting import CountedRound, count_points
from survey.operations.results.runs import PUBLISHED_BY, read_sums, write_sums
from survey.store.collecting.blocks import POINT_DIGITS
from survey.tallies import joined, layout_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class FactSums:
    """What the facts of a run add up to; `instrument` is the questionnaire made of `questions`."""

    questions: tuple[Question, ...]
    instrument: Instrument
    sums: DomainSums

    def rows(self, by: Collection[str], *, withheld: Withheld = NOTHING) -> tuple[IndexRow, ...]:
        """Return the share of every option for each agency, block or everybody.

        `withheld` are the agencies of which a question is not shown, by question: above agencies they show only in
        what they have together.
        """
        parts = [(item.code, one.code) for one in self.instrument.dimensions for item in one.items]
        options = {item: withheld[question] for item, question in parts if question in withheld}
        told = told_by_shown(self.sums, options)
        return rows_above(told, self.instrument, by=(*by, "item"), withheld=options)


def count_facts(connection: Connection, counted_round: CountedRound) -> FactSums | None:
    """Return the sums of the facts of all responses of a round, None where it asks none."""
    questions = facts_asked(counted_round.survey_round, counted_round.instrument)
    if not questions:
        return None
    instrument = instrument_of_facts(counted_round.instrument, questions)
    read = partial(blocks_of_facts, instrument=counted_round.instrument, questions=questions, point_digits=POINT_DIGITS)
    counted = count_points(connection, counted_round, layout_of(instrument), read=read)
    return FactSums(questions, instrument, sum_by(counted, counted_round.points, by=PUBLISHED_BY))


def carry_facts(new: FactSums | None, old: FactSums | None, carried: Collection[str]) -> FactSums | None:
    """Return the facts with the old sums of the agencies that kept an earlier publication's.

    Where that publication had none of these facts, such agencies are left out: facts of today beside their other
    figures of before would tell something about the few who came in between.
    """
    if new is None or not carried:
        return new
    fresh = [place for place, domain in enumerate(new.sums.domains) if domain.agency_code not in carried]
    kept: list[tuple[DomainSums, list[int]]] = [(new.sums, fresh)]
    if old and old.questions == new.questions:
        kept.append((old.sums, [n for n, domain in enumerate(old.sums.domains) if domain.agency_code in carried]))
    parts = [_picked(sums.strata.sums, places) for sums, places in kept]
    domains = [sums.domains[place] for sums, places in kept for place in places]
    counted = joined(parts, layout_of(new.instrument))
    return replace(new, sums=sum_by(counted, domains, by=PUBLISHED_BY))


def _picked(value: T, places: Sequence[int]) -> T:
    """Return sums of some groups: every array has the group on its first axis."""
    if isinstance(value, np.ndarray):
        return cast("T", value[list(places)])
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _picked(getattr(value, one.name), places) for one in fields(value)})
    return value


def write_facts(facts: FactSums | None, axes: Collection[str]) -> str:
    """Return the facts as a run keeps them: which were asked, by which axes, their sums and figures."""
    if facts is None:
        return json.dumps({"asked": []})
    content = {
        "asked": [question.code for question in facts.questions],
        "sums": write_sums(facts.sums),
        "figures": figures_of_facts(facts),
        "axes": sorted(axes),
    }
    return json.dumps(content, ensure_ascii=False)


def read_facts(text: str | None, instrument: Instrument) -> FactSums | None:
    """Return the facts that `write_facts` wrote, None where none were asked or the run was published before."""
    content = json.loads(text) if text else {}
    if not content.get("asked"):
        return None
    questions = tuple(instrument.question(code) for code in content["asked"])
    sums = read_sums(content["sums"])
    return FactSums(questions, instrument_of_facts(instrument, questions), sums)


def read_fact_axes(text: str) -> tuple[str, ...]:
    """Return the axes by which the facts of a run are broken down."""
    return tuple(json.loads(text).get("axes", ()))


def figures_of_facts(facts: FactSums) -> str:
    """Return the canonical text of all shares: every agency's, every block's and everybody's."""
    return figures_text(chain.from_iterable(facts.rows(by) for by in (("agency",), ("block",), ())))


def facts_agree(text: str | None, instrument: Instrument) -> bool:
    """Tell whether the figures kept with the facts of a run follow from their sums; true where there are none."""
    facts = read_facts(text, instrument)
    return facts is None or json.loads(text or "{}")["figures"].encode() == figures_of_facts(facts).encode()
