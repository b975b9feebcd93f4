"""The page of the second factor, and the ways up to it."""

import time

from survey.operations.staff.second_factor import STEP_SECONDS
from tests.integration.staff.door import sign_in
from tests.sign_in import PASSWORD, token_of

DOOR = "/staff/second-factor"


def beginning_of_a_step() -> float:
    """Return when the present step of 30 seconds began, in seconds since 1970."""
    now = time.time()
    return now - now % STEP_SECONDS


def change(client, old: str):
    new = {"old": old, "new": PASSWORD, "again": PASSWORD, "token": token_of(client, "/staff/password")}
    return client.post("/staff/password", data=new)


def admitted(client) -> bool:
    return client.get("/staff/account").status_code == 200


def signed_in_again(app):
    """Return another client of `lan` that has given the password only."""
    client = app.test_client()
    sign_in(client, PASSWORD)
    return client
