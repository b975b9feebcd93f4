"""Phones in people's hands: the distribution's Chromium, real taps, and what a person sees and does."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from survey.operations.clock import now_in_vietnam
from survey.responses import RECEIPT_PATTERN
from tests.conftest import need

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
PHONE: Mapping[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
}
DESK: Mapping[str, Any] = {
    "viewport": {"width": 1280, "height": 900},
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
}
# Milliseconds. How long it takes until what must come has come says nothing about what is tested.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
# The process that publishes steps back for all others.
PUBLISHING = 300_000
THANKS = re.compile(rf"/K/\w{{7}}/thanks\?receipt={RECEIPT_PATTERN}$")


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Yield the distribution's Chromium; without one, the tests are left out by name or fail where all must run."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        need("chromium (Debian package chromium)", "browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def phone_in_hand(browser: Browser, **more: Any) -> Iterator[BrowserContext]:
    """Yield a phone of its own, with nothing on it; a fault in a page's script fails the test."""
    faults: list[str] = []
    context = browser.new_context(**{**PHONE, **more})
    context.set_default_timeout(PATIENCE)
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    yield context
    context.close()
    assert faults == []


def stop_clock(page: Page) -> None:
    """Let no more time pass on a page: nothing is sent again but by what somebody does."""
    now = now_in_vietnam()
    page.clock.install(time=now - timedelta(hours=1))
    page.clock.pause_at(now)


def tap_answer(page: Page, question: str, symbol: str) -> None:
    """Tap one answer with a finger, and wait until the item has folded as it does under a script."""
    page.locator(f"label:has(input[name='{question}'][value='{symbol}'])").tap()
    if page.locator("#answers > .bar").is_visible():
        # Asked at every frame: a locator would look only five times in the first second.
        page.wait_for_function("id => document.getElementById(id).matches('.done')", arg=question)


def tap_answers(page: Page, answers: Mapping[str, str]) -> None:
    """Tap the answers one after the other, in their order."""
    for question, symbol in answers.items():
        tap_answer(page, question, symbol)


def tap_send(page: Page) -> None:
    """Tap the button that sends."""
    page.get_by_role("button", name="Gửi đánh giá").tap()


def read_receipt(page: Page) -> str:
    """Wait for the thanks page and return the receipt a person reads there."""
    page.wait_for_url(THANKS)
    expect(page.locator("h1")).to_have_text("Cảm ơn ông/bà đã đánh giá")
    receipt = page.locator(".code").inner_text()
    assert page.url.endswith(f"receipt={receipt}")
    return receipt


def chosen_answers(page: Page) -> dict[str, str]:
    """Return what is chosen on the page, hidden or not."""
    script = "fields => Object.fromEntries(fields.map(field => [field.name, field.value]))"
    found: dict[str, str] = page.locator("fieldset :checked").evaluate_all(script)
    return found
