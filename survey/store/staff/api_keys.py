"""Keys of programs that read. Only a digest of a key is kept, so that nobody can take one from the database."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row, Select, insert, select, update

from survey.errors import UnknownCodeError
from survey.store.staff.tables import api_key
from survey.store.tables import agency


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key to read with: what is published of one agency, or of all when `agency_code` is None.

    It is good until the end of `valid_to`, if that is set, and was last shown on `used_on`.
    """

    id: int
    label: str
    agency_code: str | None
    created_on: date
    revoked_on: date | None
    valid_to: date | None = None
    used_on: date | None = None


def save_key(
    connection: Connection,
    *,
    digest: str,
    label: str,
    agency_code: str | None,
    created_on: date,
    valid_to: date | None = None,
) -> int:
    """Add a key and return its number; raises UnknownCodeError for the agency."""
    agency_id = connection.execute(select(agency.c.id).where(agency.c.code == agency_code)).scalar()
    if agency_code is not None and agency_id is None:
        raise UnknownCodeError("agency", agency_code)
    values = {"digest": digest, "label": label, "agency_id": agency_id, "created_on": created_on}
    values["valid_to"] = valid_to
    number: int = connection.execute(insert(api_key).values(**values).returning(api_key.c.id)).scalar_one()
    return number


def list_keys(connection: Connection) -> tuple[ApiKey, ...]:
    """Return all keys, revoked ones too, in the order of their numbers."""
    return tuple(_to_key(row) for row in connection.execute(_keys().order_by(api_key.c.id)))


def find_key(connection: Connection, digest: str) -> ApiKey | None:
    """Return the key with this digest, unless it is revoked."""
    row = connection.execute(_keys().where(api_key.c.digest == digest, api_key.c.revoked_on.is_(None))).first()
    return _to_key(row) if row else None


def note_use(connection: Connection, number: int, *, on: date) -> None:
    """Keep the day a key was shown last; the time of day is nobody's business."""
    connection.execute(update(api_key).where(api_key.c.id == number).values(used_on=on))


def revoke_key(connection: Connection, number: int, *, on: date) -> ApiKey:
    """End a key; one that is revoked keeps its first day. Raises UnknownCodeError."""
    mine = api_key.c.id == number
    connection.execute(update(api_key).where(mine, api_key.c.revoked_on.is_(None)).values(revoked_on=on))
    row = connection.execute(_keys().where(mine)).first()
    if row is None:
        raise UnknownCodeError("API key", str(number))
    return _to_key(row)


def _keys() -> Select[tuple[object, ...]]:
    return select(api_key, agency.c.code.label("agency_code")).outerjoin(agency)


def _to_key(row: Row[tuple[object, ...]]) -> ApiKey:
    days = row.created_on, row.revoked_on, row.valid_to, row.used_on
    return ApiKey(row.id, row.label, row.agency_code, *days)
