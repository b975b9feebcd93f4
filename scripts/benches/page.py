"""Weigh the citizen's form: cold Chromium, the real server over loopback, every request and byte before the first tap.

    scripts/bench page

Bytes and requests are what Chromium's network protocol reports, headers and body apart; requests are
also counted in the server's access log, which sees what the protocol hides (the icon).
"""

import re
import sys
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Playwright, sync_playwright

from scripts.benches.application import our_server
from scripts.benches.databases import Asked, open_sample, opened
from scripts.benches.servers import free_port, listens, running
from scripts.benches.tables import machine, table

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
INSTRUMENTS = ("sipas-2023", "sipas-2022", "sipas-2017")
MOST_BODY = 10_000
QUIET_MILLISECONDS = 1_000
ACCESS = ("--access-log", "--access-log-fmt", "asked %(method)s %(path)s")
HEADER = ("instrument", "asked", "questions", "body, bytes", "headers, bytes", "requests", "other hosts", "cookies")


class Wire:
    """What one page load puts on the wire, gathered from the events of Chromium's network protocol."""

    def __init__(self, session: CDPSession) -> None:
        self.hosts: list[str] = []
        self.headers = self.total = 0
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.responseReceivedExtraInfo", self._began)
        session.on("Network.loadingFinished", self._ended)
        session.send("Network.enable")

    def _asked(self, event: dict[str, dict[str, str]]) -> None:
        address = urlsplit(event["request"]["url"])
        if address.scheme != "data":
            self.hosts.append(address.netloc)

    def _began(self, event: dict[str, str]) -> None:
        self.headers += len(event["headersText"])

    def _ended(self, event: dict[str, float]) -> None:
        self.total += int(event["encodedDataLength"])


@dataclass(frozen=True, slots=True)
class Weight:
    """One form's first view. `requests` is the larger of Chromium's and the server's count."""

    instrument: str
    asked: Asked
    questions: int
    body: int
    headers: int
    requests: int
    foreign: int
    cookies: int

    @property
    def is_light(self) -> bool:
        """Tell whether the promises of the citizen's page hold."""
        return 0 < self.body <= MOST_BODY and self.requests == 1 and not self.foreign and not self.cookies

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        sizes = (f"{self.questions}", f"{self.body:,}", f"{self.headers:,}")
        return self.instrument, self.asked.value, *sizes, f"{self.requests}", f"{self.foreign}", f"{self.cookies}"


def main() -> int:
    """Print the table; return 1 when a form is too heavy, asks for more than itself, or leaves a cookie."""
    if not CHROMIUM.exists():
        sys.exit(f"{CHROMIUM} is missing: on Debian and Ubuntu, apt-get install chromium")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        print(machine(Path(scratch)), end="\n\n")
        weights = [_weigh(playwright, *case, Path(scratch)) for case in product(INSTRUMENTS, Asked)]
    print(table(HEADER, [weight.cells() for weight in weights]))
    heavy = [f"{one.instrument}, {one.asked.value}" for one in weights if not one.is_light]
    print(f"\nover the limit of {MOST_BODY:,} bytes, 1 request, 0 other hosts, 0 cookies: {'; '.join(heavy) or 'none'}")
    return 1 if heavy else 0


def _weigh(playwright: Playwright, instrument: str, asked: Asked, scratch: Path) -> Weight:
    folder = scratch / f"{instrument}-{asked.name}"
    folder.mkdir()
    database, port, log = f"sqlite:///{folder / 'form.db'}", free_port(), folder / "log"
    with opened(database) as store:
        code = open_sample(store, instrument, asked).point.code
    server = our_server(database, port=port, instance=folder, more=ACCESS)
    with running(server, log=log, is_ready=lambda: listens(port)):
        host = f"127.0.0.1:{port}"
        wire, cookies, questions = _load(playwright, f"http://{host}/K/{code}")
    served = len(re.findall(r"asked [A-Z]+ /", log.read_text()))
    foreign = sum(other != host for other in wire.hosts)
    requests = max(len(wire.hosts), served)
    return Weight(instrument, asked, questions, wire.total - wire.headers, wire.headers, requests, foreign, cookies)


def _load(playwright: Playwright, address: str) -> tuple[Wire, int, int]:
    """Open an address in a browser that has never seen it; return the traffic, the cookies kept, the questions."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    try:
        context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, locale="vi-VN")
        page = context.new_page()
        wire = Wire(context.new_cdp_session(page))
        page.goto(address, wait_until="networkidle")
        page.wait_for_timeout(QUIET_MILLISECONDS)
        return wire, len(context.cookies()), page.locator("form fieldset").count()
    finally:
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
