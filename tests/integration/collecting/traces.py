"""Everything a database shows of the order in which its rows were written."""

import re
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

from sqlalchemy import text


def traces(store, table):
    """Return everything a database shows of the order in which the rows of a table were written."""
    return sqlite_traces(store.engine.url.database, table) if store.is_sqlite else postgresql_traces(store, table)


def sqlite_traces(path, table):
    with closing(sqlite3.connect(path)) as connection:
        lines = [line for line in connection.iterdump() if line.startswith(f'INSERT INTO "{table}"')]
        keys = [bytes.fromhex(re.search(r"X'([0-9A-F]{32})'", line)[1]) for line in lines]
        found = {"dump": numbered(keys), "file": places_in(Path(path).read_bytes(), keys)}
        try:
            rows = connection.execute(f"SELECT key, rowid FROM {table}").fetchall()
        except sqlite3.OperationalError:
            return found
    return {**found, "rowid": dict(rows)}


def postgresql_traces(store, table):
    with store.reading() as connection:
        rows = connection.execute(text(f"SELECT key, ctid::text, xmin::text, cmin::text FROM {table}")).all()
        with connection.connection.cursor() as cursor, cursor.copy(f"COPY {table} (key) TO STDOUT") as copied:
            dumped = [bytes.fromhex(bytes(line).decode().strip()[3:]) for line in copied]
    heap, index = relation_bytes(store, table), relation_bytes(store, f"pk_{table}")
    keys = [bytes(row.key) for row in rows]
    return {
        "ctid": {bytes(row.key): row_place(*map(int, row.ctid[1:-1].split(","))) for row in rows},
        "xmin": {bytes(row.key): int(row.xmin) for row in rows},
        "cmin": {bytes(row.key): int(row.cmin) for row in rows},
        "dump": numbered(dumped),
        "file": places_in(heap, keys),
        "index": {key: index_place(index, key, lead=13 if table == "response" else 9) for key in keys},
    }


def case_traces(store):
    """Return what a database shows of the order in which cases came, by their codes."""
    if store.is_sqlite:
        with closing(sqlite3.connect(store.engine.url.database)) as connection:
            lines = [line for line in connection.iterdump() if line.startswith('INSERT INTO "feedback_case"')]
        codes = [re.search(r"VALUES\('(\w{8})'", line)[1].encode() for line in lines]
        return {"dump": numbered(codes), "file": places_in(Path(store.engine.url.database).read_bytes(), codes)}
    with store.reading() as connection:
        rows = connection.execute(text("SELECT code, ctid::text, xmin::text, cmin::text FROM feedback_case")).all()
        with connection.connection.cursor() as cursor, cursor.copy("COPY feedback_case (code) TO STDOUT") as copied:
            dumped = [bytes(line).strip() for line in copied]
    heap, index = relation_bytes(store, "feedback_case"), relation_bytes(store, "pk_feedback_case")
    return {
        "ctid": {row.code.encode(): row_place(*map(int, row.ctid[1:-1].split(","))) for row in rows},
        "xmin": {row.code.encode(): int(row.xmin) for row in rows},
        "cmin": {row.code.encode(): int(row.cmin) for row in rows},
        "dump": numbered(dumped),
        "file": places_in(heap, dumped),
        # A text of 8 letters has a byte of length before it.
        "index": {code: index_place(index, code, lead=9) for code in dumped},
    }


def relation_bytes(store, name):
    """Return the file of a table or an index as it lies on the disk."""
    with store.outside_transaction() as connection:
        connection.execute(text("CHECKPOINT"))
        found = text("SELECT pg_read_binary_file(pg_relation_filepath(CAST(:name AS regclass)))")
        return bytes(connection.execute(found, {"name": name}).scalar_one())


def index_place(index, key, *, lead):
    """Return the first place in the table that an index file gives for a key, in entries long removed as well.

    An entry begins with block (two halves) and number, `lead` bytes before the key.
    """
    starts = [found.start() - lead for found in re.finditer(re.escape(key), index)]
    entries = [struct.unpack_from("<HHH", index, start) for start in starts]
    return min(row_place((high << 16) + low, number) for high, low, number in entries)


def row_place(block, number):
    return block * 1_000 + number


def numbered(keys):
    return {key: place for place, key in enumerate(keys)}


def places_in(data, keys):
    """Return where in the bytes each key stands first: what was removed but not wiped stands there as well."""
    return {key: data.find(key) for key in keys}


def all_bytes(hall):
    """Return the bytes of every file the application has: the database and the instance folder."""
    files = [path.read_bytes() for path in sorted(hall.folder.iterdir()) if path.is_file()]
    if hall.store.is_sqlite:
        return b"".join(files)
    with hall.store.reading() as connection:
        listed = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
        names = connection.scalars(text(listed)).all()
    return b"".join([*files, *(relation_bytes(hall.store, f'"{name}"') for name in names)])
