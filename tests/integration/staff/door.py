"""The forms of the door: signing in and changing the password."""

import re

CHOSEN = "mật khẩu đủ dài"


def sign_in(client, password: str, *, username: str = "lan", headers=None, **more):
    """Send the sign-in form."""
    return client.post(
        "/staff/sign-in", data={"username": username, "password": password, **more}, headers=headers or {}
    )


def change_password(client, *, old: str, new: str, again: str | None = None):
    """Send the password form with the token of its page."""
    sent = {"old": old, "new": new, "again": new if again is None else again, "token": token_of(client)}
    return client.post("/staff/password", data=sent)


def token_of(client) -> str:
    """Return the CSRF token of the client's session."""
    return re.search(r'name="token" value="([^"]+)"', client.get("/staff/password").text)[1]
