"""Paper carries addresses: one that was public once stays, or its end is acknowledged here."""

import re
from pathlib import Path

import pytest

ROUTES = Path(__file__).with_name("routes.txt")
# The front answers these before Flask is asked; the second one Flask has never heard of.
ANSWERED_BY_THE_FRONT = ("GET /K/<code>", "GET /K/<code>/thanks")
KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@pytest.fixture
def database_url(sqlite_url):
    """Look at the addresses once: they do not depend on the database."""
    return sqlite_url


def listed_routes():
    """Return the lines of routes.txt."""
    return ROUTES.read_text(encoding="utf-8").splitlines()


def answered_routes(app):
    """Return every method and rule the application answers."""
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    found = {f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods & methods}
    return found.union(ANSWERED_BY_THE_FRONT)


def test_no_public_address_disappears(app) -> None:
    gone = sorted(set(listed_routes()) - answered_routes(app))
    assert gone == [], (
        f"no longer answered: {', '.join(gone)}. Posters, letters and other programs carry addresses: keep answering "
        f"them, or take the lines out of {ROUTES.name} and say so in CHANGELOG.md"
    )


def test_every_public_address_is_listed(app) -> None:
    new = sorted(answered_routes(app) - set(listed_routes()))
    assert new == [], f"new addresses, to be kept for ever once they are out: add to {ROUTES.name}: {', '.join(new)}"


def test_the_list_is_in_order_and_says_nothing_twice() -> None:
    assert listed_routes() == sorted(set(listed_routes()))


def test_the_front_answers_the_addresses_it_is_said_to_answer(app, client, round_of_2023_form) -> None:
    asked = []
    app.before_request(lambda: asked.append("Flask was asked"))
    for path in ("/K/L4E3SZF", "/K/L4E3SZF/thanks?receipt=9EZB-ECQL-YRVA"):
        assert client.get(path).status_code == 200
    assert asked == []


def test_addresses_are_lower_case_words_with_hyphens(app) -> None:
    rules = {re.sub(r"<[^>]+>", "x", route.split(" ", 1)[1]) for route in answered_routes(app)}
    words = {word for rule in rules for word in re.split(r"[/.]", rule) if word}
    # The one capital stands for “khảo sát” on posters: upper case keeps a QR code in its compact mode.
    assert {word for word in words - {"K", "A"} if not KEBAB.fullmatch(word)} == set()
