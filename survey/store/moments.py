"""All that a request reads is of one moment: one connection in one read transaction, begun at the first read.

Whoever opens a moment reads in it wherever `Store.reading` is called below. A write ends it, so that what is read
afterwards has what was written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

_open: ContextVar["ReadMoment | None"] = ContextVar("moment", default=None)


class ReadMoment:
    """The one read transaction of a piece of work in one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connection: Connection | None = None
        self._readers, self._is_over = 0, False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield the connection; after a statement that failed the next reader begins anew."""
        self._readers += 1
        try:
            yield self._begun()
        except DBAPIError:
            self._is_over = True
            raise
        finally:
            self._readers -= 1
            if self._is_over and not self._readers:
                self.end()

    def end(self) -> None:
        """Let the next reader see what was written meanwhile; those who read now go on in their moment."""
        self._is_over = bool(self._readers)
        if not self._readers and self._connection is not None:
            self._connection.close()
            self._connection = None

    def _begun(self) -> Connection:
        if self._connection is None:
            self._connection = self.engine.connect()
            self._connection.begin()
        return self._connection


@contextmanager
def one_moment(engine: Engine) -> Iterator[None]:
    """Let all that is read in here from one database be of one moment."""
    moment = ReadMoment(engine)
    token = _open.set(moment)
    try:
        yield
    finally:
        _open.reset(token)
        moment.end()


def moment_of(engine: Engine) -> ReadMoment | None:
    """Return the moment in which this database is read here, if one is open."""
    moment = _open.get()
    return moment if moment is not None and moment.engine is engine else None
