"""Whoever reads English meets no Vietnamese on any staff page but what people wrote, and papers that are Vietnamese."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from survey.operations.texts.catalogue import read_catalogue
from survey.services import EXTENSION
from tests.journeys.visits import Visit, Visitor, demo_application, visit_staff, visits_of_areas

# What a clerk reads aloud to a citizen, and shows on the screen afterwards, is in the tongue of the citizen.
ALOUD = {"questionnaire read aloud", "questionnaire read aloud with faults", "thanks after a helping hand"}
TOLD = ("aria-label", "placeholder", "title", "alt")


class EnglishReader(FlaskClient):
    """A client that asks for every staff page in English."""

    def open(self, *arguments: Any, **named: Any) -> TestResponse:
        """Ask for an address in English."""
        address, *others = arguments
        if address.startswith("/staff") and "lang=" not in urlsplit(address).query:
            address += ("&" if "?" in address else "?") + "lang=en"
        return super().open(address, *others, **named)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Visit]:
    """Return every staff page in English."""
    folder = Path(tmp_path_factory.mktemp("english"))
    with demo_application(folder) as app:
        app.test_client_class = EnglishReader
        visitor = Visitor(app)
        for visit in (visit_staff, *visits_of_areas()):
            visit(visitor, app.extensions[EXTENSION].store)
        return [one for one in visitor.visits if one.address.startswith("/staff")]


def texts_on(tree: html.HtmlElement) -> Iterator[str]:
    """Yield what a page says, in elements and in attributes, but what is marked as Vietnamese."""
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            continue
        if "vi" in element.xpath("ancestor-or-self::*[@lang][1]/@lang"):
            continue
        yield from (element.get(name) for name in TOLD if element.get(name))
        yield from (text for text in (element.text, *(child.tail for child in element)) if text)


@pytest.mark.slow
def test_english_pages_say_nothing_of_the_catalogue_in_vietnamese(pages: list[Visit]) -> None:
    known = {text.vietnamese for text in read_catalogue() if text.vietnamese != text.english}
    heard = {
        (page.name, said)
        for page in pages
        if page.headers["Content-Type"].startswith("text/html")
        for said in (" ".join(text.split()).strip(" .:,;()") for text in texts_on(page.tree))
        if said in known
    }
    assert sorted(heard) == []
    assert len(pages) > 150


@pytest.mark.slow
def test_english_pages_are_marked_as_english(pages: list[Visit]) -> None:
    trees = {page.name: page.tree for page in pages if page.headers["Content-Type"].startswith("text/html")}
    assert {name for name, tree in trees.items() if tree.get("lang") != "en"} == ALOUD
