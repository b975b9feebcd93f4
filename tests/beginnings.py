"""What databases of tests begin with: filled once a process, and copied for every test that begins there.

    @beginning
    def published(store):
        sample_round(store)
        ...

is a fixture. The function fills an empty, migrated store; a test that asks for the fixture gets a database of its own
that holds the same, and what the function returned, or its own store where that is nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from survey.store.engine import Store, open_store


@dataclass(frozen=True, slots=True)
class Beginning:
    """A database that is copied and never changed again, and what the function returned that filled it."""

    url: str
    value: Any


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The databases of one process that tests begin with."""

    kept: dict[tuple[object, ...], Beginning] = field(default_factory=dict)

    def url_of(self, request: pytest.FixtureRequest, kind: str, make_empty: Callable[[], str]) -> str | None:
        """Return the address of what a test begins with, filled at the first time; None for an empty database."""
        known = request.node._fixtureinfo.name2fixturedefs
        fills = {name: found[-1].func.fills for name, found in known.items() if hasattr(found[-1].func, "fills")}
        if not fills:
            return None
        ((name, fill),) = fills.items()
        values = [request.node.callspec.params[name]] if name in _params(request) else []
        key = (kind, fill, *values)
        if key not in self.kept:
            self.kept[key] = _filled(make_empty(), fill, values)
        return self.kept[key].url


def _params(request: pytest.FixtureRequest) -> Sequence[str]:
    return list(request.node.callspec.params) if hasattr(request.node, "callspec") else []


def _filled(url: str, fill: Callable[..., Any], values: Sequence[object]) -> Beginning:
    store = open_store(url)
    try:
        return Beginning(url, fill(store, *values))
    finally:
        # Closed, SQLite folds its journal into the file, and PostgreSQL lets the database be copied.
        store.close()


def beginning(fill: Callable[..., Any] | None = None, *, params: Sequence[object] | None = None) -> Any:
    """Make a fixture of a function that fills a store; with `params`, it is given one of them as well."""
    if fill is None:
        return lambda function: beginning(function, params=params)

    def begun(request: pytest.FixtureRequest, store: Store, beginnings: Beginnings) -> Any:
        values = [request.param] if params else []
        value = beginnings.kept["sqlite" if store.is_sqlite else "postgresql", fill, *values].value
        return store if value is None else value

    begun.fills, begun.__doc__ = fill, fill.__doc__  # type: ignore[attr-defined]
    return pytest.fixture(params=params, name=fill.__name__)(begun)
