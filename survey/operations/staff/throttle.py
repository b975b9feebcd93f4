"""The throttle before passwords and codes: a failure is counted for the account and for the network it came from."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from survey.operations.networks import TIMES_WIDER, network_of
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff import accounts
from survey.store.subjects import ADDED

WINDOW = timedelta(minutes=15)
MOST_OF_ACCOUNT, MOST_OF_NETWORK = 5, 30


@dataclass(frozen=True, slots=True)
class Buckets:
    """What failures are counted under, as keyed hashes: what was tried of which account, and from which network.

    `site` is the wider network that a line of IPv6 lies in, None for others.
    """

    account: str
    network: str
    site: str | None = None

    @property
    def limits(self) -> dict[str, int]:
        """How many failures each bucket may have."""
        sites = {self.site: TIMES_WIDER * MOST_OF_NETWORK} if self.site else {}
        return {self.account: MOST_OF_ACCOUNT, self.network: MOST_OF_NETWORK, **sites}


def make_buckets(secret: bytes, kind: str, *, name: str, address: str) -> Buckets:
    """Return the buckets of somebody who tries a `kind` (at most 16 letters) of an account.

    A right password does not clear the failures of the second factor: each kind has a bucket of its own.
    """
    own, wider = network_of(address)
    site = _bucket(secret, "network", wider) if wider else None
    return Buckets(_bucket(secret, kind, name), _bucket(secret, "network", own), site)


def _bucket(secret: bytes, kind: str, text: str) -> str:
    key = hashlib.sha256(secret).digest()
    return hashlib.blake2b(text.encode(), digest_size=32, key=key, person=kind.encode()).hexdigest()


@tried_again
def claim(store: Store, buckets: Buckets) -> tuple[int, ...] | None:
    """Count the attempt as a failure before it is looked at; None when there were too many.

    It is committed first and counted afterwards, so that any number of attempts at the same moment
    get no more guesses than one after the other. Returns the rows to delete when it was right.
    """
    limits = buckets.limits
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


def claim_for_network(store: Store, buckets: Buckets) -> tuple[int, ...] | None:
    """Count what cannot be an attempt on any account, such as a form with no password, for its network alone."""
    return claim(store, replace(buckets, account=buckets.network))
