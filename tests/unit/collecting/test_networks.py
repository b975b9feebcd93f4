"""What counts as one network, however a proxy tells an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.operations.collecting.flood import WINDOW_SECONDS, FloodGuard
from survey.operations.networks import UNKNOWN, network_of
from survey.operations.staff.throttle import make_buckets
from tests.turns import wait_for_room


@pytest.fixture
def _away_from_the_turn_of_the_minute():
    """Wait for the next minute if this one is about to end: the counters begin anew with it."""
    wait_for_room(3, within=WINDOW_SECONDS)


@pytest.mark.parametrize(
    "told",
    [
        "203.0.113.7",
        "203.0.113.7:40001",
        " 203.0.113.7 ",
        "::ffff:203.0.113.7",
        "::ffff:cb00:7107",
        "[::ffff:203.0.113.7]:443",
        'for="203.0.113.7:4711"',
        "for=203.0.113.7",
    ],
)
def test_an_ipv4_address_is_one_network_however_it_is_told(told):
    assert network_of(told) == ("203.0.113.7", "")


@pytest.mark.parametrize(
    "told",
    [
        "2001:db8:1:2::1",
        "2001:DB8:1:2:ffff:ffff:ffff:ffff",
        "[2001:db8:1:2::7]:443",
        "[2001:db8:1:2::7]",
        'for="[2001:db8:1:2::7]:4711"',
        "2001:db8:1:2::1%eth0",
    ],
)
def test_a_line_of_ipv6_is_one_network_and_lies_in_a_wider_one(told):
    assert network_of(told) == ("2001:db8:1:2::/64", "2001:db8:1::/48")


@pytest.mark.parametrize(
    "told", ["", "unknown", "_hidden", "for=unknown", "203.0.113", "203.0.113.7:80:80", "::1::", "-"]
)
def test_what_is_no_address_is_one_network_with_all_others(told):
    assert network_of(told).own == UNKNOWN


@given(st.text(max_size=60))
def test_whatever_a_proxy_tells_is_some_network(told):
    assert network_of(told).own


@pytest.mark.usefixtures("_away_from_the_turn_of_the_minute")
def test_ports_do_not_get_around_the_limit_of_answers():
    guard = FloodGuard(3)
    waits = [guard.wait_seconds("K7M2Q4D", f"203.0.113.7:{40_000 + number}") for number in range(5)]
    assert [wait > 0 for wait in waits] == [False, False, False, True, True]


@pytest.mark.usefixtures("_away_from_the_turn_of_the_minute")
def test_addresses_of_one_line_do_not_get_around_the_limit_of_answers():
    guard = FloodGuard(3)
    waits = [guard.wait_seconds("K7M2Q4D", f"2001:db8:1:2::{number:x}") for number in range(5)]
    assert [wait > 0 for wait in waits] == [False, False, False, True, True]


@pytest.mark.usefixtures("_away_from_the_turn_of_the_minute")
def test_lines_of_one_site_together_get_five_times_as_many():
    guard = FloodGuard(3)
    waits = [guard.wait_seconds("K7M2Q4D", f"2001:db8:1:{number:x}::1") for number in range(20)]
    assert sum(wait == 0 for wait in waits) == 15  # 5 × 3
    assert guard.wait_seconds("K7M2Q4D", "2001:db8:2:1::1") == 0


@pytest.mark.usefixtures("_away_from_the_turn_of_the_minute")
def test_a_refused_line_does_not_use_up_what_its_site_may():
    guard = FloodGuard(3)
    for _ in range(100):
        guard.wait_seconds("K7M2Q4D", "2001:db8:1:1::1")
    assert guard.wait_seconds("K7M2Q4D", "2001:db8:1:2::1") == 0


def test_failures_at_the_door_are_counted_by_the_same_networks():
    def networks(address):
        buckets = make_buckets(b"secret", "account", name="an", address=address)
        return buckets.network, buckets.site

    assert networks("203.0.113.7:40001") == networks("::ffff:203.0.113.7")
    assert networks("[2001:db8:1:2::1]:443") == networks("2001:db8:1:2::2")
    own, site = networks("2001:db8:1:3::2")
    assert own != networks("2001:db8:1:2::2")[0]
    assert site == networks("2001:db8:1:2::2")[1]
