"""Who may ask through the API, and how often. Of that only the day a key was shown last is kept."""

import time

from flask import g, request
from flask_limiter import Limiter, RateLimitExceeded

from survey.operations.clock import today_in_vietnam
from survey.operations.staff.api_keys import find_reader
from survey.services import services
from survey.store.staff.api_keys import ApiKey
from survey.web.api.problems import ApiRefusal

PER_MINUTE = 120

# Counts in the memory of each process.
limiter = Limiter(lambda: str(reader().id), storage_uri="memory://")


def reader() -> ApiKey:
    """Return the key that was shown."""
    found: ApiKey = g.reader
    return found


def admit() -> None:
    """Let in whoever shows a valid key, and not too often; raises Refusal (401, 429)."""
    shown = request.authorization
    if shown is None or shown.type != "bearer" or not shown.token:
        raise _unauthorised("Send a key that reads, as Authorization: Bearer KEY.")
    g.reader = find_reader(services().store, shown.token, today=today_in_vietnam())
    if g.reader is None:
        raise _unauthorised("The key is unknown, revoked or over.", ', error="invalid_token"')
    try:
        _count_request()
    except RateLimitExceeded as error:
        detail = f"A key may ask {PER_MINUTE} times a minute."
        raise ApiRefusal(429, "too_many_requests", detail, headers={"Retry-After": _seconds_to_wait()}) from error


@limiter.shared_limit(f"{PER_MINUTE} per minute", scope="api")
def _count_request() -> None:
    """Count a request of the key; raises RateLimitExceeded."""


def _seconds_to_wait() -> str:
    limit = limiter.current_limit
    return str(max(1, limit.reset_at - int(time.time())) if limit else 60)


def _unauthorised(detail: str, more: str = "") -> ApiRefusal:
    return ApiRefusal(401, "unauthorised", detail, headers={"WWW-Authenticate": f'Bearer realm="hai-long"{more}'})
