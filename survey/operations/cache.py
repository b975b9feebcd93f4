"""Values that are dear to make: kept in memory by the identity of what they were made from."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cachetools import Cache, LRUCache, TTLCache

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Kept(Generic[K, T]):
    """Values that are made when they are first asked for; of more than `most` the one asked for longest ago goes.

    With `seconds` a value is made anew when it is older than that; without, it never changes.

    >>> kept = Kept[str, int](1)
    >>> kept.get("a", lambda: 1), kept.get("a", lambda: 2), kept.get("b", lambda: 3), kept.get("a", lambda: 4)
    (1, 1, 3, 4)
    """

    def __init__(self, most: int, *, seconds: float | None = None) -> None:
        self._lock = threading.Lock()
        self._values: Cache[K, tuple[T]] = LRUCache(most) if seconds is None else TTLCache(most, seconds)

    def get(self, key: K, make: Callable[[], T]) -> T:
        """Return the value of a key, made by `make` if it is not there; two threads may both make it."""
        with self._lock:
            if kept := self._values.get(key):
                return kept[0]
        value = make()
        with self._lock:
            self._values[key] = (value,)
        return value
