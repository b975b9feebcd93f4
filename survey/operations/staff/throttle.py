"""The throttle before passwords and codes: a failure is counted for the account and for the network it came from."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff import accounts
from survey.store.subjects import ADDED

WINDOW = timedelta(minutes=15)
MOST_OF_ACCOUNT, MOST_OF_NETWORK = 5, 30


@dataclass(frozen=True, slots=True)
class Buckets:
    """What failures are counted under, as keyed hashes: what was tried of which account, and from which network."""

    account: str
    network: str


def make_buckets(secret: bytes, kind: str, *, name: str, address: str) -> Buckets:
    """Return the buckets of somebody who tries a `kind` (at most 16 letters) of an account.

    A right password does not clear the failures of the second factor: each kind has a bucket of its own.
    """
    return Buckets(_bucket(secret, kind, name), _bucket(secret, "network", _network(address)))


def _network(address: str) -> str:
    """Return what one household or office holds: an IPv4 address, or the first 64 bits of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ip_network((found, 64), strict=False))


def _bucket(secret: bytes, kind: str, text: str) -> str:
    key = hashlib.sha256(secret).digest()
    return hashlib.blake2b(text.encode(), digest_size=32, key=key, person=kind.encode()).hexdigest()


@tried_again
def claim(store: Store, buckets: Buckets) -> tuple[int, ...] | None:
    """Count the attempt as a failure before it is looked at; None when there were too many.

    It is committed first and counted afterwards, so that any number of attempts at the same moment
    get no more guesses than one after the other. Returns the rows to delete when it was right.
    """
    limits = {buckets.account: MOST_OF_ACCOUNT, buckets.network: MOST_OF_NETWORK}
    now = accounts.utc_now()
    with store.writing(ADDED) as connection:
        accounts.delete_failures_before(connection, now - WINDOW)
        claimed = accounts.save_failures(connection, tuple(limits), at=now)
    with store.reading() as connection:
        counts = {bucket: accounts.count_failures(connection, bucket, since=now - WINDOW) for bucket in limits}
    if all(counts[bucket] <= most for bucket, most in limits.items()):
        return claimed
    with store.writing(ADDED) as connection:
        # What was refused without a look does not make the wait longer.
        accounts.delete_failures(connection, claimed)
    return None
