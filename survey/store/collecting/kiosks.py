"""Shared tablets in the database. A secret is never kept, only its digest; nor is a PIN."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, Row, Select, insert, select, update

from survey.errors import UnknownCodeError
from survey.store.staff.tables import kiosk
from survey.store.tables import agency, service_point


@dataclass(frozen=True, slots=True)
class KioskRow:
    """What is stored of a new tablet."""

    digest: str
    service_point_id: int
    label: str
    pin_salt: str
    pin_hash: str
    rest_seconds: int
    created_on: date


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A tablet: where it stands, what its page needs to check the PIN and to rest, and since when it is over."""

    id: int
    label: str
    point_code: str
    point_name: str
    agency_code: str
    agency_name: str
    pin_salt: str
    pin_hash: str
    rest_seconds: int
    created_on: date
    revoked_on: date | None


def save_kiosk(connection: Connection, new: KioskRow) -> int:
    """Add a tablet and return its number."""
    number: int = connection.execute(insert(kiosk).values(**asdict(new)).returning(kiosk.c.id)).scalar_one()
    return number


def list_kiosks(connection: Connection, agencies: Collection[str] | None) -> list[Kiosk]:
    """Return the tablets of some agencies (None: of all), those in use first, the latest first."""
    statement = _of(_kiosks(), agencies).order_by(kiosk.c.revoked_on.is_not(None), kiosk.c.id.desc())
    return [_to_kiosk(row) for row in connection.execute(statement)]


def find_kiosk(connection: Connection, number: int, agencies: Collection[str] | None) -> Kiosk:
    """Return a tablet of some agencies (None: of any); raises UnknownCodeError."""
    row = connection.execute(_of(_kiosks(), agencies).where(kiosk.c.id == number)).first()
    if row is None:
        raise UnknownCodeError("kiosk", str(number))
    return _to_kiosk(row)


def find_by_digest(connection: Connection, digest: str) -> Kiosk | None:
    """Return the tablet whose secret has this digest, revoked or not."""
    row = connection.execute(_kiosks().where(kiosk.c.digest == digest)).first()
    return _to_kiosk(row) if row else None


def set_revoked(connection: Connection, number: int, *, on: date) -> bool:
    """End a tablet; tell whether it was in use."""
    in_use = (kiosk.c.id == number) & kiosk.c.revoked_on.is_(None)
    return connection.execute(update(kiosk).where(in_use).values(revoked_on=on)).rowcount == 1


def _kiosks() -> Select[tuple[object, ...]]:
    point = (service_point.c.code.label("point_code"), service_point.c.name.label("point_name"))
    named = (agency.c.code.label("agency_code"), agency.c.name.label("agency_name"))
    return (
        select(kiosk, *point, *named).join(service_point, service_point.c.id == kiosk.c.service_point_id).join(agency)
    )


def _of(statement: Select[tuple[object, ...]], agencies: Collection[str] | None) -> Select[tuple[object, ...]]:
    return statement if agencies is None else statement.where(agency.c.code.in_(agencies))


def _to_kiosk(row: Row[tuple[object, ...]]) -> Kiosk:
    return Kiosk(
        id=row.id,
        label=row.label,
        point_code=row.point_code,
        point_name=row.point_name,
        agency_code=row.agency_code,
        agency_name=row.agency_name,
        pin_salt=row.pin_salt,
        pin_hash=row.pin_hash,
        rest_seconds=row.rest_seconds,
        created_on=row.created_on,
        revoked_on=row.revoked_on,
    )
