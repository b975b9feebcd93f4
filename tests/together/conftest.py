"""A database of each kind that lasts as long as the trials of a process."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from survey.store.engine import Store, open_store
from tests.conftest import _in_postgresql


@pytest.fixture(scope="module")
def lasting_sqlite(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Store]:
    """Yield a store on a file."""
    path = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("together") / "made.db")
    opened = open_store(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def lasting_postgresql(postgresql: str, postgresql_template: str) -> Iterator[Store]:
    """Yield a store on a private server."""
    name = f"t_{secrets.token_hex(6)}"
    _in_postgresql(postgresql, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    opened = open_store(postgresql.format(name=name))
    yield opened
    opened.close()
