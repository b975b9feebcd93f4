"""A tablet with its page open."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.journeys.houses import House
from tests.journeys.kiosk.tablets import TABLET, make_tablet, open_page
from tests.journeys.phones import phone_in_hand


@pytest.fixture
def address(house: House) -> str:
    """Return the address of a tablet."""
    return make_tablet(house)


@pytest.fixture
def tablet(chromium, address) -> BrowserContext:
    """Yield a tablet."""
    with phone_in_hand(chromium, **TABLET) as context:
        yield context


@pytest.fixture
def page(tablet: BrowserContext, address: str) -> Page:
    """Return the tablet's page."""
    return open_page(tablet, address)
