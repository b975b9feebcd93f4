"""Which run a line of the log belongs to: a request of staff or of a program, or a command. A citizen's has no name."""

import secrets
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

ID_BYTES = 8


class Area(StrEnum):
    """Who is at work. Nothing that could be a citizen's doing is told request by request."""

    CITIZEN = "citizen"
    STAFF = "staff"
    API = "api"
    METRICS = "metrics"
    COMMAND = "command"

    @property
    def is_named(self) -> bool:
        """Tell whether a run has a number that stands in the log, in the answer and on its error page."""
        return self is not Area.CITIZEN


def _new_id() -> str:
    return secrets.token_hex(ID_BYTES)


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """One request or command; `id` is drawn for it, and no client has a say in it."""

    area: Area
    id: str = field(default_factory=_new_id)


_current: ContextVar[WatchedRun | None] = ContextVar("run", default=None)


def current_run() -> WatchedRun | None:
    """Return the run this thread works for."""
    return _current.get()


def current_id() -> str:
    """Return the number of the run this thread works for, empty for a citizen's and where there is none."""
    run = _current.get()
    return run.id if run and run.area.is_named else ""


def works_for_a_citizen() -> bool:
    """Tell whether a line written now would tell when a citizen was there."""
    run = _current.get()
    return run is not None and not run.area.is_named


def bind_for_good(run: WatchedRun) -> None:
    """Let all that this process does belong to a run, as a command's does."""
    _current.set(run)


class bound:  # noqa: N801  # used as a word, and a generator would cost more than what it is around
    """Lets what this thread does inside belong to a run."""

    __slots__ = ("_before", "_run")

    def __init__(self, run: WatchedRun) -> None:
        self._run = run

    def __enter__(self) -> WatchedRun:
        self._before = _current.set(self._run)
        return self._run

    def __exit__(self, *_raised: object) -> None:
        _current.reset(self._before)


def carried(
    function: Callable[Arguments, Result], *given: Arguments.args, **named: Arguments.kwargs
) -> Callable[[], Result]:
    """Return a call for another thread that belongs to the run of this one."""
    return partial(copy_context().run, partial(function, *given, **named))
