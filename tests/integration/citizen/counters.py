"""A service point, its phones, and what the database holds."""

import re
from datetime import timedelta

from sqlalchemy import select

from survey.operations.clock import today_in_vietnam
from survey.store import tables

POINT, OTHER, RETIRED, UNKNOWN, MISTYPED = "L4E3SZF", "KNH72ZA", "LSVUDKY", "2222222", "L4E3SZG"
PAGE, SCRIPT = {}, {"Accept": "application/json"}
TOKEN = re.compile(r'name=token[^>]* value="([^"]+)"')
DAY = timedelta(days=1)


class Counter:
    """A service point, its phones, and what the database holds."""

    def __init__(self, app, store):
        self.client, self.store, self.tokens = app.test_client(), store, app.extensions["hai-long"].tokens

    def token(self, days_ago=0, code=POINT, key=None):
        return self.tokens.make(code, today_in_vietnam() - days_ago * DAY, key=key)

    def send(self, fields, *, code=POINT, headers=PAGE, query="", **more):
        data = {"token": self.token(code=code), **fields}
        return self.client.post(f"/K/{code}{query}", data=data, headers=headers, **more)

    def rows(self):
        with self.store.reading() as connection:
            found = connection.execute(select(tables.response.c.day, tables.response.c.half, tables.response.c.answers))
            return [tuple(row) for row in found]

    def comments(self):
        with self.store.reading() as connection:
            return list(connection.scalars(select(tables.comment_inbox.c.text)))
