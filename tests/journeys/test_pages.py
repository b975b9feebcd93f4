"""Every page in a real browser: for people who see or move otherwise, on narrow screens, and with nothing hidden."""

import hashlib
from urllib.parse import urlsplit

import pytest

from tests.journeys.phones import DESK, PHONE, tap_answer, tap_send
from tests.journeys.visits import SIGNING_IN, demo_application, visit_everything
from tests.journeys.windows import AXE, Window, find_small_targets, find_violations

# These pages were answered before: no server is waited for, so all cores may look at once.
pytestmark = [pytest.mark.browser, pytest.mark.looks]

AXE_DIGEST = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
NARROW = 320
LEAST_TARGET = 44
TARGETS = "a, button, textarea, fieldset label, input:not([type=radio]):not([type=checkbox])"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Make an application with simulated, published responses."""
    with demo_application(tmp_path_factory.mktemp("instance")) as made:
        yield made


@pytest.fixture(scope="module")
def visits(app):
    """Return every page there is."""
    return visit_everything(app)


@pytest.fixture
def window(chromium, app):
    """Return a function that opens a window and closes it at the end."""
    opened = []

    def open_window(*, script="script", **options):
        opened.append(Window(chromium, app, script=script, **options))
        return opened[-1]

    yield open_window
    for one in opened:
        one.context.close()


def test_axe_is_the_version_its_readme_names() -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_DIGEST
    assert AXE_DIGEST in AXE.with_name("README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", ["script", "no script"])
@pytest.mark.parametrize(
    "screen",
    [pytest.param(PHONE, id="phone"), pytest.param({**DESK, "color_scheme": "dark"}, id="dark desktop")],
)
def test_axe_finds_nothing_on_any_page(visits, window, screen, script) -> None:
    shown, found = window(script=script, **screen), {}
    # Only citizens' pages have a script that could be missing.
    for visit in (visit for visit in visits if script == "script" or visit.of_citizens):
        shown.open(visit)
        if violations := find_violations(shown.page):
            found[visit.name] = violations
    assert found == {}


def test_axe_finds_nothing_while_the_script_is_at_work(visits, window) -> None:
    form, shown, found = next(visit for visit in visits if visit.name == "form"), window(**PHONE), {}
    shown.open(form)
    for moment, act in (
        ("nothing was chosen", lambda: tap_send(shown.page)),
        ("two items are folded", lambda: (tap_answer(shown.page, "A1", "2"), tap_answer(shown.page, "A2", "4"))),
        ("a left form is offered", shown.page.reload),
        ("the answers are back", lambda: shown.page.get_by_role("button", name="Làm tiếp").tap()),
        ("the response waits", lambda: (shown.context.set_offline(True), send_in_vain(shown))),
    ):
        act()
        if violations := find_violations(shown.page):
            found[moment] = violations
    assert found == {}


def send_in_vain(shown) -> None:
    """Send while the network is away."""
    shown.context.unroute_all()
    tap_send(shown.page)
    shown.page.get_by_role("button", name="Gửi lại ngay").wait_for()


def test_no_page_complains_asks_elsewhere_or_leaves_a_cookie(visits, window) -> None:
    shown = window(**PHONE)
    for visit in (visit for visit in visits if visit.name not in SIGNING_IN):
        shown.open(visit)
    # Chromium itself remarks on every page that is answered with an error status.
    assert [text for text in shown.complaints if not text.startswith("Failed to load resource")] == []
    assert {urlsplit(address).netloc for address in shown.requests if not address.startswith("data:")} == {"localhost"}
    assert shown.context.cookies() == []


def test_a_citizen_s_page_is_one_request(visits, window) -> None:
    shown, asked = window(**PHONE), {}
    for visit in (visit for visit in visits if visit.of_citizens):
        shown.requests.clear()
        shown.open(visit)
        # A tablet asks for its own page once more, for the server's date; that may end while the next page is shown.
        late = () if "/kiosk/" in visit.address else ("http://localhost/kiosk/",)
        asked[visit.name] = {address for address in shown.requests if not address.startswith(("data:", *late))}
    assert {name: found for name, found in asked.items() if len(found) != 1} == {}


def test_no_page_scrolls_sideways_on_the_narrowest_phone(visits, window) -> None:
    shown, wide = window(viewport={"width": NARROW, "height": 640}), {}
    for visit in visits:
        shown.open(visit)
        width = shown.page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW:
            wide[visit.name] = width
    assert wide == {}


def test_every_target_on_a_citizen_s_page_is_large_enough_for_a_thumb(visits, window) -> None:
    shown, small = window(**PHONE), {}
    for visit in (visit for visit in visits if visit.of_citizens):
        shown.open(visit)
        if found := find_small_targets(shown.page, TARGETS, least=LEAST_TARGET):
            small[visit.name] = found
    assert small == {}
