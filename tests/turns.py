"""The turn of a minute, of a step of a code, of a half-day: a test that counts on one must not straddle two."""

import time


def wait_for_room(seconds: float, *, within: int, since: int = 0) -> None:
    """Wait for the next period of `within` seconds, counted since a Unix time, if this one ends before `seconds`."""
    left = within - (time.time() - since) % within
    if left < seconds:
        time.sleep(left)
