"""Apply the rules of monitoring to all service points of a round at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.operations.monitoring.rules import (
    FLOOD_TIMES,
    FLOOD_WITHIN,
    LEAST_GAP,
    Flood,
    Silence,
    find_flood,
    find_silence,
)
from survey.responses import Mode

Counts = NDArray[np.integer]
# What arrives at the counter by itself; paper waits to be keyed in, so its gaps say nothing.
BY_THEMSELVES = (Mode.QR, Mode.KIOSK)
# A day counts as a working day of the province when this part of the agencies that take part had responses.
LEAST_AGENCIES = 0.25


@dataclass(frozen=True, slots=True)
class Signals:
    """What the counts by day tell: by service point, and of agencies gone silent as a whole."""

    silent: Mapping[int, Silence]
    silent_agencies: Mapping[int, Silence]
    floods: Mapping[int, Flood]

    def named(self, ids: Sequence[int]) -> "Signals":
        """Return the same by the ids of the service points instead of their rows."""
        silent = {ids[row]: one for row, one in self.silent.items()}
        return Signals(silent, self.silent_agencies, {ids[row]: one for row, one in self.floods.items()})


def find_signals(tables: Mapping[Mode, Counts], agencies: Sequence[int], days: int) -> Signals:
    """Return the signals of an open round by row; `agencies` are those of the rows.

    Only the first `days` columns of `tables` (service points, days) are looked at, the last of which is today: it is
    not over, so it proves no silence, but a response today ends one. A working day of a service point is one on which
    its agency had responses; one of an agency, one on which `LEAST_AGENCIES` of the agencies had.
    """
    if not days or not tables:
        return Signals({}, {}, {})
    numbers, agency_rows = np.unique(agencies, return_inverse=True)
    alone = _added([tables[mode] for mode in BY_THEMSELVES if mode in tables], len(agencies), days)
    served = _added([table for mode, table in tables.items() if mode is not Mode.IMPORT], len(agencies), days)
    of_agencies, served_agencies = _by_agency(alone, agency_rows), _by_agency(served, agency_rows)
    working = served_agencies > 0
    common = working.sum(axis=0) >= np.maximum(1, LEAST_AGENCIES * working.any(axis=1).sum())
    everywhere = np.broadcast_to(common, working.shape)
    silent_agencies = {int(numbers[row]): silence for row, silence in _silences(of_agencies, everywhere)}
    return Signals(dict(_silences(alone, working[agency_rows])), silent_agencies, dict(_floods(alone)))


def _added(tables: Sequence[Counts], rows: int, days: int) -> Counts:
    return sum((table[:, :days] for table in tables), np.zeros((rows, days), np.int64))


def _by_agency(counts: Counts, agency_rows: Counts) -> Counts:
    found = np.zeros((int(agency_rows.max()) + 1, counts.shape[1]), np.int64)
    np.add.at(found, agency_rows, counts)
    return found


def _silences(counts: Counts, working: NDArray[np.bool_]) -> Iterator[tuple[int, Silence]]:
    """Yield the silent rows; the last day is today."""
    past, open_days = counts[:, :-1], working[:, :-1]
    if not past.shape[1]:
        return
    # Whoever had a response within the least gap needs no closer look.
    since = np.cumsum(open_days[:, ::-1], axis=1)[:, ::-1]
    last = past.shape[1] - 1 - np.argmax(past[:, ::-1] > 0, axis=1)
    after = since[np.arange(len(past)), last] - open_days[np.arange(len(past)), last]
    doubtful = past.any(axis=1) & (counts[:, -1] == 0) & (after >= LEAST_GAP)
    for row in np.flatnonzero(doubtful).tolist():
        if silence := find_silence(past[row].tolist(), open_days[row].tolist()):
            yield row, silence


def _floods(counts: Counts) -> Iterator[tuple[int, Flood]]:
    """Yield the rows with a flood; a usual day has at least one response."""
    for row in np.flatnonzero((counts[:, -FLOOD_WITHIN:] > FLOOD_TIMES).any(axis=1)).tolist():
        if flood := find_flood(counts[row].tolist()):
            yield row, flood
