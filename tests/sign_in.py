"""Let a test client in as somebody."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select, update

from survey.operations.accounts import add_staff
from survey.operations.rights import OF_AN_AGENCY, Role
from survey.store import staff_tables, tables
from survey.store.engine import Store

PASSWORD = "mật khẩu đủ dài"


def admit(
    client: FlaskClient,
    store: Store,
    username: str = "lan",
    role: Role = Role.ADMINISTRATOR,
    agency: str | None = None,
) -> None:
    """Make an account with a role, and sign the client in as it, with a password of its own."""
    one_time = add_staff(store, username)
    _give_role(store, username, role, agency if role in OF_AN_AGENCY else None)
    client.post("/staff/sign-in", data={"username": username, "password": one_time})
    new = {"old": one_time, "new": PASSWORD, "again": PASSWORD, "token": token_of(client, "/staff/password")}
    client.post("/staff/password", data=new)


def _give_role(store: Store, username: str, role: Role, agency: str | None) -> None:
    with store.writing() as connection:
        number = connection.scalar(select(tables.agency.c.id).where(tables.agency.c.code == agency))
        whose = staff_tables.staff.c.username == username
        connection.execute(update(staff_tables.staff).where(whose).values(role=role.value, agency_id=number))


def token_of(client: FlaskClient, path: str) -> str:
    """Return the token of the forms on a staff page."""
    return re.findall(r'name="token" value="([^"]+)"', client.get(path).text)[0]
