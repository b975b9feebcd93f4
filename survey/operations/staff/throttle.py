"""The throttle before passwords and codes, made so that nobody can use it to keep somebody else out.

A failure counts for the account as tried from one network, for the network, and for the account as tried from
anywhere. The first two stop a guesser after a few tries; the last stops many networks at once, much later, by waits
that grow. A browser that was fully signed in before has a bucket of its own, which no stranger can fill.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from survey.operations.networks import TIMES_WIDER, network_of
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff import failures
from survey.store.staff.accounts import utc_now
from survey.store.subjects import ADDED

WINDOW = timedelta(minutes=15)
MOST_OF_ACCOUNT, MOST_OF_NETWORK = 5, 30
# From anywhere: so many failures in a day cost nothing, every ten more double the wait for the next try.
DAY, FREE_FROM_ANYWHERE, DOUBLED_EVERY = timedelta(days=1), 20, 10
FIRST_WAIT = timedelta(minutes=1)


class LockReason(StrEnum):
    """Which limit refused an attempt without a look."""

    FROM_HERE = "from_here"
    NETWORK = "network"
    FROM_ANYWHERE = "from_anywhere"


@dataclass(frozen=True, slots=True)
class Buckets:
    """What failures are counted under, as keyed hashes: what was tried of which account, and from which network.

    `site` is the wider network that a line of IPv6 lies in, empty for others. A known device has neither network nor
    site nor `anywhere`: all are empty.
    """

    account: str
    network: str
    site: str = ""
    anywhere: str = ""

    @property
    def cleared(self) -> tuple[str, ...]:
        """The buckets that somebody who was right empties."""
        return tuple(bucket for bucket in (self.account, self.anywhere) if bucket)

    @property
    def limits(self) -> dict[str, int]:
        """How many failures each bucket takes within 15 minutes."""
        networks = {self.network: MOST_OF_NETWORK, self.site: TIMES_WIDER * MOST_OF_NETWORK}
        return {self.account: MOST_OF_ACCOUNT, **{bucket: most for bucket, most in networks.items() if bucket}}


def make_buckets(secret: bytes, kind: str, *, name: str, address: str, device: str = "") -> Buckets:
    """Return the buckets of somebody who tries a `kind` (at most 16 letters) of an account.

    A right password does not clear the failures of the second factor: each kind has a bucket of its own.
    """
    if device:
        return Buckets(_bucket(secret, kind, f"device {device} {name}"), "")
    own, wider = network_of(address)
    here, anywhere = (_bucket(secret, kind, f"{where} {name}") for where in (f"network {own}", "anywhere"))
    site = _bucket(secret, "network", wider) if wider else ""
    return Buckets(here, _bucket(secret, "network", own), site, anywhere)


def _bucket(secret: bytes, kind: str, text: str) -> str:
    key = hashlib.sha256(secret).digest()
    return hashlib.blake2b(text.encode(), digest_size=32, key=key, person=kind.encode()).hexdigest()


@tried_again
def claim(store: Store, buckets: Buckets, *, unlocked: datetime | None = None) -> tuple[int, ...] | LockReason:
    """Count the attempt as a failure before it is looked at; the limit that refused it when there were too many.

    It is committed first and counted afterwards, so that any number of attempts at the same moment
    get no more guesses than one after the other. Returns the rows to delete when it was right. Failures of the
    account before it was `unlocked` count no more.
    """
    now = utc_now()
    with store.writing(ADDED) as connection:
        failures.delete_failures_before(connection, now - DAY)
        claimed = failures.save_failures(connection, tuple(buckets.limits), at=now)
    lock = _lock_here(store, buckets, now=now, unlocked=unlocked)
    if lock is None and buckets.anywhere:
        with store.writing(ADDED) as connection:
            claimed += failures.save_failures(connection, (buckets.anywhere,), at=now)
        lock = _lock_anywhere(store, buckets.anywhere, claimed[-1], now=now, unlocked=unlocked)
    if lock is None:
        return claimed
    with store.writing(ADDED) as connection:
        # What was refused without a look does not make the wait longer.
        failures.delete_failures(connection, claimed)
    return lock


def _lock_here(store: Store, buckets: Buckets, *, now: datetime, unlocked: datetime | None) -> LockReason | None:
    first = now - WINDOW
    since = {buckets.account: max(first, unlocked or first)}
    with store.reading() as connection:
        for bucket, most in buckets.limits.items():
            if failures.count_failures(connection, bucket, since=since.get(bucket, first)) > most:
                return LockReason.FROM_HERE if bucket == buckets.account else LockReason.NETWORK
    return None


def _lock_anywhere(
    store: Store, bucket: str, number: int, *, now: datetime, unlocked: datetime | None
) -> LockReason | None:
    since = max(now - DAY, unlocked or now - DAY)
    with store.reading() as connection:
        before = failures.failures_before(connection, bucket, since=since, number=number)
    waits = before.latest is not None and now - before.latest < wait_after(before.number)
    return LockReason.FROM_ANYWHERE if waits else None


def wait_after(number: int) -> timedelta:
    """Return how long an account waits for its next try after failures from anywhere, known devices left out.

    >>> [wait_after(number).seconds // 60 for number in (19, 20, 29, 30, 40, 50, 60, 900)]
    [0, 1, 1, 2, 4, 8, 15, 15]
    """
    doubled = (number - FREE_FROM_ANYWHERE) // DOUBLED_EVERY
    return timedelta() if doubled < 0 else min(FIRST_WAIT * 2 ** min(doubled, DOUBLED_EVERY), WINDOW)


def claim_for_network(store: Store, buckets: Buckets) -> tuple[int, ...] | None:
    """Count what cannot be an attempt on any account, such as a form with no password, for its network alone.

    A known device has none, and counts for itself. None when there were too many.
    """
    claimed = claim(store, replace(buckets, account=buckets.network or buckets.account, anywhere=""))
    return None if isinstance(claimed, LockReason) else claimed
