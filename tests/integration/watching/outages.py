"""A database that is really away: moved, closed to everybody, or on a disk that takes nothing more."""

import resource
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, text

from survey.store.engine import open_store


@contextmanager
def away(store, own):
    """Let nobody reach a database; `own` are the stores whose connections end with it."""
    for one in (store, *own):
        one.close()
    hide = _hidden_file if store.is_sqlite else _closed_database
    with hide(store):
        yield
    for one in (store, *own):
        one.close()


@contextmanager
def _hidden_file(store):
    path = Path(store.engine.url.database)
    kept = path.rename(path.with_name("moved.db"))
    path.mkdir()
    yield
    path.rmdir()
    kept.rename(path)


@contextmanager
def _closed_database(store):
    url = store.engine.url
    admin = open_store(make_url(url).set(database="postgres").render_as_string(hide_password=False))

    def say(statement):
        with admin.outside_transaction() as connection:
            connection.execute(text(statement))

    say(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
    say(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'")
    yield
    say(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")
    admin.close()


@contextmanager
def no_longer_files(server, most):
    """Let no file of a server's processes grow beyond so many bytes, as a full disk does."""
    pids = [server.process.pid, *server.worker_pids()]
    before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
    for pid, (_, hard) in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))
    yield
    for pid, limits in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
