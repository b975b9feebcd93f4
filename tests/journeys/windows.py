"""A browser window onto pages the application has already answered."""

import re
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
HOME = "http://localhost"
# Only what is broken: to describe all that is right takes longer than to find it.
_RUN_AXE = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
# What moves or fades is looked at when it has come to rest.
_AT_REST = """() => document.getAnimations()
    .every(one => one.playState !== 'running' || one.effect.getComputedTiming().endTime === Infinity)"""
_FIND_SMALL = """(elements, least) => elements
    .filter(element => element.checkVisibility())
    .map(element => [element.textContent.trim().slice(0, 30), element.getBoundingClientRect()])
    .filter(([, box]) => box.height < least || box.width < least)
    .map(([text, box]) => `${text} ${box.width} × ${box.height}`)"""


def find_violations(page: Page) -> list[str]:
    """Run axe in a page and return the rules it breaks, each with the first place and why."""
    page.wait_for_function(_AT_REST)
    found = page.evaluate(f"{AXE.read_text(encoding='utf-8')};{_RUN_AXE}")
    return [f"{one['id']} at {one['nodes'][0]['target']}: {one['nodes'][0]['failureSummary']}" for one in found]


def find_small_targets(page: Page, targets: str, *, least: int) -> list[str]:
    """Return what a finger is to hit but is narrower or lower than `least` pixels."""
    found: list[str] = page.locator(targets).evaluate_all(_FIND_SMALL, least)
    return found


class Window:
    """A browser window that is answered by the application in this process, and remembers what it saw."""

    def __init__(self, browser, app, *, script, client=None, **options) -> None:
        self._client, self._script, self._visit = client or app.test_client(), script, None
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.route("**/*", self._answer)

    def open(self, visit) -> None:
        """Show a page as it was answered."""
        self._visit = visit
        self.page.goto(HOME + visit.address)

    def _answer(self, route) -> None:
        asked, visit = route.request, self._visit
        if asked.is_navigation_request() and asked.url == HOME + visit.address:
            headers = {name: value for name, value in visit.headers.items() if name != "Content-Length"}
            route.fulfill(status=visit.status, headers=self._without_script(headers), body=visit.body)
            return
        path = asked.url.removeprefix(HOME)
        answer = self._client.open(path, method=asked.method, headers=asked.headers, data=asked.post_data)
        route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.data)
        answer.close()

    def _without_script(self, headers):
        if self._script == "script":
            return headers
        name = "Content-Security-Policy"
        return {**headers, name: re.sub(r"script-src [^;]*", "script-src 'none'", headers[name])}
