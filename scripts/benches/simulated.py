"""Simulated responses by the million, written in key order as the nightly work leaves them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import repeat
from random import Random
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.fieldwork import Agency, ServicePoint, make_code
from survey.instrument import Instrument, load_instrument
from survey.instrument.model import NO_ANSWER, NOT_APPLICABLE, Question
from survey.operations.clock import today_in_vietnam
from survey.operations.rounds.rounds import NewRound, open_round
from survey.store.engine import Store
from survey.store.registry.agencies import find_round
from survey.store.registry.editing import add_agencies
from survey.store.registry.points import add_points, list_points
from survey.store.subjects import ADDED

INSTRUMENT, ROUND = "sipas-2023", "do"
AGENCIES, POINTS_EACH = 500, 4
DAYS = 90
CHUNK = 250_000
COLUMNS = ("round_id", "key", "service_point_id", "mode", "day", "half", "answers")
UNANSWERED, UNCONCERNED = 0.04, 0.5

Row: TypeAlias = tuple[int, bytes, int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every simulated response is made from."""

    instrument: Instrument
    round_id: int
    points: NDArray[np.int64]
    opens: date
    days: int


def fill(store: Store, responses: int) -> None:
    """Make a registry, open a round and store this many simulated responses of it."""
    opens = today_in_vietnam() - timedelta(days=DAYS)
    add_registry(store, points_each=POINTS_EACH)
    open_round(store, NewRound(ROUND, "Đợt đo", INSTRUMENT, opens, opens + timedelta(days=2 * DAYS), simulated=True))
    fill_round(store, ROUND, responses)


def fill_round(store: Store, round_code: str, responses: int) -> None:
    """Store this many simulated responses of a round at the service points of `add_registry`."""
    ground = _ground(store, round_code)
    chance = np.random.default_rng(1)
    write = _write_sqlite if store.is_sqlite else _write_postgresql
    chunks = -(-responses // CHUNK)
    for number in range(chunks):
        size = min(CHUNK, responses - number * CHUNK)
        keys = _keys(chance, size, part=number, parts=chunks)
        write(store, _rows(ground, keys, chance))
    with store.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)" if store.is_sqlite else "VACUUM ANALYZE response")


def add_registry(store: Store, *, points_each: int) -> None:
    """Add 500 agencies with so many service points each."""
    random = Random(1)
    agencies = [Agency(f"CQ{number:03}", f"Cơ quan {number}", f"CQ {number}", "Sở") for number in range(AGENCIES)]
    points = [
        ServicePoint(make_code(random), one.code, f"Quầy {place}") for one in agencies for place in range(points_each)
    ]
    with store.writing(ADDED) as connection:
        add_agencies(connection, agencies)
        add_points(connection, points)


def _ground(store: Store, round_code: str) -> _Ground:
    with store.reading() as connection:
        placed = [one for one in list_points(connection) if one.point.agency_code.startswith("CQ")]
        round_id, survey_round = find_round(connection, round_code)
    days = min(DAYS, (today_in_vietnam() - survey_round.opens).days)
    ids = np.array([one.id for one in placed])
    return _Ground(load_instrument(survey_round.instrument), round_id, ids, survey_round.opens, days)


def _keys(chance: np.random.Generator, size: int, *, part: int, parts: int) -> list[bytes]:
    """Return random keys of one of `parts` equal pieces of the key space, in order."""
    width = 2**64 // parts
    first = np.sort(chance.integers(part * width, (part + 1) * width, size, np.uint64, endpoint=False))
    both = np.stack([first, chance.integers(0, 2**64, size, np.uint64)], axis=1).astype(">u8").tobytes()
    return [both[start : start + 16] for start in range(0, len(both), 16)]


def _rows(ground: _Ground, keys: list[bytes], chance: np.random.Generator) -> Iterator[Row]:
    """Return rows in the order of `keys`; service points are of unequal size and unequally good."""
    size = len(keys)
    places = (len(ground.points) * chance.random(size) ** 2).astype(np.int64)
    days = [(ground.opens + timedelta(days=number)).isoformat() for number in range(ground.days)]
    given = [days[number] for number in chance.integers(0, ground.days, size)]
    halves = np.where(chance.random(size) < 0.6, "am", "pm").tolist()
    points, records = ground.points[places].tolist(), _records(ground.instrument, places, chance)
    return zip(repeat(ground.round_id), keys, points, repeat("qr"), given, halves, records)


def _records(instrument: Instrument, places: NDArray[np.int64], chance: np.random.Generator) -> list[str]:
    """Return one answer record for each response, `places` telling where it was given."""
    moods = 4.1 + 0.3 * np.sin(places) + chance.normal(0, 0.6, len(places))
    columns = [_column(question, moods, chance) for question in instrument.questions for _ in question.positions]
    text, width = np.stack(columns, axis=1).tobytes().decode("ascii"), len(columns)
    return [text[start : start + width] for start in range(0, len(text), width)]


def _column(question: Question, moods: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Return everybody's character at one position; only the items of the index are answered."""
    size = len(moods)
    if question.kind != "item":
        return np.full(size, ord(NO_ANSWER), np.uint8)
    points = np.clip(np.rint(moods + chance.normal(0, 0.5, size)), 1, len(question.options))
    column = (ord("0") + points).astype(np.uint8)
    if question.not_applicable:
        column[chance.random(size) < UNCONCERNED] = ord(NOT_APPLICABLE)
    column[chance.random(size) < UNANSWERED] = ord(NO_ANSWER)
    return column


def _write_sqlite(store: Store, rows: Iterator[Row]) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    with store.writing(ADDED) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.executemany(f"INSERT INTO response ({', '.join(COLUMNS)}) VALUES ({marks})", rows)


def _write_postgresql(store: Store, rows: Iterator[Row]) -> None:
    with store.writing(ADDED) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor, cursor.copy(f"COPY response ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for round_id, key, *others in rows:
                copy.write_row((round_id, key, *others))
