"""SECRET_KEY over time and over nodes: what is sealed is sealed anew, and a node with a key of its own is noticed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import Connection

from survey.operations.feedback.receipts import CONTACT_PURPOSE
from survey.operations.sealing import derive, make_sealer
from survey.operations.staff.second_factor import SEAL_PURPOSE
from survey.store.engine import Store
from survey.store.feedback.cases import list_sealed_contacts, save_sealed_contact
from survey.store.refusals import tried_again
from survey.store.staff.accounts import list_accounts, replace_sealed_factor
from survey.store.staff.acts import BY_COMMAND, Act
from survey.store.staff.audit import save_audit
from survey.store.staff.key_digests import find_key_digest, replace_key_digest
from survey.store.subjects import ACCOUNTS, CASES

DIGEST_BYTES = 32
Key = TypeVar("Key", int, str)
OTHER_KEY = (
    "SECRET_KEY of this node is not the one the database is served with: forms of other nodes are refused here, second "
    "factors and contacts cannot be read; give every node the same key (docs/operations.md, Changing SECRET_KEY)"
)


@dataclass(frozen=True, slots=True)
class SealedAnew:
    """How many things were sealed anew with the newest key, and how many no key that is known opens."""

    contacts: int
    second_factors: int
    unreadable: int


@tried_again
def seal_anew(store: Store, keys: tuple[bytes, ...]) -> SealedAnew:
    """Seal every contact and every second factor with the newest key, so that the keys before it can be thrown away."""
    with store.writing(ACCOUNTS, CASES) as connection:
        sealed = {account.id: account.totp_secret for account in list_accounts(connection)}
        factors = [(number, secret.encode()) for number, secret in sealed.items() if secret]
        contacts = list_sealed_contacts(connection)
        second = _each(factors, make_sealer(keys, SEAL_PURPOSE), _factor_saver(connection))
        first = _each(contacts, make_sealer(keys, CONTACT_PURPOSE), _contact_saver(connection))
        counts = {"contacts": first, "second_factors": second}
        replace_key_digest(connection, digest_of_key(keys[0]))
        save_audit(connection, staff=BY_COMMAND, act=Act.SEALED_ANEW, after=counts)
    return SealedAnew(first, second, len(factors) + len(contacts) - first - second)


def _factor_saver(connection: Connection) -> Callable[[int, bytes], None]:
    return lambda number, sealed: replace_sealed_factor(connection, number, sealed=sealed.decode())


def _contact_saver(connection: Connection) -> Callable[[str, bytes], None]:
    return lambda code, sealed: save_sealed_contact(connection, code, sealed)


def _each(rows: list[tuple[Key, bytes]], sealer: MultiFernet, save: Callable[[Key, bytes], None]) -> int:
    """Seal each of some rows anew and return how many could be opened; the time that is in a seal stays in it."""
    done = 0
    for key, sealed in rows:
        try:
            save(key, sealer.rotate(sealed))
        except InvalidToken:
            continue
        done += 1
    return done


def digest_of_key(key: bytes) -> str:
    """Return what tells one key from another and leads to neither."""
    return derive(key, "which key it is", DIGEST_BYTES).hex()


def has_other_key(store: Store, keys: tuple[bytes, ...]) -> bool:
    """Tell whether the database is served with a key this node does not sign with, nor signed with before."""
    with store.reading() as connection:
        kept = find_key_digest(connection)
    return kept is not None and kept not in map(digest_of_key, keys)


@tried_again
def note_key(store: Store, keys: tuple[bytes, ...]) -> bool:
    """Write down which key a node serves with that begins now; False when the others serve with another one."""
    with store.writing(ACCOUNTS) as connection:
        kept, known = find_key_digest(connection), [digest_of_key(key) for key in keys]
        if kept is not None and kept not in known:
            return False
        if kept != known[0]:
            replace_key_digest(connection, known[0])
    return True
