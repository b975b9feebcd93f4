"""Keys of programs that read through the API: made, listed, revoked, recognised."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date

from survey.errors import SurveyError
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff import api_keys
from survey.store.staff.acts import BY_COMMAND, Act, Kind
from survey.store.staff.api_keys import ApiKey
from survey.store.staff.audit import save_audit
from survey.store.subjects import ADDED, API_KEYS, REGISTRY

KEY_BYTES = 32
LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `secret` is the only copy of its 256 random bits."""

    number: int
    secret: str


@tried_again
def add_key(
    store: Store, label: str, *, today: date, agency_code: str | None = None, valid_to: date | None = None
) -> NewKey:
    """Make a key that reads what is published of one agency, or of all, until the end of a day if one is given.

    Raises SurveyError on a label that is empty, too long or not printable, and on a day before today, UnknownCodeError
    for the agency.
    """
    if valid_to is not None and valid_to < today:
        raise SurveyError(f"a key that ends on {valid_to} would be over before it begins")
    if not (label.strip() and label.isprintable() and len(label) <= LONGEST_LABEL):
        raise SurveyError(f"a key needs a label of 1 to {LONGEST_LABEL} printable characters: who reads with it")
    name, secret = label.strip(), secrets.token_urlsafe(KEY_BYTES)
    with store.writing(REGISTRY.read(), API_KEYS) as connection:
        number = api_keys.save_key(
            connection,
            digest=digest_of(secret),
            label=name,
            agency_code=agency_code,
            created_on=today,
            valid_to=valid_to,
        )
        end = {"valid_to": valid_to} if valid_to else {}
        about, added = Kind.API_KEY.named(number), {"label": name, "agency_code": agency_code, **end}
        save_audit(connection, staff=BY_COMMAND, act=Act.API_KEY_ADDED, about=about, after=added)
    return NewKey(number, secret)


def list_keys(store: Store) -> tuple[ApiKey, ...]:
    """Return all api_keys, revoked ones too."""
    with store.reading() as connection:
        return api_keys.list_keys(connection)


@tried_again
def revoke_key(store: Store, number: int, *, today: date) -> ApiKey:
    """End a key at once; raises UnknownCodeError."""
    with store.writing(API_KEYS) as connection:
        revoked = api_keys.revoke_key(connection, number, on=today)
        about, was = Kind.API_KEY.named(number), {"label": revoked.label}
        save_audit(connection, staff=BY_COMMAND, act=Act.API_KEY_REVOKED, about=about, before=was)
    return revoked


def find_reader(store: Store, secret: str, *, today: date) -> ApiKey | None:
    """Return the key a program shows, unless it is unknown, revoked or over; the day it was shown last is kept."""
    with store.reading() as connection:
        key = api_keys.find_key(connection, digest_of(secret))
    if key is None or (key.valid_to is not None and key.valid_to < today):
        return None
    if key.used_on != today:
        with store.writing(ADDED) as connection:
            api_keys.note_use(connection, key.id, on=today)
    return key


def digest_of(secret: str) -> str:
    """Return what is kept of a key; 256 random bits cannot be guessed from their SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()
