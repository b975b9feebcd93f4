"""The turn of a minute, or of a step of a code: a test that counts within one must not straddle two."""

import time


def wait_for_room(seconds: float, *, within: int) -> None:
    """Wait for the next period of `within` seconds if this one ends in less than `seconds`."""
    left = within - time.time() % within
    if left < seconds:
        time.sleep(left)
