"""Say into the log what stays true for long, without filling it."""

import logging
import threading
import time
from dataclasses import dataclass, field

AGAIN_AFTER = 3600.0
MOST_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Seldom:
    """A log that takes the same words, or words about the same, from this process once an hour at most."""

    log: logging.Logger
    _said: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def warn(self, words: str, *, about: str = "") -> bool:
        """Write a warning unless one was written within the hour; tell whether it was written now."""
        now, about = time.monotonic(), about or words
        with self._lock:
            last = self._said.get(about)
            if last is not None and now - last < AGAIN_AFTER:
                return False
            if len(self._said) >= MOST_KEPT:
                self._said.clear()
            self._said[about] = now
        self.log.warning(words)
        return True
