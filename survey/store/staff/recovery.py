"""Recovery codes as they are kept: slow digests under one salt for all of an account."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from survey.store.staff.tables import recovery_code

_row = recovery_code.c


def replace_codes(connection: Connection, account_id: int, digests: Iterable[str], *, salt: str) -> None:
    """Keep new codes in place of all there are."""
    connection.execute(delete(recovery_code).where(_row.account == account_id))
    rows = [{"account": account_id, "digest": digest, "salt": salt} for digest in digests]
    connection.execute(insert(recovery_code), rows)


def find_salt(connection: Connection, account_id: int) -> str | None:
    """Return the salt of an account's codes, None when none is left."""
    return connection.scalar(select(_row.salt).where(_row.account == account_id).limit(1))


def count_codes(connection: Connection, account_id: int) -> int:
    """Return how many codes an account has left."""
    return connection.scalar(select(func.count()).where(_row.account == account_id)) or 0


def take_code(connection: Connection, account_id: int, digest: str) -> bool:
    """Remove a code that is used now; False when there is none such, or it was used before."""
    mine = (_row.account == account_id) & (_row.digest == digest)
    return connection.execute(delete(recovery_code).where(mine)).rowcount == 1
