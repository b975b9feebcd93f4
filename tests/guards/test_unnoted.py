"""The recipe of nginx notes no line of a citizen, whichever of our addresses was asked for."""

import re
from pathlib import Path

import pytest

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
ROUTES = (Path(__file__).with_name("routes.txt")).read_text("utf-8").split("\n")
UNNOTED = re.search(r'"~\*(\^[^"]+)"\s+0;', OPERATIONS)[1]
PLACES = re.search(r"location ~\* (\S+) \{\s+access_log off", OPERATIONS)[1]
CITIZENS = ("/K", "/k", "/kiosk", "/feedback", "/staff/entry/assisted")


def addresses(of_citizens):
    """Return the addresses of all routes that are, or are not, a citizen's."""
    paths = {route.split(" ")[1] for route in ROUTES if " /" in route}
    return [
        re.sub(r"<[^>]+>", "P2MCN3E", path)
        for path in paths
        if (re.match(rf"({'|'.join(CITIZENS)})(/|$)", path) is not None) is of_citizens
    ]


def is_noted(address):
    return re.match(UNNOTED, address, re.IGNORECASE) is None


@pytest.mark.parametrize("more", ["", "?receipt=KHPQ-5VKS-93E4", "/"])
def test_no_address_of_a_citizen_is_noted_even_when_the_request_was_cut_off(more):
    assert addresses(True)
    assert [path for path in addresses(True) if is_noted(f"{path}{more}") or is_noted(f"/{path}{more}")] == []
    assert [path for path in addresses(True) if not re.match(PLACES, path, re.IGNORECASE)] == []


def test_what_staff_and_programs_ask_for_is_noted():
    others = [path for path in addresses(False) if path.startswith(("/staff", "/api", "/results"))]
    assert len(others) > 100
    assert [path for path in others if not is_noted(path)] == []


def test_the_server_itself_asks_whether_a_line_is_noted():
    assert re.search(r"^    access_log \S+ \w+ if=\$noted;$", OPERATIONS, re.MULTILINE)


def test_a_complaint_may_be_as_long_as_the_application_shows_again():
    # The application takes 131,072 bytes, which is 128 k.
    place = OPERATIONS[OPERATIONS.index(f"location ~* {PLACES}") :].partition("}")[0]
    assert int(re.search(r"client_max_body_size (\d+)k", place)[1]) * 1024 > 131_072
