"""How an act is named, what it tries, and how it begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from survey.operations.staff.rights import Scope
from survey.store.engine import Store

Thunk: TypeAlias = Callable[[], object]
EVERYTHING = Scope(None)


@dataclass(frozen=True, slots=True)
class Act:
    """An act, the functions whose decision it tries, and how it begins."""

    name: str
    covers: tuple[str, ...]
    begin: Callable[[Store], Thunk]


TRIED: dict[str, Act] = {}


def tries(*covers: str) -> Callable[[Callable[[Store], Thunk]], Callable[[Store], Thunk]]:
    """Name what an act tries."""

    def note(begin: Callable[[Store], Thunk]) -> Callable[[Store], Thunk]:
        TRIED[begin.__name__] = Act(begin.__name__, covers, begin)
        return begin

    return note
