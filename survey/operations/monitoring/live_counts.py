"""How many responses came in where, on which day and how, up to the last midnight, and kept until the next one.

Nothing is counted as answers arrive, because a counter that is written with every answer would be an order of arrival.
Nor does a page count them up: who looks twice within a day, and knows who stood at the counter meanwhile, would see
that answer come in. So the days that are over are counted once a day, when somebody first looks; what a telephone
sends late for one of them is seen the day after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from survey.fieldwork import SurveyRound
from survey.operations.cache import Kept
from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.counting.strays import log_strays
from survey.operations.monitoring.shares import Alike, ShareKind, UnusualShare, find_shares
from survey.operations.monitoring.signals import Signals, find_signals
from survey.responses import Mode
from survey.store.engine import Store
from survey.store.monitoring.alike import ANSWERS, HALF_DAY, MODE, count_alike
from survey.store.monitoring.monitoring import POINT_DIGITS, agencies_of_points, iter_places_and_days
from survey.store.registry.agencies import find_round
from survey.tallies import DAY_WIDTH, DayTable, Integers, Misfit, Misfits, read_days, whole_numbers

Counts: TypeAlias = NDArray[np.integer]
# Where, when and how the responses of a block came in.
_Block: TypeAlias = tuple[Integers, Integers, Integers]
MOST_ROUNDS = 3
WEEK = timedelta(days=7)
_WHAT = {ShareKind.MODE: MODE, ShareKind.HALF_DAY: HALF_DAY, ShareKind.ANSWERS: ANSWERS}
MODES = tuple(Mode)
_PLACE_OF_LETTER = np.full(256, -1)
_PLACE_OF_LETTER[[ord(mode.value[0]) for mode in MODES]] = np.arange(len(MODES))


@dataclass(frozen=True, slots=True)
class Collected:
    """The responses of a place: by mode, in the order of `MODES`, and the last day with one."""

    by_mode: tuple[int, ...]
    last_day: date | None

    @property
    def responses(self) -> int:
        """Responses of all modes."""
        return sum(self.by_mode)

    def of(self, mode: Mode) -> int:
        """Return the responses of one mode."""
        return self.by_mode[MODES.index(mode)]


NOTHING = Collected((0,) * len(MODES), None)


@dataclass(frozen=True, slots=True, eq=False)
class DayCounts:
    """The responses of a round by service point and day, those of the days before `before` or all there are.

    Each table of `by_mode` has a row for every place of `rows` (service point id → row) and a column for every day from
    `opens` on; modes without responses have none. `agencies` tells which rows are an agency's. `until` has the
    responses of all modes before each day and, in a last column, all of them. `collected` holds the sums of the service
    points that have responses. `last_day` is the latest day there is a response of, those left out among them: it tells
    whether the clock is right, and is shown to nobody otherwise. `misfits` are the responses that have no place here,
    and are in none of the tables.
    """

    counted_at: datetime
    opens: date
    before: date | None
    rows: Mapping[int, int]
    agencies: Mapping[int, Sequence[int]]
    by_mode: Mapping[Mode, Counts]
    until: Counts
    collected: Mapping[int, Collected]
    signals: Signals
    last_day: date | None = None
    shares: Mapping[int, UnusualShare] = field(default_factory=dict)
    misfits: Misfits = field(default_factory=Misfits)

    @property
    def responses(self) -> int:
        """All responses of the round."""
        return sum(one.responses for one in self.collected.values())

    def of(self, point_id: int) -> Collected:
        """Return what a service point has collected."""
        return self.collected.get(point_id, NOTHING)

    def by_day(self, point_ids: Sequence[int], mode: Mode | None = None) -> Counts:
        """Return the responses of some service points day by day (days,), of one mode or of all."""
        rows = [self.rows[number] for number in point_ids if number in self.rows]
        tables = [table for one, table in self.by_mode.items() if mode in (None, one)]
        return sum((table[rows].sum(axis=0) for table in tables), np.zeros(self._days, np.int64))

    def on(self, day: date, point_ids: Sequence[int]) -> int:
        """Return the responses of some service points on one day."""
        place = (day - self.opens).days
        return int(self.by_day(point_ids)[place]) if 0 <= place < self._days else 0

    def between(self, first: date, last: date) -> list[int]:
        """Return the responses of every service point, in the order of `rows`, from the first day to the last."""
        start, end = np.clip([(first - self.opens).days, (last - self.opens).days + 1], 0, self.until.shape[1] - 1)
        found: list[int] = (self.until[:, end] - self.until[:, start]).tolist()
        return found

    @property
    def _days(self) -> int:
        return int(self.until.shape[1]) - 1


class LiveCounts:
    """The counts of the rounds people look at, as of the last midnight."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = Kept[tuple[object, ...], DayCounts](MOST_ROUNDS)

    def of(self, round_code: str) -> DayCounts:
        """Return the counts of a round; raises UnknownCodeError."""
        today = today_in_vietnam()
        with self._store.reading() as connection:
            _, survey_round = find_round(connection, round_code)
        key = (round_code, survey_round.opens, survey_round.closes, today)
        return self._kept.get(key, lambda: self._count(round_code, today))

    def _count(self, round_code: str, today: date) -> DayCounts:
        counts = count_days(self._store, round_code, before=today)
        log_strays(round_code, counts.misfits)
        return counts


def count_days(store: Store, round_code: str, *, before: date | None = None) -> DayCounts:
    """Count the responses of a round by service point, day and mode, those of days before `before` or all.

    Raises UnknownCodeError.
    """
    began = now_in_vietnam()
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        blocks = [_read(block) for block in iter_places_and_days(connection, round_id)]
        shares = _shares(connection, round_id, before or began.date())
        # After the responses, so that the service point of each of them is there.
        agency_of = agencies_of_points(connection)
    ids = sorted(agency_of)
    days = DayTable(survey_round.opens, survey_round.closes)
    shape, misfits = (len(ids), days.days), Misfits()
    tables = _tables([_placed(block, ids, days, misfits) for block in blocks], shape)
    last_day = _last_day(tables, survey_round.opens)
    if before is not None:
        _leave_out(tables, (before - survey_round.opens).days)
    signals = find_signals(tables, [agency_of[number] for number in ids], _days_gone(survey_round, began.date()))
    return DayCounts(
        counted_at=began,
        opens=survey_round.opens,
        before=before,
        rows={number: row for row, number in enumerate(ids)},
        agencies=_rows_of([agency_of[number] for number in ids]),
        by_mode=tables,
        until=_until(tables, shape),
        collected=dict(_sums(tables, ids, survey_round.opens)),
        signals=signals.named(ids),
        last_day=last_day,
        shares=shares,
        misfits=misfits,
    )


def _shares(connection: Connection, round_id: int, before: date) -> dict[int, UnusualShare]:
    """Return the unusual shares of the week before a day, by service point."""
    since = before - WEEK
    week = {
        kind: [Alike(*row) for row in count_alike(connection, round_id, what, since=since, before=before)]
        for kind, what in _WHAT.items()
    }
    return find_shares(week, [Alike(*row) for row in count_alike(connection, round_id, MODE, before=since)])


def _last_day(tables: Mapping[Mode, Counts], opens: date) -> date | None:
    days = [int(np.flatnonzero(table.any(axis=0))[-1]) for table in tables.values() if table.any()]
    return opens + timedelta(days=max(days)) if days else None


def _leave_out(tables: Mapping[Mode, Counts], first: int) -> None:
    """Let nothing stand on the days from the place `first` on."""
    for table in tables.values():
        table[:, max(first, 0) :] = 0


def _rows_of(agencies: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row, number in enumerate(agencies):
        found.setdefault(number, []).append(row)
    return found


def _read(block: bytes) -> _Block:
    """Return service point ids, days, written 20261121, and places in `MODES` (n,) of a block of lines.

    A mode nobody knows has the place -1.
    """
    lines = np.frombuffer(block, np.uint8).reshape(-1, POINT_DIGITS + DAY_WIDTH + 1)
    modes = _PLACE_OF_LETTER[lines[:, -1]]
    return whole_numbers(lines[:, :POINT_DIGITS], otherwise=-1), read_days(lines[:, POINT_DIGITS:-1]), modes


def _placed(block: _Block, ids: Sequence[int], days: DayTable, misfits: Misfits) -> _Block:
    """Return the rows of the service points, the places of the days and of the modes (n,) of what has all three.

    What has not is counted among `misfits`.
    """
    points, dates, modes = block
    rows, when = np.searchsorted(ids, points), days.place_of(dates)
    known = np.append(ids, -1)[rows] == points
    wrong = {Misfit.DAY: when < 0, Misfit.POINT: ~known, Misfit.MODE: modes < 0}
    fits = known & (when >= 0) & (modes >= 0)
    if fits.all():
        return rows, when, modes
    for place in np.flatnonzero(~fits).tolist():
        misfits[next(why for why, mask in wrong.items() if mask[place]), int(dates[place])] += 1
    return rows[fits], when[fits], modes[fits]


def _tables(blocks: Sequence[_Block], shape: tuple[int, int]) -> dict[Mode, Counts]:
    """Return the counts (service points, days) of each mode there is."""
    tables: dict[Mode, Counts] = {}
    for rows, when, modes in blocks:
        cells = np.ravel_multi_index((rows, when), shape)
        for place in np.unique(modes).tolist():
            counted = np.bincount(cells[modes == place], minlength=shape[0] * shape[1]).reshape(shape)
            tables[MODES[place]] = tables.get(MODES[place], 0) + counted.astype(np.int32)
    return tables


def _until(tables: Mapping[Mode, Counts], shape: tuple[int, int]) -> Counts:
    """Return the sums of all modes before each day: one column more than there are days."""
    total = sum(tables.values(), np.zeros(shape, np.int32))
    return np.pad(np.cumsum(total, axis=1, dtype=np.int32), ((0, 0), (1, 0)))


def _sums(tables: Mapping[Mode, Counts], ids: Sequence[int], opens: date) -> Iterator[tuple[int, Collected]]:
    """Yield the sums of every service point that has responses."""
    if not tables:
        return
    total = sum(tables.values(), np.zeros(1, np.int64))
    last = total.shape[1] - 1 - np.argmax(total[:, ::-1] > 0, axis=1)
    none = np.zeros(len(ids), np.int64)
    by_mode = np.stack([tables[mode].sum(axis=1) if mode in tables else none for mode in MODES], axis=1)
    for row in np.flatnonzero(by_mode.sum(axis=1)).tolist():
        yield ids[row], Collected(tuple(by_mode[row].tolist()), opens + timedelta(days=int(last[row])))


def _days_gone(survey_round: SurveyRound, today: date) -> int:
    """Return how many days of an open round are over, today among them; 0 when it is not open."""
    return (today - survey_round.opens).days + 1 if survey_round.opens <= today <= survey_round.closes else 0
