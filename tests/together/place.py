"""Where all happens under load: how much is done, the browser of staff, and the chance of each lane."""

import http.cookiejar
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from survey.settings import Settings
from survey.store.engine import Store
from tests.servers import Server
from tests.together.bustle import Bustle

DAY = timedelta(days=1)
ROUND = "r1"

Act = Callable[[], object]
Lane = Sequence[Act]


class Scale(NamedTuple):
    """How much is done: `settlings` are those that came to their end, whatever was killed before."""

    answers: int
    phones: int
    settlings: int
    old_rounds: int
    publications: int
    tables: int
    quick_acts: int


class Page(NamedTuple):
    """What came back to staff."""

    status_code: int
    text: str


class Browser:
    """A browser of staff with its cookies; asks as `tests.sign_in` does of a test client, but over the network."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> Page:
        """Fetch a page."""
        return self._ask(path, None)

    def post(self, path: str, data: dict[str, str]) -> Page:
        """Send a form and follow where it leads."""
        return self._ask(path, urllib.parse.urlencode(data).encode())

    def _ask(self, path: str, body: bytes | None) -> Page:
        for _ in range(20):
            try:
                with self._opener.open(self._address + path, body, timeout=30) as answer:
                    return Page(answer.status, answer.read().decode())
            except urllib.error.HTTPError as error:
                with error:
                    return Page(error.code, error.read().decode())
            except OSError:
                # A worker was killed; a person presses again.
                time.sleep(0.3)
        raise TimeoutError(f"no page came from {path}")


@dataclass(frozen=True)
class Place:
    """Where all of it happens."""

    bustle: Bustle
    store: Store
    server: Server
    settings: Settings
    browser: Browser
    folder: Path
    scale: Scale

    def chance(self, lane: str) -> random.Random:
        """Return the chance of one lane, drawn from the seed."""
        return random.Random(f"{self.bustle.seed} {lane}")
