"""How many answers one sender may give: by hour and by day at a counter, and how soon after one another.

The counts stand in one small file of the instance folder, which all processes of a machine share. It holds no address
and no digest of one: an address only chooses, by a keyed hash, which of some thousand numbers are counted up (a
count-min sketch, Cormode and Muthukrishnan 2005), so that the file stays as small as it is, and a count can come out
too high by chance but never too low. The salt of the hash stands in the file and is drawn anew every day, its key is
the application's secret; with the day all numbers go back to nothing.
"""

import os
import secrets
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b
from pathlib import Path

from survey.operations.clock import now_in_vietnam
from survey.operations.networks import TIMES_WIDER, network_of
from survey.operations.sealing import derive
from survey.store.file_locks import FileLock
from survey.watching.process import Fallback, fell_back

# With a million answers a day chance adds 15 to each of the three numbers of a sender, of which the lowest counts.
WIDTH, ROWS = 1 << 16, 3
# Reading a questionnaire to somebody takes longer than this; clicking through it does not.
TURN_SECONDS = 40
TURNS = 1 << 12
_HEAD = struct.Struct("<IB16s")
_COUNT, _MOMENT = struct.Struct("<H"), struct.Struct("<I")
_MOST_COUNTED = (1 << 16) - 1
_HOURS = 64
_DAYS = _HOURS + ROWS * WIDTH * _COUNT.size
_TURNS = _DAYS + ROWS * WIDTH * _COUNT.size
SIZE = _TURNS + TURNS * _MOMENT.size


@dataclass(frozen=True, slots=True)
class SenderAllowance:
    """How many answers a sender may give within an hour and within a day."""

    an_hour: int
    a_day: int

    def times(self, number: int) -> "SenderAllowance":
        """Return so many times as much."""
        return SenderAllowance(number * self.an_hour, number * self.a_day)


class SenderPace:
    """Counts the answers of senders in the file at `path`; without it, as on a full disk, nobody has to wait."""

    def __init__(self, path: Path, secret: bytes, *, counter: SenderAllowance, kiosk: SenderAllowance) -> None:
        self._path, self._lock = path, FileLock(path)
        self._key = derive(secret, "pace", 32)
        self._counter, self._kiosk = counter, kiosk

    def wait_at_counter(self, code: str, address: str) -> int:
        """Count one answer of a network at a service point; return 0, or the seconds to wait when there were many."""
        network = network_of(address)
        wider = {f"{code} {network.wider}": self._counter.times(TIMES_WIDER)} if network.wider else {}
        return self._claim({f"{code} {network.own}": self._counter} | wider)

    def wait_at_kiosk(self, number: int) -> int:
        """Count one answer of a tablet, wherever it is; return 0, or the seconds to wait."""
        return self._claim({f"kiosk {number}": self._kiosk})

    def wait_for_turn(self, staff: str, code: str) -> int:
        """Take the turn of somebody who helps at a service point; return 0, or the seconds until the next one."""
        try:
            with self._lock.held(), _Counts(self._path, self._key, now_in_vietnam()) as counts:
                return counts.turn(f"{staff} {code}")
        except OSError as error:
            fell_back(Fallback.PACE, error)
            return 0

    def _claim(self, allowed: dict[str, SenderAllowance]) -> int:
        try:
            with self._lock.held(), _Counts(self._path, self._key, now_in_vietnam()) as counts:
                return counts.claim(allowed)
        except OSError as error:
            fell_back(Fallback.PACE, error)
            return 0


class _Counts:
    """The file while its lock is held, at one moment; what is of an hour or a day before is forgotten at once."""

    def __init__(self, path: Path, key: bytes, now: datetime) -> None:
        self._key, self._now = key, now
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> "_Counts":
        try:
            self._turn_over()
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def _turn_over(self) -> None:
        day, hour = self._now.toordinal(), self._now.hour
        whole = os.fstat(self._file).st_size == SIZE
        was_day, was_hour, self._salt = _HEAD.unpack(os.pread(self._file, _HEAD.size, 0)) if whole else (0, 0, b"")
        if was_day != day:
            self._salt = secrets.token_bytes(16)
            self._clear(_HOURS, SIZE)
        elif was_hour != hour:
            self._clear(_HOURS, _DAYS)
        if (was_day, was_hour) != (day, hour):
            # Written last: what a crash leaves half-done is begun anew.
            os.pwrite(self._file, _HEAD.pack(day, hour, self._salt), 0)

    def _clear(self, start: int, end: int) -> None:
        os.pwrite(self._file, bytes(end - start), start)

    def claim(self, allowed: dict[str, SenderAllowance]) -> int:
        """Count one answer of all these senders, unless one of them must wait; return the seconds."""
        senders = [(_Sender(self._file, self._places(name)), most) for name, most in allowed.items()]
        if any(sender.today >= most.a_day for sender, most in senders):
            return _seconds_until(
                self._now, datetime.combine(self._now.date() + timedelta(days=1), time(), self._now.tzinfo)
            )
        if any(sender.this_hour >= most.an_hour for sender, most in senders):
            return _seconds_until(self._now, self._now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        for sender, _ in senders:
            sender.count()
        return 0

    def turn(self, name: str) -> int:
        """Take a turn and return 0, or the seconds left until there is one; a moment is counted within its day."""
        second = (self._now - datetime.combine(self._now.date(), time(), self._now.tzinfo)).seconds + 1
        place = _TURNS + self._places(name)[0] % TURNS * _MOMENT.size
        (last,) = _MOMENT.unpack(os.pread(self._file, _MOMENT.size, place))
        if last and 0 <= second - last < TURN_SECONDS:
            return TURN_SECONDS - second + int(last)
        os.pwrite(self._file, _MOMENT.pack(second), place)
        return 0

    def _places(self, name: str) -> Sequence[int]:
        digest = blake2b(name.encode(), key=self._key, salt=self._salt, digest_size=4 * ROWS).digest()
        return [number % WIDTH for number in struct.unpack(f"<{ROWS}I", digest)]


class _Sender:
    """The numbers of one sender: one in each row, of which the lowest is nearest to the truth."""

    def __init__(self, file: int, places: Sequence[int]) -> None:
        self._file, self._places = file, places

    @property
    def this_hour(self) -> int:
        """Answers of this hour, or a few more."""
        return min(self._numbers(_HOURS).values())

    @property
    def today(self) -> int:
        """Answers of this day, or a few more."""
        return min(self._numbers(_DAYS).values())

    def count(self) -> None:
        """Count one more: only the lowest numbers go up, so that chance adds as little as can be."""
        for start in (_HOURS, _DAYS):
            numbers = self._numbers(start)
            lowest = min(numbers.values())
            for place in [place for place, number in numbers.items() if number == lowest < _MOST_COUNTED]:
                os.pwrite(self._file, _COUNT.pack(lowest + 1), place)

    def _numbers(self, start: int) -> dict[int, int]:
        return dict(self._read(start))

    def _read(self, start: int) -> Iterator[tuple[int, int]]:
        for row, place in enumerate(self._places):
            at = start + (row * WIDTH + place) * _COUNT.size
            yield at, _COUNT.unpack(os.pread(self._file, _COUNT.size, at))[0]


def _seconds_until(now: datetime, then: datetime) -> int:
    return int((then - now).total_seconds()) + 1
