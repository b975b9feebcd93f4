"""The flood limit of the citizen's page: a few counters in memory.

It keys on the service point and a salted hash of the network address, never on the address alone:
a whole hall shares one Wi-Fi. The salt is made anew every day, lives in memory only, and dies with
the day; a library that does the same costs more than storing the answer.
"""

import secrets
import threading
import time
from hashlib import blake2b

WINDOW_SECONDS = 60


class FloodGuard:
    """Counts answers per service point and network in the current minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._salt, self._salt_day = b"", -1
        self._window, self._counts = -1, dict[bytes, int]()

    def wait_seconds(self, service_point: str, address: str) -> int:
        """Count one answer; return 0, or the seconds to wait when there were too many."""
        now = time.time()
        with self._lock:
            self._turn(now)
            key = blake2b(f"{service_point} {address}".encode(), key=self._salt, digest_size=8).digest()
            self._counts[key] = self._counts.get(key, 0) + 1
            too_many = self._counts[key] > self._most
        return WINDOW_SECONDS - int(now) % WINDOW_SECONDS if too_many else 0

    def _turn(self, now: float) -> None:
        day, window = int(now // 86_400), int(now // WINDOW_SECONDS)
        if day != self._salt_day:
            self._salt, self._salt_day = secrets.token_bytes(32), day
        if window != self._window:
            self._window, self._counts = window, {}
