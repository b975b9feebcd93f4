"""Let a test client in as somebody."""

import re
import time

from flask.testing import FlaskClient
from pyotp import TOTP

from survey.operations.staff.accounts import add_staff, change_password, make_attempt, sign_in
from survey.operations.staff.rights import OF_AN_AGENCY, SECOND_FACTOR, Role
from survey.operations.staff.second_factor import offer_secret, set_up
from survey.store.engine import Store

PASSWORD = "mật khẩu đủ dài"


def admit(
    client: FlaskClient,
    store: Store,
    username: str = "lan",
    role: Role = Role.ADMINISTRATOR,
    agency: str | None = None,
) -> None:
    """Make an account with a role and sign the client in as it: own password, and a second factor if it needs one.

    The door's own tests walk through its pages (`walk_in`); hundreds of others only have to be inside, so this does
    what the pages do and leaves the pages out.
    """
    one_time = add_staff(store, username, role=role, agency_code=agency if role in OF_AN_AGENCY else None)
    settings = client.application.extensions["hai-long"].settings
    attempt = make_attempt(settings.secret_key, username=username, password=one_time, address="127.0.0.1")
    begun = change_password(store, attempt, new=PASSWORD, asking=sign_in(store, attempt).signed_in)
    if role in SECOND_FACTOR:
        secret = offer_secret(settings.secret_key, begun.signed_in)
        begun = set_up(store, settings.secret_key, begun.signed_in, code=code_of(secret))
    client.set_cookie("hai_long", begun.cookie)


def walk_in(browser: FlaskClient, store: Store, username: str = "lan", role: Role = Role.ADMINISTRATOR) -> None:
    """Make an account of a role without an agency, and go through every page of the door as it."""
    one_time = add_staff(store, username, role=role)
    browser.post("/staff/sign-in", data={"username": username, "password": one_time})
    new = {"old": one_time, "new": PASSWORD, "again": PASSWORD, "token": token_of(browser, "/staff/password")}
    browser.post("/staff/password", data=new)
    if role in SECOND_FACTOR:
        set_up_second_factor(browser)


def set_up_second_factor(client: FlaskClient) -> str:
    """Set up the second factor of whoever the client is signed in as, and return its secret."""
    secret = secret_on(client.get("/staff/second-factor").text)
    give_code(client, code_of(secret))
    return secret


def give_code(client: FlaskClient, code: str):
    """Send a code of the second factor."""
    return client.post("/staff/second-factor", data={"code": code, "token": token_of(client, "/staff/second-factor")})


def secret_on(page: str) -> str:
    """Return the secret a person would type from the set-up page."""
    return re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the code a telephone shows whose clock is `steps` of 30 seconds ahead."""
    return TOTP(secret).at(int(time.time()) + 30 * steps)


def token_of(client: FlaskClient, path: str) -> str:
    """Return the token of the forms on a staff page."""
    return re.findall(r'name="token" value="([^"]+)"', client.get(path).text)[0]
