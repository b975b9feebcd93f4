"""Turns at what is slow on purpose: a few at a time, and nobody waits for ever.

A digest that is slow to guess costs memory and a core for each try. A crowd of tries must not take them from the
citizens, nor hold every thread of the server while it waits.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from survey.errors import CrowdedError

WAIT_SECONDS = 3.0


class Turns:
    """Lets so many in at a time; who waits too long is sent away."""

    def __init__(self, at_once: int, *, seconds: float = WAIT_SECONDS) -> None:
        self._places, self._seconds = threading.BoundedSemaphore(at_once), seconds

    @contextmanager
    def one_turn(self) -> Iterator[None]:
        """Hold a place meanwhile; raises CrowdedError when none came free in time."""
        if not self._places.acquire(timeout=self._seconds):
            raise CrowdedError("too many wait for the same slow work; nothing was done", seconds=int(self._seconds) + 1)
        try:
            yield
        finally:
            self._places.release()
