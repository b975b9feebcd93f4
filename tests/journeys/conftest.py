"""A house with an open round, and phones to visit it with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from survey.store.engine import Store
from tests.journeys.houses import House, make_house
from tests.journeys.phones import phone_in_hand, running_chromium
from tests.journeys.staff_desk import Office, desk_of, opened_office

POINT = "L4E3SZF"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Let journeys run on the embedded database."""
    return sqlite_url


@pytest.fixture
def closed_house(tmp_path: Path, store: Store, database_url: str, round_of_2023_form: str) -> House:
    """Return an instance with an open round whose server is not running."""
    return make_house(tmp_path, store, database_url)


@pytest.fixture
def house(closed_house: House) -> Iterator[House]:
    """Yield an instance with an open round that is served."""
    with closed_house.served():
        yield closed_house


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield the browser."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """Yield a phone."""
    with phone_in_hand(chromium) as context:
        yield context


@pytest.fixture
def form(house: House, phone: BrowserContext) -> Page:
    """Return the form of one service point, open on the phone."""
    page = phone.new_page()
    page.goto(house.form(POINT))
    return page


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Page]:
    """Yield a page of a browser on a desk."""
    with desk_of(chromium) as page:
        yield page


@pytest.fixture
def office(tmp_path: Path, store: Store, database_url: str) -> Iterator[Office]:
    """Yield an office with an empty database, whose clock is the test's."""
    with opened_office(make_house(tmp_path, store, database_url)) as opened:
        yield opened
