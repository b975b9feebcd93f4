"""Shared tablets: made, listed, revoked, recognised by the secret in their address."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date

from survey.operations.staff.rights import Scope
from survey.store.collecting import kiosks
from survey.store.collecting.kiosks import Kiosk, KioskRow
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.points import PlacedPoint, find_point, in_agencies, list_points, used_on
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import KIOSKS, REGISTRY

# 128 random bits in 22 letters: too many to guess, few enough for a QR code a tablet reads at once.
SECRET_BYTES = 16
SALT_BYTES = 16
# A tablet of 2018 checks a PIN in half a second. The PIN keeps visitors in, it guards no data: whoever
# holds the page can try all PINs, and finds behind them only the way out of the page.
PIN_ROUNDS = 200_000


@dataclass(frozen=True, slots=True)
class NewKiosk:
    """A tablet as it was asked for: where it stands, what it is called, its PIN, and its pause between two people."""

    point_code: str
    label: str
    pin: str
    rest_seconds: int


@tried_again
def add_kiosk(store: Store, new: NewKiosk, *, scope: Scope, by: str, today: date) -> str:
    """Make a tablet and return the only copy of its secret.

    Raises UnknownCodeError when no service point in scope that is in use today has the code.
    """
    secret, salt = secrets.token_urlsafe(SECRET_BYTES), secrets.token_bytes(SALT_BYTES)
    hashed = hash_pin(new.pin, salt)
    with store.writing(REGISTRY.read(), KIOSKS) as connection:
        place = find_point(connection, new.point_code, in_agencies(scope.agencies), used_on(today))
        row = KioskRow(digest_of(secret), place.id, new.label, salt.hex(), hashed, new.rest_seconds, today)
        number = kiosks.save_kiosk(connection, row)
        about, facts = Kind.KIOSK.named(number), {"label": new.label, "point_code": place.code}
        save_audit(connection, staff=by, act=Act.KIOSK_ADDED, about=about, after=facts)
    return secret


def list_kiosks(store: Store, scope: Scope) -> list[Kiosk]:
    """Return the tablets in scope, those in use first."""
    with store.reading() as connection:
        return kiosks.list_kiosks(connection, scope.agencies)


def list_places(store: Store, scope: Scope, *, today: date) -> list[PlacedPoint]:
    """Return the service points in scope a tablet can be put at."""
    with store.reading() as connection:
        return list(list_points(connection, in_agencies(scope.agencies), used_on(today)))


def find_place(store: Store, scope: Scope, code: str, *, today: date) -> PlacedPoint:
    """Return the service point in scope with this code, if it is in use today; raises UnknownCodeError."""
    with store.reading() as connection:
        return find_point(connection, code, in_agencies(scope.agencies), used_on(today))


def find_kiosk(store: Store, number: int, *, scope: Scope) -> Kiosk:
    """Return a tablet in scope; raises UnknownCodeError."""
    with store.reading() as connection:
        return kiosks.find_kiosk(connection, number, scope.agencies)


@tried_again
def revoke_kiosk(store: Store, number: int, *, scope: Scope, by: str, today: date) -> None:
    """End a tablet in scope at once; one that is over stays as it is. Raises UnknownCodeError."""
    with store.writing(KIOSKS) as connection:
        found = kiosks.find_kiosk(connection, number, scope.agencies)
        if kiosks.set_revoked(connection, number, on=today):
            about, was = Kind.KIOSK.named(number), {"label": found.label, "point_code": found.point_code}
            save_audit(connection, staff=by, act=Act.KIOSK_REVOKED, about=about, before=was)


def find_by_secret(store: Store, secret: str) -> Kiosk | None:
    """Return the tablet with this secret, revoked or not."""
    with store.reading() as connection:
        return kiosks.find_by_digest(connection, digest_of(secret))


def digest_of(secret: str) -> str:
    """Return what is kept of a secret; 128 random bits cannot be guessed from their SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_pin(pin: str, salt: bytes) -> str:
    """Return what is kept of a PIN: PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2), which browsers compute as well.

    >>> hash_pin("2580", bytes(16))[:16]
    'df15f92877ef84f8'
    """
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, PIN_ROUNDS).hex()
