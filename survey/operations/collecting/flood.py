"""The flood limits of the citizens' pages: a few counters in memory.

It keys on the service point and a salted hash of the network address, never on the address alone:
a whole hall shares one Wi-Fi. The salt is made anew every day, lives in memory only, and dies with
the day; a library that does the same costs more than storing the answer.
"""

import math
import secrets
import threading
import time
from hashlib import blake2b

from survey.operations.networks import TIMES_WIDER, network_of

WINDOW_SECONDS, HOUR_SECONDS = 60, 3600


class FloodGuard:
    """Counts answers per service point and network in this minute; a wider network may have five times as many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._salt, self._salt_day = b"", -1
        self._window, self._counts = -1, dict[bytes, int]()

    def wait_seconds(self, service_point: str, address: str) -> int:
        """Count one answer; return 0, or the seconds to wait when there were too many."""
        now, network = time.time(), network_of(address)
        with self._lock:
            self._turn(now)
            too_many = self._counted(service_point, network.own) > self._most
            # What was refused to one line is not counted against all others of its site.
            if network.wider and not too_many:
                too_many = self._counted(service_point, network.wider) > TIMES_WIDER * self._most
        return WINDOW_SECONDS - int(now) % WINDOW_SECONDS if too_many else 0

    def _counted(self, service_point: str, network: str) -> int:
        key = blake2b(f"{service_point} {network}".encode(), key=self._salt, digest_size=8).digest()
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]

    def _turn(self, now: float) -> None:
        day, window = int(now // 86_400), int(now // WINDOW_SECONDS)
        if day != self._salt_day:
            self._salt, self._salt_day = secrets.token_bytes(32), day
        if window != self._window:
            self._window, self._counts = window, {}


class Pace:
    """Lets so many through within an hour, as they come, and then one after the other at the pace of that hour.

    Whoever comes too early waits a minute or so, not until an hour is over. It is the generic cell rate algorithm
    (ITU-T I.371): of each name only the moment is kept from which on it owes nothing.
    """

    def __init__(self, an_hour: int) -> None:
        self._step, self._most = HOUR_SECONDS / an_hour, an_hour
        self._free_from: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait_seconds(self, name: str, *, now: float | None = None) -> int:
        """Count one; return 0, or the seconds to wait when there were too many."""
        moment = time.monotonic() if now is None else now
        with self._lock:
            free_from = max(moment, self._free_from.get(name, moment))
            early = free_from - moment - (self._most - 1) * self._step
            if early > 0:
                return math.ceil(early)
            self._free_from[name] = free_from + self._step
        return 0
