"""Plausible responses for an instance to try: counters differ and keep their ways, people differ, few are unhappy."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.fieldwork import SurveyRound
from survey.instrument import Instrument, Question
from survey.operations.collecting.responses import load_round_instrument
from survey.responses import KEY_BYTES, HalfDay, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.engine import Store
from survey.store.registry.points import PlacedPoint
from survey.tallies import Numbers

Symbols: TypeAlias = NDArray[np.str_]

BATCH = 1_000
FEWEST, MOST = 15, 240
NOT_ANSWERED, NOT_APPLICABLE = 0.04, 0.55
# In points of the scale: how a counter is on the whole, how its dimensions differ, how far a round is from another,
# how people differ, and what is left to chance in each answer.
QUALITY, OF_COUNTERS, OF_DIMENSIONS, OF_ROUNDS, OF_PEOPLE, OF_ANSWERS = 4.15, 0.22, 0.15, 0.04, 0.55, 0.5
SHARES = {Mode.QR: 0.85, Mode.ASSISTED: 0.15}
MORNINGS = 0.6


@dataclass(frozen=True, slots=True)
class Simulation:
    """A round to be answered until `last`. Of the same number a round has the same people, whenever it is made.

    `changes` says by agency and item by how many points of the scale counters are off their usual ways; the counters
    of these agencies have at least `fewest` responses each.
    """

    round_id: int
    survey_round: SurveyRound
    last: date
    number: int
    changes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    fewest: int = FEWEST


def simulate_responses(simulation: Simulation, points: Iterable[PlacedPoint]) -> list[NewResponse]:
    """Return responses given at these service points, in no order of time."""
    instrument = load_round_instrument(simulation.survey_round)
    return [row for placed in points for row in _rows(simulation, instrument, placed)]


def save_in_batches(store: Store, rows: list[NewResponse]) -> None:
    """Store responses, some at a time: citizens come first."""
    for start in range(0, len(rows), BATCH):
        save_responses(store, rows[start : start + BATCH])


def _rows(simulation: Simulation, instrument: Instrument, placed: PlacedPoint) -> Iterator[NewResponse]:
    chance = np.random.default_rng((placed.id, simulation.number))
    changes = simulation.changes.get(placed.point.agency_code, {})
    count = int(chance.integers(simulation.fewest if changes else FEWEST, MOST))
    records = _records(instrument, _levels(instrument, placed, chance, changes), chance, count)
    opens = simulation.survey_round.opens
    days = chance.integers(0, (simulation.last - opens).days + 1, count)
    modes = chance.choice(list(SHARES), count, p=list(SHARES.values()))
    mornings = chance.random(count) < MORNINGS
    for record, after, mode, morning in zip(records, days, modes, mornings, strict=True):
        half, day = HalfDay.MORNING if morning else HalfDay.AFTERNOON, opens + timedelta(days=int(after))
        key = secrets.token_bytes(KEY_BYTES)
        yield NewResponse(key, simulation.round_id, placed.id, Mode(mode), day, half, record)


def _levels(
    instrument: Instrument, placed: PlacedPoint, chance: np.random.Generator, changes: Mapping[str, float]
) -> dict[str, float]:
    """Return the mean of every item: the ways of the counter, which rounds have in common, and those of the round."""
    ways = np.random.default_rng(placed.id)
    quality = ways.normal(QUALITY, OF_COUNTERS)
    levels: dict[str, float] = {}
    for dimension in instrument.dimensions:
        level = quality + ways.normal(0, OF_DIMENSIONS) + chance.normal(0, OF_ROUNDS)
        levels |= {item.code: level + changes.get(item.code, 0.0) for item in dimension.items}
    return levels


def _records(
    instrument: Instrument, levels: Mapping[str, float], chance: np.random.Generator, count: int
) -> Iterator[str]:
    moods = chance.normal(0, OF_PEOPLE, count)
    columns = [_answers(question, moods + levels.get(question.code, 0.0), chance) for question in instrument.questions]
    return map("".join, zip(*columns, strict=True))


def _answers(question: Question, wanted: Numbers, chance: np.random.Generator) -> Symbols:
    """Return what everybody answers; `wanted` is what they think of an item, in points of the scale."""
    count = len(wanted)
    if question.kind == "fact":
        return chance.choice([option.symbol for option in question.options[:3]], count, p=[0.9, 0.09, 0.01])
    if question.dimension is None:
        return np.full(count, ".")
    points = np.rint(wanted + chance.normal(0, OF_ANSWERS, count))
    answers = np.clip(points, 1, len(question.options)).astype(int).astype(str)
    if question.not_applicable:
        answers[chance.random(count) < NOT_APPLICABLE] = "N"
    answers[chance.random(count) < NOT_ANSWERED] = "."
    return answers
