"""Values that are dear to make and never change: kept in memory by the identity of what they were made from."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Kept(Generic[K, T]):
    """Values that are made when they are first asked for; of more than `most` the oldest goes.

    >>> kept = Kept[str, int](1)
    >>> kept.get("a", lambda: 1), kept.get("a", lambda: 2), kept.get("b", lambda: 3), kept.get("a", lambda: 4)
    (1, 1, 3, 4)
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._values: dict[K, T] = {}

    def get(self, key: K, make: Callable[[], T]) -> T:
        """Return the value of a key, made by `make` if it is not there; two threads may both make it."""
        if key in (values := self._values):
            return values[key]
        made = make()
        with self._lock:
            while len(self._values) >= self._most and key not in self._values:
                del self._values[next(iter(self._values))]
            self._values[key] = made
        return made
