"""The database connection: how SQLite must be set, and the one lock around every write.

SQLite before 3.51.3 can corrupt a WAL file when two connections commit or checkpoint at the same
instant, and writers that wait on its busy time-out starve each other for seconds. An inter-process
file lock around each write transaction (automatic checkpoints run inside it) removes both.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.engine import make_url

from survey.errors import BusyError
from survey.store.file_locks import FileLock, take_lock
from survey.store.moments import moment_of, one_moment
from survey.store.poolers import set_session
from survey.store.refusals import refused_in_words
from survey.store.subjects import WAIT_SECONDS, Subject, hold, number_of

BUSY_SECONDS = 30
# As hosts write it; `postgres` is how their panels print it.
POSTGRESQL = ("postgresql", "postgres")
CONNECT_SECONDS = "5"
# An error must not say what was to be stored: it may be somebody's answers, and errors are logged.
USUAL: Mapping[str, Any] = MappingProxyType({"pool_size": 10, "max_overflow": 10, "hide_parameters": True})
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "trusted_schema=OFF")


@dataclass(frozen=True, slots=True)
class Store:
    """An open database. Use `reading()` and `writing()`; nothing else begins a transaction."""

    engine: Engine
    writer: Engine
    lock: FileLock | None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection in a read transaction; all it reads is of one moment, the request's if it has one."""
        moment = moment_of(self.engine)
        if moment is not None:
            with moment.reading() as connection:
                yield connection
            return
        with self.reading_now() as connection:
            yield connection

    @contextmanager
    def reading_now(self) -> Iterator[Connection]:
        """Yield a connection that reads what stands now, whatever moment the request is in.

        For what is held against something outside of the database, such as whether a worker lives.
        """
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def one_moment(self) -> AbstractContextManager[None]:
        """Let all that is read in here be of one moment, until something is written."""
        return one_moment(self.engine)

    @contextmanager
    def writing(self, subject: Subject, *others: Subject) -> Iterator[Connection]:
        """Yield a connection in a write transaction that holds what is decided about.

        It commits at the end or not at all. What decides is read from this connection, after the subjects are
        held. Raises ChangedMeanwhileError for what a constraint refuses because somebody else was faster, and
        BusyError for a deadlock or when a lock did not come in time.
        """
        subjects = (subject, *others)
        self._end_moment()
        with refused_in_words(subjects), self.alone(), self.writer.begin() as connection:
            if not self.is_sqlite:
                hold(connection, subjects)
            yield connection

    @contextmanager
    def holding(self, subject: Subject, *, seconds: float = WAIT_SECONDS) -> Iterator[Subject]:
        """Hold a subject across several transactions, over all processes and nodes; yield it as one that is held.

        Citizens' answers and all else go on. Raises BusyError when somebody else holds it for so long. On PostgreSQL
        a connection of its own holds it, on SQLite a lock on a file beside the database: both end with the process.
        """
        held = self._held_in_file(subject, seconds) if self.is_sqlite else self._held_in_database(subject, seconds)
        with held:
            yield subject.held()

    @contextmanager
    def _held_in_database(self, subject: Subject, seconds: float) -> Iterator[None]:
        with self.writer.connect() as connection, connection.begin():
            with refused_in_words((subject,)):
                hold(connection, (subject,), seconds=seconds)
                connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield

    @contextmanager
    def _held_in_file(self, subject: Subject, seconds: float) -> Iterator[None]:
        database = Path(str(self.engine.url.database))
        path = database.with_name(f"{database.name}.{subject.place}-{number_of(subject.key)}.lock")
        until = time.monotonic() + seconds
        while (file := take_lock(path)) is None:
            if time.monotonic() >= until:
                raise BusyError(str(subject))
        try:
            yield
        finally:
            os.close(file)

    @contextmanager
    def outside_transaction(self) -> Iterator[Connection]:
        """Yield a connection for commands that refuse a transaction, such as VACUUM."""
        # On SQLite our own connections begin nothing by themselves, and asking SQLAlchemy for
        # AUTOCOMMIT would leave the pooled connection in the driver's own transaction mode.
        options = {"begin": ""} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        with self.alone(), self.engine.execution_options(**options).connect() as connection:
            yield connection

    def _end_moment(self) -> None:
        if moment := moment_of(self.engine):
            moment.end()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self.writer.dispose()

    def alone(self) -> AbstractContextManager[None]:
        """Keep other writers out where the database does not do it itself."""
        return self.lock.held() if self.lock else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"


def open_store(database_url: str, *, serves: bool = False) -> Store:
    """Return the store at an SQLAlchemy address; no connection is made yet.

    A store that `serves` people has a limit on every statement; what works by itself may take its time.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(database_url, Path(str(url.database)))
    if url.drivername in POSTGRESQL:
        url = url.set(drivername="postgresql+psycopg")
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": CONNECT_SECONDS})
    # A read is of one moment, as it is on SQLite: what two statements tell belongs together.
    reader = create_engine(url, pool_pre_ping=True, isolation_level="REPEATABLE READ", **USUAL)
    # The writer does not ask before every batch whether its connection lives: it tries again when it does not.
    writer = create_engine(url, **USUAL)
    for engine in (reader, writer):
        event.listen(engine, "handle_error", _keep_first_line)
        event.listen(engine, "connect", partial(set_session, serves=serves))
    return Store(reader, writer, None)


def _keep_first_line(context: ExceptionContext) -> None:
    """Leave of an error what went wrong: the lines below it show the row that was to be stored (DETAIL, CONTEXT)."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


def _open_sqlite(database_url: str, path: Path) -> Store:
    engine = create_engine(database_url, connect_args={"timeout": BUSY_SECONDS}, **USUAL)
    event.listen(engine, "connect", _set_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Store(
        engine, engine.execution_options(begin="BEGIN IMMEDIATE"), FileLock(path.with_name(f"{path.name}.lock"))
    )


def _set_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself: ours begin IMMEDIATE, so that a read never
    # has to be upgraded to a write, which SQLite refuses at once when another writer is active.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    statement = connection.get_execution_options().get("begin", "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)
